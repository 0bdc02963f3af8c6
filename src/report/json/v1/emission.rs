//! The document of `simulator emit`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Document;
use crate::run::Outcome;

/// What became of an event, as a simulator's admin API answers it too.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EmittedEvent {
    /// The event's type.
    pub event_type: String,
    /// The webhooks that subscribe to it, the oldest first.
    pub webhooks: Vec<EmittedWebhook>,
}

/// What became of an event at one webhook.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EmittedWebhook {
    /// The webhook's id.
    pub webhook_id: String,
    /// Its name.
    pub name: String,
    /// Its URL.
    pub webhook_url: String,
    /// How far the delivery is.
    pub state: EmittedState,
    /// Why nothing is sent any more, or was at all.
    pub why: Option<String>,
    /// The attempts so far.
    pub attempts: Vec<EmittedAttempt>,
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EmittedState {
    /// It is still to be sent, or to be sent again.
    Pending,
    /// It was answered with 2xx.
    Delivered,
    /// It failed, and is not sent again.
    Failed,
    /// It was not sent at all.
    Unsent,
}

/// One attempt to deliver.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EmittedAttempt {
    /// What the receiver answered; `null` where it did not.
    pub status_code: Option<u16>,
    /// What went wrong.
    pub error_message: Option<String>,
}

impl EmittedEvent {
    /// Whether every webhook that subscribes to it got it, and some do.
    pub fn is_delivered(&self) -> bool {
        let delivered = |one: &EmittedWebhook| one.state == EmittedState::Delivered;
        !self.webhooks.is_empty() && self.webhooks.iter().all(delivered)
    }
}

/// The document of `simulator emit`.
pub fn emitted(event: &EmittedEvent, outcome: Outcome) -> Document<EmittedEvent> {
    Document::new(outcome, event.clone())
}
