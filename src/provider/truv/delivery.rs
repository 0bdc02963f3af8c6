//! A delivery as it comes.

use serde_json::Value;

use crate::{
    delivery::{Delivery, ObjectId},
    model::{EndpointUrl, EventType, MaskedText},
    provider::wire::field,
};

/// Reads a delivery; `None` where it is no object.
pub(super) fn decode(value: Value) -> Option<Delivery> {
    let Value::Object(mut object) = value else {
        return None;
    };
    let object = &mut object;
    let event_type = field::take(object, "event_type", field::text).unwrap_or_default();
    let event_type = EventType::new(event_type);
    let url = field::take(object, "webhook_url", field::text).unwrap_or_default();
    let payload = object
        .remove("webhook_payload")
        .filter(|payload| !payload.is_null());
    Some(Delivery {
        webhook_id: field::take(object, "webhook_id", field::text),
        event_created_at: field::take(object, "event_created_at", field::timestamp),
        status_code: field::take(object, "status_code", field::status_code),
        error_message: field::take(object, "error_message", |value| match value {
            Value::Null => None,
            value => Some(field::text(value).unwrap_or_else(|| value.to_string())),
        }),
        webhook_url: EndpointUrl::from_live(MaskedText::plain(url)),
        object: payload
            .as_ref()
            .and_then(|payload| subject(&event_type, payload)),
        event_type,
        payload: payload.map(Box::new),
    })
}

/// The fields of payloads that name an object, in the documentation.
const KINDS: &[&str] = &[
    "object_id",
    "order_id",
    "task_id",
    "employment_id",
    "link_id",
    "verification_id",
];

/// The object that a payload of this event type names.
fn subject(event_type: &EventType, payload: &Value) -> Option<ObjectId> {
    let family = event_type.as_str().split('-').next().unwrap_or_default();
    let kinds: &[&str] = match family {
        "task" => &["task_id"],
        "order" | "certification" => &["order_id"],
        "link" => &["link_id"],
        "employment" | "profile" => &["object_id"],
        "statements" | "shifts" | "bank" => &["employment_id", "task_id"],
        _ => KINDS,
    };
    let places = [Some(payload), payload.get("data")];
    kinds.iter().find_map(|kind| {
        let mut places = places.iter().flatten();
        let id = places.find_map(|place| match place.get(kind)? {
            Value::String(id) if !id.is_empty() => Some(id.clone()),
            Value::Number(id) if !id.is_f64() => Some(id.to_string()),
            _ => None,
        })?;
        Some(ObjectId::new(*kind, id))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_delivery_is_read() {
        let delivery = decode(json!({
            "webhook_id": "d1",
            "event_type": "order-created",
            "event_created_at": "2024-07-11T21:43:08.073930Z",
            "status_code": 502,
            "error_message": "bad gateway",
            "webhook_payload": {"webhook_id": "another"},
            "webhook_url": "https://h.example/",
        }))
        .unwrap();
        assert_eq!(delivery.webhook_id.as_deref(), Some("d1"));
        assert_eq!(delivery.event_type.as_str(), "order-created");
        assert!(delivery.event_created_at.is_some());
        assert_eq!(delivery.status_code, Some(502));
        assert_eq!(delivery.error_message.as_deref(), Some("bad gateway"));
        assert_eq!(delivery.webhook_url.to_string(), "https://h.example/");
        assert_eq!(
            delivery.payload,
            Some(Box::new(json!({"webhook_id": "another"})))
        );
    }

    #[test]
    fn every_field_may_be_missing_null_or_odd() {
        for sent in [
            json!({}),
            json!({"webhook_id": null, "event_type": null, "event_created_at": null,
                "status_code": null, "error_message": null, "webhook_payload": null,
                "webhook_url": null}),
            json!({"event_created_at": "?", "status_code": -1}),
        ] {
            let delivery = decode(sent.clone()).unwrap();
            assert_eq!(delivery.status_code, None, "{sent}");
            assert_eq!(delivery.event_created_at, None, "{sent}");
            assert_eq!(delivery.payload, None, "{sent}");
        }
        let odd = decode(json!({"status_code": "504", "error_message": {"a": 1}})).unwrap();
        assert_eq!(odd.status_code, Some(504));
        assert_eq!(odd.error_message.as_deref(), Some(r#"{"a":1}"#));
        assert!(decode(json!([])).is_none());
    }

    fn of(event_type: &str, payload: &Value) -> Option<String> {
        let object = subject(&EventType::new(event_type), payload)?;
        Some(format!("{} {}", object.kind(), object.id()))
    }

    #[test]
    fn each_family_of_events_names_its_object() {
        let payload = json!({"task_id": "t", "link_id": "l", "order_id": "o", "object_id": "b",
            "employment_id": "e", "user_id": "u"});
        for (event_type, object) in [
            ("task-status-updated", "task_id t"),
            ("order-finalized", "order_id o"),
            ("certification-completed", "order_id o"),
            ("link-deleted", "link_id l"),
            ("profile-updated", "object_id b"),
            ("bank-accounts-created", "employment_id e"),
            ("something-new", "object_id b"),
        ] {
            assert_eq!(of(event_type, &payload).as_deref(), Some(object));
        }
        let verification = json!({"data": {"verification_id": "v"}});
        let event = "instant-verification-completed";
        assert_eq!(
            of(event, &verification).as_deref(),
            Some("verification_id v")
        );
        assert_eq!(of("order-created", &json!({"order_id": null})), None);
        assert_eq!(of("order-created", &json!("text")), None);
    }
}
