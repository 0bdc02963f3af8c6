//! What names a webhook: its key in the manifest, its name and id at the provider.

use std::{borrow::Cow, fmt, sync::Arc};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    MaskedText,
    beside::hidden_in_name,
    compared::{compared_by, shown_as},
    composed, is_hidden,
};

/// The key of a webhook in the manifest: how people speak of it, also with `--target`.
///
/// Clones share its text: a plan speaks of one key in several places.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebhookKey(Arc<str>);

impl Serialize for WebhookKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for WebhookKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl JsonSchema for WebhookKey {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "WebhookKey".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

impl WebhookKey {
    /// Takes a key as the manifest spells it.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into().into())
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
    /// Nothing of the name can be seen.
    #[error("a name must have a character that can be seen")]
    Blank,
    /// White space, or what cannot be seen, at either end.
    #[error("a name may not begin or end with white space: providers cut it off")]
    Padded,
    /// A control character, or a line break.
    #[error("a name may not have the control character U+{:04X}", u32::from(*.0))]
    Control(char),
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
///
/// Names are equal where people see the same: whichever of Unicode's ways an accent is written in.
#[derive(Clone, Serialize)]
#[serde(into = "MaskedText")]
pub struct WebhookName {
    written: MaskedText,
    /// `None` where the name is its own composed form.
    composed: Option<String>,
}

impl WebhookName {
    /// The longest name, in characters, that both providers document.
    pub const LONGEST: usize = 128;

    /// Takes a name that a manifest declares.
    ///
    /// # Errors
    ///
    /// A name without anything to be seen, with white space at either end, with a control character, or longer
    /// than [`Self::LONGEST`] characters.
    pub fn new(name: MaskedText) -> Result<Self, InvalidName> {
        let text = name.expose();
        let unseen = |c: char| c.is_whitespace() || is_cut_off(c);
        if text.is_empty() {
            return Err(InvalidName::Empty);
        }
        if text.trim_matches(unseen).is_empty() {
            return Err(InvalidName::Blank);
        }
        let breaks = |c: &char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        if let Some(control) = text.chars().find(breaks) {
            return Err(InvalidName::Control(control));
        }
        if text.starts_with(unseen) || text.ends_with(unseen) {
            return Err(InvalidName::Padded);
        }
        match text.chars().count() {
            length if length > Self::LONGEST => Err(InvalidName::TooLong {
                length,
                longest: Self::LONGEST,
            }),
            _ => Ok(Self::from_live(name)),
        }
    }

    /// Takes a name as a provider sent it, whatever it is.
    pub fn from_live(written: MaskedText) -> Self {
        let composed = match composed(written.expose()) {
            Cow::Owned(composed) if composed != written.expose() => Some(composed),
            Cow::Owned(_) | Cow::Borrowed(_) => None,
        };
        Self { written, composed }
    }

    /// The name's text.
    pub fn text(&self) -> &MaskedText {
        &self.written
    }

    /// The name as people see it, sensitive parts included: what names are compared by.
    pub fn compared(&self) -> &str {
        self.composed.as_deref().unwrap_or(self.written.expose())
    }

    /// This name, which is live, shown beside the declared one that it belongs to, as
    /// [`super::EndpointUrl::shown_like`] shows a URL.
    pub(super) fn shown_like(&self, declared: &Self) -> Self {
        if self == declared {
            return declared.clone();
        }
        let hidden = hidden_in_name(self.written.expose(), &declared.written);
        Self::from_live(self.written.hiding_too(hidden))
    }
}

/// Whether what a provider cuts off a name may be this, besides white space. What joins characters, or chooses
/// their form, belongs to a character.
fn is_cut_off(c: char) -> bool {
    is_hidden(c)
        && !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e01ef}')
}

shown_as!(WebhookName, written);
compared_by!(WebhookName, name => name.compared());

/// The provider's id of a webhook.
///
/// Documentation shows UUIDs with dashes in one example and 32 hex digits in another, so UUIDs compare without dashes
/// and case. Other ids compare as they are, and all are sent as they were received.
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

    /// Takes an id of which it is known what is sensitive in it.
    pub(super) fn of(received: MaskedText) -> Self {
        let id = received.expose();
        let digits: String = id.chars().filter(|c| *c != '-').collect();
        let is_uuid = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let compared = match is_uuid {
            true => digits.to_ascii_lowercase(),
            false => id.to_owned(),
        };
        Self { received, compared }
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

shown_as!(WebhookId, received);
compared_by!(WebhookId, id => &id.compared);

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
    fn ids_that_are_no_uuids_are_equal_only_as_texts() {
        for (id, other) in [
            ("7Kq9Zb", "7kQ9zB"),
            ("we_1A-b", "we_1Ab"),
            ("5f", "5F"),
            ("5-f", "5f"),
            // One digit short of a UUID.
            (
                "3fa85f6457174562b3fc2c963f66afa",
                "3FA85F6457174562B3FC2C963F66AFA",
            ),
            (
                "{3fa85f64-5717-4562-b3fc-2c963f66afa6}",
                "3fa85f64-5717-4562-b3fc-2c963f66afa6",
            ),
        ] {
            let (id, other) = (WebhookId::new(id), WebhookId::new(other));
            assert_ne!(id, other);
            assert_ne!(id.cmp(&other), std::cmp::Ordering::Equal);
        }
    }

    #[test]
    fn names_that_providers_would_change_are_refused() {
        let refused = |text: &str| WebhookName::new(MaskedText::plain(text)).unwrap_err();
        for blank in [
            " ",
            "\t",
            "\u{a0}",
            "\u{3000}",
            "\u{200b}",
            "\u{feff} \u{2060}",
        ] {
            assert_eq!(refused(blank), InvalidName::Blank, "{blank:?}");
        }
        for space in [
            ' ', '\u{a0}', '\u{1680}', '\u{2003}', '\u{202f}', '\u{3000}', '\u{feff}', '\u{200b}',
        ] {
            assert_eq!(refused(&format!("{space}a")), InvalidName::Padded);
            assert_eq!(refused(&format!("a{space}")), InvalidName::Padded);
        }
        for control in [
            '\0', '\t', '\n', '\r', '\u{1b}', '\u{1f}', '\u{7f}', '\u{85}', '\u{2028}',
        ] {
            for text in [
                format!("a{control}b"),
                format!("a{control}"),
                format!("{control}a"),
            ] {
                assert_eq!(refused(&text), InvalidName::Control(control));
            }
        }
        for fine in [
            "a b",
            "a\u{a0}b",
            "é",
            "e\u{301}",
            "日本",
            "\u{1f469}\u{200d}\u{1f4bb}",
            "❤\u{fe0f}",
        ] {
            assert!(WebhookName::new(MaskedText::plain(fine)).is_ok(), "{fine}");
        }
    }

    #[test]
    fn names_are_equal_where_they_look_so() {
        let name = |text: &str| WebhookName::from_live(MaskedText::plain(text));
        assert_eq!(name("caf\u{e9}"), name("cafe\u{301}"));
        assert_eq!(name("cafe\u{301}").text().expose(), "cafe\u{301}");
        assert_ne!(name("cafe"), name("caf\u{e9}"));
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
