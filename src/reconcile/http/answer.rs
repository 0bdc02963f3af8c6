//! Answers: texts, documents, and documents of what could not be done.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
};

use super::service::{Service, Views};
use crate::run::Outcome;

/// What could not be done, why, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    /// What was attempted, and why that is not done.
    pub(super) error: String,
    pub(super) way_out: String,
}

impl Refused {
    pub(super) fn new(
        status: StatusCode,
        error: impl Into<String>,
        way_out: impl Into<String>,
    ) -> Self {
        Self {
            status,
            error: error.into(),
            way_out: way_out.into(),
        }
    }

    pub(super) fn answer(&self, views: &dyn Views) -> Response<Body> {
        let outcome = match self.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::CONFLICT => {
                Outcome::Refused
            }
            status if status.is_client_error() => Outcome::Invalid,
            _ => Outcome::Failed,
        };
        let text = views.failure(outcome, &self.error, &self.way_out);
        // Without its document it still has its status.
        let mut response = json(self.status, text.unwrap_or_default());
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"hookwright\"");
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if self.status == StatusCode::PAYLOAD_TOO_LARGE
            || self.status == StatusCode::REQUEST_TIMEOUT
        {
            // What is left of the body is not read.
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        response
    }
}

pub(super) fn not_written(what: &str, error: &dyn std::fmt::Display) -> Refused {
    Refused::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        format!("{what} could not be written: {error}"),
        "ask again; report it if it stays so",
    )
}

/// An answer, or the document that says why there is none.
pub(super) fn or_refused(
    service: &Service,
    answer: Result<Response<Body>, Refused>,
) -> Response<Body> {
    answer.unwrap_or_else(|refused| refused.answer(&*service.views))
}

pub(super) fn json(status: StatusCode, text: String) -> Response<Body> {
    typed(status, "application/json", text)
}

/// A text of a media type.
pub(super) fn typed(status: StatusCode, media: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let media = HeaderValue::from_static(media);
    response.headers_mut().insert(header::CONTENT_TYPE, media);
    response
}

/// Puts the headers onto an answer that keep a browser from doing more with it than to show it.
pub(super) async fn with_care(mut response: Response<Body>) -> Response<Body> {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                          form-action 'none'; frame-ancestors 'none'";
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
