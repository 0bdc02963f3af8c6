//! Requests: what the engine makes of a dialect's calls.
//!
//! Pure: a base URL, a dialect, credentials and a wish go in, an [`http::Request`] comes out. This
//! module must not know sockets or retries.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use url::Url;

use super::{
    InvalidRequest,
    dialect::{Call, Dialect, Place, is_segment},
};
use crate::{
    delivery::DeliveryQuery,
    model::{Credentials, MaskedText, NewWebhook, Secret, WebhookId, WebhookPatch},
    net::{BaseUrl, USER_AGENT},
};

/// Builds the requests of one account's environment.
#[derive(Clone, Debug)]
pub(crate) struct Requests {
    base: BaseUrl,
    dialect: &'static dyn Dialect,
    headers: HeaderMap,
    /// What segments of paths stand for.
    segments: BTreeMap<String, MaskedText>,
}

impl Requests {
    /// # Errors
    ///
    /// Credentials that no header, or no path, can carry.
    pub(crate) fn new(
        base: BaseUrl,
        dialect: &'static dyn Dialect,
        credentials: &Credentials,
    ) -> Result<Self, InvalidRequest> {
        let mut headers = dialect.headers(credentials)?;
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        let requests = Self {
            base,
            dialect,
            headers,
            segments: credentials
                .others()
                .filter(|(_, value)| is_segment(value.expose()))
                .map(|(key, value)| (format!("{{{key}}}"), MaskedText::sensitive(value.expose())))
                .collect(),
        };
        requests.check_segments(credentials)?;
        Ok(requests)
    }

    /// Whether there is something for each segment that stands for a credential.
    fn check_segments(&self, credentials: &Credentials) -> Result<(), InvalidRequest> {
        let list = self.dialect.list();
        let missing = list.path.iter().find_map(|segment| {
            let key = segment.strip_prefix('{')?.strip_suffix('}')?;
            (!self.segments.contains_key(segment)).then_some(key)
        });
        let Some(missing) = missing else {
            return Ok(());
        };
        let mut others = credentials.others();
        Err(match others.find(|(known, _)| *known == missing) {
            Some((key, _)) => InvalidRequest::Path(key),
            None => InvalidRequest::NoCredential(missing.to_owned()),
        })
    }

    /// Where the API is.
    pub(crate) fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// How the provider is spoken to.
    pub(crate) fn dialect(&self) -> &'static dyn Dialect {
        self.dialect
    }

    /// Where the list of webhooks is.
    pub(crate) fn list_url(&self) -> Url {
        self.url(&self.dialect.list())
    }

    /// Where the first page of deliveries is; `None` where the provider has no request history.
    pub(crate) fn deliveries_url(&self, query: &DeliveryQuery) -> Option<Url> {
        Some(self.url(&self.dialect.deliveries(query)?))
    }

    /// Where the first page of one webhook's deliveries is, at a provider that has only such; `None` at others.
    pub(crate) fn deliveries_url_of(
        &self,
        id: &WebhookId,
        query: &DeliveryQuery,
    ) -> Option<Result<Url, InvalidRequest>> {
        let place = self.dialect.deliveries_of(id, query)?;
        Some(place.map(|place| self.url(&place)))
    }

    /// Where the first page of the account's event types is; `None` where they are not its own.
    pub(crate) fn event_types_url(&self) -> Option<Url> {
        Some(self.url(&self.dialect.event_types()?))
    }

    /// Where the key of a webhook is; `None` where the provider shows none.
    pub(crate) fn secret_url(&self, id: &WebhookId) -> Result<Option<Url>, InvalidRequest> {
        let place = self.dialect.secret(id)?;
        Ok(place.map(|place| self.url(&place)))
    }

    /// Whether a create may be sent again, as the provider gives its first answer to it again.
    pub(crate) fn is_idempotent(&self) -> bool {
        self.dialect.idempotency_header().is_some()
    }

    /// Whether this is the path of a list, which is there even where nothing is in it.
    pub(crate) fn is_list(&self, path: &str) -> bool {
        let history = self.deliveries_url(&DeliveryQuery::default());
        let lists = std::iter::once(self.list_url()).chain(history);
        let mut lists = lists.chain(self.event_types_url());
        lists.any(|list| list.path() == path)
    }

    /// One webhook.
    pub(crate) fn retrieve(&self, id: &WebhookId) -> Result<http::Request<Bytes>, InvalidRequest> {
        self.follow(&self.url(&self.dialect.webhook(id)?))
    }

    /// A new webhook, with the secret that its user chose, if any. `key` makes repeating it harmless, where the provider
    /// takes one.
    pub(crate) fn create(
        &self,
        new: &NewWebhook,
        secret: Option<&Secret>,
        key: &HeaderValue,
    ) -> Result<http::Request<Bytes>, InvalidRequest> {
        let call = match secret {
            Some(secret) => self.dialect.create_with_secret(new, secret)?,
            None => self.dialect.create(new)?,
        };
        self.once(call, key)
    }

    /// Changes to a webhook: the fields that change and nothing else.
    pub(crate) fn update(
        &self,
        id: &WebhookId,
        patch: &WebhookPatch,
    ) -> Result<http::Request<Bytes>, InvalidRequest> {
        if patch.is_empty() {
            return Err(InvalidRequest::NothingToChange);
        }
        self.call(self.dialect.update(id, patch)?)
    }

    /// A call of the dialect. `key` makes repeating it harmless, where the provider takes one.
    pub(crate) fn once(
        &self,
        call: Call,
        key: &HeaderValue,
    ) -> Result<http::Request<Bytes>, InvalidRequest> {
        let mut request = self.call(call)?;
        if let Some(name) = self.dialect.idempotency_header() {
            request.headers_mut().insert(name, key.clone());
        }
        Ok(request)
    }

    /// The end of a webhook.
    pub(crate) fn delete(&self, id: &WebhookId) -> Result<http::Request<Bytes>, InvalidRequest> {
        self.call(self.dialect.delete(id)?)
    }

    /// A page or a redirect of the API itself; the caller has made sure that it is.
    pub(crate) fn follow(&self, url: &Url) -> Result<http::Request<Bytes>, InvalidRequest> {
        self.build(Method::GET, url, Bytes::new())
    }

    fn url(&self, place: &Place) -> Url {
        let segments = place.path.iter();
        let segments: Vec<&str> = segments
            .map(|segment| {
                let own = self.segments.get(segment);
                own.map_or(segment.as_str(), MaskedText::expose)
            })
            .collect();
        let mut url = self.base.resource(&segments);
        for (name, value) in &place.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        url
    }

    /// A call of the dialect.
    pub(crate) fn call(&self, call: Call) -> Result<http::Request<Bytes>, InvalidRequest> {
        let Call {
            method,
            place,
            body,
            content_type,
        } = call;
        let mut request = self.build(method, &self.url(&place), body)?;
        if let Some(media_type) = content_type {
            let media_type = HeaderValue::from_static(media_type);
            request
                .headers_mut()
                .insert(header::CONTENT_TYPE, media_type);
        }
        Ok(request)
    }

    fn build(
        &self,
        method: Method,
        url: &Url,
        body: Bytes,
    ) -> Result<http::Request<Bytes>, InvalidRequest> {
        let uri: http::Uri = url.as_str().parse().map_err(|_| InvalidRequest::Url)?;
        let mut request = http::Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        request.headers_mut().clone_from(&self.headers);
        Ok(request)
    }
}
