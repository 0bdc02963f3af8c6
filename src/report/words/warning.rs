//! What is said of what someone should know.

use super::{clean, some_of};
use crate::{
    model::{Level, Ruling, WebhookKey},
    plan::{EnvironmentPlan, PerhapsMoved, Shown, Warning, WarningCode},
    report::Rule,
};

/// What someone should know about a plan.
pub(in crate::report) struct Warned {
    /// What says so.
    pub(in crate::report) rule: Rule,
    /// The desired webhooks that it is about, where it is about some.
    pub(in crate::report) keys: Vec<WebhookKey>,
    /// In a sentence.
    pub(in crate::report) text: String,
}

/// What someone should know, and what may be meant otherwise, in words.
pub(in crate::report) fn warnings(plan: &EnvironmentPlan<Shown>) -> Vec<String> {
    let said = |Warned {
                    rule,
                    keys: _,
                    text,
                }| match rule {
        Rule::Policy(_) => format!("{}: {text}", rule.id()),
        _ => text,
    };
    warned(plan).into_iter().map(said).collect()
}

/// What someone should know, and what may be meant otherwise.
pub(in crate::report) fn warned(plan: &EnvironmentPlan<Shown>) -> Vec<Warned> {
    let warnings = plan.warnings.iter().map(|warning| Warned {
        rule: Rule::Warning(warning.code()),
        keys: vec![warning.key().clone()],
        text: self::warning(warning),
    });
    let unread = plan.event_types_unread.as_deref().map(|why| Warned {
        rule: Rule::Warning(WarningCode::EventTypesUnread),
        keys: Vec::new(),
        text: event_types_unread(why),
    });
    let rulings = plan.rulings.iter().filter_map(ruling);
    let moved = plan.perhaps_moved().into_iter().map(|moved| Warned {
        rule: Rule::Warning(WarningCode::PerhapsMoved),
        text: perhaps_moved(&moved),
        keys: moved.keys,
    });
    let warnings = warnings.chain(unread);
    warnings.chain(rulings).chain(moved).collect()
}

/// What to do about a signing secret that reached nobody.
pub const SECRET_LOST_WAY_OUT: &str = "See that the receiver has it, or delete the webhook at the provider and apply again. The note stands there as `hookwright_secret` in its metadata; take that out once the receiver has it";

/// What someone should know.
fn warning(warning: &Warning) -> String {
    match warning {
        Warning::EnabledNotReported { key } => format!(
            "`{}` is declared as disabled, and the provider does not report whether it is: this cannot be compared",
            clean(key.as_str())
        ),
        Warning::EventsNotReported { key } => format!(
            "the provider does not report the events of `{}`: those declared are sent; whether it loses others by that is not known",
            clean(key.as_str())
        ),
        Warning::SecretLost { key, id } => format!(
            "`{}` ({}) is live, and its signing secret reached nobody when it was created, or it is not known that it did: without it, its receiver can check nothing. {SECRET_LOST_WAY_OUT}",
            clean(key.as_str()),
            clean(id)
        ),
        Warning::EnabledAfterProbe { key } => format!(
            "`{}` is enabled again only where a signed probe of its URL succeeds, which `apply` sends",
            clean(key.as_str())
        ),
        Warning::LeftDisabled { key, why } => format!(
            "`{}` stays disabled, as its probe failed: {}",
            clean(key.as_str()),
            clean(why)
        ),
    }
}

/// That nobody looked whether the account has what is asked for.
fn event_types_unread(why: &str) -> String {
    format!(
        "whether the account has the event types that are asked for is not known, as they could not be listed; one that it does not have is refused when it is sent: {}",
        clean(why)
    )
}

/// What a rule warns of.
fn ruling(ruling: &Ruling) -> Option<Warned> {
    if ruling.level != Level::Warn || !ruling.is_against() {
        return None;
    }
    let say = clean(&ruling.say);
    Some(Warned {
        rule: Rule::Policy(ruling.rule.clone()),
        keys: Vec::new(),
        text: match ruling.why() {
            None => say.into_owned(),
            Some(why) => format!("{say} (the rule cannot be evaluated: {})", clean(why)),
        },
    })
}

/// That what is created may be what is no longer declared.
fn perhaps_moved(moved: &PerhapsMoved) -> String {
    let PerhapsMoved { keys, names } = moved;
    let created = some_of(keys.iter().map(|key| clean(key.as_str())));
    let live = some_of(names.iter().map(|name| clean(name)));
    match (keys.as_slice(), names.as_slice()) {
        ([_], [_]) => format!(
            "{created} is created, and {live}, which is live with the same events, is not declared: if they are the same webhook, put its live URL into `moved_from` of {created}, and it is changed in place"
        ),
        _ => format!(
            "to create: {created}; live with the same events, and not declared: {live}. If some of them are the same webhook, put its live URL into `moved_from` of the declared one, and it is changed in place"
        ),
    }
}
