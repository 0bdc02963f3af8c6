//! What operations do to the sending of events.

use crate::model::{EventSet, EventType, LiveWebhook};

use super::{Action, Operation, OperationKind, types::Types};

/// What an operation can do in two steps instead of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Twice {
    /// It can get the union of its old and new events first, and lose the old ones last. It stays at its
    /// URL, so that sends no event to a URL that never had it.
    Widen,
    /// It can change all but its name first. It moves to another URL.
    Rename,
    /// Nothing.
    No,
}

/// What an operation does to the sending of events.
pub(super) struct Flow {
    pub(super) action: Action,
    /// Sent before, not after.
    pub(super) loses: EventSet,
    /// Sent after, not before.
    pub(super) gains: EventSet,
    /// Sent before and after.
    pub(super) keeps: EventSet,
    /// What it can do in two steps.
    pub(super) twice: Twice,
}

/// The event types that a live webhook surely sends. What cannot be read counts for nothing.
pub(super) fn sends<'w>(
    webhook: &'w LiveWebhook,
    types: &'w Types,
) -> impl Iterator<Item = &'w EventType> {
    let events = webhook.events.iter();
    events
        .filter(|_| webhook.is_readable() && webhook.enabled != Some(false))
        .flat_map(|events| types.sent(events))
}

/// What each operation does.
pub(super) fn flows(operations: &[Operation], types: &Types) -> Vec<Flow> {
    let operations = operations.iter();
    operations.map(|operation| flow(operation, types)).collect()
}

/// What an operation does.
pub(super) fn flow(operation: &Operation, types: &Types) -> Flow {
    let sent = |events: Option<&EventSet>, enabled: Option<bool>| {
        let events = events.filter(|_| enabled != Some(false));
        events
            .map(|events| types.expanded(events))
            .unwrap_or_default()
    };
    let (before, after, twice) = match &operation.kind {
        OperationKind::Create { webhook } => {
            let after = sent(Some(&webhook.events), webhook.enabled);
            (EventSet::new(), after, Twice::No)
        }
        OperationKind::Delete { before } => {
            let before = sent(before.events.as_ref(), before.enabled);
            (before, EventSet::new(), Twice::No)
        }
        OperationKind::Rotate { before, .. } => {
            let same = sent(before.events.as_ref(), before.enabled);
            (same.clone(), same, Twice::No)
        }
        OperationKind::Update {
            before, changes, ..
        } => {
            let (mut events, mut enabled) = (before.events.as_ref(), before.enabled);
            let mut twice = Twice::Widen;
            for change in changes {
                if let Some((before, after)) = change.events() {
                    if twice == Twice::Widen && !types.has_union(before, after) {
                        twice = Twice::No;
                    }
                    events = Some(after);
                }
                if change.url().is_some() {
                    twice = Twice::Rename;
                }
                enabled = change.enabled().map(|(_, after)| after).or(enabled);
            }
            (
                sent(before.events.as_ref(), before.enabled),
                sent(events, enabled),
                twice,
            )
        }
    };
    Flow {
        action: operation.action(),
        loses: before.without(&after),
        gains: after.without(&before),
        keeps: before.intersection(&after).cloned().collect(),
        twice,
    }
}
