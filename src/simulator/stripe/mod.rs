//! Stripe's API: its webhook endpoints, version 1.
//!
//! Source: `docs.stripe.com/api`, and what its official clients send. What is unknown is in `Quirks`.

mod body;
mod caller;
mod derived;
mod form;
mod idempotency;
mod lists;
mod object;
mod refusal;
mod routes;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response};
use jiff::Timestamp;

use self::{
    derived::{digits, secret},
    refusal::Refusal,
};
use super::{
    Quirks, RetryAdvice, StoredWebhook, ThrottleStyle,
    state::{Decision, Simulator, api::Api},
};
use crate::model::{Credentials, EnvType, ProviderProfile, Secret};

/// How it answers.
pub(super) static API: Stripe = Stripe;

/// Stripe's API.
#[derive(Debug)]
pub(super) struct Stripe;

impl Api for Stripe {
    fn decide(
        &self,
        simulator: &mut Simulator,
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> Decision {
        routes::route(simulator, request, now).unwrap_or_else(|refusal| refusal.response().into())
    }

    fn claimed_env_type(&self, headers: &HeaderMap, profile: &ProviderProfile) -> Option<EnvType> {
        profile.env_type_of(&caller::key(headers)?)
    }

    fn account(&self, credentials: &Credentials) -> String {
        caller::account(credentials.secret())
    }

    fn throttled(&self, _: ThrottleStyle, _: u64, _: Timestamp) -> Response<Bytes> {
        Refusal::Throttled.response()
    }

    fn retry_advice(&self, advice: RetryAdvice) -> Option<(HeaderName, &'static str)> {
        let value = match advice {
            RetryAdvice::Absent => return None,
            RetryAdvice::Again => "true",
            RetryAdvice::NotAgain => "false",
        };
        Some((HeaderName::from_static("stripe-should-retry"), value))
    }

    fn too_large(&self) -> Response<Bytes> {
        Refusal::TooLarge.response()
    }

    fn id(&self, serial: u64, _: &Quirks) -> String {
        format!("we_1{}", digits(&["id", "0", &serial.to_string()], 23))
    }

    fn signing_secret(&self, webhook: &StoredWebhook) -> Option<Secret> {
        Some(Secret::new(secret(webhook)))
    }
}
