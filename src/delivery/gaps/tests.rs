use super::*;
use crate::model::{
    DesiredState, DesiredWebhook, EndpointUrl, MaskedText, WebhookKey, WebhookName,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn url(path: &str) -> EndpointUrl {
    EndpointUrl::from_live(MaskedText::plain(format!("https://h.example/{path}")))
}

fn delivery(path: &str, order: &str, second: i64, status: Option<u16>) -> Delivery {
    Delivery {
        webhook_id: None,
        event_type: EventType::new("order-status-updated"),
        event_created_at: Some(at(second)),
        status_code: status,
        error_message: None,
        webhook_url: url(path),
        object: Some(ObjectId::new("order_id", order)),
        payload: None,
    }
}

fn receivers(paths: &[&str]) -> Receivers {
    let webhook = |path: &str| DesiredWebhook {
        name: WebhookName::from_live(MaskedText::plain(path)),
        url: url(path),
        events: [EventType::new("order-status-updated")].into(),
        enabled: true,
        moved_from: vec![url(&format!("old-{path}"))],
        adopt: false,
        create_only: BTreeMap::new(),
        secret_to: None,
        secret_from: None,
        rotate: None,
        replace: false,
    };
    let webhooks = paths
        .iter()
        .map(|path| (WebhookKey::new(*path), webhook(path)));
    let desired = DesiredState {
        webhooks: webhooks.collect(),
        ..DesiredState::default()
    };
    Receivers::new(&desired, None)
}

/// As `webhook object second why`.
fn lost(paths: &[&str], deliveries: &[Delivery], known: &[Span]) -> Vec<String> {
    let window = Span::new(at(0), at(100_000)).unwrap();
    let find = |deliveries: &mut dyn Iterator<Item = &Delivery>| -> Vec<String> {
        let mut events = LostEvents::new(receivers(paths));
        deliveries.for_each(|delivery| events.add(delivery));
        let lost = events.finish(window, known).into_iter();
        lost.map(|one| {
            let object = one.object.map_or("-".to_owned(), |it| it.id().to_owned());
            let why = match one.why {
                WhyLost::Failed { deliveries, .. } => format!("failed {deliveries}"),
                WhyLost::NotSent => "not sent".to_owned(),
            };
            let second = one.event_created_at.as_second();
            format!("{} {object} {second} {why}", one.receiver.title())
        })
        .collect()
    };
    let found = find(&mut deliveries.iter());
    assert_eq!(
        find(&mut deliveries.iter().rev()),
        found,
        "the order matters"
    );
    found
}

#[test]
fn what_succeeds_at_last_is_not_lost() {
    let all = [
        delivery("a", "1", 10, Some(502)),
        // A retry of the same event.
        delivery("a", "1", 10, Some(200)),
        delivery("a", "2", 10, Some(502)),
        delivery("a", "2", 10, None),
        delivery("a", "3", 10, Some(200)),
        delivery("a", "3", 20, Some(500)),
        delivery("a", "4", 10, Some(500)),
        // A later event of the same object makes up for it.
        delivery("a", "4", 20, Some(201)),
    ];
    assert_eq!(
        lost(&["a"], &all, &[]),
        ["a 2 10 failed 2", "a 3 20 failed 1"]
    );
}

#[test]
fn another_webhooks_success_does_not_help() {
    let all = [
        delivery("a", "1", 10, Some(502)),
        delivery("b", "1", 10, Some(200)),
        // It has moved: this is the same webhook.
        delivery("old-a", "2", 10, Some(502)),
        delivery("a", "2", 10, Some(200)),
    ];
    assert_eq!(lost(&["a", "b"], &all, &[]), ["a 1 10 failed 1"]);
}

#[test]
fn what_others_got_while_a_webhook_was_disabled_is_lost_to_it() {
    let known = [Span::new(at(0), at(5_000)).unwrap()];
    let all = [
        delivery("a", "1", 1_000, Some(200)),
        delivery("b", "1", 1_001, Some(200)),
        delivery("b", "2", 2_000, Some(200)),
        // Before it was there.
        delivery("b", "0", 500, Some(200)),
        // Of that time not all is known.
        delivery("b", "3", 6_000, Some(200)),
        // It got an earlier event of the object, but not the last one.
        delivery("b", "1", 3_000, Some(200)),
    ];
    assert_eq!(
        lost(&["a", "b"], &all, &known),
        ["a 2 2000 not sent", "a 1 3000 not sent"]
    );
    assert_eq!(lost(&["a", "b"], &all, &[]), [""; 0]);
}

#[test]
fn failures_of_nobody_knows_what_are_listed_each() {
    let mut one = delivery("a", "", 10, Some(502));
    one.object = None;
    assert_eq!(
        lost(&["a"], &[one.clone(), one], &[]),
        ["a - 10 failed 1", "a - 10 failed 1"]
    );
}

#[test]
fn what_was_sent_again_is_not_lost_and_says_nothing_of_what_was_not_looked_at() {
    let window = Span::new(at(0), at(100_000)).unwrap();
    let mut events = LostEvents::new(receivers(&["a", "b"]));
    // Both are there from the beginning.
    for path in ["a", "b"] {
        events.add(&delivery(path, "0", 1, Some(200)));
        events.add(&delivery(path, "1", 10, Some(502)));
    }
    let event = EventType::new("order-status-updated");
    let order = |id: &str| Some(ObjectId::new("order_id", id));
    events.made_good(&url("a"), event.clone(), order("1"), at(10));
    events.made_good(&url("a"), event, order("2"), at(20));
    let lost = events.finish(window, &[window]);
    let lost: Vec<String> = (lost.iter())
        .map(|one| {
            format!(
                "{} {}",
                one.receiver.title(),
                one.event_created_at.as_second()
            )
        })
        .collect();
    assert_eq!(lost, ["b 10"]);
}

/// Attempts at one event share its moment, where the provider says so: then one that succeeded makes up for those that failed, and
/// several that failed are one loss.
#[test]
fn attempts_at_an_event_that_names_no_object_are_one_where_its_moment_tells_it() {
    let nameless = |second, status| Delivery {
        object: None,
        ..delivery("a", "", second, status)
    };
    let attempts = [
        nameless(1, Some(500)),
        nameless(1, Some(200)),
        nameless(2, Some(500)),
        nameless(2, None),
        nameless(3, Some(200)),
    ];
    let lost = |events: LostEvents| {
        let mut events = events;
        attempts.iter().for_each(|one| events.add(one));
        let window = Span::new(at(0), at(10)).unwrap();
        let lost = events.finish(window, &[]).into_iter();
        let seconds: Vec<i64> = lost.map(|lost| lost.event_created_at.as_second()).collect();
        seconds
    };
    let events = || LostEvents::new(receivers(&["a"]));
    assert_eq!(lost(events().telling_events_by_moment()), [2]);
    // Elsewhere two events may be of one moment.
    assert_eq!(lost(events()), [1, 2, 2]);
}
