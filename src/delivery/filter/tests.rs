use super::*;
use crate::{model::MaskedText, provider::truv::PROFILE as TRUV};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn delivery(event_type: &str, status_code: Option<u16>, url: &str) -> Delivery {
    Delivery {
        webhook_id: None,
        event_type: EventType::new(event_type),
        event_created_at: Some(at("2026-01-02T00:00:00Z")),
        status_code,
        error_message: None,
        webhook_url: EndpointUrl::from_live(MaskedText::plain(url)),
        object: None,
        payload: None,
    }
}

#[test]
fn statuses_are_read_as_they_are_shown() {
    for text in ["100", "502", "599", "2xx", "none"] {
        assert_eq!(text.parse::<StatusFilter>().unwrap().to_string(), text);
    }
    for text in ["", "99", "600", "6xx", "xx", "ok", "-1", "5XX"] {
        assert!(text.parse::<StatusFilter>().is_err(), "{text}");
    }
}

#[test]
fn only_what_the_provider_takes_is_pushed_down() {
    let now = at("2026-01-31T00:00:00Z");
    let one = DeliveryFilter {
        since: Some(at("2026-01-30T00:00:00Z")),
        events: vec![Pattern::new("order-created")],
        statuses: vec![StatusFilter::Exact(502)],
        ..DeliveryFilter::default()
    };
    let query = one.pushed_down(&TRUV, now, Some(7));
    assert_eq!(query.since, one.since);
    assert_eq!(query.event_type, Some(EventType::new("order-created")));
    assert_eq!(query.status_code, Some(502));
    assert_eq!(query.page_size, Some(7));
    assert!(one.is_pushed_down(&query));

    let several = DeliveryFilter {
        // It would be too old by the time it is asked for.
        since: Some(now - REMEMBERED),
        events: vec![Pattern::new("order-*")],
        statuses: vec![StatusFilter::Exact(502), StatusFilter::NoAnswer],
        ..DeliveryFilter::default()
    };
    let query = several.pushed_down(&TRUV, now, None);
    assert_eq!(query, DeliveryQuery::default());
    assert!(!several.is_pushed_down(&query));
    // The provider refuses types that it does not know.
    let unknown = DeliveryFilter {
        events: vec![Pattern::new("order-exploded")],
        ..DeliveryFilter::default()
    };
    assert_eq!(unknown.pushed_down(&TRUV, now, None).event_type, None);
}

#[test]
fn everything_that_is_asked_for_must_hold() {
    let ok = delivery("order-created", Some(200), "https://h.example/a");
    let bad = delivery("link-deleted", Some(503), "https://h.example/b");
    let lost = delivery("link-deleted", None, "https://h.example/b");
    let matched = |filter: &DeliveryFilter| [&ok, &bad, &lost].map(|one| filter.matches(one));
    let none = DeliveryFilter::default();
    assert_eq!(matched(&none), [true, true, true]);
    let failed = DeliveryFilter {
        failed: true,
        ..none.clone()
    };
    assert_eq!(matched(&failed), [false, true, true]);
    let server = DeliveryFilter {
        statuses: vec![StatusFilter::Class(5)],
        ..none.clone()
    };
    assert_eq!(matched(&server), [false, true, false]);
    let silent = DeliveryFilter {
        statuses: vec![StatusFilter::NoAnswer],
        ..none.clone()
    };
    assert_eq!(matched(&silent), [false, false, true]);
    let globs = DeliveryFilter {
        events: vec![Pattern::new("link-*")],
        urls: vec![Pattern::new("*/b")],
        ..none.clone()
    };
    assert_eq!(matched(&globs), [false, true, true]);
    let receivers = DeliveryFilter {
        receivers: Some([ok.webhook_url.clone()].into()),
        ..none.clone()
    };
    assert_eq!(matched(&receivers), [true, false, false]);
    let later = DeliveryFilter {
        since: Some(at("2026-01-02T00:00:01Z")),
        ..none
    };
    assert_eq!(matched(&later), [false, false, false]);
}
