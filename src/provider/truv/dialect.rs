//! What is asked of the API, to the letter of its documentation, and what its answers mean.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::Value;

use super::{
    delivery, page, refusal,
    sent::{CreateBody, UpdateBody},
    webhook,
};
use crate::{
    delivery::{Delivery, DeliveryQuery},
    model::{
        Credentials, EnvType, LiveWebhook, NewWebhook, ProviderProfile, WebhookId, WebhookPatch,
    },
    provider::{
        InvalidRequest, Refusal,
        dialect::{Call, Dialect, Page, Place, available_in, secret_header, segment, text_header},
    },
};

/// This API, as whoever has this profile has it.
#[derive(Debug)]
pub(crate) struct Api(pub(crate) &'static ProviderProfile);

impl Dialect for Api {
    fn headers(&self, credentials: &Credentials) -> Result<HeaderMap, InvalidRequest> {
        let json = HeaderValue::from_static("application/json");
        let client_id = text_header(credentials, "client_id", "client id")?;
        let access_secret = secret_header(credentials.secret().expose(), "access secret")?;
        let mut headers = HeaderMap::with_capacity(5);
        headers.insert(header::ACCEPT, json.clone());
        // Documented as required, without an exception for requests that have no body.
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert("x-access-client-id", client_id);
        headers.insert("x-access-secret", access_secret);
        Ok(headers)
    }

    /// It documents no query parameters, so none is sent.
    fn list(&self) -> Place {
        Place::at(["webhooks", ""])
    }

    fn webhook(&self, id: &WebhookId) -> Result<Place, InvalidRequest> {
        Ok(Place::at(["webhooks", segment(id)?, ""]))
    }

    fn deliveries(&self, query: &DeliveryQuery) -> Option<Place> {
        let DeliveryQuery {
            since,
            until,
            event_type,
            status_code,
            page_size,
        } = query;
        let place = Place::at(["webhook-requests", ""]);
        Some(place.asking([
            ("created_at__gte", since.map(|at| at.to_string())),
            ("created_at__lte", until.map(|at| at.to_string())),
            ("event_type", event_type.as_ref().map(|t| t.to_string())),
            ("status_code", status_code.map(|code| code.to_string())),
            ("page_size", page_size.map(|size| size.to_string())),
        ]))
    }

    fn create(&self, new: &NewWebhook) -> Result<Call, InvalidRequest> {
        let body = CreateBody::new(new, self.0).ok_or(InvalidRequest::Environment {
            provider: self.0.title,
            env_type: new.env_type,
        })?;
        Ok(Call::json(Method::POST, self.list(), &body))
    }

    fn update(&self, id: &WebhookId, patch: &WebhookPatch) -> Result<Call, InvalidRequest> {
        let body = UpdateBody::new(patch);
        Ok(Call::json(Method::PATCH, self.webhook(id)?, &body))
    }

    fn delete(&self, id: &WebhookId) -> Result<Call, InvalidRequest> {
        Ok(Call::new(Method::DELETE, self.webhook(id)?, Bytes::new()))
    }

    /// A POST that a proxy redirected comes back as the list's 200.
    fn created(&self) -> StatusCode {
        StatusCode::CREATED
    }

    fn read_webhook(&self, value: Value) -> Option<LiveWebhook> {
        webhook::decode(value, self.0)
    }

    fn is_of(&self, webhook: &LiveWebhook, env_type: EnvType) -> bool {
        match (webhook.env_type, webhook.other.get("env_type")) {
            (Some(reported), _) => reported == env_type,
            (None, None) => true,
            // "Not production", and more than one environment is not.
            (None, Some(Value::Bool(false))) => env_type != EnvType::Production,
            (None, Some(_)) => false,
        }
    }

    fn read_page(&self, value: Value) -> Option<Page> {
        page::decode(value)
    }

    fn read_delivery(&self, value: Value) -> Option<Delivery> {
        delivery::decode(value)
    }

    fn read_refusal(&self, value: &Value) -> Option<Refusal> {
        refusal::decode(value)
    }

    /// It throttles under other statuses than 429, too, and then says so in the body.
    fn is_throttled(&self, refusal: &Refusal) -> bool {
        refusal.code.as_deref() == Some("throttled") || refusal.says("request was throttled")
    }

    fn wait_in_words(&self, refusal: &Refusal) -> Option<Duration> {
        available_in(refusal)
    }

    fn is_taken(&self, refusal: &Refusal) -> bool {
        refusal.says("already registered")
    }
}

#[cfg(test)]
mod tests;
