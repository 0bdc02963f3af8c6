//! The transport over real sockets: the one file that names the HTTP crate.

use std::{
    fmt,
    future::poll_fn,
    pin::pin,
    sync::{Arc, OnceLock},
    task::Poll,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use reqwest::{Certificate, Client, ClientBuilder, Identity, Proxy, redirect};
use rustls::{RootCertStore, crypto::ring};

use super::{Route, Transport, TransportError, TransportErrorKind, guarded::Guarded, pem, tls};
use crate::net::{Anew, BaseUrl, Permission, Sockets};

/// How requests are carried.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpConfig {
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long the provider may be silent.
    pub read_timeout: Duration,
    /// How long a request may take until its answer is complete.
    pub timeout: Duration,
    /// The largest answer that is taken, in bytes, decompressed.
    pub max_body: usize,
    /// How many connections to the server are kept open for later requests.
    pub max_idle: usize,
    /// Certificates of authorities, in PEM, that are trusted in place of the operating system's.
    pub authorities: Option<Vec<u8>>,
    /// What this side shows where the provider asks for a certificate.
    pub identity: Option<ClientIdentity>,
    /// Through which proxy, if any. An API on this machine is never reached through one.
    pub route: Route,
}

/// A client's certificate and its private key. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// The certificate in PEM, and behind it those that lead from it to an authority.
    pub certificate: Vec<u8>,
    /// The certificate's private key, in PEM, not encrypted.
    pub key: Vec<u8>,
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            timeout: Duration::from_secs(60),
            max_body: 16 * 1024 * 1024,
            max_idle: 16,
            authorities: None,
            identity: None,
            route: Route::System,
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
            max_idle,
            authorities,
            identity,
            route,
        } = self;
        f.debug_struct("HttpConfig")
            .field("connect_timeout", connect_timeout)
            .field("read_timeout", read_timeout)
            .field("timeout", timeout)
            .field("max_body", max_body)
            .field("max_idle", max_idle)
            .field("authorities", &authorities.as_ref().map(Vec::len))
            .field("identity", identity)
            .field("route", route)
            .finish()
    }
}

/// Why there can be no transport of this configuration.
#[derive(Debug, thiserror::Error)]
pub enum InvalidHttpConfig {
    /// The authorities cannot be read.
    #[error("a certificate cannot be read")]
    Authorities(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There is no certificate in the authorities, so nothing would be trusted.
    #[error("there is no certificate in it")]
    NoAuthority,
    /// The client's certificate cannot be read, or there is none.
    #[error("the client's certificate cannot be read")]
    ClientCertificate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The client's private key cannot be read, or is of a kind that TLS cannot use.
    #[error("the private key cannot be read")]
    ClientKey(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The private key is another certificate's.
    #[error("the private key is not that of the client's certificate")]
    OtherKey,
    /// TLS cannot be set up; also where the operating system has no trusted certificates.
    #[error("TLS cannot be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Sends requests over TCP, with TLS verified where the URL says `https`.
///
/// Proxies are used as [`HttpConfig::route`] says, but not for a provider on this machine.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: Client,
    /// Opens a connection for each request; made when it is first needed.
    anew: Arc<OnceLock<Client>>,
    base_url: BaseUrl,
    config: HttpConfig,
    sockets: Sockets,
    /// How long no answer may come: the shorter of two time-outs.
    patience: Duration,
}

impl HttpTransport {
    /// A transport for the API at `base_url`.
    ///
    /// # Errors
    ///
    /// Certificates or keys that cannot be read, or a system without trusted certificates.
    pub fn new(base_url: &BaseUrl, config: &HttpConfig) -> Result<Self, InvalidHttpConfig> {
        set_up_tls();
        Ok(Self {
            client: client(base_url, config)?,
            anew: Arc::default(),
            base_url: base_url.clone(),
            config: config.clone(),
            sockets: Sockets::default(),
            patience: config.timeout.min(config.read_timeout),
        })
    }

    /// The same, which shares these connections with others.
    #[must_use]
    pub fn with_sockets(self, sockets: Sockets) -> Self {
        Self { sockets, ..self }
    }

    /// A client that reuses no connection.
    fn anew(&self) -> &Client {
        self.anew.get_or_init(|| {
            let config = HttpConfig {
                max_idle: 0,
                ..self.config.clone()
            };
            // What could be set up once can be set up again.
            client(&self.base_url, &config).unwrap_or_else(|_| self.client.clone())
        })
    }

    /// Sends the request, and waits for the beginning of an answer. Until it is handed to a connection, it needs its
    /// permission: that one comes about may take long.
    async fn answered(
        &self,
        mut request: ::http::Request<Bytes>,
    ) -> Result<reqwest::Response, TransportError> {
        let permission = request.extensions_mut().remove::<Permission>();
        let client = match request.extensions_mut().remove::<Anew>() {
            Some(Anew) => self.anew(),
            None => &self.client,
        };
        let (body, handed) = Guarded::new(std::mem::take(request.body_mut()));
        let request = request.map(|_| reqwest::Body::wrap(body));
        let request = reqwest::Request::try_from(request).map_err(unsent)?;
        let mut sent = pin!(client.execute(request));
        poll_fn(|cx| {
            let withheld = || permission.as_ref().is_some_and(|it| !it.is_given());
            if !handed.is_over() && withheld() {
                return Poll::Ready(Err(TransportError::withheld()));
            }
            let sent = sent.as_mut().poll(cx);
            sent.map_err(|error| unanswered(error, self.patience))
        })
        .await
    }

    async fn whole_body(&self, mut response: reqwest::Response) -> Result<Bytes, TransportError> {
        let mut body = BytesMut::new();
        let status = response.status();
        let incomplete = |error| TransportError {
            status: Some(status),
            ..incomplete(error)
        };
        while let Some(chunk) = response.chunk().await.map_err(incomplete)? {
            if body.len() + chunk.len() > self.config.max_body {
                return Err(TransportError {
                    kind: TransportErrorKind::TooLarge,
                    status: Some(status),
                    message: format!("the answer is larger than {}", size(self.config.max_body)),
                    source: None,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

fn size(bytes: usize) -> String {
    const MIB: usize = 1024 * 1024;
    match bytes % MIB {
        0 => format!("{} MiB", bytes / MIB),
        _ => format!("{bytes} bytes"),
    }
}

impl Transport for HttpTransport {
    async fn send(
        &self,
        request: ::http::Request<Bytes>,
    ) -> Result<::http::Response<Bytes>, TransportError> {
        // Its turn may take as long as others' requests do.
        let _socket = self.sockets.open().await;
        let response = self.answered(request).await?;
        let mut answer = ::http::Response::new(Bytes::new());
        *answer.status_mut() = response.status();
        *answer.version_mut() = response.version();
        answer.headers_mut().clone_from(response.headers());
        *answer.body_mut() = self.whole_body(response).await?;
        Ok(answer)
    }
}

/// A client for the API at `base_url`.
fn client(base_url: &BaseUrl, config: &HttpConfig) -> Result<Client, InvalidHttpConfig> {
    let mut builder = Client::builder()
        // Redirects would carry the credentials on; the built-in retries have no delay.
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(config.connect_timeout)
        .read_timeout(config.read_timeout)
        .timeout(config.timeout)
        .pool_max_idle_per_host(config.max_idle);
    builder = trust(builder, base_url, config.authorities.as_deref())?;
    builder = match &config.route {
        // To a proxy, a loopback address is the proxy's own machine.
        _ if base_url.is_loopback() => builder.no_proxy(),
        Route::Direct => builder.no_proxy(),
        Route::System => builder,
        Route::Through(proxy) => {
            let url = proxy.exposed().clone();
            builder.proxy(Proxy::custom(move |_| Some(url.clone())))
        }
    };
    if let Some(given) = &config.identity {
        builder = builder.identity(identity(given)?);
    }
    builder
        .build()
        .map_err(|error| InvalidHttpConfig::Tls(error.into()))
}

/// Chooses the cryptography of TLS for this process: without one, the TLS library panics. Where one was
/// chosen already, that one serves.
pub fn set_up_tls() {
    ring::default_provider().install_default().ok();
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
        return Ok(builder.tls_certs_only(authorities_in(pem)?));
    }
    if base_url.is_plain_http() && base_url.is_loopback() {
        return Ok(builder.tls_certs_only([]));
    }
    Ok(builder)
}

/// The certificates of authorities, each of which TLS can use.
fn authorities_in(text: &[u8]) -> Result<Vec<Certificate>, InvalidHttpConfig> {
    let certificates = pem::certificates(text).and_then(|certificates| {
        let mut roots = RootCertStore::empty();
        // The HTTP crate would say only later, and not which.
        for certificate in &certificates {
            roots.add(certificate.clone())?;
        }
        let taken = certificates.iter().map(|der| Certificate::from_der(der));
        Ok(taken.collect::<Result<Vec<_>, _>>()?)
    });
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err(InvalidHttpConfig::NoAuthority),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(InvalidHttpConfig::Authorities(error)),
    }
}

/// The client's certificate and key, which belong together.
fn identity(given: &ClientIdentity) -> Result<Identity, InvalidHttpConfig> {
    let ClientIdentity { certificate, key } = given;
    let chain = pem::certificates(certificate)
        .and_then(|chain| match chain.is_empty() {
            true => Err(rustls::pki_types::pem::Error::NoItemsFound.into()),
            false => Ok(chain),
        })
        .map_err(InvalidHttpConfig::ClientCertificate)?;
    let private = pem::key(key).map_err(InvalidHttpConfig::ClientKey)?;
    let chain = match pem::in_order(chain, &private) {
        Ok(chain) => chain,
        Err(rustls::Error::InconsistentKeys(_)) => return Err(InvalidHttpConfig::OtherKey),
        Err(error @ rustls::Error::InvalidCertificate(_)) => {
            return Err(InvalidHttpConfig::ClientCertificate(error.into()));
        }
        Err(error) => return Err(InvalidHttpConfig::ClientKey(error.into())),
    };
    Identity::from_pem(&pem::written(&chain, &private))
        .map_err(|error| InvalidHttpConfig::ClientKey(error.into()))
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
fn unanswered(error: reqwest::Error, patience: Duration) -> TransportError {
    if tls::is_refused(&error) {
        let message = "no encrypted connection can be made";
        return wrap(TransportErrorKind::Tls, message, error);
    }
    // Before time-outs, as a connection that took too long is also a time-out, but surely carried nothing.
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
        let message = format!("no answer came within {patience:?}");
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
        status: None,
        message: message.to_owned(),
        source: Some(Box::new(error.without_url())),
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod tls_tests;
