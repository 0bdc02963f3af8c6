//! One request, sent as often as it takes.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode, uri::PathAndQuery};
use tokio::time::Instant;
use url::Url;

use super::Api;
use crate::{
    net::{
        Anew, Course, Decision, Fate, GaveUp, Permission, Transport, TransportError,
        TransportErrorKind, WaitCause,
    },
    provider::{
        Attempted, InvalidRequest, ProviderError, ProviderErrorKind,
        response::{self, Reading},
    },
};

/// How many redirects a read follows within the API.
const MOST_REDIRECTS: usize = 5;

/// Reads an answer.
pub(super) type Decode<R> =
    fn(&Reading<'_>, &http::Response<Bytes>) -> Result<R, ProviderErrorKind>;

/// A request on its way: its attempts so far and what is known of them.
pub(super) struct Exchange<'a, T> {
    api: &'a Api<T>,
    request: http::Request<Bytes>,
    started: Instant,
    course: Course,
    request_id: Option<String>,
    unknown_before: bool,
    /// What a write needs.
    permission: Option<Permission>,
}

impl<'a, T: Transport> Exchange<'a, T> {
    pub(super) fn new(api: &'a Api<T>, request: http::Request<Bytes>) -> Self {
        Self {
            api,
            request,
            started: Instant::now(),
            course: Course::new(&api.retry),
            request_id: None,
            unknown_before: false,
            permission: None,
        }
    }

    /// The same, which is only sent with this permission.
    pub(super) fn permitted(self, permission: &Permission) -> Self {
        Self {
            permission: Some(permission.clone()),
            ..self
        }
    }

    /// Attempts a request that does no harm when it is repeated until it succeeds, fails for good
    /// or the policy is at its end.
    pub(super) async fn run<R>(&mut self, decode: Decode<R>) -> Result<R, ProviderError> {
        loop {
            let kind = match self.attempt(decode).await {
                Ok(read) => return Ok(read),
                Err(kind) => kind,
            };
            match kind.decide(self.request.method()) {
                Decision::Repeat => self.wait_or_fail(kind).await?,
                Decision::Stop | Decision::LookUp => return Err(self.error(kind, None)),
            }
        }
    }

    /// Sends the request once and reads the answer.
    pub(super) async fn attempt<R>(&mut self, decode: Decode<R>) -> Result<R, ProviderErrorKind> {
        self.course.attempted();
        let response = self.send_following_redirects().await?;
        decode(&self.api.reading(), &response)
    }

    /// Waits before the next attempt, or gives up.
    pub(super) async fn wait_or_fail(
        &mut self,
        kind: ProviderErrorKind,
    ) -> Result<(), ProviderError> {
        match self.wait(&kind).await {
            Ok(()) => Ok(()),
            Err(gave_up) => Err(self.error(kind, Some(gave_up))),
        }
    }

    /// Waits as the backoff and the provider want it.
    pub(super) async fn wait(&mut self, kind: &ProviderErrorKind) -> Result<(), GaveUp> {
        self.unknown_before |= kind.fate() == Fate::Unknown;
        let limited = matches!(kind, ProviderErrorKind::RateLimited { .. });
        // The limit is by the minute: where the provider does not say how long, a blink will not do.
        let unsaid = limited.then_some(self.api.retry.cap);
        let asked = kind.retry_after().or(unsaid);
        let wait = self.course.wait(asked);
        if limited {
            // The limit is the secret's: all that share it have to wait, also where this request
            // gives up, but not longer than anybody here would.
            let pause = wait.ok().or(asked).unwrap_or_default();
            self.api
                .limiter
                .pause_for(pause.min(self.api.retry.max_elapsed));
        }
        let wait = wait?;
        if self.api.stop.is_asked() {
            return Err(GaveUp::Stopped);
        }
        tracing::debug!(
            method = %self.request.method(),
            path = self.path(),
            attempt = self.course.attempts(),
            reason = %kind,
            ?wait,
            "waiting before another attempt",
        );
        let cause = match kind {
            ProviderErrorKind::RateLimited { .. } => WaitCause::RateLimit,
            _ => WaitCause::Retry,
        };
        self.pause(wait, cause).await
    }

    /// Waits, unless the run is asked to stop.
    pub(super) async fn pause(&self, wait: Duration, cause: WaitCause) -> Result<(), GaveUp> {
        if let Some(until) = Instant::now().checked_add(wait) {
            self.api.waits.tell(cause, until);
        }
        tokio::select! {
            biased;
            () = self.api.stop.asked() => Err(GaveUp::Stopped),
            () = tokio::time::sleep(wait) => Ok(()),
        }
    }

    /// Counts an attempt that others make for this.
    pub(super) fn attempted(&mut self) {
        self.course.attempted();
    }

    /// Whether an earlier attempt may have been carried out.
    pub(super) fn unknown_before(&self) -> bool {
        self.unknown_before
    }

    /// Notes that an attempt may have been carried out.
    pub(super) fn unknown(&mut self) {
        self.unknown_before = true;
    }

    /// Notes that it turned out that no attempt was carried out.
    pub(super) fn known(&mut self) {
        self.unknown_before = false;
    }

    /// An error, with what was attempted.
    pub(super) fn error(&self, kind: ProviderErrorKind, gave_up: Option<GaveUp>) -> ProviderError {
        let attempted = Attempted {
            method: self.request.method().clone(),
            path: self.path(),
            attempts: self.course.attempts(),
            elapsed: self.started.elapsed(),
            request_id: self.request_id.clone(),
            gave_up: gave_up.filter(|gave_up| {
                // With a single attempt allowed there was nothing to give up.
                *gave_up != GaveUp::Attempts || self.course.attempts() > 1
            }),
            unknown_before: self.unknown_before,
            of_list: self.api.requests.is_list(self.request.uri().path()),
        };
        ProviderError::new(kind, attempted)
    }

    fn path(&self) -> String {
        let uri = self.request.uri();
        let whole = uri
            .path_and_query()
            .map_or(uri.path(), PathAndQuery::as_str);
        self.api.reading().address(whole)
    }

    /// Follows redirects of reads within the API. Elsewhere credentials must not go, and a write
    /// that was redirected may turn into a read.
    async fn send_following_redirects(
        &mut self,
    ) -> Result<http::Response<Bytes>, ProviderErrorKind> {
        let mut request = self.request.clone();
        for _ in 0..MOST_REDIRECTS {
            let response = self.send(request.clone()).await?;
            match self.redirect(&request, &response) {
                Some(next) => request = next,
                None => return Ok(response),
            }
        }
        self.send(request).await
    }

    fn redirect(
        &self,
        request: &http::Request<Bytes>,
        response: &http::Response<Bytes>,
    ) -> Option<http::Request<Bytes>> {
        let followed = [
            StatusCode::MOVED_PERMANENTLY,
            StatusCode::FOUND,
            StatusCode::SEE_OTHER,
            StatusCode::TEMPORARY_REDIRECT,
            StatusCode::PERMANENT_REDIRECT,
        ];
        if *request.method() != Method::GET || !followed.contains(&response.status()) {
            return None;
        }
        let from = Url::parse(&request.uri().to_string()).ok()?;
        let location = response::location(response.headers())?;
        let to = self.api.within(&from, location)?;
        self.api.requests.follow(&to).ok()
    }

    async fn send(
        &mut self,
        mut request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, ProviderErrorKind> {
        let told = |until| self.api.waits.tell(WaitCause::RateLimit, until);
        tokio::select! {
            biased;
            // First: what need not wait is sent, as is the look whether a create was carried out.
            () = self.api.limiter.acquire_telling(told) => {}
            () = self.api.stop.asked() => return Err(ProviderErrorKind::Stopped),
        }
        if let Some(permission) = &self.permission {
            if !permission.is_given() {
                return Err(ProviderErrorKind::Stopped);
            }
            // The transport may have to wait as well.
            request.extensions_mut().insert(permission.clone());
        }
        if self.course.attempts() > 1 {
            // Where one connection that was kept open died, the others may have, too.
            request.extensions_mut().insert(Anew);
        }
        let started = Instant::now();
        let sent = self.api.transport.send(request).await;
        let elapsed = started.elapsed();
        self.course.spend(elapsed);
        let reading = self.api.reading();
        if let Ok(answer) = &sent
            && answer.status().is_success()
        {
            // What refuses or fails may be a machine in between, with a clock of its own.
            self.api.clock.saw(answer.headers(), started);
        }
        self.request_id = match &sent {
            Ok(response) => reading.request_id(response.headers()),
            Err(_) => None,
        };
        self.log(sent.as_ref().ok().map(http::Response::status), elapsed);
        sent.map_err(|error| unanswered(error, &reading))
    }

    fn log(&self, status: Option<StatusCode>, elapsed: Duration) {
        let method = self.request.method();
        let (path, attempt) = (self.path(), self.course.attempts());
        let status = status.map(|status| status.as_u16());
        if method.is_safe() {
            tracing::debug!(%method, path, status, attempt, ?elapsed, "read");
        } else {
            tracing::info!(%method, path, status, attempt, ?elapsed, "write");
        }
    }
}

/// An error for what could not even be sent.
pub(super) fn not_sendable(method: Method, path: &str, reason: InvalidRequest) -> ProviderError {
    let attempted = Attempted {
        method,
        path: path.to_owned(),
        attempts: 0,
        elapsed: Duration::ZERO,
        request_id: None,
        gave_up: None,
        unknown_before: false,
        of_list: false,
    };
    ProviderError::new(ProviderErrorKind::NotSendable(reason), attempted)
}

fn unanswered(error: TransportError, reading: &Reading<'_>) -> ProviderErrorKind {
    let TransportError {
        kind,
        status,
        message,
        source,
    } = error;
    let error = TransportError {
        kind,
        status,
        message: reading.excerpt(&message),
        source,
    };
    match kind {
        TransportErrorKind::Connect | TransportErrorKind::Tls => {
            ProviderErrorKind::Unreachable(error)
        }
        TransportErrorKind::Withheld => ProviderErrorKind::Stopped,
        TransportErrorKind::Timeout => ProviderErrorKind::TimedOut(error),
        TransportErrorKind::Interrupted => ProviderErrorKind::Interrupted(error),
        TransportErrorKind::TooLarge => ProviderErrorKind::TooLarge(error),
    }
}
