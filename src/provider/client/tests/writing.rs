use super::*;
use crate::{
    model::{WebhookId, WebhookPatch},
    net::Fate,
    provider::{Deletion, ProviderErrorKind as Kind, WriteWebhooks, stripe::PROFILE as STRIPE},
};

fn patch() -> WebhookPatch {
    WebhookPatch {
        events: Some(["a", "b"].map(EventType::new).into()),
        ..WebhookPatch::default()
    }
}

#[tokio::test(start_paused = true)]
async fn updates_and_deletes_are_repeated() {
    let client = Client::new();
    client
        .fails(TransportErrorKind::Timeout)
        .answers_with(503, &[], "")
        .answers(200, &webhook(PLAIN))
        .fails(TransportErrorKind::Interrupted)
        .answers_with(204, &[], "");
    let (writer, id) = (client.writer(), WebhookId::new(DASHED));
    writer.update(&id, &patch()).await.unwrap();
    assert_eq!(writer.delete(&id).await.unwrap(), Deletion::Deleted);
    let [update, delete] =
        ["PATCH", "DELETE"].map(|method| format!("{method} /webhooks/{DASHED}/"));
    let (update, delete) = (update.as_str(), delete.as_str());
    assert_eq!(client.asked(), [update, update, update, delete, delete]);
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_is_gone_is_deleted() {
    let client = Client::new();
    let not_found = json!({"detail": "Not Found."});
    client.answers(404, &not_found);
    let (writer, id) = (client.writer(), WebhookId::new("5f"));
    assert_eq!(writer.delete(&id).await.unwrap(), Deletion::AlreadyGone);
    // After an attempt whose answer was lost, that attempt was what deleted it.
    client
        .fails(TransportErrorKind::Timeout)
        .answers(404, &not_found);
    assert_eq!(writer.delete(&id).await.unwrap(), Deletion::Deleted);
}

#[tokio::test(start_paused = true)]
async fn an_update_that_was_not_taken_over_is_an_error() {
    let client = Client::new();
    let mut ignored = webhook("5f");
    ignored["events"] = json!("a");
    client.answers(200, &ignored).answers(200, &webhook("6"));
    let (writer, id) = (client.writer(), WebhookId::new("5f"));
    let error = writer.update(&id, &patch()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "PATCH /v1/webhooks/5f/: webhook 5f is not as asked for: `events` was to be [a, b] and came back as [a]"
    );
    assert_eq!(error.fate(), Fate::Processed);
    let error = writer.update(&id, &patch()).await.unwrap_err();
    assert!(
        matches!(error.kind(), Kind::NotAsSent { field: "id", .. }),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_to_change_is_not_sent() {
    let client = Client::new();
    let id = WebhookId::new("5f");
    let patch = WebhookPatch::default();
    let error = client.writer().update(&id, &patch).await.unwrap_err();
    assert!(matches!(error.kind(), Kind::NotSendable(_)), "{error}");
    assert_eq!(error.fate(), Fate::NotProcessed);
    assert!(client.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_an_unknown_attempt_leaves_it_unknown() {
    let client = Client::new();
    client
        .fails(TransportErrorKind::Timeout)
        .answers_with(401, &[], "")
        .answers_with(401, &[], "");
    let id = WebhookId::new("5f");
    let error = client.writer().update(&id, &patch()).await.unwrap_err();
    assert!(matches!(error.kind(), Kind::Unauthenticated(_)), "{error}");
    assert_eq!(error.fate(), Fate::Unknown);
}

#[tokio::test(start_paused = true)]
async fn what_became_of_an_update_and_a_delete_is_looked_up() {
    let client = Client::new();
    let mut changed = webhook("5f");
    changed["events"] = json!(["a", "b"]);
    client
        .answers_with(200, &[], "<html>")
        .answers(200, &changed)
        .answers_with(302, &[("location", "https://login.example.com/")], "")
        .answers_with(204, &[], "");
    let (writer, id) = (client.writer(), WebhookId::new("5f"));
    let live = writer.update(&id, &patch()).await.unwrap();
    assert_eq!(live.events, patch().events);
    // A redirect was surely not processed: nothing to look up.
    assert!(writer.delete(&id).await.is_err());
    writer.delete(&id).await.unwrap();

    let mut unchanged = webhook("5f");
    unchanged["events"] = json!(["a"]);
    client
        .answers_with(200, &[], "<html>")
        .answers(200, &unchanged);
    let error = writer.update(&id, &patch()).await.unwrap_err();
    assert_eq!(error.fate(), Fate::Unknown);
}

#[tokio::test(start_paused = true)]
async fn who_is_stopped_waits_neither_for_another_attempt_nor_for_the_limit() {
    let client = Client::new();
    let id = WebhookId::new("5f");
    client.answers_with(429, &[("retry-after", "50")], "");
    let writer = client.writer();
    let started = tokio::time::Instant::now();
    let (patch, stop) = (patch(), client.stop.clone());
    let (error, ()) = tokio::join!(writer.update(&id, &patch), async {
        tokio::task::yield_now().await;
        stop.now();
    });
    let error = error.unwrap_err();
    assert_eq!(
        error.to_string(),
        "PATCH /v1/webhooks/5f/: the rate limit is used up; it asks to wait 50 s; not attempted again, as the run was stopped"
    );
    // The limit is paused now: another request is not even sent.
    let error = writer.delete(&id).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "DELETE /v1/webhooks/5f/: not sent, as the run was stopped"
    );
    assert_eq!(error.fate(), Fate::NotProcessed);
    assert_eq!(started.elapsed(), std::time::Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_will_never_be_done_is_asked_for_once() {
    for status in [501, 505] {
        let client = Client::new();
        client
            .answers_with(status, &[], "")
            .answers_with(status, &[], "");
        let id = WebhookId::new("5f");
        let update = client.writer().update(&id, &patch()).await.unwrap_err();
        let create = client.writer().create(&new_webhook()).await.unwrap_err();
        for error in [update, create] {
            assert_eq!(error.fate(), Fate::NotProcessed, "{error}");
            assert!(error.way_out().unwrap().contains("`base_url`"));
        }
        let path = "/webhooks/";
        assert_eq!(
            client.asked(),
            [format!("PATCH {path}5f/"), format!("POST {path}")]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_provider_knows_better_than_the_status_what_may_be_sent_again() {
    let patch = WebhookPatch {
        enabled: Some(false),
        ..WebhookPatch::default()
    };
    let endpoint = json!({"id": "we_1", "url": "https://h.example/", "enabled_events": ["charge.failed"], "status": "disabled"});
    for (status, advice, sent) in [
        (409, "true", 2),
        (409, "false", 1),
        (500, "true", 2),
        (500, "false", 1),
        (429, "false", 1),
    ] {
        let client = Client::of(&STRIPE, RetryPolicy::default());
        let refused = json!({"error": {"type": "api_error", "message": "no"}}).to_string();
        client.answers_with(status, &[("stripe-should-retry", advice)], &refused);
        client.answers(200, &endpoint);
        let _ = client
            .writer()
            .update(&WebhookId::new("we_1"), &patch)
            .await;
        // What may have been carried out is looked at, which sends nothing again.
        let asked = client.script.asked.lock().unwrap();
        let writes = asked.iter().filter(|it| it.method() == "POST").count();
        assert_eq!(writes, sent, "{status} {advice}");
    }
}
