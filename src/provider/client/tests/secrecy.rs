//! No secret reaches an error, a `Debug` or the log, whatever the provider echoes.

use std::{
    error::Error,
    fmt::Write as _,
    sync::{Arc, Mutex},
    thread::{self, ThreadId},
};

use super::*;
use crate::{
    delivery::{Cursor, DeliveryQuery},
    model::WebhookId,
    provider::ReadDeliveries,
    provider::{Creation, ReadWebhooks, WriteWebhooks},
};

/// Takes down each event of one thread with its fields, as a subscriber would print them. It is the
/// process's only one: whether an event is of interest is decided once for all threads.
#[derive(Clone)]
struct Log {
    text: Arc<Mutex<String>>,
    thread: ThreadId,
}

struct Fields<'a>(&'a mut String);

impl tracing::field::Visit for Fields<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        if thread::current().id() == self.thread {
            let mut text = self.text.lock().unwrap();
            event.record(&mut Fields(&mut text));
            text.push('\n');
        }
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

fn told(error: &dyn Error) -> String {
    let mut text = format!("{error} {error:?}");
    if let Some(source) = error.source() {
        text.push_str(&told(source));
    }
    text
}

#[tokio::test(start_paused = true)]
async fn secrets_reach_neither_errors_nor_debug_nor_the_log() {
    let log = Log {
        text: Arc::default(),
        thread: thread::current().id(),
    };
    tracing::subscriber::set_global_default(log.clone()).unwrap();
    let echo = format!("echo {SECRET} t0ken-canary");
    let elsewhere = format!("https://evil.example/{SECRET}/t0ken-canary/");
    let client = Client::new();
    let (reader, writer) = (client.reader(), client.writer());
    let mut shown = format!("{:?} {reader:?} {writer:?}", client.api);

    for status in [301, 400, 401, 403, 404, 409, 200] {
        let headers = [("location", elsewhere.as_str()), ("x-request-id", &echo)];
        client.answers_with(status, &headers, &echo);
        shown.push_str(&told(&reader.list().await.unwrap_err()));
    }
    for _ in 0..5 {
        client.fails(TransportErrorKind::Connect);
    }
    shown.push_str(&told(&reader.list().await.unwrap_err()));

    let id = WebhookId::new(SECRET);
    client.answers(404, &json!({ "detail": echo }));
    shown.push_str(&told(&reader.retrieve(&id).await.unwrap_err()));

    let mut differs = webhook("1");
    differs["name"] = json!("t0ken-canary");
    client.answers(201, &differs);
    let created = writer.create(&new_webhook()).await.unwrap();
    let Creation::Different { error, .. } = &created else {
        panic!("{created:?}");
    };
    shown.push_str(&told(error));
    shown.push_str(&format!("{created:?}"));

    let mut curious = webhook("1");
    curious["note"] = json!({"deep": [echo]});
    client.answers(200, &json!([curious]));
    let found = reader.list().await.unwrap();
    assert_eq!(found[0].other["note"]["deep"][0], "echo ••• •••");
    shown.push_str(&format!("{found:?}"));

    shown.push_str(&log.text.lock().unwrap());
    assert!(shown.contains("status=404"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn addresses_in_answers_are_masked_before_they_are_cut() {
    for written in [
        "sandbox&#45;canary-5ecre7",
        "sandbox-canary-5ecre&#55;",
        "sandbox-canary-5ecre&#x37",
    ] {
        for base in [
            "https://evil.example/",
            "/v1/",
            "https://api.example.com/v1/",
            "",
        ] {
            let address = format!("{base}{written}/?q={written}");
            let client = Client::new();
            client.answers_with(302, &[("location", &address)], "");
            let redirected = client.reader().list().await.unwrap_err();
            client.answers(200, &page(&[], Some(&address)));
            let paged = client.reader().list().await.unwrap_err();
            let (query, cursor) = (DeliveryQuery::default(), Cursor::new(address.clone()));
            let resumed = client
                .reader()
                .page(&query, Some(&cursor))
                .await
                .unwrap_err();
            for shown in [told(&redirected), told(&paged), told(&resumed)] {
                assert!(
                    shown.contains("•••") && !shown.contains("sandbox"),
                    "{address}: {shown}"
                );
            }
        }
    }
}
