//! What someone should know about a plan, as programs read it.

use crate::{
    model::{Level, WebhookKey},
    plan::{EnvironmentPlan, PerhapsMoved, Shown, Warning, WarningCode},
};

pub(super) fn warnings(plan: &EnvironmentPlan<Shown>) -> Vec<String> {
    let moved = plan.perhaps_moved().into_iter();
    let moved = moved.map(|PerhapsMoved { keys, names }| {
        let keys: Vec<&str> = keys.iter().map(WebhookKey::as_str).collect();
        let text = format!("{}: {}", keys.join(", "), names.join(", "));
        coded(WarningCode::PerhapsMoved, &text)
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
    let warnings = warnings.chain(unread.map(|why| coded(WarningCode::EventTypesUnread, why)));
    warnings.chain(against).chain(moved).collect()
}

fn warning(warning: &Warning) -> String {
    let about = coded(warning.code(), warning.key().as_str());
    match warning {
        Warning::LeftDisabled { key: _, why } => format!("{about}: {why}"),
        Warning::EnabledNotReported { .. }
        | Warning::EventsNotReported { .. }
        | Warning::SecretLost { .. }
        | Warning::EnabledAfterProbe { .. } => about,
    }
}

fn coded(code: WarningCode, text: &str) -> String {
    format!("{}: {text}", code.as_str())
}
