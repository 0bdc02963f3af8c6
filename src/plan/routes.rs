//! Where events go before and after a plan.

use std::collections::BTreeMap;

use super::{Action, EnvironmentPlan, Inputs, Operation, OperationKind, flow::sends, types::Types};
use crate::model::{EventSet, LiveState, LiveWebhook, Place, Route, WebhookId};

/// Where each webhook sends its events before and after a plan, which was made from these. What cannot be read sends nothing that
/// is known.
pub fn routes(inputs: &Inputs<'_>, live: &LiveState, plan: &EnvironmentPlan) -> Vec<Route> {
    let here = inputs.here(live);
    let types = &Types::of(inputs, &here);
    let changing: BTreeMap<&WebhookId, &Operation> = plan
        .operations
        .iter()
        // A rotation moves nothing; what does is another operation.
        .filter(|operation| operation.action() != Action::Rotate)
        .filter_map(|operation| Some((&operation.before()?.id, operation)))
        .collect();
    let mut routes: Vec<Route> = here
        .iter()
        .map(|webhook| {
            let before = place_now(webhook, types);
            match changing.get(&webhook.id) {
                None => Route {
                    title: webhook.name.to_string(),
                    after: before.clone(),
                    before,
                },
                Some(operation) => Route {
                    title: title(operation),
                    after: place_then(operation, types),
                    before,
                },
            }
        })
        .collect();
    let created = plan.operations.iter();
    let created = created.filter(|operation| operation.before().is_none());
    routes.extend(created.map(|operation| Route {
        title: title(operation),
        before: None,
        after: place_then(operation, types),
    }));
    routes
}

fn title(operation: &Operation) -> String {
    match &operation.key {
        Some(key) => key.to_string(),
        None => operation.name().to_string(),
    }
}

fn place_now(webhook: &LiveWebhook, types: &Types) -> Option<Place> {
    let events: Vec<_> = sends(webhook, types).cloned().collect();
    (!events.is_empty()).then(|| Place {
        url: webhook.url.clone(),
        events,
    })
}

fn place_then(operation: &Operation, types: &Types) -> Option<Place> {
    let sent = |events: &EventSet| types.sent(events).cloned().collect::<Vec<_>>();
    let (url, events, enabled) = match &operation.kind {
        OperationKind::Create { webhook } => (&webhook.url, Some(&webhook.events), webhook.enabled),
        OperationKind::Delete { .. } | OperationKind::Rotate { .. } => return None,
        OperationKind::Update {
            before, changes, ..
        } => {
            let (mut url, mut events) = (&before.url, before.events.as_ref());
            let mut enabled = before.enabled;
            for change in changes {
                url = change.url().map_or(url, |(_, after)| after);
                events = change.events().map(|(_, after)| after).or(events);
                enabled = change.enabled().map(|(_, after)| after).or(enabled);
            }
            (url, events, enabled)
        }
    };
    let events = events.filter(|_| enabled != Some(false)).map(sent)?;
    (!events.is_empty()).then(|| Place {
        url: url.clone(),
        events,
    })
}
