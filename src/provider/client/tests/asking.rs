//! A provider is asked to send events again.

use std::collections::BTreeSet;

use super::*;
use crate::{
    delivery::{DeliveryQuery, Span},
    model::WebhookId,
    net::Fate,
    provider::{AskForReplays, ProviderErrorKind as Kind, svix::PROFILE as SVIX},
};

fn client() -> Client {
    let retry = RetryPolicy {
        jitter: Jitter::Off,
        ..RetryPolicy::default()
    };
    Client::of(&SVIX, retry)
}

fn id() -> WebhookId {
    WebhookId::new("ep_1")
}

fn span() -> Span {
    let moment = |text: &str| text.parse().unwrap();
    Span::new(
        moment("2026-01-31T12:00:00Z"),
        moment("2026-01-31T12:10:00.5Z"),
    )
    .unwrap()
}

/// The keys by which repeating a request is harmless.
fn keys(client: &Client) -> Vec<String> {
    let asked = client.script.asked.lock().unwrap();
    let key = |request: &http::Request<Bytes>| request.headers()["idempotency-key"].clone();
    let keys = asked.iter().map(key);
    keys.map(|key| key.to_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_for_is_repeated_with_its_key_until_it_is_taken_on() {
    let client = client();
    client
        .fails(TransportErrorKind::Interrupted)
        .answers_with(503, &[], "")
        // It was taken on, and what says so is cut off.
        .answers_with(202, &[], "{\"id\": \"qta")
        .answers(202, &json!({"id": "qtask_1", "status": "running"}))
        // Servers of one's own answer so.
        .answers_with(202, &[], "");
    let writer = client.writer();
    writer.recover(&id(), span(), "once").await.unwrap();
    writer.resend(&id(), "msg_1", "other").await.unwrap();
    let recover = "POST /app/app_1/endpoint/ep_1/recover";
    let resend = "POST /app/app_1/msg/msg_1/endpoint/ep_1/resend";
    assert_eq!(client.asked(), [recover, recover, recover, recover, resend]);
    assert_eq!(keys(&client), ["once", "once", "once", "once", "other"]);
    let asked = client.script.asked.lock().unwrap();
    let body: Value = serde_json::from_slice(asked[0].body()).unwrap();
    let expected = json!({"since": "2026-01-31T12:00:00Z", "until": "2026-01-31T12:10:00.5Z"});
    assert_eq!(body, expected);
    assert!(asked[4].body().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_and_an_answer_that_is_none_are_told_apart() {
    let twice = RetryPolicy {
        max_attempts: 2,
        jitter: Jitter::Off,
        ..RetryPolicy::default()
    };
    let client = Client::of(&SVIX, twice);
    client
        .answers(
            404,
            &json!({"code": "not_found", "detail": "Entity not found"}),
        )
        .answers_with(200, &[], "<html>")
        .answers_with(200, &[], "<html>");
    let writer = client.writer();
    let error = writer.resend(&id(), "msg_1", "once").await.unwrap_err();
    assert!(matches!(error.kind(), Kind::NotFound(_)), "{error}");
    assert_eq!(error.fate(), Fate::NotProcessed);
    // Somebody else answers: nobody knows.
    let error = writer.resend(&id(), "msg_1", "once").await.unwrap_err();
    assert_ne!(error.fate(), Fate::NotProcessed, "{error}");
    assert_eq!(client.asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_asked_for_is_not_sent() {
    let (svix, truv) = (client(), Client::new());
    let webhook = id();
    for error in [
        svix.writer().resend(&webhook, "../endpoint", "once").await,
        svix.writer().resend(&webhook, "", "once").await,
        truv.writer().resend(&webhook, "msg_1", "once").await,
        truv.writer().recover(&webhook, span(), "once").await,
    ] {
        let error = error.unwrap_err();
        assert!(matches!(error.kind(), Kind::NotSendable(_)), "{error}");
    }
    assert!(svix.asked().is_empty() && truv.asked().is_empty());
}

/// Pages are read until all records are found, and not further.
#[tokio::test(start_paused = true)]
async fn the_events_of_records_are_found_page_by_page() {
    let client = client();
    let attempt = |number: u32| json!({"id": format!("atmpt_{number}"), "msgId": "msg_1"});
    let page = |numbers: &[u32], done: bool| {
        let data: Vec<Value> = numbers.iter().map(|number| attempt(*number)).collect();
        json!({"data": data, "iterator": format!("atmpt_{}", numbers[0]), "done": done})
    };
    client
        .answers(200, &page(&[1, 2], false))
        .answers(200, &page(&[3], false));
    let records = |numbers: &[u32]| -> BTreeSet<String> {
        let ids = numbers.iter().map(|number| format!("atmpt_{number}"));
        ids.collect()
    };
    let (reader, query) = (client.reader(), DeliveryQuery::default());
    let found = reader.events_of(&id(), &records(&[1, 3]), &query).await;
    assert_eq!(found.unwrap().len(), 2);
    assert_eq!(client.asked().len(), 2);
    // What is nowhere is left out; a page that comes again ends it.
    client.answers(200, &page(&[1], true));
    let found = reader.events_of(&id(), &records(&[1, 9]), &query).await;
    assert_eq!(found.unwrap().len(), 1);
    for _ in 0..2 {
        client.answers(200, &page(&[1], false));
    }
    let repeated = reader.events_of(&id(), &records(&[9]), &query).await;
    let error = repeated.unwrap_err();
    assert!(matches!(error.kind(), Kind::RepeatedPage(_)), "{error}");
}
