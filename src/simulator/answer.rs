//! Responses, whoever they are of.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::Value;

/// A response with a body of the given content type.
pub(super) fn with_body(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A response with a JSON body.
pub(super) fn with_json(status: StatusCode, body: &Value) -> Response<Bytes> {
    with_body(status, "application/json", body.to_string())
}

/// A response without a body.
pub(super) fn without_body(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// Adds a header whose text is not known to be a valid header value; leaves out what is not.
pub(super) fn add_header(response: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// When an answer was made, in whole seconds: without what is over, as servers have it.
pub(super) fn date_of(at: Timestamp) -> String {
    let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
    httpdate::fmt_http_date(whole.into())
}

/// Formats a moment as HTTP dates are, rounded up to the next whole second.
pub(super) fn http_date(at: Timestamp) -> String {
    let up = i64::from(at.subsec_nanosecond() > 0);
    let whole = Timestamp::from_second(at.as_second().saturating_add(up)).unwrap_or(at);
    httpdate::fmt_http_date(whole.into())
}
