//! The event types that a plan asks for, where they are the account's own: the account must have each of them.
//!
//! What there is comes from outside. An update that leaves the events of a webhook as they are sends none.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Catalogue, EventSet, EventType, ProviderProfile, WebhookKey};

use super::{Change, EnvironmentPlan, Operation, OperationKind, Refusal, StepRequest};

/// The event types that requests of a plan have, each with the desired webhooks that they are for.
pub(super) type Subscribed = BTreeMap<EventType, BTreeSet<WebhookKey>>;

/// The event types among those asked for that cannot be subscribed to, each with why.
pub type NoEventTypes = BTreeMap<EventType, NoEventType>;

/// Why nothing can subscribe to an event type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoEventType {
    /// The account does not have it, and perhaps one with such a name.
    Absent {
        /// That one.
        near: Option<EventType>,
    },
    /// The account has put it away.
    Archived,
}

/// What a plan asks for at a provider whose event types are the account's own; at others nothing has to be known.
pub(super) fn subscribed(profile: &ProviderProfile, plan: &EnvironmentPlan) -> Subscribed {
    let mut subscribed = Subscribed::new();
    if profile.catalogue != Catalogue::Account {
        return subscribed;
    }
    let declared = plan.operations.iter().flat_map(|operation| {
        let sets = sets(operation).into_iter();
        sets.map(move |events| (operation, events))
    });
    // A step on the way can send more than what is declared.
    let sent = plan.steps.iter().filter_map(|step| {
        let StepRequest::Update { patch, .. } = &step.request else {
            return None;
        };
        Some((&plan.operations[step.operation], patch.events.as_ref()?))
    });
    for (operation, events) in declared.chain(sent) {
        let by_name = events
            .iter()
            .filter(|_| !profile.planning.wildcard.is_all(events));
        for event in by_name {
            let keys = subscribed.entry(event.clone()).or_default();
            keys.extend(operation.key.clone());
        }
    }
    subscribed
}

/// The events that an operation is about to send.
fn sets(operation: &Operation) -> Vec<&EventSet> {
    match &operation.kind {
        OperationKind::Create { webhook } => vec![&webhook.events],
        OperationKind::Update { changes, .. } => {
            let sets = changes.iter().filter_map(Change::events);
            sets.map(|(_, after)| after).collect()
        }
        OperationKind::Delete { .. } | OperationKind::Rotate { .. } => Vec::new(),
    }
}

/// Refuses what asks for event types that the account does not have.
pub(super) fn check(subscribed: &Subscribed, missing: &NoEventTypes) -> Vec<Refusal> {
    let found = missing.iter().filter_map(|(event, why)| {
        let keys = subscribed.get(event)?.iter().cloned().collect();
        let (archived, near) = match why {
            NoEventType::Absent { near } => (false, near.clone()),
            NoEventType::Archived => (true, None),
        };
        Some(Refusal::NoEventType {
            event: event.clone(),
            keys,
            archived,
            near,
        })
    });
    found.collect()
}
