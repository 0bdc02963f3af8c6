//! Webhooks as they are answered.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    model::{EnvType, ProviderProfile},
    simulator::{
        StoredWebhook,
        quirks::{Enabled, EnvTypeShape, EventsShape, ExtraFields, Quirks, Timestamps},
    },
};

/// A webhook as it is answered.
pub(super) fn answer(webhook: &StoredWebhook, profile: &ProviderProfile, quirks: &Quirks) -> Value {
    let mut object = Map::new();
    object.insert("id".to_owned(), json!(webhook.id));
    object.insert("name".to_owned(), json!(webhook.name));
    object.insert("webhook_url".to_owned(), json!(webhook.webhook_url));
    object.insert(
        "events".to_owned(),
        match quirks.events_shape {
            EventsShape::List => json!(webhook.events),
            EventsShape::Comma => json!(webhook.events.join(",")),
        },
    );
    object.insert(
        "env_type".to_owned(),
        env_type(webhook.env_type, profile, quirks.env_type_shape),
    );
    if profile.has_enabled && quirks.enabled == Enabled::Reported {
        object.insert("enabled".to_owned(), json!(webhook.enabled));
    }
    object.insert("created_at".to_owned(), moment(webhook.created_at, quirks));
    object.insert("updated_at".to_owned(), moment(webhook.updated_at, quirks));
    add_extra_fields(&mut object, quirks);
    Value::Object(object)
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
