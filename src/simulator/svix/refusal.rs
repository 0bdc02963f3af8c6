//! Every kind of refusal, in the API's own words.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::simulator::{
    answer::{self, add_header, with_json},
    quirks::ThrottleStyle,
};

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Where: `body` or `query`, and the field.
    pub(super) place: [&'static str; 2],
    pub(super) message: String,
    pub(super) kind: &'static str,
}

impl Item {
    /// A value of a body that is not taken.
    pub(super) fn of_field(field: &'static str, message: impl Into<String>) -> Self {
        Self {
            place: ["body", field],
            message: message.into(),
            kind: "value_error",
        }
    }

    /// A parameter of a query that is not taken.
    pub(super) fn of_query(parameter: &'static str, message: impl Into<String>) -> Self {
        Self {
            place: ["query", parameter],
            message: message.into(),
            kind: "value_error",
        }
    }
}

/// Why a request is not done.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The token is absent or unknown.
    InvalidToken,
    /// No such path, or no such object.
    NotFound,
    /// The path is known, the method is not.
    MethodNotAllowed(&'static str),
    /// A uid, or the name of an event type, that another has.
    Conflict,
    /// Fields are wrong.
    Invalid(Vec<Item>),
    /// The body is no JSON.
    NotJson(String),
    /// A parameter of the query cannot be read.
    BadQuery(String),
    /// As many old secrets are kept as can be.
    LimitReached,
    /// The body does not say that it is JSON.
    UnsupportedMediaType,
    /// The body is larger than the server takes.
    TooLarge,
    /// Too many requests; the seconds until one may be sent again.
    Throttled(u64),
}

impl Refusal {
    /// One wrong field.
    pub(super) fn of_field(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Item::of_field(field, message)])
    }

    /// The response that says so.
    pub(super) fn response(self, style: ThrottleStyle, now: Timestamp) -> Response<Bytes> {
        match self {
            Self::InvalidToken => standard(
                StatusCode::UNAUTHORIZED,
                "authentication_failed",
                "Invalid token",
            ),
            Self::NotFound => standard(StatusCode::NOT_FOUND, "not_found", "Entity not found"),
            Self::MethodNotAllowed(allow) => {
                let mut response = with_json(StatusCode::METHOD_NOT_ALLOWED, &json!({}));
                add_header(&mut response, header::ALLOW, allow);
                response
            }
            Self::Conflict => standard(StatusCode::CONFLICT, "conflict", "A conflict has occurred"),
            Self::Invalid(items) => invalid(&items),
            Self::NotJson(message) => invalid(&[Item {
                place: ["body", ""],
                message,
                kind: "value_error.jsondecode",
            }]),
            Self::BadQuery(message) => standard(StatusCode::BAD_REQUEST, "generic_error", &message),
            Self::LimitReached => standard(
                StatusCode::BAD_REQUEST,
                "limit_reached",
                "You have reached the maximum number of old signing keys",
            ),
            Self::UnsupportedMediaType => invalid(&[Item {
                place: ["body", ""],
                message: "Expected request with `Content-Type: application/json`".to_owned(),
                kind: "value_error.jsondecode",
            }]),
            Self::TooLarge => standard(
                StatusCode::PAYLOAD_TOO_LARGE,
                "payload_too_large",
                "Request payload is too large.",
            ),
            Self::Throttled(seconds) => throttled(style, seconds, now),
        }
    }
}

fn standard(status: StatusCode, code: &str, detail: &str) -> Response<Bytes> {
    with_json(status, &json!({"code": code, "detail": detail}))
}

fn invalid(items: &[Item]) -> Response<Bytes> {
    let detail: Vec<Value> = items
        .iter()
        .map(|item| {
            let [part, field] = item.place;
            let mut loc = vec![part];
            loc.extend((!field.is_empty()).then_some(field));
            json!({"loc": loc, "msg": item.message, "type": item.kind})
        })
        .collect();
    with_json(StatusCode::UNPROCESSABLE_ENTITY, &json!({"detail": detail}))
}

/// The numbers of the limit are published nowhere, and neither are these words.
pub(super) fn throttled(style: ThrottleStyle, seconds: u64, now: Timestamp) -> Response<Bytes> {
    let body = |words: &str| json!({"code": "rate_limit", "detail": words});
    answer::throttled(style, seconds, now, body)
}
