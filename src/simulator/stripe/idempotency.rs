//! Keys that make a repeated request harmless: its first answer is given again.

use bytes::Bytes;
use http::{HeaderName, Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{caller::Served, derived::digits, refusal::Refusal};
use crate::simulator::{
    answer::{add_header, with_body},
    quirks::ReplayedSecret,
    state::Decision,
};

/// How long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// The longest key.
const LONGEST: usize = 255;
/// How the names begin under which answers are kept.
const NAME: &str = "idempotency/";

/// An answer that was given.
#[derive(Deserialize, Serialize)]
struct Saved {
    at: Timestamp,
    /// Of method, path and body.
    digest: String,
    status: u16,
    body: String,
}

/// What a key of this request stands for.
pub(super) struct Keyed {
    key: String,
    name: String,
    digest: String,
}

impl Keyed {
    /// The key of a request, where it has one.
    pub(super) fn of(
        served: &Served<'_>,
        request: &Request<Bytes>,
    ) -> Result<Option<Self>, Refusal> {
        let Some(key) = request.headers().get("idempotency-key") else {
            return Ok(None);
        };
        let key = key.to_str().unwrap_or_default();
        if key.is_empty() || key.len() > LONGEST {
            let message = format!("Idempotency keys have 1 to {LONGEST} characters");
            return Err(Refusal::of_account(message));
        }
        let body = String::from_utf8_lossy(request.body());
        let parts = [request.method().as_str(), request.uri().path(), &body];
        Ok(Some(Self {
            key: key.to_owned(),
            name: format!("{NAME}{}", digits(&[&served.caller.account, key], 32)),
            digest: digits(&parts, 64),
        }))
    }

    /// The answer that was given to the same request before, within a day.
    pub(super) fn replay(&self, served: &Served<'_>) -> Result<Option<Response<Bytes>>, Refusal> {
        let kept = served.simulator.kept(&self.name).cloned();
        let Some(saved) = kept.and_then(|kept| serde_json::from_value::<Saved>(kept).ok()) else {
            return Ok(None);
        };
        if served.now.duration_since(saved.at) >= KEPT {
            return Ok(None);
        }
        if saved.digest != self.digest {
            return Err(Refusal::OtherParameters(self.key.clone()));
        }
        let status = StatusCode::from_u16(saved.status).unwrap_or(StatusCode::OK);
        let mut response = with_body(status, "application/json", saved.body);
        let replayed = HeaderName::from_static("idempotent-replayed");
        add_header(&mut response, replayed, "true");
        Ok(Some(response))
    }

    /// The same decision, with its answer kept.
    pub(super) fn save(self, decision: Decision, served: &Served<'_>) -> Decision {
        let body = String::from_utf8_lossy(decision.response.body()).into_owned();
        let saved = Saved {
            at: served.now,
            digest: self.digest,
            status: decision.response.status().as_u16(),
            body: match served.simulator.quirks.replayed_secret {
                ReplayedSecret::Shown => body,
                ReplayedSecret::Absent => without_secret(body),
            },
        };
        decision.and_kept(self.name, json!(saved))
    }
}

fn without_secret(body: String) -> String {
    match serde_json::from_str::<Value>(&body) {
        Ok(Value::Object(mut object)) => {
            object.remove("secret");
            Value::Object(object).to_string()
        }
        _ => body,
    }
}
