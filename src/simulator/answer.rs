//! Responses, whoever they are of.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri,
    header::{self, AsHeaderName},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::quirks::{ExtraFields, Quirks, ThrottleStyle, Timestamps};

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

/// The answer to one request too many; `body` has these words in it.
pub(super) fn throttled(
    style: ThrottleStyle,
    seconds: u64,
    now: Timestamp,
    body: impl FnOnce(&str) -> Value,
) -> Response<Bytes> {
    let (status, retry_after) = match style {
        ThrottleStyle::RetryAfterSeconds => {
            (StatusCode::TOO_MANY_REQUESTS, Some(seconds.to_string()))
        }
        ThrottleStyle::RetryAfterDate => {
            let wait = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
            let free = now.checked_add(wait).unwrap_or(Timestamp::MAX);
            (StatusCode::TOO_MANY_REQUESTS, Some(http_date(free)))
        }
        ThrottleStyle::Words | ThrottleStyle::ErrorWords => (StatusCode::TOO_MANY_REQUESTS, None),
        ThrottleStyle::WordsUnder400 => (StatusCode::BAD_REQUEST, None),
        ThrottleStyle::WordsUnder503 => (StatusCode::SERVICE_UNAVAILABLE, None),
    };
    let Some(retry_after) = retry_after else {
        let words = format!("Request was throttled. Expected available in {seconds} seconds.");
        return with_json(status, &body(&words));
    };
    let mut response = with_json(status, &body("Request was throttled."));
    add_header(&mut response, header::RETRY_AFTER, &retry_after);
    response
}

/// The only value of a header; a header sent twice is as good as none.
pub(super) fn only_header(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// What a request says that its body is.
pub(super) fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()
}

/// Whether a content type is this media type, whatever its parameters.
pub(super) fn is_media_type(content_type: &str, media_type: &str) -> bool {
    let found = content_type.split(';').next().unwrap_or("").trim();
    found.eq_ignore_ascii_case(media_type)
}

/// The parameters of a query.
#[derive(Debug)]
pub(super) struct Query(pub(super) Vec<(String, String)>);

impl Query {
    pub(super) fn of(uri: &Uri) -> Self {
        let query = uri.query().unwrap_or("").as_bytes();
        Self(url::form_urlencoded::parse(query).into_owned().collect())
    }

    /// The value of a parameter; the last counts.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A moment as answers have it that do not count seconds.
pub(super) fn moment(at: Timestamp, timestamps: Timestamps) -> Value {
    let format = match timestamps {
        Timestamps::Fraction => "%Y-%m-%dT%H:%M:%S.%6fZ",
        Timestamps::Whole => "%Y-%m-%dT%H:%M:%SZ",
        Timestamps::Offset => "%Y-%m-%dT%H:%M:%S.%6f+00:00",
    };
    Value::String(at.strftime(format).to_string())
}

/// Adds what no documentation mentions, where the quirk says so.
pub(super) fn add_extra_fields(object: &mut Value, quirks: &Quirks) {
    if quirks.extra_fields == ExtraFields::Some {
        object["x_region"] = json!("us-west-2");
        object["x_limits"] = json!({"retries": [30, 30, 30]});
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
