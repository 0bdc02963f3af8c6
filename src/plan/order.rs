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
//!
//! Some plans need another order than creates first and deletes last: where an account may have only so many
//! webhooks, a delete makes room for a create; where webhooks share a URL, one leaves before another begins to send what
//! still others send there too; and what is replaced where both have no place is deleted first. Then everything is
//! searched through, creates and deletes as well, and the usual order is only what decides between equals.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{LiveWebhook, UrlRule, WebhookId, WebhookKey, WebhookName};

use super::{
    Action, Change, Inputs, Operation, OperationKind, PairedBy, Reason, Refusal, Step, circle,
    circle::Solution,
    demand::{Demand, demands},
    flow::{Flow, Twice, flows},
    handover::{Handover, handovers},
    listing::Listing,
    pairing,
    types::Types,
};

/// Why there are no steps.
pub(super) enum NoOrder {
    /// The webhooks whose updates wait for each other in a circle of which none can be widened, for each such circle.
    Circles(Vec<Refusal>),
    /// What is replaced has to be deleted first, and a run that stops there would take another live webhook for it: the
    /// create and the delete.
    Alike(usize, usize),
    /// There is no order in which the account never has more webhooks than it may, and no event is lost.
    NoRoom,
}

/// What is to be put in order.
pub(super) struct Ordering<'p> {
    inputs: &'p Inputs<'p>,
    types: &'p Types,
    operations: &'p [Operation],
    live: &'p [&'p LiveWebhook],
    pub(super) flows: Vec<Flow>,
    pub(super) handovers: Vec<Handover>,
    turns: Vec<(usize, usize)>,
    /// The deletes that must come before creates, as there is no room for both.
    room: Option<Demand>,
    /// What is replaced: the create, and the delete.
    pub(super) replacements: Vec<(usize, usize)>,
    /// How many of the first of these may be deleted first.
    alone: usize,
}

/// What an order keeps to, besides that no event is lost.
#[derive(Clone, Copy)]
struct Attempt {
    /// Whether `require` is kept to on the way.
    required: bool,
    /// Whether the account never has more webhooks than it may.
    room: bool,
    /// Whether no event type comes twice where that can be helped.
    once: bool,
    /// How many of the replacements delete first, and so leave a gap.
    gaps: usize,
    /// Whether what these send may be missing even where others begin to send it too.
    wide: bool,
}

impl<'p> Ordering<'p> {
    /// Of operations that are sorted by action. `over` is by how many webhooks the creates alone would make them too
    /// many.
    pub(super) fn new(
        inputs: &'p Inputs<'p>,
        types: &'p Types,
        operations: &'p [Operation],
        live: &'p [&'p LiveWebhook],
        over: usize,
    ) -> Self {
        let flows = flows(operations, types);
        let of = |action: Action| {
            let all = 0..operations.len();
            all.filter(|index| operations[*index].action() == action)
                .collect::<Vec<usize>>()
        };
        let room = (over > 0).then(|| Demand {
            need: over,
            losers: of(Action::Create),
            gainers: of(Action::Delete),
        });
        let (replacements, alone) = replacements(inputs, operations, live);
        Self {
            handovers: handovers(operations, &flows, live, types),
            turns: turns(operations, inputs),
            replacements,
            alone,
            inputs,
            types,
            operations,
            live,
            flows,
            room,
        }
    }

    /// The steps, in an order that keeps to as much as there is one for.
    ///
    /// # Errors
    ///
    /// That there is none in which no event is lost.
    pub(super) fn steps(&self) -> Result<Vec<Step>, NoOrder> {
        // Where a URL can only be held once, what holds it goes first.
        let is_unique = self.inputs.profile.planning.url == UrlRule::Unique;
        if let Some((create, delete)) = self.replacements.get(self.alone).filter(|_| is_unique) {
            return Err(NoOrder::Alike(*create, *delete));
        }
        let most_gaps = self.alone;
        let least_gaps = if is_unique {
            self.replacements.len()
        } else {
            0
        };
        // What of `require` cannot be kept to on the way is for the guard to refuse.
        let required = [true, false];
        let is_tried = |required: &bool| *required || !self.inputs.policy.require.is_empty();
        for required in required.into_iter().filter(is_tried) {
            let gaps = least_gaps..=most_gaps;
            for (gaps, wide) in gaps.flat_map(|gaps| [(gaps, false), (gaps, true)]) {
                if wide && gaps == 0 {
                    continue; // The same as before.
                }
                let found = self.least(Attempt {
                    required,
                    room: self.room.is_some(),
                    once: false,
                    gaps,
                    wide,
                });
                if let Ok(steps) = found {
                    return Ok(steps);
                }
            }
        }
        let without_room = self.order(Attempt {
            required: false,
            room: false,
            once: false,
            gaps: most_gaps,
            wide: true,
        });
        match without_room {
            Ok(_) => Err(NoOrder::NoRoom),
            Err(circles) => {
                let circles = circles.into_iter();
                Err(NoOrder::Circles(
                    circles.map(|circle| self.circle(&circle)).collect(),
                ))
            }
        }
    }

    /// The order in which nothing comes twice that need not, where that costs no step more.
    fn least(&self, attempt: Attempt) -> Result<Vec<Step>, Vec<BTreeSet<usize>>> {
        let steps = self.order(attempt)?;
        if !self.is_shared() || self.handovers.iter().all(|one| one.once().is_none()) {
            return Ok(steps);
        }
        let once = self.order(Attempt {
            once: true,
            ..attempt
        });
        Ok(once
            .ok()
            .filter(|once| once.len() <= steps.len())
            .unwrap_or(steps))
    }

    /// Whether several webhooks may be at one URL.
    pub(super) fn is_shared(&self) -> bool {
        self.inputs.profile.planning.url == UrlRule::Shared
    }

    fn order(&self, attempt: Attempt) -> Result<Vec<Step>, Vec<BTreeSet<usize>>> {
        let Attempt {
            required,
            room,
            once,
            gaps,
            wide,
        } = attempt;
        let flows = &self.flows;
        let context = (self.inputs, self.types);
        let mut demands = demands(self.operations, flows, self.live, context, required);
        demands.extend(self.handovers.iter().filter_map(Handover::without_gap));
        let mut turns = self.turns.clone();
        let (first, last) = self.replacements.split_at(gaps);
        demands.retain(|demand| !demand.may_fail(first, wide));
        turns.extend(first.iter().map(|(create, delete)| (*delete, *create)));
        demands.extend(places_held(last));
        demands.extend(self.room.clone().filter(|_| room));
        if once {
            demands.extend(self.handovers.iter().filter_map(Handover::once));
        }
        let is_plain = gaps == 0 && !once && !room;
        let searched = demands.iter();
        let searched = searched.filter_map(|demand| match is_plain {
            true => demand.of_updates(flows),
            false => Some(demand.of_all()),
        });
        let (mut twice, mut places) = (BTreeSet::new(), BTreeMap::new());
        let mut circles = Vec::new();
        for component in circle::components(searched.collect(), &turns) {
            match circle::solve(&component, |operation| self.twice(operation, once)) {
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
            operations: self.operations,
            types: self.types,
            turns: &turns,
            flows,
            twice,
            places,
            is_plain,
        };
        let mut edges = BTreeSet::new();
        for demand in &demands {
            listing.add_edges(demand, &mut edges);
        }
        Ok(listing.steps(&edges))
    }

    /// Why nothing can be done about a circle.
    fn circle(&self, circle: &BTreeSet<usize>) -> Refusal {
        let keys = with_those_before(circle, self.operations, &self.turns);
        let stays = |operation: &usize| {
            let flow = &self.flows[*operation];
            flow.action == Action::Update && flow.twice == Twice::No
        };
        match circle.iter().any(stays) {
            true => Refusal::Mixed { keys },
            false => Refusal::Circle { keys },
        }
    }

    /// What an operation can do in two steps. What takes over at a URL begins with the first of them, so it has no
    /// second where it has to wait for others to leave.
    fn twice(&self, operation: usize, once: bool) -> Twice {
        let takes = |handover: &Handover| handover.taker == operation;
        match once && self.handovers.iter().any(takes) {
            true => Twice::No,
            false => self.flows[operation].twice,
        }
    }
}

/// What is replaced stays until what replaces it is there, or one of those that are: by that a run that stopped tells
/// which it is.
fn places_held(replacements: &[(usize, usize)]) -> impl Iterator<Item = Demand> {
    let mut held: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (create, delete) in replacements {
        held.entry(*create).or_default().push(*delete);
    }
    held.into_iter().map(|(create, deletes)| Demand {
        need: 1,
        losers: deletes,
        gainers: vec![create],
    })
}

/// The create and the delete of each webhook that is replaced; first those, and how many they are, that may be deleted
/// first: a run that stops there takes no other live webhook for what is to be created.
fn replacements(
    inputs: &Inputs<'_>,
    operations: &[Operation],
    live: &[&LiveWebhook],
) -> (Vec<(usize, usize)>, usize) {
    let creates = operations.iter().enumerate();
    let creates = creates.filter_map(|(index, operation)| {
        let key = operation.key.as_ref()?;
        matches!(operation.reason, Reason::Replaces { .. }).then_some((key, index))
    });
    let creates: BTreeMap<&WebhookKey, usize> = creates.collect();
    if creates.is_empty() {
        return (Vec::new(), 0);
    }
    let deletes = operations.iter().enumerate();
    let deletes = deletes.filter_map(|(index, operation)| match &operation.reason {
        Reason::Replaced { by } => Some((*creates.get(by)?, index, operation.before()?)),
        _ => None,
    });
    let deletes: Vec<(usize, usize, &LiveWebhook)> = deletes.collect();
    let is_alone = |(create, _, _): &&(usize, usize, &LiveWebhook)| {
        let replaced = deletes.iter().filter(|(by, _, _)| by == create);
        let ids: BTreeSet<&WebhookId> = replaced.map(|(_, _, before)| &before.id).collect();
        let rest = live.iter().filter(|other| !ids.contains(&other.id));
        let rest: Vec<&LiveWebhook> = rest.copied().collect();
        let key = operations[*create].key.as_ref();
        key.is_some_and(|key| pairing::would_be_created(inputs, key, &rest))
    };
    let (alone, rest): (Vec<_>, Vec<_>) = deletes.iter().partition(is_alone);
    let pairs = alone.iter().chain(&rest);
    let pairs = pairs.map(|(create, delete, _)| (*create, *delete));
    (pairs.collect(), alone.len())
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
    let renames = operation.changes().iter().filter_map(Change::name);
    renames.flat_map(|(before, after)| [before, after])
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
