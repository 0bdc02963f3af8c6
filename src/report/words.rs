//! What is said of a plan in words, the same in every format for people.
//!
//! Every text in it that a manifest or a provider could have had a hand in has been through [`clean`].

mod alike;
mod answered;
mod drift;
mod gist;
mod line;
mod notes;
mod radius;
mod rotation;
mod signed;
mod warning;

use std::{borrow::Cow, collections::BTreeSet, time::Duration};

use similar::{ChangeTag, TextDiff};

use crate::{
    model::{WebhookKey, with_hidden_written_out},
    plan::{
        Absent, Action, Adopted, Ago, EnvironmentPlan, Known as _, Named, Operation, PairedBy,
        PlanResult, Reason, Shown, Step, Unmanaged, UnmanagedKind, Warning,
        evidence::{Carried, Evidence, LastFailure},
    },
    run::{EnvironmentView, Outcome, PlannedEnvironment},
};

pub(super) use self::alike::{Alike, alike};
pub(super) use self::answered::answered;
pub(super) use self::gist::{flags, gist, unchanged};
pub(super) use self::line::{came_to, event_list, standing};
pub(super) use self::signed::how_signed;
pub use self::warning::SECRET_LOST_WAY_OUT;
pub(super) use self::{
    drift::{MovedList, advice, drifted, lists, value},
    notes::{NotesOf, note, ticked},
    radius::{loads, radius},
    rotation::{counted, rotated, rotates, to_rotate},
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

/// The sign and the word of an action.
pub(super) fn action(action: Action) -> (char, &'static str) {
    match action {
        Action::Create => ('+', "create"),
        Action::Update => ('~', "update"),
        Action::Delete => ('-', "delete"),
        Action::Rotate => ('%', "rotate"),
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
    if disabled > 0 {
        line.push_str(&format!(" {} left disabled.", count(disabled, "webhook")));
    }
    if refused > 0 {
        line.push_str(&format!(" {} refused.", count(refused, "environment")));
    }
    if failed > 0 {
        line.push_str(&format!(
            " {} could not be planned.",
            count(failed, "environment")
        ));
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

/// Why an operation is there.
pub(super) fn reason(reason: &Reason) -> String {
    match reason {
        Reason::NotLive(absent) => not_live(absent),
        Reason::Differs => "it is not as declared".to_owned(),
        Reason::DisabledAtProvider => {
            "disabled at the provider, which does that to endpoints that keep failing".to_owned()
        }
        Reason::Adopted => "it was not ours; `adopt: true` takes it over".to_owned(),
        Reason::Removed => "`removed` names it".to_owned(),
        Reason::Rotation { last: None } => {
            "`rotate` asks for it, and no rotation is noted at the webhook".to_owned()
        }
        Reason::Rotation { last: Some(last) } => format!(
            "`rotate` asks for it, and the last rotation that is noted at the webhook is `{}`",
            clean(last.as_str())
        ),
        Reason::NotDeclared => "it is ours and not declared, and pruning is on".to_owned(),
        Reason::Replaces { fields } => format!(
            "it replaces the live one, which is deleted: only a new webhook can have another {}",
            ticked(fields)
        ),
        Reason::Replaced { by } => {
            format!("the new webhook of `{}` replaces it", clean(by.as_str()))
        }
        Reason::Duplicate { of } => format!(
            "another webhook stands for `{}` at its URL, and pruning is on",
            clean(of.as_str())
        ),
    }
}

/// Why no live webhook is the one that is created.
fn not_live(absent: &Absent) -> String {
    let Absent {
        former_taken,
        named,
    } = absent;
    let none = match (former_taken, named) {
        (false, None) => "its URL, a former URL, or its name",
        (false, Some(_)) => "its URL or a former URL",
        (true, None) => "its URL or its name",
        (true, Some(_)) => "its URL",
    };
    let mut said = format!("no live webhook has {none}");
    if *former_taken {
        said.push_str(
            "; what is at its former URL stands for another declared webhook, or is not ours",
        );
    }
    match named {
        None => {}
        Some(Named::TakenBy(key)) => {
            let key = clean(key.as_str());
            said.push_str(&format!("; the one of its name stands for `{key}`"));
        }
        Some(Named::TakenBySeveral) => {
            said.push_str("; those of its name stand for other declared webhooks");
        }
        Some(Named::NotOurs) => said.push_str("; one of its name is not ours"),
    }
    said
}

/// How the live webhook was found, where that is not by its URL.
pub(super) fn pairing(paired_by: &PairedBy<Shown>) -> Option<String> {
    match paired_by {
        PairedBy::Url => None,
        PairedBy::MovedFrom(url) => Some(format!("its former URL {}", clean(&url.shown))),
        PairedBy::Name => Some("its name; no other declared webhook takes it".to_owned()),
        PairedBy::Trade(via) => Some(left_by_trade(via)),
    }
}

/// How a live webhook was found that a trade left.
fn left_by_trade(via: &[WebhookKey]) -> String {
    let key = |key: &WebhookKey| format!("`{}`", clean(key.as_str()));
    match via {
        [] => String::new(),
        [taker] => format!(
            "a trade: {0} takes the live webhook of its name, and leaves this one, which has the name of {0}",
            key(taker)
        ),
        [taker, between @ .., last] => format!(
            "a trade: {} takes the live webhook of its name, and so on{}; {last} leaves this one, which has the name of {last}",
            key(taker),
            match between.len() {
                0 => String::new(),
                count => format!(" over {count} more"),
            },
            last = key(last)
        ),
    }
}

/// What the live webhook of an operation carries, and why an endpoint was disabled, each with the name
/// it is shown under.
pub(super) fn carries(
    evidence: Option<&Evidence<Shown>>,
    operation: &Operation<Shown>,
) -> Vec<(&'static str, String)> {
    let Some(Evidence::Read {
        window: Some(window),
        carried,
    }) = evidence
    else {
        return Vec::new();
    };
    let Some(before) = operation.before() else {
        return Vec::new();
    };
    let nothing = Carried::default();
    let carried = carried.get(&before.webhook.url).unwrap_or(&nothing);
    let mut said = vec![("carries", carried_text(carried, *window))];
    if operation.reason == Reason::DisabledAtProvider && !carried.failures.is_empty() {
        let failures: Vec<String> = carried.failures.iter().map(failure).collect();
        said.push(("failed", failures.join("; ")));
    }
    said
}

fn carried_text(carried: &Carried, window: Duration) -> String {
    let length = Ago(window);
    let last = carried
        .last
        .map(|last| format!("the last {} ago", Ago(last)));
    if carried.deliveries == 0 {
        let since = last.map_or_else(String::new, |last| format!(", {last}"));
        return format!("no delivery in {length}{since}");
    }
    let noun = if carried.deliveries == 1 {
        "delivery"
    } else {
        "deliveries"
    };
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let share = carried.succeeded as f64 / carried.deliveries as f64 * 100.0;
    let share = match carried.deliveries - carried.succeeded {
        0 => "all succeeded".to_owned(),
        _ if carried.succeeded == 0 => "all failed".to_owned(),
        _ => format!("{:.1} % succeeded", share.clamp(0.1, 99.9)),
    };
    let count = grouped(carried.deliveries);
    let last = last.unwrap_or_default();
    format!("{count} {noun} in {length}, {share}, {last}")
}

fn failure(failure: &LastFailure) -> String {
    let what = answered(failure.status, failure.error.as_deref());
    format!("{what}, {} ago", Ago(failure.ago))
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

/// That there is no history, or that it could not be read, where somebody wanted to see it.
pub(super) fn unread(evidence: Option<&Evidence<Shown>>) -> Option<String> {
    match evidence? {
        Evidence::Unread(error) => Some(format!(
            "the request history could not be read: {}",
            clean(error)
        )),
        Evidence::NoHistory(error) => Some(clean(error).into_owned()),
        Evidence::Read { .. } => None,
    }
}

/// Names for a sentence; of many, the first.
fn some_of(names: impl ExactSizeIterator<Item: std::fmt::Display>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let first = names.take(NAMED).map(|name| format!("`{name}`"));
    let mut text = first.collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
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

/// The kinds of live webhooks that are left alone, in the order they are shown, with what that means.
pub(super) fn unmanaged(kind: &UnmanagedKind) -> (usize, &'static str) {
    match kind {
        UnmanagedKind::NotDeclared => (0, UNMANAGED[0]),
        UnmanagedKind::Duplicate { .. } => (1, UNMANAGED[1]),
        UnmanagedKind::NotOurs => (2, UNMANAGED[2]),
        UnmanagedKind::Unreadable => (3, UNMANAGED[3]),
    }
}

/// What [`unmanaged`] says, in its order.
pub(super) const UNMANAGED: [&str; 4] = [
    "ours, but not declared; deleted only with `prune` or when named in `removed`",
    "ours, at a URL that another webhook already stands for; deleted only with `prune`",
    "not ours; never touched",
    "cannot be read; never touched",
];

/// A webhook that is left alone: its name, and where it is, with what cannot be read of it.
pub(super) fn left_alone(one: &Unmanaged<Shown>) -> (String, String) {
    let webhook = &one.webhook;
    let mut place = webhook.webhook.url.shown.clone();
    if !webhook.unreadable.is_empty() {
        let fields = webhook.unreadable();
        let gap = if place.is_empty() { "" } else { "  " };
        place.push_str(&format!("{gap}(id {}: {})", webhook.id, fields.join(", ")));
    }
    let name = &webhook.webhook.name.shown;
    (clean(name).into_owned(), clean(&place).into_owned())
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

/// The steps of each operation of a plan: the first, and the last where there are two. Found once, as
/// plans can be long.
pub(super) struct StepsOf<'p>(Vec<[Option<&'p Step<Shown>>; 2]>);

impl<'p> StepsOf<'p> {
    pub(super) fn plan(plan: &'p EnvironmentPlan<Shown>) -> Self {
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
pub(super) fn order(
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
