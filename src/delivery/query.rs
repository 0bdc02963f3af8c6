//! What may be asked of the request history, and what comes back.

use jiff::Timestamp;

use super::Delivery;
use crate::model::EventType;

/// Which deliveries are asked for. The provider keeps the last 30 days only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryQuery {
    /// Those of events from this moment on.
    pub since: Option<Timestamp>,
    /// Those of events up to this moment.
    pub until: Option<Timestamp>,
    /// Those of this one type.
    pub event_type: Option<EventType>,
    /// Those answered with exactly this status.
    pub status_code: Option<u16>,
    /// How many to a page; the largest that a provider takes is documented nowhere.
    pub page_size: Option<u32>,
}

/// Where the next page is: opaque, followed as the provider gave it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(String);

impl Cursor {
    /// Takes a cursor as the provider gave it.
    pub fn new(next: impl Into<String>) -> Self {
        Self(next.into())
    }

    /// The cursor's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One page of the request history.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryPage {
    /// The deliveries, in the provider's order.
    pub deliveries: Vec<Delivery>,
    /// Where the next page is; `None` on the last one.
    pub next: Option<Cursor>,
}
