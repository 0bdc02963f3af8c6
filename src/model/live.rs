//! What the provider has.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    CreateOnly, DesiredWebhook, EndpointUrl, EnvType, EventSet, EventType, Masker, RotationWord,
    WebhookId, WebhookKey, WebhookName,
};

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
    /// The key that it was created for, where the provider keeps such a mark. It decides only between several
    /// webhooks at one URL.
    pub mark: Option<WebhookKey>,
    /// Whether it is noted there that its signing secret reached nobody when it was created, or that nobody knows whether it did.
    pub is_secret_lost: bool,
    /// The last rotation of its secret that is noted there.
    pub rotated: Option<RotationWord>,
    /// The fields that it has from its creation on.
    pub create_only: CreateOnly,
    /// The provider's environment it belongs to.
    pub env_type: Option<EnvType>,
    /// Whether events are sent. Providers disable endpoints that keep failing.
    pub enabled: Option<bool>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// The fields that cannot be read. Where there is one, nobody knows what the webhook is: it equals no
    /// declared one, counts for nothing, and is not changed or deleted.
    pub unreadable: Vec<Unreadable>,
    /// Fields this version does not know, kept for readers; never sent back.
    pub other: BTreeMap<String, Value>,
}

impl LiveWebhook {
    /// One of which the provider reported nothing else.
    pub fn new(id: WebhookId, name: WebhookName, url: EndpointUrl) -> Self {
        Self {
            id,
            name,
            url,
            events: None,
            mark: None,
            is_secret_lost: false,
            rotated: None,
            create_only: CreateOnly::new(),
            env_type: None,
            enabled: None,
            created_at: None,
            updated_at: None,
            unreadable: Vec::new(),
            other: BTreeMap::new(),
        }
    }

    /// Whether every field that says what it is could be read.
    pub fn is_readable(&self) -> bool {
        self.unreadable.is_empty()
    }

    /// The field, if it could not be read.
    pub fn unreadable(&self, field: LiveField) -> Option<&Unreadable> {
        self.unreadable.iter().find(|found| found.field == field)
    }

    /// The same webhook, with what is sensitive masked in all of its texts.
    #[must_use]
    pub fn masked(self, masker: &Masker) -> Self {
        let Self {
            id,
            name,
            url,
            events,
            mark,
            is_secret_lost,
            rotated,
            create_only,
            env_type,
            enabled,
            created_at,
            updated_at,
            mut unreadable,
            other,
        } = self;
        for got in unreadable.iter_mut().filter_map(|found| found.got.as_mut()) {
            *got = masker.mask_foreign(got).into_owned();
        }
        let is_quiet = |event: &EventType| matches!(masker.mask(event.as_str()), Cow::Borrowed(_));
        let events = events.map(|events| match events.iter().all(is_quiet) {
            true => events,
            // It is none that anybody could have meant.
            false => (events.iter())
                .map(|event| EventType::new(masker.mask(event.as_str()).into_owned()))
                .collect(),
        });
        Self {
            id: masker.id(&id),
            url: masker.url_of(name.text().expose(), url.text().expose()),
            name: WebhookName::from_live(masker.text(name.text().expose())),
            events,
            mark: mark.map(|mark| WebhookKey::new(masker.mask_foreign(mark.as_str()))),
            is_secret_lost,
            // It is compared with the manifest's word, which may have a known value in it. Who shows it masks that.
            rotated: rotated
                .map(|word| RotationWord::from_live(Masker::default().mask_foreign(word.as_str()))),
            create_only: create_only
                .into_iter()
                .map(|(field, value)| (field, masker.text(value.expose())))
                .collect(),
            env_type,
            enabled,
            created_at,
            updated_at,
            unreadable,
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

impl DesiredWebhook {
    /// The live webhook that belongs to this one: sensitive where this one is, from where both differ.
    #[must_use]
    pub fn beside(&self, live: &LiveWebhook) -> LiveWebhook {
        LiveWebhook {
            name: live.name.shown_like(&self.name),
            url: live.url.shown_like(&self.url),
            ..live.clone()
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

/// A field that says what a live webhook is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LiveField {
    /// Its name.
    Name,
    /// Where events are sent.
    WebhookUrl,
    /// Which events are sent.
    Events,
    /// The provider's environment it belongs to.
    EnvType,
    /// Whether events are sent.
    Enabled,
}

impl LiveField {
    /// The field in the provider's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::WebhookUrl => "webhook_url",
            Self::Events => "events",
            Self::EnvType => "env_type",
            Self::Enabled => "enabled",
        }
    }
}

/// A field of a live webhook that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UnreadableRecord")]
pub struct Unreadable {
    /// Which.
    pub field: LiveField,
    /// What came instead, as it may be shown; `None` where nothing came, and every webhook has the field.
    pub got: Option<String>,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = self.field.as_str();
        match &self.got {
            Some(got) => write!(f, "`{field}` came as {got}"),
            None => write!(f, "`{field}` did not come"),
        }
    }
}

/// The live state of one environment: every webhook there, ours or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveState {
    /// The webhooks, in whatever order the provider listed them.
    pub webhooks: Vec<LiveWebhook>,
}
