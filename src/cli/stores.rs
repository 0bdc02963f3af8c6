//! Object stores: which one, with which credentials, and how it is spoken to.
//!
//! Requests go over the transport that APIs are spoken to with. So the same proxies and the same exceptions from them
//! count, no redirect is followed, and no answer is larger than what is asked for can be.

use std::{
    future::Future,
    num::NonZeroUsize,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use bytes::Bytes;
use http::{HeaderValue, header};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use object_store::{
    BackoffConfig, ClientConfigKey, ClientOptions, ObjectStore, RetryConfig,
    aws::AmazonS3Builder,
    azure::MicrosoftAzureBuilder,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
    },
    gcp::GoogleCloudStorageBuilder,
    path::Path,
};

use crate::{
    cli::{proxies, transport::Pool},
    lock::lease::StoreClock,
    model::{EndpointUrl, ExactUrl, MaskedText},
    net::{
        BaseUrl, HttpConfig, HttpTransport, Proxies, Sockets, Transport, TransportError,
        TransportErrorKind,
    },
    simulator::Clock,
};

/// How long requests to a store may take, and how large its answers may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// How long one request may take.
    timeout: Duration,
    /// How long all attempts at it may take.
    attempts: Duration,
    /// The largest answer, in bytes.
    largest: usize,
}

/// Those of locks: a lock has less than one thousand bytes, a token a few thousand.
const OF_LOCKS: Limits = Limits {
    timeout: Duration::from_secs(5),
    attempts: Duration::from_secs(10),
    largest: 1024 * 1024,
};

/// Those of archives, whose files have at most some dozen megabytes.
#[cfg(feature = "parquet")]
pub(super) const OF_ARCHIVES: Limits = Limits {
    timeout: Duration::from_secs(60),
    attempts: Duration::from_secs(180),
    largest: 256 * 1024 * 1024,
};

/// How long a connection may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How many requests to stores are under way at once, and how many connections are kept open for later ones.
const BUSY: NonZeroUsize = NonZeroUsize::new(32).expect("it is not zero");
const IDLE: usize = 4;

/// The connections that all locks of a run share, or all requests to an archive: however many there are, they take few of the descriptors that
/// a process may have. Clones are one.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    made: Arc<Mutex<Pool>>,
    limits: Limits,
}

impl Connections {
    /// Connections for requests with these limits.
    pub(super) fn within(limits: Limits) -> Self {
        Self {
            made: Arc::new(Mutex::new(Pool::of(Sockets::at_most(BUSY)))),
            limits,
        }
    }
}

/// Those of locks.
impl Default for Connections {
    fn default() -> Self {
        Self::within(OF_LOCKS)
    }
}

/// The store that a URL names, with credentials from the environment, and the store's own clock.
pub(super) fn store(
    url: &MaskedText,
    endpoint: Option<&MaskedText>,
    region: Option<&MaskedText>,
    clock: Clock,
    connections: &Connections,
) -> anyhow::Result<(Arc<dyn ObjectStore>, Path, StoreClock)> {
    let parsed = ExactUrl::new(url.expose())?;
    let parsed = parsed.url();
    let bucket = parsed.host_str().context("it names no bucket")?;
    let path = Path::from_url_path(parsed.path())?;
    let endpoint = endpoint.map(MaskedText::expose);
    let connector = Connector {
        proxies: proxies::of_environment()?,
        seen: Seen::default(),
        connections: connections.clone(),
    };
    let seen = connector.seen.clone();
    let options = ClientOptions::new()
        .with_timeout(connections.limits.timeout)
        .with_connect_timeout(TIMEOUT)
        // Credentials would be readable on the way to another machine.
        .with_allow_http(endpoint.is_some_and(is_loopback));
    let retry = RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: 4,
        retry_timeout: connections.limits.attempts,
    };
    let store: Arc<dyn ObjectStore> = match parsed.scheme() {
        "s3" => {
            let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
            if let Some(endpoint) = endpoint {
                builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
            }
            if let Some(region) = region {
                builder = builder.with_region(region.expose());
            }
            let builder = builder.with_client_options(options).with_retry(retry);
            Arc::new(builder.with_http_connector(connector).build()?)
        }
        "gs" => {
            let mut builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(bucket);
            if let Some(endpoint) = endpoint {
                builder = builder.with_base_url(endpoint.trim_end_matches('/'));
            }
            let builder = builder.with_client_options(options).with_retry(retry);
            Arc::new(builder.with_http_connector(connector).build()?)
        }
        _ => {
            let mut builder = MicrosoftAzureBuilder::from_env().with_container_name(bucket);
            if let Some(endpoint) = endpoint {
                builder = builder.with_endpoint(endpoint.trim_end_matches('/').to_owned());
            }
            let builder = builder.with_client_options(options).with_retry(retry);
            Arc::new(builder.with_http_connector(connector).build()?)
        }
    };
    let now: StoreClock = Arc::new(move || {
        let seen = *seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.unwrap_or_else(|| clock())
    });
    Ok((store, path, now))
}

/// Where the environment says that a store is.
#[cfg(feature = "parquet")]
pub(super) fn endpoint(scheme: &str) -> Option<String> {
    let names: &[&str] = match scheme {
        "s3" => &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"],
        "az" => &["AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"],
        "gs" => &["GOOGLE_BASE_URL"],
        _ => &[],
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the environment is read"
    )]
    let mut named = names.iter().filter_map(|name| std::env::var(name).ok());
    named.find(|endpoint| !endpoint.is_empty())
}

fn is_loopback(url: &str) -> bool {
    EndpointUrl::from_live(MaskedText::plain(url)).is_loopback()
}

/// When the last answer was given, by the clock of who gave it.
type Seen = Arc<Mutex<Option<Timestamp>>>;

/// Makes the clients of a store: one for the store, others for where its tokens are from.
#[derive(Debug)]
struct Connector {
    proxies: Proxies,
    seen: Seen,
    connections: Connections,
}

impl Connector {
    fn client(&self, options: &ClientOptions) -> Client {
        let option = |key: ClientConfigKey| options.get_config_value(&key);
        // Where a machine's own tokens are from, a shorter one: elsewhere than in a cloud, nobody answers there.
        let connect_timeout = option(ClientConfigKey::ConnectTimeout)
            .and_then(|text| Duration::try_from(text.parse::<SignedDuration>().ok()?).ok());
        Client {
            proxies: self.proxies.clone(),
            seen: self.seen.clone(),
            allow_http: option(ClientConfigKey::AllowHttp).is_some_and(|allow| allow == "true"),
            connect_timeout: connect_timeout.unwrap_or(TIMEOUT),
            connections: self.connections.clone(),
        }
    }
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.client(options)))
    }
}

/// Speaks to servers, and takes notice of their clocks.
#[derive(Debug)]
struct Client {
    proxies: Proxies,
    seen: Seen,
    allow_http: bool,
    connect_timeout: Duration,
    connections: Connections,
}

impl Client {
    /// A transport to the server of this URL.
    fn transport(&self, uri: &http::Uri) -> Result<HttpTransport, HttpError> {
        let refused = |error: Box<dyn std::error::Error + Send + Sync>| {
            HttpError::new_boxed(HttpErrorKind::Unknown, error)
        };
        let server = format!(
            "{}://{}/",
            uri.scheme_str().unwrap_or_default(),
            uri.authority().map_or("", |authority| authority.as_str())
        );
        let server =
            BaseUrl::new(&server, self.allow_http).map_err(|error| refused(error.into()))?;
        let route = self.proxies.to(&server);
        let config = HttpConfig {
            timeout: self.connections.limits.timeout,
            read_timeout: self.connections.limits.timeout,
            connect_timeout: self.connect_timeout,
            max_body: self.connections.limits.largest,
            max_idle: IDLE,
            route: route.map_err(|error| refused(error.into()))?,
            ..HttpConfig::default()
        };
        let made = self.connections.made.lock();
        let made = made
            .unwrap_or_else(PoisonError::into_inner)
            .to(&server, config);
        made.map_err(|error| refused(error.into()))
    }

    async fn answered(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let transport = self.transport(request.uri())?;
        let (mut head, body) = request.into_parts();
        // Its length is compared with what arrives.
        let plain = HeaderValue::from_static("identity");
        head.headers.entry(header::ACCEPT_ENCODING).or_insert(plain);
        let body: Bytes = body.collect().await?.to_bytes();
        let answer = transport.send(http::Request::from_parts(head, body)).await;
        let answer = answer.map_err(unanswered)?;
        let date = answer.headers().get(header::DATE);
        let date = date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        if let Some(at) = date.and_then(|date| Timestamp::try_from(date).ok()) {
            *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
        }
        Ok(answer.map(Into::into))
    }
}

impl HttpService for Client {
    fn call<'s, 'f>(
        &'s self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(self.answered(request))
    }
}

fn unanswered(error: TransportError) -> HttpError {
    let kind = match error.kind {
        TransportErrorKind::Connect => HttpErrorKind::Connect,
        TransportErrorKind::Timeout => HttpErrorKind::Timeout,
        // A lease finds its own record where a put was carried out, and an archive its own ledger: each may be sent again.
        TransportErrorKind::Interrupted => HttpErrorKind::Request,
        TransportErrorKind::TooLarge => HttpErrorKind::Decode,
        TransportErrorKind::Tls | TransportErrorKind::Withheld => HttpErrorKind::Unknown,
    };
    HttpError::new(kind, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_locks_of_a_run_share_their_connections() {
        let connections = Connections::default();
        for bucket in ["a", "b", "c"] {
            let connector = Connector {
                proxies: Proxies::read(|_| None).unwrap(),
                seen: Seen::default(),
                connections: connections.clone(),
            };
            let client = connector.client(&ClientOptions::new().with_allow_http(true));
            let uri = format!("http://127.0.0.1:9/{bucket}/lock").parse().unwrap();
            client.transport(&uri).unwrap();
        }
        assert_eq!(connections.made.lock().unwrap().made.len(), 1);
    }
}
