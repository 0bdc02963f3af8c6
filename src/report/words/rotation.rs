//! Rotations of signing secrets, in words.

use super::{NAMED, clean, first_of};
use crate::{
    plan::{Action, EnvironmentPlan, Shown},
    run::PlannedEnvironment,
};

/// How many secrets are rotated, where any is: to be added to the counts of operations.
pub(in crate::report) fn to_rotate(rotates: usize) -> String {
    match rotates {
        0 => String::new(),
        rotates => format!(", {rotates} to rotate"),
    }
}

/// What a table of environments counts: rotations only where there is any.
pub(in crate::report) fn counted(planned: &[PlannedEnvironment]) -> Vec<Action> {
    let mut plans = planned.iter().filter_map(|one| one.result.plan());
    let rotates = plans.any(|plan| plan.count(Action::Rotate) > 0);
    let counts = |action: &Action| rotates || *action != Action::Rotate;
    Action::ALL.into_iter().filter(counts).collect()
}

/// That a webhook gets another secret, and what becomes of the old one.
pub(in crate::report) fn rotates(overlap: u64) -> String {
    format!(
        "a new one; the old one stays valid for {} h, and deliveries are signed with both until then",
        overlap / 3600
    )
}

/// The rotations that are done, where the manifest has some.
pub(in crate::report) fn rotated(plan: &EnvironmentPlan<Shown>) -> Option<String> {
    let done = plan.unchanged.iter().filter_map(|one| {
        let word = clean(one.rotated.as_ref()?.as_str());
        Some(format!("`{}` (`{word}`)", clean(one.key.as_str())))
    });
    let done: Vec<String> = done.collect();
    (!done.is_empty()).then(|| {
        let first = first_of(done.iter(), NAMED);
        format!("rotated already: {first}; another word in `rotate` rotates again")
    })
}
