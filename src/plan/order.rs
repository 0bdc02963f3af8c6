//! Operations → steps, in an order in which no event is lost.
//!
//! Creates come first, then updates, then deletes. Beyond that a step waits for another only where
//! enough receivers depend on it (`demand`): of the webhooks that lose an event type, the last ones (the
//! *losers*) each wait for one that gains it (a *gainer*) of its own. Whatever runs at once, and whatever
//! fails: as many losers as are gone, so many gainers are there.
//!
//! Where updates wait for each other in a circle (`circle`), one is *widened*: it gets the union of its
//! old and new events first, and loses the old ones in a second step.
//!
//! A webhook whose name tells the next run which place a trade left keeps that name until the place is
//! taken: those that take or get such a name wait for the one that moves on.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{LiveWebhook, WebhookKey, WebhookName, WebhookPatch};

use super::{
    Action, Change, Inputs, Operation, OperationKind, PairedBy, Step, StepRequest, circle,
    circle::Solution,
    demand::{Demand, demands},
    flow::{Flow, Twice, flow},
};

/// Orders the steps of operations, which are sorted by action.
///
/// # Errors
///
/// The webhooks whose updates wait for each other in a circle of which none can be widened, for each
/// such circle.
pub(super) fn steps(
    operations: &[Operation],
    live: &[&LiveWebhook],
    inputs: &Inputs<'_>,
) -> Result<Vec<Step>, Vec<Vec<WebhookKey>>> {
    let flows: Vec<Flow> = operations.iter().map(flow).collect();
    let turns = turns(operations, inputs);
    let with_require = order(operations, &flows, live, inputs, &turns, true);
    let steps = match with_require {
        Err(_) if !inputs.policy.require.is_empty() => {
            // What cannot be kept to on the way is for the guard to refuse.
            order(operations, &flows, live, inputs, &turns, false)
        }
        steps => steps,
    };
    steps.map_err(|circles| {
        let keys = |circle: BTreeSet<usize>| with_those_before(&circle, operations, &turns);
        circles.into_iter().map(keys).collect()
    })
}

fn order(
    operations: &[Operation],
    flows: &[Flow],
    live: &[&LiveWebhook],
    inputs: &Inputs<'_>,
    turns: &[(usize, usize)],
    required: bool,
) -> Result<Vec<Step>, Vec<BTreeSet<usize>>> {
    let demands = demands(operations, flows, live, inputs, required);
    let of_updates = demands.iter().filter_map(|demand| demand.of_updates(flows));
    let (mut twice, mut places) = (BTreeSet::new(), BTreeMap::new());
    let mut circles = Vec::new();
    for component in circle::components(of_updates.collect(), turns) {
        match circle::solve(&component, |operation| flows[operation].twice) {
            Ok(Solution { twice: more, order }) => {
                twice.extend(more);
                let known = places.len();
                places.extend(order.into_iter().zip(known..));
            }
            Err(circle) => circles.push(circle),
        }
    }
    if !circles.is_empty() {
        return Err(circles);
    }
    let listing = Listing {
        operations,
        flows,
        turns,
        twice,
    };
    let mut edges = BTreeSet::new();
    for demand in &demands {
        listing.add_edges(demand, &places, &mut edges);
    }
    Ok(listing.steps(&edges))
}

/// The names by which the place of an operation was found that a trade left; none for any other.
pub(super) fn telling_names<'i>(
    inputs: &Inputs<'i>,
    operation: &'i Operation,
) -> impl Iterator<Item = &'i WebhookName> {
    let via: &[WebhookKey] = match &operation.kind {
        OperationKind::Update {
            paired_by: PairedBy::Trade(via),
            ..
        } => via,
        _ => &[],
    };
    let own = operation.key.iter().filter(|_| !via.is_empty());
    let desired = &inputs.desired.webhooks;
    let keys = via.iter().chain(own);
    keys.filter_map(|key| desired.get(key).map(|webhook| &webhook.name))
}

/// The names that an operation takes away and gives.
pub(super) fn renames(operation: &Operation) -> impl Iterator<Item = &WebhookName> {
    let changes = match &operation.kind {
        OperationKind::Update { changes, .. } => changes.as_slice(),
        OperationKind::Create { .. } | OperationKind::Delete { .. } => &[],
    };
    changes
        .iter()
        .flat_map(|change| match change {
            Change::Name { before, after } => [Some(before), Some(after)],
            Change::Url { .. } | Change::Events { .. } | Change::Enabled { .. } => [None, None],
        })
        .flatten()
}

/// Which operation must come before which, so that a run that stops leaves the names that tell where a
/// trade left a place.
fn turns(operations: &[Operation], inputs: &Inputs<'_>) -> Vec<(usize, usize)> {
    let mut told: BTreeMap<&WebhookName, usize> = BTreeMap::new();
    for (index, operation) in operations.iter().enumerate() {
        told.extend(telling_names(inputs, operation).map(|name| (name, index)));
    }
    if told.is_empty() {
        return Vec::new();
    }
    let mut turns = BTreeSet::new();
    for (index, operation) in operations.iter().enumerate() {
        let firsts = renames(operation).filter_map(|name| told.get(name));
        turns.extend(
            firsts
                .filter(|first| **first != index)
                .map(|first| (*first, index)),
        );
    }
    turns.into_iter().collect()
}

/// The keys of a circle, and of those that must move before some of it.
fn with_those_before(
    circle: &BTreeSet<usize>,
    operations: &[Operation],
    turns: &[(usize, usize)],
) -> Vec<WebhookKey> {
    let before = turns.iter().filter(|(_, then)| circle.contains(then));
    let all: BTreeSet<usize> = before
        .map(|(first, _)| *first)
        .chain(circle.iter().copied())
        .collect();
    all.into_iter()
        .filter_map(|index| operations[index].key.clone())
        .collect()
}

struct Listing<'o> {
    operations: &'o [Operation],
    flows: &'o [Flow],
    turns: &'o [(usize, usize)],
    /// The operations that take two steps.
    twice: BTreeSet<usize>,
}

/// A part of an operation that is one step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Whole,
    First,
    Second,
}

impl Listing<'_> {
    fn is_widened(&self, operation: usize) -> bool {
        self.twice.contains(&operation) && self.flows[operation].twice == Twice::Widen
    }

    /// Makes losers wait for gainers: each of the last ones for one of its own. `places` has the order
    /// that the search found; where there was none to find, every order will do.
    fn add_edges(
        &self,
        demand: &Demand,
        places: &BTreeMap<usize, usize>,
        edges: &mut BTreeSet<(usize, usize)>,
    ) {
        let is_searched = demand.of_updates(self.flows).is_some();
        let place = |operation: usize| {
            let found = places.get(&operation).copied();
            match self.flows[operation].action {
                Action::Update if !is_searched => Some(0),
                Action::Update if self.is_widened(operation) => Some(usize::MAX),
                Action::Update => found,
                Action::Create | Action::Delete => Some(0),
            }
        };
        // A widened one gains first and loses last.
        let gaining = |operation: usize| place(operation).map(|place| place.wrapping_add(1));
        let sorted = |operations: &[usize], place: &dyn Fn(usize) -> Option<usize>| {
            let mut those: Vec<_> = operations
                .iter()
                .filter_map(|index| Some((self.flows[*index].action, place(*index)?, *index)))
                .collect();
            those.sort_unstable();
            those
        };
        let gainers = sorted(&demand.gainers, &gaining);
        let mut losers = sorted(&demand.losers, &place);
        losers.sort_by_key(|(action, place, index)| (*action, *place, std::cmp::Reverse(*index)));
        let last = losers.len().saturating_sub(demand.need);
        for ((_, _, loser), (_, _, gainer)) in losers[last..].iter().zip(&gainers) {
            edges.insert((*gainer, *loser));
        }
        // Every delete waits, not only one: what takes over must be there before anything goes.
        let deleted = losers
            .iter()
            .filter(|(action, _, _)| *action == Action::Delete);
        if let Some((_, _, gainer)) = gainers.first() {
            edges.extend(deleted.map(|(_, _, loser)| (*gainer, *loser)));
        }
    }

    /// Lists the steps: creates, widenings, updates, deletes; updates so that each comes after what it
    /// waits for, else by key.
    fn steps(&self, edges: &BTreeSet<(usize, usize)>) -> Vec<Step> {
        let mut waits: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (first, then) in edges {
            waits.entry(*then).or_default().push(*first);
        }
        let mut turns: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (first, then) in self.turns {
            let is_renamed_later = self.twice.contains(then) && !self.is_widened(*then);
            let those = if is_renamed_later {
                &mut turns
            } else {
                &mut waits
            };
            those.entry(*then).or_default().push(*first);
        }
        let mut steps: Vec<Step> = Vec::with_capacity(self.operations.len() + self.twice.len());
        // The step after which an operation sends what it will send.
        let mut gained: BTreeMap<usize, usize> = BTreeMap::new();
        for (operation, half) in self.sequence(&waits) {
            let waited = match (half, self.is_widened(operation)) {
                (Half::First, true) => None,
                (Half::Second, false) => turns.get(&operation),
                _ => waits.get(&operation),
            };
            let own = Some(&operation).filter(|_| half == Half::Second);
            let firsts = waited.into_iter().flatten().chain(own);
            let mut after: Vec<usize> = firsts
                .filter_map(|first| gained.get(first).copied())
                .collect();
            after.sort_unstable();
            after.dedup();
            gained.entry(operation).or_insert(steps.len());
            steps.push(Step {
                operation,
                request: request(&self.operations[operation], half, &self.flows[operation]),
                after,
            });
        }
        steps
    }

    /// The order of steps.
    fn sequence(&self, waits: &BTreeMap<usize, Vec<usize>>) -> Vec<(usize, Half)> {
        let of = |action: Action| {
            (0..self.operations.len()).filter(move |index| self.flows[*index].action == action)
        };
        let mut sequence: Vec<(usize, Half)> = of(Action::Create)
            .map(|index| (index, Half::Whole))
            .collect();
        let widened = self.twice.iter().filter(|index| self.is_widened(**index));
        sequence.extend(widened.map(|index| (*index, Half::First)));
        // Only updates wait for updates; a widened one has already gained, so nobody waits for its end.
        let mut open: BTreeMap<usize, usize> = BTreeMap::new();
        let mut waiting: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut ready: BTreeSet<usize> = BTreeSet::new();
        for index in of(Action::Update) {
            let firsts = waits.get(&index).into_iter().flatten().filter(|first| {
                self.flows[**first].action == Action::Update && !self.is_widened(**first)
            });
            let mut count = 0;
            for first in firsts {
                waiting.entry(*first).or_default().push(index);
                count += 1;
            }
            if count == 0 {
                ready.insert(index);
            }
            open.insert(index, count);
        }
        let mut renamed_later = Vec::new();
        while let Some(index) = ready.pop_first() {
            let half = match (self.twice.contains(&index), self.is_widened(index)) {
                (false, _) => Half::Whole,
                (true, true) => Half::Second,
                (true, false) => {
                    renamed_later.push((index, Half::Second));
                    Half::First
                }
            };
            sequence.push((index, half));
            for next in waiting.remove(&index).unwrap_or_default() {
                if let Some(count) = open.get_mut(&next) {
                    *count -= 1;
                    if *count == 0 {
                        ready.insert(next);
                    }
                }
            }
        }
        sequence.extend(renamed_later);
        sequence.extend(of(Action::Delete).map(|index| (index, Half::Whole)));
        sequence
    }
}

/// What a step sends. The first half of a widened operation gains, and its second does all the rest;
/// where there is nothing to lose, only the name is left for the second half.
fn request(operation: &Operation, half: Half, flow: &Flow) -> StepRequest {
    match &operation.kind {
        OperationKind::Create { webhook } => StepRequest::Create(webhook.clone()),
        OperationKind::Delete { before } => StepRequest::Delete {
            id: before.id.clone(),
        },
        OperationKind::Update {
            before, changes, ..
        } => {
            let widens = flow.twice == Twice::Widen && !flow.loses.is_empty();
            let mut patch = WebhookPatch::default();
            for change in changes {
                let is_sent = match half {
                    Half::Whole => true,
                    Half::First if widens => matches!(change, Change::Events { .. }),
                    Half::First => !matches!(change, Change::Name { .. }),
                    Half::Second => widens || matches!(change, Change::Name { .. }),
                };
                match change {
                    _ if !is_sent => {}
                    Change::Events { before, after } if widens && half == Half::First => {
                        patch.events =
                            Some(before.iter().flatten().chain(after).cloned().collect());
                    }
                    Change::Events { after, .. } => patch.events = Some(after.clone()),
                    Change::Name { after, .. } => patch.name = Some(after.clone()),
                    Change::Url { after, .. } => patch.url = Some(after.clone()),
                    Change::Enabled { after, .. } => patch.enabled = Some(*after),
                }
            }
            StepRequest::Update {
                id: before.id.clone(),
                patch,
            }
        }
    }
}
