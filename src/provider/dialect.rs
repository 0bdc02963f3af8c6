//! How one provider is spoken to: where the engine ends and a provider's folder begins.

use std::{borrow::Cow, fmt::Debug, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde_json::Value;

use super::{InvalidRequest, Refusal, excerpt};
use crate::{
    delivery::{Delivery, DeliveryQuery, Span},
    model::{
        Credentials, EnvType, EventType, LiveWebhook, NewWebhook, RotationWord, Secret, Standing,
        WebhookId, WebhookPatch,
    },
    net::whole_seconds,
};

/// What is asked of one provider's API, and how its answers are read.
///
/// Pure: a wish goes in and a [`Call`] comes out, JSON goes in and a noun comes out. The engine adds where the API is,
/// sends, repeats, masks what is sensitive, and does everything that is the same at each provider.
///
/// What is sent follows the provider's documentation to the letter. What comes is read liberally: every shape that the
/// documentation shows, or allows.
pub(crate) trait Dialect: Debug + Send + Sync {
    /// The headers that all requests have: who asks, and in what form. See [`secret_header`]. A [`Call`] can have more.
    ///
    /// # Errors
    ///
    /// Credentials that no header can carry.
    fn headers(&self, credentials: &Credentials) -> Result<HeaderMap, InvalidRequest>;

    /// Where the list of webhooks is.
    fn list(&self) -> Place;

    /// Where one webhook is.
    ///
    /// # Errors
    ///
    /// An id that cannot be one: see [`segment`].
    fn webhook(&self, id: &WebhookId) -> Result<Place, InvalidRequest>;

    /// Where the key is that signs a webhook's deliveries; `None` where the provider shows none that is there already. The answer
    /// is read by [`Dialect::read_secret`].
    ///
    /// # Errors
    ///
    /// An id that cannot be one.
    fn secret(&self, _: &WebhookId) -> Result<Option<Place>, InvalidRequest> {
        Ok(None)
    }

    /// Where the request history is, and what of it is asked for; `None` where the provider has none.
    fn deliveries(&self, query: &DeliveryQuery) -> Option<Place>;

    /// Whether the provider has a request history of each webhook, and no list of all: see [`Dialect::deliveries_of`].
    fn has_histories(&self) -> bool {
        false
    }

    /// Where the request history of one webhook is, at a provider that has such histories and no list of all; `None` at
    /// others.
    ///
    /// # Errors
    ///
    /// An id that cannot be one: see [`segment`].
    fn deliveries_of(
        &self,
        _: &WebhookId,
        _: &DeliveryQuery,
    ) -> Option<Result<Place, InvalidRequest>> {
        None
    }

    /// Where the account's event types are listed, those that were put away among them; `None` where they are the provider's
    /// own, and no account's.
    fn event_types(&self) -> Option<Place> {
        None
    }

    /// Reads an event type of such a list; `None` where it has no name.
    fn read_event_type(&self, _: &Value) -> Option<(EventType, Standing)> {
        None
    }

    /// Creates a webhook.
    ///
    /// # Errors
    ///
    /// One that the provider cannot have.
    fn create(&self, new: &NewWebhook) -> Result<Call, InvalidRequest>;

    /// Creates a webhook whose deliveries are signed with this key, which its user chose.
    ///
    /// # Errors
    ///
    /// A provider that takes none.
    fn create_with_secret(&self, _: &NewWebhook, _: &Secret) -> Result<Call, InvalidRequest> {
        Err(InvalidRequest::ChosenSecret)
    }

    /// Changes a webhook. `patch` is not empty.
    ///
    /// # Errors
    ///
    /// An id that cannot be one, or what the provider cannot change.
    fn update(&self, id: &WebhookId, patch: &WebhookPatch) -> Result<Call, InvalidRequest>;

    /// Whether a change of a webhook's metadata replaces all of it. Then what is there is read right before.
    fn replaces_metadata(&self) -> bool {
        false
    }

    /// Takes out the note that the signing secret of a webhook is stored nowhere. What else is noted there stays: it was read as
    /// this a moment ago, where [`Dialect::replaces_metadata`] says so, and is null elsewhere.
    ///
    /// # Errors
    ///
    /// A provider that keeps no such note, or an id that cannot be one.
    fn secret_stored(&self, _: &WebhookId, _: &Value) -> Result<Call, InvalidRequest> {
        Err(InvalidRequest::Metadata)
    }

    /// Gives a webhook another secret: this one, or one that the provider makes. The old one stays valid for so long.
    ///
    /// # Errors
    ///
    /// A provider whose API does not do that, or an id that cannot be one.
    fn rotate(
        &self,
        _: &WebhookId,
        _: Option<&Secret>,
        _: Duration,
    ) -> Result<Call, InvalidRequest> {
        Err(InvalidRequest::NoRotation)
    }

    /// Notes at a webhook, which was read as this a moment ago, which rotation of its secret was done. What else is noted there
    /// stays, but for that its secret is lost: it is no more.
    ///
    /// # Errors
    ///
    /// A provider that keeps no such note, an id that cannot be one, or notes that cannot be read.
    fn note_rotation(
        &self,
        _: &WebhookId,
        _: &Value,
        _: &RotationWord,
    ) -> Result<Call, InvalidRequest> {
        Err(InvalidRequest::NoRotation)
    }

    /// Asks for all events that failed at a webhook in a span of time to be sent again.
    ///
    /// # Errors
    ///
    /// A provider whose API does not do that, or an id that cannot be one.
    fn recover(&self, _: &WebhookId, _: Span) -> Result<Call, InvalidRequest> {
        Err(InvalidRequest::NoReplay)
    }

    /// Asks for one event to be sent to a webhook again.
    ///
    /// # Errors
    ///
    /// A provider whose API does not do that, or ids that cannot be such.
    fn resend(&self, _: &WebhookId, _event: &str) -> Result<Call, InvalidRequest> {
        Err(InvalidRequest::NoReplay)
    }

    /// The id of a record of the request history, and that of the event that it is an attempt at; `None` where it does not say both.
    fn read_attempt(&self, _: &Value) -> Option<(String, String)> {
        None
    }

    /// Deletes a webhook.
    ///
    /// # Errors
    ///
    /// An id that cannot be one.
    fn delete(&self, id: &WebhookId) -> Result<Call, InvalidRequest>;

    /// The one status that says that a webhook was created.
    fn created(&self) -> StatusCode;

    /// The header that makes a repeated create harmless: the provider gives its first answer again to whoever sends the same
    /// value again. `None` where it has none such.
    fn idempotency_header(&self) -> Option<HeaderName> {
        None
    }

    /// The key that signs a webhook's deliveries, where an answer shows it. [`Dialect::read_webhook`] leaves it out.
    fn read_secret(&self, _: &Value) -> Option<Secret> {
        None
    }

    /// Reads a webhook; `None` where it is no object or has no id, without which nothing can be done to it.
    fn read_webhook(&self, value: Value) -> Option<LiveWebhook>;

    /// Whether a webhook of a list is this environment's. One that says nothing is; one of an environment that this
    /// version cannot name is somebody else's: better not seen than deleted.
    fn is_of(&self, webhook: &LiveWebhook, env_type: EnvType) -> bool;

    /// Reads a page of a list; `None` where it is none.
    fn read_page(&self, value: Value) -> Option<Page>;

    /// Reads a delivery; `None` where it is no object.
    fn read_delivery(&self, value: Value) -> Option<Delivery>;

    /// Reads what the provider says when it refuses, as it came; `None` where it is not in the API's own form.
    fn read_refusal(&self, value: &Value) -> Option<Refusal>;

    /// Whether a refusal says that the rate limit is used up, whatever its status.
    fn is_throttled(&self, refusal: &Refusal) -> bool;

    /// How long a refusal asks to wait, where the headers do not say so.
    fn wait_in_words(&self, refusal: &Refusal) -> Option<Duration>;

    /// Whether the headers of an answer say that the same request may succeed when it is sent again, whatever its status;
    /// `None` where they say nothing of it.
    fn may_repeat(&self, _: &HeaderMap) -> Option<bool> {
        None
    }

    /// Whether a refusal says that another webhook has the URL.
    fn is_taken(&self, refusal: &Refusal) -> bool;
}

/// Where something is in an API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The segments of the path below the API's base URL; the last is empty where the path ends in `/`. A segment `{key}`
    /// stands for the credential of that key.
    pub(crate) path: Vec<String>,
    /// The query's parameters.
    pub(crate) query: Vec<(&'static str, String)>,
}

impl Place {
    /// The place of this path.
    pub(crate) fn at<const N: usize>(path: [&str; N]) -> Self {
        Self {
            path: path.map(str::to_owned).into(),
            query: Vec::new(),
        }
    }

    /// The same place, with those of these parameters that have a value.
    pub(crate) fn asking<const N: usize>(
        self,
        parameters: [(&'static str, Option<String>); N],
    ) -> Self {
        let given = parameters.into_iter();
        Self {
            query: given
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
            ..self
        }
    }
}

/// A request to an API, but for the headers that all requests have, and for where the API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) place: Place,
    pub(crate) body: Bytes,
    /// The media type of the body, where it is another than the headers of all requests say.
    pub(crate) content_type: Option<&'static str>,
}

impl Call {
    /// A request with a body of the media type that the headers of all requests say.
    pub(crate) fn new(method: Method, place: Place, body: impl Into<Bytes>) -> Self {
        Self {
            method,
            place,
            body: body.into(),
            content_type: None,
        }
    }

    /// A request with a body of JSON, which the headers of all requests say.
    pub(crate) fn json(method: Method, place: Place, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body);
        let body = body.expect("texts, booleans and lists of texts are always JSON");
        Self::new(method, place, body)
    }

    /// A request with a body of the form that browsers send.
    pub(crate) fn form<'p>(
        method: Method,
        place: Place,
        fields: impl IntoIterator<Item = (Cow<'p, str>, Cow<'p, str>)>,
    ) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        Self {
            content_type: Some("application/x-www-form-urlencoded"),
            ..Self::new(method, place, body)
        }
    }
}

/// One page of a list.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Page {
    /// The items.
    pub(crate) results: Vec<Value>,
    /// Where the next page is; `None` on the last one. A URL as the provider gave it, or what is made of a cursor,
    /// such as `?after=ID`: it is taken relative to this page, and only within the API.
    pub(crate) next: Option<String>,
    /// What leads to the next page, where that is a parameter of the query that asked for this one; `None` on the last one.
    pub(crate) cursor: Option<(&'static str, String)>,
    /// How many items the whole list has, where the page says so.
    pub(crate) count: Option<u64>,
}

/// The value of a header that nothing may show. `what` it is comes into the error.
pub(crate) fn secret_header(text: &str, what: &'static str) -> Result<HeaderValue, InvalidRequest> {
    let mut value = HeaderValue::from_str(text).map_err(|_| InvalidRequest::Credentials(what))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The value of a header for a part of the credentials that is not the secret. Nothing shows it either.
pub(crate) fn text_header(
    credentials: &Credentials,
    key: &'static str,
    what: &'static str,
) -> Result<HeaderValue, InvalidRequest> {
    let text = credentials
        .get(key)
        .ok_or_else(|| InvalidRequest::NoCredential(key.to_owned()))?;
    secret_header(text.expose(), what)
}

/// The wait in "Expected available in 42 seconds."
pub(crate) fn available_in(refusal: &Refusal) -> Option<Duration> {
    let (_, rest) = refusal.message.as_deref()?.split_once("available in ")?;
    whole_seconds(rest.split_whitespace().next()?)
}

/// An id as a segment of a path. Ids come from the provider. Only one that is a segment as it stands is sent: servers
/// differ in how often they decode a path, and a `%2F..` would end at another resource.
pub(crate) fn segment(id: &WebhookId) -> Result<&str, InvalidRequest> {
    let text = id.as_received();
    match is_segment(text) {
        true => Ok(text),
        false => Err(InvalidRequest::Id(excerpt(id.shown()))),
    }
}

/// Whether a text is a segment of a path as it stands.
pub(crate) fn is_segment(text: &str) -> bool {
    !text.is_empty() && !matches!(text, "." | "..") && text.bytes().all(is_plain)
}

/// Whether a byte stands for itself in a segment of a path (`pchar` in RFC 3986, §3.3).
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte)
}
