//! Deliveries that the provider remembers.

use hookwright::{model::EnvType, simulator::DeliveryRecord};
use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use serde_json::{Value, json};

use super::{Api, CLIENT_ID};

thread_local! {
    /// What a test counts back from, and each test has its thread: with a clock that goes on, two deliveries of one moment are of two
    /// whenever a second ends between them.
    static NOW: Timestamp = {
        let whole = TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Trunc);
        Timestamp::now().round(whole).unwrap()
    };
}

/// The moment so many minutes ago, to the second, and the same each time within a test.
pub(crate) fn at(minutes_ago: i64) -> Timestamp {
    NOW.with(|now| *now - SignedDuration::from_mins(minutes_ago))
}

/// A delivery that is put into the history.
pub(crate) struct Seeded(DeliveryRecord);

impl Seeded {
    pub(crate) fn new(url: &str, event_type: &str, at: Timestamp, status: Option<u16>) -> Self {
        Self(DeliveryRecord {
            webhook_id: String::new(),
            event_type: event_type.to_owned(),
            event_created_at: at,
            status_code: status,
            error_message: None,
            webhook_payload: json!({"event_type": event_type, "status": "pending"}),
            webhook_url: url.to_owned(),
        })
    }

    /// What it is about.
    pub(crate) fn of(mut self, kind: &str, id: &str) -> Self {
        self.0.webhook_payload[kind] = id.into();
        self
    }

    pub(crate) fn saying(mut self, error: &str) -> Self {
        self.0.error_message = Some(error.to_owned());
        self
    }
}

/// Puts a delivery into the sandbox's history, as the next of its records.
pub(crate) fn seed(api: &Api, seeded: Seeded) {
    let mut record = seeded.0;
    let number = api.simulator.deliveries().len();
    record.webhook_id = format!("{number:032x}");
    record.webhook_payload["webhook_id"] = Value::from(format!("request-{number}"));
    let stored = api
        .simulator
        .record_delivery(CLIENT_ID, EnvType::Sandbox, record);
    stored.unwrap();
}
