//! Findings at their places: what reports for forges and annotations show, whoever found it.

mod planned;

pub(super) use self::planned::planned;
use super::Rule;
use crate::{
    diagnostic::{Diagnostic, Label, Position, Severity, Sources, Span},
    model::EnvironmentName,
};

/// One thing that is wrong, or that someone should know, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it breaks.
    pub rule: Rule,
    /// How bad it is.
    pub severity: Severity,
    /// The environment whose plan it is about, where it is about one.
    pub environment: Option<EnvironmentName>,
    /// What it is, as a lower-case fragment.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    /// Where; `None` where nothing is known of the manifest.
    pub location: Option<Location>,
    /// Other places that matter.
    pub related: Vec<Location>,
    /// What it is about, as a text that stays the same while lines move and counts and times change.
    pub identity: String,
    /// How many it stands for.
    pub stands_for: usize,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// What forges know the file by: its path from the repository's root on; one that is in none has the path that was given.
    pub path: String,
    /// Where it begins.
    pub start: Position,
    /// The position behind its end.
    pub end: Position,
    /// What is there, as a fragment; may be empty.
    pub text: String,
}

impl Location {
    fn new(span: Span, text: impl Into<String>, sources: &Sources) -> Self {
        let source = sources.get(span.source);
        let range = span.range();
        Self {
            path: source.path().to_owned(),
            start: source.position(range.start),
            end: source.position(range.end),
            text: text.into(),
        }
    }

    fn of(label: &Label, sources: &Sources) -> Self {
        Self::new(label.span, &*label.text, sources)
    }
}

impl Finding {
    /// What is wrong with a manifest.
    pub(super) fn of(found: &Diagnostic, sources: &Sources) -> Self {
        let related = found.related.iter();
        Self {
            rule: Rule::Code(found.code),
            severity: found.severity,
            environment: None,
            message: found.message.clone(),
            help: found.help.clone(),
            location: Some(Location::of(&found.primary, sources)),
            related: related.map(|label| Location::of(label, sources)).collect(),
            // Messages never hold sensitive values.
            identity: found.message.clone(),
            stands_for: found.stands_for as usize,
        }
    }

    /// What stays when lines move: the rule, the file, and what it is about. The same at several places is counted
    /// by who shows it.
    pub(super) fn fingerprint(&self) -> String {
        use sha2::{Digest, Sha256};
        let path = self.location.as_ref().map_or("", |location| &location.path);
        let text = format!("{}\0{path}\0{}", self.rule.id(), self.identity);
        let digest = Sha256::digest(text.as_bytes());
        base16ct::lower::encode_string(&digest[..16])
    }
}
