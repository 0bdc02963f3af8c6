//! Requests: what is asked of the provider, to the letter of its documentation.
//!
//! Pure: a base URL, a profile, credentials and a wish go in, an [`http::Request`] comes out. This
//! module must not know sockets or retries.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde::Serialize;
use url::Url;

use super::wire::{CreateBody, UpdateBody, excerpt};
use crate::{
    delivery::DeliveryQuery,
    model::{Credentials, NewWebhook, ProviderProfile, WebhookId, WebhookPatch},
    net::{BaseUrl, USER_AGENT},
};

/// Why a request cannot be made; nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRequest {
    /// A credential has characters that no header can carry.
    #[error("the {0} has characters that an HTTP header cannot carry, such as a line break")]
    Credentials(&'static str),
    /// The provider has no environment of this kind.
    #[error("{provider} has no {env_type} environment")]
    Environment {
        /// The provider.
        provider: &'static str,
        /// The kind of environment.
        env_type: crate::model::EnvType,
    },
    /// An id that would make the request mean another resource.
    #[error("`{0}` cannot be a webhook's id")]
    Id(String),
    /// An update that changes nothing.
    #[error("the update changes nothing")]
    NothingToChange,
    /// A URL that no request can be sent to.
    #[error("the provider's URL cannot be requested")]
    Url,
}

/// Builds the requests of one account's environment.
#[derive(Clone, Debug)]
pub(crate) struct Requests {
    base: BaseUrl,
    profile: &'static ProviderProfile,
    headers: HeaderMap,
}

impl Requests {
    /// # Errors
    ///
    /// Credentials that no header can carry.
    pub(crate) fn new(
        base: BaseUrl,
        profile: &'static ProviderProfile,
        credentials: &Credentials,
    ) -> Result<Self, InvalidRequest> {
        let Credentials {
            client_id,
            access_secret,
        } = credentials;
        let sensitive = |text: &str, what| {
            let mut value =
                HeaderValue::from_str(text).map_err(|_| InvalidRequest::Credentials(what))?;
            value.set_sensitive(true);
            Ok(value)
        };
        let json = HeaderValue::from_static("application/json");
        let mut headers = HeaderMap::with_capacity(5);
        headers.insert(header::ACCEPT, json.clone());
        // Documented as required, without an exception for requests that have no body.
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        headers.insert(
            "x-access-client-id",
            sensitive(client_id.expose(), "client id")?,
        );
        headers.insert(
            "x-access-secret",
            sensitive(access_secret.expose(), "access secret")?,
        );
        Ok(Self {
            base,
            profile,
            headers,
        })
    }

    /// Where the API is.
    pub(crate) fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// The provider's profile.
    pub(crate) fn profile(&self) -> &'static ProviderProfile {
        self.profile
    }

    /// Where the list of webhooks is. It documents no query parameters, so none is sent.
    pub(crate) fn list_url(&self) -> Url {
        self.base.under(&["webhooks"])
    }

    /// One webhook.
    pub(crate) fn retrieve(&self, id: &WebhookId) -> Result<http::Request<Bytes>, InvalidRequest> {
        self.follow(&self.webhook_url(id)?)
    }

    /// A new webhook.
    pub(crate) fn create(&self, new: &NewWebhook) -> Result<http::Request<Bytes>, InvalidRequest> {
        let body = CreateBody::new(new, self.profile).ok_or(InvalidRequest::Environment {
            provider: self.profile.title,
            env_type: new.env_type,
        })?;
        self.build(Method::POST, &self.list_url(), json(&body))
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
        let body = json(&UpdateBody::new(patch));
        self.build(Method::PATCH, &self.webhook_url(id)?, body)
    }

    /// The end of a webhook.
    pub(crate) fn delete(&self, id: &WebhookId) -> Result<http::Request<Bytes>, InvalidRequest> {
        self.build(Method::DELETE, &self.webhook_url(id)?, Bytes::new())
    }

    /// Where the first page of deliveries is.
    pub(crate) fn deliveries_url(&self, query: &DeliveryQuery) -> Url {
        let DeliveryQuery {
            since,
            until,
            event_type,
            status_code,
            page_size,
        } = query;
        let parameters = [
            ("created_at__gte", since.map(|at| at.to_string())),
            ("created_at__lte", until.map(|at| at.to_string())),
            ("event_type", event_type.as_ref().map(|t| t.to_string())),
            ("status_code", status_code.map(|code| code.to_string())),
            ("page_size", page_size.map(|size| size.to_string())),
        ];
        let mut url = self.base.under(&["webhook-requests"]);
        for (name, value) in parameters {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, &value);
            }
        }
        url
    }

    /// A page or a redirect of the API itself; the caller has made sure that it is.
    pub(crate) fn follow(&self, url: &Url) -> Result<http::Request<Bytes>, InvalidRequest> {
        self.build(Method::GET, url, Bytes::new())
    }

    /// Ids come from the provider and become a path. Only one that is a segment as it stands is sent:
    /// servers differ in how often they decode a path, and a `%2F..` would end at another resource.
    fn webhook_url(&self, id: &WebhookId) -> Result<Url, InvalidRequest> {
        let id = id.as_received();
        if id.is_empty() || matches!(id, "." | "..") || !id.bytes().all(is_plain) {
            return Err(InvalidRequest::Id(excerpt(id)));
        }
        Ok(self.base.under(&["webhooks", id]))
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

/// Whether a byte stands for itself in a segment of a path (`pchar` in RFC 3986, §3.3).
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte)
}

fn json(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body)
        .expect("texts, booleans and lists of texts are always JSON")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EndpointUrl, EnvType, EventType, MaskedText, Secret, WebhookName};
    use crate::provider::{transcrypts::PROFILE as TRANSCRYPTS, truv::PROFILE as TRUV};

    fn credentials() -> Credentials {
        Credentials {
            client_id: MaskedText::plain("client-canary"),
            access_secret: Secret::new("sandbox-canary"),
        }
    }

    fn requests(profile: &'static ProviderProfile) -> Requests {
        let base = BaseUrl::new(profile.base_url, false).unwrap();
        Requests::new(base, profile, &credentials()).unwrap()
    }

    fn new_webhook(env_type: EnvType, enabled: Option<bool>) -> NewWebhook {
        NewWebhook {
            name: WebhookName::new(MaskedText::plain("acme-loans")).unwrap(),
            url: EndpointUrl::new(MaskedText::sensitive("https://H.example/t?k=v")).unwrap(),
            events: ["order-created", "link-deleted"].map(EventType::new).into(),
            env_type,
            enabled,
        }
    }

    /// The whole request, without what is sensitive.
    fn letter(request: &http::Request<Bytes>) -> String {
        let mut text = format!("{} {}\n", request.method(), request.uri());
        for (name, value) in request.headers() {
            text.push_str(&format!("{name}: {value:?}\n"));
        }
        text.push_str(std::str::from_utf8(request.body()).unwrap());
        text
    }

    #[test]
    fn create_is_sent_to_the_letter() {
        let new = new_webhook(EnvType::Development, Some(true));
        insta::assert_snapshot!(letter(&requests(&TRUV).create(&new).unwrap()).replace(env!("CARGO_PKG_VERSION"), "[VERSION]"), @r#"
        POST https://prod.truv.com/v1/webhooks/
        accept: "application/json"
        content-type: "application/json"
        user-agent: "hookwright/[VERSION]"
        x-access-client-id: Sensitive
        x-access-secret: Sensitive
        {"name":"acme-loans","webhook_url":"https://H.example/t?k=v","events":["link-deleted","order-created"],"env_type":"dev","enabled":true}
        "#);
        let new = new_webhook(EnvType::Development, None);
        let request = requests(&TRANSCRYPTS).create(&new).unwrap();
        insta::assert_snapshot!(std::str::from_utf8(request.body()).unwrap(), @r#"{"name":"acme-loans","webhook_url":"https://H.example/t?k=v","events":["link-deleted","order-created"],"env_type":"development"}"#);
        assert_eq!(request.headers()["x-access-secret"], "sandbox-canary");
        assert_eq!(request.headers()["x-access-client-id"], "client-canary");
    }

    #[test]
    fn an_update_sends_only_what_changes() {
        let id = WebhookId::new("3FA8-5f");
        let mut patch = WebhookPatch {
            enabled: Some(false),
            ..WebhookPatch::default()
        };
        let update = |patch: &WebhookPatch| requests(&TRUV).update(&id, patch).unwrap();
        let request = update(&patch);
        assert_eq!(request.method(), Method::PATCH);
        assert_eq!(request.uri(), "https://prod.truv.com/v1/webhooks/3FA8-5f/");
        assert_eq!(request.body(), r#"{"enabled":false}"#);
        patch.events = Some(["b", "a"].map(EventType::new).into());
        assert_eq!(
            update(&patch).body(),
            r#"{"events":["a","b"],"enabled":false}"#
        );
        let nothing = requests(&TRUV).update(&id, &WebhookPatch::default());
        assert_eq!(nothing.unwrap_err(), InvalidRequest::NothingToChange);
    }

    #[test]
    fn reads_and_deletes_have_no_body() {
        let requests = requests(&TRUV);
        let id = WebhookId::new("5f");
        for (request, line) in [
            (
                requests.follow(&requests.list_url()),
                "GET https://prod.truv.com/v1/webhooks/",
            ),
            (
                requests.retrieve(&id),
                "GET https://prod.truv.com/v1/webhooks/5f/",
            ),
            (
                requests.delete(&id),
                "DELETE https://prod.truv.com/v1/webhooks/5f/",
            ),
        ] {
            let request = request.unwrap();
            assert_eq!(format!("{} {}", request.method(), request.uri()), line);
            assert!(request.body().is_empty());
            assert_eq!(request.headers()["content-type"], "application/json");
        }
    }

    #[test]
    fn deliveries_are_asked_for_with_the_documented_parameters() {
        let query = DeliveryQuery {
            since: Some("2024-07-11T21:43:08+02:00".parse().unwrap()),
            until: None,
            event_type: Some(EventType::new("order-created")),
            status_code: Some(500),
            page_size: Some(50),
        };
        let url = requests(&TRUV).deliveries_url(&query);
        assert_eq!(
            url.as_str(),
            "https://prod.truv.com/v1/webhook-requests/?created_at__gte=2024-07-11T19%3A43%3A08Z&event_type=order-created&status_code=500&page_size=50"
        );
        let all = requests(&TRUV).deliveries_url(&DeliveryQuery::default());
        assert_eq!(all.as_str(), "https://prod.truv.com/v1/webhook-requests/");
    }

    #[test]
    fn an_id_is_one_segment_of_the_path_as_it_stands_or_refused() {
        let requests = requests(&TRUV);
        let uri = |id: &str| {
            let request = requests.delete(&WebhookId::new(id))?;
            Ok(request.uri().path().to_owned())
        };
        assert_eq!(
            uri("3FA8-5f.1_~@:"),
            Ok("/v1/webhooks/3FA8-5f.1_~@:/".to_owned())
        );
        for id in [
            "",
            " ",
            ".",
            "..",
            "a/../b",
            "..\\a",
            "%2e%2e",
            "a%2Fb",
            "a?b",
            "a#b",
            "a b",
            "a\tb",
            ".\n.",
            "é",
            "a\u{200b}",
        ] {
            assert!(matches!(uri(id), Err(InvalidRequest::Id(_))), "{id:?}");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let new = new_webhook(EnvType::Sandbox, None);
        let refused = requests(&TRANSCRYPTS).create(&new).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "Transcrypts has no sandbox environment"
        );

        let mut credentials = credentials();
        credentials.access_secret = Secret::new("sandbox-canary\n");
        let base = BaseUrl::new(TRUV.base_url, false).unwrap();
        let refused = Requests::new(base, &TRUV, &credentials).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the access secret has characters that an HTTP header cannot carry, such as a line break"
        );
    }

    #[test]
    fn debug_shows_no_credentials() {
        let requests = requests(&TRUV);
        let shown = format!(
            "{requests:?} {:?}",
            requests.follow(&requests.list_url()).unwrap()
        );
        assert!(!shown.contains("canary"), "{shown}");
    }
}
