//! What operations do to the sending of events.

use crate::model::{EventSet, EventType, LiveWebhook};

use super::{Action, Change, Operation, OperationKind};

/// What an operation does to the sending of events.
pub(super) struct Flow {
    pub(super) action: Action,
    /// Sent before, not after.
    pub(super) loses: EventSet,
    /// Sent after, not before.
    pub(super) gains: EventSet,
    /// Sent before and after.
    pub(super) keeps: EventSet,
    /// Whether it can take the union of its events without sending one to a URL that never had it.
    pub(super) can_widen: bool,
}

/// The event types that a live webhook sends.
pub(super) fn sends(webhook: &LiveWebhook) -> impl Iterator<Item = &EventType> {
    webhook
        .events
        .iter()
        .filter(|_| webhook.enabled != Some(false))
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
    let (before, after, moves) = match &operation.kind {
        OperationKind::Create { webhook } if webhook.enabled == Some(false) => Default::default(),
        OperationKind::Create { webhook } => (EventSet::new(), webhook.events.clone(), false),
        OperationKind::Delete { before } => (sent(before), EventSet::new(), false),
        OperationKind::Update {
            before, changes, ..
        } => {
            let (mut events, mut enabled) = (before.events.as_ref(), before.enabled);
            let mut moves = false;
            for change in changes {
                match change {
                    Change::Events { after, .. } => events = Some(after),
                    Change::Enabled { after, .. } => enabled = Some(*after),
                    Change::Url { .. } => moves = true,
                    Change::Name { .. } => {}
                }
            }
            let after = events.filter(|_| enabled != Some(false));
            let after = after.cloned().unwrap_or_default();
            (sent(before), after, moves)
        }
    };
    Flow {
        action: operation.action(),
        loses: before.without(&after),
        gains: after.without(&before),
        keeps: before.intersection(&after).cloned().collect(),
        can_widen: operation.action() == Action::Update && !moves,
    }
}
