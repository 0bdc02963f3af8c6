//! Updates that hand event types to each other: an order without a gap, widening as few as possible.
//!
//! Each [`Swap`] asks that the first of its gainers comes before the last of its losers. Finding the
//! fewest widenings for which such an order exists is a search; it is exact within [`BUDGET`], and
//! beyond that it widens greedily, which is safe and at worst sends a request too many. Updates that
//! gain and lose the same are alike, so of each kind two are enough to look at: one goes first, one
//! last. The number of event types, not of webhooks, bounds the search.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::EventType;

/// How many placements the search tries before it settles for a close answer.
const BUDGET: usize = 20_000;

/// An event type that only updates hand over to each other.
#[derive(Clone, Debug)]
pub(super) struct Swap {
    pub(super) event: EventType,
    /// Operations that send it now and will not.
    pub(super) losers: Vec<usize>,
    /// Operations that will send it and do not now.
    pub(super) gainers: Vec<usize>,
}

/// How all swaps can happen.
#[derive(Debug, Default)]
pub(super) struct Solution {
    /// The operations that get the union of their events first.
    pub(super) widened: BTreeSet<usize>,
    /// Which operation must have gained before which one loses.
    pub(super) edges: BTreeSet<(usize, usize)>,
}

/// Finds an order for all swaps, in which what is to be put off comes late where it can.
///
/// # Errors
///
/// The operations of a circle in which none can be widened.
pub(super) fn solve(
    swaps: &[Swap],
    can_widen: impl Fn(usize) -> bool,
    put_off: impl Fn(usize) -> bool,
) -> Result<Solution, BTreeSet<usize>> {
    let mut solution = Solution::default();
    for component in components(swaps) {
        let part = solve_component(&component, &can_widen, &put_off)?;
        solution.widened.extend(part.widened);
        solution.edges.extend(part.edges);
    }
    Ok(solution)
}

/// Swaps that share an operation, directly or through others, belong together.
fn components(swaps: &[Swap]) -> Vec<Vec<Swap>> {
    let mut components: Vec<(BTreeSet<usize>, Vec<Swap>)> = Vec::new();
    for swap in swaps {
        let mut operations: BTreeSet<usize> =
            swap.losers.iter().chain(&swap.gainers).copied().collect();
        let mut members = vec![swap.clone()];
        let (joined, apart): (Vec<_>, Vec<_>) = components
            .into_iter()
            .partition(|(others, _)| !others.is_disjoint(&operations));
        for (others, more) in joined {
            operations.extend(others);
            members.extend(more);
        }
        components = apart;
        components.push((operations, members));
    }
    components
        .into_iter()
        .map(|(_, mut members)| {
            members.sort_by(|a, b| a.event.cmp(&b.event));
            members
        })
        .collect()
}

fn solve_component(
    swaps: &[Swap],
    can_widen: &impl Fn(usize) -> bool,
    put_off: &impl Fn(usize) -> bool,
) -> Result<Solution, BTreeSet<usize>> {
    let search = Search::new(swaps, can_widen, put_off);
    let mut budget = BUDGET;
    for size in 0..=swaps.len().min(search.widenable.len()) {
        if let Some(solution) = search.widening(size, &mut Vec::new(), 0, &mut budget) {
            return Ok(solution);
        }
        if budget == 0 {
            break;
        }
    }
    search.greedy()
}

/// An operation as the search sees it: the swaps it takes part in, by index.
struct Part {
    operation: usize,
    loses: BTreeSet<usize>,
    gains: BTreeSet<usize>,
}

struct Search<'s> {
    swaps: &'s [Swap],
    parts: Vec<Part>,
    /// The parts that can be widened, one of each kind.
    widenable: Vec<usize>,
}

impl<'s> Search<'s> {
    fn new(
        swaps: &'s [Swap],
        can_widen: &impl Fn(usize) -> bool,
        put_off: &impl Fn(usize) -> bool,
    ) -> Self {
        let mut roles: BTreeMap<usize, (BTreeSet<usize>, BTreeSet<usize>)> = BTreeMap::new();
        for (index, swap) in swaps.iter().enumerate() {
            for loser in &swap.losers {
                roles.entry(*loser).or_default().0.insert(index);
            }
            for gainer in &swap.gainers {
                roles.entry(*gainer).or_default().1.insert(index);
            }
        }
        let mut alike: BTreeMap<(BTreeSet<usize>, BTreeSet<usize>, bool), usize> = BTreeMap::new();
        let (mut parts, mut widenable) = (Vec::new(), Vec::new());
        let mut roles: Vec<_> = roles.into_iter().collect();
        // What is tried first is placed first, where it can be.
        roles.sort_by_key(|(operation, _)| (put_off(*operation), *operation));
        for (operation, (loses, gains)) in roles {
            let can_widen = can_widen(operation);
            let seen = alike
                .entry((loses.clone(), gains.clone(), can_widen))
                .or_default();
            *seen += 1;
            if *seen > 2 {
                continue;
            }
            if can_widen && *seen == 1 {
                widenable.push(parts.len());
            }
            parts.push(Part {
                operation,
                loses,
                gains,
            });
        }
        Self {
            swaps,
            parts,
            widenable,
        }
    }

    /// Tries every choice of `size` more widenings from `from` on.
    fn widening(
        &self,
        size: usize,
        chosen: &mut Vec<usize>,
        from: usize,
        budget: &mut usize,
    ) -> Option<Solution> {
        if size == 0 {
            return self.order(chosen, budget);
        }
        for next in from..self.widenable.len() {
            chosen.push(self.widenable[next]);
            let found = self.widening(size - 1, chosen, next + 1, budget);
            chosen.pop();
            if found.is_some() || *budget == 0 {
                return found;
            }
        }
        None
    }

    /// An order with these parts widened: a widened part gains before all others and loses after them.
    fn order(&self, widened: &[usize], budget: &mut usize) -> Option<Solution> {
        let settled = self.settled_by(widened);
        let mut placed: Vec<usize> = Vec::new();
        let mut seen = BTreeSet::new();
        self.place(widened, &settled, &mut placed, &mut seen, budget)
            .then(|| self.solution(widened, &placed))
    }

    /// The swaps that a widened part takes part in: it gains before all others and loses after them.
    fn settled_by(&self, widened: &[usize]) -> BTreeSet<usize> {
        widened
            .iter()
            .map(|part| &self.parts[*part])
            .flat_map(|part| part.loses.iter().chain(&part.gains))
            .copied()
            .collect()
    }

    /// The parts that are neither widened nor placed.
    fn free(&self, widened: &[usize], placed: &[usize]) -> impl Iterator<Item = usize> {
        (0..self.parts.len()).filter(|part| !placed.contains(part) && !widened.contains(part))
    }

    /// Places what loses nothing that is still needed: it only helps.
    fn place_safe(
        &self,
        widened: &[usize],
        settled: &mut BTreeSet<usize>,
        placed: &mut Vec<usize>,
    ) {
        loop {
            let safe = self
                .free(widened, placed)
                .find(|part| self.parts[*part].loses.is_subset(settled));
            let Some(safe) = safe else {
                return;
            };
            settled.extend(&self.parts[safe].gains);
            placed.push(safe);
        }
    }

    /// Places parts one after the other until every swap is settled.
    fn place(
        &self,
        widened: &[usize],
        settled: &BTreeSet<usize>,
        placed: &mut Vec<usize>,
        seen: &mut BTreeSet<BTreeSet<usize>>,
        budget: &mut usize,
    ) -> bool {
        if *budget == 0 {
            return false;
        }
        *budget -= 1;
        let mut settled = settled.clone();
        let length = placed.len();
        self.place_safe(widened, &mut settled, placed);
        if settled.len() == self.swaps.len() {
            return true;
        }
        if seen.insert(placed.iter().copied().collect()) {
            let open: Vec<usize> = self.free(widened, placed).collect();
            for part in &open {
                let others_lose = |swap: &usize| {
                    settled.contains(swap)
                        || open
                            .iter()
                            .any(|other| other != part && self.parts[*other].loses.contains(swap))
                };
                if self.parts[*part].loses.iter().all(others_lose) {
                    let mut then = settled.clone();
                    then.extend(&self.parts[*part].gains);
                    placed.push(*part);
                    if self.place(widened, &then, placed, seen, budget) {
                        return true;
                    }
                    placed.pop();
                }
            }
        }
        placed.truncate(length);
        false
    }

    /// The dependencies that keep any run to what makes the order work: for each swap, its first
    /// gainer before its last loser.
    fn solution(&self, widened: &[usize], placed: &[usize]) -> Solution {
        let is_widened = |part: &usize| widened.contains(part);
        let order: Vec<usize> = widened
            .iter()
            .copied()
            .chain(placed.iter().copied())
            .chain((0..self.parts.len()).filter(|part| !placed.contains(part) && !is_widened(part)))
            .collect();
        let mut edges = BTreeSet::new();
        for index in 0..self.swaps.len() {
            let gainer = order
                .iter()
                .find(|part| self.parts[**part].gains.contains(&index));
            let loser = widened
                .iter()
                .find(|part| self.parts[**part].loses.contains(&index))
                .or_else(|| {
                    order
                        .iter()
                        .rev()
                        .find(|part| self.parts[**part].loses.contains(&index))
                });
            if let (Some(gainer), Some(loser)) = (gainer, loser) {
                edges.insert((self.parts[*gainer].operation, self.parts[*loser].operation));
            }
        }
        Solution {
            widened: widened
                .iter()
                .map(|part| self.parts[*part].operation)
                .collect(),
            edges,
        }
    }

    /// Widens what takes part in most unsettled swaps until all are settled.
    fn greedy(&self) -> Result<Solution, BTreeSet<usize>> {
        let mut widened: Vec<usize> = Vec::new();
        loop {
            let mut settled = self.settled_by(&widened);
            let mut placed = Vec::new();
            self.place_safe(&widened, &mut settled, &mut placed);
            if settled.len() == self.swaps.len() {
                return Ok(self.solution(&widened, &placed));
            }
            let touches = |part: usize| {
                let part = &self.parts[part];
                part.loses
                    .union(&part.gains)
                    .filter(|swap| !settled.contains(swap))
                    .count()
            };
            let next = self
                .widenable
                .iter()
                .copied()
                .filter(|part| !widened.contains(part) && touches(*part) > 0)
                .max_by_key(|part| (touches(*part), std::cmp::Reverse(*part)));
            match next {
                Some(part) => widened.push(part),
                None => {
                    return Err(self
                        .swaps
                        .iter()
                        .enumerate()
                        .filter(|(index, _)| !settled.contains(index))
                        .flat_map(|(_, swap)| swap.losers.iter().chain(&swap.gainers))
                        .copied()
                        .collect());
                }
            }
        }
    }
}
