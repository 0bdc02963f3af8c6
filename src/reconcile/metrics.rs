//! What the service counts and measures, as OpenMetrics 1.0.
//!
//! Labels come from the manifest and from fixed lists alone: nothing of a provider's answers becomes one, so their number
//! is bounded. An environment that leaves the manifest takes its series with it.

mod scrape;
mod tally;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use prometheus_client::{encoding::text, registry::Registry};

use self::{
    scrape::Scrape,
    tally::{BOUNDS, Tally},
};
use super::Status;
use crate::{model::EnvironmentName, run::Outcome};

/// The media type of what [`Metrics::render`] gives.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The methods that have a name of their own.
const METHODS: [&str; 6] = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"];

/// What the service has counted since it began. Clones are one.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Mutex<BTreeMap<EnvironmentName, Tally>>>);

impl Metrics {
    /// Counts a round of an environment that has ended.
    pub fn round(&self, environment: &EnvironmentName, outcome: Outcome) {
        self.count(environment, |tally| {
            *tally.rounds.entry(outcome.as_str()).or_default() += 1;
        });
    }

    /// Counts a request to a provider, and how long it took; `status` is `None` where there was no answer.
    pub fn request(
        &self,
        environment: &EnvironmentName,
        method: &str,
        status: Option<u16>,
        seconds: f64,
    ) {
        let method = METHODS.into_iter().find(|known| *known == method);
        let status = match status {
            None => "none".to_owned(),
            Some(status @ 100..=599) => status.to_string(),
            Some(_) => "other".to_owned(),
        };
        self.count(environment, |tally| {
            let key = (method.unwrap_or("other"), status);
            *tally.requests.entry(key).or_default() += 1;
            let bucket = BOUNDS.partition_point(|bound| *bound < seconds);
            tally.seconds.buckets[bucket] += 1;
            tally.seconds.count += 1;
            tally.seconds.sum += seconds;
        });
    }

    /// Counts an operation that was carried out, or tried.
    pub fn operation(
        &self,
        environment: &EnvironmentName,
        action: &'static str,
        outcome: &'static str,
    ) {
        self.count(environment, |tally| {
            *tally.operations.entry((action, outcome)).or_default() += 1;
        });
    }

    fn count(&self, environment: &EnvironmentName, add: impl FnOnce(&mut Tally)) {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        add(tallies.entry(environment.clone()).or_default());
    }

    /// Everything in the text format of OpenMetrics. What was counted of environments that this status does not have is
    /// forgotten.
    ///
    /// # Errors
    ///
    /// Those of formatting, which has no reason to fail.
    pub fn render(&self, status: Status) -> Result<String, fmt::Error> {
        let tallies = {
            let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            tallies.retain(|name, _| status.environment(name).is_some());
            tallies.clone()
        };
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Scrape { status, tallies }));
        let mut text = String::new();
        text::encode(&mut text, &registry)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests;
