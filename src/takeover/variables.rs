//! Variables for hosts in which environments differ.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    found::Surroundings,
    names::{unique, variable},
};

/// The host that a webhook has in each environment, by the environment's index.
pub(super) type Hosts = BTreeMap<usize, String>;

/// The variables that stand for hosts.
pub(super) struct Variables {
    known: Vec<(String, Hosts)>,
    /// Those among them that are to be defined.
    pub(super) new: Vec<(String, Hosts)>,
}

impl Variables {
    /// Finds as few variables as stand for these hosts, where new ones may be defined.
    pub(super) fn plan(wanted: &[Hosts], places: &[Surroundings], define: bool) -> Self {
        let known = existing(places);
        let mut new: Vec<Hosts> = Vec::new();
        for hosts in by_use(wanted) {
            if !define || known.iter().any(|(_, known)| has(known, hosts)) {
                continue;
            }
            match new.iter_mut().find(|one| agrees(one, hosts)) {
                Some(one) => one.extend(hosts.clone()),
                None => new.push(hosts.clone()),
            }
        }
        let mut taken: BTreeSet<String> = known.iter().map(|(name, _)| name.clone()).collect();
        let mut named = Vec::new();
        for (index, hosts) in new.into_iter().enumerate() {
            let wanted = match index {
                0 => "host".to_owned(),
                _ => name(&hosts),
            };
            named.push((unique(wanted, &mut taken, '_'), hosts));
        }
        Self { known, new: named }
    }

    /// The variable that has these hosts.
    pub(super) fn name(&self, hosts: &Hosts) -> Option<&str> {
        let all = self.known.iter().chain(&self.new);
        all.filter(|(_, known)| has(known, hosts))
            .map(|(name, _)| name.as_str())
            .next()
    }
}

/// The variables that environments have, by name.
fn existing(places: &[Surroundings]) -> Vec<(String, Hosts)> {
    let mut known: BTreeMap<&str, Hosts> = BTreeMap::new();
    for (index, place) in places.iter().enumerate() {
        for (name, value) in &place.variables {
            let hosts = known.entry(name).or_default();
            hosts.insert(index, value.expose().to_owned());
        }
    }
    let known = known.into_iter();
    known
        .map(|(name, hosts)| (name.to_owned(), hosts))
        .collect()
}

/// Each of the mappings once, the one with the most uses first, then the one with the most hosts.
fn by_use(wanted: &[Hosts]) -> Vec<&Hosts> {
    let mut uses: BTreeMap<&Hosts, usize> = BTreeMap::new();
    for hosts in wanted {
        *uses.entry(hosts).or_default() += 1;
    }
    let mut ordered: Vec<&Hosts> = uses.keys().copied().collect();
    ordered.sort_by_key(|hosts| (Reverse(uses[hosts]), Reverse(hosts.len())));
    ordered
}

fn has(known: &Hosts, hosts: &Hosts) -> bool {
    hosts
        .iter()
        .all(|(place, host)| known.get(place) == Some(host))
}

/// Whether one variable can have both: they have a host in common, and contradict each other nowhere.
fn agrees(one: &Hosts, other: &Hosts) -> bool {
    let mut both = other
        .iter()
        .filter_map(|(place, host)| one.get(place).map(|known| known == host))
        .peekable();
    both.peek().is_some() && both.all(|equal| equal)
}

/// A name for a variable: the hosts' first label, where all have the same.
fn name(hosts: &Hosts) -> String {
    let label = |host: &str| {
        let end = host.find(['.', ':']).unwrap_or(host.len());
        variable(&[&host[..end]]).to_lowercase()
    };
    let labels: BTreeSet<String> = hosts.values().map(|host| label(host)).collect();
    match labels
        .first()
        .filter(|label| labels.len() == 1 && !label.is_empty())
    {
        Some(label) => format!("{label}_host"),
        None => "host".to_owned(),
    }
}
