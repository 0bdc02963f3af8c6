//! What an operation changes, so short that it stands in a heading.

use super::{alike::host_change, clean, lacking};
use crate::plan::{Change, Operation, OperationKind, Shown, Value, WebhookRecord};

/// What an update changes, each field with its old and its new value or with how much changes. Other operations need no gist:
/// their heading says all.
pub(in crate::report) fn gist(operation: &Operation<Shown>) -> Vec<(&'static str, String)> {
    match &operation.kind {
        OperationKind::Update { changes, .. } => changes.iter().map(of).collect(),
        OperationKind::Create { .. } | OperationKind::Delete { .. } => Vec::new(),
        OperationKind::Rotate { overlap, .. } => vec![("secret", super::rotates(*overlap))],
    }
}

fn of(change: &Change<Shown>) -> (&'static str, String) {
    let arrow = |before: &str, after: &str| match before == after {
        true => super::SENSITIVE.to_owned(),
        false => format!("{} → {}", clean(before), clean(after)),
    };
    if let Some((before, after)) = change.url()
        && let Some(hosts) = host_change(&before.shown, &after.shown)
    {
        return ("host", hosts);
    }
    let (before, after) = change.values();
    let text = match after {
        Value::Text(after) => {
            let before = before.and_then(Value::text);
            arrow(before.map_or("", |before| &before.shown), &after.shown)
        }
        Value::Events(after) => {
            let before = before.and_then(Value::events).unwrap_or_default();
            let (added, removed) = (lacking(after, before), lacking(before, after));
            let counts = [('+', added.count()), ('-', removed.count())];
            let counts = counts.iter().filter(|(_, count)| *count > 0);
            let counts: Vec<String> = counts
                .map(|(sign, count)| format!("{sign}{count}"))
                .collect();
            counts.join(" ")
        }
        Value::Flag(after) => flags(before.and_then(Value::flag), after),
    };
    (change.field(), text)
}

/// A yes or no that changes.
pub(in crate::report) fn flags(before: Option<bool>, after: bool) -> String {
    match before {
        Some(before) => format!("{before} → {after}"),
        None => after.to_string(),
    }
}

/// How many of the fields that an update can change stay, where some do.
pub(in crate::report) fn unchanged(changes: usize) -> Option<String> {
    let rest = WebhookRecord::CHANGEABLE.checked_sub(changes)?;
    (rest > 0).then(|| super::count(rest, "field"))
}
