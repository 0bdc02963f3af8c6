//! Which live webhook a desired one is: design.md's rules, written down a second time.

use super::model::{Account, Case, Wanted};

/// What each desired webhook is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Is {
    /// A live webhook, by id.
    Live(usize),
    /// None yet: it is created.
    New,
    /// It cannot be said; `--target` leaves it out.
    Unclear,
}

/// A place that a trade left: the live webhook, and those that change a name which tells that it is it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) place: usize,
    pub(super) names: Vec<usize>,
}

/// Says of each desired webhook what it is.
///
/// `Err` where it cannot be said: a URL is held by what is not ours, or a name is ambiguous. What
/// `--target` leaves out may be unclear.
pub(super) fn pair(case: &Case, account: &Account) -> Result<Vec<Is>, &'static str> {
    paired(case, account).map(|(pairs, _)| pairs)
}

/// The same, with the places that trades left.
pub(super) fn paired(
    case: &Case,
    account: &Account,
) -> Result<(Vec<Is>, Vec<Place>), &'static str> {
    let mut pairs: Vec<Option<usize>> = vec![None; case.desired.len()];
    let mut free = vec![true; account.len()];
    let holders = |url: u8| {
        (0..account.len()).filter(move |id| account[*id].is_some_and(|hook| hook.url == url))
    };
    let best = |ids: &[usize], wanted: &Wanted| {
        let hook = |id: &usize| account[*id].unwrap();
        let ours: Vec<usize> = ids
            .iter()
            .copied()
            .filter(|id| hook(id).is_ours())
            .collect();
        let first = if ours.is_empty() { ids } else { &ours };
        let named = |ids: &[usize]| {
            let mut ids = ids.iter().copied();
            ids.find(|id| hook(id).name == wanted.hook.name)
        };
        let whoever = named(ids).filter(|_| wanted.adopt);
        whoever.or(named(first)).or(first.first().copied())
    };
    let may_take = |id: usize, adopt: bool| account[id].unwrap().is_ours() || adopt;
    let is_wanted = |key: usize| case.targets.as_ref().is_none_or(|keys| keys.contains(&key));
    let mut unclear = vec![false; case.desired.len()];
    let mut ambiguous = Vec::new();

    for (key, wanted) in case.desired.iter().enumerate() {
        let there: Vec<usize> = holders(wanted.hook.url).collect();
        if let Some(id) = best(&there, wanted) {
            // It is spoken for, also where it may not be taken.
            free[id] = false;
            if may_take(id, wanted.adopt) {
                pairs[key] = Some(id);
            } else if is_wanted(key) {
                return Err("conflict");
            } else {
                unclear[key] = true;
            }
        }
    }
    for (key, wanted) in case.desired.iter().enumerate() {
        if pairs[key].is_some() || unclear[key] {
            continue;
        }
        for url in &wanted.moved_from {
            let there: Vec<usize> = holders(*url).filter(|id| free[*id]).collect();
            if let Some(id) = best(&there, wanted) {
                free[id] = false;
                if may_take(id, wanted.adopt) {
                    pairs[key] = Some(id);
                } else if is_wanted(key) {
                    return Err("conflict");
                } else {
                    unclear[key] = true;
                }
                break;
            }
        }
    }
    let at_urls = pairs.clone();
    let is_open = |pairs: &[Option<usize>], unclear: &[bool], key: usize| {
        pairs[key].is_none() && !unclear[key]
    };
    let open: Vec<usize> = (0..pairs.len())
        .filter(|key| is_open(&pairs, &unclear, *key))
        .collect();
    let named = |name: u8| {
        (0..account.len()).filter(move |id| account[*id].is_some_and(|hook| hook.name == name))
    };
    for key in &open {
        let name = case.desired[*key].hook.name;
        let live: Vec<usize> = named(name)
            .filter(|id| free[*id] && account[*id].unwrap().is_ours())
            .collect();
        let is_alike = |other: &usize| case.desired[*other].hook.name == name;
        let alike: Vec<usize> = open.iter().copied().filter(is_alike).collect();
        match (alike.as_slice(), live.as_slice()) {
            (_, []) => {}
            ([_], [id]) => pairs[*key] = Some(*id),
            _ if alike.iter().any(|key| is_wanted(*key)) => return Err("ambiguous-name"),
            _ => {
                alike.iter().for_each(|key| unclear[*key] = true);
                ambiguous.push(name);
            }
        }
    }
    let is_free = |id: &usize, pairs: &[Option<usize>]| {
        let name = account[*id].unwrap().name;
        free[*id] && !pairs.contains(&Some(*id)) && !ambiguous.contains(&name)
    };
    // Where each one's names lead.
    let walk = |key: usize, pairs: &[Option<usize>]| {
        let mut names = vec![case.desired[key].hook.name];
        loop {
            let name = *names.last().unwrap();
            let all: Vec<usize> = named(name)
                .filter(|id| account[*id].unwrap().is_ours())
                .collect();
            let free: Vec<usize> = all
                .iter()
                .copied()
                .filter(|id| is_free(id, pairs))
                .collect();
            if let [place] = free.as_slice() {
                return (names, Some(*place));
            }
            let taker = match all.as_slice() {
                [holder] if free.is_empty() => at_urls.iter().position(|id| *id == Some(*holder)),
                _ => None,
            };
            let Some(next) = taker.map(|taker| case.desired[taker].hook.name) else {
                return (names, None);
            };
            if names.contains(&next) {
                return (names, None);
            }
            names.push(next);
        }
    };
    let open: Vec<usize> = (0..pairs.len())
        .filter(|key| is_open(&pairs, &unclear, *key))
        .collect();
    let walks: Vec<(Vec<u8>, Option<usize>)> = open.iter().map(|key| walk(*key, &pairs)).collect();
    let mut places = Vec::new();
    for (this, key) in open.iter().enumerate() {
        let (names, place) = &walks[this];
        let meets =
            |other: usize| other != this && walks[other].0.iter().any(|name| names.contains(name));
        if let Some(place) = place.filter(|_| !(0..walks.len()).any(meets)) {
            pairs[*key] = Some(place);
            places.push((place, names.clone()));
        }
    }
    let places = places.into_iter().map(|(place, names)| {
        let changes = |id: &usize| {
            let Some(key) = pairs.iter().position(|pair| *pair == Some(*id)) else {
                return false;
            };
            let (old, new) = (account[*id].unwrap().name, case.desired[key].hook.name);
            *id != place && old != new && (names.contains(&old) || names.contains(&new))
        };
        Place {
            place,
            names: (0..account.len()).filter(changes).collect(),
        }
    });
    let places = places.collect();
    let is = |key: usize| match pairs[key] {
        Some(id) => Is::Live(id),
        None if unclear[key] => Is::Unclear,
        None => Is::New,
    };
    Ok(((0..pairs.len()).map(is).collect(), places))
}

/// The live webhooks of ours that stay, though no desired one is them.
pub(super) fn left(case: &Case, account: &Account, pairs: &[Is]) -> Vec<usize> {
    let stays = |id: &usize| {
        let hook = account[*id].filter(|_| !pairs.contains(&Is::Live(*id)));
        hook.is_some_and(|hook| hook.is_ours() && !case.prune && !case.removed.contains(&hook.name))
    };
    (0..account.len()).filter(stays).collect()
}

/// What must be live in the end, as (id, webhook): the id is `None` for what is created.
pub(super) fn expected(
    case: &Case,
    account: &Account,
    pairs: &[Is],
) -> Vec<(Option<usize>, super::model::Hook)> {
    let is_wanted = |key: usize| case.targets.as_ref().is_none_or(|keys| keys.contains(&key));
    let mut end = Vec::new();
    for (key, wanted) in case.desired.iter().enumerate() {
        match pairs[key] {
            Is::Live(id) if is_wanted(key) => end.push((Some(id), wanted.hook)),
            Is::Live(id) => end.push((Some(id), account[id].unwrap())),
            Is::New if is_wanted(key) => end.push((None, wanted.hook)),
            Is::New | Is::Unclear => {}
        }
    }
    for (id, hook) in account.iter().enumerate() {
        let Some(hook) = hook.filter(|_| !pairs.contains(&Is::Live(id))) else {
            continue;
        };
        let goes = hook.is_ours() && (case.prune || case.removed.contains(&hook.name));
        if case.targets.is_some() || !goes {
            end.push((Some(id), hook));
        }
    }
    end.sort();
    end
}
