//! What webhooks carry, and the guard that looks at it.
//!
//! Deliveries and the present moment come from outside: here they are numbers, and ages.

use std::{collections::BTreeMap, time::Duration};

use super::{
    Change, EnvironmentPlan, Note, Operation, OperationKind, Options, Reason, Refusal,
    form::{Exact, Form},
};

/// How recent a delivery must be for a webhook to count as in use: 24 hours.
pub const LIVE: Duration = Duration::from_secs(24 * 60 * 60);
/// How much longer it counts, as the provider's own machines need not agree on the time: 10 minutes.
pub const MARGIN: Duration = Duration::from_secs(10 * 60);

/// What is known of the deliveries of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence<F: Form = Exact> {
    /// The request history could not be read; why.
    Unread(String),
    /// The provider has no request history, in a sentence that names it.
    NoHistory(String),
    /// It was read.
    Read {
        /// How far back deliveries were counted; `None` where only the guard asked, which counts none.
        window: Option<Duration>,
        /// What went to each URL; what is not there carried nothing.
        carried: BTreeMap<F::Url, Carried>,
    },
}

/// What went to one URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// How many deliveries there were.
    pub deliveries: u64,
    /// How many of them succeeded.
    pub succeeded: u64,
    /// How long ago the event of the last one came to be.
    pub last: Option<Duration>,
    /// The last failures, the latest first.
    pub failures: Vec<LastFailure>,
}

/// A delivery that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastFailure {
    /// How long ago its event came to be.
    pub ago: Duration,
    /// What the endpoint answered; `None` where it did not.
    pub status: Option<u16>,
    /// What went wrong, in the provider's words.
    pub error: Option<String>,
}

impl<F: Form> Evidence<F> {
    /// What went to a webhook's URL; `None` where the history could not be read.
    pub fn of(&self, url: &F::Url) -> Option<Carried> {
        match self {
            Self::Unread(_) | Self::NoHistory(_) => None,
            Self::Read { window: _, carried } => {
                Some(carried.get(url).cloned().unwrap_or_default())
            }
        }
    }
}

/// Whether an operation ends the deliveries of a webhook: a delete, or that it is disabled.
pub fn ends_deliveries(operation: &Operation) -> bool {
    match &operation.kind {
        OperationKind::Create { .. } | OperationKind::Rotate { .. } => false,
        // What replaces it sends the same to the same URL, unless it comes only after it.
        OperationKind::Delete { .. } if matches!(operation.reason, Reason::Replaced { .. }) => {
            let mut notes = operation.notes.iter();
            notes.any(|note| matches!(note, Note::Gap { .. }))
        }
        OperationKind::Delete { .. } => true,
        OperationKind::Update { changes, .. } => changes
            .iter()
            .any(|change| matches!(change, Change::Enabled { after: false, .. })),
    }
}

/// Refuses to delete or disable what had deliveries in the last 24 hours, and what nothing is known of.
pub fn check_traffic(
    plan: &EnvironmentPlan,
    evidence: &Evidence,
    options: &Options,
) -> Vec<Refusal> {
    if options.allow_live_traffic {
        return Vec::new();
    }
    let ending = plan.operations.iter().filter(|one| ends_deliveries(one));
    let webhooks = ending.filter_map(Operation::before);
    match evidence {
        Evidence::Unread(error) | Evidence::NoHistory(error) => {
            let names: Vec<_> = webhooks.map(|webhook| webhook.name.clone()).collect();
            let unknown = || Refusal::TrafficUnknown {
                webhooks: names.clone(),
                error: error.clone(),
                never_known: matches!(evidence, Evidence::NoHistory(_)),
            };
            (!names.is_empty()).then(unknown).into_iter().collect()
        }
        Evidence::Read { window: _, carried } => webhooks
            .filter_map(|webhook| {
                let last = carried.get(&webhook.url)?.last?;
                (last <= LIVE + MARGIN).then(|| Refusal::LiveTraffic {
                    webhook: webhook.clone(),
                    last,
                })
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests;
