//! What live webhooks carry, as far as the request history tells.

use std::time::Duration;

use super::{answered, clean, deliveries};
use crate::plan::{
    Ago, Operation, Reason, Shown,
    evidence::{Carried, Evidence, LastFailure},
};

/// What the live webhook of an operation carries, and why an endpoint was disabled, each with the name
/// it is shown under.
pub(in crate::report) fn carries(
    evidence: Option<&Evidence<Shown>>,
    operation: &Operation<Shown>,
) -> Vec<(&'static str, String)> {
    let Some(Evidence::Read {
        window: Some(window),
        carried,
    }) = evidence
    else {
        return Vec::new();
    };
    let Some(before) = operation.before() else {
        return Vec::new();
    };
    let nothing = Carried::default();
    let carried = carried.get(&before.webhook.url).unwrap_or(&nothing);
    let mut said = vec![("carries", carried_text(carried, *window))];
    if operation.reason == Reason::DisabledAtProvider && !carried.failures.is_empty() {
        let failures: Vec<String> = carried.failures.iter().map(failure).collect();
        said.push(("failed", failures.join("; ")));
    }
    said
}

fn carried_text(carried: &Carried, window: Duration) -> String {
    let length = Ago(window);
    let last = carried
        .last
        .map(|last| format!("the last {} ago", Ago(last)));
    if carried.deliveries == 0 {
        let since = last.map_or_else(String::new, |last| format!(", {last}"));
        return format!("no delivery in {length}{since}");
    }
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let share = carried.succeeded as f64 / carried.deliveries as f64 * 100.0;
    let share = match carried.deliveries - carried.succeeded {
        0 => "all succeeded".to_owned(),
        _ if carried.succeeded == 0 => "all failed".to_owned(),
        _ => format!("{:.1} % succeeded", share.clamp(0.1, 99.9)),
    };
    let count = deliveries(carried.deliveries);
    let last = last.unwrap_or_default();
    format!("{count} in {length}, {share}, {last}")
}

fn failure(failure: &LastFailure) -> String {
    let what = answered(failure.status, failure.error.as_deref());
    format!("{what}, {} ago", Ago(failure.ago))
}

/// That there is no history, or that it could not be read, where somebody wanted to see it.
pub(in crate::report) fn unread(evidence: Option<&Evidence<Shown>>) -> Option<String> {
    match evidence? {
        Evidence::Unread(error) => Some(format!(
            "the request history could not be read: {}",
            clean(error)
        )),
        Evidence::NoHistory(error) => Some(clean(error).into_owned()),
        Evidence::Read { .. } => None,
    }
}
