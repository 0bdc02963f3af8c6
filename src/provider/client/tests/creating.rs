use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::{
    model::WebhookPatch,
    net::Fate,
    provider::{Creation, ProviderError, ProviderErrorKind as Kind, WriteWebhooks},
};

async fn create(client: &Client) -> Result<Creation, ProviderError> {
    client.writer().create(&new_webhook()).await
}

const POST: &str = "POST /webhooks/";
const LIST: &str = "GET /webhooks/";

#[tokio::test(start_paused = true)]
async fn a_confirmed_webhook_is_created_once() {
    let client = Client::new();
    client.answers(201, &webhook("1"));
    let created = create(&client).await.unwrap();
    assert!(matches!(&created, Creation::Created { .. }), "{created:?}");
    assert_eq!(created.webhook().id.as_received(), "1");
    assert_eq!(client.asked(), [POST]);
}

#[tokio::test(start_paused = true)]
async fn what_was_surely_not_processed_is_sent_again() {
    let client = Client::new();
    client
        .fails(TransportErrorKind::Connect)
        .answers_with(429, &[("retry-after", "7")], "")
        .answers(201, &webhook("1"));
    let start = Instant::now();
    create(&client).await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_millis(7_200));
    assert_eq!(client.asked(), [POST, POST, POST]);
}

#[tokio::test(start_paused = true)]
async fn post_is_not_resent_after_an_unknown_outcome_when_found() {
    for (n, fails) in UNKNOWN.iter().enumerate() {
        let client = Client::new();
        fails(&client);
        client.answers(200, &json!([webhook("1")]));
        let start = Instant::now();
        let created = create(&client).await.unwrap();
        assert!(
            matches!(created, Creation::FoundAfterUnknown(_)),
            "{n}: {created:?}"
        );
        assert_eq!(client.asked(), [POST, LIST], "{n}");
        // What said that it succeeded is looked for at once.
        let wait = Duration::from_millis(if n < SAID_TO_SUCCEED { 200 } else { 0 });
        assert_eq!(start.elapsed(), wait, "{n}");
    }
}

/// The ways in which what became of a create is not known.
const UNKNOWN: [fn(&Client); 8] = [
    |client| {
        client.fails(TransportErrorKind::Timeout);
    },
    |client| {
        client.fails(TransportErrorKind::Interrupted);
    },
    |client| {
        client.fails(TransportErrorKind::TooLarge);
    },
    |client| {
        client.answers_with(500, &[], "");
    },
    |client| {
        client.answers_with(408, &[], "");
    },
    |client| {
        client.answers_with(303, &[("location", "/v1/webhooks/1/")], "");
    },
    |client| {
        client.answers(200, &page(&[webhook("1")], None));
    },
    |client| {
        client.answers_with(201, &[], "{");
    },
];

/// From this one on, the answer was a success, and only what was created is missing.
const SAID_TO_SUCCEED: usize = 5;

#[tokio::test(start_paused = true)]
async fn what_is_found_different_is_told_with_the_update_that_makes_it_as_it_was_sent() {
    for (n, fails) in UNKNOWN.iter().enumerate() {
        for (field, got, sent) in [
            ("events", json!(["a"]), None),
            ("enabled", json!(true), Some(false)),
            // Where nothing is sent, it is to be enabled.
            ("enabled", json!(false), None),
            ("name", json!("other"), None),
        ] {
            let client = Client::new();
            fails(&client);
            let mut found = webhook("1");
            found["enabled"] = json!(sent.unwrap_or(true));
            found[field] = got;
            client.answers(200, &json!([found]));
            let new = NewWebhook {
                enabled: sent,
                ..new_webhook()
            };
            let created = client.writer().create(&new).await;
            // Without an answer, one of another name may be another's.
            if field == "name" && n < SAID_TO_SUCCEED {
                let error = created.unwrap_err();
                assert!(matches!(error.kind(), Kind::Conflict(_)), "{n}: {error}");
                continue;
            }
            let Ok(Creation::Different {
                patch: Some(patch),
                error,
                ..
            }) = created
            else {
                panic!("{n} {field}: {created:?}");
            };
            assert_eq!(error.field(), Some(field), "{n}");
            let expected = WebhookPatch {
                name: (field == "name").then(|| new.name.clone()),
                url: None,
                events: (field == "events").then(|| new.events.clone()),
                enabled: (field == "enabled").then_some(sent.unwrap_or(true)),
            };
            assert_eq!(patch, expected, "{n} {field}");
            assert_eq!(client.asked(), [POST, LIST], "{n}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn post_is_resent_after_timeout_when_surely_absent() {
    let client = Client::new();
    let mut elsewhere = webhook("7");
    elsewhere["webhook_url"] = json!("https://h.example/other");
    client
        .fails(TransportErrorKind::Timeout)
        .answers(200, &json!([elsewhere]))
        .answers(201, &webhook("1"));
    let created = create(&client).await.unwrap();
    assert!(matches!(created, Creation::Created { .. }), "{created:?}");
    assert_eq!(client.asked(), [POST, LIST, POST]);
}

#[tokio::test(start_paused = true)]
async fn a_post_that_never_comes_through_ends_with_a_look() {
    let client = Client::new();
    for _ in 0..5 {
        client
            .fails(TransportErrorKind::Timeout)
            .answers(200, &json!([]));
    }
    let error = create(&client).await.unwrap_err();
    assert_eq!(error.fate(), Fate::Unknown);
    assert_eq!(error.attempted().attempts, 5);
    assert_eq!(
        error.to_string(),
        "POST /v1/webhooks/: timed out; 5 attempts in 3 s; it may have been carried out all the same"
    );
    assert_eq!(client.asked().len(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_url_registered_by_an_earlier_attempt_is_adopted() {
    let client = Client::new();
    client
        .fails(TransportErrorKind::Timeout)
        .answers(200, &json!([]))
        .answers_with(400, &[], REGISTERED)
        .answers(200, &json!([webhook("1")]));
    let created = create(&client).await.unwrap();
    assert!(
        matches!(created, Creation::FoundAfterUnknown(_)),
        "{created:?}"
    );
    assert_eq!(client.asked(), [POST, LIST, POST, LIST]);
}

#[tokio::test(start_paused = true)]
async fn a_url_held_by_another_webhook_is_a_conflict() {
    let client = Client::new();
    client.answers_with(400, &[], REGISTERED);
    let error = create(&client).await.unwrap_err();
    assert!(matches!(error.kind(), Kind::Conflict(_)), "{error}");
    assert_eq!(error.fate(), Fate::NotProcessed);
    assert_eq!(client.asked(), [POST]);

    let client = Client::new();
    let mut other = webhook("7");
    other["name"] = json!("another");
    client
        .fails(TransportErrorKind::Timeout)
        .answers(200, &json!([other.clone()]));
    let error = create(&client).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "POST /v1/webhooks/: conflict: the URL is held by webhook 7, which differs from what was sent; it may have been carried out all the same"
    );

    let client = Client::new();
    client
        .fails(TransportErrorKind::Timeout)
        .answers(200, &json!([]))
        .answers_with(400, &[], REGISTERED)
        .answers(200, &json!([other]));
    let error = create(&client).await.unwrap_err();
    assert!(matches!(error.kind(), Kind::Conflict(_)), "{error}");
    assert_eq!(error.fate(), Fate::NotProcessed);
    assert_eq!(client.asked(), [POST, LIST, POST, LIST]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_look_leaves_the_outcome_unknown() {
    let client = Client::new();
    client
        .fails(TransportErrorKind::Timeout)
        .answers_with(401, &[], "");
    let error = create(&client).await.unwrap_err();
    assert!(
        matches!(error.kind(), Kind::OutcomeUnknown { .. }),
        "{error}"
    );
    assert_eq!(error.fate(), Fate::Unknown);
    assert_eq!(
        error.to_string(),
        "POST /v1/webhooks/: timed out; the webhook may exist now, and looking for its URL in the list failed"
    );
}

#[tokio::test(start_paused = true)]
async fn what_came_back_must_be_what_was_sent() {
    for (field, got) in [
        ("webhook_url", json!("https://h.example/Hook")),
        ("env_type", json!("prod")),
        ("events", json!(["a", 7])),
        ("name", json!(7)),
        ("enabled", json!("false")),
    ] {
        let client = Client::new();
        let mut answer = webhook("1");
        answer[field] = got;
        client.answers(201, &answer);
        let new = NewWebhook {
            enabled: Some(false),
            ..new_webhook()
        };
        let error = client.writer().create(&new).await.unwrap_err();
        let Kind::NotAsSent { field: told, .. } = error.kind() else {
            panic!("{error}");
        };
        assert_eq!(*told, field);
        assert_eq!(error.fate(), Fate::Processed);
        // What a provider does not report is no difference.
        let client = Client::new();
        answer[field] = Value::Null;
        client.answers(201, &answer);
        create(&client).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_came_back_different_in_what_an_update_can_set_is_told_with_that_update() {
    for (field, got) in [
        ("name", json!("other")),
        ("events", json!(["a"])),
        ("enabled", json!(true)),
        ("enabled", json!(false)),
    ] {
        let client = Client::new();
        let mut answer = webhook("1");
        let is_sent = (field, &got) == ("enabled", &json!(true));
        let wanted = got == json!(false);
        answer[field] = got;
        client.answers(201, &answer);
        let new = NewWebhook {
            enabled: is_sent.then_some(false),
            ..new_webhook()
        };
        let created = client.writer().create(&new).await.unwrap();
        let Creation::Different {
            patch: Some(patch),
            error,
            ..
        } = created
        else {
            panic!("{field}: {created:?}");
        };
        assert_eq!(error.field(), Some(field));
        let expected = WebhookPatch {
            name: (field == "name").then(|| new.name.clone()),
            url: None,
            events: (field == "events").then(|| new.events.clone()),
            enabled: (field == "enabled").then_some(wanted),
        };
        assert_eq!(patch, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_succeeded_is_looked_for_with_patience_and_never_sent_again() {
    for status in [200, 201, 202, 204] {
        for body in ["", "<html>", "{", "[]", "{}", "null", "7", "{\"id\": null}"] {
            let client = Client::new();
            client.answers_with(status, &[], body);
            for _ in 0..3 {
                client.answers(200, &json!([]));
            }
            client.answers(200, &json!([webhook("1")]));
            let created = create(&client).await.unwrap();
            let is_found = matches!(created, Creation::FoundAfterUnknown(_));
            assert!(is_found, "{status} {body}: {created:?}");
            assert_eq!(
                client.asked(),
                [POST, LIST, LIST, LIST, LIST],
                "{status} {body}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_succeeded_and_is_not_seen_is_told_so() {
    let client = Client::new();
    client.answers_with(204, &[], "");
    for _ in 0..6 {
        client.answers(200, &json!([]));
    }
    let error = create(&client).await.unwrap_err();
    assert_eq!(error.fate(), Fate::Unknown);
    assert_eq!(
        error.to_string(),
        "POST /v1/webhooks/: malformed answer, status 204: an unexpected status; it was answered with success, but the list did not show the webhook in 6 looks"
    );
    assert_eq!(
        error.way_out().as_deref(),
        Some("run again: it looks before it creates")
    );
    assert_eq!(
        client.asked().iter().filter(|line| *line == POST).count(),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn a_redirected_post_is_reported() {
    let client = Client::new();
    client.answers_with(301, &[("location", "/v1/webhooks")], "");
    let error = create(&client).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "POST /v1/webhooks/: redirected with 301 to /v1/webhooks, which is not followed"
    );
    assert_eq!(client.asked(), [POST]);
}
