//! What an API tells of itself beside its answers.

use std::time::Duration;

use http::HeaderMap;
use tokio::time::Instant;

use super::{Reader, exchange::Exchange};
use crate::{
    net::{ServerTime, Transport},
    provider::ProviderError,
};

/// Headers in which APIs tell how many requests are left. Neither provider documents one.
const RATE_LEFT: [&str; 2] = ["x-ratelimit-remaining", "ratelimit-remaining"];

/// What an API tells of itself beside its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// How long a request took until its answer was complete.
    pub elapsed: Duration,
    /// The time at the provider when the answer had come, where it says so.
    pub time: Option<ServerTime>,
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
        let mut exchange = Exchange::get(&self.api, &self.api.requests.list_url())?;
        let began = Instant::now();
        let rate_left = exchange
            .run(|reading, answer| {
                reading.page(answer)?;
                Ok(rate_left(answer.headers()))
            })
            .await?;
        Ok(Inspected {
            elapsed: began.elapsed(),
            time: self.api.clock.now(),
            rate_left,
        })
    }

    /// What time it is at the provider, by an answer that came before, else by one that is asked for now; `None`
    /// where its answers do not say.
    ///
    /// # Errors
    ///
    /// As those of a list.
    pub async fn time(&self) -> Result<Option<ServerTime>, ProviderError> {
        match self.api.clock.now() {
            Some(now) => Ok(Some(now)),
            None => Ok(self.inspect().await?.time),
        }
    }
}

fn rate_left(headers: &HeaderMap) -> Option<u64> {
    let value = RATE_LEFT.iter().find_map(|name| headers.get(*name))?;
    value.to_str().ok()?.trim().parse().ok()
}
