//! Endpoints as they are answered.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::served::uid;
use crate::{
    model::EventType,
    simulator::{
        StoredWebhook,
        quirks::{ExtraFields, OldNames, Quirks, Timestamps, UrlForm},
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
    let mut object = Map::new();
    let metadata = match own("metadata") {
        Value::Null => json!({}),
        metadata => metadata,
    };
    for (field, value) in [
        ("id", json!(webhook.id)),
        ("uid", json!(uid(webhook))),
        ("url", json!(url(&webhook.webhook_url, quirks.url_form))),
        ("description", json!(webhook.name)),
        ("disabled", json!(!webhook.enabled)),
        ("channels", own("channels")),
        ("metadata", metadata),
        ("createdAt", moment(webhook.created_at, quirks)),
        ("updatedAt", moment(webhook.updated_at, quirks)),
    ] {
        object.insert(field.to_owned(), value);
    }
    for (new, old, value) in [
        ("eventTypes", "filterTypes", events),
        ("throttleRate", "rateLimit", own("throttleRate")),
    ] {
        if quirks.old_names != OldNames::Alone {
            object.insert(new.to_owned(), value.clone());
        }
        if quirks.old_names != OldNames::Absent {
            object.insert(old.to_owned(), value);
        }
    }
    if quirks.extra_fields == ExtraFields::Some {
        object.insert("xRegion".to_owned(), json!("eu-central-1"));
    }
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

fn url(text: &str, form: UrlForm) -> String {
    match form {
        UrlForm::Normal => url::Url::parse(text).map_or_else(|_| text.to_owned(), String::from),
        UrlForm::AsSent => text.to_owned(),
    }
}
