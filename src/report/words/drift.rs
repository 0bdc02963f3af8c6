//! What is said of drift in words.

use std::borrow::Cow;

use super::{clean, count};
use crate::{
    plan::Action,
    report::{Drift, DriftedEnvironment, FieldValue, How, Moved},
};

/// How much has moved.
pub(in crate::report) fn drifted(all: &[DriftedEnvironment]) -> String {
    let drifts = || all.iter().filter_map(|one| one.result.drift());
    let moved: usize = drifts().map(|one| one.drift.len()).sum();
    let disabled: usize = drifts().map(|one| one.disabled.len()).sum();
    let yours: usize = drifts().map(|one| one.yours.len()).sum();
    let unread = all.len() - drifts().count();
    let mut line = match (moved, disabled, unread) {
        (0, 0, 0) => "No drift.".to_owned(),
        (0, 0, _) => "No drift was seen.".to_owned(),
        _ => format!(
            "Drift: {} moved away from the manifest, {disabled} disabled at the provider.",
            count(moved, "webhook")
        ),
    };
    if yours > 0 {
        line.push_str(&format!(
            " {} of yours not applied yet.",
            count(yours, "change")
        ));
    }
    if unread > 0 {
        line.push_str(&format!(
            " {} could not be looked at.",
            count(unread, "environment")
        ));
    }
    line
}

/// Some of what has moved, and what it is.
pub(in crate::report) struct MovedList<'d> {
    pub(in crate::report) title: &'static str,
    pub(in crate::report) list: &'d [Moved],
    is_yours: bool,
}

/// The lists of what has moved, those first that someone should look at.
pub(in crate::report) fn lists(drift: &Drift) -> [MovedList<'_>; 3] {
    let Drift {
        yours,
        drift,
        disabled,
    } = drift;
    let of_others = |title, list| MovedList {
        title,
        list,
        is_yours: false,
    };
    [
        of_others("drift: live moved away from the manifest", drift.as_slice()),
        of_others(
            "disabled at the provider, which does that to endpoints that keep failing",
            disabled,
        ),
        MovedList {
            title: "yours: the manifest moved, and is not applied yet",
            list: yours,
            is_yours: true,
        },
    ]
}

impl MovedList<'_> {
    /// How a webhook of the list has moved: whether there is one more now, or one less, and in words
    /// where its fields do not say it.
    pub(in crate::report) fn how(&self, how: &How) -> (Action, &'static str) {
        match (how, self.is_yours) {
            (How::Changed(_), _) => (Action::Update, ""),
            (How::Missing, false) => (Action::Delete, "is declared, and not live"),
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
    }
}
