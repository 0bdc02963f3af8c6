//! One request to a provider: how it is attempted, and what is said of it where it fails.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode, uri::PathAndQuery};
use tokio::time::Instant;
use url::Url;

use super::Api;
use crate::{
    net::{
        self, Attempt, Failed, GaveUp, Permission, Rules, Sending, Transport, TransportError,
        TransportErrorKind,
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
    sending: Sending,
    request_id: Option<String>,
}

impl<'a, T: Transport> Exchange<'a, T> {
    pub(super) fn new(api: &'a Api<T>, request: http::Request<Bytes>) -> Self {
        Self::with(api, request, api.rules())
    }

    /// A read of what is at this URL, which is the API's own.
    pub(super) fn get(api: &'a Api<T>, url: &Url) -> Result<Self, ProviderError> {
        let request = api.requests.follow(url).map_err(|reason| {
            let kind = ProviderErrorKind::NotSendable(reason);
            failed_at(api, Method::GET, url, kind)
        })?;
        Ok(Self::new(api, request))
    }

    /// An exchange that is only sent with this permission.
    pub(super) fn permitted(
        api: &'a Api<T>,
        request: http::Request<Bytes>,
        permission: &Permission,
    ) -> Self {
        let rules = Rules {
            permission: Some(permission.clone()),
            ..api.rules()
        };
        Self::with(api, request, rules)
    }

    fn with(api: &'a Api<T>, request: http::Request<Bytes>, rules: Rules) -> Self {
        let uri = request.uri();
        let whole = uri
            .path_and_query()
            .map_or(uri.path(), PathAndQuery::as_str);
        let path = api.reading().address(whole);
        Self {
            api,
            started: Instant::now(),
            sending: Sending::new(rules, request.method().clone(), path),
            request,
            request_id: None,
        }
    }

    /// Attempts a request that does no harm when it is repeated until it succeeds, fails for good
    /// or the policy is at its end.
    pub(super) async fn run<R: Send>(&mut self, decode: Decode<R>) -> Result<R, ProviderError> {
        let mut repeatable = Repeatable {
            exchange: self,
            decode,
        };
        let Failed { failure, gave_up } = match net::repeat(&mut repeatable).await {
            Ok(read) => return Ok(read),
            Err(failed) => failed,
        };
        Err(self.error(failure, gave_up))
    }

    /// Sends the request once and reads the answer.
    pub(super) async fn attempt<R>(&mut self, decode: Decode<R>) -> Result<R, ProviderErrorKind> {
        let response = self.send_following_redirects().await?;
        match decode(&self.api.reading(), &response) {
            Err(ProviderErrorKind::Conflict(refusal)) if self.is_perhaps_on_its_way() => {
                Err(ProviderErrorKind::Unavailable {
                    status: response.status(),
                    refusal,
                    retry_after: None,
                })
            }
            read => read,
        }
    }

    /// Whether an earlier attempt may still be carried out there: then a conflict is one with that, and the same request is
    /// answered as the first one, once that has ended.
    fn is_perhaps_on_its_way(&self) -> bool {
        let key = self.api.requests.dialect().idempotency_header();
        let has_key = key.is_some_and(|key| self.request.headers().contains_key(key));
        has_key && self.unknown_before()
    }

    /// Sends this from now on: the same, made anew.
    pub(super) fn replace(&mut self, request: http::Request<Bytes>) {
        self.request = request;
    }

    /// Its attempts so far.
    pub(super) fn sending(&mut self) -> &mut Sending {
        &mut self.sending
    }

    /// Whether an earlier attempt may have been carried out.
    pub(super) fn unknown_before(&self) -> bool {
        self.sending.unknown_before()
    }

    /// An error, with what was attempted.
    pub(super) fn error(&self, kind: ProviderErrorKind, gave_up: Option<GaveUp>) -> ProviderError {
        let attempted = Attempted {
            method: self.sending.method().clone(),
            path: self.sending.path().to_owned(),
            attempts: self.sending.attempts(),
            elapsed: self.started.elapsed(),
            request_id: self.request_id.clone(),
            gave_up: gave_up.filter(|gave_up| {
                // With a single attempt allowed there was nothing to give up.
                *gave_up != GaveUp::Attempts || self.sending.attempts() > 1
            }),
            unknown_before: self.unknown_before(),
            profile: self.api.profile,
            of_list: self.api.requests.is_list(self.request.uri().path()),
        };
        ProviderError::new(kind, attempted)
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
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, ProviderErrorKind> {
        let net::Sent { answer, took } = self
            .sending
            .send(self.api.transport.as_ref(), request)
            .await;
        let reading = self.api.reading();
        if let Some(took) = took {
            let answer = answer.as_ref().ok();
            self.request_id = answer.and_then(|answer| reading.request_id(answer.headers()));
            self.log(answer.map(http::Response::status), took);
        }
        answer.map_err(|error| unanswered(error, &reading))
    }

    fn log(&self, status: Option<StatusCode>, elapsed: Duration) {
        let (method, path) = (self.sending.method(), self.sending.path());
        let attempt = self.sending.attempts();
        let status = status.map(|status| status.as_u16());
        let what = match method.is_safe() {
            true => "read",
            false => "write",
        };
        tracing::info!(%method, path, status, attempt, ?elapsed, "{what}");
    }
}

/// A request that does no harm when it is repeated.
struct Repeatable<'e, 'a, T, R> {
    exchange: &'e mut Exchange<'a, T>,
    decode: Decode<R>,
}

impl<T: Transport, R: Send> Attempt for Repeatable<'_, '_, T, R> {
    type Done = R;
    type Failure = ProviderErrorKind;

    fn sending(&mut self) -> &mut Sending {
        &mut self.exchange.sending
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    async fn attempt(&mut self) -> Result<R, ProviderErrorKind> {
        self.exchange.attempt(self.decode).await
    }
}

/// An error for what could not even be sent.
pub(super) fn not_sendable<T>(
    api: &Api<T>,
    method: Method,
    reason: InvalidRequest,
) -> ProviderError {
    failed(api, method, ProviderErrorKind::NotSendable(reason))
}

/// An error about webhooks of which no request tells more.
pub(super) fn failed<T>(api: &Api<T>, method: Method, kind: ProviderErrorKind) -> ProviderError {
    failed_at(api, method, &api.requests.list_url(), kind)
}

fn failed_at<T>(api: &Api<T>, method: Method, url: &Url, kind: ProviderErrorKind) -> ProviderError {
    let attempted = Attempted {
        method,
        path: api.path(url),
        attempts: 0,
        elapsed: Duration::ZERO,
        request_id: None,
        gave_up: None,
        unknown_before: false,
        profile: api.profile,
        of_list: false,
    };
    ProviderError::new(kind, attempted)
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
