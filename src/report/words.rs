//! What is said of a plan in words, the same in every format for people.
//!
//! Every text in it that a manifest or a provider could have had a hand in has been through [`clean`].

mod alike;
mod answered;
mod carries;
mod drift;
mod gist;
mod line;
mod notes;
mod order;
mod radius;
mod reason;
mod rotation;
mod signed;
mod unmanaged;
mod warning;

use std::{borrow::Cow, fmt};

use similar::{ChangeTag, TextDiff};

use crate::{
    model::{WebhookKey, with_hidden_written_out},
    plan::{Action, Adopted, Operation, PlanResult, Shown, Warning},
    run::{EnvironmentView, Outcome, PlannedEnvironment},
};

pub use self::warning::SECRET_LOST_WAY_OUT;
pub(super) use self::{
    alike::{Alike, alike},
    answered::answered,
    carries::{carries, unread},
    drift::{MovedList, advice, drifted, lists, value},
    gist::{flags, gist, unchanged},
    line::{came_to, event_list, refused, standing},
    notes::{NotesOf, note, ticked},
    order::{StepsOf, order},
    radius::{loads, radius},
    reason::{pairing, reason},
    rotation::{counted, rotated, rotates, to_rotate},
    signed::how_signed,
    unmanaged::unmanaged,
    warning::{Warned, warned, warnings},
};

/// How many of several webhooks are named.
const NAMED: usize = 3;

/// `text` with what cannot be seen written out: what a provider sends must not steer a terminal, break a line,
/// turn the direction of a text, or hide in it.
pub fn clean(text: &str) -> Cow<'_, str> {
    with_hidden_written_out(text)
}

/// `1 webhook`, `2 webhooks`.
pub(super) fn count(n: usize, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

/// The sign of an action.
pub(super) fn sign(action: Action) -> char {
    match action {
        Action::Create => '+',
        Action::Update => '~',
        Action::Delete => '-',
        Action::Rotate => '%',
    }
}

/// What people call the webhook of an operation: its key, or its name where it has none.
pub(super) fn title(operation: &Operation<Shown>) -> Cow<'_, str> {
    clean(operation.title())
}

/// The webhook's name, where the title does not say it.
pub(super) fn subtitle(operation: &Operation<Shown>) -> Option<Cow<'_, str>> {
    let name = operation.shown_name();
    let key = operation.key.as_ref()?.as_str();
    (key != name).then(|| clean(name))
}

/// The provider's environment, and where it is.
pub(super) fn place(view: &EnvironmentView) -> String {
    let target = match view.target.as_str() {
        "simulator" => "the embedded simulator",
        url => url,
    };
    let (title, env_type) = (view.profile.title, view.env_type);
    format!("{title} {env_type} at {}", clean(target))
}

/// How much is to be done.
pub(super) fn summary(planned: &[PlannedEnvironment]) -> String {
    let plans = || planned.iter().filter_map(|one| one.result.plan());
    let total = |action| plans().map(|plan| plan.count(action)).sum::<usize>();
    let (creates, updates, deletes, rotates) = (
        total(Action::Create),
        total(Action::Update),
        total(Action::Delete),
        total(Action::Rotate),
    );
    let failed = planned
        .iter()
        .filter(|one| matches!(one.result, PlanResult::Failed { .. }))
        .count();
    let refused = planned
        .iter()
        .filter(|one| !one.result.refusals().is_empty())
        .count();
    let warnings = plans().flat_map(|plan| &plan.warnings);
    let disabled = warnings
        .filter(|warning| matches!(warning, Warning::LeftDisabled { .. }))
        .count();
    let mut line = if creates + updates + deletes + rotates == 0 && failed + refused + disabled == 0
    {
        "Nothing to change: what is live is what the manifest says.".to_owned()
    } else {
        let rotates = to_rotate(rotates);
        format!("Plan: {creates} to create, {updates} to update, {deletes} to delete{rotates}.")
    };
    for (n, noun, what) in [
        (disabled, "webhook", "left disabled"),
        (refused, "environment", "refused"),
        (failed, "environment", "could not be planned"),
    ] {
        if n > 0 {
            line.push_str(&format!(" {} {what}.", count(n, noun)));
        }
    }
    line
}

/// How planning an environment ended, in a word.
pub(super) fn state(planned: &PlannedEnvironment) -> &'static str {
    match planned.outcome() {
        Outcome::Nothing => "nothing to change",
        outcome => outcome.as_str(),
    }
}

/// A number with its thousands apart.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 delivery`, `2,000 deliveries`.
fn deliveries(n: u64) -> String {
    match n {
        1 => "1 delivery".to_owned(),
        n => format!("{} deliveries", grouped(n)),
    }
}

/// Texts for a sentence; of many, the first `most` and how many more there are.
pub(super) fn first_of(texts: impl ExactSizeIterator<Item: fmt::Display>, most: usize) -> String {
    let more = texts.len().saturating_sub(most);
    let first: Vec<String> = texts.take(most).map(|text| text.to_string()).collect();
    match more {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// Names for a sentence; of many, the first.
fn some_of(names: impl ExactSizeIterator<Item: fmt::Display>) -> String {
    first_of(names.map(|name| format!("`{name}`")), NAMED)
}

/// What is said of a webhook that is adopted as it is.
pub(super) fn adopted(one: &Adopted<Shown>) -> String {
    let key = clean(one.key.as_str());
    format!("`{key}`: not ours by its name, and live as declared; nothing is sent")
}

/// That webhooks trade URLs, and what that means.
pub(super) fn trade(keys: &[WebhookKey]) -> String {
    let keys: Vec<String> = keys
        .iter()
        .map(|key| format!("`{}`", clean(key.as_str())))
        .collect();
    format!(
        "note: {} trade URLs. A webhook keeps its URL, its id and its history of deliveries, so each shows as a change of name and of what comes with it.",
        keys.join(", ")
    )
}

/// What the requests cost in time: a run may send a minute's share at once, and waits then.
pub(super) fn cost(requests: usize, view: &EnvironmentView) -> String {
    let (share, limit) = (view.requests_per_minute, view.account_limit);
    let of = match (share.checked_mul(2), share) {
        (_, all) if all == limit => "all".to_owned(),
        (Some(double), _) if double == limit => "half".to_owned(),
        _ => share.to_string(),
    };
    let waits = match view.waits(requests).as_secs() / 60 {
        0 => "no waiting".to_owned(),
        minutes => format!("about {}", count(minutes as usize, "minute")),
    };
    let whose = if limit == view.profile.requests_per_minute {
        format!("{}'s", view.profile.title)
    } else {
        "the account's".to_owned()
    };
    format!(
        "{}, {waits} at {of} of {whose} {limit} a minute",
        count(requests, "write request")
    )
}

/// A part of a text before or after, and whether the other text lacks it.
pub(super) type Part = (String, bool);

/// What a text was and what it becomes, each cut into what stays and what does not.
pub(super) fn before_after(before: &str, after: &str) -> (Vec<Part>, Vec<Part>) {
    let (before, after) = (clean(before), clean(after));
    let diff = TextDiff::from_unicode_words(before.as_ref(), after.as_ref());
    let side = |tag: ChangeTag| -> Vec<Part> {
        diff.iter_all_changes()
            .filter(|part| part.tag() == ChangeTag::Equal || part.tag() == tag)
            .map(|part| (part.value().to_owned(), part.tag() == tag))
            .collect()
    };
    (side(ChangeTag::Delete), side(ChangeTag::Insert))
}

/// Said of a change in which only what is masked differs.
pub(super) const SENSITIVE: &str = "a sensitive part changes";

/// The same behind a value, where only what is masked differs.
pub(super) fn sensitive_note(is_sensitive: bool) -> String {
    match is_sensitive {
        true => format!("  ({SENSITIVE})"),
        false => String::new(),
    }
}

/// What one list of events has and the other lacks.
pub(super) fn lacking<'e>(
    events: &'e [String],
    other: &'e [String],
) -> impl Iterator<Item = &'e String> {
    events.iter().filter(|event| !other.contains(event))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (n, shown) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (4_213_007, "4,213,007"),
        ] {
            assert_eq!(grouped(n), shown);
        }
    }

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
        assert_eq!(clean("名前"), "名前");
    }
}
