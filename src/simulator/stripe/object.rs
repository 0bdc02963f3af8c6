//! Endpoints as they are answered, and what only they have.

use serde_json::{Map, Value, json};

use super::derived::secret;
use crate::{
    model::EnvType,
    simulator::{
        StoredWebhook,
        answer::add_extra_fields,
        quirks::{EmptyName, Quirks},
    },
};

/// An endpoint as it is answered.
pub(super) fn answer(webhook: &StoredWebhook, quirks: &Quirks) -> Value {
    let own = |name: &str| webhook.own.get(name).cloned();
    let description = match (webhook.name.as_str(), quirks.empty_name) {
        ("", EmptyName::Null) => Value::Null,
        (name, _) => json!(name),
    };
    let mut object = json!({
        "id": webhook.id,
        "object": "webhook_endpoint",
        "api_version": own("api_version"),
        "application": own("application"),
        "created": webhook.created_at.as_second(),
        "description": description,
        "enabled_events": webhook.events,
        "livemode": webhook.env_type == EnvType::Production,
        "metadata": own("metadata").unwrap_or_else(|| Value::Object(Map::new())),
        "status": if webhook.enabled { "enabled" } else { "disabled" },
        "url": webhook.webhook_url,
    });
    add_extra_fields(&mut object, quirks);
    object
}

/// The same, as the answer to its creation shows it: with its key.
pub(super) fn created(webhook: &StoredWebhook, quirks: &Quirks) -> Value {
    let mut object = answer(webhook, quirks);
    object["secret"] = json!(secret(webhook));
    object
}

/// What the answer to a deletion is.
pub(super) fn deleted(id: &str) -> Value {
    json!({ "id": id, "object": "webhook_endpoint", "deleted": true })
}
