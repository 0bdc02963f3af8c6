//! When an operation happens, and in how many steps.

use std::collections::BTreeSet;

use super::{some_of, title};
use crate::plan::{Action, EnvironmentPlan, Shown, Step};

/// The steps of each operation of a plan: the first, and the last where there are two. Found once, as
/// plans can be long.
pub(in crate::report) struct StepsOf<'p>(Vec<[Option<&'p Step<Shown>>; 2]>);

impl<'p> StepsOf<'p> {
    pub(in crate::report) fn plan(plan: &'p EnvironmentPlan<Shown>) -> Self {
        let mut all = vec![[None; 2]; plan.operations.len()];
        for step in &plan.steps {
            match all.get_mut(step.operation) {
                Some([first @ None, _]) => *first = Some(step),
                Some([Some(_), last]) => *last = Some(step),
                None => {}
            }
        }
        Self(all)
    }
}

/// When an operation happens: what it waits for, and why it takes two steps where it does. Each with
/// the name it is shown under.
pub(in crate::report) fn order(
    plan: &EnvironmentPlan<Shown>,
    steps: &StepsOf<'_>,
    operation: usize,
) -> Vec<(&'static str, String)> {
    let mut said = Vec::new();
    let Some([Some(first), last]) = steps.0.get(operation).copied() else {
        return said;
    };
    said.extend(waits(plan, first).map(|waits| ("waits for", waits)));
    if let Some(last) = last {
        said.push(("steps", two_steps(plan, first, last)));
    }
    said
}

/// Why an operation takes two steps.
fn two_steps(plan: &EnvironmentPlan<Shown>, first: &Step<Shown>, last: &Step<Shown>) -> String {
    let then =
        waits(plan, last).map_or_else(String::new, |waits| format!(", once {waits} is done,"));
    if plan.operations[first.operation].action() == Action::Rotate {
        return "2: first the new secret, then the note at the webhook that it was done: a run that stops in between rotates once more"
            .to_owned();
    }
    let (Some(patch), Some(end)) = (&first.request, &last.request) else {
        return "2".to_owned();
    };
    match (&patch.events, &end.events) {
        (Some(events), Some(_)) => format!(
            "2: first all {} of its old and new events, then{then} only the new ones: so no receiver is missing meanwhile",
            events.len()
        ),
        _ => format!(
            "2: first all but its name, then{then} its name: so a run that stops in between leaves the names that tell which webhook is which"
        ),
    }
}

/// The other operations that must be done before a step.
fn waits(plan: &EnvironmentPlan<Shown>, step: &Step<Shown>) -> Option<String> {
    let firsts = step.after.iter().map(|first| plan.steps[*first].operation);
    let firsts: BTreeSet<usize> = firsts.filter(|first| *first != step.operation).collect();
    let titles = firsts.iter().map(|first| title(&plan.operations[*first]));
    (!firsts.is_empty()).then(|| some_of(titles))
}
