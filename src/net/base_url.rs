//! Where a provider's API is, and whether another URL is part of it.

use url::Url;

use crate::model::{EndpointUrl, ExactUrl, InvalidUrl, MaskedText};

/// Why a text is not the base URL of an API.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBaseUrl {
    /// The text is no absolute URL, or programs read it in different ways.
    #[error("{0}")]
    Unreadable(InvalidUrl),
    /// The scheme is neither `https` nor `http`.
    #[error("the scheme `{0}` is not supported; use `https`")]
    Scheme(String),
    /// Plain `http` to another machine would show the credentials to everybody on the way.
    #[error("plain `http` to another machine would send the credentials unencrypted")]
    PlainHttp,
    /// The URL has a user name or a password in it.
    #[error("credentials do not belong into the base URL")]
    Credentials,
    /// The URL has a query or a fragment.
    #[error("a base URL has neither a query nor a fragment")]
    QueryOrFragment,
}

/// The base URL of an API: absolute, ending in `/`, without credentials, query or fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Takes a base URL; a missing slash at the end is added. `allow_http` lets plain `http` leave
    /// this machine.
    ///
    /// # Errors
    ///
    /// Text that is no absolute `https` URL, or that says more than where the API is.
    pub fn new(text: &str, allow_http: bool) -> Result<Self, InvalidBaseUrl> {
        let mut url = Url::from(ExactUrl::new(text).map_err(InvalidBaseUrl::Unreadable)?);
        if !matches!(url.scheme(), "https" | "http") {
            return Err(InvalidBaseUrl::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidBaseUrl::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidBaseUrl::QueryOrFragment);
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        let base = Self(url);
        if base.is_plain_http() && !allow_http && !base.is_loopback() {
            return Err(InvalidBaseUrl::PlainHttp);
        }
        Ok(base)
    }

    /// The URL's text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    #[cfg(feature = "http")]
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// Whether the API is spoken to without TLS.
    pub fn is_plain_http(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// Whether the API is on this machine.
    pub fn is_loopback(&self) -> bool {
        EndpointUrl::from_live(MaskedText::plain(self.as_str())).is_loopback()
    }

    /// The URL of these path segments under the base. It ends in `/` only where the last of them is empty.
    pub(crate) fn resource(&self, segments: &[impl AsRef<str>]) -> Url {
        let mut url = self.0.clone();
        url.path_segments_mut()
            .expect("http and https URLs have path segments")
            .pop_if_empty()
            .extend(segments);
        url
    }

    /// The URL that `reference` (relative or absolute) means, if it has the API's own scheme, host
    /// and port, and every program reads that in it. Credentials and fragments in it are dropped.
    pub(crate) fn same_origin(&self, from: &Url, reference: &str) -> Option<Url> {
        let meant = Url::from(ExactUrl::join(from, reference)?);
        if meant.origin() != self.0.origin() {
            return None;
        }
        let mut url = self.0.clone();
        url.set_path(meant.path());
        url.set_query(meant.query());
        Some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_slash_is_added() {
        let base = BaseUrl::new("https://api.example.com/v1", false).unwrap();
        assert_eq!(base.as_str(), "https://api.example.com/v1/");
        let root = BaseUrl::new("http://127.0.0.1:8080", false).unwrap();
        assert_eq!(
            root.resource(&["webhooks", ""]).as_str(),
            "http://127.0.0.1:8080/webhooks/"
        );
    }

    #[test]
    fn what_is_no_base_url_is_refused_with_the_reason() {
        let reason = |text| BaseUrl::new(text, false).unwrap_err();
        assert!(matches!(reason("/v1/"), InvalidBaseUrl::Unreadable(_)));
        assert_eq!(reason("ftp://h/"), InvalidBaseUrl::Scheme("ftp".to_owned()));
        assert_eq!(reason("http://h.example/"), InvalidBaseUrl::PlainHttp);
        assert_eq!(reason("https://u:p@h/"), InvalidBaseUrl::Credentials);
        assert_eq!(reason("https://h/?a=b"), InvalidBaseUrl::QueryOrFragment);
        assert_eq!(reason("https://h/#f"), InvalidBaseUrl::QueryOrFragment);
        assert!(BaseUrl::new("http://h.example/", true).is_ok());
        assert!(BaseUrl::new("http://[::1]:9/", false).is_ok());
    }

    #[test]
    fn only_the_same_scheme_host_and_port_is_the_same_origin() {
        let base = BaseUrl::new("https://h.example/v1/", false).unwrap();
        let list = base.resource(&["webhooks", ""]);
        let same = |reference| base.same_origin(&list, reference).map(String::from);
        let page = Some("https://h.example/v1/webhooks/?cursor=a".to_owned());
        assert_eq!(
            same("https://u:p@h.example:443/v1/webhooks/?cursor=a#f"),
            page
        );
        assert_eq!(same("?cursor=a"), page);
        for foreign in [
            "http://h.example/v1/",
            "https://h.example:444/v1/",
            "https://h.example.evil.test/v1/",
            "//evil.test/",
            "https://h.example@evil.test/",
            "https:\\\\h.example\\v1/",
            "https://h.example\\@evil.test/",
            "https:h.example/v1/",
            "https:///h.example/v1/",
            "/\\h.example/v1/",
            "\\\\h.example/v1/",
            "///h.example/v1/",
            " /v1/",
            "/v1/\twebhooks/",
            "https://h.example./v1/",
            "https://%68.example/v1/",
            "https://ｈ.example/v1/",
            "https://h.example:/v1/",
            "//h.example\u{200b}/v1/",
        ] {
            assert_eq!(same(foreign), None, "{foreign}");
        }
    }
}
