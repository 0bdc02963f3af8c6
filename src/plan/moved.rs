//! Webhooks that may be renamed and moved at once: then neither a URL nor a name tells which is which.
//!
//! What is created and what is no longer declared are likely one webhook where both have the same events. Only
//! who wrote the manifest knows, so it is suggested and not done.

use std::collections::BTreeMap;

use crate::model::{EventSet, WebhookKey, WebhookName};

use super::{EnvironmentPlan, OperationKind, Reason, UnmanagedKind};

/// What is created, and what is live with the same events, ours, and not declared: each of the first may be one
/// of the second, with another name and another URL. Neither list is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerhapsMoved {
    /// What is created, by key.
    pub keys: Vec<WebhookKey>,
    /// What is not declared, by name.
    pub names: Vec<WebhookName>,
}

/// For each set of events, what is created with it, and what is live with it, ours, and not declared.
pub(super) fn suggestions(plan: &EnvironmentPlan) -> Vec<PerhapsMoved> {
    let mut alike: BTreeMap<&EventSet, (Vec<&WebhookKey>, Vec<&WebhookName>)> = BTreeMap::new();
    for operation in &plan.operations {
        if let OperationKind::Create { webhook } = &operation.kind {
            let (keys, _) = alike.entry(&webhook.events).or_default();
            keys.extend(&operation.key);
        }
    }
    if alike.is_empty() {
        return Vec::new();
    }
    let deleted = plan
        .operations
        .iter()
        .filter(|operation| operation.reason == Reason::NotDeclared)
        .filter_map(|operation| operation.before());
    let left = plan
        .unmanaged
        .iter()
        .filter(|unmanaged| unmanaged.kind == UnmanagedKind::NotDeclared)
        .map(|unmanaged| &unmanaged.webhook);
    for webhook in deleted.chain(left) {
        let events = webhook.events.as_ref();
        if let Some((_, names)) = events.and_then(|events| alike.get_mut(events)) {
            names.push(&webhook.name);
        }
    }
    alike
        .into_values()
        .filter(|(_, names)| !names.is_empty())
        .map(|(keys, mut names)| {
            names.sort();
            PerhapsMoved {
                keys: keys.into_iter().cloned().collect(),
                names: names.into_iter().cloned().collect(),
            }
        })
        .collect()
}
