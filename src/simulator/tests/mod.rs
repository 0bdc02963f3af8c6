//! Tests of the simulator through what it offers to others.

mod faults;
mod journal;
mod lists;
mod quirks;
mod requests;
#[cfg(feature = "server")]
mod sockets;
mod transport;

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Clock, DeliveryRecord, Quirks, Simulator};
use crate::{
    model::ProviderProfile,
    provider::{transcrypts::PROFILE as TRANSCRYPTS, truv::PROFILE as TRUV},
};

const NOW: &str = "2024-07-11T21:43:08.073930Z";
const CLIENT: &str = "0123456789abcdef0123456789abcdef";
const WEBHOOKS: &str = "/v1/webhooks/";
const HISTORY: &str = "/v1/webhook-requests/";

#[track_caller]
fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn clock() -> Clock {
    Arc::new(|| at(NOW))
}

fn secret(prefix: &str) -> String {
    format!("{prefix}-{}", "0a".repeat(20))
}

/// A well-formed request with the sandbox secret.
fn request(method: &str, path: &str, body: Option<&Value>) -> Request<Bytes> {
    request_as(CLIENT, &secret("sandbox"), method, path, body)
}

#[track_caller]
fn request_as(
    client_id: &str,
    secret: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Request<Bytes> {
    let request = Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(path)
        .header("Host", "api.example.com:8080")
        .header("X-Access-Client-Id", client_id)
        .header("X-Access-Secret", secret);
    match body {
        None => request.body(Bytes::new()),
        Some(body) => request
            .header("Content-Type", "application/json")
            .body(body.to_string().into()),
    }
    .unwrap()
}

fn webhook(name: &str, url: &str) -> Value {
    json!({"name": name, "webhook_url": url, "events": ["order-created"], "env_type": "sandbox"})
}

fn delivery(event_type: &str, moment: &str, status_code: Option<u16>) -> DeliveryRecord {
    DeliveryRecord {
        webhook_id: "a".repeat(32),
        event_type: event_type.to_owned(),
        event_created_at: at(moment),
        status_code,
        error_message: None,
        webhook_payload: json!({"event_type": event_type}),
        webhook_url: "https://a.example/".to_owned(),
    }
}

fn status(response: &Response<Bytes>) -> u16 {
    response.status().as_u16()
}

/// The body as JSON; null where there is none.
#[track_caller]
fn body(response: &Response<Bytes>) -> Value {
    if response.body().is_empty() {
        return Value::Null;
    }
    assert_eq!(response.headers()["content-type"], "application/json");
    serde_json::from_slice(response.body()).unwrap()
}

/// A bare state machine, asked with one client's credentials.
struct Api {
    simulator: Simulator,
    secret: String,
    now: Timestamp,
}

impl Api {
    fn of(profile: &'static ProviderProfile, prefix: &str, quirks: &str) -> Self {
        Self {
            simulator: Simulator::new(profile, quirks.parse::<Quirks>().unwrap()),
            secret: secret(prefix),
            now: at(NOW),
        }
    }

    fn truv(quirks: &str) -> Self {
        Self::of(&TRUV, "sandbox", quirks)
    }

    fn transcrypts(quirks: &str) -> Self {
        Self::of(&TRANSCRYPTS, "dev", quirks)
    }

    fn send(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        self.simulator.respond(request, self.now)
    }

    #[track_caller]
    fn call(&mut self, method: &str, path: &str, sent: Option<&Value>) -> (u16, Value) {
        let request = request_as(CLIENT, &self.secret, method, path, sent);
        let response = self.send(&request);
        (status(&response), body(&response))
    }

    #[track_caller]
    fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, None);
        assert_eq!(status, 200, "{body}");
        body
    }

    #[track_caller]
    fn create(&mut self, webhook: &Value) -> Value {
        let (status, body) = self.call("POST", WEBHOOKS, Some(webhook));
        assert_eq!(status, 201, "{body}");
        body
    }

    /// The `invalid-params` of a request that is refused with 400.
    #[track_caller]
    fn invalid(&mut self, method: &str, path: &str, sent: &Value) -> Value {
        let sent = (method != "GET").then_some(sent);
        let (status, body) = self.call(method, path, sent);
        assert_eq!(status, 400, "{body}");
        assert_eq!(body["error"]["code"], "validation_error");
        body["error"]["extra"]["invalid-params"].clone()
    }
}

fn path_of(webhook: &Value) -> String {
    format!("{WEBHOOKS}{}/", webhook["id"].as_str().unwrap())
}

fn invalid_param(field: &str, message: &str) -> Value {
    json!([{"field": field, "message": message}])
}
