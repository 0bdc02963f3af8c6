//! How many receivers of each event type there must be while operations lose and gain it.
//!
//! An event type that is sent before and after must be sent throughout: that is a demand for one
//! receiver. `require` can ask for more. Where webhooks share a URL, an event type that is sent to the
//! URL before and after must be sent there throughout, too (`handover`). What stays a receiver throughout counts;
//! only what is needed beyond it is a demand.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{EventType, LiveWebhook, WebhookId};

use super::{
    Action, Inputs, Operation, circle,
    flow::{Flow, sends},
    types::Types,
};

/// The operations that lose and gain an event type, where not enough receive it throughout.
#[derive(Clone, Debug, Default)]
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

    /// The same, for operations of every kind to meet: nothing is said of which come first.
    pub(super) fn of_all(&self) -> circle::Demand {
        circle::Demand {
            need: self.need,
            losers: self.losers.clone(),
            gainers: self.gainers.clone(),
        }
    }

    /// Whether it cannot be met where these creates come after these deletes. Where it is taken `wide`, also if others
    /// gain and lose as well.
    pub(super) fn may_fail(&self, late: &[(usize, usize)], wide: bool) -> bool {
        let loses = |delete: &usize| self.losers.contains(delete);
        let gains = |create: &usize| self.gainers.contains(create);
        if wide {
            return late
                .iter()
                .any(|(create, delete)| gains(create) && loses(delete));
        }
        let of_all = |create: &usize| {
            let mut losers = self.losers.iter();
            losers.all(|delete| late.contains(&(*create, *delete)))
        };
        !late.is_empty() && self.gainers.iter().all(of_all)
    }
}

/// The demands for receivers anywhere, in a fixed order. With `required`, `require` is among them.
pub(super) fn demands(
    operations: &[Operation],
    flows: &[Flow],
    live: &[&LiveWebhook],
    (inputs, types): (&Inputs<'_>, &Types),
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
            for event in sends(webhook, types) {
                stays(&mut demands, event);
            }
        }
    }
    let mut demands: Vec<Demand> = demands.into_values().collect();
    for demand in &mut demands {
        let most = demand.losers.len().min(demand.gainers.len());
        demand.need = demand.need.min(most);
    }
    demands
}

/// The live webhooks that operations change or delete.
pub(super) fn changing(operations: &[Operation]) -> BTreeSet<&WebhookId> {
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
