//! Events as they are sent, made up.
//!
//! Source: the documentation of webhook events; the fields of `order-finalized` and
//! `certification-completed` are inferred. One seed stands for one person's order: events made from it
//! speak of the same user, link, order and task.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::model::EventType;

const TASK_STATUSES: [&str; 15] = [
    "new",
    "login",
    "mfa",
    "parse",
    "full_parse",
    "done",
    "login_error",
    "mfa_error",
    "config_error",
    "account_locked",
    "unable_to_reset",
    "no_data",
    "unavailable",
    "error",
    "not_supported",
];
const ORDER_STATUSES: [&str; 3] = ["pending", "completed", "expired"];
const DATA_SOURCES: [&str; 5] = ["payroll", "docs", "insurance", "financial_accounts", "tax"];

/// How much later the object is written than its event, in the documentation's examples.
const WRITTEN_AFTER: SignedDuration = SignedDuration::from_micros(1610);

/// The body of an event of this type that came to be at this moment. The same arguments give the same
/// body.
///
/// A type that is not documented gets the fields that all have.
pub(in crate::provider) fn payload(event: &EventType, seed: &str, at: Timestamp) -> Value {
    let sample = Sample { event, seed, at };
    let name = event.as_str();
    let mut body = sample.common();
    match name.rsplit_once('-').map_or(name, |(object, _)| object) {
        "task-status" => sample.task_status(&mut body),
        "order" if name == "order-finalized" => sample.ended_order(&mut body),
        "order" | "order-status" | "order-refresh" => sample.order(&mut body),
        "certification" => sample.ended_order(&mut body),
        "link" => sample.link(&mut body),
        "employment" | "profile" => sample.object(&mut body),
        "statements" | "shifts" | "bank-accounts" => sample.objects(&mut body),
        _ => {}
    }
    Value::Object(body.0)
}

/// What is there of a body, in its order.
#[derive(Default)]
struct Body(Map<String, Value>);

impl Body {
    fn add(&mut self, fields: Value) {
        if let Value::Object(fields) = fields {
            self.0.extend(fields);
        }
    }
}

/// An event that is made up.
pub(in crate::provider) struct Sample<'s> {
    pub(in crate::provider) event: &'s EventType,
    pub(in crate::provider) seed: &'s str,
    pub(in crate::provider) at: Timestamp,
}

impl Sample<'_> {
    fn common(&self) -> Body {
        let mut body = Body::default();
        body.add(json!({
            "webhook_id": self.delivery_id(),
            "event_type": self.event,
            "event_created_at": self.at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string(),
        }));
        body
    }

    fn task_status(&self, body: &mut Body) {
        body.add(json!({ "task_id": self.id("task") }));
        self.source(body);
        body.add(json!({
            "tracking_info": self.tracking(),
            "status": self.one_of("task status", &TASK_STATUSES),
            "updated_at": self.updated_at(),
            "template_id": self.maybe("template"),
        }));
    }

    fn order(&self, body: &mut Body) {
        let new = self.event.as_str() == "order-created";
        let unless_new = |value: Value| if new { Value::Null } else { value };
        let status = match self.event.as_str() {
            "order-created" => "pending",
            // Only an order that was completed once is refreshed.
            "order-refresh-failed" => "completed",
            _ => self.one_of("order status", &ORDER_STATUSES),
        };
        body.add(json!({
            "order_id": self.id("order"),
            "order_number": self.order_number(),
            "employer_id": unless_new(self.id("employer")),
            "product": self.product(),
            "data_source": unless_new(json!(self.data_source())),
            "link_id": unless_new(self.id("link")),
            "status": status,
            "updated_at": self.updated_at(),
            "user_id": self.id("user"),
            "template_id": self.maybe("template"),
        }));
    }

    fn ended_order(&self, body: &mut Body) {
        body.add(json!({
            "order_id": self.id("order"),
            "order_number": self.order_number(),
            "updated_at": self.updated_at(),
            "user_id": self.id("user"),
            "template_id": self.maybe("template"),
        }));
    }

    fn link(&self, body: &mut Body) {
        self.source(body);
        body.add(json!({
            "user_id": self.id("user"),
            "tracking_info": self.tracking(),
            "template_id": self.maybe("template"),
        }));
    }

    fn object(&self, body: &mut Body) {
        body.add(json!({ "task_id": self.id("task") }));
        self.source(body);
        body.add(json!({
            "tracking_info": self.tracking(),
            "object_id": self.id("object"),
            "template_id": self.maybe("template"),
        }));
    }

    fn objects(&self, body: &mut Body) {
        body.add(json!({ "task_id": self.id("task") }));
        self.source(body);
        body.add(json!({
            "tracking_info": self.tracking(),
            "objects_count": self.number("objects") % 24 + 1,
            "employment_id": self.id("employment"),
            "user_id": self.id("user"),
        }));
    }

    /// Where it came from: the fields that most events have in this order.
    fn source(&self, body: &mut Body) {
        body.add(json!({
            "link_id": self.id("link"),
            "product": self.product(),
            "data_source": self.data_source(),
        }));
    }

    fn product(&self) -> &'static str {
        match self.event.as_str() {
            "employment-created" | "employment-updated" => "employment",
            _ => self.one_of("product", &["income", "employment"]),
        }
    }

    fn data_source(&self) -> &'static str {
        self.one_of("data source", &DATA_SOURCES)
    }

    fn updated_at(&self) -> Value {
        let at = self.at.checked_add(WRITTEN_AFTER).unwrap_or(self.at);
        json!(at.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string())
    }

    fn order_number(&self) -> Value {
        json!(format!(
            "ORD-{:06}",
            self.number("order number") % 1_000_000
        ))
    }

    /// What the client said when the link was made: its own id of the user, often nothing.
    fn tracking(&self) -> Value {
        match self.number("tracking") % 2 {
            0 => Value::Null,
            _ => json!(format!(
                "applicant-{:06}",
                self.number("applicant") % 1_000_000
            )),
        }
    }

    /// The payload's own id, which is that of this one delivery.
    pub(in crate::provider) fn delivery_id(&self) -> String {
        hex(&self.digest(self.event.as_str()))
    }

    /// An id of this seed.
    pub(in crate::provider) fn id(&self, what: &str) -> Value {
        json!(hex(&self.digest(what)))
    }

    fn maybe(&self, what: &str) -> Value {
        match self.number(what) % 3 {
            0 => Value::Null,
            _ => self.id(what),
        }
    }

    fn one_of(&self, what: &str, choices: &[&'static str]) -> &'static str {
        let index = self.number(what) % choices.len().max(1) as u64;
        choices
            .get(usize::try_from(index).unwrap_or_default())
            .copied()
            .unwrap_or_default()
    }

    fn number(&self, what: &str) -> u64 {
        let bytes = self.digest(what);
        bytes
            .iter()
            .rev()
            .take(8)
            .fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }

    fn digest(&self, what: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        // No seed ends with a byte that no text has.
        hash.update([0xff]);
        hash.update(what);
        hash.finalize().into()
    }
}

/// 32 hex digits, as all of its ids have.
fn hex(digest: &[u8; 32]) -> String {
    base16ct::lower::encode_string(&digest[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::truv::PROFILE as TRUV;

    fn at() -> Timestamp {
        "2024-07-11T21:43:08.073930Z".parse().unwrap()
    }

    fn body(event: &str, seed: &str) -> Value {
        payload(&EventType::new(event), seed, at())
    }

    fn keys(event: &str) -> Vec<String> {
        let body = body(event, "seed");
        body.as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn bodies_are_those_of_the_documentation() {
        insta::assert_json_snapshot!(body("order-status-updated", "a"), @r#"
        {
          "webhook_id": "1286d931510d183fe7a7c01d06563978",
          "event_type": "order-status-updated",
          "event_created_at": "2024-07-11T21:43:08.073930Z",
          "order_id": "41134bce11776cd1fbbb003fc990ba8f",
          "order_number": "ORD-112817",
          "employer_id": "0fc96e824d8e9fb653a2d9577f3f24b5",
          "product": "employment",
          "data_source": "docs",
          "link_id": "b41a63f0885cbf9d046e746702579055",
          "status": "completed",
          "updated_at": "2024-07-11T21:43:08.075540+00:00",
          "user_id": "1ecfb2f1bbdadcecc3a14586a85bf08d",
          "template_id": null
        }
        "#);
        insta::assert_json_snapshot!(body("statements-created", "a"), @r#"
        {
          "webhook_id": "d8a31a69ae07a445cac2773f0a0b9417",
          "event_type": "statements-created",
          "event_created_at": "2024-07-11T21:43:08.073930Z",
          "task_id": "44dd99a3a195ad2fe56b7e8a6afd793f",
          "link_id": "b41a63f0885cbf9d046e746702579055",
          "product": "employment",
          "data_source": "docs",
          "tracking_info": "applicant-996573",
          "objects_count": 10,
          "employment_id": "33edba0d3d0c55b14bfbc1682c1ab2d0",
          "user_id": "1ecfb2f1bbdadcecc3a14586a85bf08d"
        }
        "#);
    }

    #[test]
    fn every_documented_event_has_the_fields_of_its_kind() {
        let common = ["webhook_id", "event_type", "event_created_at"];
        let source = ["link_id", "product", "data_source"];
        for event in TRUV.event_types {
            let keys = keys(event);
            assert_eq!(keys[..3], common, "{event}");
            let own: &[&str] = match *event {
                "task-status-updated" => &["task_id", "status", "updated_at"],
                "order-finalized" | "certification-completed" => &["order_id", "user_id"],
                it if it.starts_with("order") => &["order_id", "status", "user_id"],
                it if it.starts_with("link") => &["user_id"],
                it if it.starts_with("employment") || it.starts_with("profile") => &["object_id"],
                _ => &["objects_count", "employment_id", "user_id"],
            };
            for key in own {
                assert!(keys.iter().any(|known| known == key), "{event}: {key}");
            }
            let ended = matches!(*event, "order-finalized" | "certification-completed");
            for key in source {
                assert_eq!(
                    keys.iter().any(|known| known == key),
                    !ended,
                    "{event}: {key}"
                );
            }
        }
    }

    #[test]
    fn ids_are_32_hex_digits_and_shared_by_the_events_of_a_seed() {
        let created = body("order-created", "a");
        let updated = body("order-status-updated", "a");
        assert_eq!(created["order_id"], updated["order_id"]);
        assert_ne!(created["webhook_id"], updated["webhook_id"]);
        assert_ne!(created["order_id"], body("order-created", "b")["order_id"]);
        for id in ["order_id", "user_id", "webhook_id"] {
            let id = created[id].as_str().unwrap();
            assert!(
                id.len() == 32 && id.bytes().all(|it| it.is_ascii_hexdigit()),
                "{id}"
            );
        }
    }

    #[test]
    fn new_order_has_no_employer_link_or_source_yet() {
        let created = body("order-created", "a");
        assert_eq!(created["status"], "pending");
        for key in ["employer_id", "link_id", "data_source"] {
            assert_eq!(created[key], Value::Null, "{key}");
        }
    }

    #[test]
    fn undocumented_event_has_what_all_events_have() {
        assert_eq!(
            keys("tax-forms-created"),
            ["webhook_id", "event_type", "event_created_at"]
        );
        assert_eq!(
            keys("odd"),
            ["webhook_id", "event_type", "event_created_at"]
        );
    }

    #[test]
    fn same_arguments_give_the_same_bytes() {
        for event in TRUV.event_types {
            assert_eq!(body(event, "a").to_string(), body(event, "a").to_string());
        }
    }
}
