//! What operations do to the sending of events.

use crate::model::{EventSet, EventType, LiveWebhook};

use super::{Action, Change, Operation, OperationKind};

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
pub(super) fn sends(webhook: &LiveWebhook) -> impl Iterator<Item = &EventType> {
    webhook
        .events
        .iter()
        .filter(|_| webhook.is_readable() && webhook.enabled != Some(false))
        .flatten()
}

/// The same as a set of its own.
fn sent(webhook: &LiveWebhook) -> EventSet {
    let events = webhook.events.as_ref();
    events
        .filter(|_| webhook.enabled != Some(false))
        .cloned()
        .unwrap_or_default()
}

/// What an operation does.
pub(super) fn flow(operation: &Operation) -> Flow {
    let (before, after, twice) = match &operation.kind {
        OperationKind::Create { webhook } if webhook.enabled == Some(false) => {
            (EventSet::new(), EventSet::new(), Twice::No)
        }
        OperationKind::Create { webhook } => (EventSet::new(), webhook.events.clone(), Twice::No),
        OperationKind::Delete { before } => (sent(before), EventSet::new(), Twice::No),
        OperationKind::Update {
            before, changes, ..
        } => {
            let (mut events, mut enabled) = (before.events.as_ref(), before.enabled);
            let mut twice = Twice::Widen;
            for change in changes {
                match change {
                    Change::Events { after, .. } => events = Some(after),
                    Change::Enabled { after, .. } => enabled = Some(*after),
                    Change::Url { .. } => twice = Twice::Rename,
                    Change::Name { .. } => {}
                }
            }
            let after = events.filter(|_| enabled != Some(false));
            let after = after.cloned().unwrap_or_default();
            (sent(before), after, twice)
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
