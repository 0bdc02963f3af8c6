//! What an operation changes, so short that it stands in a heading.

use super::{alike::host_change, clean};
use crate::plan::{Change, Operation, OperationKind, Shown};

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
    match change {
        Change::Name { before, after } => ("name", arrow(&before.shown, &after.shown)),
        Change::Url { before, after } => match host_change(&before.shown, &after.shown) {
            Some(hosts) => ("host", hosts),
            None => ("url", arrow(&before.shown, &after.shown)),
        },
        Change::Events { before, after } => {
            let before = before.as_deref().unwrap_or_default();
            let lacks = |these: &[String], those: &[String]| {
                these.iter().filter(|event| !those.contains(event)).count()
            };
            let counts = [('+', lacks(after, before)), ('-', lacks(before, after))];
            let counts = counts.iter().filter(|(_, count)| *count > 0);
            let counts: Vec<String> = counts
                .map(|(sign, count)| format!("{sign}{count}"))
                .collect();
            ("events", counts.join(" "))
        }
        Change::Enabled { before, after } => ("enabled", format!("{before} → {after}")),
    }
}
