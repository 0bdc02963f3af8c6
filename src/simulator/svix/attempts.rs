//! Attempts: what was sent to an endpoint, and what came back; and what asks for more of them.

use std::{collections::BTreeMap, str::FromStr};

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{body, event_types::is_name, pages, refusal::Refusal, served::Served};
use crate::simulator::{
    StoredDelivery,
    answer::{self, Query, moment},
    id,
    state::{Decision, Mutation},
};

/// How many messages are sent again at once.
const MOST_RECOVERED: usize = 10_000;

/// Which attempts a request asks for.
struct Filter {
    status: Option<u64>,
    class: Option<u16>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    event_types: Option<Vec<String>>,
    with_message: bool,
    with_content: bool,
}

impl Filter {
    fn of(query: &Query) -> Result<Self, Refusal> {
        let event_types = query.get("event_types");
        let class: Option<u64> = parsed(query, "status_code_class", "a number")?;
        Ok(Self {
            status: parsed(query, "status", "a number")?,
            class: class.and_then(|class| u16::try_from(class).ok()),
            after: parsed(query, "after", "a date and time")?,
            before: parsed(query, "before", "a date and time")?,
            event_types: event_types.map(|text| text.split(',').map(str::to_owned).collect()),
            with_message: query.flag("with_msg")?.unwrap_or(false),
            with_content: query.flag("with_content")?.unwrap_or(true),
        })
    }

    fn takes(&self, attempt: &StoredDelivery) -> bool {
        let at = moment_of(attempt);
        let record = &attempt.record;
        self.status
            .is_none_or(|status| status == status_of(attempt))
            && self
                .class
                .is_none_or(|class| record.status_code.map(|code| code / 100 * 100) == Some(class))
            && self.after.is_none_or(|after| at > after)
            && self.before.is_none_or(|before| at < before)
            && self
                .event_types
                .as_ref()
                .is_none_or(|types| types.contains(&record.event_type))
    }
}

/// A parameter as what it must be.
fn parsed<T: FromStr>(query: &Query, name: &str, what: &str) -> Result<Option<T>, Refusal> {
    let parsed = query.get(name).map(str::parse).transpose();
    parsed.map_err(|_| Refusal::BadQuery(format!("`{name}` must be {what}")))
}

fn moment_of(attempt: &StoredDelivery) -> Timestamp {
    attempt.at.unwrap_or(attempt.record.event_created_at)
}

/// 0: it was delivered; 2: it was not.
fn status_of(attempt: &StoredDelivery) -> u64 {
    if attempt.record.is_delivered() { 0 } else { 2 }
}

impl Served<'_> {
    /// The attempts at an endpoint, the latest first.
    pub(super) fn attempts(
        &self,
        account: &str,
        named: &str,
        query: &Query,
    ) -> Result<Decision, Refusal> {
        let endpoint = self.endpoint(account, named)?;
        let filter = Filter::of(query)?;
        let attempts: Vec<(String, &StoredDelivery)> = self
            .attempts_at(account, &endpoint.id)
            .filter(|attempt| filter.takes(attempt))
            .map(|attempt| {
                let id = id::sortable("attempt", attempt.serial);
                (format!("atmpt_{id}"), attempt)
            })
            .collect();
        let items = attempts
            .iter()
            .map(|(id, attempt)| (id.as_str(), (id, *attempt)));
        let answered =
            |(id, attempt): (&String, &StoredDelivery)| self.attempt(id, attempt, &filter);
        pages::page(items, query, &self.simulator.quirks, false, answered)
    }

    fn attempt(&self, id: &str, attempt: &StoredDelivery, filter: &Filter) -> Value {
        let timestamps = self.simulator.quirks.timestamps;
        let record = &attempt.record;
        let message = attempt.message_id();
        let response = match (&record.error_message, filter.with_content) {
            (Some(error), true) => error.as_str(),
            _ => "",
        };
        let status = status_of(attempt);
        let mut object = json!({
            "id": id,
            "msgId": message,
            "endpointId": attempt.endpoint,
            "url": record.webhook_url,
            "response": response,
            // No answer is told so.
            "responseStatusCode": record.status_code.unwrap_or(0),
            "responseDurationMs": 12,
            "status": status,
            "statusText": if status == 0 { "success" } else { "fail" },
            "triggerType": 0,
            "timestamp": moment(moment_of(attempt), timestamps),
        });
        if filter.with_message {
            object["msg"] = json!({
                "id": message,
                "eventId": null,
                "eventType": record.event_type,
                "payload": {},
                "channels": null,
                "tags": null,
                "timestamp": moment(record.event_created_at, timestamps),
            });
        }
        object
    }

    /// A message to one endpoint. It is answered, and sent by nobody here.
    pub(super) fn example(
        &self,
        account: &str,
        named: &str,
        body: &[u8],
    ) -> Result<Decision, Refusal> {
        let endpoint = self.endpoint(account, named)?;
        let body = body::object(body)?;
        let Some(event) = body.get("eventType").and_then(Value::as_str) else {
            return Err(Refusal::of_field("eventType", "missing field `eventType`"));
        };
        if !is_name(event) || !self.missing_event_types(&[event.to_owned()]).is_empty() {
            return Err(Refusal::NotFound);
        }
        let serial = self.simulator.next_serial;
        let seed = serial.to_string();
        let id = id::sortable_of("msg_", &format!("{} {event} {seed}", endpoint.id));
        let payload =
            (self.simulator.profile.sample)(&crate::model::EventType::new(event), &seed, self.now);
        let message = json!({
            "id": id, "eventId": null, "eventType": event, "payload": payload,
            "channels": null, "tags": null, "timestamp": moment(self.now, self.simulator.quirks.timestamps),
        });
        Ok(Decision::change(
            answer::with_json(StatusCode::ACCEPTED, &message),
            Mutation::NextSerial(serial + 1),
        ))
    }

    /// Sends again what failed: each message whose last attempt did, of those made in the span.
    pub(super) fn recover(
        &self,
        account: &str,
        named: &str,
        body: &[u8],
    ) -> Result<Decision, Refusal> {
        let endpoint = self.endpoint(account, named)?;
        let body = body::object(body)?;
        let time = |field: &'static str| match body.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value
                .as_str()
                .and_then(|text| text.parse::<Timestamp>().ok())
            {
                Some(time) => Ok(Some(time)),
                None => Err(Refusal::of_field(field, "invalid datetime")),
            },
        };
        let Some(since) = time("since")? else {
            return Err(Refusal::of_field("since", "missing field `since`"));
        };
        // Five minutes more, for clocks that differ.
        let reach = jiff::SignedDuration::from_mins(14 * 24 * 60 + 5);
        if self.now.duration_since(since) > reach {
            let message = "Cannot recover messages more than 14 days old.";
            return Err(Refusal::of_field("since", message));
        }
        let until = time("until")?;
        if until.is_some_and(|until| until <= since) {
            return Err(Refusal::of_field("until", "`until` must be after `since`"));
        }
        let failed = self.failed(account, &endpoint.id, since, until.unwrap_or(self.now));
        let serial = self.simulator.next_serial;
        let task = json!({
            "id": format!("qtask_{}", id::sortable("task", serial)),
            "status": "running",
            "task": "endpoint.recover",
            "updatedAt": moment(self.now, self.simulator.quirks.timestamps),
        });
        Ok(Decision::change(
            answer::with_json(StatusCode::ACCEPTED, &task),
            Mutation::All(vec![
                Mutation::NextSerial(serial + 1),
                Mutation::Resend(failed),
            ]),
        ))
    }

    /// Of each message that was made in a span, and whose last attempt failed, that attempt.
    fn failed(
        &self,
        account: &str,
        endpoint: &str,
        since: Timestamp,
        until: Timestamp,
    ) -> Vec<u64> {
        let mut last: BTreeMap<String, &StoredDelivery> = BTreeMap::new();
        for attempt in self.attempts_at(account, endpoint) {
            let made = attempt.record.event_created_at;
            if since <= made && made < until {
                last.insert(attempt.message_id(), attempt);
            }
        }
        let failed = last.into_values().filter(|attempt| status_of(attempt) != 0);
        let mut serials: Vec<u64> = failed.map(|attempt| attempt.serial).collect();
        serials.sort_unstable();
        serials.truncate(MOST_RECOVERED);
        serials
    }

    /// Sends a message again, whatever became of it.
    pub(super) fn resend(
        &self,
        account: &str,
        named: &str,
        message: &str,
    ) -> Result<Decision, Refusal> {
        let endpoint = self.endpoint(account, named)?;
        let attempts = self.attempts_at(account, &endpoint.id);
        let attempt = attempts
            .filter(|attempt| attempt.message_id() == message)
            .last()
            .ok_or(Refusal::NotFound)?;
        Ok(Decision::change(
            answer::with_json(StatusCode::ACCEPTED, &json!({})),
            Mutation::Resend(vec![attempt.serial]),
        ))
    }

    /// The attempts at an endpoint, the earliest first.
    fn attempts_at<'s>(
        &'s self,
        account: &'s str,
        endpoint: &'s str,
    ) -> impl Iterator<Item = &'s StoredDelivery> {
        self.simulator.deliveries().filter(move |attempt| {
            attempt.client_id == account && attempt.endpoint.as_deref() == Some(endpoint)
        })
    }
}
