//! Live webhooks that are left alone.

use std::collections::BTreeMap;

use super::{clean, count};
use crate::plan::{EnvironmentPlan, Known as _, Shown, Unmanaged, UnmanagedKind};

/// The live webhooks that are left alone, by what that means: a title for each kind, and those that are of it, each with its name
/// and where it is.
pub(in crate::report) fn unmanaged(
    plan: &EnvironmentPlan<Shown>,
) -> Vec<(String, Vec<(String, String)>)> {
    let mut kinds: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for one in &plan.unmanaged {
        let those = kinds.entry(meaning(&one.kind)).or_default();
        those.push(left_alone(one));
    }
    let titled = kinds.into_iter().map(|((_, meaning), those)| {
        let total = count(those.len(), "live webhook");
        (format!("{total} unmanaged ({meaning})"), those)
    });
    titled.collect()
}

/// What it means for a webhook that it is left alone, and in which order that is shown.
fn meaning(kind: &UnmanagedKind) -> (u8, &'static str) {
    match kind {
        UnmanagedKind::NotDeclared => (
            0,
            "ours, but not declared; deleted only with `prune` or when named in `removed`",
        ),
        UnmanagedKind::Duplicate { .. } => (
            1,
            "ours, at a URL that another webhook already stands for; deleted only with `prune`",
        ),
        UnmanagedKind::NotOurs => (2, "not ours; never touched"),
        UnmanagedKind::Unreadable => (3, "cannot be read; never touched"),
    }
}

/// A webhook that is left alone: its name, and where it is, with what cannot be read of it.
fn left_alone(one: &Unmanaged<Shown>) -> (String, String) {
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
