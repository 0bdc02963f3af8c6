//! Text of which some parts must not be shown.

use std::{cmp::Ordering, fmt, hash};

/// What stands where a sensitive part was.
pub const MASK: &str = "•••";

/// Text that knows which of its parts are sensitive.
///
/// It compares, orders and hashes by its real content; `Display`, `Debug` and `Serialize` give the
/// masked form. The real content is reached through [`MaskedText::expose`] alone, so every place
/// that does so can be found.
#[derive(Clone)]
pub struct MaskedText {
    exposed: String,
    /// `None` where nothing is masked.
    shown: Option<String>,
}

impl MaskedText {
    /// Text without a sensitive part.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            exposed: text.into(),
            shown: None,
        }
    }

    /// No text yet, with room for so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self {
            exposed: String::with_capacity(bytes),
            shown: None,
        }
    }

    /// Text that is sensitive as a whole.
    pub fn sensitive(text: impl Into<String>) -> Self {
        Self {
            exposed: text.into(),
            shown: Some(MASK.to_owned()),
        }
    }

    /// The same text with its real content spelt differently; what is shown stays where a part is sensitive.
    pub(super) fn with_exposed(self, exposed: String) -> Self {
        Self { exposed, ..self }
    }

    /// Appends `other`; what is sensitive in either stays so. Neighbouring masks become one.
    pub fn push(&mut self, other: &Self) {
        if self.shown.is_some() || other.shown.is_some() {
            let mut shown = self.shown().to_owned();
            let tail = other.shown();
            shown.push_str(match tail.strip_prefix(MASK) {
                Some(rest) if shown.ends_with(MASK) => rest,
                _ => tail,
            });
            self.shown = Some(shown);
        }
        self.exposed.push_str(&other.exposed);
    }

    /// Appends text without a sensitive part.
    pub fn push_plain(&mut self, text: &str) {
        if let Some(shown) = &mut self.shown {
            shown.push_str(text);
        }
        self.exposed.push_str(text);
    }

    /// The real content, sensitive parts included. Never for output.
    pub fn expose(&self) -> &str {
        &self.exposed
    }

    /// The masked form.
    pub fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.exposed)
    }

    /// Whether some part is sensitive.
    pub fn is_sensitive(&self) -> bool {
        self.shown.is_some()
    }
}

impl fmt::Display for MaskedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.shown())
    }
}

impl fmt::Debug for MaskedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.shown())
    }
}

impl PartialEq for MaskedText {
    fn eq(&self, other: &Self) -> bool {
        self.exposed == other.exposed
    }
}

impl Eq for MaskedText {}

impl Ord for MaskedText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.exposed.cmp(&other.exposed)
    }
}

impl PartialOrd for MaskedText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl hash::Hash for MaskedText {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.exposed.hash(state);
    }
}

impl serde::Serialize for MaskedText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}

/// Masks known sensitive values wherever they occur in text that came from elsewhere: a provider's
/// answer, an operating system's error, a live webhook's URL.
///
/// Values shorter than [`Masker::SHORTEST`] bytes are passed over: masking every `1` or `prod`
/// would make all output unreadable and tell more about the value than it hides. Where such a value
/// stands in the manifest, [`MaskedText`] masks it all the same.
#[derive(Clone, Default)]
pub struct Masker {
    /// Longest first, so that a value that contains another one is masked as a whole.
    values: Vec<String>,
}

impl Masker {
    /// The shortest value, in bytes, that is looked for in foreign text.
    pub const SHORTEST: usize = 6;

    /// A masker for these values.
    pub fn new(values: impl IntoIterator<Item = String>) -> Self {
        let mut values: Vec<String> = values
            .into_iter()
            .filter(|value| value.len() >= Self::SHORTEST)
            .collect();
        values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        values.dedup();
        Self { values }
    }

    /// A masker for the values of both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self::new(self.values.iter().chain(&other.values).cloned())
    }

    /// `text` with every occurrence of a known value masked.
    pub fn mask<'t>(&self, text: &'t str) -> std::borrow::Cow<'t, str> {
        let mut masked = std::borrow::Cow::Borrowed(text);
        for value in &self.values {
            if masked.contains(value.as_str()) {
                masked = masked.replace(value.as_str(), MASK).into();
            }
        }
        masked
    }

    /// `text` as [`MaskedText`], sensitive where a known value occurs in it.
    pub fn text(&self, text: impl Into<String>) -> MaskedText {
        let exposed = text.into();
        let shown = match self.mask(&exposed) {
            std::borrow::Cow::Borrowed(_) => None,
            std::borrow::Cow::Owned(shown) => Some(shown),
        };
        MaskedText { exposed, shown }
    }
}

impl fmt::Debug for Masker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Masker({} values)", self.values.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concatenation_masks_only_the_sensitive_part() {
        let mut url = MaskedText::plain("https://h/");
        url.push(&MaskedText::sensitive("token"));
        url.push(&MaskedText::sensitive("more"));
        url.push_plain("/end");
        assert_eq!(url.to_string(), "https://h/•••/end");
        assert_eq!(url.expose(), "https://h/tokenmore/end");
        assert_eq!(format!("{url:?}"), "\"https://h/•••/end\"");
    }

    #[test]
    fn masker_hides_the_longest_value_first() {
        let masker = Masker::new(["abcdef".to_owned(), "abcdefgh".to_owned(), "x".to_owned()]);
        assert_eq!(masker.mask("x abcdefgh abcdef"), "x ••• •••");
    }
}
