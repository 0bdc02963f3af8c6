//! A document → what each environment should have.

use std::{collections::BTreeMap, time::Duration};

use super::{
    Document,
    de::Spanned,
    interpolate::{self, PartKind},
};
use crate::{
    diagnostic::{Code, Diagnostic, Severity, Sources, Span, did_you_mean},
    model::{DesiredState, EnvType, EnvironmentName, MaskedText, Policy, ProviderProfile},
};

/// What the outside says of a value that the manifest refers to.
#[derive(Clone, PartialEq, Eq)]
pub enum Lookup {
    /// This is it.
    Found(String),
    /// There is none.
    Unset,
    /// It is not looked at: checks that need it are passed over.
    Withheld,
}

/// The outside, as far as a manifest may refer to it.
pub trait Values {
    /// The environment variable of this name.
    fn env(&self, name: &str) -> Lookup;

    /// The content of a file. A relative path is relative to the folder of the manifest `beside` it.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, as a fragment for a message.
    fn file(&self, beside: &str, path: &str) -> Result<Lookup, String>;
}

/// Everything that resolving found.
#[derive(Debug)]
pub struct Resolution {
    /// The environments asked for, by name; without those that could not be resolved.
    pub environments: Vec<ResolvedEnvironment>,
    /// What is wrong, in reading order.
    pub diagnostics: Vec<Diagnostic>,
    /// Every value that came from the outside: to be masked wherever it turns up.
    pub sensitive: Vec<String>,
}

impl Resolution {
    /// Whether something is wrong that forbids using the environments.
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|found| found.severity == Severity::Error)
    }
}

/// One environment, resolved.
#[derive(Debug)]
pub struct ResolvedEnvironment {
    /// Its name.
    pub name: EnvironmentName,
    /// What is known of its provider.
    pub profile: &'static ProviderProfile,
    /// The provider's environment.
    pub env_type: EnvType,
    /// Where the API is.
    pub target: Target,
    /// Where the credentials come from; `None` where the target needs none.
    pub credentials: Option<CredentialSources>,
    /// Whether plain `http` is allowed beyond loopback.
    pub allow_http: bool,
    /// What a plan may do.
    pub policy: Policy,
    /// The share of the provider's rate limit that a run may use: above 0, at most 1.
    pub rate_share: f64,
    /// How long one request may take.
    pub timeout: Duration,
    /// The webhooks it should have.
    pub desired: DesiredState,
}

/// Where an environment's API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The simulator inside this program.
    Simulator,
    /// An API at this base URL.
    Url(MaskedText),
    /// A base URL with a value that was withheld.
    Withheld,
}

/// Where the two parts of credentials come from.
#[derive(Clone, Debug)]
pub struct CredentialSources {
    /// The client id.
    pub client_id: CredentialSource,
    /// The access secret.
    pub access_secret: CredentialSource,
}

/// Where a credential comes from.
#[derive(Clone, Debug)]
pub enum CredentialSource {
    /// It is known.
    Value(MaskedText),
    /// A program prints it: the program and its arguments. Running it is for the caller to decide.
    Command(Vec<String>),
    /// It was withheld.
    Withheld,
}

impl Document {
    /// Resolves the environments asked for. Others are not looked at: planning `sandbox` needs no
    /// production secret.
    pub fn resolve(
        &self,
        selected: &[EnvironmentName],
        values: &dyn Values,
        sources: &Sources,
    ) -> Resolution {
        let mut resolver = Resolver {
            document: self,
            values,
            sources,
            diagnostics: Vec::new(),
            sensitive: Vec::new(),
        };
        resolver.check_references();
        let environments = self
            .environments
            .iter()
            .filter(|(name, _)| selected.iter().any(|one| one.as_str() == name.value))
            .filter_map(|(name, environment)| resolver.environment(name, environment))
            .collect();
        let mut diagnostics = resolver.diagnostics;
        diagnostics.sort();
        // What is wrong for several environments at one place is said once.
        diagnostics.dedup();
        Resolution {
            environments,
            diagnostics,
            sensitive: resolver.sensitive,
        }
    }
}

/// The state of resolving: what was found so far.
pub(super) struct Resolver<'d> {
    pub(super) document: &'d Document,
    values: &'d dyn Values,
    sources: &'d Sources,
    pub(super) diagnostics: Vec<Diagnostic>,
    sensitive: Vec<String>,
}

/// A text with its interpolations resolved.
pub(super) enum Text {
    /// This is it.
    Known(MaskedText),
    /// A part was withheld.
    Withheld,
    /// Something is wrong with it, and was reported.
    Wrong,
}

impl Text {
    pub(super) fn known(self) -> Option<MaskedText> {
        match self {
            Self::Known(text) => Some(text),
            Self::Withheld | Self::Wrong => None,
        }
    }
}

/// The variables of an environment; `None` where a value is withheld or wrong.
pub(super) type Variables = BTreeMap<String, Option<MaskedText>>;

impl Resolver<'_> {
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Resolves a text. `None` for the variables: they are not allowed here.
    pub(super) fn text(&mut self, text: &Spanned<String>, variables: Option<&Variables>) -> Text {
        let parts = match interpolate::parts(&text.value) {
            Ok(parts) => parts,
            Err(fault) => {
                let span = self.part_span(text, fault.offset, fault.length);
                self.report(
                    Diagnostic::error(Code::InvalidInterpolation, span, fault.message)
                        .help(fault.help),
                );
                return Text::Wrong;
            }
        };
        let mut whole = MaskedText::plain("");
        let (mut withheld, mut wrong) = (false, false);
        for part in parts {
            let span = self.part_span(text, part.offset, part.length);
            match self.part(&part.kind, span, variables) {
                Text::Known(part) => whole.push(&part),
                Text::Withheld => withheld = true,
                Text::Wrong => wrong = true,
            }
        }
        match (wrong, withheld) {
            (true, _) => Text::Wrong,
            (false, true) => Text::Withheld,
            (false, false) => Text::Known(whole),
        }
    }

    fn part(&mut self, kind: &PartKind<'_>, span: Span, variables: Option<&Variables>) -> Text {
        match *kind {
            PartKind::Literal(text) => Text::Known(MaskedText::plain(text)),
            PartKind::Env { name, default } => self.env(name, default, span),
            PartKind::File(path) => self.file(path, span),
            PartKind::Var(name) => self.variable(name, span, variables),
        }
    }

    fn env(&mut self, name: &str, default: Option<&str>, span: Span) -> Text {
        match (self.values.env(name), default) {
            (Lookup::Found(value), _) => Text::Known(self.sensitive(value)),
            (Lookup::Withheld, _) => Text::Withheld,
            (Lookup::Unset, Some(default)) => Text::Known(MaskedText::plain(default)),
            (Lookup::Unset, None) => {
                self.report(
                    Diagnostic::error(
                        Code::UnsetEnvironmentVariable,
                        span,
                        format!("the environment variable `{name}` is not set"),
                    )
                    .help(format!(
                        "set it, or give a default: `${{env:{name}:-default}}`"
                    )),
                );
                Text::Wrong
            }
        }
    }

    fn file(&mut self, path: &str, span: Span) -> Text {
        let beside = &self.sources.get(span.source).label;
        let problem = match self.values.file(beside, path) {
            // A secret file ends in a newline more often than not; no secret does.
            Ok(Lookup::Found(content)) => {
                let content = content.strip_suffix('\n').unwrap_or(&content);
                let content = content.strip_suffix('\r').unwrap_or(content);
                return Text::Known(self.sensitive(content.to_owned()));
            }
            Ok(Lookup::Withheld) => return Text::Withheld,
            Ok(Lookup::Unset) => "there is no such file".to_owned(),
            Err(problem) => problem,
        };
        self.report(
            Diagnostic::error(
                Code::UnreadableFile,
                span,
                format!("the file `{path}` cannot be read: {problem}"),
            )
            .help("a relative path is relative to the folder of the manifest"),
        );
        Text::Wrong
    }

    fn variable(&mut self, name: &str, span: Span, variables: Option<&Variables>) -> Text {
        let Some(variables) = variables else {
            self.report(
                Diagnostic::error(
                    Code::InvalidInterpolation,
                    span,
                    "a variable cannot be used here",
                )
                .help("variables can be used in a webhook's `name`, `url` and `moved_from`"),
            );
            return Text::Wrong;
        };
        match variables.get(name) {
            Some(Some(value)) => Text::Known(value.clone()),
            Some(None) => Text::Withheld,
            None => {
                let known = variables.keys().map(String::as_str);
                let help = did_you_mean(name, known).unwrap_or_else(|| {
                    format!("define it in each environment: `vars: {{ {name}: … }}`")
                });
                self.report(
                    Diagnostic::error(
                        Code::UndefinedVariable,
                        span,
                        format!("the variable `{name}` is not defined in every environment that needs it"),
                    )
                    .help(help),
                );
                Text::Wrong
            }
        }
    }

    fn sensitive(&mut self, value: String) -> MaskedText {
        self.sensitive.push(value.clone());
        MaskedText::sensitive(value)
    }

    /// Reports an interpolation where none is possible.
    pub(super) fn literal<'t>(&mut self, text: &'t Spanned<String>) -> Option<&'t str> {
        if text.value.contains("${") {
            self.report(
                Diagnostic::error(
                    Code::InvalidInterpolation,
                    text.span,
                    "nothing is interpolated here",
                )
                .help("write the value itself"),
            );
            return None;
        }
        Some(&text.value)
    }

    /// The place of a part of a text: exact where the file has the text as it is, else the whole.
    fn part_span(&self, text: &Spanned<String>, offset: usize, length: usize) -> Span {
        let written = self
            .sources
            .get(text.span.source)
            .text
            .get(text.span.range())
            .unwrap_or_default();
        match written.find(text.value.as_str()) {
            Some(start) => text.span.part(start + offset, length),
            None => text.span,
        }
    }
}
