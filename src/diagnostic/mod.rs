//! What is wrong with a manifest, and where: data for every output format.
//!
//! This module must not know how diagnostics are rendered, nor what a manifest means.

mod bounded;
mod code;
mod places;
mod source;

/// How much of a text a message repeats, in characters.
const LONGEST_QUOTE: usize = 80;
/// How long a text of a diagnostic may be, in characters.
const LONGEST_TEXT: usize = 800;
/// How many names a message lists.
const LONGEST_LIST: usize = 12;
/// The longest name, in bytes, that a near name is looked for.
const LONGEST_GUESS: usize = 128;
/// How like two names must be, from 0 to 1, for one to be suggested for the other.
const NEAR: f32 = 0.7;
/// How like two names must be for one to be perhaps a slip for the other.
const FAR: f32 = 0.5;
/// How many known names are looked at for a near one.
const MOST_GUESSES: usize = 500;

pub(crate) use bounded::First;
pub use bounded::{Diagnostics, MOST_OF_A_KIND};
pub use code::Code;
pub use places::{Places, Section};
pub use source::{Position, Source, SourceId, Sources, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The manifest cannot be used.
    Error,
    /// The manifest can be used, and someone should look.
    Warning,
}

impl Severity {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
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
    /// How many findings it stands for: 1, or as many as there are beyond those that are shown.
    pub stands_for: u32,
}

impl Diagnostic {
    /// A diagnostic at a place, as bad as its code says.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            primary: Label {
                span,
                text: String::new(),
            },
            code,
            severity: code.severity(),
            message: bounded(message.into()),
            related: Vec::new(),
            help: None,
            stands_for: 1,
        }
    }

    /// Says what stands at the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = bounded(text.into());
        self
    }

    /// Adds another place that matters.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label {
            span,
            text: bounded(text.into()),
        });
        self
    }

    /// Adds another place that matters, where there is one.
    #[must_use]
    pub fn maybe_related(self, span: Option<Span>, text: impl Into<String>) -> Self {
        match span {
            Some(span) => self.related(span, text),
            None => self,
        }
    }

    /// Says what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(bounded(help.into()));
        self
    }

    /// Says what would be right, where that is known.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.map(bounded).or(self.help);
        self
    }
}

/// How many findings of this severity diagnostics stand for.
pub fn count(found: &[Diagnostic], severity: Severity) -> usize {
    let of_severity = found.iter().filter(|one| one.severity == severity);
    of_severity.map(|one| one.stands_for as usize).sum()
}

/// A text of a diagnostic, cut where it is far longer than anybody reads.
fn bounded(text: String) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The nearest of the known names to what was written.
///
/// ```
/// # use hookwright::diagnostic::nearest;
/// assert_eq!(nearest("evnets", ["events", "name"]), Some("events"));
/// assert_eq!(nearest("ORDER_CREATED", ["order-created"]), Some("order-created"));
/// assert_eq!(nearest("zzz", ["events", "name"]), None);
/// ```
pub fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    within(written, known, NEAR)
}

/// The name that may have been meant, although nobody would be asked whether it was.
pub(crate) fn maybe_meant<'k>(
    written: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    within(written, known, FAR)
}

/// Whether two names differ only in capitals, and in what joins their words.
fn is_same_but_for_style(one: &str, other: &str) -> bool {
    let plain = |byte: u8| match byte {
        b'_' | b'.' | b' ' => b'-',
        byte => byte.to_ascii_lowercase(),
    };
    one.bytes().map(plain).eq(other.bytes().map(plain))
}

fn within<'k>(
    written: &str,
    known: impl IntoIterator<Item = &'k str>,
    likeness: f32,
) -> Option<&'k str> {
    if written.len() > LONGEST_GUESS {
        return None;
    }
    let known: Vec<&str> = known
        .into_iter()
        .filter(|name| name.len() <= LONGEST_GUESS)
        .take(MOST_GUESSES)
        .collect();
    // Another program's way of writing a name is the same name.
    if let Some(same) = known
        .iter()
        .find(|name| is_same_but_for_style(name, written))
    {
        return Some(same);
    }
    similar::get_close_matches(written, &known, 1, likeness)
        .first()
        .copied()
}

/// The nearest of the known names to what was written, quoted for a sentence.
///
/// ```
/// # use hookwright::diagnostic::did_you_mean;
/// assert_eq!(did_you_mean("evnets", ["events", "name"]).as_deref(), Some("did you mean `events`?"));
/// assert_eq!(did_you_mean("zzz", ["events", "name"]), None);
/// ```
pub fn did_you_mean<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    nearest(written, known).map(|nearest| format!("did you mean `{nearest}`?"))
}

/// A text in back quotes, for a sentence; only the beginning of one that is long.
///
/// ```
/// # use hookwright::diagnostic::quoted;
/// assert_eq!(quoted("orders"), "`orders`");
/// assert!(quoted(&"x".repeat(1_000_000)).len() < 100);
/// ```
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// Names for a sentence, quoted: all of a few, the first of many.
///
/// ```
/// # use hookwright::diagnostic::listed;
/// assert_eq!(listed(["a", "b"], "and"), "`a` and `b`");
/// assert_eq!(listed([], "and"), "none");
/// ```
pub fn listed<'k>(names: impl IntoIterator<Item = &'k str>, last: &str) -> String {
    let mut names = names.into_iter();
    let mut shown: Vec<String> = names.by_ref().take(LONGEST_LIST).map(quoted).collect();
    let more = names.count();
    if more > 0 {
        return format!("{} and {more} more", shown.join(", "));
    }
    match (shown.pop(), shown.as_slice()) {
        (None, _) => "none".to_owned(),
        (Some(only), []) => only,
        (Some(end), rest) => format!("{} {last} {end}", rest.join(", ")),
    }
}
