//! What a plan would have done to the deliveries of a time.

use super::{clean, deliveries, grouped, some_of};
use crate::{
    delivery::{Fates, Load},
    plan::{Ago, Text},
    run::{BlastRadius, PlannedEnvironment},
};

/// How many receivers are shown one by one.
const SHOWN: usize = 100;

/// Two lines, however many environments there are: what would have become of the deliveries, and who would have borne the most.
/// None where no history was read.
pub(in crate::report) fn radius(planned: &[PlannedEnvironment]) -> Vec<String> {
    let all: Vec<&BlastRadius> = planned
        .iter()
        .filter_map(|one| one.radius.as_ref())
        .collect();
    let Some(window) = all.iter().map(|one| one.window).max() else {
        return Vec::new();
    };
    let mut fates = Fates::default();
    let (mut multiplied, mut newly) = (0, 0);
    for one in &all {
        fates.unchanged += one.radius.fates.unchanged;
        fates.moved += one.radius.fates.moved;
        fates.other_host += one.radius.fates.other_host;
        fates.lost += one.radius.fates.lost;
        fates.elsewhere += one.radius.fates.elsewhere;
        multiplied += one.radius.multiplied;
        newly += one.radius.newly;
    }
    let window = Ago(window);
    if fates.total() == 0 {
        return vec![format!(
            "Blast radius: not known, as no delivery of the last {window} is known."
        )];
    }
    let unknown = all.iter().map(|one| one.unknown).max().unwrap_or_default();
    let parts = [
        (fates.unchanged, "as they went"),
        (fates.other_host, "to another host"),
        (fates.moved, "to another URL of their host"),
        (fates.lost, "nowhere"),
        (fates.elsewhere, "of no webhook that is live"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", grouped(*count)))
        .collect();
    let mut lines = vec![format!(
        "Blast radius: of {} in the last {window}, {}.",
        deliveries(fates.total()),
        parts.join(", ")
    )];
    let mut besides = Vec::new();
    if !unknown.is_zero() {
        besides.push(format!("of {} of that time nothing is known", Ago(unknown)));
    }
    if multiplied > 0 {
        besides.push(format!("{} more would have been sent", grouped(multiplied)));
    }
    if newly > 0 {
        besides.push(format!(
            "{} to a receiver that never had that event type",
            grouped(newly)
        ));
    }
    let busiest = all.iter().flat_map(|one| one.radius.loads.first());
    if let Some(load) = busiest.max_by_key(|load| load.would_busiest) {
        besides.push(format!(
            "in its busiest minute, {} would have had {}, and had {} at most",
            some_of(load.titles.iter().map(|title| clean(title))),
            grouped(load.would_busiest),
            grouped(load.busiest)
        ));
    }
    if !besides.is_empty() {
        lines.push(format!("  {}.", besides.join("; ")));
    }
    lines
}

/// The receivers that are shown one by one, those that would have borne the most first, and how many more there are.
pub(in crate::report) fn loads(radius: &BlastRadius) -> (&[Load<Text>], usize) {
    let loads = &radius.radius.loads;
    let shown = loads.len().min(SHOWN);
    (&loads[..shown], loads.len() - shown)
}
