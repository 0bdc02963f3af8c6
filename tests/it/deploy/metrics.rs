//! What the service exports.

use std::collections::BTreeSet;

/// The names of all metrics, as Prometheus stores them.
pub(super) const NAMES: &[&str] = &[
    "hookwright_build_info",
    "hookwright_condition",
    "hookwright_interval_seconds",
    "hookwright_last_attempt_timestamp_seconds",
    "hookwright_last_success_timestamp_seconds",
    "hookwright_leader",
    "hookwright_manifest_info",
    "hookwright_manifest_valid",
    "hookwright_operations_total",
    "hookwright_paused",
    "hookwright_rate_budget",
    "hookwright_request_seconds_bucket",
    "hookwright_requests_total",
    "hookwright_rounds_total",
    "hookwright_webhooks",
    "hookwright_writes_per_day_limit",
    "hookwright_writes_today",
];

/// The metrics that a text names.
pub(super) fn named(text: &str) -> BTreeSet<&str> {
    let is_part = |found: char| found.is_ascii_lowercase() || found == '_';
    let words = text.split(|found| !is_part(found));
    words
        .filter(|word| word.starts_with("hookwright_"))
        .collect()
}

/// Asserts that a text names only what the service exports.
#[track_caller]
pub(super) fn assert_exported(text: &str) {
    let exported: BTreeSet<&str> = NAMES.iter().copied().collect();
    let named = named(text);
    assert!(!named.is_empty(), "no metric is named");
    let unknown: Vec<_> = named.difference(&exported).collect();
    assert!(unknown.is_empty(), "nothing exports {unknown:?}");
}
