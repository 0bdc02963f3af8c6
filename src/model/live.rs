//! What the provider has.

use std::{borrow::Cow, collections::BTreeMap};

use jiff::Timestamp;
use serde_json::Value;

use super::{EndpointUrl, EnvType, EventSet, EventType, Masker, WebhookId, WebhookName};

/// A webhook as the provider reported it. `None` means that the provider did not report the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveWebhook {
    /// The provider's id.
    pub id: WebhookId,
    /// Its name; empty where none was reported.
    pub name: WebhookName,
    /// Where events are sent.
    pub url: EndpointUrl,
    /// Which events are sent.
    pub events: Option<EventSet>,
    /// The provider's environment it belongs to.
    pub env_type: Option<EnvType>,
    /// Whether events are sent. Truv disables a production endpoint that keeps failing.
    pub enabled: Option<bool>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// Fields this version does not know, kept for readers; never sent back.
    pub other: BTreeMap<String, Value>,
}

impl LiveWebhook {
    /// The same webhook, with what is sensitive masked in all of its texts.
    #[must_use]
    pub fn masked(self, masker: &Masker) -> Self {
        let Self {
            id,
            name,
            url,
            events,
            env_type,
            enabled,
            created_at,
            updated_at,
            other,
        } = self;
        let is_quiet = |event: &EventType| matches!(masker.mask(event.as_str()), Cow::Borrowed(_));
        let events = events.map(|events| match events.iter().all(is_quiet) {
            true => events,
            // It is none that anybody could have meant.
            false => (events.iter())
                .map(|event| EventType::new(masker.mask(event.as_str()).into_owned()))
                .collect(),
        });
        Self {
            id: id.masked(masker),
            url: masker.url_of(name.text().expose(), url.text().expose()),
            name: WebhookName::from_live(masker.text(name.text().expose())),
            events,
            env_type,
            enabled,
            created_at,
            updated_at,
            other: other
                .into_iter()
                .map(|(field, value)| {
                    (
                        masker.mask_foreign(&field).into_owned(),
                        quiet(value, masker),
                    )
                })
                .collect(),
        }
    }
}

/// A value without anything sensitive, in names of members and in numbers too.
fn quiet(value: Value, masker: &Masker) -> Value {
    match value {
        Value::String(text) => Value::String(masker.mask_foreign(&text).into_owned()),
        Value::Number(number) => match masker.mask(&number.to_string()) {
            Cow::Borrowed(_) => Value::Number(number),
            Cow::Owned(masked) => Value::String(masked),
        },
        Value::Array(items) => items.into_iter().map(|item| quiet(item, masker)).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| {
                (
                    masker.mask_foreign(&name).into_owned(),
                    quiet(value, masker),
                )
            })
            .collect(),
        Value::Null | Value::Bool(_) => value,
    }
}

/// The live state of one environment: every webhook there, ours or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveState {
    /// The webhooks, in whatever order the provider listed them.
    pub webhooks: Vec<LiveWebhook>,
}
