//! Requests that come twice with one `idempotency-key`: the second gets the answer to the first.
//!
//! As self-hosted servers have it: kept for twelve hours, by token, key and path. Bodies are not compared.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::served::Served;
use crate::simulator::{answer, state::Decision};

/// How long answers are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(12);

/// What is known of a request by its key.
pub(super) enum Once {
    /// It was answered: like this.
    Known(Response<Bytes>),
    /// It was not; where its answer is to be kept.
    New(String),
    /// It has no key.
    Whenever,
}

/// What is known of a request.
pub(super) fn of(served: &Served<'_>, request: &Request<Bytes>) -> Once {
    let key = request.headers().get("idempotency-key");
    let Some(key) = key.filter(|_| request.method() == Method::POST) else {
        return Once::Whenever;
    };
    let mut digest = Sha256::new();
    for part in [
        served.caller.token.as_bytes(),
        key.as_bytes(),
        request.uri().path().as_bytes(),
    ] {
        digest.update(part);
        digest.update([0]);
    }
    let hex = base16ct::lower::encode_string(&digest.finalize()[..16]);
    let name = format!("idempotency/{hex}");
    let kept = served.simulator.kept(&name);
    match kept.and_then(|kept| known(kept, served.now)) {
        Some(response) => Once::Known(response),
        None => Once::New(name),
    }
}

fn known(kept: &Value, now: Timestamp) -> Option<Response<Bytes>> {
    let at: Timestamp = kept["at"].as_str()?.parse().ok()?;
    let status = u16::try_from(kept["status"].as_u64()?).ok()?;
    let status = StatusCode::from_u16(status).ok()?;
    (now.duration_since(at) < KEPT).then(|| answer::with_json(status, &kept["body"]))
}

/// The same decision, which keeps its answer.
pub(super) fn kept(name: String, decision: Decision, now: Timestamp) -> Decision {
    let response = &decision.response;
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let value = json!({
        "at": now.to_string(),
        "status": response.status().as_u16(),
        "body": body,
    });
    decision.and_kept(name, value)
}
