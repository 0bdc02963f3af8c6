//! The fields of a webhook, for whatever is planned, shown and kept: enumerated here, and taken from here by all who go
//! through them.
//!
//! Which events come where depends on the URL, the events and whether it is enabled. Those have accessors of their own, as the
//! planner asks for them; of another field it need not know.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Exact, Form, Ink, Kept, Projector, Shown, Text};
use crate::model::{
    DesiredWebhook, EnvType, LiveWebhook, NewWebhook, RotationWord, Unreadable, WebhookKey,
    WebhookPatch,
};

/// One field that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, bound = "F: Kept")]
#[schemars(rename = "ChangeRecord", bound = "F: Kept")]
pub enum Change<F: Form = Exact> {
    /// The name.
    Name {
        /// The live name.
        before: F::Name,
        /// The declared name.
        after: F::Name,
    },
    /// The URL.
    Url {
        /// The live URL.
        before: F::Url,
        /// The declared URL.
        after: F::Url,
    },
    /// The set of events.
    Events {
        /// The live set; `None` where the provider did not report it.
        before: Option<F::Events>,
        /// The declared set.
        after: F::Events,
    },
    /// Whether events are sent.
    Enabled {
        /// What the provider reported.
        before: bool,
        /// What is declared.
        after: bool,
    },
}

impl<F: Form> Change<F> {
    /// The field's name, as a manifest has it.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Name { .. } => "name",
            Self::Url { .. } => "url",
            Self::Events { .. } => "events",
            Self::Enabled { .. } => "enabled",
        }
    }

    /// The live and the declared name, where it is the name that changes.
    pub fn name(&self) -> Option<(&F::Name, &F::Name)> {
        match self {
            Self::Name { before, after } => Some((before, after)),
            _ => None,
        }
    }

    /// The live and the declared URL, where it is the URL that changes.
    pub fn url(&self) -> Option<(&F::Url, &F::Url)> {
        match self {
            Self::Url { before, after } => Some((before, after)),
            _ => None,
        }
    }

    /// The live and the declared events, where those change.
    pub fn events(&self) -> Option<(Option<&F::Events>, &F::Events)> {
        match self {
            Self::Events { before, after } => Some((before.as_ref(), after)),
            _ => None,
        }
    }

    /// Whether it was enabled and is to be, where that changes.
    pub fn enabled(&self) -> Option<(bool, bool)> {
        match self {
            Self::Enabled { before, after } => Some((*before, *after)),
            _ => None,
        }
    }
}

impl Change {
    /// Puts what is declared into what is sent.
    pub fn send(&self, patch: &mut WebhookPatch) {
        match self {
            Self::Name { after, .. } => patch.name = Some(after.clone()),
            Self::Url { after, .. } => patch.url = Some(after.clone()),
            Self::Events { after, .. } => patch.events = Some(after.clone()),
            Self::Enabled { after, .. } => patch.enabled = Some(*after),
        }
    }

    /// Makes a live webhook what is declared.
    pub fn make(&self, webhook: &mut LiveWebhook) {
        match self {
            Self::Name { after, .. } => webhook.name = after.clone(),
            Self::Url { after, .. } => webhook.url = after.clone(),
            Self::Events { after, .. } => webhook.events = Some(after.clone()),
            Self::Enabled { after, .. } => webhook.enabled = Some(*after),
        }
    }
}

/// The value of a field, as it may be shown.
#[derive(Clone, Copy, Debug)]
pub enum Value<'v> {
    /// A text.
    Text(&'v Text),
    /// A set of event types.
    Events(&'v [String]),
    /// Yes or no.
    Flag(bool),
}

impl<'v> Value<'v> {
    /// The text, where it is one.
    pub fn text(self) -> Option<&'v Text> {
        match self {
            Self::Text(text) => Some(text),
            Self::Events(_) | Self::Flag(_) => None,
        }
    }

    /// The event types, where it is a set of those.
    pub fn events(self) -> Option<&'v [String]> {
        match self {
            Self::Events(events) => Some(events),
            Self::Text(_) | Self::Flag(_) => None,
        }
    }

    /// The yes or no, where it is one.
    pub fn flag(self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(flag),
            Self::Text(_) | Self::Events(_) => None,
        }
    }

    /// Whether both are the same value, whatever is masked of either.
    pub fn is(self, other: Value<'_>) -> bool {
        match self {
            Self::Text(text) => other.text().is_some_and(|other| text.is(other)),
            Self::Events(events) => other.events() == Some(events),
            Self::Flag(flag) => other.flag() == Some(flag),
        }
    }
}

impl Change<Shown> {
    /// What is live, where that is reported, and what is declared.
    pub fn values(&self) -> (Option<Value<'_>>, Value<'_>) {
        match self {
            Self::Name { before, after } | Self::Url { before, after } => {
                (Some(Value::Text(before)), Value::Text(after))
            }
            Self::Events { before, after } => {
                (before.as_deref().map(Value::Events), Value::Events(after))
            }
            Self::Enabled { before, after } => (Some(Value::Flag(*before)), Value::Flag(*after)),
        }
    }
}

/// What a webhook is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookRecord {
    /// Its name.
    pub name: Text,
    /// Where events are sent.
    pub url: Text,
    /// Which events are sent; null where that is not reported.
    pub events: Option<Vec<String>>,
    /// Whether events are sent; null where that is not reported, or left to the provider.
    pub enabled: Option<bool>,
    /// The fields that it has from its creation on, as far as they are reported or given.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub create_only: BTreeMap<String, Text>,
}

/// A live webhook, as far as a plan looks at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveRecord {
    /// The provider's id.
    pub id: String,
    /// Its name, URL, events, and whether it is enabled.
    pub webhook: WebhookRecord,
    /// The provider's environment it belongs to.
    pub env_type: Option<EnvType>,
    /// The key that it was created for, which decides between duplicates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<WebhookKey>,
    /// The last rotation of its secret that is noted there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated: Option<RotationWord>,
    /// When it was created, which decides between duplicates.
    #[schemars(with = "Option<String>")]
    pub created_at: Option<Timestamp>,
    /// The fields that cannot be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<Unreadable>,
}

/// The fields that an update sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchRecord {
    /// The name it gets.
    pub name: Option<Text>,
    /// The URL it gets.
    pub url: Option<Text>,
    /// The events it gets.
    pub events: Option<Vec<String>>,
    /// Whether events are sent.
    pub enabled: Option<bool>,
}

impl WebhookRecord {
    /// How many fields an update can change.
    pub const CHANGEABLE: usize = 4;

    /// The fields that an update can change, each with its value where that is known.
    pub fn changeable(&self) -> [(&'static str, Option<Value<'_>>); Self::CHANGEABLE] {
        let Self {
            name,
            url,
            events,
            enabled,
            create_only: _, // No update changes one.
        } = self;
        [
            ("name", Some(Value::Text(name))),
            ("url", Some(Value::Text(url))),
            ("events", events.as_deref().map(Value::Events)),
            ("enabled", enabled.map(Value::Flag)),
        ]
    }

    /// The fields whose value is known.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        let changeable = self.changeable().into_iter();
        let changeable = changeable.filter_map(|(field, value)| Some((field, value?)));
        let create_only = self.create_only.iter();
        changeable.chain(create_only.map(|(field, value)| (field.as_str(), Value::Text(value))))
    }
}

impl PatchRecord {
    /// The names of the fields that are sent.
    pub fn sent(&self) -> impl Iterator<Item = &'static str> {
        let Self {
            name,
            url,
            events,
            enabled,
        } = self;
        let fields = [
            ("name", name.is_some()),
            ("url", url.is_some()),
            ("events", events.is_some()),
            ("enabled", enabled.is_some()),
        ];
        let fields = fields.into_iter();
        fields.filter_map(|(field, is_sent)| is_sent.then_some(field))
    }
}

impl<I: Ink> Projector<'_, I> {
    /// The record of a declared webhook.
    pub fn declared(&self, webhook: &DesiredWebhook) -> WebhookRecord {
        let DesiredWebhook {
            name,
            url,
            events,
            enabled,
            create_only,
            // What follows is not what a webhook is, but how it becomes that.
            moved_from: _,
            adopt: _,
            secret_to: _,
            secret_from: _,
            rotate: _,
            replace: _,
        } = webhook;
        WebhookRecord {
            name: self.0.name(name),
            url: self.0.url(url),
            events: Some(self.events(events)),
            enabled: Some(*enabled),
            create_only: self.create_only(create_only),
        }
    }

    /// The record of a live webhook.
    pub fn live(&self, webhook: &LiveWebhook) -> LiveRecord {
        let LiveWebhook {
            id,
            name,
            url,
            events,
            mark,
            rotated,
            create_only,
            env_type,
            enabled,
            created_at,
            unreadable,
            is_secret_lost: _, // The plan warns of it.
            updated_at: _,     // Moves without any of the fields that a plan looks at.
            other: _,          // No plan looks at them.
        } = webhook;
        let unreadable = unreadable.iter().map(|found| Unreadable {
            field: found.field,
            got: found.got.as_deref().map(|got| self.0.plain(got)),
        });
        LiveRecord {
            id: self.0.plain(id.as_received()),
            webhook: WebhookRecord {
                name: self.0.name(name),
                url: self.0.url(url),
                events: events.as_ref().map(|events| self.events(events)),
                enabled: *enabled,
                create_only: self.create_only(create_only),
            },
            mark: mark.clone(),
            rotated: rotated.as_ref().map(|word| self.word(word)),
            env_type: *env_type,
            created_at: *created_at,
            unreadable: unreadable.collect(),
        }
    }

    /// The record of a webhook that is created.
    pub(in crate::plan) fn created(&self, webhook: &NewWebhook) -> WebhookRecord {
        let NewWebhook {
            name,
            url,
            events,
            env_type: _, // The environment's.
            enabled,
            mark: _,     // The operation's key.
            rotated: _,  // What the manifest says: a new secret is new.
            unstored: _, // The step's.
            create_only,
        } = webhook;
        WebhookRecord {
            name: self.0.name(name),
            url: self.0.url(url),
            events: Some(self.events(events)),
            enabled: *enabled,
            create_only: self.create_only(create_only),
        }
    }

    /// The record of a change.
    pub(in crate::plan) fn change(&self, change: &Change) -> Change<Shown> {
        match change {
            Change::Name { before, after } => Change::Name {
                before: self.0.name(before),
                after: self.0.name(after),
            },
            Change::Url { before, after } => Change::Url {
                before: self.0.url(before),
                after: self.0.url(after),
            },
            Change::Events { before, after } => Change::Events {
                before: before.as_ref().map(|before| self.events(before)),
                after: self.events(after),
            },
            Change::Enabled { before, after } => Change::Enabled {
                before: *before,
                after: *after,
            },
        }
    }

    /// The record of what an update sends.
    pub(in crate::plan) fn patch(&self, patch: &WebhookPatch) -> PatchRecord {
        let WebhookPatch {
            name,
            url,
            events,
            enabled,
        } = patch;
        PatchRecord {
            name: name.as_ref().map(|name| self.0.name(name)),
            url: url.as_ref().map(|url| self.0.url(url)),
            events: events.as_ref().map(|events| self.events(events)),
            enabled: *enabled,
        }
    }
}
