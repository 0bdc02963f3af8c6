//! What is wrong with a manifest, and where: data for every output format.
//!
//! This module must not know how diagnostics are rendered, nor what a manifest means.

mod code;
mod source;

pub use code::Code;
pub use source::{Position, Source, SourceId, Sources, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The manifest cannot be used.
    Error,
    /// The manifest can be used, and someone should look.
    Warning,
}

/// A place in a source, and what it has to do with the diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is there; may be empty for the primary place.
    pub text: String,
}

/// One thing that is wrong: what, where, and what would be right.
///
/// Texts never hold sensitive values: whoever makes a diagnostic takes them from the source's text
/// or from masked values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Diagnostic {
    /// The place it is about. Ordered first, so that sorting gives reading order.
    pub primary: Label,
    /// Its stable code.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// Other places that matter, such as the first of two definitions.
    pub related: Vec<Label>,
    /// What would be right.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            primary: Label {
                span,
                text: String::new(),
            },
            code,
            severity: Severity::Error,
            message: message.into(),
            related: Vec::new(),
            help: None,
        }
    }

    /// A warning at a place.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, span, message)
        }
    }

    /// Says what stands at the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Adds another place that matters.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Says what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what would be right, where that is known.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }
}

/// The nearest of the known names to what was written, quoted for a sentence.
///
/// ```
/// # use hookwright::diagnostic::did_you_mean;
/// assert_eq!(did_you_mean("evnets", ["events", "name"]).as_deref(), Some("did you mean `events`?"));
/// assert_eq!(did_you_mean("zzz", ["events", "name"]), None);
/// ```
pub fn did_you_mean<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    similar::get_close_matches(written, &known, 1, 0.7)
        .first()
        .map(|nearest| format!("did you mean `{nearest}`?"))
}
