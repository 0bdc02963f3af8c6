//! What names a webhook: its key in the manifest, its name and id at the provider.

use std::{cmp::Ordering, fmt, hash};

use serde::Serialize;

use super::{MaskedText, Masker, places::hidden_in_name};

/// The key of a webhook in the manifest: how people speak of it, also with `--target`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct WebhookKey(String);

impl WebhookKey {
    /// Takes a key as the manifest spells it.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebhookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A name that no provider would take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// The name is empty.
    #[error("a name must have at least one character")]
    Empty,
    /// The name has more characters than the provider takes.
    #[error("a name may have at most {longest} characters; this one has {length}")]
    TooLong {
        /// Its length in characters.
        length: usize,
        /// The longest that is allowed.
        longest: usize,
    },
}

/// The name of a webhook at the provider. Names need not be unique there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct WebhookName(MaskedText);

impl WebhookName {
    /// The longest name, in characters, that both providers document.
    pub const LONGEST: usize = 128;

    /// Takes a name that a manifest declares.
    ///
    /// # Errors
    ///
    /// An empty name, or one longer than [`Self::LONGEST`] characters.
    pub fn new(name: MaskedText) -> Result<Self, InvalidName> {
        match name.expose().chars().count() {
            0 => Err(InvalidName::Empty),
            length if length > Self::LONGEST => Err(InvalidName::TooLong {
                length,
                longest: Self::LONGEST,
            }),
            _ => Ok(Self(name)),
        }
    }

    /// Takes a name as a provider sent it, whatever it is.
    pub fn from_live(name: MaskedText) -> Self {
        Self(name)
    }

    /// The name's text.
    pub fn text(&self) -> &MaskedText {
        &self.0
    }

    /// This name, which is live, shown beside the declared one that it belongs to, as
    /// [`super::EndpointUrl::shown_like`] shows a URL.
    pub(super) fn shown_like(&self, declared: &Self) -> Self {
        if self == declared {
            return declared.clone();
        }
        let hidden = hidden_in_name(self.0.expose(), &declared.0);
        Self(self.0.hiding_too(hidden))
    }
}

impl fmt::Display for WebhookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The provider's id of a webhook.
///
/// The documentation shows UUIDs with dashes in one example and 32 hex digits in another, so ids
/// compare without dashes and case, and are sent as they were received.
#[derive(Clone, Serialize)]
#[serde(into = "MaskedText")]
pub struct WebhookId {
    received: MaskedText,
    compared: String,
}

impl WebhookId {
    /// Takes an id as the provider sent it.
    pub fn new(received: impl Into<String>) -> Self {
        Self::of(MaskedText::plain(received))
    }

    fn of(received: MaskedText) -> Self {
        let compared = received
            .expose()
            .chars()
            .filter(|c| *c != '-')
            .map(|c| c.to_ascii_lowercase())
            .collect();
        Self { received, compared }
    }

    /// The same id, sensitive where a known value occurs in it: an id is a text like any other.
    pub(super) fn masked(&self, masker: &Masker) -> Self {
        Self::of(masker.text(self.as_received()))
    }

    /// The id as it was received: what requests must carry. Never for output.
    pub fn as_received(&self) -> &str {
        self.received.expose()
    }

    /// The id as it may be shown.
    pub fn shown(&self) -> &str {
        self.received.shown()
    }
}

impl From<WebhookId> for MaskedText {
    fn from(id: WebhookId) -> Self {
        id.received
    }
}

impl fmt::Display for WebhookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.received.fmt(f)
    }
}

impl fmt::Debug for WebhookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.received.fmt(f)
    }
}

impl PartialEq for WebhookId {
    fn eq(&self, other: &Self) -> bool {
        self.compared == other.compared
    }
}

impl Eq for WebhookId {}

impl Ord for WebhookId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compared.cmp(&other.compared)
    }
}

impl PartialOrd for WebhookId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl hash::Hash for WebhookId {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.compared.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_compare_without_dashes_and_are_sent_as_received() {
        let dashed = WebhookId::new("3FA85F64-5717-4562-b3fc-2c963f66afa6");
        let plain = WebhookId::new("3fa85f6457174562b3fc2c963f66afa6");
        assert_eq!(dashed, plain);
        assert_eq!(dashed.as_received(), "3FA85F64-5717-4562-b3fc-2c963f66afa6");
    }

    #[test]
    fn names_are_counted_in_characters() {
        assert!(WebhookName::new(MaskedText::plain("é".repeat(128))).is_ok());
        let err = WebhookName::new(MaskedText::plain("é".repeat(129))).unwrap_err();
        assert_eq!(
            err.to_string(),
            "a name may have at most 128 characters; this one has 129"
        );
    }
}
