//! Where webhooks send events.

use super::{EndpointUrl, EventType};

/// Where a webhook sends its events, before and after a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// What people call the webhook: its key, or its name, with what is sensitive masked.
    pub title: String,
    /// Where it sends now, and what; `None` where it sends nothing.
    pub before: Option<Place>,
    /// Where it will, and what.
    pub after: Option<Place>,
}

/// A URL, and the event types that are sent there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The URL.
    pub url: EndpointUrl,
    /// The event types.
    pub events: Vec<EventType>,
}
