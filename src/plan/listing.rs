//! Steps in a row, each with what it waits for.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    iter::Peekable,
};

use crate::model::WebhookPatch;

use super::{
    Action, Change, Operation, OperationKind, Step, StepRequest,
    demand::Demand,
    flow::{Flow, Twice},
    types::Types,
};

/// Lists the steps of operations.
pub(super) struct Listing<'o> {
    pub(super) operations: &'o [Operation],
    pub(super) flows: &'o [Flow],
    pub(super) types: &'o Types,
    /// Which operation must come before which, whatever else holds.
    pub(super) turns: &'o [(usize, usize)],
    /// The operations that take two steps.
    pub(super) twice: BTreeSet<usize>,
    /// The order that a search found; where there was none to find, every order will do.
    pub(super) places: BTreeMap<usize, usize>,
    /// Whether creates come first and deletes last, whatever else holds.
    pub(super) is_plain: bool,
}

/// When a step comes where it waits for nothing: what gains before what loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Create,
    Widen,
    Update,
    RenameLater,
    Delete,
}

/// What steps wait for.
#[derive(Default)]
struct Waits {
    of_operations: BTreeMap<usize, Vec<usize>>,
    /// The same for the second halves of what changes its name later.
    of_names: BTreeMap<usize, Vec<usize>>,
}

/// A step that waits for nothing: its phase, its rank there, and its operation.
type Turn = (Phase, usize, usize);

/// The steps that wait for nothing, of which the first one comes next. Most never waited: those are in order already.
struct Ready {
    free: Peekable<std::vec::IntoIter<Turn>>,
    freed: BinaryHeap<Reverse<Turn>>,
}

impl Ready {
    fn new(mut free: Vec<Turn>) -> Self {
        free.sort_unstable();
        Self {
            free: free.into_iter().peekable(),
            freed: BinaryHeap::new(),
        }
    }

    fn add(&mut self, turn: Turn) {
        self.freed.push(Reverse(turn));
    }

    fn pop(&mut self) -> Option<Turn> {
        let freed = self.freed.peek().map(|Reverse(turn)| *turn);
        let is_first = |free: &Turn| freed.is_none_or(|freed| *free < freed);
        let free = self.free.next_if(is_first);
        free.or_else(|| self.freed.pop().map(|Reverse(turn)| turn))
    }
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

    /// Makes losers wait for gainers: each of the last ones for one of its own.
    pub(super) fn add_edges(&self, demand: &Demand, edges: &mut BTreeSet<(usize, usize)>) {
        let is_searched = !self.is_plain || demand.of_updates(self.flows).is_some();
        let place = |operation: usize| {
            let found = self.places.get(&operation).copied();
            match self.flows[operation].action {
                Action::Update if !is_searched => Some(0),
                Action::Update if self.is_widened(operation) => Some(usize::MAX),
                Action::Create | Action::Delete if self.is_plain => Some(0),
                Action::Create | Action::Update | Action::Delete | Action::Rotate => found,
            }
        };
        // Where creates come first and deletes last, that is so whatever was found for updates.
        let phase = |operation: usize| match self.is_plain {
            true => self.flows[operation].action,
            false => Action::Update,
        };
        // A widened one gains first and loses last.
        let gaining = |operation: usize| place(operation).map(|place| place.wrapping_add(1));
        let sorted = |operations: &[usize], place: &dyn Fn(usize) -> Option<usize>| {
            let mut those: Vec<_> = operations
                .iter()
                .filter_map(|index| Some((phase(*index), place(*index)?, *index)))
                .collect();
            those.sort_unstable();
            those
        };
        let gainers = sorted(&demand.gainers, &gaining);
        let mut losers = sorted(&demand.losers, &place);
        losers.sort_by_key(|(phase, place, index)| (*phase, *place, std::cmp::Reverse(*index)));
        let last = losers.len().saturating_sub(demand.need);
        for ((_, _, loser), (_, _, gainer)) in losers[last..].iter().zip(&gainers) {
            edges.insert((*gainer, *loser));
        }
        if !self.is_plain {
            return;
        }
        // Every delete waits, not only one: what takes over must be there before anything goes.
        let deleted = losers
            .iter()
            .filter(|(action, _, _)| *action == Action::Delete);
        if let Some((_, _, gainer)) = gainers.first() {
            edges.extend(deleted.map(|(_, _, loser)| (*gainer, *loser)));
        }
    }

    /// Lists the steps: creates, widenings, updates, deletes, each by key, as far as what waits for what lets them come
    /// in this order.
    pub(super) fn steps(&self, edges: &BTreeSet<(usize, usize)>) -> Vec<Step> {
        let waits = self.waits(edges);
        let mut steps: Vec<Step> = Vec::with_capacity(self.operations.len() + self.twice.len());
        // The step after which an operation sends what it will send.
        let mut gained: BTreeMap<usize, usize> = BTreeMap::new();
        for (operation, half) in self.sequence(&waits) {
            let own = Some(&operation).filter(|_| half == Half::Second);
            let firsts = self.firsts(&waits, operation, half).iter().chain(own);
            let mut after: Vec<usize> = firsts
                .filter_map(|first| gained.get(first).copied())
                .collect();
            after.sort_unstable();
            after.dedup();
            gained.entry(operation).or_insert(steps.len());
            let flow = &self.flows[operation];
            let request = request(&self.operations[operation], half, flow, self.types);
            steps.push(Step {
                operation,
                after,
                takes_note_out: matches!(&request, StepRequest::Create(new) if new.unstored),
                request,
            });
        }
        steps
    }

    fn waits(&self, edges: &BTreeSet<(usize, usize)>) -> Waits {
        let mut waits = Waits::default();
        for (first, then) in edges {
            waits.of_operations.entry(*then).or_default().push(*first);
        }
        for (first, then) in self.turns {
            let is_renamed_later = self.twice.contains(then) && !self.is_widened(*then);
            let those = if is_renamed_later {
                &mut waits.of_names
            } else {
                &mut waits.of_operations
            };
            those.entry(*then).or_default().push(*first);
        }
        waits
    }

    /// The operations that a step waits for, besides its own first half.
    fn firsts<'w>(&self, waits: &'w Waits, operation: usize, half: Half) -> &'w [usize] {
        let waited = match (half, self.is_widened(operation)) {
            (Half::First, true) => None,
            (Half::Second, false) => waits.of_names.get(&operation),
            _ => waits.of_operations.get(&operation),
        };
        waited.map_or(&[], Vec::as_slice)
    }

    /// The order of steps.
    fn sequence(&self, waits: &Waits) -> Vec<(usize, Half)> {
        // How much each step still waits for, and what waits for an operation.
        let mut open: BTreeMap<(Phase, usize), usize> = BTreeMap::new();
        let mut waiting: BTreeMap<usize, Vec<(Phase, usize)>> = BTreeMap::new();
        let mut free = Vec::with_capacity(self.operations.len());
        for (operation, flow) in self.flows.iter().enumerate() {
            for phase in self.phases(operation, flow) {
                let mut firsts = self
                    .firsts(waits, operation, self.half(phase, operation))
                    .to_vec();
                if phase == Phase::RenameLater {
                    firsts.push(operation);
                }
                for first in &firsts {
                    waiting.entry(*first).or_default().push((phase, operation));
                }
                match firsts.len() {
                    0 => free.push((phase, operation, operation)),
                    count => drop(open.insert((phase, operation), count)),
                }
            }
        }
        let mut ready = Ready::new(free);
        let mut sequence = Vec::with_capacity(self.operations.len() + self.twice.len());
        while let Some((phase, _, operation)) = ready.pop() {
            let half = self.half(phase, operation);
            sequence.push((operation, half));
            if phase == Phase::Update && self.is_widened(operation) {
                continue; // It has gained before.
            }
            for (phase, next) in waiting.remove(&operation).unwrap_or_default() {
                if let Some(count) = open.get_mut(&(phase, next)) {
                    *count -= 1;
                    if *count == 0 {
                        let rank = match phase {
                            Phase::RenameLater => sequence.len(),
                            _ => next,
                        };
                        ready.add((phase, rank, next));
                    }
                }
            }
        }
        sequence
    }

    /// The phases in which an operation has a step.
    fn phases(&self, operation: usize, flow: &Flow) -> impl Iterator<Item = Phase> {
        let more = match (self.twice.contains(&operation), self.is_widened(operation)) {
            (false, _) => None,
            (true, true) => Some(Phase::Widen),
            (true, false) => Some(Phase::RenameLater),
        };
        let main = match flow.action {
            Action::Create => Phase::Create,
            Action::Update => Phase::Update,
            // Those that are listed here have no rotation among them.
            Action::Delete | Action::Rotate => Phase::Delete,
        };
        std::iter::once(main).chain(more)
    }

    fn half(&self, phase: Phase, operation: usize) -> Half {
        match (phase, self.twice.contains(&operation)) {
            (Phase::Widen, _) => Half::First,
            (Phase::RenameLater, _) => Half::Second,
            (Phase::Update, true) if self.is_widened(operation) => Half::Second,
            (Phase::Update, true) => Half::First,
            (Phase::Create | Phase::Update | Phase::Delete, _) => Half::Whole,
        }
    }
}

/// What a step sends. The first half of a widened operation gains, and its second does all the rest;
/// where there is nothing to lose, only the name is left for the second half.
fn request(operation: &Operation, half: Half, flow: &Flow, types: &Types) -> StepRequest {
    match &operation.kind {
        OperationKind::Create { webhook } => StepRequest::Create(webhook.clone()),
        OperationKind::Delete { before } => StepRequest::Delete {
            id: before.id.clone(),
        },
        OperationKind::Rotate { before, word, .. } => StepRequest::NoteRotation {
            id: before.id.clone(),
            word: word.clone(),
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
                        let both = before.iter().flatten().chain(after);
                        patch.events = Some(types.spelt(both));
                    }
                    _ => change.send(&mut patch),
                }
            }
            StepRequest::Update {
                id: before.id.clone(),
                patch,
            }
        }
    }
}
