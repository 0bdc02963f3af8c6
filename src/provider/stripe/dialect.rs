//! What is asked of the API, to the letter of its documentation, and what its answers mean.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::Value;

use super::{events::API_VERSION, page, refusal, sent, webhook};
use crate::{
    delivery::{Delivery, DeliveryQuery},
    model::{Credentials, EnvType, LiveWebhook, NewWebhook, Secret, WebhookId, WebhookPatch},
    provider::{
        InvalidRequest, Refusal,
        dialect::{Call, Dialect, Page, Place, secret_header, segment},
    },
};

/// Where endpoints are, below the API's base URL.
const ENDPOINTS: &str = "webhook_endpoints";

/// This API.
#[derive(Debug)]
pub(crate) struct Api;

impl Dialect for Api {
    fn headers(&self, credentials: &Credentials) -> Result<HeaderMap, InvalidRequest> {
        let bearer = format!("Bearer {}", credentials.secret().expose());
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::AUTHORIZATION, secret_header(&bearer, "API key")?);
        // Without it, each account gets the version that it had when it was made.
        headers.insert("stripe-version", HeaderValue::from_static(API_VERSION));
        Ok(headers)
    }

    fn list(&self) -> Place {
        Place {
            query: vec![("limit", page::LARGEST.to_owned())],
            ..Place::at([ENDPOINTS])
        }
    }

    fn webhook(&self, id: &WebhookId) -> Result<Place, InvalidRequest> {
        Ok(Place::at([ENDPOINTS, segment(id)?]))
    }

    /// Its events know to how many endpoints they still go, and to which none does.
    fn deliveries(&self, _: &DeliveryQuery) -> Option<Place> {
        None
    }

    fn create(&self, new: &NewWebhook) -> Result<Call, InvalidRequest> {
        let place = Place::at([ENDPOINTS]);
        Ok(Call::form(Method::POST, place, sent::create(new)))
    }

    fn update(&self, id: &WebhookId, patch: &WebhookPatch) -> Result<Call, InvalidRequest> {
        let fields = sent::update(patch);
        Ok(Call::form(Method::POST, self.webhook(id)?, fields))
    }

    fn secret_stored(&self, id: &WebhookId, _: &Value) -> Result<Call, InvalidRequest> {
        let fields = sent::secret_stored();
        Ok(Call::form(Method::POST, self.webhook(id)?, fields))
    }

    fn delete(&self, id: &WebhookId) -> Result<Call, InvalidRequest> {
        Ok(Call::new(Method::DELETE, self.webhook(id)?, Bytes::new()))
    }

    /// As everything that succeeds.
    fn created(&self) -> StatusCode {
        StatusCode::OK
    }

    fn idempotency_header(&self) -> Option<HeaderName> {
        Some(HeaderName::from_static("idempotency-key"))
    }

    fn read_secret(&self, value: &Value) -> Option<Secret> {
        let text = value.get("secret")?.as_str()?;
        (!text.is_empty()).then(|| Secret::new(text))
    }

    fn read_webhook(&self, value: Value) -> Option<LiveWebhook> {
        webhook::decode(value)
    }

    /// A key sees the endpoints of its own mode.
    fn is_of(&self, webhook: &LiveWebhook, env_type: EnvType) -> bool {
        webhook.env_type.is_none_or(|reported| reported == env_type)
    }

    fn read_page(&self, value: Value) -> Option<Page> {
        page::decode(value)
    }

    fn read_delivery(&self, _: Value) -> Option<Delivery> {
        None
    }

    fn read_refusal(&self, value: &Value) -> Option<Refusal> {
        refusal::decode(value)
    }

    /// An object that somebody else changes right now is answered with 429 as well.
    fn is_throttled(&self, refusal: &Refusal) -> bool {
        matches!(refusal.code.as_deref(), Some("rate_limit"))
    }

    fn wait_in_words(&self, _: &Refusal) -> Option<Duration> {
        None
    }

    fn may_repeat(&self, headers: &HeaderMap) -> Option<bool> {
        match headers.get("stripe-should-retry")?.as_bytes() {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }

    /// Any number of endpoints can be at one URL.
    fn is_taken(&self, _: &Refusal) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
