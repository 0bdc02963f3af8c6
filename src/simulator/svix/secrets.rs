//! The signing secret of an endpoint: read, and replaced while the old one is valid for a while.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    body, keys,
    refusal::Refusal,
    served::{Served, ok},
};
use crate::simulator::{
    StoredWebhook, answer,
    quirks::RotateAnswer,
    state::{Decision, Mutation},
};

/// How many old secrets are kept.
const OLD: usize = 10;

/// How long an old secret stays valid where nobody says, and at most, in seconds.
const GRACE: i64 = 86_400;
const LONGEST_GRACE: i64 = 604_800;

/// The old secrets of an endpoint that are valid still, with until when.
pub(super) fn valid(endpoint: &StoredWebhook, now: Timestamp) -> Vec<Value> {
    let old = endpoint.own.get("oldSecrets").and_then(Value::as_array);
    let mut old = old.cloned().unwrap_or_default();
    old.retain(|old| {
        let until = old["until"].as_str().and_then(|until| until.parse().ok());
        until.is_some_and(|until: Timestamp| until > now)
    });
    old
}

impl Served<'_> {
    pub(super) fn secret(&self, account: &str, named: &str) -> Result<Decision, Refusal> {
        let endpoint = self.endpoint(account, named)?;
        let body = json!({"key": endpoint.own.get("secret")});
        Ok(ok(&body))
    }

    pub(super) fn rotate(
        &self,
        account: &str,
        named: &str,
        body: &[u8],
    ) -> Result<Decision, Refusal> {
        let mut endpoint = self.endpoint(account, named)?.clone();
        let body = body::object(body)?;
        let grace = match body.get("gracePeriodSeconds") {
            None | Some(Value::Null) => GRACE,
            Some(value) => value
                .as_i64()
                .filter(|seconds| (0..=LONGEST_GRACE).contains(seconds))
                .ok_or_else(|| {
                    let message = format!("must be between 0 and {LONGEST_GRACE}");
                    Refusal::of_field("gracePeriodSeconds", message)
                })?,
        };
        let mut old = valid(&endpoint, self.now);
        if old.len() >= OLD {
            return Err(Refusal::LimitReached);
        }
        let turn = endpoint
            .own
            .get("turn")
            .and_then(Value::as_u64)
            .unwrap_or(0)
            + 1;
        let new = match body.get("key").and_then(Value::as_str) {
            Some(key) => match keys::fault(key) {
                Some(message) => return Err(Refusal::of_field("key", message)),
                None => key.to_owned(),
            },
            None => keys::generated(&endpoint.id, usize::try_from(turn).unwrap_or(usize::MAX)),
        };
        let until = self.now.saturating_add(SignedDuration::from_secs(grace));
        let until = until.unwrap_or(self.now).to_string();
        old.push(json!({"key": endpoint.own.get("secret"), "until": until}));
        endpoint
            .own
            .insert("oldSecrets".to_owned(), Value::Array(old));
        endpoint.own.insert("turn".to_owned(), json!(turn));
        endpoint.own.insert("secret".to_owned(), json!(new));
        endpoint.updated_at = self.now;
        let response = match self.simulator.quirks.rotate_answer {
            RotateAnswer::Secret => answer::with_json(StatusCode::OK, &json!({"key": new})),
            RotateAnswer::Empty => answer::without_body(StatusCode::NO_CONTENT),
        };
        Ok(Decision::change(response, Mutation::Put(endpoint)))
    }
}
