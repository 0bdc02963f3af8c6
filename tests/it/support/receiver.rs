//! A receiver of events on loopback.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use hookwright::{
    delivery::signature::{self, Freshness, Received},
    model::Secret,
    provider::truv::PROFILE as TRUV,
};
use http::{Request, Response};

use super::proxy::Listening;

/// Far longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A receiver that listens until it is dropped, and remembers what it got.
pub(crate) struct Receiver {
    listening: Listening,
    received: Arc<(Mutex<Vec<Request<Bytes>>>, Condvar)>,
}

impl Receiver {
    /// Answers each request like this: what it is, and how many came before. `None` hangs up.
    pub(crate) fn start(
        answer: impl Fn(&Request<Bytes>, usize) -> Option<Response<Bytes>> + Send + Sync + 'static,
    ) -> Self {
        let received: Arc<(Mutex<Vec<Request<Bytes>>>, Condvar)> = Arc::default();
        let seen = Arc::clone(&received);
        let listening = Listening::start(Arc::new(move |request| {
            let before = {
                let mut all = seen.0.lock().unwrap_or_else(PoisonError::into_inner);
                all.push(request.clone());
                seen.1.notify_all();
                all.len() - 1
            };
            answer(&request, before).ok_or_else(|| io::Error::other("hung up"))
        }));
        Self {
            listening,
            received,
        }
    }

    /// Answers everything with this status.
    pub(crate) fn answering(status: u16) -> Self {
        Self::start(move |_, _| Some(with_status(status)))
    }

    /// Answers 200 to what Truv signed with this secret, and 401 to all else.
    pub(crate) fn verifying(secret: &'static str) -> Self {
        Self::start(move |request, _| {
            Some(with_status(if is_signed(request, secret) {
                200
            } else {
                401
            }))
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.listening.address)
    }

    pub(crate) fn port(&self) -> String {
        self.listening.address.port().to_string()
    }

    pub(crate) fn received(&self) -> Vec<Request<Bytes>> {
        let all = self.received.0.lock();
        all.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until so many requests came.
    #[track_caller]
    pub(crate) fn wait_for(&self, count: usize) {
        let all = self.received.0.lock().unwrap();
        let waited = self
            .received
            .1
            .wait_timeout_while(all, PATIENCE, |all| all.len() < count);
        assert!(!waited.unwrap().1.timed_out(), "nothing came");
    }
}

pub(crate) fn with_status(status: u16) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .body(Bytes::new())
        .unwrap()
}

/// Sends on to another place.
pub(crate) fn redirect(status: u16, location: &str) -> Response<Bytes> {
    let mut response = with_status(status);
    let location = location.parse().unwrap();
    response.headers_mut().insert("location", location);
    response
}

/// Whether a request is signed as Truv signs with this secret.
pub(crate) fn is_signed(request: &Request<Bytes>, secret: &str) -> bool {
    let headers = request.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    signature::verify(
        TRUV.signature,
        &Secret::new(secret),
        request.body(),
        &Received::of(TRUV.signature, headers),
        Freshness::Any,
    )
    .is_ok()
}
