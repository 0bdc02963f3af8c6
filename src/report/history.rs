//! What is shown of the request history.

use super::EnvironmentView;
use crate::{
    delivery::{Delivery, KeptSummary, LostEvent, Span, WebhookStats},
    model::{EnvironmentName, WebhookKey},
};

/// A delivery in a list.
#[derive(Clone, Debug)]
pub struct ListedDelivery {
    /// Whose it is.
    pub environment: EnvironmentName,
    /// The declared webhook it went to.
    pub webhook: Option<WebhookKey>,
    /// The delivery, without its payload.
    pub delivery: Delivery,
    /// What is to be shown of the payload.
    pub payload: Option<serde_json::Value>,
}

/// A list of deliveries of one environment.
#[derive(Clone, Debug)]
pub struct ListedEnvironment {
    /// The environment.
    pub environment: EnvironmentView,
    /// The deliveries; empty where they were written before.
    pub deliveries: Vec<ListedDelivery>,
    /// Whether there are more than were asked for.
    pub more: bool,
    /// The spans of which nothing is known.
    pub missing: Vec<Span>,
}

/// What `history sync` kept of one environment.
#[derive(Clone, Debug)]
pub struct KeptEnvironment {
    /// The environment.
    pub environment: EnvironmentView,
    /// What was kept.
    pub summary: KeptSummary,
}

/// What the deliveries of one environment come to.
#[derive(Clone, Debug)]
pub struct CountedEnvironment {
    /// The environment.
    pub environment: EnvironmentView,
    /// The window that is summed up.
    pub window: Span,
    /// The webhooks.
    pub webhooks: Vec<WebhookStats>,
    /// The spans of the window of which nothing is known.
    pub missing: Vec<Span>,
}

/// The events of one environment that were lost.
#[derive(Clone, Debug)]
pub struct LostEnvironment {
    /// The environment.
    pub environment: EnvironmentView,
    /// The events, the earliest first.
    pub events: Vec<LostEvent>,
    /// The spans of which nothing is known.
    pub missing: Vec<Span>,
}
