//! The client over a scripted transport, in paused time.

mod asking;
mod creating;
mod reading;
mod secrecy;
mod writing;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    model::{
        CreateOnly, Credentials, EndpointUrl, EnvType, EventType, MaskedText, Masker, NewWebhook,
        ProviderProfile, Secret, WebhookName,
    },
    net::{BaseUrl, Jitter, RetryPolicy, Stop, Transport, TransportError, TransportErrorKind},
    provider::{Api, ListLimit, Reader, Writer, truv::PROFILE as TRUV},
};

const SECRET: &str = "sandbox-canary-5ecre7";

enum Step {
    Answer(http::Response<Bytes>),
    Fail(TransportErrorKind),
}

/// Answers with what it was given, in order, and remembers what it was asked.
#[derive(Default)]
struct Script {
    steps: Mutex<VecDeque<Step>>,
    asked: Mutex<Vec<http::Request<Bytes>>>,
}

impl Transport for Arc<Script> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let line = format!("{} {}", request.method(), request.uri());
        self.asked.lock().unwrap().push(request);
        let step = self.steps.lock().unwrap().pop_front();
        match step.unwrap_or_else(|| panic!("nothing is scripted for {line}")) {
            Step::Answer(response) => Ok(response),
            Step::Fail(kind) => Err(TransportError {
                kind,
                status: None,
                message: format!("scripted, with {SECRET}"),
                source: None,
            }),
        }
    }
}

/// A client over a script.
struct Client {
    script: Arc<Script>,
    api: Arc<Api<Arc<Script>>>,
    stop: Stop,
}

impl Client {
    fn new() -> Self {
        Self::with(RetryPolicy {
            jitter: Jitter::Off,
            ..RetryPolicy::default()
        })
    }

    fn with(retry: RetryPolicy) -> Self {
        Self::of(&TRUV, retry)
    }

    fn of(profile: &'static ProviderProfile, retry: RetryPolicy) -> Self {
        let script = Arc::new(Script::default());
        let base = BaseUrl::new("https://api.example/v1/", false).unwrap();
        let credentials = Credentials::new(Secret::new(SECRET))
            .with("client_id", MaskedText::plain("client"))
            .with("application", MaskedText::plain("app_1"));
        let transport = Arc::clone(&script);
        let api = Api::new(base, profile, EnvType::Sandbox, &credentials, transport)
            .unwrap()
            .with_masker(Masker::new(["t0ken-canary".to_owned()]))
            .with_retry(retry);
        let stop = Stop::default();
        let api = api.with_stop(stop.clone());
        Self {
            script,
            api: Arc::new(api),
            stop,
        }
    }

    /// The same client, which reads no longer list than this.
    fn within(self, limit: ListLimit) -> Self {
        let api = Arc::into_inner(self.api).unwrap();
        Self {
            api: Arc::new(api.with_list_limit(limit)),
            ..self
        }
    }

    fn reader(&self) -> Reader<Arc<Script>> {
        Reader::new(Arc::clone(&self.api))
    }

    fn writer(&self) -> Writer<Arc<Script>> {
        Writer::new(Arc::clone(&self.api))
    }

    fn step(&self, step: Step) -> &Self {
        self.script.steps.lock().unwrap().push_back(step);
        self
    }

    fn answers(&self, status: u16, body: &Value) -> &Self {
        self.answers_with(status, &[], &body.to_string())
    }

    fn answers_with(&self, status: u16, headers: &[(&str, &str)], body: &str) -> &Self {
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let body = Bytes::from(body.to_owned());
        self.step(Step::Answer(response.body(body).unwrap()))
    }

    fn fails(&self, kind: TransportErrorKind) -> &Self {
        self.step(Step::Fail(kind))
    }

    /// What was asked, as `METHOD path?query`; every step of the script must be used.
    #[track_caller]
    fn asked(&self) -> Vec<String> {
        assert!(self.script.steps.lock().unwrap().is_empty(), "steps left");
        let asked = self.script.asked.lock().unwrap();
        asked
            .iter()
            .map(|request| {
                let target = request.uri().path_and_query().unwrap().as_str();
                format!("{} {}", request.method(), target.trim_start_matches("/v1"))
            })
            .collect()
    }
}

/// One id in the two forms in which the API shows ids.
const DASHED: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const PLAIN: &str = "3FA85F6457174562B3FC2C963F66AFA6";

fn webhook(id: &str) -> Value {
    json!({
        "id": id, "name": "acme", "webhook_url": "https://h.example/hook",
        "events": ["b", "a"], "env_type": "sandbox", "enabled": true,
    })
}

/// What `webhook` answers to.
fn new_webhook() -> NewWebhook {
    NewWebhook {
        name: WebhookName::new(MaskedText::plain("acme")).unwrap(),
        url: EndpointUrl::new(MaskedText::plain("https://H.example/hook")).unwrap(),
        events: ["a", "b"].map(EventType::new).into(),
        env_type: EnvType::Sandbox,
        enabled: None,
        mark: None,
        rotated: None,
        unstored: false,
        create_only: CreateOnly::new(),
    }
}

fn page(results: &[Value], next: Option<&str>) -> Value {
    json!({"next": next, "previous": null, "results": results})
}

const REGISTERED: &str = r#"{"error":{"code":"validation_error","message":"Invalid parameters",
    "extra":{"invalid-params":[{"field":"env_type",
    "message":"Webhook url for sandbox already registered"}]}}}"#;
