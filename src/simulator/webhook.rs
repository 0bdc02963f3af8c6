//! Webhooks as the simulated provider keeps them, and as it answers them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::quirks::{
    Enabled, EnvTypeShape, EventsShape, ExtraFields, Quirks, Timestamps, UrlComparison,
};
use crate::model::{EnvType, ProviderProfile};

/// A webhook as the simulated provider keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredWebhook {
    /// Counts the records of a simulator, in the order of their creation.
    pub(super) serial: u64,
    /// Its id, in the shape it was given out.
    pub id: String,
    /// The client id of the account it belongs to.
    pub client_id: String,
    /// The environment it belongs to.
    pub env_type: EnvType,
    /// Its name.
    pub name: String,
    /// Where events are sent, as it was written.
    pub webhook_url: String,
    /// Which events are sent, in the order they were given.
    pub events: Vec<String>,
    /// Whether events are sent; always `true` where the provider cannot disable webhooks.
    pub enabled: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// A webhook to be put into a simulator without a request. Nothing of it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSeed {
    /// Its name.
    pub name: String,
    /// Where events are sent.
    pub webhook_url: String,
    /// Which events are sent.
    pub events: Vec<String>,
    /// Whether events are sent.
    pub enabled: bool,
}

impl WebhookSeed {
    /// An enabled webhook.
    pub fn new(
        name: impl Into<String>,
        webhook_url: impl Into<String>,
        events: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            name: name.into(),
            webhook_url: webhook_url.into(),
            events: events.into_iter().map(Into::into).collect(),
            enabled: true,
        }
    }
}

impl StoredWebhook {
    /// The object as the provider answers it.
    pub(super) fn answer(&self, profile: &ProviderProfile, quirks: &Quirks) -> Value {
        let mut object = Map::new();
        object.insert("id".to_owned(), json!(self.id));
        object.insert("name".to_owned(), json!(self.name));
        object.insert("webhook_url".to_owned(), json!(self.webhook_url));
        object.insert(
            "events".to_owned(),
            match quirks.events_shape {
                EventsShape::List => json!(self.events),
                EventsShape::Comma => json!(self.events.join(",")),
            },
        );
        object.insert(
            "env_type".to_owned(),
            env_type(self.env_type, profile, quirks.env_type_shape),
        );
        if profile.has_enabled && quirks.enabled == Enabled::Reported {
            object.insert("enabled".to_owned(), json!(self.enabled));
        }
        object.insert("created_at".to_owned(), moment(self.created_at, quirks));
        object.insert("updated_at".to_owned(), moment(self.updated_at, quirks));
        add_extra_fields(&mut object, quirks);
        Value::Object(object)
    }
}

/// A moment as the provider writes it.
pub(super) fn moment(at: Timestamp, quirks: &Quirks) -> Value {
    let format = match quirks.timestamps {
        Timestamps::Fraction => "%Y-%m-%dT%H:%M:%S.%6fZ",
        Timestamps::Whole => "%Y-%m-%dT%H:%M:%SZ",
        Timestamps::Offset => "%Y-%m-%dT%H:%M:%S.%6f+00:00",
    };
    Value::String(at.strftime(format).to_string())
}

/// Adds what no documentation mentions, where the quirk says so.
pub(super) fn add_extra_fields(object: &mut Map<String, Value>, quirks: &Quirks) {
    match quirks.extra_fields {
        ExtraFields::None => {}
        ExtraFields::Some => {
            object.insert("x_region".to_owned(), json!("us-west-2"));
            object.insert("x_limits".to_owned(), json!({"retries": [30, 30, 30]}));
        }
    }
}

/// Whether two URLs are one, as this provider sees it.
pub(super) fn same_url(a: &str, b: &str, comparison: UrlComparison) -> bool {
    match comparison {
        UrlComparison::Exact => a == b,
        UrlComparison::Normal => {
            a == b || matches!((url::Url::parse(a), url::Url::parse(b)), (Ok(a), Ok(b)) if a == b)
        }
    }
}

fn env_type(env_type: EnvType, profile: &ProviderProfile, shape: EnvTypeShape) -> Value {
    match (shape, env_type) {
        (EnvTypeShape::Spelling, _) => json!(profile.spelling(env_type)),
        (EnvTypeShape::Boolean, _) => json!(env_type == EnvType::Production),
        (EnvTypeShape::Short | EnvTypeShape::Long, EnvType::Sandbox) => json!("sandbox"),
        (EnvTypeShape::Short, EnvType::Development) => json!("dev"),
        (EnvTypeShape::Short, EnvType::Production) => json!("prod"),
        (EnvTypeShape::Long, EnvType::Development) => json!("development"),
        (EnvTypeShape::Long, EnvType::Production) => json!("production"),
    }
}
