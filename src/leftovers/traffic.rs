//! What the request history says of URLs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    delivery::Delivery,
    model::{EndpointUrl, EventType},
};

/// What arrived at one URL within the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// How many deliveries were answered with success.
    pub accepted: usize,
    /// How many were not.
    pub failed: usize,
    /// What the last one that failed was answered with; `None` where it was not answered.
    pub last_status: Option<u16>,
    last: Option<Timestamp>,
}

/// What one environment's request history says of the window.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    by_url: BTreeMap<EndpointUrl, Received>,
    types: BTreeSet<EventType>,
}

impl Traffic {
    /// Counts a delivery. One without a status was not answered.
    pub fn add(&mut self, delivery: &Delivery) {
        let Delivery {
            webhook_id: _, // The record's own.
            event_type,
            event_created_at,
            status_code,
            error_message: _,
            webhook_url,
            payload: _,
            object: _,
        } = delivery;
        self.types.insert(event_type.clone());
        let received = self.by_url.entry(webhook_url.clone()).or_default();
        if status_code.is_some_and(|status| (200..300).contains(&status)) {
            received.accepted += 1;
            return;
        }
        received.failed += 1;
        if *event_created_at >= received.last {
            received.last = *event_created_at;
            received.last_status = *status_code;
        }
    }

    /// What arrived at a URL.
    pub fn at(&self, url: &EndpointUrl) -> Received {
        self.by_url.get(url).copied().unwrap_or_default()
    }

    /// Whether events of this type were sent anywhere.
    pub fn has(&self, event_type: &EventType) -> bool {
        self.types.contains(event_type)
    }
}
