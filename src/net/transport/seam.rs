//! One request in, one response out: what a transport does, and why no response may come.

use std::future::Future;

use bytes::Bytes;

/// Why no complete response came back.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    /// What is known about the request's fate.
    pub kind: TransportErrorKind,
    /// The status, where an answer had begun that did not come to its end.
    pub status: Option<http::StatusCode>,
    /// What happened, without URLs or headers.
    pub message: String,
    /// The cause, where there is one.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl TransportError {
    /// That the permission for a request ended before it was sent.
    pub(crate) fn withheld() -> Self {
        Self {
            kind: TransportErrorKind::Withheld,
            status: None,
            message: "it was not sent".to_owned(),
            source: None,
        }
    }
}

/// What is known about a request without a complete response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportErrorKind {
    /// No connection was made: the request was surely not processed.
    Connect,
    /// No connection can be made this way, however often it is tried: TLS refuses who answers, or is refused.
    Tls,
    /// The request lost its permission while it waited: it was not sent.
    Withheld,
    /// Time ran out after the request may have been sent: it may have been processed.
    Timeout,
    /// The connection broke, or the answer was cut off: the request may have been processed.
    Interrupted,
    /// The answer was larger than the client takes: the request may have been processed.
    TooLarge,
}

impl TransportErrorKind {
    /// Whether another attempt may end otherwise.
    pub(crate) fn is_passing(self) -> bool {
        match self {
            Self::Connect | Self::Timeout | Self::Interrupted => true,
            Self::Tls | Self::Withheld | Self::TooLarge => false,
        }
    }

    /// Whether the request was surely not processed.
    pub(crate) fn is_unsent(self) -> bool {
        match self {
            Self::Connect | Self::Tls | Self::Withheld => true,
            Self::Timeout | Self::Interrupted | Self::TooLarge => false,
        }
    }
}

/// Sends one request and returns the whole response, once.
///
/// Implementations do not retry, do not follow redirects and add no credentials. Time-outs are
/// theirs to keep.
pub trait Transport: Send + Sync {
    /// Sends the request and waits for the whole response, whatever its status.
    ///
    /// # Errors
    ///
    /// No complete response: see [`TransportErrorKind`] for what is known of the request's fate.
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> impl Future<Output = Result<http::Response<Bytes>, TransportError>> + Send;
}
