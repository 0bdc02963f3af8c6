//! Every kind of refusal, in the API's own words.

use bytes::Bytes;
use http::{HeaderName, Response, StatusCode};
use serde_json::{Map, Value, json};

use crate::simulator::answer::{add_header, with_json};

/// Why a request is not done.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Something of the request is wrong.
    Invalid {
        code: Option<&'static str>,
        message: String,
        param: Option<String>,
    },
    /// No key was sent.
    NoKey,
    /// The key is not known; its beginning.
    InvalidKey(String),
    /// There is no such object.
    Missing {
        message: String,
        param: Option<&'static str>,
    },
    /// No such path or method.
    NoRoute { method: String, path: String },
    /// The key of an earlier request comes with other parameters.
    OtherParameters(String),
    /// The body is larger than the server takes.
    TooLarge,
    /// Too many requests.
    Throttled,
}

impl Refusal {
    pub(super) fn unknown(name: &str) -> Self {
        Self::Invalid {
            code: Some("parameter_unknown"),
            message: format!("Received unknown parameter: {name}"),
            param: Some(name.to_owned()),
        }
    }

    pub(super) fn missing(name: &str) -> Self {
        Self::Invalid {
            code: Some("parameter_missing"),
            message: format!("Missing required param: {name}."),
            param: Some(name.to_owned()),
        }
    }

    pub(super) fn invalid(name: &str, message: impl Into<String>) -> Self {
        Self::Invalid {
            code: None,
            message: message.into(),
            param: Some(name.to_owned()),
        }
    }

    /// A refusal that names no parameter and has no code.
    pub(super) fn of_account(message: impl Into<String>) -> Self {
        Self::Invalid {
            code: None,
            message: message.into(),
            param: None,
        }
    }

    pub(super) fn no_endpoint(id: &str, param: Option<&'static str>) -> Self {
        let message = format!("No such webhook endpoint: '{id}'");
        Self::Missing { message, param }
    }

    /// The response that says so.
    pub(super) fn response(self) -> Response<Bytes> {
        const INVALID: &str = "invalid_request_error";
        let plain = |status, message: &str| error(status, INVALID, None, message, None);
        match self {
            Self::Invalid {
                code,
                message,
                param,
            } => error(StatusCode::BAD_REQUEST, INVALID, code, &message, param),
            Self::NoKey => plain(
                StatusCode::UNAUTHORIZED,
                "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            ),
            Self::InvalidKey(shown) => {
                let message = format!("Invalid API Key provided: {shown}");
                plain(StatusCode::UNAUTHORIZED, &message)
            }
            Self::Missing { message, param } => {
                let (code, param) = (Some("resource_missing"), param.map(str::to_owned));
                // Where it is only a parameter, the path is there.
                let status = match param {
                    Some(_) => StatusCode::BAD_REQUEST,
                    None => StatusCode::NOT_FOUND,
                };
                error(status, INVALID, code, &message, param)
            }
            Self::NoRoute { method, path } => {
                let message = format!("Unrecognized request URL ({method}: {path}).");
                plain(StatusCode::NOT_FOUND, &message)
            }
            Self::OtherParameters(key) => {
                let message = format!(
                    "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '{key}' if you meant to execute a different request."
                );
                error(
                    StatusCode::BAD_REQUEST,
                    "idempotency_error",
                    None,
                    &message,
                    None,
                )
            }
            Self::TooLarge => plain(StatusCode::PAYLOAD_TOO_LARGE, "Request body is too large."),
            Self::Throttled => {
                let mut response = error(
                    StatusCode::TOO_MANY_REQUESTS,
                    INVALID,
                    Some("rate_limit"),
                    "Request rate limit exceeded.",
                    None,
                );
                let reason = HeaderName::from_static("stripe-rate-limited-reason");
                add_header(&mut response, reason, "global-rate");
                response
            }
        }
    }
}

fn error(
    status: StatusCode,
    kind: &str,
    code: Option<&str>,
    message: &str,
    param: Option<String>,
) -> Response<Bytes> {
    let mut error = Map::new();
    error.insert("type".to_owned(), json!(kind));
    let optional = [("code", code.map(str::to_owned)), ("param", param)];
    for (name, value) in optional {
        if let Some(value) = value {
            error.insert(name.to_owned(), json!(value));
        }
    }
    error.insert("message".to_owned(), json!(message));
    with_json(status, &json!({ "error": Value::Object(error) }))
}
