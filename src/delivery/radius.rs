//! What a plan would have done to the deliveries of a time, in numbers.
//!
//! Pure: (where events go before and after, deliveries) → numbers. A delivery has one fate, so the sum of the fates is the whole;
//! and where events go nowhere else, every delivery stays.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use crate::model::{EndpointUrl, EventType, Place, Route};

/// What became of deliveries. Each has one fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fates {
    /// They would have gone where they went.
    pub unchanged: u64,
    /// They would have gone to another URL of the same host.
    pub moved: u64,
    /// They would have gone to another host.
    pub other_host: u64,
    /// They would have gone nowhere.
    pub lost: u64,
    /// They went to a place to which no webhook sends that event type any more: the plan is about none of them.
    pub elsewhere: u64,
}

impl Fates {
    /// All of them.
    pub fn total(&self) -> u64 {
        let Self {
            unchanged,
            moved,
            other_host,
            lost,
            elsewhere,
        } = self;
        unchanged + moved + other_host + lost + elsewhere
    }

    /// Whether the plan changes anything for them.
    pub fn is_calm(&self) -> bool {
        self.moved + self.other_host + self.lost == 0
    }

    fn add(&mut self, fate: Fate, count: u64) {
        *match fate {
            Fate::Unchanged => &mut self.unchanged,
            Fate::Moved => &mut self.moved,
            Fate::OtherHost => &mut self.other_host,
            Fate::Lost => &mut self.lost,
            Fate::Elsewhere => &mut self.elsewhere,
        } += count;
    }
}

#[derive(Clone, Copy)]
enum Fate {
    Unchanged,
    Moved,
    OtherHost,
    Lost,
    Elsewhere,
}

/// What a receiver has borne, and what it would have had to bear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load<U = EndpointUrl> {
    /// Its URL.
    pub url: U,
    /// The webhooks that send to it, before or after.
    pub titles: BTreeSet<String>,
    /// How many deliveries it got.
    pub deliveries: u64,
    /// How many it would have got.
    pub would: u64,
    /// The most that it got in one minute.
    pub busiest: u64,
    /// The most that it would have got in one minute.
    pub would_busiest: u64,
}

/// What a plan would have done to deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Radius<U = EndpointUrl> {
    /// What became of all of them.
    pub fates: Fates,
    /// The same by event type, where something would have been otherwise.
    pub events: BTreeMap<EventType, Fates>,
    /// How many deliveries there would have been besides: events that would have gone to more places than they did.
    pub multiplied: u64,
    /// How many events would have gone to a receiver that never had their type.
    pub newly: u64,
    /// The receivers that would have had to bear something else, those with the most first.
    pub loads: Vec<Load<U>>,
}

impl<U> Radius<U> {
    /// The same with URLs of another form.
    pub fn with_urls<V>(self, form: impl Fn(&U) -> V) -> Radius<V> {
        let Self {
            fates,
            events,
            multiplied,
            newly,
            loads,
        } = self;
        let loads = loads.into_iter().map(|load| Load {
            url: form(&load.url),
            titles: load.titles,
            deliveries: load.deliveries,
            would: load.would,
            busiest: load.busiest,
            would_busiest: load.would_busiest,
        });
        Radius {
            fates,
            events,
            multiplied,
            newly,
            loads: loads.collect(),
        }
    }
}

/// Counts deliveries against a plan.
#[derive(Clone, Debug, Default)]
pub struct Counter {
    /// The number of each URL.
    urls: HashMap<EndpointUrl, u32>,
    events: HashMap<EventType, u32>,
    /// By event type and URL: the number of the pair.
    pairs: HashMap<(u32, u32), u32>,
    /// The event type and URL of each pair.
    of: Vec<(u32, u32)>,
    /// The minute and the pair of each delivery.
    seen: Vec<(u32, u32)>,
}

/// A minute that no delivery has: for those that are not dated.
const UNDATED: u32 = u32::MAX;

impl Counter {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of an event type at a URL, by which its deliveries are counted.
    pub fn pair(&mut self, event: &EventType, url: &EndpointUrl) -> u32 {
        let url = numbered(&mut self.urls, url);
        let event = numbered(&mut self.events, event);
        let next = u32::try_from(self.of.len()).unwrap_or(u32::MAX);
        let pair = *self.pairs.entry((event, url)).or_insert(next);
        if pair == next {
            self.of.push((event, url));
        }
        pair
    }

    /// Counts a delivery.
    pub fn count(&mut self, pair: u32, at: Option<Timestamp>) {
        let minute = at.and_then(|at| u32::try_from(at.as_second().div_euclid(60)).ok());
        self.seen.push((minute.unwrap_or(UNDATED), pair));
    }

    /// How many deliveries were counted.
    pub fn deliveries(&self) -> u64 {
        self.seen.len() as u64
    }

    /// What a plan with these routes would have done to what was counted.
    pub fn radius(mut self, routes: &[Route]) -> Radius {
        self.seen.sort_unstable();
        let plan = Plan::of(routes, &mut self);
        plan.radius(&self)
    }
}

fn numbered<T: Clone + Eq + std::hash::Hash>(all: &mut HashMap<T, u32>, one: &T) -> u32 {
    if let Some(number) = all.get(one) {
        return *number;
    }
    let number = u32::try_from(all.len()).unwrap_or(u32::MAX);
    all.insert(one.clone(), number);
    number
}

/// Where each event type goes, by numbers.
#[derive(Default)]
struct Plan {
    before: BTreeMap<u32, BTreeSet<u32>>,
    after: BTreeMap<u32, BTreeSet<u32>>,
    /// The number of the event type that stands for all that nothing names.
    all: Option<u32>,
    /// To where the webhooks at a URL move.
    moves: BTreeMap<u32, u32>,
    titles: BTreeMap<u32, BTreeSet<String>>,
    hosts: BTreeMap<u32, Option<String>>,
}

impl Plan {
    fn of(routes: &[Route], counter: &mut Counter) -> Self {
        let mut plan = Self::default();
        for route in routes {
            let before = plan.place(route, route.before.as_ref(), true, counter);
            let after = plan.place(route, route.after.as_ref(), false, counter);
            if let (Some(before), Some(after)) = (before, after) {
                plan.moves.insert(before, after);
            }
        }
        plan.all = counter.events.get(&EventType::all()).copied();
        plan
    }

    /// The receivers of an event type on one side of the plan.
    fn at<'s>(
        &self,
        side: &'s BTreeMap<u32, BTreeSet<u32>>,
        event: u32,
    ) -> Option<&'s BTreeSet<u32>> {
        let rest = || side.get(&self.all?);
        side.get(&event).or_else(rest)
    }

    fn place(
        &mut self,
        route: &Route,
        place: Option<&Place>,
        is_before: bool,
        counter: &mut Counter,
    ) -> Option<u32> {
        let place = place?;
        let url = numbered(&mut counter.urls, &place.url);
        self.titles
            .entry(url)
            .or_default()
            .insert(route.title.clone());
        self.hosts.entry(url).or_insert_with(|| place.url.host());
        let side = if is_before {
            &mut self.before
        } else {
            &mut self.after
        };
        for event in &place.events {
            let event = numbered(&mut counter.events, event);
            side.entry(event).or_default().insert(url);
        }
        Some(url)
    }

    /// What becomes of the deliveries of an event type to a URL.
    fn fate(&self, event: u32, url: u32) -> Fate {
        let is_at = |side: &BTreeMap<u32, BTreeSet<u32>>, url: u32| {
            self.at(side, event).is_some_and(|urls| urls.contains(&url))
        };
        if is_at(&self.after, url) && is_at(&self.before, url) {
            return Fate::Unchanged;
        }
        if !is_at(&self.before, url) {
            return Fate::Elsewhere;
        }
        // Its own webhook takes it along; else whoever gets the event type anew takes it over.
        let own = self.moves.get(&url).filter(|to| is_at(&self.after, **to));
        let anew = || {
            let after = self.at(&self.after, event)?;
            let before = self.at(&self.before, event);
            let is_new = |to: &&u32| !before.is_some_and(|before| before.contains(*to));
            let host = self.hosts.get(&url);
            let mut anew = after.iter().filter(is_new);
            let near = anew.clone().find(|to| self.hosts.get(*to) == host);
            near.or_else(|| anew.next())
        };
        match own.or_else(anew) {
            None => Fate::Lost,
            Some(to) if self.hosts.get(to) == self.hosts.get(&url) => Fate::Moved,
            Some(_) => Fate::OtherHost,
        }
    }

    fn radius(&self, counter: &Counter) -> Radius {
        let fates: Vec<Fate> = counter
            .of
            .iter()
            .map(|(event, url)| self.fate(*event, *url))
            .collect();
        let names: BTreeMap<u32, &EventType> = counter
            .events
            .iter()
            .map(|(name, number)| (*number, name))
            .collect();
        let mut by_event: BTreeMap<u32, Fates> = BTreeMap::new();
        let mut loads = vec![Loads::default(); counter.urls.len()];
        let alike = Alike::of(self, names.keys().copied());
        let mut would = vec![Loads::default(); alike.groups.len()];
        let mut radius = Radius {
            fates: Fates::default(),
            events: BTreeMap::new(),
            multiplied: 0,
            newly: 0,
            loads: Vec::new(),
        };
        for minute in counter.seen.chunk_by(|a, b| a.0 == b.0) {
            let mut borne: BTreeMap<u32, u64> = BTreeMap::new();
            let mut happened: BTreeMap<u32, u64> = BTreeMap::new();
            for same in minute.chunk_by(|a, b| a.1 == b.1) {
                let (pair, count) = (same[0].1 as usize, same.len() as u64);
                let (event, url) = counter.of[pair];
                radius.fates.add(fates[pair], count);
                by_event.entry(event).or_default().add(fates[pair], count);
                *borne.entry(url).or_default() += count;
                if !matches!(fates[pair], Fate::Elsewhere) {
                    // Each receiver of a type gets each event once: the most that one got are the events.
                    let events = happened.entry(event).or_default();
                    *events = (*events).max(count);
                }
            }
            let is_dated = minute[0].0 != UNDATED;
            for (url, count) in borne {
                loads[url as usize].borne(count, is_dated);
            }
            alike.would(&happened, is_dated, &mut would, &mut radius);
        }
        for (group, would) in alike.groups.iter().zip(&would) {
            for url in group {
                let load = &mut loads[*url as usize];
                (load.would, load.would_busiest) = (would.would, would.would_busiest);
            }
        }
        by_event.retain(|_, fates| !fates.is_calm());
        radius.events = by_event
            .into_iter()
            .filter_map(|(event, fates)| Some(((*names.get(&event)?).clone(), fates)))
            .collect();
        radius.loads = self.loads(&loads, counter);
        radius
    }

    /// The receivers that would have had to bear something else.
    fn loads(&self, loads: &[Loads], counter: &Counter) -> Vec<Load> {
        let mut events: BTreeMap<u32, [BTreeSet<u32>; 2]> = BTreeMap::new();
        for (side, all) in [&self.before, &self.after].into_iter().enumerate() {
            for (event, urls) in all {
                for url in urls {
                    events.entry(*url).or_default()[side].insert(*event);
                }
            }
        }
        let mut loads: Vec<Load> = counter
            .urls
            .iter()
            .filter(|(_, number)| {
                events
                    .get(*number)
                    .is_some_and(|[before, after]| before != after)
            })
            .map(|(url, number)| (url, *number, &loads[*number as usize]))
            .filter(|(_, _, load)| load.deliveries + load.would > 0)
            .map(|(url, number, load)| Load {
                url: url.clone(),
                titles: self.titles.get(&number).cloned().unwrap_or_default(),
                deliveries: load.deliveries,
                would: load.would,
                busiest: load.busiest,
                would_busiest: load.would_busiest,
            })
            .collect();
        loads.sort_by(|a, b| {
            let most = |load: &Load| load.would_busiest.max(load.busiest);
            most(b).cmp(&most(a)).then_with(|| a.url.cmp(&b.url))
        });
        loads
    }
}

/// Receivers that would have got the same: those of the same event types. There are few such groups, however many receivers there are.
struct Alike {
    /// The URLs of each group.
    groups: Vec<Vec<u32>>,
    of_event: BTreeMap<u32, OfEvent>,
}

/// Where the events of one type would have gone.
#[derive(Default)]
struct OfEvent {
    groups: Vec<usize>,
    /// To how many more receivers than before.
    more: u64,
    /// To how many that never had it.
    new: u64,
}

impl Alike {
    fn of(plan: &Plan, events: impl Iterator<Item = u32>) -> Self {
        let mut types: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (event, urls) in &plan.after {
            for url in urls {
                types.entry(*url).or_default().push(*event);
            }
        }
        let mut by_types: BTreeMap<Vec<u32>, Vec<u32>> = BTreeMap::new();
        for (url, types) in types {
            by_types.entry(types).or_default().push(url);
        }
        let none = BTreeSet::new();
        let of_event = events.map(|event| {
            let before = plan.at(&plan.before, event).unwrap_or(&none);
            let after = plan.at(&plan.after, event).unwrap_or(&none);
            let has = |urls: &Vec<u32>| urls.first().is_some_and(|url| after.contains(url));
            let groups = by_types.values().enumerate();
            let of = OfEvent {
                groups: groups
                    .filter(|(_, urls)| has(urls))
                    .map(|(group, _)| group)
                    .collect(),
                more: after.len().saturating_sub(before.len()) as u64,
                new: after.difference(before).count() as u64,
            };
            (event, of)
        });
        Self {
            of_event: of_event.collect(),
            groups: by_types.into_values().collect(),
        }
    }

    /// Counts what would have become of the events of a minute.
    fn would(
        &self,
        happened: &BTreeMap<u32, u64>,
        is_dated: bool,
        loads: &mut [Loads],
        radius: &mut Radius,
    ) {
        let mut touched: BTreeMap<usize, u64> = BTreeMap::new();
        for (event, count) in happened {
            let Some(of) = self.of_event.get(event) else {
                continue;
            };
            radius.multiplied += count * of.more;
            radius.newly += count * of.new;
            for group in &of.groups {
                *touched.entry(*group).or_default() += count;
            }
        }
        for (group, count) in touched {
            loads[group].would(count, is_dated);
        }
    }
}

#[derive(Clone, Default)]
struct Loads {
    deliveries: u64,
    would: u64,
    busiest: u64,
    would_busiest: u64,
}

impl Loads {
    fn borne(&mut self, count: u64, is_dated: bool) {
        self.deliveries += count;
        if is_dated {
            self.busiest = self.busiest.max(count);
        }
    }

    fn would(&mut self, count: u64, is_dated: bool) {
        self.would += count;
        if is_dated {
            self.would_busiest = self.would_busiest.max(count);
        }
    }
}

#[cfg(test)]
mod tests;
