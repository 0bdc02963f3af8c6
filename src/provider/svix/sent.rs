//! What is sent: exactly the documented fields. A PATCH leaves what it does not have as it is, so it never has
//! `metadata`, `channels`, `uid` or anything else that is not ours.

use std::{collections::BTreeMap, time::Duration};

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{
    delivery::Span,
    model::{EventSet, EventType, NewWebhook, RotationWord, Secret, WebhookPatch},
    provider::wire::mark,
};

/// The body that creates an endpoint.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateBody<'a> {
    description: &'a str,
    url: &'a str,
    event_types: Events<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled: Option<bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<&'static str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

impl<'a> CreateBody<'a> {
    /// The body for `new`.
    pub(super) fn new(new: &'a NewWebhook) -> Self {
        let NewWebhook {
            name,
            url,
            events,
            env_type: _, // Its tokens belong to environments; its endpoints do not.
            enabled,
            mark,
            rotated,
            unstored,
            create_only: _, // It has no such field that a manifest could have.
        } = new;
        let mark = mark.iter().map(|key| (mark::MARK, key.as_str()));
        let rotated = rotated.iter().map(|word| (mark::ROTATED, word.as_str()));
        Self {
            description: name.text().expose(),
            url: url.text().expose(),
            event_types: Events(events),
            disabled: enabled.map(|enabled| !enabled),
            metadata: mark
                .chain(rotated)
                .chain(unstored.then_some((mark::SECRET, mark::UNSTORED)))
                .collect(),
            secret: None,
        }
    }

    /// The same, with the key that signs its deliveries.
    pub(super) fn with(self, secret: &'a Secret) -> Self {
        Self {
            secret: Some(secret.expose()),
            ..self
        }
    }
}

/// The body that changes an endpoint: the changed fields alone.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_types: Option<Events<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled: Option<bool>,
}

impl<'a> UpdateBody<'a> {
    /// The body for `patch`.
    pub(super) fn new(patch: &'a WebhookPatch) -> Self {
        let WebhookPatch {
            name,
            url,
            events,
            enabled,
        } = patch;
        Self {
            description: name.as_ref().map(|name| name.text().expose()),
            url: url.as_ref().map(|url| url.text().expose()),
            event_types: events.as_ref().map(Events),
            disabled: enabled.map(|enabled| !enabled),
        }
    }
}

/// The body that asks for what failed to be sent again. Older servers of one's own pass over `until`, and send all that
/// failed since.
#[derive(Serialize)]
pub(super) struct RecoverBody {
    since: String,
    until: String,
}

impl RecoverBody {
    /// The body for what failed in a span.
    pub(super) fn new(span: Span) -> Self {
        Self {
            since: span.since.to_string(),
            until: span.until.to_string(),
        }
    }
}

/// The body that rotates a secret.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RotateBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    grace_period_seconds: u64,
}

impl<'a> RotateBody<'a> {
    /// The body for a new secret, which Svix makes where there is none, and for how long the old one stays valid.
    pub(super) fn new(secret: Option<&'a Secret>, overlap: Duration) -> Self {
        Self {
            key: secret.map(Secret::expose),
            grace_period_seconds: overlap.as_secs(),
        }
    }
}

/// The body that changes what is noted at an endpoint. An update replaces all metadata: what is others' goes along as it was read.
#[derive(Serialize)]
pub(super) struct MetadataBody {
    metadata: Map<String, Value>,
}

impl MetadataBody {
    /// Takes out the note that its signing secret is stored nowhere; `None` where it has metadata that is no object.
    pub(super) fn stored(live: &Value) -> Option<Self> {
        let mut metadata = match live.get("metadata") {
            None | Some(Value::Null) => Map::new(),
            Some(metadata) => metadata.as_object()?.clone(),
        };
        metadata.remove(mark::SECRET);
        Some(Self { metadata })
    }

    /// Adds which rotation was done; a secret that was lost is lost no more.
    pub(super) fn rotated(live: &Value, word: &RotationWord) -> Option<Self> {
        let mut body = Self::stored(live)?;
        let word = Value::from(word.as_str());
        body.metadata.insert(mark::ROTATED.to_owned(), word);
        Some(body)
    }
}

/// Event types as they are sent: null stands for all of them.
struct Events<'a>(&'a EventSet);

impl Serialize for Events<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.has_all() {
            true => serializer.serialize_none(),
            false => serializer.collect_seq(self.0.iter().map(EventType::as_str)),
        }
    }
}
