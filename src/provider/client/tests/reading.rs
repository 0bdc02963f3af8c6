use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::{
    delivery::{Cursor, DeliveryQuery},
    model::WebhookId,
    net::GaveUp,
    provider::{ProviderErrorKind as Kind, ReadDeliveries, ReadWebhooks},
};

#[tokio::test(start_paused = true)]
async fn every_page_is_read_and_each_webhook_comes_once() {
    let client = Client::new();
    client
        .answers(
            200,
            &page(
                &[webhook("1"), webhook(DASHED)],
                Some("https://api.example/v1/webhooks/?cursor=x"),
            ),
        )
        .answers(
            200,
            &page(
                &[webhook(PLAIN), webhook("3")],
                Some("/v1/webhooks/?cursor=y"),
            ),
        )
        .answers(200, &page(&[], None));
    let webhooks = client.reader().list().await.unwrap();
    let ids: Vec<_> = webhooks
        .iter()
        .map(|webhook| webhook.id.as_received())
        .collect();
    assert_eq!(ids, ["1", DASHED, "3"]);
    assert_eq!(
        client.asked(),
        [
            "GET /webhooks/",
            "GET /webhooks/?cursor=x",
            "GET /webhooks/?cursor=y"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn ids_that_differ_in_case_are_two_webhooks() {
    let client = Client::new();
    client.answers(200, &page(&[webhook("7Kq9Zb"), webhook("7kQ9zB")], None));
    let webhooks = client.reader().list().await.unwrap();
    assert_eq!(webhooks.len(), 2);
}

/// Lists that cannot be believed, each as its pages.
fn contradictions() -> Vec<(&'static str, Vec<Value>)> {
    let other = |field: &str, value: Value| {
        let mut webhook = webhook("1");
        webhook[field] = value;
        webhook
    };
    let next = Some("/v1/webhooks/?cursor=x");
    let counted = |count: u64, results: &[Value], next: Option<&str>| {
        let mut page = page(results, next);
        page["count"] = json!(count);
        page
    };
    vec![
        (
            "webhook 1 is in it twice, and each time another",
            vec![
                page(&[webhook("1"), webhook("2")], next),
                page(&[other("name", json!("foreign"))], None),
            ],
        ),
        (
            "webhook 1 is in it twice, and each time another",
            vec![json!([webhook("1"), other("events", json!(["a", 7]))])],
        ),
        (
            "webhook 1 is in it twice, and each time another",
            vec![json!([webhook("1"), other("enabled", Value::Null)])],
        ),
        (
            "it says that it has 3 webhooks, and shows 2",
            vec![
                counted(3, &[webhook("1")], next),
                counted(3, &[webhook("2")], None),
            ],
        ),
        (
            "it says that it has 1 webhooks, and shows 2",
            vec![
                counted(1, &[webhook("1")], next),
                counted(2, &[webhook("2")], None),
            ],
        ),
        (
            "it says that it has 2 webhooks, and shows 0",
            vec![counted(2, &[], None)],
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_list_that_contradicts_itself_is_read_again() {
    for (problem, pages) in contradictions() {
        let client = Client::new();
        for page in &pages {
            client.answers(200, page);
        }
        client.answers(200, &json!([webhook("1")]));
        let webhooks = client.reader().list().await.unwrap();
        assert_eq!(webhooks.len(), 1, "{problem}");
        assert_eq!(client.asked().len(), pages.len() + 1, "{problem}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_contradicts_itself_for_good_is_refused() {
    for (problem, pages) in contradictions() {
        let client = Client::new();
        for page in std::iter::repeat_n(&pages, 5).flatten() {
            client.answers(200, page);
        }
        let error = client.reader().list().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("GET /v1/webhooks/: the list contradicts itself: {problem}; 5 attempts in 3 s")
        );
        assert_eq!(client.asked().len(), 5 * pages.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_count_that_fits_is_believed() {
    let mut counted = page(&[webhook("1"), webhook("1"), webhook("2")], None);
    for count in [json!(2), json!(3), Value::Null, json!("many")] {
        counted["count"] = count;
        let client = Client::new();
        client.answers(200, &counted);
        assert_eq!(client.reader().list().await.unwrap().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn other_environments_are_left_out_and_unreported_ones_kept() {
    let client = Client::new();
    let mut unreported = webhook("2");
    unreported["env_type"] = Value::Null;
    let mut other = webhook("3");
    other["env_type"] = json!("prod");
    let mut unknown = webhook("4");
    unknown["env_type"] = json!("staging");
    client.answers(200, &json!([webhook("1"), unreported, other, unknown]));
    let webhooks = client.reader().list().await.unwrap();
    let ids: Vec<_> = webhooks
        .iter()
        .map(|webhook| webhook.id.as_received())
        .collect();
    assert_eq!(ids, ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn a_page_elsewhere_is_refused() {
    for next in [
        "https://evil.example/v1/webhooks/?cursor=x",
        "http://api.example/v1/webhooks/?cursor=x",
        "https://api.example:8443/v1/webhooks/",
        "//evil.example/",
    ] {
        let client = Client::new();
        client.answers(200, &page(&[webhook("1")], Some(next)));
        let error = client.reader().list().await.unwrap_err();
        assert!(matches!(error.kind(), Kind::ForeignPage(_)), "{error}");
        assert!(!error.to_string().contains("cursor=x"), "{error}");
        assert_eq!(client.asked(), ["GET /webhooks/"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_repeats_itself_is_an_error() {
    let client = Client::new();
    client
        .answers(200, &page(&[webhook("1")], Some("?cursor=x")))
        .answers(200, &page(&[webhook("2")], Some("?cursor=y")))
        .answers(200, &page(&[webhook("3")], Some("?cursor=x")));
    let error = client.reader().list().await.unwrap_err();
    assert!(matches!(error.kind(), Kind::RepeatedPage(3)), "{error}");
    assert_eq!(client.asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_list_without_end_is_an_error() {
    let client = Client::new();
    for n in 0..10_000 {
        client.answers(200, &page(&[], Some(&format!("?cursor={n}"))));
    }
    let error = client.reader().list().await.unwrap_err();
    assert!(
        matches!(error.kind(), Kind::ListTooLarge { pages: 10_000, .. }),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_has_no_more_webhooks_and_bytes_than_allowed() {
    for (count, length, fits) in [(3, 900, true), (4, 1, false), (2, 2000, false)] {
        let client = Client::new().within(ListLimit::new(3.try_into().unwrap()));
        let name = "x".repeat(length);
        let items: Vec<Value> = (0..count)
            .map(|id| json!({"id": id, "name": name}))
            .collect();
        client.answers(200, &json!(items));
        match client.reader().list().await {
            Ok(webhooks) => assert!(fits && webhooks.len() == count),
            Err(error) => {
                assert!(!fits, "{error}");
                assert_eq!(
                    error.kind().to_string(),
                    "the list has more than 3 webhooks, 100 pages or 3 KiB, and no more is read"
                );
                assert!(error.way_out().unwrap().contains("limits.max_webhooks"));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_item_fails_the_list() {
    let client = Client::new();
    client.answers(200, &json!([webhook("1"), {"name": "no id"}]));
    let error = client.reader().list().await.unwrap_err();
    assert!(
        matches!(error.kind(), Kind::MalformedAnswer { .. }),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn reads_are_repeated_with_growing_waits() {
    let client = Client::new();
    client
        .fails(TransportErrorKind::Connect)
        .fails(TransportErrorKind::Timeout)
        .answers_with(502, &[], "<html><title>Bad gateway</title>")
        .answers_with(408, &[], "")
        .answers(200, &webhook("5f"));
    let start = Instant::now();
    let found = client
        .reader()
        .retrieve(&WebhookId::new("5f"))
        .await
        .unwrap();
    assert_eq!(found.id.as_received(), "5f");
    assert_eq!(
        start.elapsed(),
        Duration::from_millis(200 + 400 + 800 + 1600)
    );
    assert_eq!(client.asked(), ["GET /webhooks/5f/"; 5]);
}

#[tokio::test(start_paused = true)]
async fn attempts_come_to_an_end() {
    let client = Client::new();
    for _ in 0..5 {
        client.answers_with(503, &[("x-request-id", "r-9")], "");
    }
    let error = client.reader().list().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /v1/webhooks/: unavailable, status 503: no reason given; 5 attempts in 3 s; request id r-9"
    );
    assert_eq!(error.attempted().gave_up, Some(GaveUp::Attempts));
    assert_eq!(client.asked().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_providers_wait_is_obeyed_by_all_that_share_the_limiter() {
    let client = Client::new();
    client
        .answers(
            429,
            &json!({"detail": "Request was throttled. Expected available in 42 seconds."}),
        )
        .answers(200, &json!([]))
        .answers(200, &json!([]));
    let start = Instant::now();
    let (reader, other) = (client.reader(), client.reader());
    let later = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        other.list().await.unwrap();
        start.elapsed()
    };
    let (first, second) = tokio::join!(reader.list(), later);
    first.unwrap();
    assert_eq!(start.elapsed().as_secs(), 42);
    assert_eq!(second.as_secs(), 42);
}

#[tokio::test(start_paused = true)]
async fn throttling_without_a_stated_wait_is_waited_out_at_length() {
    let client = Client::new();
    client.answers_with(429, &[], "").answers(200, &json!([]));
    let start = Instant::now();
    client.reader().list().await.unwrap();
    assert_eq!(start.elapsed(), RetryPolicy::default().cap);
}

#[tokio::test(start_paused = true)]
async fn an_absurd_wait_is_an_error_that_says_so() {
    let client = Client::new();
    client.answers_with(429, &[("retry-after", "86400")], "");
    let start = Instant::now();
    let error = client.reader().list().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /v1/webhooks/: the rate limit is used up; it asks to wait 86400 s; waiting 86400 s more would exceed the 120 s allowed"
    );
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_would_fail_again_is_not_repeated() {
    for status in [400, 401, 403, 404, 200] {
        let client = Client::new();
        client.answers_with(status, &[], "<html>");
        client.reader().list().await.unwrap_err();
        assert_eq!(client.asked().len(), 1, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn reads_follow_redirects_within_the_api_alone() {
    let client = Client::new();
    client
        .answers_with(301, &[("location", "/v1/hooks/")], "")
        .answers(200, &json!([webhook("1")]));
    assert_eq!(client.reader().list().await.unwrap().len(), 1);
    assert_eq!(client.asked(), ["GET /webhooks/", "GET /hooks/"]);

    let client = Client::new();
    client.answers_with(302, &[("location", "https://evil.example/?token=x")], "");
    let error = client.reader().list().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /v1/webhooks/: redirected with 302 to https://evil.example/, which is not followed"
    );

    let client = Client::new();
    for _ in 0..6 {
        client.answers_with(302, &[("location", "/v1/webhooks/")], "");
    }
    let error = client.reader().list().await.unwrap_err();
    assert!(matches!(error.kind(), Kind::Redirected { .. }), "{error}");
    assert_eq!(client.asked().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn deliveries_are_read_page_by_page() {
    let client = Client::new();
    let delivery = json!({"webhook_id": "d", "webhook_url": "https://h.example/t0ken-canary"});
    client
        .answers(
            200,
            &page(
                &[delivery],
                Some("https://api.example/v1/webhook-requests/?cursor=x"),
            ),
        )
        .answers(200, &page(&[], None));
    let reader = client.reader();
    let query = DeliveryQuery {
        page_size: Some(9),
        ..DeliveryQuery::default()
    };
    let first = reader.page(&query, None).await.unwrap();
    assert_eq!(
        first.deliveries[0].webhook_url.to_string(),
        "https://h.example/•••"
    );
    let second = reader.page(&query, first.next.as_ref()).await.unwrap();
    assert_eq!(second.next, None);
    assert_eq!(
        client.asked(),
        [
            "GET /webhook-requests/?page_size=9",
            "GET /webhook-requests/?cursor=x"
        ]
    );
    let foreign = Cursor::new("https://evil.example/");
    let error = reader.page(&query, Some(&foreign)).await.unwrap_err();
    assert!(matches!(error.kind(), Kind::ForeignPage(_)), "{error}");
}

/// A record of an event, created so many minutes after the hour, if that is said.
fn record(id: &str, minute: Option<u8>) -> Value {
    let at = minute.map(|minute| format!("2026-03-01T10:{minute:02}:00Z"));
    json!({"webhook_id": id, "event_type": "order-created", "event_created_at": at})
}

/// What each look of a follower gives, where the provider gives these pages in turn.
async fn followed(looks: &[&[Value]]) -> Vec<Vec<Option<String>>> {
    let client = Client::new();
    for look in looks {
        client.answers(200, &page(look, None));
    }
    let reader = client.reader();
    let query = DeliveryQuery {
        since: "2026-03-01T10:00:00Z".parse().ok(),
        ..DeliveryQuery::default()
    };
    let mut following = reader.follow(query, Duration::from_hours(1));
    let mut given = Vec::new();
    for _ in looks {
        let new = following.next().await.unwrap();
        given.push(
            new.into_iter()
                .map(|delivery| delivery.webhook_id)
                .collect(),
        );
    }
    given
}

#[tokio::test(start_paused = true)]
async fn a_record_that_comes_with_every_look_is_given_once() {
    // The window of the second look begins behind it, or it has no date; some providers give it all the same.
    let old = [record("undated", None), record("early", Some(1))];
    let with = |new: Value| [&old[..], &[new]].concat();
    let looks = [
        with(record("a", Some(20))),
        with(record("b", Some(40))),
        with(record("c", Some(59))),
    ];
    let looks: Vec<_> = looks.iter().map(Vec::as_slice).collect();
    let given = followed(&looks).await;
    let some = |id: &str| Some(id.to_owned());
    assert_eq!(
        given,
        [
            vec![some("undated"), some("early"), some("a")],
            vec![some("b")],
            vec![some("c")]
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_follower_forgets_what_it_is_not_given_again() {
    let old = [
        record("undated", None),
        record("early", Some(1)),
        record("late", Some(20)),
    ];
    let given = followed(&[&old, &[record("a", Some(25))], &old]).await;
    let some = |id: &str| Some(id.to_owned());
    assert_eq!(
        given[2],
        [some("undated"), some("early")],
        "what the window still holds is known"
    );
}
