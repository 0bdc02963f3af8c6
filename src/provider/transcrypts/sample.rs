//! Events as they are sent, made up.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    model::EventType,
    provider::truv::sample::{self, Sample},
};

/// The body of an event of this type that came to be at this moment.
///
/// Instant verifications have another shape than all others: `event` in place of `event_type`, and the rest in `data`.
pub(super) fn payload(event: &EventType, seed: &str, at: Timestamp) -> Value {
    let Some(status) = event.as_str().strip_prefix("instant-verification-") else {
        return sample::payload(event, seed, at);
    };
    let sample = Sample { event, seed, at };
    json!({
        "webhook_id": sample.delivery_id(),
        "event": event,
        "data": {
            "verification_id": sample.id("verification"),
            "status": status,
            "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::transcrypts::PROFILE;

    fn body(event: &str) -> Value {
        let at = "2024-07-11T21:43:08.073930Z".parse().unwrap();
        payload(&EventType::new(event), "a", at)
    }

    #[test]
    fn instant_verifications_have_a_shape_of_their_own() {
        insta::assert_json_snapshot!(body("instant-verification-failed"), @r#"
        {
          "webhook_id": "a9f1a2089a3c2672b707913188da127a",
          "event": "instant-verification-failed",
          "data": {
            "verification_id": "18f3094f6761133de757c4865d47c559",
            "status": "failed",
            "timestamp": "2024-07-11T21:43:08Z"
          }
        }
        "#);
    }

    #[test]
    fn every_documented_event_says_what_it_is() {
        for event in PROFILE.event_types {
            let body = body(event);
            let said = body.get("event_type").or_else(|| body.get("event"));
            assert_eq!(said, Some(&json!(event)));
        }
    }
}
