//! What is done to any answer: by the fuzzer, and by the tests with the fuzzer's corpus.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use hookwright::{
    delivery::DeliveryQuery,
    model::{
        Credentials, EndpointUrl, EnvType, EventType, MaskedText, Masker, NewWebhook,
        ProviderProfile, Secret, WebhookId, WebhookName, WebhookPatch,
    },
    net::{BaseUrl, RetryPolicy, Transport, TransportError, TransportErrorKind},
    provider::{Api, ProviderError, ReadDeliveries, ReadWebhooks, Reader, WriteWebhooks, Writer},
};

/// Credentials that answers may echo, and that nothing may show.
const SECRET: &str = "prod-c4nary5ecret";
/// No error is longer, however long an answer is.
const LONGEST: usize = 4_096;

/// How many requests are answered: fewer than the rate limit lets through without a wait. A list whose
/// next page is always another one is followed for long.
const ANSWERED: usize = 100;

/// Gives one answer to every request, until there were too many.
struct Same {
    answer: http::Response<Bytes>,
    answered: AtomicUsize,
}

impl Transport for Same {
    async fn send(
        &self,
        _request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        if self.answered.fetch_add(1, Ordering::Relaxed) < ANSWERED {
            return Ok(self.answer.clone());
        }
        Err(TransportError {
            kind: TransportErrorKind::Interrupted,
            status: None,
            message: "there is no end to it".to_owned(),
            source: None,
        })
    }
}

/// Reads an answer as the answer to each kind of request, of each provider. Nothing may panic or hang,
/// and no error may be long or show a credential.
pub(crate) fn decode(bytes: &[u8]) {
    let answer = answer(bytes);
    // The clock jumps over every wait: the patience of a lookup costs an input nothing.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime needs only memory");
    for provider in ProviderProfile::all() {
        runtime.block_on(every_request(provider, &answer));
    }
}

/// Bytes as an answer: a status, a colon-separated header on each line, an empty line, a body. What
/// does not begin like that is a body.
fn answer(bytes: &[u8]) -> http::Response<Bytes> {
    let whole = || http::Response::new(Bytes::copy_from_slice(bytes));
    let Some(end) = bytes.windows(2).position(|pair| pair == b"\n\n") else {
        return whole();
    };
    let mut lines = bytes[..end].split(|byte| *byte == b'\n');
    let Some(status) = lines
        .next()
        .and_then(|line| http::StatusCode::from_bytes(line).ok())
    else {
        return whole();
    };
    let mut response = http::Response::new(Bytes::copy_from_slice(&bytes[end + 2..]));
    *response.status_mut() = status;
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let name = http::HeaderName::from_bytes(&line[..colon]);
        let value = http::HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

async fn every_request(profile: &'static ProviderProfile, answer: &http::Response<Bytes>) {
    let base = BaseUrl::new(profile.base_url, false).expect("a provider's own base URL");
    let others = profile.credentials.iter().filter(|fact| !fact.secret);
    let credentials = others.fold(Credentials::new(Secret::new(SECRET)), |all, fact| {
        all.with(fact.key, MaskedText::plain("other"))
    });
    let env_type = EnvType::Production;
    let transport = Same {
        answer: answer.clone(),
        answered: AtomicUsize::new(0),
    };
    let api = Api::new(base, profile, env_type, &credentials, transport)
        .expect("credentials that a header can carry")
        .with_masker(Masker::new([SECRET.to_owned()]))
        .with_retry(RetryPolicy {
            max_attempts: 1,
            // Else a throttled answer would hold all that follow back.
            max_elapsed: Duration::ZERO,
            ..RetryPolicy::default()
        });
    let api = Arc::new(api);
    let (reader, writer) = (Reader::new(api.clone()), Writer::new(api));
    let id = WebhookId::new("651c322a0dc74071a7c12860f1175ad9");
    let new = new_webhook(env_type);
    let patch = WebhookPatch {
        events: Some(new.events.clone()),
        ..WebhookPatch::default()
    };
    match reader.list().await {
        Ok(webhooks) => webhooks.iter().for_each(silent),
        Err(error) => refused(&error),
    }
    match reader.retrieve(&id).await {
        Ok(webhook) => silent(&webhook),
        Err(error) => refused(&error),
    }
    match writer.create(&new).await {
        // What an answer does not say is no difference.
        Ok(creation) => {
            let url = &creation.webhook().url;
            assert!(*url == new.url || url.text().expose().is_empty());
        }
        Err(error) => refused(&error),
    }
    match writer.update(&id, &patch).await {
        Ok(webhook) => {
            assert!(webhook.id == id && webhook.events.is_none_or(|events| events == new.events))
        }
        Err(error) => refused(&error),
    }
    if let Err(error) = writer.delete(&id).await {
        refused(&error);
    }
    match reader.page(&DeliveryQuery::default(), None).await {
        Ok(page) => {
            page.deliveries.iter().for_each(silent);
            if let Some(next) = page.next {
                reader
                    .page(&DeliveryQuery::default(), Some(&next))
                    .await
                    .ok();
            }
        }
        Err(error) => refused(&error),
    }
}

fn new_webhook(env_type: EnvType) -> NewWebhook {
    let url = MaskedText::plain("https://hooks.example.com/orders");
    let url = EndpointUrl::new(url).expect("a valid URL");
    let name = WebhookName::new(MaskedText::plain("acme-orders")).expect("a valid name");
    let events = ["order-created", "task-status-updated"].map(EventType::new);
    NewWebhook::new(name, url, events.into(), env_type)
}

/// Nothing that is read shows a credential, in whatever field it was sent.
fn silent(read: &impl std::fmt::Debug) {
    let shown = format!("{read:?}");
    assert!(!shown.contains(SECRET), "{shown}");
}

fn refused(error: &ProviderError) {
    let mut text = error.to_string();
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        text.push_str(&source.to_string());
        cause = source;
    }
    text.push_str(&error.way_out().unwrap_or_default());
    assert!(text.len() <= LONGEST, "{} bytes: {text}", text.len());
    assert!(!text.contains(SECRET), "{text}");
}
