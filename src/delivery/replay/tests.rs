use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{super::Span, *};
use crate::model::{EndpointUrl, MaskedText};

fn url(text: &str) -> EndpointUrl {
    EndpointUrl::from_live(MaskedText::plain(text))
}

fn delivery(id: &str, second: i64, status: Option<u16>, payload: Option<Value>) -> Delivery {
    Delivery {
        webhook_id: Some(id.to_owned()),
        event_type: EventType::new("order-created"),
        event_created_at: Timestamp::from_second(second).ok(),
        status_code: status,
        error_message: None,
        webhook_url: url("https://h.example/"),
        object: Some(ObjectId::new("order_id", "canary")),
        payload: payload.map(Box::new),
    }
}

fn failed(deliveries: impl IntoIterator<Item = Delivery>) -> Chosen {
    let mut choice = Choice::new(Pick::Failed, BTreeSet::from([url("https://h.example/")]));
    deliveries.into_iter().for_each(|one| choice.add(one));
    choice.finish()
}

#[test]
fn attempts_to_deliver_one_event_are_one_letter_and_letters_are_in_order() {
    let body = |attempt: u32| Some(json!({ "webhook_id": attempt }));
    let elsewhere = Delivery {
        webhook_url: url("https://other.example/"),
        ..delivery("e", 4, None, body(9))
    };
    let chosen = failed([
        delivery("c", 3, Some(500), body(1)),
        delivery("b2", 2, None, None),
        delivery("b1", 2, Some(500), body(2)),
        delivery("b0", 2, Some(500), body(3)),
        delivery("a", 1, Some(500), body(4)),
        delivery("taken", 1, Some(200), body(5)),
        delivery("bare", 5, Some(500), None),
        elsewhere,
    ]);
    let ids: Vec<&str> = chosen.letters.iter().map(|one| &*one.delivery).collect();
    assert_eq!(ids, ["a", "b1", "c"]);
    assert_eq!(chosen.without_payload, 1);
}

#[test]
fn what_is_masked_in_the_archive_is_not_sent() {
    let masked = delivery("a", 1, Some(500), Some(json!({ "note": MASK })));
    let chosen = failed([masked]);
    assert_eq!((chosen.letters.len(), chosen.without_payload), (0, 1));
}

#[test]
fn debug_shows_no_body_and_no_object() {
    let letter = Letter::of(&delivery("a", 1, None, Some(json!({ "name": "canary" }))));
    let shown = format!("{letter:?}");
    assert!(
        shown.contains("event_") && !shown.contains("canary"),
        "{shown}"
    );
}

fn any_json() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("\\PC{0,6}", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest::proptest! {
    /// An archive keeps a text, and what is read of it is sent: that must be the very text.
    #[test]
    fn what_is_kept_is_sent_byte_for_byte(payload in any_json()) {
        let kept = payload.to_string();
        proptest::prop_assume!(!kept.contains(MASK));
        let read: Value = serde_json::from_str(&kept).unwrap();
        let letter = Letter::of(&delivery("a", 1, None, Some(read))).unwrap();
        proptest::prop_assert_eq!(String::from_utf8(letter.body).unwrap(), kept);
    }
}

fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn span(since: i64, until: i64) -> Span {
    Span::new(moment(since), moment(until)).unwrap()
}

const WAY: Way<'_> = Way {
    environment: "prod",
    into: "prod",
    webhook: "orders",
};

fn journal(asks: &[(Ask, Journaled)]) -> Entries {
    let mut entries = Entries::default();
    for (ask, state) in asks {
        let entry = Entry::of_ask(moment(0), WAY, ask, "once", *state);
        let line = serde_json::to_vec(&entry).unwrap();
        entries.line(&line, true).unwrap();
    }
    entries
}

/// A journal is read back, and each moment of a span is asked for once, whatever the spans before were called.
#[test]
fn a_span_is_asked_for_where_it_was_not() {
    let entries = journal(&[
        (Ask::Failed(span(10, 20)), Journaled::Acknowledged),
        (Ask::Failed(span(20, 30)), Journaled::Sending),
        (Ask::Failed(span(32, 36)), Journaled::NotTaken),
        (Ask::Failed(span(50, 60)), Journaled::Acknowledged),
    ]);
    let due = |since, until| -> Vec<(Ask, Option<Journaled>, bool)> {
        let due = entries.of_span(WAY, span(since, until)).into_iter();
        due.map(|due| (due.ask, due.known, due.once.is_some()))
            .collect()
    };
    let known = [
        (
            Ask::Failed(span(10, 20)),
            Some(Journaled::Acknowledged),
            false,
        ),
        (Ask::Failed(span(20, 30)), Some(Journaled::Sending), true),
    ];
    let new = |since, until| (Ask::Failed(span(since, until)), None, false);
    assert_eq!(
        due(5, 40),
        [&[new(5, 10)], &known[..], &[new(30, 40)]].concat()
    );
    assert_eq!(due(12, 25), known);
    assert_eq!(due(40, 50), [new(40, 50)]);
    let other = Way {
        webhook: "links",
        ..WAY
    };
    assert_eq!(entries.of_span(other, span(12, 25)).len(), 1);
}

/// That a provider was asked does not say that its receiver took anything.
#[test]
fn what_a_provider_was_asked_for_is_not_what_a_receiver_took() {
    let ask = Ask::Event {
        event: "msg_1".to_owned(),
        delivery: "atmpt_1".to_owned(),
        event_type: EventType::new("order-created"),
        event_created_at: Some(moment(7)),
    };
    let entries = journal(&[(ask.clone(), Journaled::Acknowledged)]);
    assert_eq!(entries.acknowledged("prod").count(), 0);
    assert_eq!(
        entries.of_event(WAY, ask).known,
        Some(Journaled::Acknowledged)
    );
}
