//! Webhooks that change alike: one line says of hundreds what would be said of each.

use std::collections::{BTreeMap, BTreeSet};

use super::{NotesOf, StepsOf, carries, gist::flags, lacking, order};
use crate::{
    plan::{EnvironmentPlan, Operation, OperationKind, Shown, Value, evidence::Evidence},
    report::words::{clean, count},
};

/// From how many on they are shown together.
const FEWEST: usize = 5;

/// What webhooks have in common that change alike: fields and texts, in the order in which they are shown.
type Common = Vec<(&'static str, String)>;

/// Updates that change the same.
#[derive(Debug)]
pub(in crate::report) struct Alike {
    /// What changes.
    pub(in crate::report) common: Common,
    /// The operations, by their places in the plan; at least five.
    pub(in crate::report) operations: Vec<usize>,
}

/// So many changes stand in a heading; more of them stand below it.
const IN_HEADING: usize = 3;

impl Alike {
    /// How many there are and what changes, in short, and what is still to be said of them below that.
    pub(in crate::report) fn heading(&self) -> (String, &[(&'static str, String)]) {
        let total = count(self.operations.len(), "webhook");
        // Why it is stands last.
        let changes = self.common.len().saturating_sub(1);
        if changes > IN_HEADING {
            return (format!("{total} change alike"), &self.common);
        }
        let (changes, rest) = self.common.split_at(changes);
        let changes: Vec<String> = changes
            .iter()
            .map(|(name, text)| format!("{name} {text}"))
            .collect();
        (format!("{total}: {}", changes.join(", ")), rest)
    }
}

/// The updates of a plan that change alike, each group by the place of its first. What waits for another, carries something
/// that is known, or has something of its own to say stands for itself; so does all that is created or deleted, and all where
/// `expand` says so. Beside the groups, the places of all that are in one.
pub(in crate::report) fn alike(
    plan: &EnvironmentPlan<Shown>,
    evidence: Option<&Evidence<Shown>>,
    steps: &StepsOf<'_>,
    expand: bool,
) -> (BTreeMap<usize, Alike>, BTreeSet<usize>) {
    if expand {
        return Default::default();
    }
    let mut groups: BTreeMap<Common, Vec<usize>> = BTreeMap::new();
    let notes = NotesOf::plan(plan);
    for (index, operation) in plan.operations.iter().enumerate() {
        let says_more = notes.own(operation).next().is_some()
            || !carries(evidence, operation).is_empty()
            || !order(plan, steps, index).is_empty();
        if let (false, Some(common)) = (says_more, common(operation)) {
            groups.entry(common).or_default().push(index);
        }
    }
    groups.retain(|_, operations| operations.len() >= FEWEST);
    let members = groups.values().flatten().copied().collect();
    let groups = groups.into_iter();
    let groups = groups.map(|(common, operations)| (operations[0], Alike { common, operations }));
    (groups.collect(), members)
}

/// What an update has in common with others; `None` where something is its own.
fn common(operation: &Operation<Shown>) -> Option<Common> {
    let OperationKind::Update { changes, .. } = &operation.kind else {
        return None;
    };
    let mut common = Common::new();
    for change in changes {
        if let Some((before, after)) = change.url() {
            common.push(("host", host_change(&before.shown, &after.shown)?));
            continue;
        }
        let (before, after) = change.values();
        match after {
            Value::Text(_) => return None,
            Value::Events(after) => {
                let before = before.and_then(Value::events)?;
                let added = lacking(after, before);
                common.extend(added.map(|event| ("events", format!("+ {}", clean(event)))));
                let removed = lacking(before, after);
                common.extend(removed.map(|event| ("events", format!("- {}", clean(event)))));
            }
            Value::Flag(after) => {
                let before = before.and_then(Value::flag);
                common.push((change.field(), flags(before, after)));
            }
        }
    }
    common.push(("why", super::reason(&operation.reason)));
    Some(common)
}

/// How a host changes, where nothing else of a URL does.
pub(super) fn host_change(before: &str, after: &str) -> Option<String> {
    let (before_scheme, before_host, before_rest) = split(before)?;
    let (after_scheme, after_host, after_rest) = split(after)?;
    let is_host_alone =
        (before_scheme, before_rest) == (after_scheme, after_rest) && before_host != after_host;
    is_host_alone.then(|| format!("{} → {}", clean(before_host), clean(after_host)))
}

/// A URL's scheme, its host, and all the rest.
fn split(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, rest) = rest.split_at(end);
    Some((scheme, host, rest))
}
