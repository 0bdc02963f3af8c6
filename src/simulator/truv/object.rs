//! Webhooks as they are answered.

use serde_json::{Value, json};

use crate::{
    model::{EnvType, ProviderProfile},
    simulator::{
        StoredWebhook,
        answer::{add_extra_fields, moment},
        quirks::{Enabled, EnvTypeShape, EventsShape, Quirks},
    },
};

/// A webhook as it is answered.
pub(super) fn answer(webhook: &StoredWebhook, profile: &ProviderProfile, quirks: &Quirks) -> Value {
    let mut object = json!({
        "id": webhook.id,
        "name": webhook.name,
        "webhook_url": webhook.webhook_url,
        "events": match quirks.events_shape {
            EventsShape::List => json!(webhook.events),
            EventsShape::Comma => json!(webhook.events.join(",")),
        },
        "env_type": env_type(webhook.env_type, profile, quirks.env_type_shape),
    });
    if profile.has_enabled && quirks.enabled == Enabled::Reported {
        object["enabled"] = json!(webhook.enabled);
    }
    object["created_at"] = moment(webhook.created_at, quirks.timestamps);
    object["updated_at"] = moment(webhook.updated_at, quirks.timestamps);
    add_extra_fields(&mut object, quirks);
    object
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
