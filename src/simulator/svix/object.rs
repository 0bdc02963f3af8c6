//! Endpoints as they are answered.

use serde_json::{Value, json};

use super::served::uid;
use crate::{
    model::EventType,
    simulator::{
        StoredWebhook,
        answer::moment,
        quirks::{ExtraFields, OldNames, Quirks, UrlForm},
    },
};

/// What is kept where an endpoint asks for all events.
pub(super) fn all() -> Vec<String> {
    vec![EventType::all().as_str().to_owned()]
}

/// An endpoint as it is answered.
pub(super) fn answer(webhook: &StoredWebhook, quirks: &Quirks) -> Value {
    let own = |field: &str| webhook.own.get(field).cloned().unwrap_or(Value::Null);
    let events = match webhook.events == all() {
        true => Value::Null,
        false => json!(webhook.events),
    };
    let metadata = match own("metadata") {
        Value::Null => json!({}),
        metadata => metadata,
    };
    let mut object = json!({
        "id": webhook.id,
        "uid": uid(webhook),
        "url": url(&webhook.webhook_url, quirks.url_form),
        "description": webhook.name,
        "disabled": !webhook.enabled,
        "channels": own("channels"),
        "metadata": metadata,
        "createdAt": moment(webhook.created_at, quirks.timestamps),
        "updatedAt": moment(webhook.updated_at, quirks.timestamps),
    });
    for (new, old, value) in [
        ("eventTypes", "filterTypes", events),
        ("throttleRate", "rateLimit", own("throttleRate")),
    ] {
        if quirks.old_names != OldNames::Alone {
            object[new] = value.clone();
        }
        if quirks.old_names != OldNames::Absent {
            object[old] = value;
        }
    }
    if quirks.extra_fields == ExtraFields::Some {
        object["xRegion"] = json!("eu-central-1");
    }
    object
}

fn url(text: &str, form: UrlForm) -> String {
    match form {
        UrlForm::Normal => url::Url::parse(text).map_or_else(|_| text.to_owned(), String::from),
        UrlForm::AsSent => text.to_owned(),
    }
}
