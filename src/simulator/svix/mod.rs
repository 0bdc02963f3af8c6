//! Svix's API: the endpoints of applications, in the cloud and self-hosted.
//!
//! Source: its OpenAPI document and its server's source (`svix/svix-webhooks`, August 2026), and what its clients send and
//! read. An organisation is what a token belongs to; an account is one application of it.

mod applications;
mod attempts;
mod body;
mod caller;
mod endpoints;
mod event_types;
mod headers;
mod idempotency;
mod keys;
mod object;
mod pages;
mod refusal;
mod routes;
mod secrets;
mod served;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use jiff::Timestamp;
use serde_json::Value;

use self::refusal::Refusal;
use super::{
    Quirks, StoredWebhook, ThrottleStyle, id,
    state::{Decision, Simulator, api::Api},
};
use crate::model::{Credentials, EnvType, ProviderProfile, Secret};

/// How it answers.
pub(super) static API: Svix = Svix;

/// Svix's API.
#[derive(Debug)]
pub(super) struct Svix;

impl Api for Svix {
    fn decide(
        &self,
        simulator: &mut Simulator,
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> Decision {
        let decided = routes::decide(simulator, request, now);
        let style = simulator.quirks.throttle_style;
        decided.unwrap_or_else(|refusal| refusal.response(style, now).into())
    }

    fn claimed_env_type(&self, _: &HeaderMap, _: &ProviderProfile) -> Option<EnvType> {
        None
    }

    fn account(&self, credentials: &Credentials) -> String {
        let application = credentials.get("application");
        let application = application.map_or("", |application| application.expose());
        caller::account(credentials.secret().expose(), application)
    }

    fn throttled(&self, style: ThrottleStyle, seconds: u64, now: Timestamp) -> Response<Bytes> {
        refusal::throttled(style, seconds, now)
    }

    fn too_large(&self) -> Response<Bytes> {
        Refusal::TooLarge.response(Quirks::default().throttle_style, Timestamp::UNIX_EPOCH)
    }

    fn id(&self, serial: u64, _: &Quirks) -> String {
        format!("ep_{}", id::sortable("endpoint", serial))
    }

    fn complete(&self, webhook: &mut StoredWebhook) {
        if !webhook.own.contains_key("secret") {
            let secret = keys::generated(&webhook.id, 0);
            webhook.own.insert("secret".to_owned(), Value::from(secret));
        }
    }

    fn signing_secret(&self, webhook: &StoredWebhook) -> Option<Secret> {
        Some(Secret::new(webhook.own.get("secret")?.as_str()?))
    }

    fn old_secrets(&self, webhook: &StoredWebhook, now: Timestamp) -> Vec<Secret> {
        let old = secrets::valid(webhook, now).into_iter();
        old.filter_map(|old| Some(Secret::new(old["key"].as_str()?)))
            .collect()
    }

    /// In whichever organisation: an event has none until it is sent.
    fn has_event(&self, simulator: &Simulator, event: &str) -> bool {
        event_types::is_anywhere(simulator, event)
    }
}
