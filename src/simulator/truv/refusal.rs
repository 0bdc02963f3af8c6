//! Every kind of refusal, in the API's own words.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::simulator::{
    answer::{self, add_header, with_body, with_json},
    quirks::{Quirks, RefusalCode, ThrottleStyle},
};

/// `{"error": {"code", "message"}}`.
fn error_body(code: &str, message: &str) -> Value {
    json!({"error": {"code": code, "message": message}})
}

/// One field of a request and what is wrong with it.
#[derive(Debug)]
pub(super) struct InvalidParam {
    pub(super) field: String,
    pub(super) message: String,
}

impl InvalidParam {
    pub(super) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// Why a request is not done.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The body is no JSON object.
    UnreadableBody(String),
    /// Fields or query parameters are wrong.
    InvalidParams(Vec<InvalidParam>),
    /// The credentials are absent or unknown.
    AuthenticationFailed(&'static str),
    /// The secret is another environment's.
    OtherEnvironment,
    /// No such path, or no such object of this client.
    NotFound,
    /// A cursor that no page gave out.
    InvalidCursor,
    /// The path is known, the method is not.
    MethodNotAllowed { method: String, allow: &'static str },
    /// The client takes no JSON.
    NotAcceptable,
    /// The body is larger than the server takes.
    TooLarge,
    /// The body does not say that it is JSON.
    UnsupportedMediaType(String),
    /// Too many requests; the seconds until one may be sent again.
    Throttled(u64),
    /// The path lacks its final slash; where it would have been.
    MissingSlash(String),
}

impl Refusal {
    /// A refusal of one field.
    pub(super) fn of_field(field: &str, message: impl Into<String>) -> Self {
        Self::InvalidParams(vec![InvalidParam::new(field, message)])
    }

    /// The response that says so.
    pub(super) fn response(self, quirks: &Quirks, now: Timestamp) -> Response<Bytes> {
        let detail = |status, words: &str| with_json(status, &json!({"detail": words}));
        let error = |status, code, message: &str| with_json(status, &error_body(code, message));
        match self {
            Self::UnreadableBody(message) => {
                let code = RefusalCode::IncorrectParameters.as_str();
                error(StatusCode::BAD_REQUEST, code, &message)
            }
            Self::InvalidParams(params) => invalid_params(&params, quirks),
            Self::AuthenticationFailed(message) => {
                error(StatusCode::UNAUTHORIZED, "authentication_failed", message)
            }
            Self::OtherEnvironment => error(
                StatusCode::FORBIDDEN,
                "not_authenticated",
                "You do not have permission to perform this action.",
            ),
            Self::NotFound => detail(StatusCode::NOT_FOUND, "Not Found."),
            Self::InvalidCursor => detail(StatusCode::NOT_FOUND, "Invalid cursor"),
            Self::MethodNotAllowed { method, allow } => {
                let words = format!("Method \"{method}\" not allowed.");
                let mut response = detail(StatusCode::METHOD_NOT_ALLOWED, &words);
                add_header(&mut response, header::ALLOW, allow);
                response
            }
            Self::NotAcceptable => detail(
                StatusCode::NOT_ACCEPTABLE,
                "Could not satisfy the request Accept header.",
            ),
            Self::TooLarge => detail(StatusCode::PAYLOAD_TOO_LARGE, "Request body is too large."),
            Self::UnsupportedMediaType(found) => detail(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                &format!("Unsupported media type \"{found}\" in request."),
            ),
            Self::Throttled(seconds) => throttled(quirks.throttle_style, seconds, now),
            Self::MissingSlash(location) => {
                let mut response = with_body(
                    StatusCode::MOVED_PERMANENTLY,
                    "text/html; charset=utf-8",
                    Bytes::new(),
                );
                add_header(&mut response, header::LOCATION, &location);
                response
            }
        }
    }
}

fn invalid_params(params: &[InvalidParam], quirks: &Quirks) -> Response<Bytes> {
    let listed: Vec<Value> = params
        .iter()
        .map(|param| json!({"field": param.field, "message": param.message}))
        .collect();
    with_json(
        StatusCode::BAD_REQUEST,
        &json!({"error": {
            "code": quirks.refusal_code.as_str(),
            "message": "Request contains invalid parameters",
            "extra": {"invalid-params": listed},
        }}),
    )
}

pub(super) fn throttled(style: ThrottleStyle, seconds: u64, now: Timestamp) -> Response<Bytes> {
    answer::throttled(style, seconds, now, |words| match style {
        ThrottleStyle::RetryAfterSeconds
        | ThrottleStyle::RetryAfterDate
        | ThrottleStyle::ErrorWords => error_body("throttled", words),
        ThrottleStyle::Words | ThrottleStyle::WordsUnder400 | ThrottleStyle::WordsUnder503 => {
            json!({"detail": words})
        }
    })
}
