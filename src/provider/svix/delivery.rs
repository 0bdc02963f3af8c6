//! An attempt as it comes.

use serde_json::Value;

use crate::{
    delivery::Delivery,
    model::{EndpointUrl, EventType, MaskedText},
    provider::wire::field,
};

/// Reads an attempt; `None` where it is no object. What it was about stands in `msg`, which is asked for; its payload never
/// comes.
pub(super) fn decode(value: Value) -> Option<Delivery> {
    let Value::Object(mut object) = value else {
        return None;
    };
    let object = &mut object;
    let message = object.remove("msg").unwrap_or_default();
    let event_type = message.get("eventType").and_then(Value::as_str);
    let created = message.get("timestamp").and_then(field::timestamp);
    let attempted = field::take(object, "timestamp", field::timestamp);
    let url = field::take(object, "url", field::text).unwrap_or_default();
    let status_code = field::take(object, "responseStatusCode", field::status_code);
    // 0 says that nothing answered.
    let status_code = status_code.filter(|code| *code != 0);
    let has_failed = !status_code.is_some_and(|code| (200..300).contains(&code));
    let said = field::take(object, "statusText", field::text).filter(|_| has_failed);
    let response = field::take(object, "response", field::text).filter(|_| has_failed);
    Some(Delivery {
        webhook_id: field::take(object, "id", field::text),
        event_type: EventType::new(event_type.unwrap_or_default()),
        event_created_at: created.or(attempted),
        status_code,
        error_message: response.filter(|text| !text.is_empty()).or(said),
        webhook_url: EndpointUrl::from_live(MaskedText::plain(url)),
        object: None,
        payload: None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_attempt_is_read() {
        let delivery = decode(json!({
            "id": "atmpt_1", "msgId": "msg_1", "endpointId": "ep_1", "url": "https://h.example/",
            "response": "bad gateway", "responseStatusCode": 502, "responseDurationMs": 3, "status": 2,
            "statusText": "fail", "triggerType": 0, "timestamp": "2024-07-11T21:48:08Z",
            "msg": {"id": "msg_1", "eventType": "invoice.paid", "payload": {},
                "timestamp": "2024-07-11T21:43:08.073930Z"},
        }))
        .unwrap();
        assert_eq!(delivery.webhook_id.as_deref(), Some("atmpt_1"));
        assert_eq!(delivery.event_type.as_str(), "invoice.paid");
        let created = delivery.event_created_at.map(|at| at.to_string());
        assert_eq!(created.as_deref(), Some("2024-07-11T21:43:08.07393Z"));
        assert_eq!(delivery.status_code, Some(502));
        assert_eq!(delivery.error_message.as_deref(), Some("bad gateway"));
        assert_eq!(delivery.webhook_url.to_string(), "https://h.example/");
        assert_eq!(delivery.payload, None);
    }

    #[test]
    fn what_was_delivered_has_no_error_and_what_was_not_answered_no_status() {
        let delivered = decode(json!({
            "id": "a", "response": "ok", "responseStatusCode": 200, "statusText": "success",
        }));
        let delivered = delivered.unwrap();
        assert_eq!(
            (delivered.status_code, delivered.error_message),
            (Some(200), None)
        );
        let silent = decode(
            json!({"id": "a", "response": "", "responseStatusCode": 0, "statusText": "fail"}),
        );
        let silent = silent.unwrap();
        assert_eq!(
            (silent.status_code, silent.error_message.as_deref()),
            (None, Some("fail"))
        );
        assert!(decode(json!([])).is_none());
    }
}
