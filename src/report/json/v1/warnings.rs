//! What someone should know of a plan: a code, and what it is about.

use crate::{
    model::{Level, WebhookKey},
    plan::{EnvironmentPlan, PerhapsMoved, Shown, Warning},
};

pub(super) fn warnings(plan: &EnvironmentPlan<Shown>) -> Vec<String> {
    let moved = plan.perhaps_moved().into_iter();
    let moved = moved.map(|PerhapsMoved { keys, names }| {
        let keys: Vec<&str> = keys.iter().map(WebhookKey::as_str).collect();
        format!("perhaps-moved: {}: {}", keys.join(", "), names.join(", "))
    });
    let against = plan.rulings.iter();
    let against = against.filter(|ruling| ruling.is_against() && ruling.level == Level::Warn);
    let against = against.map(|ruling| match ruling.why() {
        None => format!("policy/{}: {}", ruling.rule, ruling.say),
        Some(why) => format!(
            "policy/{}: {}: not evaluated: {why}",
            ruling.rule, ruling.say
        ),
    });
    let warnings = plan.warnings.iter().map(warning);
    let unread = plan.event_types_unread.iter();
    let warnings = warnings.chain(unread.map(|why| format!("event-types-unread: {why}")));
    warnings.chain(against).chain(moved).collect()
}

fn warning(one: &Warning) -> String {
    match one {
        Warning::EnabledNotReported { key } => format!("enabled-not-reported: {key}"),
        Warning::EventsNotReported { key } => format!("events-not-reported: {key}"),
        Warning::SecretLost { key } => format!("secret-lost: {key}"),
        Warning::EnabledAfterProbe { key } => format!("enabled-after-probe: {key}"),
        Warning::LeftDisabled { key, why } => format!("left-disabled: {key}: {why}"),
    }
}
