//! Records of the request history as they are answered, and which of them a request asks for.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    body::not_a_choice,
    refusal::{InvalidParam, Refusal},
};
use crate::simulator::{
    DeliveryRecord, Simulator,
    answer::{Query, add_extra_fields, moment},
    quirks::{Quirks, Unknown},
};

/// How long the provider remembers deliveries: 30 days.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A record as it is answered.
pub(super) fn answer(record: &DeliveryRecord, quirks: &Quirks) -> Value {
    let mut object = json!({
        "webhook_id": record.webhook_id,
        "event_type": record.event_type,
        "event_created_at": moment(record.event_created_at, quirks.timestamps),
        "status_code": record.status_code,
        "error_message": record.error_message,
        "webhook_payload": record.webhook_payload,
        "webhook_url": record.webhook_url,
    });
    add_extra_fields(&mut object, quirks);
    object
}

/// Which deliveries a request asks for.
#[derive(Debug)]
pub(super) struct DeliveryFilter {
    since: Timestamp,
    until: Option<Timestamp>,
    event_type: Option<String>,
    status_code: Option<u16>,
}

impl DeliveryFilter {
    /// Reads the filters of a query; paging parameters are passed over.
    pub(super) fn parse(
        query: &Query,
        simulator: &Simulator,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let oldest = now.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
        let mut filter = Self {
            since: oldest,
            until: None,
            event_type: None,
            status_code: None,
        };
        let mut wrong = Vec::new();
        for (name, value) in &query.0 {
            if let Err(message) = filter.take(name, value, simulator) {
                wrong.push(InvalidParam::new(name, message));
            }
        }
        if filter.since < oldest {
            let message = "Must not be more than 30 days ago.";
            wrong.push(InvalidParam::new("created_at__gte", message));
        }
        if filter.until.is_some_and(|until| until < filter.since) {
            let message = "Must not be after created_at__lte.";
            wrong.push(InvalidParam::new("created_at__gte", message));
        }
        if wrong.is_empty() {
            Ok(filter)
        } else {
            Err(Refusal::InvalidParams(wrong))
        }
    }

    fn take(&mut self, name: &str, value: &str, simulator: &Simulator) -> Result<(), String> {
        let moment = || {
            value
                .parse::<Timestamp>()
                .map_err(|_| "Enter a valid date/time.".to_owned())
        };
        match name {
            "created_at__gte" => self.since = moment()?,
            "created_at__lte" => self.until = Some(moment()?),
            "event_type" if simulator.knows_event(value) => {
                self.event_type = Some(value.to_owned());
            }
            "event_type" => return Err(not_a_choice(value)),
            "status_code" => match value.parse() {
                Ok(code @ 100..=599) => self.status_code = Some(code),
                _ => return Err("Must be a number from 100 to 599.".to_owned()),
            },
            "cursor" | "page_size" => {}
            _ if simulator.quirks.unknown_fields == Unknown::Refused => {
                return Err("Unknown parameter.".to_owned());
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether a record is asked for.
    pub(super) fn matches(&self, record: &DeliveryRecord) -> bool {
        let Self {
            since,
            until,
            event_type,
            status_code,
        } = self;
        record.event_created_at >= *since
            && until.is_none_or(|until| record.event_created_at <= until)
            && event_type
                .as_ref()
                .is_none_or(|event| record.event_type == *event)
            && status_code.is_none_or(|code| record.status_code == Some(code))
    }
}
