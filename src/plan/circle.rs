//! Updates that hand event types to each other: an order without a gap, in as few steps as possible.
//!
//! Each [`Demand`] asks that there are enough receivers of an event type at any time, while some
//! operations lose it and others gain it. Finding the fewest operations that take two steps, so that
//! such an order exists, is a search; it is exact within [`BUDGET`], and beyond that it chooses
//! greedily, which is safe and at worst sends a request too many.
//!
//! Updates that gain and lose the same are alike. Of each kind, as many as are asked for at most are
//! enough to go first, and as many to go last; the others may run at any time. So the number of kinds,
//! not of webhooks, bounds the search.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::Twice;

/// How many operations the search looks at before it settles for a close answer.
const BUDGET: usize = 1_000_000;

/// Receivers that are needed while updates lose and gain them.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    /// How many are needed beyond those that stay throughout; at least one, and no more than there are
    /// losers, or gainers.
    pub(super) need: usize,
    /// Operations that receive now and will not.
    pub(super) losers: Vec<usize>,
    /// Operations that will receive and do not now.
    pub(super) gainers: Vec<usize>,
}

/// How all demands can be met.
#[derive(Debug, Default)]
pub(super) struct Solution {
    /// The operations that take two steps.
    pub(super) twice: BTreeSet<usize>,
    /// An order of the others that meets the demands. What is not in it may run at any time.
    pub(super) order: Vec<usize>,
}

/// Operations and demands that have to do with each other, directly or through others.
#[derive(Debug, Default)]
pub(super) struct Component {
    pub(super) demands: Vec<Demand>,
    /// Which operation must come before which other, whatever else holds.
    pub(super) turns: Vec<(usize, usize)>,
}

/// Divides demands and turns into what can be solved on its own. Turns of operations that no demand
/// names are of no matter here.
pub(super) fn components(demands: Vec<Demand>, turns: &[(usize, usize)]) -> Vec<Component> {
    let mut groups = Groups::default();
    for demand in &demands {
        let all = demand.losers.iter().chain(&demand.gainers);
        groups.join(all.copied());
    }
    let is_known = |operation: &usize| groups.parents.contains_key(operation);
    let turns: Vec<(usize, usize)> = turns
        .iter()
        .copied()
        .filter(|(first, then)| is_known(first) && is_known(then))
        .collect();
    for (first, then) in &turns {
        groups.join([*first, *then]);
    }
    let mut components: BTreeMap<usize, Component> = BTreeMap::new();
    for demand in demands {
        let root = groups.root(demand.losers[0]);
        components.entry(root).or_default().demands.push(demand);
    }
    for turn in turns {
        let root = groups.root(turn.0);
        components.entry(root).or_default().turns.push(turn);
    }
    components.into_values().collect()
}

/// Sets of operations that are joined until each is a component.
#[derive(Default)]
struct Groups {
    parents: BTreeMap<usize, usize>,
}

impl Groups {
    fn root(&mut self, operation: usize) -> usize {
        let mut at = operation;
        loop {
            let parent = *self.parents.entry(at).or_insert(at);
            if parent == at {
                return at;
            }
            let grandparent = self.parents.get(&parent).copied().unwrap_or(parent);
            self.parents.insert(at, grandparent);
            at = grandparent;
        }
    }

    fn join(&mut self, operations: impl IntoIterator<Item = usize>) {
        let mut operations = operations.into_iter();
        let Some(first) = operations.next() else {
            return;
        };
        let mut root = self.root(first);
        for other in operations {
            let other = self.root(other);
            let (small, large) = (root.min(other), root.max(other));
            self.parents.insert(large, small);
            root = small;
        }
    }
}

/// Finds an order that meets all demands of a component.
///
/// # Errors
///
/// The operations of the demands that cannot be met.
pub(super) fn solve(
    component: &Component,
    twice: impl Fn(usize) -> Twice,
) -> Result<Solution, BTreeSet<usize>> {
    let search = Search::new(component, twice);
    let mut budget = BUDGET;
    let needs: usize = component.demands.iter().map(|demand| demand.need).sum();
    let most = (needs + component.turns.len()).min(search.choices.len());
    for size in 0..=most {
        if let Some(solution) = search.choose(size, &mut Vec::new(), 0, &mut budget) {
            return Ok(solution);
        }
        if budget == 0 {
            break;
        }
    }
    search.greedy()
}

/// An operation as the search sees it: the demands it takes part in, by index.
struct Part {
    operation: usize,
    loses: Vec<usize>,
    gains: Vec<usize>,
    /// The parts that it must come after.
    waits: Vec<usize>,
    twice: Twice,
}

struct Search<'s> {
    demands: &'s [Demand],
    parts: Vec<Part>,
    /// The parts for which two steps may help.
    choices: Vec<usize>,
    /// For each demand, the parts that lose it.
    losers: Vec<Vec<usize>>,
    /// For each part, the parts that wait for it.
    waiting: Vec<Vec<usize>>,
}

/// How far an order has come.
#[derive(Clone)]
struct State {
    placed: Vec<usize>,
    is_placed: Vec<bool>,
    /// For each demand: how many are sure to receive from now on.
    sure: Vec<usize>,
    /// For each demand: how many receive that are neither placed nor in two steps.
    left: Vec<usize>,
    /// The number of demands for which enough are sure.
    settled: usize,
}

impl<'s> Search<'s> {
    fn new(component: &'s Component, twice: impl Fn(usize) -> Twice) -> Self {
        let demands = &component.demands;
        let mut roles: BTreeMap<usize, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (index, demand) in demands.iter().enumerate() {
            for loser in &demand.losers {
                roles.entry(*loser).or_default().0.push(index);
            }
            for gainer in &demand.gainers {
                roles.entry(*gainer).or_default().1.push(index);
            }
        }
        let mut turns: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (first, then) in &component.turns {
            turns.entry(*then).or_default().push(*first);
            turns.entry(*first).or_default();
        }
        let most = demands.iter().map(|demand| demand.need).max().unwrap_or(1);
        let mut alike: BTreeMap<(Vec<usize>, Vec<usize>, Twice), usize> = BTreeMap::new();
        let mut search = Self {
            demands,
            parts: Vec::new(),
            choices: Vec::new(),
            losers: vec![Vec::new(); demands.len()],
            waiting: Vec::new(),
        };
        let mut places: BTreeMap<usize, usize> = BTreeMap::new();
        for (operation, (loses, gains)) in roles {
            let waits = turns.get(&operation);
            let twice = match twice(operation) {
                Twice::Rename if waits.is_none_or(Vec::is_empty) => Twice::No,
                // It can wait for all others.
                _ if gains.is_empty() => Twice::No,
                other => other,
            };
            if waits.is_none() {
                let seen = alike
                    .entry((loses.clone(), gains.clone(), twice))
                    .or_default();
                *seen += 1;
                if *seen > 2 * most {
                    continue;
                }
                if *seen <= most && twice != Twice::No {
                    search.choices.push(search.parts.len());
                }
            } else if twice != Twice::No {
                search.choices.push(search.parts.len());
            }
            places.insert(operation, search.parts.len());
            for demand in &loses {
                search.losers[*demand].push(search.parts.len());
            }
            search.parts.push(Part {
                operation,
                loses,
                gains,
                waits: Vec::new(),
                twice,
            });
        }
        search.waiting = vec![Vec::new(); search.parts.len()];
        for (first, then) in &component.turns {
            if let (Some(first), Some(then)) = (places.get(first), places.get(then)) {
                search.parts[*then].waits.push(*first);
                search.waiting[*first].push(*then);
            }
        }
        search
    }

    /// Tries every choice of `size` more parts from `from` on that take two steps.
    fn choose(
        &self,
        size: usize,
        chosen: &mut Vec<usize>,
        from: usize,
        budget: &mut usize,
    ) -> Option<Solution> {
        if size == 0 {
            let state = self.start(chosen);
            let mut seen = BTreeSet::new();
            let state = self.place(chosen, state, &mut seen, budget)?;
            return Some(self.solution(chosen, &state));
        }
        for next in from..self.choices.len() {
            chosen.push(self.choices[next]);
            let found = self.choose(size - 1, chosen, next + 1, budget);
            chosen.pop();
            if found.is_some() || *budget == 0 {
                return found;
            }
        }
        None
    }

    /// Nothing is placed but what is widened: that gains before all others and loses after them.
    fn start(&self, chosen: &[usize]) -> State {
        let mut state = State {
            placed: Vec::new(),
            is_placed: vec![false; self.parts.len()],
            sure: vec![0; self.demands.len()],
            left: self.losers.iter().map(Vec::len).collect(),
            settled: 0,
        };
        for part in chosen {
            if self.parts[*part].twice == Twice::Widen {
                state.is_placed[*part] = true;
                for demand in &self.parts[*part].gains {
                    state.sure[*demand] += 1;
                }
                for demand in &self.parts[*part].loses {
                    state.sure[*demand] += 1;
                    state.left[*demand] -= 1;
                }
            }
        }
        let enough = |(sure, demand): &(&usize, &Demand)| **sure >= demand.need;
        state.settled = state.sure.iter().zip(self.demands).filter(enough).count();
        state
    }

    fn is_settled(&self, state: &State, demand: usize) -> bool {
        state.sure[demand] >= self.demands[demand].need
    }

    /// Whether a part need not wait, or no more.
    fn has_its_turn(&self, chosen: &[usize], state: &State, part: usize) -> bool {
        let waits = &self.parts[part].waits;
        waits.iter().all(|first| state.is_placed[*first]) || chosen.contains(&part)
    }

    /// Places a part; gives the demands that it settles.
    fn put(&self, state: &mut State, part: usize) -> Vec<usize> {
        state.placed.push(part);
        state.is_placed[part] = true;
        for demand in &self.parts[part].loses {
            state.left[*demand] -= 1;
        }
        let mut settled = Vec::new();
        for demand in &self.parts[part].gains {
            state.sure[*demand] += 1;
            if state.sure[*demand] == self.demands[*demand].need {
                settled.push(*demand);
            }
        }
        state.settled += settled.len();
        settled
    }

    /// Places all that loses nothing that is still needed: it only helps.
    fn place_safe(&self, chosen: &[usize], state: &mut State) {
        let is_safe = |state: &State, part: usize| {
            !state.is_placed[part]
                && self.has_its_turn(chosen, state, part)
                && self.parts[part]
                    .loses
                    .iter()
                    .all(|demand| self.is_settled(state, *demand))
        };
        let mut ready: BTreeSet<usize> = (0..self.parts.len())
            .filter(|part| is_safe(state, *part))
            .collect();
        while let Some(part) = ready.pop_first() {
            let settled = self.put(state, part);
            let freed = settled.iter().flat_map(|demand| &self.losers[*demand]);
            let freed = freed.chain(&self.waiting[part]).copied();
            ready.extend(freed.filter(|part| is_safe(state, *part)));
        }
    }

    /// Places parts one after the other until every demand is settled.
    fn place(
        &self,
        chosen: &[usize],
        mut state: State,
        seen: &mut BTreeSet<Vec<bool>>,
        budget: &mut usize,
    ) -> Option<State> {
        *budget = budget.saturating_sub(self.parts.len().max(16));
        if *budget == 0 {
            return None;
        }
        self.place_safe(chosen, &mut state);
        if state.settled == self.demands.len() {
            return Some(state);
        }
        if !seen.insert(state.is_placed.clone()) {
            return None;
        }
        for part in 0..self.parts.len() {
            let can_lose = |demand: &usize| {
                let after = state.sure[*demand] + state.left[*demand] - 1;
                self.is_settled(&state, *demand) || after >= self.demands[*demand].need
            };
            if !state.is_placed[part]
                && self.has_its_turn(chosen, &state, part)
                && self.parts[part].loses.iter().all(can_lose)
            {
                let mut then = state.clone();
                self.put(&mut then, part);
                let found = self.place(chosen, then, seen, budget);
                if found.is_some() || *budget == 0 {
                    return found;
                }
            }
        }
        None
    }

    fn solution(&self, chosen: &[usize], state: &State) -> Solution {
        let rest = (0..self.parts.len()).filter(|part| !state.is_placed[*part]);
        let order = state.placed.iter().copied().chain(rest);
        Solution {
            twice: chosen
                .iter()
                .map(|part| self.parts[*part].operation)
                .collect(),
            order: order.map(|part| self.parts[part].operation).collect(),
        }
    }

    /// Chooses what takes part in most demands that are not settled, until all are.
    fn greedy(&self) -> Result<Solution, BTreeSet<usize>> {
        let mut chosen: Vec<usize> = Vec::new();
        let mut is_chosen = vec![false; self.parts.len()];
        loop {
            let mut state = self.start(&chosen);
            self.place_safe(&chosen, &mut state);
            if state.settled == self.demands.len() {
                return Ok(self.solution(&chosen, &state));
            }
            let touches = |part: usize| {
                let part = &self.parts[part];
                let demands = part.loses.iter().chain(&part.gains);
                demands
                    .filter(|demand| !self.is_settled(&state, **demand))
                    .count()
            };
            let next = self
                .choices
                .iter()
                .copied()
                .filter(|part| !is_chosen[*part] && touches(*part) > 0)
                .max_by_key(|part| (touches(*part), std::cmp::Reverse(*part)));
            let Some(next) = next else {
                let open =
                    (0..self.demands.len()).filter(|demand| !self.is_settled(&state, *demand));
                let open = open.map(|demand| &self.demands[demand]);
                let operations =
                    open.flat_map(|demand| demand.losers.iter().chain(&demand.gainers));
                return Err(operations.copied().collect());
            };
            chosen.push(next);
            is_chosen[next] = true;
        }
    }
}
