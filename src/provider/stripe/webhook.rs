//! An endpoint as it comes.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    model::{EnvType, LiveField, LiveWebhook, MaskedText},
    provider::wire::{
        Fields, events,
        field::{self, only_text},
        mark,
    },
};

/// Reads an endpoint; `None` where it is no object or has no id, without which nothing can be done to it.
pub(super) fn decode(value: Value) -> Option<LiveWebhook> {
    let mut fields = Fields::of(value)?;
    // A key is nothing to be kept, and what kind of object it is says its place.
    fields.rest().remove("secret");
    fields.rest().remove("object");
    let name = fields.reported(LiveField::Name, "description", only_text);
    let url = fields.needed(LiveField::WebhookUrl, "url");
    let events = fields.reported(LiveField::Events, "enabled_events", events);
    let env_type = fields.reported(LiveField::EnvType, "livemode", mode);
    let enabled = fields.reported(LiveField::Enabled, "status", status);
    let marks = mark::take(fields.rest());
    let api_version = field::take(fields.rest(), "api_version", only_text);
    let api_version = api_version.map(|version| ("api_version", MaskedText::plain(version)));
    let created_at = field::take(fields.rest(), "created", moment);
    Some(LiveWebhook {
        events,
        create_only: api_version.into_iter().collect(),
        env_type,
        enabled,
        created_at,
        ..fields.into_webhook(name.unwrap_or_default(), url, marks)
    })
}

fn mode(value: &Value) -> Option<EnvType> {
    Some(match value.as_bool()? {
        true => EnvType::Production,
        false => EnvType::Sandbox,
    })
}

fn status(value: &Value) -> Option<bool> {
    match value.as_str()? {
        "enabled" => Some(true),
        "disabled" => Some(false),
        _ => None,
    }
}

/// Seconds since 1970.
fn moment(value: &Value) -> Option<Timestamp> {
    Timestamp::from_second(value.as_i64()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{EventSet, WebhookKey};

    fn decoded(more: Value) -> LiveWebhook {
        let mut whole = json!({
            "id": "we_1", "object": "webhook_endpoint", "api_version": null, "application": null,
            "created": 1_720_734_188, "description": "orders", "enabled_events": ["charge.failed", "charge.succeeded"],
            "livemode": false, "metadata": {}, "status": "enabled", "url": "https://h.example.com/a",
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            whole[name] = value.clone();
        }
        decode(whole).expect("an endpoint with an id is read")
    }

    #[test]
    fn an_endpoint_is_read() {
        let webhook = decoded(json!({}));
        assert_eq!(webhook.name.text().expose(), "orders");
        assert_eq!(webhook.url.text().expose(), "https://h.example.com/a");
        assert_eq!(webhook.events.as_ref().map(|events| events.len()), Some(2));
        assert_eq!(webhook.env_type, Some(EnvType::Sandbox));
        assert_eq!(webhook.enabled, Some(true));
        assert_eq!(webhook.mark, None);
        assert!(webhook.create_only.is_empty());
        assert!(webhook.is_readable());
        let at = webhook.created_at.map(|at| at.to_string());
        assert_eq!(at.as_deref(), Some("2024-07-11T21:43:08Z"));
        assert!(
            webhook.other.values().all(Value::is_null),
            "{:?}",
            webhook.other
        );
    }

    #[test]
    fn null_and_empty_descriptions_are_no_name() {
        for sent in [json!(null), json!("")] {
            let webhook = decoded(json!({ "description": sent }));
            assert_eq!(webhook.name.text().expose(), "");
            assert!(webhook.is_readable());
        }
    }

    #[test]
    fn the_mark_is_taken_from_the_metadata_and_the_rest_is_kept() {
        let webhook = decoded(json!({"metadata": {"hookwright": "loans", "team": "risk"}}));
        assert_eq!(webhook.mark, Some(WebhookKey::new("loans")));
        assert_eq!(webhook.other["metadata"], json!({"team": "risk"}));
        for sent in [
            json!(null),
            json!([]),
            json!({"hookwright": 1}),
            json!({"hookwright": ""}),
        ] {
            assert_eq!(decoded(json!({ "metadata": sent })).mark, None, "{sent}");
        }
    }

    #[test]
    fn the_version_of_an_endpoint_is_a_field_of_its_creation() {
        let webhook = decoded(json!({"api_version": "2020-08-27"}));
        assert_eq!(webhook.create_only["api_version"].expose(), "2020-08-27");
    }

    #[test]
    fn all_events_are_one_value() {
        let webhook = decoded(json!({"enabled_events": ["*"]}));
        assert_eq!(webhook.events, Some(EventSet::all()));
    }

    #[test]
    fn what_cannot_be_read_is_named_and_never_taken_for_something_else() {
        for (sent, field) in [
            (json!({"status": "paused"}), LiveField::Enabled),
            (json!({"status": true}), LiveField::Enabled),
            (
                json!({"enabled_events": "charge.failed"}),
                LiveField::Events,
            ),
            (json!({"enabled_events": [1]}), LiveField::Events),
            (json!({"livemode": "no"}), LiveField::EnvType),
            (json!({"url": null}), LiveField::WebhookUrl),
            (
                json!({"url": ["https://canary.example.com"]}),
                LiveField::WebhookUrl,
            ),
            (json!({"description": 1}), LiveField::Name),
        ] {
            let webhook = decoded(sent.clone());
            let found = webhook.unreadable(field);
            assert!(found.is_some(), "{sent}");
            let shown = format!("{:?}", webhook.unreadable);
            assert!(!shown.contains("canary"), "{shown}");
        }
        assert!(decode(json!({"object": "list", "data": []})).is_none());
    }

    #[test]
    fn a_key_is_never_kept() {
        let webhook = decoded(json!({"secret": "whsec_canary"}));
        assert!(!format!("{webhook:?}").contains("canary"));
    }
}
