//! A webhook as it comes: every odd shape the documentation shows, or allows, is read.

use serde_json::Value;

use crate::{
    model::{
        ENV_TYPE_SPELLINGS, EnvType, EventSet, EventType, LiveField, LiveWebhook, ProviderProfile,
    },
    provider::wire::{Fields, field, mark::Marks},
};

/// Reads a webhook; `None` where it is no object or has no id, without which nothing can be done to it.
pub(super) fn decode(value: Value, profile: &ProviderProfile) -> Option<LiveWebhook> {
    let mut fields = Fields::of(value)?;
    let name = fields.needed(LiveField::Name, "name");
    let url = fields.needed(LiveField::WebhookUrl, "webhook_url");
    let events = fields.reported(LiveField::Events, "events", events);
    let env_type = read_env_type(&mut fields, profile);
    let enabled = fields.reported(LiveField::Enabled, "enabled", Value::as_bool);
    let created_at = field::take(fields.rest(), "created_at", field::timestamp);
    let updated_at = field::take(fields.rest(), "updated_at", field::timestamp);
    Some(LiveWebhook {
        events,
        env_type,
        enabled,
        created_at,
        updated_at,
        ..fields.into_webhook(name, url, Marks::default())
    })
}

/// The environment. A spelling that names none that is known stays among what is kept for readers: it
/// is another environment's.
fn read_env_type(fields: &mut Fields, profile: &ProviderProfile) -> Option<EnvType> {
    const CALLED: &str = "env_type";
    match fields.rest().get(CALLED)? {
        Value::Bool(_) => {}
        Value::String(text) if !text.trim().is_empty() => {}
        _ => return fields.reported(LiveField::EnvType, CALLED, |_| None),
    }
    field::take(fields.rest(), CALLED, |value| env_type(value, profile))
}

/// A list, or, as the tables type the field, one text with commas.
fn events(value: &Value) -> Option<EventSet> {
    let texts: Vec<&str> = match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().map(Value::as_str).collect::<Option<_>>()?,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
    };
    let types = texts.into_iter().flat_map(|text| text.split(','));
    Some(
        types
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(EventType::new)
            .collect(),
    )
}

/// Any spelling that is known. A boolean says whether it is production; where that leaves more
/// than one environment, it says nothing.
fn env_type(value: &Value, profile: &ProviderProfile) -> Option<EnvType> {
    match value {
        Value::String(text) => ENV_TYPE_SPELLINGS
            .iter()
            .find(|(spelling, _)| text.trim().eq_ignore_ascii_case(spelling))
            .map(|(_, env_type)| *env_type),
        Value::Bool(true) => Some(EnvType::Production),
        Value::Bool(false) => {
            let mut rest = profile
                .env_types
                .iter()
                .map(|(env_type, _)| *env_type)
                .filter(|env_type| *env_type != EnvType::Production);
            rest.next().filter(|_| rest.next().is_none())
        }
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::{transcrypts::PROFILE as TRANSCRYPTS, truv::PROFILE as TRUV};

    fn decoded(value: Value) -> LiveWebhook {
        decode(value, &TRUV).expect("a webhook with an id decodes")
    }

    #[test]
    fn ids_are_read_with_dashes_without_and_as_numbers() {
        for (sent, received) in [
            (json!("5f-1"), Some("5f-1")),
            (
                json!("3fa85f6457174562b3fc2c963f66afa6"),
                Some("3fa85f6457174562b3fc2c963f66afa6"),
            ),
            (json!(42), Some("42")),
            (json!(""), None),
            (json!(" "), None),
            (json!(null), None),
            (json!(["a"]), None),
        ] {
            let webhook = decode(json!({ "id": sent }), &TRUV);
            let id = webhook.as_ref().map(|webhook| webhook.id.as_received());
            assert_eq!(id, received, "{sent}");
        }
        assert!(decode(json!({"name": "no id"}), &TRUV).is_none());
        assert!(decode(json!("text"), &TRUV).is_none());
    }

    #[test]
    fn events_are_read_in_every_shape() {
        let set = |types: &[&str]| Some(types.iter().map(|text| EventType::new(*text)).collect());
        for (sent, read) in [
            (json!(["b", "a", "b"]), set(&["a", "b"])),
            (json!("order-created"), set(&["order-created"])),
            (json!("b, a,"), set(&["a", "b"])),
            (json!([]), set(&[])),
            (json!(null), None),
            (json!({"a": true}), None),
            (json!(["a", 1]), None),
        ] {
            assert_eq!(
                decoded(json!({"id": "1", "events": sent})).events,
                read,
                "{sent}"
            );
        }
        assert_eq!(decoded(json!({"id": "1"})).events, None);
    }

    #[test]
    fn environments_are_read_in_every_spelling() {
        use EnvType::{Development, Production, Sandbox};
        for (sent, truv, transcrypts) in [
            (json!("sandbox"), Some(Sandbox), Some(Sandbox)),
            (json!("dev"), Some(Development), Some(Development)),
            (json!("development"), Some(Development), Some(Development)),
            (json!("PROD"), Some(Production), Some(Production)),
            (json!("production"), Some(Production), Some(Production)),
            (json!(true), Some(Production), Some(Production)),
            (json!(false), None, Some(Development)),
            (json!(null), None, None),
            (json!("staging"), None, None),
        ] {
            let of = |profile| {
                decode(json!({"id": "1", "env_type": sent}), profile)
                    .and_then(|webhook| webhook.env_type)
            };
            assert_eq!(of(&TRUV), truv, "{sent}");
            assert_eq!(of(&TRANSCRYPTS), transcrypts, "{sent}");
        }
    }

    #[test]
    fn timestamps_are_read_with_fractions_and_offsets() {
        for (sent, read) in [
            (json!("2024-07-11T21:43:08Z"), Some("2024-07-11T21:43:08Z")),
            (
                json!("2024-07-11T21:43:08.073930Z"),
                Some("2024-07-11T21:43:08.07393Z"),
            ),
            (
                json!("2024-07-11T21:43:08.075540+00:00"),
                Some("2024-07-11T21:43:08.07554Z"),
            ),
            (
                json!("2024-07-11T21:43:08-05:00"),
                Some("2024-07-12T02:43:08Z"),
            ),
            (json!("yesterday"), None),
            (json!("2024-07-11T21:43:08"), None),
            (json!(1_720_734_188), None),
            (json!(null), None),
        ] {
            let webhook = decoded(json!({"id": "1", "created_at": sent, "updated_at": sent}));
            let shown = webhook.created_at.map(|at| at.to_string());
            assert_eq!(shown.as_deref(), read, "{sent}");
            assert_eq!(webhook.updated_at, webhook.created_at);
        }
    }

    #[test]
    fn names_urls_and_enabled_are_optional() {
        let webhook = decoded(json!({"id": "1", "name": null, "enabled": null}));
        assert_eq!(webhook.name.text().expose(), "");
        assert_eq!(webhook.url.text().expose(), "");
        assert_eq!(webhook.enabled, None);
        assert_eq!(
            decoded(json!({"id": "1", "enabled": false})).enabled,
            Some(false)
        );
        let other = decoded(json!({"id": "1", "name": null, "enabled": null})).other;
        assert!(other.is_empty(), "{other:?}");
    }

    #[test]
    fn what_is_not_understood_is_kept() {
        let webhook = decoded(json!({
            "id": "1", "env_type": "staging", "created_at": "yesterday",
            "oauth": {"realm": "r"}, "webhook_url": "not a url",
        }));
        let kept: Vec<_> = webhook.other.keys().map(String::as_str).collect();
        assert_eq!(kept, ["created_at", "env_type", "oauth"]);
        assert_eq!(webhook.url.to_string(), "not a url");
    }
}
