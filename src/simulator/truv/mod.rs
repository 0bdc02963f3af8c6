//! Truv's API.
//!
//! Source: `docs.truv.com`. Its servers look like Django REST framework, so what it does not say is what that does.

mod body;
mod credentials;
mod history;
mod lists;
mod object;
mod refusal;
mod routes;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use jiff::Timestamp;
use serde_json::Value;

use self::refusal::Refusal;
use super::{
    Quirks, ThrottleStyle,
    state::{Decision, Simulator, api::Api},
};
use crate::model::{EnvType, ProviderProfile};

/// How it answers.
pub(super) static API: Truv = Truv;

/// Truv's API, and whatever answers as it does.
#[derive(Debug)]
pub(super) struct Truv;

impl Api for Truv {
    fn decide(
        &self,
        simulator: &mut Simulator,
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> Decision {
        let decided = routes::route(simulator, request, now);
        decided.unwrap_or_else(|refusal| refusal.response(&simulator.quirks, now).into())
    }

    fn claimed_env_type(&self, headers: &HeaderMap, profile: &ProviderProfile) -> Option<EnvType> {
        credentials::claimed_env_type(headers, profile)
    }

    fn throttled(&self, style: ThrottleStyle, seconds: u64, now: Timestamp) -> Response<Bytes> {
        refusal::throttled(style, seconds, now)
    }

    fn too_large(&self) -> Response<Bytes> {
        // Nothing in it depends on quirks or time.
        Refusal::TooLarge.response(&Quirks::default(), Timestamp::UNIX_EPOCH)
    }

    fn addressed(&self, mut payload: Value, id: String) -> Value {
        if let Some(field) = payload.get_mut("webhook_id") {
            *field = Value::String(id);
        }
        payload
    }
}
