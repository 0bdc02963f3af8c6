//! Faults: what can go wrong between a request and its answer, as data.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;

use super::{Api, answer, quirks::ThrottleStyle};

/// How many bytes of a slow answer come at once.
pub(super) const DRIP: usize = 64;

/// Something that goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection is reset, before the request is processed or after it was.
    Reset {
        /// Whether the request is processed.
        processed: bool,
    },
    /// No answer ever comes.
    Timeout {
        /// Whether the request is processed.
        processed: bool,
    },
    /// 429, not processed.
    Throttled {
        /// The seconds it speaks of.
        seconds: u64,
        /// Whether they stand in the body's words instead of `Retry-After`.
        words: bool,
    },
    /// 500.
    ServerError {
        /// Whether the request is processed.
        processed: bool,
    },
    /// 502 with an HTML page of a proxy, not processed.
    BadGateway,
    /// 503, not processed.
    Unavailable {
        /// The seconds of `Retry-After`, where it has any.
        retry_after: Option<u64>,
    },
    /// Processed; the connection closes in the middle of the answer's body.
    Truncated,
    /// Processed; the answer ends in the middle of its JSON, though it is complete by its length.
    BadJson,
    /// 200 with an HTML page, as captive portals and single sign-on give; not processed.
    LoginPage,
    /// 302 to somewhere else, not processed.
    Redirect {
        /// Where to.
        location: String,
    },
    /// Processed; the answer comes in small pieces.
    Slow {
        /// The pause before each piece.
        pause: Duration,
    },
    /// Processed; the answer has its status but no body.
    Empty,
}

impl Fault {
    /// What a client gets to see of a request that is made now; `process` does the request, where it is done at all.
    pub(super) fn befall(
        &self,
        api: &dyn Api,
        now: Timestamp,
        process: impl FnOnce() -> Response<Bytes>,
    ) -> Exchange {
        let answer = match self {
            Self::Reset { processed } => {
                processed.then(process);
                return Exchange::Reset;
            }
            Self::Timeout { processed } => {
                processed.then(process);
                return Exchange::Silence;
            }
            Self::Throttled { seconds, words } => {
                let style = match words {
                    true => ThrottleStyle::Words,
                    false => ThrottleStyle::RetryAfterSeconds,
                };
                api.throttled(style, *seconds, now)
            }
            Self::ServerError { processed } => {
                processed.then(process);
                page(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "<!doctype html><html><head><title>Server Error (500)</title></head></html>",
                )
            }
            Self::BadGateway => page(
                StatusCode::BAD_GATEWAY,
                "<html><head><title>502 Bad Gateway</title></head></html>",
            ),
            Self::Unavailable { retry_after } => unavailable(*retry_after),
            Self::LoginPage => page(
                StatusCode::OK,
                "<!doctype html><html><head><title>Sign in</title></head></html>",
            ),
            Self::Redirect { location } => redirect(location),
            Self::Truncated => return cut_off(process()),
            Self::BadJson => half_json(process()),
            Self::Slow { pause } => {
                let (response, pause) = (process(), *pause);
                return Exchange::Drip { response, pause };
            }
            Self::Empty => process().map(|_| Bytes::new()),
        };
        Exchange::Answer(answer)
    }
}

/// What a client gets to see of one request.
#[derive(Debug)]
pub(super) enum Exchange {
    /// A whole answer.
    Answer(Response<Bytes>),
    /// A whole answer, in pieces of [`DRIP`] bytes with a pause before each.
    Drip {
        response: Response<Bytes>,
        pause: Duration,
    },
    /// The head and half of the body, which is never empty; then the connection closes.
    CutOff(Response<Bytes>),
    /// The connection is reset.
    Reset,
    /// Nothing, for as long as the client waits.
    Silence,
}

impl Exchange {
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Answer(response) | Self::Drip { response, .. } | Self::CutOff(response) => {
                Some(response.status().as_u16())
            }
            Self::Reset | Self::Silence => None,
        }
    }
}

fn cut_off(response: Response<Bytes>) -> Exchange {
    // Nothing can be cut off where nothing follows the head.
    match response.body().is_empty() {
        true => Exchange::Reset,
        false => Exchange::CutOff(response),
    }
}

fn half_json(response: Response<Bytes>) -> Response<Bytes> {
    let half = response.body().len() / 2;
    if half == 0 {
        // Such as 204, which may not have a body.
        return answer::with_body(StatusCode::OK, "application/json", "{\"id\":");
    }
    response.map(|body| body.slice(..half))
}

fn page(status: StatusCode, body: &'static str) -> Response<Bytes> {
    answer::with_body(status, "text/html; charset=utf-8", body)
}

fn redirect(location: &str) -> Response<Bytes> {
    let mut response = answer::without_body(StatusCode::FOUND);
    answer::add_header(&mut response, header::LOCATION, location);
    response
}

fn unavailable(retry_after: Option<u64>) -> Response<Bytes> {
    let body = "<html><head><title>503 Service Unavailable</title></head></html>";
    let mut response = page(StatusCode::SERVICE_UNAVAILABLE, body);
    if let Some(seconds) = retry_after {
        let seconds = HeaderValue::from(seconds);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}
