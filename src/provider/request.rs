//! Requests: what the engine makes of a dialect's calls.
//!
//! Pure: a base URL, a dialect, credentials and a wish go in, an [`http::Request`] comes out. This
//! module must not know sockets or retries.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use url::Url;

use super::{
    InvalidRequest,
    dialect::{Call, Dialect, Place},
};
use crate::{
    delivery::DeliveryQuery,
    model::{Credentials, NewWebhook, WebhookId, WebhookPatch},
    net::{BaseUrl, USER_AGENT},
};

/// Builds the requests of one account's environment.
#[derive(Clone, Debug)]
pub(crate) struct Requests {
    base: BaseUrl,
    dialect: &'static dyn Dialect,
    headers: HeaderMap,
}

impl Requests {
    /// # Errors
    ///
    /// Credentials that no header can carry.
    pub(crate) fn new(
        base: BaseUrl,
        dialect: &'static dyn Dialect,
        credentials: &Credentials,
    ) -> Result<Self, InvalidRequest> {
        let mut headers = dialect.headers(credentials)?;
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        Ok(Self {
            base,
            dialect,
            headers,
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

    /// Where the first page of deliveries is.
    pub(crate) fn deliveries_url(&self, query: &DeliveryQuery) -> Url {
        self.url(&self.dialect.deliveries(query))
    }

    /// Whether this is the path of a list, which is there even where nothing is in it.
    pub(crate) fn is_list(&self, path: &str) -> bool {
        let history = self.deliveries_url(&DeliveryQuery::default());
        [self.list_url(), history]
            .iter()
            .any(|list| list.path() == path)
    }

    /// One webhook.
    pub(crate) fn retrieve(&self, id: &WebhookId) -> Result<http::Request<Bytes>, InvalidRequest> {
        self.follow(&self.url(&self.dialect.webhook(id)?))
    }

    /// A new webhook.
    pub(crate) fn create(&self, new: &NewWebhook) -> Result<http::Request<Bytes>, InvalidRequest> {
        self.call(self.dialect.create(new)?)
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

    /// The end of a webhook.
    pub(crate) fn delete(&self, id: &WebhookId) -> Result<http::Request<Bytes>, InvalidRequest> {
        self.call(self.dialect.delete(id)?)
    }

    /// A page or a redirect of the API itself; the caller has made sure that it is.
    pub(crate) fn follow(&self, url: &Url) -> Result<http::Request<Bytes>, InvalidRequest> {
        self.build(Method::GET, url, Bytes::new())
    }

    fn url(&self, place: &Place) -> Url {
        let mut url = self.base.resource(&place.path);
        for (name, value) in &place.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        url
    }

    fn call(&self, call: Call) -> Result<http::Request<Bytes>, InvalidRequest> {
        let Call {
            method,
            place,
            body,
        } = call;
        self.build(method, &self.url(&place), body)
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
