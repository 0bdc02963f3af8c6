//! How long a server asks to wait.

use std::time::Duration;

use http::{HeaderMap, header};

/// The wait in `Retry-After`: seconds, or a date, which is taken relative to the answer's own
/// `Date`, so that this machine's clock does not matter.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Some(wait) = whole_seconds(text) {
        return Some(wait);
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = httpdate::parse_http_date(headers.get(header::DATE)?.to_str().ok()?).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

/// Seconds, rounded up. Text that is no number, negative or beyond all bounds is no wait.
pub(crate) fn whole_seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    Duration::try_from_secs_f64(seconds.ceil()).ok()
}
