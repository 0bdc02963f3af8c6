//! What an API tells of itself beside its answers.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, header};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    Reader,
    exchange::{Exchange, not_sendable},
};
use crate::{net::Transport, provider::ProviderError};

/// Headers in which APIs tell how many requests are left. Neither provider documents one.
const RATE_LEFT: [&str; 2] = ["x-ratelimit-remaining", "ratelimit-remaining"];

/// What an API tells of itself beside its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// How long a request took until its answer was complete.
    pub elapsed: Duration,
    /// The time at the provider, to the second.
    pub date: Option<Timestamp>,
    /// How many requests are left of the rate limit, where the API tells.
    pub rate_left: Option<u64>,
}

impl<T: Transport> Reader<T> {
    /// Asks for the first page of the list, which shows whether the credentials are accepted.
    ///
    /// # Errors
    ///
    /// As those of a list.
    pub async fn inspect(&self) -> Result<Inspected, ProviderError> {
        let requests = &self.api.requests;
        let url = requests.list_url();
        let request = requests
            .follow(&url)
            .map_err(|reason| not_sendable(http::Method::GET, url.path(), reason))?;
        let began = Instant::now();
        let (date, rate_left) = Exchange::new(&self.api, request)
            .run(|reading, answer| {
                reading.page(answer)?;
                Ok((date(answer.headers()), rate_left(answer.headers())))
            })
            .await?;
        Ok(Inspected {
            elapsed: began.elapsed(),
            date,
            rate_left,
        })
    }
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    let time: SystemTime = httpdate::parse_http_date(text).ok()?;
    Timestamp::try_from(time).ok()
}

fn rate_left(headers: &HeaderMap) -> Option<u64> {
    let value = RATE_LEFT.iter().find_map(|name| headers.get(*name))?;
    value.to_str().ok()?.trim().parse().ok()
}
