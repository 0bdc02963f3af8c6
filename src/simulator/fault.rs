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

/// What a fault does, apart from how a connection shows it.
#[derive(Clone, Debug)]
pub(super) enum FaultAction {
    /// The request is not processed and this is answered.
    Answer(Response<Bytes>),
    /// The request is processed if `processed`, and the connection is reset.
    Reset {
        /// Whether the request is processed.
        processed: bool,
    },
    /// The request is processed if `processed`, and nothing is answered.
    Silence {
        /// Whether the request is processed.
        processed: bool,
    },
    /// The request is processed and its answer is spoilt.
    Spoil(Spoil),
}

/// How the answer of a processed request is spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoil {
    /// It is replaced by 500.
    ServerError,
    /// It is cut off in its body.
    CutOff,
    /// It has half of its JSON.
    HalfJson,
    /// It comes in small pieces, with this pause before each.
    Slow(Duration),
    /// It has no body.
    NoBody,
}

impl Fault {
    /// What this fault does to a request that is made now.
    pub(super) fn action(&self, api: &dyn Api, now: Timestamp) -> FaultAction {
        match self {
            Self::Reset { processed } => FaultAction::Reset {
                processed: *processed,
            },
            Self::Timeout { processed } => FaultAction::Silence {
                processed: *processed,
            },
            Self::Throttled { seconds, words } => {
                let style = match words {
                    true => ThrottleStyle::Words,
                    false => ThrottleStyle::RetryAfterSeconds,
                };
                FaultAction::Answer(api.throttled(style, *seconds, now))
            }
            Self::ServerError { processed: true } => FaultAction::Spoil(Spoil::ServerError),
            Self::ServerError { processed: false } => FaultAction::Answer(server_error()),
            Self::BadGateway => FaultAction::Answer(page(
                StatusCode::BAD_GATEWAY,
                "<html><head><title>502 Bad Gateway</title></head></html>",
            )),
            Self::Unavailable { retry_after } => {
                let body = "<html><head><title>503 Service Unavailable</title></head></html>";
                let mut response = page(StatusCode::SERVICE_UNAVAILABLE, body);
                if let Some(seconds) = retry_after {
                    let seconds = HeaderValue::from(*seconds);
                    response.headers_mut().insert(header::RETRY_AFTER, seconds);
                }
                FaultAction::Answer(response)
            }
            Self::LoginPage => FaultAction::Answer(page(
                StatusCode::OK,
                "<!doctype html><html><head><title>Sign in</title></head></html>",
            )),
            Self::Redirect { location } => {
                let mut response = answer::without_body(StatusCode::FOUND);
                answer::add_header(&mut response, header::LOCATION, location);
                FaultAction::Answer(response)
            }
            Self::Truncated => FaultAction::Spoil(Spoil::CutOff),
            Self::BadJson => FaultAction::Spoil(Spoil::HalfJson),
            Self::Slow { pause } => FaultAction::Spoil(Spoil::Slow(*pause)),
            Self::Empty => FaultAction::Spoil(Spoil::NoBody),
        }
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

impl Spoil {
    /// Spoils an answer.
    pub(super) fn apply(self, mut response: Response<Bytes>) -> Exchange {
        match self {
            Self::ServerError => Exchange::Answer(server_error()),
            // Nothing can be cut off where nothing follows the head.
            Self::CutOff if response.body().is_empty() => Exchange::Reset,
            Self::CutOff => Exchange::CutOff(response),
            Self::HalfJson => {
                let half = response.body().slice(..response.body().len() / 2);
                if half.is_empty() {
                    // Such as 204, which may not have a body.
                    response = answer::with_body(StatusCode::OK, "application/json", "{\"id\":");
                } else {
                    *response.body_mut() = half;
                }
                Exchange::Answer(response)
            }
            Self::Slow(pause) => Exchange::Drip { response, pause },
            Self::NoBody => {
                *response.body_mut() = Bytes::new();
                Exchange::Answer(response)
            }
        }
    }
}

fn page(status: StatusCode, body: &'static str) -> Response<Bytes> {
    answer::with_body(status, "text/html; charset=utf-8", body)
}

fn server_error() -> Response<Bytes> {
    page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "<!doctype html><html><head><title>Server Error (500)</title></head></html>",
    )
}
