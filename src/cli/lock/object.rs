//! Locks in object stores: which store, spoken to how, and renewed by whom.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use jiff::Timestamp;
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, RetryConfig,
    aws::AmazonS3Builder,
    azure::MicrosoftAzureBuilder,
    client::{
        HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService,
        ReqwestConnector,
    },
    gcp::GoogleCloudStorageBuilder,
    path::Path,
};
use tokio::{sync::oneshot, task::JoinHandle};

use super::elapsed::Moment;
use crate::{
    lock::{
        Record,
        lease::{Lease, LeaseError, StoreClock},
    },
    model::{EndpointUrl, ExactUrl, MaskedText},
    net::set_up_tls,
    simulator::Clock,
};

/// How long one request to a store may take, and how long all attempts at it.
const TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPTS: Duration = Duration::from_secs(10);

/// A lock that is renewed until it is given back.
pub(super) struct ObjectLock {
    pub(super) kept: Arc<Kept>,
    end: oneshot::Sender<()>,
    renewing: JoinHandle<Lease>,
}

impl ObjectLock {
    pub(super) async fn take(
        url: &MaskedText,
        endpoint: Option<&MaskedText>,
        region: Option<&MaskedText>,
        record: Record,
        clock: Clock,
        on_loss: impl Fn() + Send + 'static,
    ) -> anyhow::Result<Result<(Self, Option<Record>), LeaseError>> {
        let lasts = Duration::from_secs(record.expires_after.unwrap_or_default());
        let (store, path, now) = store(url, endpoint, region, clock.clone())?;
        let began = Moment::now();
        let (lease, left) = match Lease::take(store, path, &now, record).await {
            Ok(taken) => taken,
            Err(error) => return Ok(Err(error)),
        };
        let kept = Arc::new(Kept {
            // Half of it is left for requests that are under way, and for clocks that run apart.
            trusted: lasts / 2,
            state: Mutex::new(State { began, lost: None }),
        });
        let (end, ended) = oneshot::channel();
        let renewing = tokio::spawn(keep(lease, lasts / 6, kept.clone(), on_loss, ended));
        Ok(Ok((
            Self {
                kept,
                end,
                renewing,
            },
            left,
        )))
    }

    /// Gives it back. What was lost is not this run's to give.
    pub(super) async fn release(self) -> anyhow::Result<()> {
        self.end.send(()).ok();
        let lease = self.renewing.await?;
        if self.kept.lost().is_some() {
            return Ok(());
        }
        let released = lease.release().await;
        if let Err(error @ (LeaseError::TakenOver(_) | LeaseError::Gone)) = &released {
            self.kept.lose(error.to_string());
        }
        Ok(released?)
    }
}

/// Whether a lock is still this run's.
pub(super) struct Kept {
    trusted: Duration,
    state: Mutex<State>,
}

struct State {
    /// When the last renewal that succeeded began.
    began: Moment,
    lost: Option<String>,
}

impl Kept {
    /// Why it is not this run's any more, if so. What was lost once stays lost: another run may have begun.
    pub(super) fn lost(&self) -> Option<String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let age = state.began.elapsed();
        if state.lost.is_none() && age > self.trusted {
            state.lost = Some(format!("it could not be renewed for {} s", age.as_secs()));
        }
        state.lost.clone()
    }

    fn renewed(&self, began: Moment) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.began = began;
    }

    fn lose(&self, reason: String) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.lost.get_or_insert(reason);
    }
}

/// Renews a lock until it is to be given back or is lost.
async fn keep(
    mut lease: Lease,
    every: Duration,
    kept: Arc<Kept>,
    on_loss: impl Fn(),
    mut ended: oneshot::Receiver<()>,
) -> Lease {
    loop {
        tokio::select! {
            // Also where whoever holds the other end is gone.
            _ = &mut ended => return lease,
            () = tokio::time::sleep(every) => {}
        }
        let began = Moment::now();
        let reason = match lease.renew().await {
            Ok(()) => {
                kept.renewed(began);
                match kept.lost() {
                    Some(reason) => Some(reason),
                    None => continue,
                }
            }
            // It may work the next time.
            Err(LeaseError::Store(error)) => {
                tracing::warn!(%error, "a lock could not be renewed");
                kept.lost()
            }
            Err(error) => Some(error.to_string()),
        };
        if let Some(reason) = reason {
            kept.lose(reason);
            on_loss();
            return lease;
        }
    }
}

/// The store that a URL names, with credentials from the environment, and the store's own clock.
fn store(
    url: &MaskedText,
    endpoint: Option<&MaskedText>,
    region: Option<&MaskedText>,
    clock: Clock,
) -> anyhow::Result<(Arc<dyn ObjectStore>, Path, StoreClock)> {
    set_up_tls();
    let parsed = ExactUrl::new(url.expose())?;
    let parsed = parsed.url();
    let bucket = parsed.host_str().context("it names no bucket")?;
    let path = Path::from_url_path(parsed.path())?;
    let endpoint = endpoint.map(MaskedText::expose);
    let connector = Dating::default();
    let dated = connector.seen.clone();
    let options = ClientOptions::new()
        .with_timeout(TIMEOUT)
        .with_connect_timeout(TIMEOUT)
        // Credentials would be readable on the way to another machine.
        .with_allow_http(endpoint.is_some_and(is_loopback));
    let retry = RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: 4,
        retry_timeout: ATTEMPTS,
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
        let seen = *dated.lock().unwrap_or_else(PoisonError::into_inner);
        seen.unwrap_or_else(|| clock())
    });
    Ok((store, path, now))
}

fn is_loopback(url: &str) -> bool {
    EndpointUrl::from_live(MaskedText::plain(url)).is_loopback()
}

/// When the last answer was given, by the clock of who gave it.
type Seen = Arc<Mutex<Option<Timestamp>>>;

/// Makes clients that take notice of the store's clock.
#[derive(Debug, Default)]
struct Dating {
    seen: Seen,
}

impl HttpConnector for Dating {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let inner = ReqwestConnector::default().connect(options)?;
        let seen = self.seen.clone();
        Ok(HttpClient::new(Dated { inner, seen }))
    }
}

#[derive(Debug)]
struct Dated {
    inner: HttpClient,
    seen: Seen,
}

impl HttpService for Dated {
    fn call<'s, 'f>(
        &'s self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let response = self.inner.execute(request).await?;
            let date = response.headers().get(http::header::DATE);
            let date = date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
            if let Some(at) = date.and_then(|date| Timestamp::try_from(date).ok()) {
                *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
            }
            Ok(response)
        })
    }
}
