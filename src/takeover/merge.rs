//! Which live webhooks of several environments are one.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    address::Pieces,
    declare::{Group, Takeover, Whole, declare},
    found::{self, Item, Surroundings},
    names::{is_key, slug, stem, unique},
};

/// Declares what is live, as it is, merged over environments by meaning.
///
/// What the result declares equals what is live, so a plan from it changes nothing. The order of the
/// environments matters only where nothing else decides.
pub fn take_over(places: &[Surroundings], whole: &Whole) -> Takeover {
    let (mut items, mut left) = (Vec::new(), Vec::new());
    for (index, place) in places.iter().enumerate() {
        let (those, not) = found::sort(index, place);
        items.extend(those);
        left.extend(not);
    }
    let groups = groups(items, places);
    let mut takeover = declare(with_keys(groups, places, whole), places, whole);
    takeover.left = left;
    takeover
}

/// What two webhooks of different environments can have in common, the strongest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Common {
    /// The name, and the URL but for its host.
    NameAndPath(String, String, Pieces),
    /// The name but for words that say which environment it is, and the URL but for its host.
    StemAndPath(String, String, Pieces),
    Name(String),
    /// The name but for words that say which environment it is.
    Stem(String),
    Url(Pieces),
}

const LEVELS: [fn(&Item, &Surroundings) -> Common; 5] = [
    |item, _| {
        let address = &item.address;
        Common::NameAndPath(
            item.exact_name.clone(),
            address.scheme.clone(),
            address.rest.clone(),
        )
    },
    |item, place| {
        let address = &item.address;
        let stem = stem(&item.exact_name, place);
        Common::StemAndPath(stem, address.scheme.clone(), address.rest.clone())
    },
    |item, _| Common::Name(item.exact_name.clone()),
    |item, place| Common::Stem(stem(&item.exact_name, place)),
    |item, _| Common::Url(item.address.pieces()),
];

/// Groups webhooks level by level. Where a level would put two of one environment together, it says
/// nothing of them: they are left to the next level, or stay apart.
fn groups(items: Vec<Item>, places: &[Surroundings]) -> Vec<Group> {
    let mut groups: Vec<Group> = items
        .into_iter()
        .map(|item| Group::from([(item.place, item)]))
        .collect();
    for level in LEVELS {
        let mut alike: BTreeMap<Common, BTreeSet<usize>> = BTreeMap::new();
        for (index, group) in groups.iter().enumerate() {
            for item in group.values() {
                let common = level(item, &places[item.place]);
                alike.entry(common).or_default().insert(index);
            }
        }
        for those in alike.into_values() {
            join(&mut groups, &those);
        }
        groups.retain(|group| !group.is_empty());
    }
    groups
}

fn join(groups: &mut [Group], those: &BTreeSet<usize>) {
    let members = || those.iter().flat_map(|index| groups[*index].keys());
    let places: BTreeSet<&usize> = members().collect();
    // One that was emptied has joined another, by something else that they have in common.
    let emptied = those.iter().any(|index| groups[*index].is_empty());
    if emptied || places.len() < members().count() {
        return;
    }
    let mut those = those.iter();
    let Some(first) = those.next() else { return };
    for other in those {
        let mut moved = std::mem::take(&mut groups[*other]);
        groups[*first].append(&mut moved);
    }
}

/// The groups by key, in the order of their names and then of their age.
fn with_keys(
    groups: Vec<Group>,
    places: &[Surroundings],
    whole: &Whole,
) -> BTreeMap<String, Group> {
    let mut wanted: Vec<(String, Group)> = groups
        .into_iter()
        .map(|group| (wanted_key(&group, places), group))
        .collect();
    let age = |group: &Group| group.values().map(|item| item.age.clone()).min();
    wanted.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| age(one).cmp(&age(other))));
    let mut taken = whole.keys.clone();
    wanted
        .into_iter()
        .map(|(key, group)| (unique(key, &mut taken, '-'), group))
        .collect()
}

fn wanted_key(group: &Group, places: &[Surroundings]) -> String {
    let mut names = group.values().map(|item| item.exact_name.as_str());
    let first = names.next().unwrap_or_default();
    if group
        .values()
        .any(|item| item.name.tokens().next().is_some())
    {
        return slug("");
    }
    if !names.all(|name| name == first) {
        let stems = group
            .values()
            .map(|item| stem(&item.exact_name, &places[item.place]));
        return slug(&stems.min().unwrap_or_default());
    }
    match is_key(first) {
        true => first.to_owned(),
        false => slug(first),
    }
}
