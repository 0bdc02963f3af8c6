//! The transport over real sockets: the one file that names the HTTP crate.

use std::{fmt, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::{Certificate, Client, ClientBuilder, Identity, redirect};

use super::{Transport, TransportError, TransportErrorKind};
use crate::provider::BaseUrl;

/// How requests are carried.
#[derive(Clone)]
pub struct HttpConfig {
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long the provider may be silent.
    pub read_timeout: Duration,
    /// How long a request may take until its answer is complete.
    pub timeout: Duration,
    /// The largest answer that is taken, in bytes, decompressed.
    pub max_body: usize,
    /// Certificates of authorities, in PEM, that are trusted in place of the operating system's.
    pub authorities: Option<Vec<u8>>,
    /// The client's certificate and private key, in PEM, where the provider asks for them.
    pub identity: Option<Vec<u8>>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            timeout: Duration::from_secs(60),
            max_body: 16 * 1024 * 1024,
            authorities: None,
            identity: None,
        }
    }
}

impl fmt::Debug for HttpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            connect_timeout,
            read_timeout,
            timeout,
            max_body,
            authorities,
            identity,
        } = self;
        f.debug_struct("HttpConfig")
            .field("connect_timeout", connect_timeout)
            .field("read_timeout", read_timeout)
            .field("timeout", timeout)
            .field("max_body", max_body)
            .field("authorities", &authorities.as_ref().map(Vec::len))
            .field("identity", &identity.as_ref().map(|_| "***"))
            .finish()
    }
}

/// Why there can be no transport of this configuration.
#[derive(Debug, thiserror::Error)]
pub enum InvalidHttpConfig {
    /// The authorities cannot be read.
    #[error("the certificates of the trusted authorities cannot be read")]
    Authorities(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There is no certificate in the authorities, so nothing would be trusted.
    #[error("there is no certificate among the trusted authorities")]
    NoAuthority,
    /// The client's identity cannot be read.
    #[error("the client's certificate and private key cannot be read")]
    Identity(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// TLS cannot be set up; also where the operating system has no trusted certificates.
    #[error("TLS cannot be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Sends requests over TCP, with TLS verified where the URL says `https`.
///
/// The system's proxies are used, but not for a provider on this machine.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: Client,
    max_body: usize,
    timeout: Duration,
}

impl HttpTransport {
    /// A transport for the API at `base_url`.
    ///
    /// # Errors
    ///
    /// Certificates or keys that cannot be read, or a system without trusted certificates.
    pub fn new(base_url: &BaseUrl, config: &HttpConfig) -> Result<Self, InvalidHttpConfig> {
        // Without a provider the TLS library panics. Where one is installed already, that one serves.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let mut builder = Client::builder()
            // Redirects would carry the credentials on; the built-in retries have no delay.
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(config.connect_timeout)
            .read_timeout(config.read_timeout)
            .timeout(config.timeout);
        builder = trust(builder, base_url, config.authorities.as_deref())?;
        if base_url.is_loopback() {
            // To a proxy, a loopback address is the proxy's own machine.
            builder = builder.no_proxy();
        }
        if let Some(pem) = &config.identity {
            let identity = Identity::from_pem(pem)
                .map_err(|error| InvalidHttpConfig::Identity(error.into()))?;
            builder = builder.identity(identity);
        }
        let client = builder
            .build()
            .map_err(|error| InvalidHttpConfig::Tls(error.into()))?;
        Ok(Self {
            client,
            max_body: config.max_body,
            timeout: config.timeout,
        })
    }

    async fn whole_body(&self, mut response: reqwest::Response) -> Result<Bytes, TransportError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(incomplete)? {
            if body.len() + chunk.len() > self.max_body {
                return Err(TransportError {
                    kind: TransportErrorKind::TooLarge,
                    message: format!("the answer is larger than {} bytes", self.max_body),
                    source: None,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

impl Transport for HttpTransport {
    async fn send(
        &self,
        request: ::http::Request<Bytes>,
    ) -> Result<::http::Response<Bytes>, TransportError> {
        let request = reqwest::Request::try_from(request).map_err(unsent)?;
        let sent = self.client.execute(request).await;
        let response = sent.map_err(|error| unanswered(error, self.timeout))?;
        let mut answer = ::http::Response::new(Bytes::new());
        *answer.status_mut() = response.status();
        *answer.version_mut() = response.version();
        answer.headers_mut().clone_from(response.headers());
        *answer.body_mut() = self.whole_body(response).await?;
        Ok(answer)
    }
}

/// Who is trusted: the given authorities, else the operating system's.
///
/// Reading the operating system's takes longer than most runs against a simulator, which speaks
/// plain HTTP: there nobody is trusted, so TLS would fail rather than go unverified.
fn trust(
    builder: ClientBuilder,
    base_url: &BaseUrl,
    authorities: Option<&[u8]>,
) -> Result<ClientBuilder, InvalidHttpConfig> {
    if let Some(pem) = authorities {
        let certificates = Certificate::from_pem_bundle(pem)
            .map_err(|error| InvalidHttpConfig::Authorities(error.into()))?;
        if certificates.is_empty() {
            return Err(InvalidHttpConfig::NoAuthority);
        }
        return Ok(builder.tls_certs_only(certificates));
    }
    if base_url.is_plain_http() && base_url.is_loopback() {
        return Ok(builder.tls_certs_only([]));
    }
    Ok(builder)
}

/// An error before anything was sent.
fn unsent(error: reqwest::Error) -> TransportError {
    wrap(
        TransportErrorKind::Connect,
        "the request is not valid",
        error,
    )
}

/// An error before the beginning of an answer.
fn unanswered(error: reqwest::Error, timeout: Duration) -> TransportError {
    // First, as a connection that took too long is also a time-out, but surely carried nothing.
    if error.is_connect() {
        let message = if error.is_timeout() {
            "no connection came about in time"
        } else {
            "no connection could be made"
        };
        return wrap(TransportErrorKind::Connect, message, error);
    }
    if error.is_builder() {
        return unsent(error);
    }
    if error.is_timeout() {
        let message = format!("no answer came within {timeout:?}");
        return wrap(TransportErrorKind::Timeout, &message, error);
    }
    let message = "the connection broke before an answer came";
    wrap(TransportErrorKind::Interrupted, message, error)
}

/// An error within an answer.
fn incomplete(error: reqwest::Error) -> TransportError {
    if error.is_timeout() {
        let message = "the answer was not complete in time";
        return wrap(TransportErrorKind::Timeout, message, error);
    }
    wrap(
        TransportErrorKind::Interrupted,
        "the answer was cut off",
        error,
    )
}

/// Keeps the cause without its URL, whose query may hold what must not be shown.
fn wrap(kind: TransportErrorKind, message: &str, error: reqwest::Error) -> TransportError {
    TransportError {
        kind,
        message: message.to_owned(),
        source: Some(Box::new(error.without_url())),
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod tls_tests;
