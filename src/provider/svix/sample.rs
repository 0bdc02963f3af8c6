//! Events as they are sent, made up: what a message holds is its application's own, so this has the shape that the
//! specification of Standard Webhooks recommends.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::model::EventType;

/// The body of an event of this type that came to be at this moment.
pub(super) fn payload(event: &EventType, seed: &str, at: Timestamp) -> Value {
    json!({
        "type": event.as_str(),
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        "data": { "id": format!("sample_{}", crate::delivery::signature::message_id(&["sample", seed])) },
    })
}
