//! What was counted of an environment.

use std::collections::BTreeMap;

/// The upper bounds of the buckets of the times that requests take, in seconds. Above is one more.
pub(super) const BOUNDS: [f64; 10] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// What was counted of an environment.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) rounds: BTreeMap<&'static str, u64>,
    /// By method and status.
    pub(super) requests: BTreeMap<(&'static str, String), u64>,
    pub(super) seconds: Seconds,
    /// By action and outcome.
    pub(super) operations: BTreeMap<(&'static str, &'static str), u64>,
}

/// How long requests took.
#[derive(Clone, Debug, Default)]
pub(super) struct Seconds {
    pub(super) sum: f64,
    pub(super) count: u64,
    /// How many were in each bucket, and in none below.
    pub(super) buckets: [u64; BOUNDS.len() + 1],
}
