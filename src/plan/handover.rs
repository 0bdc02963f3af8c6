//! What happens at URLs that webhooks share: an event type that some of them stop to send there, and another starts.
//!
//! Which of both comes first decides what the receiver sees: the event type twice for a while, or not at all.

use std::collections::BTreeMap;

use crate::model::{EndpointUrl, EventType, LiveWebhook};

use super::{
    Operation, OperationKind, Reason,
    demand::{Demand, changing},
    flow::{Flow, sends},
    types::Types,
};

/// An event type at a URL that goes from webhooks to another.
pub(super) struct Handover {
    pub(super) event: EventType,
    /// The operations of the webhooks that send it there and leave.
    pub(super) leavers: Vec<usize>,
    /// The operation of the webhook that begins to.
    pub(super) taker: usize,
    /// How many others send it there throughout.
    pub(super) kept: usize,
}

impl Handover {
    /// What has to hold so that it is sent there at all times; `None` where others see to that.
    pub(super) fn without_gap(&self) -> Option<Demand> {
        (self.kept == 0).then(|| Demand {
            need: 1,
            losers: self.leavers.clone(),
            gainers: vec![self.taker],
        })
    }

    /// What has to hold so that it comes twice at no time: one of those that leave is gone before another begins. `None`
    /// where it is sent there by nobody else: then there would be a gap.
    pub(super) fn once(&self) -> Option<Demand> {
        (self.kept > 0 || self.leavers.len() > 1).then(|| Demand {
            need: 1,
            losers: vec![self.taker],
            gainers: self.leavers.clone(),
        })
    }
}

/// The webhooks that leave a URL, and the one that stays there, or comes instead of one of them, and takes over some of
/// their events.
pub(super) fn handovers(
    operations: &[Operation],
    flows: &[Flow],
    live: &[&LiveWebhook],
    types: &Types,
) -> Vec<Handover> {
    let mut taking: BTreeMap<&EndpointUrl, usize> = BTreeMap::new();
    let mut leaving: BTreeMap<&EndpointUrl, Vec<usize>> = BTreeMap::new();
    for (index, operation) in operations.iter().enumerate() {
        match &operation.kind {
            OperationKind::Create { webhook } => {
                // Any other is at a URL that nobody has.
                if matches!(operation.reason, Reason::Replaces { .. }) {
                    taking.insert(&webhook.url, index);
                }
            }
            OperationKind::Rotate { .. } => {}
            OperationKind::Delete { before } => leaving.entry(&before.url).or_default().push(index),
            OperationKind::Update { before, .. } if operation.moves() => {
                leaving.entry(&before.url).or_default().push(index);
            }
            OperationKind::Update { before, .. } => {
                taking.insert(&before.url, index);
            }
        }
    }
    leaving.retain(|url, _| taking.contains_key(url));
    if leaving.is_empty() {
        return Vec::new();
    }
    let changing = changing(operations);
    let mut kept: BTreeMap<&EndpointUrl, BTreeMap<&EventType, usize>> = BTreeMap::new();
    let unchanged = live
        .iter()
        .filter(|webhook| !changing.contains(&webhook.id));
    for webhook in unchanged.filter(|webhook| leaving.contains_key(&webhook.url)) {
        let kept = kept.entry(&webhook.url).or_default();
        for event in sends(webhook, types) {
            *kept.entry(event).or_default() += 1;
        }
    }
    let mut handovers = Vec::new();
    for (url, leaving) in leaving {
        let taker = taking[url];
        for event in &flows[taker].gains {
            let sent = |leaver: &&usize| {
                flows[**leaver].loses.contains(event) || flows[**leaver].keeps.contains(event)
            };
            let leavers: Vec<usize> = leaving.iter().filter(sent).copied().collect();
            if !leavers.is_empty() {
                handovers.push(Handover {
                    event: event.clone(),
                    leavers,
                    taker,
                    kept: kept
                        .get(url)
                        .and_then(|kept| kept.get(event))
                        .copied()
                        .unwrap_or(0),
                });
            }
        }
    }
    handovers
}
