//! What is said of one thing on one line.

use crate::{
    model::{EventSet, EventType},
    plan::{Action, EnvironmentPlan, PlanResult, Refusal, Shown},
    run::{PlannedEnvironment, Standing},
};

/// What the manifest says of a live webhook.
pub(in crate::report) fn standing(standing: &Standing) -> String {
    match standing {
        Standing::AsDeclared(key) => format!("is `{key}`, as declared"),
        Standing::Differs(key) => format!("is `{key}`, and differs"),
        Standing::NotDeclared => "is ours, and not declared".to_owned(),
        Standing::Duplicate(key) => format!("is ours, and a duplicate of `{key}`"),
        Standing::NotOurs => "is not ours".to_owned(),
        Standing::Unreadable => "cannot be read".to_owned(),
    }
}

/// Event types in a row.
pub(in crate::report) fn event_list(events: &EventSet) -> String {
    let names: Vec<&str> = events.iter().map(EventType::as_str).collect();
    names.join(", ")
}

/// What refuses, by name, each once in a row.
pub(in crate::report) fn refused(refusals: &[Refusal<Shown>]) -> String {
    let mut names: Vec<_> = refusals.iter().map(Refusal::name).collect();
    names.dedup();
    names.join(", ")
}

/// What planning an environment came to, on one line.
pub(in crate::report) fn came_to(planned: &PlannedEnvironment) -> String {
    match &planned.result {
        PlanResult::Failed { error, .. } => format!("failed: {error}"),
        PlanResult::Refused(refusals) => format!("refused: {}", refused(refusals)),
        PlanResult::Planned(plan) if !plan.refusals.is_empty() => {
            format!("{}; refused: {}", counts(plan), refused(&plan.refusals))
        }
        PlanResult::Planned(plan) => counts(plan),
    }
}

fn counts(plan: &EnvironmentPlan<Shown>) -> String {
    let count = |action| plan.count(action);
    format!(
        "{} to create, {} to update, {} to delete{}, {} unchanged",
        count(Action::Create),
        count(Action::Update),
        count(Action::Delete),
        super::to_rotate(count(Action::Rotate)),
        plan.unchanged.len()
    )
}
