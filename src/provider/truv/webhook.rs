//! A webhook as it comes: every odd shape the documentation shows, or allows, is read.

use serde_json::{Map, Value};

use crate::{
    model::{
        CreateOnly, ENV_TYPE_SPELLINGS, EndpointUrl, EnvType, EventSet, EventType, LiveField,
        LiveWebhook, MaskedText, ProviderProfile, Unreadable, WebhookId, WebhookName,
    },
    provider::wire::field,
};

/// Reads a webhook; `None` where it is no object or has no id, without which nothing can be done to it.
pub(super) fn decode(value: Value, profile: &ProviderProfile) -> Option<LiveWebhook> {
    let Value::Object(mut object) = value else {
        return None;
    };
    let id = field::take(&mut object, "id", field::text).filter(|id| !id.trim().is_empty())?;
    let mut fields = Fields {
        object,
        unreadable: Vec::new(),
    };
    let name = fields.needed(LiveField::Name);
    let url = fields.needed(LiveField::WebhookUrl);
    let events = fields.reported(LiveField::Events, events);
    let env_type = fields.env_type(profile);
    let enabled = fields.reported(LiveField::Enabled, Value::as_bool);
    let Fields {
        mut object,
        unreadable,
    } = fields;
    Some(LiveWebhook {
        id: WebhookId::new(id),
        name: WebhookName::from_live(MaskedText::plain(name)),
        url: EndpointUrl::from_live(MaskedText::plain(url)),
        events,
        mark: None,
        is_secret_lost: false,
        rotated: None,
        create_only: CreateOnly::new(),
        env_type,
        enabled,
        created_at: field::take(&mut object, "created_at", field::timestamp),
        updated_at: field::take(&mut object, "updated_at", field::timestamp),
        unreadable,
        other: object.into_iter().collect(),
    })
}

/// The fields of a webhook, and those among them that could not be read.
struct Fields {
    object: Map<String, Value>,
    unreadable: Vec<Unreadable>,
}

impl Fields {
    /// A field that a provider may leave out, or send as null: then it is not reported.
    fn reported<R>(
        &mut self,
        field: LiveField,
        read: impl FnOnce(&Value) -> Option<R>,
    ) -> Option<R> {
        let value = self.object.remove(field.as_str())?;
        let read_as = read(&value);
        if read_as.is_none() && !value.is_null() {
            let got = Some(shown(field, &value));
            self.unreadable.push(Unreadable { field, got });
        }
        read_as
    }

    /// A text that every webhook has.
    fn needed(&mut self, field: LiveField) -> String {
        let comes = self.object.get(field.as_str());
        if comes.is_none_or(Value::is_null) {
            self.object.remove(field.as_str());
            self.unreadable.push(Unreadable { field, got: None });
            return String::new();
        }
        let text = |value: &Value| value.as_str().map(str::to_owned);
        self.reported(field, text).unwrap_or_default()
    }

    /// The environment. A spelling that names none that is known stays among what is kept for readers: it
    /// is another environment's.
    fn env_type(&mut self, profile: &ProviderProfile) -> Option<EnvType> {
        let field = LiveField::EnvType;
        match self.object.get(field.as_str())? {
            Value::Bool(_) => {}
            Value::String(text) if !text.trim().is_empty() => {}
            _ => return self.reported(field, |_| None),
        }
        field::take(&mut self.object, field.as_str(), |value| {
            env_type(value, profile)
        })
    }
}

/// What came where it cannot be read. A URL may hold a secret anywhere, so that only what kind of value it
/// is may be said.
fn shown(field: LiveField, value: &Value) -> String {
    let kind = match value {
        _ if field != LiveField::WebhookUrl => return value.to_string(),
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    kind.to_owned()
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
