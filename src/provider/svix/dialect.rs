//! What is asked of the API, to the letter of its documentation, and what its answers mean.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use jiff::SignedDuration;
use serde_json::Value;

use super::{
    delivery, endpoint, page, refusal,
    sent::{CreateBody, MetadataBody, RecoverBody, RotateBody, UpdateBody},
};
use crate::{
    delivery::{Delivery, DeliveryQuery, Span},
    model::{
        Credentials, EnvType, EventType, LiveWebhook, NewWebhook, RotationWord, Secret, Standing,
        WebhookId, WebhookPatch,
    },
    provider::{
        InvalidRequest, Refusal,
        dialect::{Call, Dialect, Page, Place, available_in, is_segment, secret_header, segment},
        excerpt,
    },
};

/// The largest page that it gives.
const LARGEST: u32 = 250;

/// Svix's API.
#[derive(Debug)]
pub(crate) struct Api;

impl Api {
    /// A list of endpoints, or of what an endpoint has: of the application that the credentials name.
    fn of_application(rest: &[&str]) -> Place {
        let path = ["app", "{application}"].iter().chain(rest);
        Place {
            path: path.map(|part| (*part).to_owned()).collect(),
            query: Vec::new(),
        }
    }
}

impl Dialect for Api {
    fn headers(&self, credentials: &Credentials) -> Result<HeaderMap, InvalidRequest> {
        let json = HeaderValue::from_static("application/json");
        let bearer = format!("Bearer {}", credentials.secret().expose());
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(header::ACCEPT, json.clone());
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(header::AUTHORIZATION, secret_header(&bearer, "token")?);
        Ok(headers)
    }

    fn list(&self) -> Place {
        Place {
            query: vec![("limit", LARGEST.to_string())],
            ..Self::of_application(&["endpoint"])
        }
    }

    fn webhook(&self, id: &WebhookId) -> Result<Place, InvalidRequest> {
        Ok(Self::of_application(&["endpoint", segment(id)?]))
    }

    /// It has a list of attempts for each endpoint, and none of all.
    fn deliveries(&self, _: &DeliveryQuery) -> Option<Place> {
        None
    }

    fn has_histories(&self) -> bool {
        true
    }

    /// Times are those of attempts, and bounds are not part of what they bound.
    fn deliveries_of(
        &self,
        id: &WebhookId,
        query: &DeliveryQuery,
    ) -> Option<Result<Place, InvalidRequest>> {
        let id = match segment(id) {
            Ok(id) => id,
            Err(error) => return Some(Err(error)),
        };
        let DeliveryQuery {
            since,
            until,
            event_type,
            status_code: _, // It filters by classes of statuses only: whoever asks filters what comes.
            page_size,
        } = query;
        let size = page_size.map_or(LARGEST, |size| size.clamp(1, LARGEST));
        let moment = SignedDuration::from_micros(1);
        let after = since.map(|since| since.saturating_sub(moment).unwrap_or(since));
        let before = until.map(|until| until.saturating_add(moment).unwrap_or(until));
        let place = Self::of_application(&["attempt", "endpoint", id]);
        Some(Ok(place.asking([
            ("limit", Some(size.to_string())),
            ("with_content", Some("false".to_owned())),
            // Which event it was stands nowhere else.
            ("with_msg", Some("true".to_owned())),
            ("after", after.map(|at| at.to_string())),
            ("before", before.map(|at| at.to_string())),
            ("event_types", event_type.as_ref().map(ToString::to_string)),
        ])))
    }

    fn secret(&self, id: &WebhookId) -> Result<Option<Place>, InvalidRequest> {
        let place = Self::of_application(&["endpoint", segment(id)?, "secret"]);
        Ok(Some(place))
    }

    fn read_secret(&self, value: &Value) -> Option<Secret> {
        let text = value.get("key")?.as_str()?;
        (!text.is_empty()).then(|| Secret::new(text))
    }

    /// They are the organisation's, and no application's.
    fn event_types(&self) -> Option<Place> {
        Some(Place {
            query: vec![
                ("limit", LARGEST.to_string()),
                ("include_archived", "true".to_owned()),
            ],
            ..Place::at(["event-type"])
        })
    }

    fn read_event_type(&self, value: &Value) -> Option<(EventType, Standing)> {
        let name = value.get("name")?.as_str()?;
        let standing = match value.get("archived").and_then(Value::as_bool) {
            Some(true) => Standing::Archived,
            Some(false) | None => Standing::InUse,
        };
        Some((EventType::new(name), standing))
    }

    fn create(&self, new: &NewWebhook) -> Result<Call, InvalidRequest> {
        let place = Self::of_application(&["endpoint"]);
        Ok(Call::json(Method::POST, place, &CreateBody::new(new)))
    }

    fn create_with_secret(
        &self,
        new: &NewWebhook,
        secret: &Secret,
    ) -> Result<Call, InvalidRequest> {
        let place = Self::of_application(&["endpoint"]);
        let body = CreateBody::new(new).with(secret);
        Ok(Call::json(Method::POST, place, &body))
    }

    /// Never PUT: it makes anew what was deleted, and empties what it does not name.
    fn update(&self, id: &WebhookId, patch: &WebhookPatch) -> Result<Call, InvalidRequest> {
        let body = UpdateBody::new(patch);
        Ok(Call::json(Method::PATCH, self.webhook(id)?, &body))
    }

    fn replaces_metadata(&self) -> bool {
        true
    }

    fn secret_stored(&self, id: &WebhookId, live: &Value) -> Result<Call, InvalidRequest> {
        let body = MetadataBody::stored(live).ok_or(InvalidRequest::Metadata)?;
        Ok(Call::json(Method::PATCH, self.webhook(id)?, &body))
    }

    fn rotate(
        &self,
        id: &WebhookId,
        secret: Option<&Secret>,
        overlap: Duration,
    ) -> Result<Call, InvalidRequest> {
        let place = Self::of_application(&["endpoint", segment(id)?, "secret", "rotate"]);
        let body = RotateBody::new(secret, overlap);
        Ok(Call::json(Method::POST, place, &body))
    }

    fn note_rotation(
        &self,
        id: &WebhookId,
        live: &Value,
        word: &RotationWord,
    ) -> Result<Call, InvalidRequest> {
        let body = MetadataBody::rotated(live, word).ok_or(InvalidRequest::Metadata)?;
        Ok(Call::json(Method::PATCH, self.webhook(id)?, &body))
    }

    fn recover(&self, id: &WebhookId, span: Span) -> Result<Call, InvalidRequest> {
        let place = Self::of_application(&["endpoint", segment(id)?, "recover"]);
        Ok(Call::json(Method::POST, place, &RecoverBody::new(span)))
    }

    fn resend(&self, id: &WebhookId, event: &str) -> Result<Call, InvalidRequest> {
        if !is_segment(event) {
            return Err(InvalidRequest::Event(excerpt(event)));
        }
        let place = Self::of_application(&["msg", event, "endpoint", segment(id)?, "resend"]);
        Ok(Call::new(Method::POST, place, Bytes::new()))
    }

    fn read_attempt(&self, value: &Value) -> Option<(String, String)> {
        let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
        Some((text("id")?, text("msgId")?))
    }

    fn delete(&self, id: &WebhookId) -> Result<Call, InvalidRequest> {
        Ok(Call::new(Method::DELETE, self.webhook(id)?, Bytes::new()))
    }

    fn created(&self) -> StatusCode {
        StatusCode::CREATED
    }

    /// A server of one's own keeps answers for twelve hours.
    fn idempotency_header(&self) -> Option<HeaderName> {
        Some(HeaderName::from_static("idempotency-key"))
    }

    fn read_webhook(&self, value: Value) -> Option<LiveWebhook> {
        endpoint::decode(value)
    }

    /// What a token sees belongs to one environment.
    fn is_of(&self, _: &LiveWebhook, _: EnvType) -> bool {
        true
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

    fn is_throttled(&self, refusal: &Refusal) -> bool {
        refusal.code.as_deref() == Some("rate_limit")
    }

    fn wait_in_words(&self, refusal: &Refusal) -> Option<Duration> {
        available_in(refusal)
    }

    /// URLs are nobody's own; a uid is, and is never sent.
    fn is_taken(&self, _: &Refusal) -> bool {
        false
    }
}
