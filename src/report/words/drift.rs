//! What is said of drift in words.

use std::borrow::Cow;

use super::{clean, count, warning::SECRET_LOST_WAY_OUT};
use crate::{
    plan::Action,
    run::DriftedEnvironment,
    saved::{Drift, FieldValue, How, MovedWebhook},
};

/// How much has moved.
pub(in crate::report) fn drifted(all: &[DriftedEnvironment]) -> String {
    let drifts = || all.iter().filter_map(|one| one.result.drift());
    let moved: usize = drifts().map(|one| one.drift.len()).sum();
    let disabled: usize = drifts().map(|one| one.disabled.len()).sum();
    let yours: usize = drifts().map(|one| one.yours.len()).sum();
    let unreadable: usize = drifts().map(|one| one.unreadable.len()).sum();
    let lost: usize = drifts().map(|one| one.secret_lost.len()).sum();
    let foreign: usize = drifts().map(|one| one.foreign.len()).sum();
    let unread = all.len() - drifts().count();
    let mut line = match (moved, disabled, unreadable + lost, unread) {
        (0, 0, 0, 0) => "No drift.".to_owned(),
        (0, 0, 0, _) => "No drift was seen.".to_owned(),
        _ => format!(
            "Drift: {} {}, {disabled} disabled at the provider.",
            count(moved, "webhook"),
            match (all.iter().any(|one| !one.is_applied_known), moved) {
                (false, _) => "moved away from the manifest",
                (true, 1) => "differs from the manifest",
                (true, _) => "differ from the manifest",
            }
        ),
    };
    if unreadable > 0 {
        let webhooks = count(unreadable, "webhook");
        line.push_str(&format!(" {webhooks} cannot be read."));
    }
    if lost > 0 {
        line.push_str(&format!(
            " The signing {} perhaps lost.",
            match lost {
                1 => "secret of 1 webhook is".to_owned(),
                lost => format!("secrets of {lost} webhooks are"),
            }
        ));
    }
    if foreign > 0 {
        let is = if foreign == 1 { "is" } else { "are" };
        line.push_str(&format!(" {} {is} not ours", count(foreign, "webhook")));
        let new = |one: &&MovedWebhook| one.is_new;
        line.push_str(
            &match drifts().flat_map(|one| &one.foreign).filter(new).count() {
                0 => ".".to_owned(),
                new => format!(", {new} of them new."),
            },
        );
    }
    if yours > 0 {
        let changes = count(yours, "change");
        line.push_str(&format!(" {changes} of yours not applied yet."));
    }
    if unread > 0 {
        let environments = count(unread, "environment");
        line.push_str(&format!(" {environments} could not be looked at."));
    }
    line
}

/// Whether something differs of which nobody knows who moved it.
fn who_moved_is_unknown(all: &[DriftedEnvironment]) -> bool {
    all.iter().any(|one| {
        let drift = one.result.drift();
        !one.is_applied_known && drift.is_some_and(|drift| !drift.drift.is_empty())
    })
}

/// How to learn who moved what differs, where that is not known.
pub(in crate::report) fn advice(all: &[DriftedEnvironment]) -> Option<&'static str> {
    who_moved_is_unknown(all).then_some(
        "Whether live or the manifest moved is not known. `--applied PLAN` tells, with the plan that was applied last.",
    )
}

/// Some of what has moved, and what it is.
pub(in crate::report) struct MovedList<'d> {
    pub(in crate::report) title: &'static str,
    pub(in crate::report) list: &'d [MovedWebhook],
    /// What to do about it, where a plan does nothing.
    pub(in crate::report) way_out: Option<&'static str>,
    is_yours: bool,
}

/// The lists of what has moved, those first that someone should look at. None of them is empty.
pub(in crate::report) fn lists(drift: &Drift, is_applied_known: bool) -> Vec<MovedList<'_>> {
    let Drift {
        yours,
        drift,
        disabled,
        unreadable,
        secret_lost,
        foreign,
    } = drift;
    let of_others = |title, list| MovedList {
        title,
        list,
        way_out: None,
        is_yours: false,
    };
    let live = if is_applied_known {
        "drift: live moved away from the manifest"
    } else {
        "drift: live differs from the manifest"
    };
    let lists = [
        of_others(live, drift.as_slice()),
        of_others(
            "cannot be read: whether it is as declared is not known",
            unreadable,
        ),
        of_others(
            "disabled at the provider, which does that to endpoints that keep failing",
            disabled,
        ),
        MovedList {
            way_out: Some(SECRET_LOST_WAY_OUT),
            ..of_others(
                "signing secret lost, or perhaps lost: the receiver can check nothing",
                secret_lost,
            )
        },
        MovedList {
            is_yours: true,
            ..of_others("yours: the manifest moved, and is not applied yet", yours)
        },
        of_others("not ours: named, and no drift", foreign),
    ];
    let lists = lists.into_iter();
    lists.filter(|list| !list.list.is_empty()).collect()
}

impl MovedList<'_> {
    /// How a webhook of the list has moved: whether there is one more now, or one less, and in words
    /// where its fields do not say it.
    pub(in crate::report) fn how(&self, one: &MovedWebhook) -> (Action, &'static str) {
        match (&one.how, self.is_yours) {
            (How::Changed(_) | How::Unreadable(_) | How::SecretLost, _) => (Action::Update, ""),
            (How::Missing, false) => (Action::Delete, "is declared, and not live"),
            (How::Extra, false) if one.is_new => (
                Action::Create,
                "is live, not declared, and new since the applied plan was made",
            ),
            (How::Extra, false) => (Action::Create, "is live, and not declared"),
            (How::Missing, true) => (Action::Create, "is new in the manifest"),
            (How::Extra, true) => (Action::Delete, "is in the manifest no more"),
        }
    }
}

/// The value of a field.
pub(in crate::report) fn value(value: &FieldValue) -> Cow<'_, str> {
    match value {
        FieldValue::Text(text) => clean(text),
        FieldValue::Events(events) => Cow::Owned(clean(&events.join(", ")).into_owned()),
        FieldValue::Flag(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
        FieldValue::NotReported => Cow::Borrowed("not reported by the provider"),
    }
}
