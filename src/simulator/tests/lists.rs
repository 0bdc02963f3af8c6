//! Lists: paging, filters, and what they do while records come and go.

use serde_json::{Value, json};

use super::*;
use crate::{model::EnvType, simulator::WebhookSeed};

/// Follows `next` to the end and returns the `key` of every record, page by page.
#[track_caller]
fn pages(api: &mut Api, first: &str, key: &str) -> Vec<Vec<Value>> {
    let (mut pages, mut path) = (Vec::new(), first.to_owned());
    loop {
        let page = api.get(&path);
        let rows = page["results"].as_array().unwrap();
        pages.push(rows.iter().map(|row| row[key].clone()).collect());
        match page["next"].as_str() {
            None => return pages,
            Some(next) => {
                path = next
                    .strip_prefix("http://api.example.com:8080")
                    .unwrap()
                    .to_owned();
            }
        }
    }
}

fn with_webhooks(quirks: &str, count: usize) -> Api {
    let mut api = Api::truv(quirks);
    for number in 0..count {
        api.create(&webhook(
            &number.to_string(),
            &format!("https://a.example/{number}"),
        ));
    }
    api
}

fn with_deliveries(quirks: &str) -> Api {
    let mut api = Api::truv(quirks);
    for (event, moment, code) in [
        ("order-created", "2024-06-01T00:00:00Z", Some(200)),
        ("order-created", "2024-07-01T00:00:00Z", Some(200)),
        ("link-deleted", "2024-07-02T00:00:00Z", Some(500)),
        ("order-created", "2024-07-03T00:00:00Z", None),
    ] {
        let record = delivery(event, moment, code);
        let stored = api
            .simulator
            .draft_delivery(CLIENT, EnvType::Sandbox, record);
        api.simulator
            .apply(crate::simulator::state::Mutation::Delivery(stored));
    }
    api
}

#[test]
fn every_record_is_on_exactly_one_page() {
    let mut api = with_webhooks("page-size=2", 5);
    let found = pages(&mut api, WEBHOOKS, "name");
    assert_eq!(
        found,
        [
            vec![json!("0"), json!("1")],
            vec![json!("2"), json!("3")],
            vec![json!("4")]
        ]
    );
    assert_eq!(
        pages(&mut api, "/v1/webhooks/?page_size=5", "name").len(),
        1
    );
    assert_eq!(
        pages(&mut api, "/v1/webhooks/?page_size=x", "name").len(),
        3
    );
}

#[test]
fn previous_leads_back() {
    let mut api = with_webhooks("page-size=2", 5);
    let first = api.get(WEBHOOKS);
    assert_eq!(first["previous"], Value::Null);
    let path = |link: &Value| {
        link.as_str()
            .unwrap()
            .replace("http://api.example.com:8080", "")
    };
    let second = api.get(&path(&first["next"]));
    let back = api.get(&path(&second["previous"]));
    assert_eq!(back["results"], first["results"]);
    assert_eq!(back["previous"], Value::Null);
    assert_eq!(path(&back["next"]), path(&first["next"]));
}

#[test]
fn deleting_between_pages_hides_nothing() {
    let mut api = with_webhooks("page-size=2", 4);
    let first = api.get(WEBHOOKS);
    for row in first["results"].as_array().unwrap() {
        api.call("DELETE", &path_of(row), None);
    }
    let next = first["next"].as_str().unwrap();
    let second = api.get(next.strip_prefix("http://api.example.com:8080").unwrap());
    assert_eq!(second["results"][0]["name"], "2");
}

#[test]
fn next_stays_on_the_host_that_was_asked() {
    let mut api = with_webhooks("page-size=1", 2);
    let absolute = "https://prod.truv.com/v1/webhooks/?page_size=1";
    let page = api.get(absolute);
    let next = page["next"].as_str().unwrap();
    assert_eq!(
        next,
        "https://prod.truv.com/v1/webhooks/?cursor=n%2B0000000000000000%3D%3D&page_size=1"
    );
}

#[test]
fn a_cursor_that_was_not_given_out_is_refused() {
    let mut api = with_webhooks("", 1);
    for cursor in [
        "",
        "1",
        "n+0000000000000000==",
        "n%2B000000000000000g%3D%3D",
    ] {
        let (status, body) = api.call("GET", &format!("{WEBHOOKS}?cursor={cursor}"), None);
        assert_eq!(
            (status, body),
            (404, json!({"detail": "Invalid cursor"})),
            "{cursor}"
        );
    }
}

#[test]
fn the_history_has_the_last_30_days_newest_first() {
    let mut api = with_deliveries("");
    let page = api.get(HISTORY);
    assert_eq!(page["next"], Value::Null);
    let newest = &page["results"][0];
    assert_eq!(page["results"].as_array().unwrap().len(), 3);
    assert_eq!(
        *newest,
        json!({
            "webhook_id": "a".repeat(32), "event_type": "order-created",
            "event_created_at": "2024-07-03T00:00:00.000000Z", "status_code": null,
            "error_message": null, "webhook_payload": {"event_type": "order-created"},
            "webhook_url": "https://a.example/",
        })
    );
}

#[test]
fn the_history_is_filtered_and_keeps_its_filters_over_pages() {
    let mut api = with_deliveries("");
    let of = |api: &mut Api, query: &str| {
        pages(api, &format!("{HISTORY}?{query}"), "event_created_at").concat()
    };
    assert_eq!(
        of(&mut api, "event_type=order-created&page_size=1").len(),
        2
    );
    assert_eq!(of(&mut api, "status_code=500").len(), 1);
    let between =
        "created_at__gte=2024-07-01T12:00:00Z&created_at__lte=2024-07-02T00:00:00%2B00:00";
    assert_eq!(
        of(&mut api, between),
        [json!("2024-07-02T00:00:00.000000Z")]
    );
}

#[test]
fn wrong_filters_are_refused_by_name() {
    let mut api = with_deliveries("");
    for (query, field, message) in [
        (
            "created_at__gte=2024-06-01T00:00:00Z",
            "created_at__gte",
            "Must not be more than 30 days ago.",
        ),
        (
            "created_at__gte=yesterday",
            "created_at__gte",
            "Enter a valid date/time.",
        ),
        (
            "created_at__gte=2024-07-02T00:00:00Z&created_at__lte=2024-07-01T00:00:00Z",
            "created_at__gte",
            "Must not be after created_at__lte.",
        ),
        (
            "event_type=orders",
            "event_type",
            "\"orders\" is not a valid choice.",
        ),
        (
            "status_code=99",
            "status_code",
            "Must be a number from 100 to 599.",
        ),
        ("since=1", "since", "Unknown parameter."),
    ] {
        let path = format!("{HISTORY}?{query}");
        assert_eq!(
            api.invalid("GET", &path, &json!(null)),
            invalid_param(field, message)
        );
    }
}

#[test]
fn seeded_webhooks_are_listed_and_edited_behind_the_clients_back() {
    let shared = Simulator::builder(&TRUV, clock()).build();
    let seed = WebhookSeed::new("", "not a url", ["surprise"]);
    let stored = shared.seed(CLIENT, EnvType::Sandbox, seed).unwrap();
    let edited = shared.edit(&stored.id, |webhook| webhook.enabled = false);
    assert!(!edited.unwrap().unwrap().enabled);
    assert!(!shared.webhooks(CLIENT, EnvType::Sandbox)[0].enabled);
    assert_eq!(shared.webhooks(CLIENT, EnvType::Production), []);
    assert_eq!(shared.edit("x", |_| ()).unwrap(), None);
    shared.remove(&stored.id).unwrap();
    assert_eq!(shared.webhooks(CLIENT, EnvType::Sandbox), []);
    assert_eq!(shared.requests(), []);
}
