//! Webhooks that may be renamed and moved at once: then neither a URL nor a name tells which is which.
//!
//! What is created and what is no longer declared are likely one webhook where both have the same events. Only
//! who wrote the manifest knows, so it is suggested and not done.

use std::collections::BTreeMap;

use super::{EnvironmentPlan, OperationKind, Reason, Shown, UnmanagedKind};
use crate::model::WebhookKey;

/// What is created, and what is live with the same events, ours, and not declared: each of the first may be one
/// of the second, with another name and another URL. Neither list is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerhapsMoved {
    /// What is created, by key.
    pub keys: Vec<WebhookKey>,
    /// What is not declared, by name, as it may be shown.
    pub names: Vec<String>,
}

impl EnvironmentPlan<Shown> {
    /// What may have been renamed and moved at once. It follows from the rest, and also from what the plan leaves
    /// alone, so it is no part of what the plan does.
    pub fn perhaps_moved(&self) -> Vec<PerhapsMoved> {
        // For each set of events, what is created with it, and what is live with it, ours, and not declared.
        let mut alike: BTreeMap<&[String], (Vec<&WebhookKey>, Vec<&str>)> = BTreeMap::new();
        for operation in &self.operations {
            if let (OperationKind::Create { webhook }, Reason::NotLive(_)) =
                (&operation.kind, &operation.reason)
            {
                let events = webhook.events.as_deref().unwrap_or_default();
                let (keys, _) = alike.entry(events).or_default();
                keys.extend(&operation.key);
            }
        }
        if alike.is_empty() {
            return Vec::new();
        }
        let deleted = self
            .operations
            .iter()
            .filter(|operation| operation.reason == Reason::NotDeclared)
            .filter_map(|operation| operation.before());
        let left = self
            .unmanaged
            .iter()
            .filter(|unmanaged| unmanaged.kind == UnmanagedKind::NotDeclared)
            .map(|unmanaged| &unmanaged.webhook);
        for webhook in deleted.chain(left) {
            let events = webhook.webhook.events.as_deref();
            if let Some((_, names)) = events.and_then(|events| alike.get_mut(events)) {
                names.push(&webhook.webhook.name.shown);
            }
        }
        alike
            .into_values()
            .filter(|(_, names)| !names.is_empty())
            .map(|(keys, mut names)| {
                names.sort();
                PerhapsMoved {
                    keys: keys.into_iter().cloned().collect(),
                    names: names.into_iter().map(str::to_owned).collect(),
                }
            })
            .collect()
    }
}
