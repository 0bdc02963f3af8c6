//! The request history: one record per attempt to deliver an event.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id;
use crate::model::EnvType;

/// One record of the request history, with the API's field names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryRecord {
    /// The id of the record; not that of a webhook, and not the payload's.
    pub webhook_id: String,
    /// Which event was sent.
    pub event_type: String,
    /// When the event happened.
    pub event_created_at: Timestamp,
    /// What the receiver answered; `None` where it did not.
    pub status_code: Option<u16>,
    /// What went wrong.
    pub error_message: Option<String>,
    /// The body that was sent.
    pub webhook_payload: Value,
    /// Where it was sent.
    pub webhook_url: String,
}

/// A record of the request history, and whose it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredDelivery {
    /// Counts the records of a simulator, in the order of their creation.
    pub(super) serial: u64,
    /// The client id of the account it belongs to.
    pub client_id: String,
    /// The environment it belongs to.
    pub env_type: EnvType,
    /// The id of the webhook it was sent for, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The event's id, which its signature has too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When the attempt was made; `None`: when the event happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The record itself.
    pub record: DeliveryRecord,
}

impl DeliveryRecord {
    /// Whether the receiver took it.
    pub(super) fn is_delivered(&self) -> bool {
        self.status_code
            .is_some_and(|code| (200..300).contains(&code))
    }
}

impl StoredDelivery {
    /// The event's id, also of one that was put there without.
    pub(super) fn message_id(&self) -> String {
        let Self {
            message, record, ..
        } = self;
        message.clone().unwrap_or_else(|| {
            let made_of = format!(
                "{} {} {}",
                record.event_type, record.event_created_at, record.webhook_payload
            );
            id::sortable_of("msg_", &made_of)
        })
    }
}
