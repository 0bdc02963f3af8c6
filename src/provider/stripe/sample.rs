//! Events as they are sent, made up.

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::events::API_VERSION;
use crate::model::EventType;

/// The body of an event of this type that came to be at this moment: the envelope as it is documented, and an object of
/// which only what every object has is there.
pub(super) fn payload(event: &EventType, seed: &str, at: Timestamp) -> Value {
    let id = |prefix: &str| format!("{prefix}_{}", digits(&[event.as_str(), seed, prefix]));
    let created = at.as_second();
    let kind = kind(event.as_str());
    json!({
        "id": format!("evt_{}", digits(&[event.as_str(), seed, "event", &created.to_string()])),
        "object": "event",
        "api_version": API_VERSION,
        "created": created,
        "data": {
            "object": {
                "id": id(kind),
                "object": kind,
                "created": created,
                "livemode": false,
                "metadata": {},
            },
        },
        "livemode": false,
        "pending_webhooks": 1,
        "request": { "id": id("req"), "idempotency_key": null },
        "type": event,
    })
}

/// What an event is about: the last part of its type but one, as in `charge.dispute.created`.
fn kind(event: &str) -> &str {
    event.rsplit('.').nth(1).unwrap_or(event)
}

/// 24 digits that depend on all of these texts.
fn digits(texts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update(text.len().to_be_bytes());
        hasher.update(text);
    }
    base16ct::lower::encode_string(&hasher.finalize()[..12])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::stripe::PROFILE;

    #[test]
    fn every_documented_event_says_what_it_is() {
        let at = "2024-07-11T21:43:08.073930Z".parse().unwrap();
        for event in PROFILE.event_types {
            let body = payload(&EventType::new(*event), "a", at);
            assert_eq!(body["type"], json!(event));
            assert_eq!(body["object"], json!("event"));
            assert_eq!(body["data"]["object"]["livemode"], json!(false));
        }
        let body = payload(&EventType::new("charge.dispute.created"), "a", at);
        assert_eq!(body["data"]["object"]["object"], json!("dispute"));
        let again = payload(&EventType::new("charge.dispute.created"), "a", at);
        assert_eq!(body, again);
    }
}
