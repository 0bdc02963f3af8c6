//! The shortest way, by trying: guarantee 7 for plans that take more steps than operations.
//!
//! A step creates a webhook, changes one to anything at all, or deletes one; of what it may become on
//! the way, only the guarantees decide, and [`Detours`]. Webhooks beyond those of the pairing are not
//! made, and none moves to a URL that another holds then.

use std::collections::HashMap;

use super::{
    facts::{Facts, REST},
    model::{Account, Case, Hook, Rules, doubles, flows, is_safe, receivers},
    pairing::{Place, held},
};

/// What a search found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A way of at most so many steps.
    Way,
    /// There is none.
    None,
    /// There are too many to try.
    TooLarge,
}

/// What a webhook may be on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detours {
    /// Anything, at any URL that there is.
    Anywhere,
    /// Anything, at the URL it has or the one it gets: to stand in for another webhook at its URL for a
    /// while would be to pair them differently.
    OwnUrls,
    /// It sends only what it sends in the beginning or in the end, and only there. Webhooks that share a
    /// URL could stand in for each other without a move, which would be to pair them differently, too.
    OwnFlows,
}

/// What a way may cost, besides its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Costs {
    /// What need not be sent at all times.
    pub(super) gaps: u64,
    /// What may be sent by more webhooks than before or after.
    pub(super) twice: u64,
}

impl Costs {
    /// Any double, and these gaps.
    pub(super) fn with_gaps(gaps: u64) -> Self {
        Self {
            gaps,
            twice: u64::MAX,
        }
    }
}

/// Looks for a way of at most `most` steps between the states.
pub(super) fn search(
    case: &Case,
    start: &Account,
    end: &[(Option<usize>, Hook)],
    places: &[Place],
    most: usize,
    detours: Detours,
    costs: Costs,
) -> Found {
    let mut now = start.clone();
    let mut goal: Account = vec![None; start.len()];
    for (id, hook) in end {
        match id {
            Some(id) => goal[*id] = Some(*hook),
            None => {
                now.push(None);
                goal.push(Some(*hook));
            }
        }
    }
    let after = flows(&goal);
    let before = flows(&now);
    let urls = goal
        .iter()
        .chain(&now)
        .flatten()
        .map(|hook| 1_u8 << hook.url)
        .fold(0, |a, b| a | b);
    let least = |(event, least): &(u8, u32)| (*event, (*least).min(receivers(start, *event)));
    let mut search = Search {
        require: case.require.iter().map(least).collect(),
        places: places.to_vec(),
        start: start.clone(),
        before,
        after,
        choices: choices(urls, &named(&now, &goal), case.facts),
        rules: Rules::of(case, start),
        held: held(case, start, costs.gaps != 0),
        costs,
        detours,
        first: now.clone(),
        goal,
        tried: HashMap::new(),
        budget: 200_000,
    };
    if search.from(&mut now, most) {
        Found::Way
    } else if search.budget == 0 {
        Found::TooLarge
    } else {
        Found::None
    }
}

/// The event types that anything names.
fn named(now: &Account, goal: &Account) -> Vec<u8> {
    let hooks = now.iter().chain(goal).flatten();
    let named = hooks.filter(|hook| hook.events & REST == 0);
    let named = named.fold(0, |all, hook| all | hook.events);
    (0..8)
        .map(|event| 1 << event)
        .filter(|event| named & event != 0)
        .collect()
}

/// What a webhook can be on the way; a name is changed along with anything else.
fn choices(urls: u8, named: &[u8], facts: Facts) -> Vec<(u8, u8, bool)> {
    let mut sets: Vec<u8> = vec![0];
    for event in named {
        let with: Vec<u8> = sets.iter().map(|set| set | event).collect();
        sets.extend(with);
    }
    sets.sort_unstable();
    sets.extend(Some(facts.all_bits()).filter(|all| *all != 0));
    let mut choices = Vec::new();
    for url in (0..8).filter(|url| urls & (1 << url) != 0) {
        choices.push((url, 0, false));
        choices.extend(
            sets.iter()
                .filter(|set| **set != 0)
                .map(|set| (url, *set, true)),
        );
    }
    choices
}

struct Search {
    places: Vec<Place>,
    start: Account,
    before: u64,
    after: u64,
    choices: Vec<(u8, u8, bool)>,
    detours: Detours,
    rules: Rules,
    costs: Costs,
    /// The marks of what is created instead of others, and those others.
    held: Vec<(u8, Vec<usize>)>,
    require: Vec<(u8, u32)>,
    /// As the start, with room for what is created.
    first: Account,
    goal: Account,
    tried: HashMap<Account, usize>,
    budget: usize,
}

impl Search {
    /// Whether a webhook may be like this on the way.
    fn may_be(&self, id: usize, hook: &Hook) -> bool {
        let own = || self.first[id].iter().chain(&self.goal[id]);
        match self.detours {
            Detours::Anywhere => true,
            Detours::OwnUrls => own().any(|own| own.url == hook.url),
            Detours::OwnFlows => {
                hook.flows() & !own().fold(0, |flows, own| flows | own.flows()) == 0
            }
        }
    }

    /// Whether nothing comes from more webhooks than before or after that may not.
    fn is_single(&self, now: &Account) -> bool {
        self.costs.twice == u64::MAX
            || doubles(&self.start, now, &self.goal) & !self.costs.twice == 0
    }

    /// Whether of what is replaced something stays until what replaces it is there.
    fn holds_places(&self, now: &Account) -> bool {
        self.held.iter().all(|(mark, ids)| {
            let mut created = now.iter().skip(self.start.len()).flatten();
            ids.iter().any(|id| now[*id].is_some()) || created.any(|hook| hook.mark == *mark)
        })
    }

    /// Whether the names still tell which places trades left, until those are taken.
    fn keeps_places(&self, now: &Account) -> bool {
        let url = |account: &Account, id: usize| account[id].map(|hook| hook.url);
        let name = |account: &Account, id: usize| account[id].map(|hook| hook.name);
        self.places.iter().all(|Place { place, names }| {
            url(now, *place) == url(&self.goal, *place)
                || names
                    .iter()
                    .all(|id| name(now, *id) == name(&self.start, *id))
        })
    }

    fn from(&mut self, now: &mut Account, left: usize) -> bool {
        let open: Vec<usize> = (0..now.len())
            .filter(|id| now[*id] != self.goal[*id])
            .collect();
        if open.is_empty() {
            return true;
        }
        if open.len() > left || self.budget == 0 {
            return false;
        }
        if self.tried.get(now).is_some_and(|tried| *tried >= left) {
            return false;
        }
        self.budget -= 1;
        self.tried.insert(now.clone(), left);
        for id in open.iter().copied() {
            let old = now[id];
            let mut nexts = vec![self.goal[id]];
            // A detour costs a step more than there are webhooks to settle.
            if open.len() < left && (old.is_some() || self.goal[id].is_some()) {
                let own = old.or(self.goal[id]).unwrap();
                let mut names = vec![self.goal[id].unwrap_or(own).name];
                if self.places.iter().any(|place| place.names.contains(&id)) {
                    names.extend(old.map(|old| old.name));
                }
                for (url, events, enabled) in &self.choices {
                    let hooks = names.iter().map(|name| Hook {
                        name: *name,
                        url: *url,
                        events: *events,
                        enabled: *enabled,
                        ..own
                    });
                    nexts.extend(hooks.filter(|hook| self.may_be(id, hook)).map(Some));
                }
            }
            for next in nexts {
                let moves_to = |url: u8| old.is_none_or(|old| old.url != url);
                let refused = next.is_some_and(|next| {
                    let is_new = old.is_none();
                    let created = self.rules.has_room(now) && self.rules.may_create(&next);
                    let takes = || self.rules.takes_url(now, id, next.url);
                    is_new && !created || moves_to(next.url) && !takes()
                });
                if next == old || refused {
                    continue;
                }
                now[id] = next;
                let safe = is_safe(self.before, flows(now), self.after, self.costs.gaps)
                    && self.is_single(now)
                    && self.keeps_places(now)
                    && self.holds_places(now)
                    && self
                        .require
                        .iter()
                        .all(|(event, least)| receivers(now, *event) >= *least);
                if safe && self.from(now, left - 1) {
                    return true;
                }
                now[id] = old;
            }
        }
        false
    }
}
