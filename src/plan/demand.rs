//! How many receivers of each event type there must be while operations lose and gain it.
//!
//! An event type that is sent before and after must be sent throughout: that is a demand for one
//! receiver. `require` can ask for more. Where webhooks share a URL, an event type that is sent to the
//! URL before and after must be sent there throughout, too. What stays a receiver throughout counts; only
//! what is needed beyond it is a demand.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{EndpointUrl, EventType, LiveWebhook, WebhookId};

use super::{
    Action, Change, Inputs, Operation, OperationKind, circle,
    flow::{Flow, sends},
};

/// The operations that lose and gain an event type, where not enough receive it throughout.
#[derive(Debug, Default)]
pub(super) struct Demand {
    /// How many are needed beyond those that stay.
    pub(super) need: usize,
    pub(super) losers: Vec<usize>,
    pub(super) gainers: Vec<usize>,
}

impl Demand {
    /// How much of it is for updates alone to meet: creates come before them, deletes after.
    pub(super) fn of_updates(&self, flows: &[Flow]) -> Option<circle::Demand> {
        let are = |operations: &[usize], action: Action| {
            let those = operations.iter().copied();
            those
                .filter(|index| flows[*index].action == action)
                .collect::<Vec<usize>>()
        };
        let created = are(&self.gainers, Action::Create).len();
        let deleted = are(&self.losers, Action::Delete).len();
        let need = self.need.saturating_sub(created + deleted);
        (need > 0).then(|| circle::Demand {
            need,
            losers: are(&self.losers, Action::Update),
            gainers: are(&self.gainers, Action::Update),
        })
    }
}

/// All demands, in a fixed order. With `required`, `require` is among them.
pub(super) fn demands(
    operations: &[Operation],
    flows: &[Flow],
    live: &[&LiveWebhook],
    inputs: &Inputs<'_>,
    required: bool,
) -> Vec<Demand> {
    let mut demands: BTreeMap<&EventType, Demand> = BTreeMap::new();
    for (index, flow) in flows.iter().enumerate() {
        for event in &flow.loses {
            demands.entry(event).or_default().losers.push(index);
        }
        for event in &flow.gains {
            demands.entry(event).or_default().gainers.push(index);
        }
    }
    demands.retain(|event, demand| {
        let required = inputs.policy.require.get(*event).filter(|_| required);
        demand.need = required.map_or(1, |required| *required as usize).max(1);
        !demand.losers.is_empty() && !demand.gainers.is_empty()
    });
    for event in flows.iter().flat_map(|flow| &flow.keeps) {
        stays(&mut demands, event);
    }
    if !demands.is_empty() {
        let changing = changing(operations);
        for webhook in live
            .iter()
            .filter(|webhook| !changing.contains(&webhook.id))
        {
            for event in sends(webhook) {
                stays(&mut demands, event);
            }
        }
    }
    let mut demands: Vec<Demand> = demands.into_values().collect();
    for demand in &mut demands {
        let most = demand.losers.len().min(demand.gainers.len());
        demand.need = demand.need.min(most);
    }
    demands.extend(at_shared_urls(operations, flows, live));
    demands
}

fn changing(operations: &[Operation]) -> BTreeSet<&WebhookId> {
    let before = operations.iter().filter_map(Operation::before);
    before.map(|before| &before.id).collect()
}

/// Counts a receiver that stays; a demand of which nothing is left is none.
fn stays(demands: &mut BTreeMap<&EventType, Demand>, event: &EventType) {
    if let Some(demand) = demands.get_mut(event) {
        demand.need -= 1;
        if demand.need == 0 {
            demands.remove(event);
        }
    }
}

/// The webhooks that leave a URL, and the one that stays there and takes over some of their events.
fn at_shared_urls(operations: &[Operation], flows: &[Flow], live: &[&LiveWebhook]) -> Vec<Demand> {
    let mut staying: BTreeMap<&EndpointUrl, usize> = BTreeMap::new();
    let mut leaving: BTreeMap<&EndpointUrl, Vec<usize>> = BTreeMap::new();
    for (index, operation) in operations.iter().enumerate() {
        match &operation.kind {
            OperationKind::Create { .. } => {}
            OperationKind::Delete { before } => leaving.entry(&before.url).or_default().push(index),
            OperationKind::Update {
                before, changes, ..
            } => {
                if changes
                    .iter()
                    .any(|change| matches!(change, Change::Url { .. }))
                {
                    leaving.entry(&before.url).or_default().push(index);
                } else {
                    staying.insert(&before.url, index);
                }
            }
        }
    }
    leaving.retain(|url, _| staying.contains_key(url));
    if leaving.is_empty() {
        return Vec::new();
    }
    let changing = changing(operations);
    let mut unchanged: BTreeMap<&EndpointUrl, BTreeSet<&EventType>> = BTreeMap::new();
    for webhook in live
        .iter()
        .filter(|webhook| !changing.contains(&webhook.id))
    {
        if leaving.contains_key(&webhook.url) {
            unchanged
                .entry(&webhook.url)
                .or_default()
                .extend(sends(webhook));
        }
    }
    let mut demands = Vec::new();
    for (url, leaving) in leaving {
        let stays = staying[url];
        for event in &flows[stays].gains {
            let sent = |leaver: &&usize| {
                flows[**leaver].loses.contains(event) || flows[**leaver].keeps.contains(event)
            };
            let losers: Vec<usize> = leaving.iter().filter(sent).copied().collect();
            let is_kept = unchanged.get(url).is_some_and(|kept| kept.contains(event));
            if !losers.is_empty() && !is_kept {
                demands.push(Demand {
                    need: 1,
                    losers,
                    gainers: vec![stays],
                });
            }
        }
    }
    demands
}
