//! What is noted at a webhook itself, where a provider keeps texts of ours with it.

use serde_json::{Map, Value};

use super::field::{self, only_text};
use crate::model::{RotationWord, WebhookKey};

/// Under which name it keeps which webhook of a manifest it was created for.
pub(crate) const MARK: &str = "hookwright";
/// Under which name it keeps, from its create on, that its signing secret is not where it is to be. What it says there is for people.
pub(crate) const SECRET: &str = "hookwright_secret";
/// What a create says there, until the secret is stored.
pub(crate) const UNSTORED: &str = "unstored";

/// Under which name it keeps the last rotation of its signing secret: the word that the manifest had for it.
pub(crate) const ROTATED: &str = "hookwright_rotated";

/// What is noted at a webhook.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// The webhook of a manifest that it was created for.
    pub(crate) key: Option<WebhookKey>,
    /// Whether its signing secret reached nobody, or nobody knows whether it did.
    pub(crate) is_secret_lost: bool,
    /// The last rotation of its signing secret.
    pub(crate) rotated: Option<RotationWord>,
}

/// Takes what is ours out of a webhook's `metadata`; what is others' stays.
pub(crate) fn take(object: &mut Map<String, Value>) -> Marks {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return Marks::default();
    };
    let key = field::take(metadata, MARK, only_text).filter(|key| !key.is_empty());
    let secret = field::take(metadata, SECRET, only_text);
    let rotated = field::take(metadata, ROTATED, only_text).filter(|word| !word.is_empty());
    if metadata.is_empty() {
        object.remove("metadata");
    }
    Marks {
        key: key.map(WebhookKey::new),
        is_secret_lost: secret.is_some_and(|secret| !secret.is_empty()),
        rotated: rotated.map(RotationWord::from_live),
    }
}
