//! Which live webhook a desired one is: design.md's rules, written down a second time.

use super::{
    facts::Facts,
    model::{Account, Case, Hook},
};

/// What each desired webhook is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Is {
    /// A live webhook, by id.
    Live(usize),
    /// A live webhook, by id, that another replaces.
    Replaced(usize),
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
    let best = |ids: &[usize], key: usize| {
        let wanted = &case.desired[key];
        let hook = |id: &usize| account[*id].unwrap();
        let ours: Vec<usize> = ids
            .iter()
            .copied()
            .filter(|id| hook(id).is_ours())
            .collect();
        let first = if ours.is_empty() { ids.to_vec() } else { ours };
        let named = |ids: &[usize]| {
            let is_named = |id: &&usize| hook(id).name == wanted.hook.name;
            ids.iter().filter(is_named).copied().collect::<Vec<usize>>()
        };
        let mine = |ids: &[usize]| {
            let is_marked = |id: &&usize| usize::from(hook(id).mark) == key + 1;
            ids.iter()
                .filter(is_marked)
                .copied()
                .collect::<Vec<usize>>()
        };
        let or = |some: Vec<usize>, all: &[usize]| match some.is_empty() {
            true => all.to_vec(),
            false => some,
        };
        // Each narrows the choice, where it leaves one.
        let whoever = match wanted.adopt && !named(ids).is_empty() {
            true => {
                let named = named(ids);
                let ours: Vec<usize> = named
                    .iter()
                    .copied()
                    .filter(|id| hook(id).is_ours())
                    .collect();
                or(ours, &named)
            }
            false => first.clone(),
        };
        let marked = or(mine(&whoever), &whoever);
        let like = or(named(&marked), &marked);
        let fitting = like
            .iter()
            .copied()
            .filter(|id| !hook(id).cannot_be(&wanted.hook));
        or(fitting.collect(), &like).first().copied()
    };
    let may_take = |id: usize, adopt: bool| account[id].unwrap().is_ours() || adopt;
    let is_wanted = |key: usize| case.targets.as_ref().is_none_or(|keys| keys.contains(&key));
    let mut unclear = vec![false; case.desired.len()];
    let mut ambiguous = Vec::new();

    for (key, wanted) in case.desired.iter().enumerate() {
        let there: Vec<usize> = holders(wanted.hook.url).collect();
        if let Some(id) = best(&there, key) {
            // It is spoken for, also where it may not be taken; and so is what it replaces.
            free[id] = false;
            for other in there.iter().copied() {
                let hook = account[other].unwrap();
                free[other] &= !(hook.is_ours() && is_replaced(case, key, &hook));
            }
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
            if let Some(id) = best(&there, key) {
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
                // What is replaced takes its name with it.
                [holder] if free.is_empty() => at_urls
                    .iter()
                    .position(|id| *id == Some(*holder))
                    .filter(|key| !is_replaced(case, *key, &account[*holder].unwrap())),
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
        let fits = |place: &usize| !account[*place].unwrap().cannot_be(&case.desired[*key].hook);
        if let Some(place) = place.filter(fits).filter(|_| !(0..walks.len()).any(meets)) {
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
    let mut found = Vec::with_capacity(pairs.len());
    for (key, pair) in pairs.into_iter().enumerate() {
        let is = match pair {
            Some(id) => settled(case, account, key, id),
            None if unclear[key] => Ok(Is::Unclear),
            None => Ok(Is::New),
        };
        // None is created disabled where that cannot be.
        let is = is.and_then(|is| match is {
            Is::New | Is::Replaced(_) if !may_be_created(case, key) => Err("created-enabled"),
            is => Ok(is),
        });
        found.push(match is {
            Err(code) if is_wanted(key) => return Err(code),
            Err(_) => Is::Unclear,
            Ok(is) => is,
        });
    }
    Ok((found, places))
}

fn may_be_created(case: &Case, key: usize) -> bool {
    case.desired[key].hook.enabled || !case.facts.enabled_first
}

/// Whether a live webhook stays or is replaced, or may not be.
fn settled(case: &Case, account: &Account, key: usize, id: usize) -> Result<Is, &'static str> {
    let (wanted, live) = (&case.desired[key], account[id].unwrap());
    match live.cannot_be(&wanted.hook) {
        false => Ok(Is::Live(id)),
        true if !live.is_ours() || !is_replaced(case, key, &live) => Err("create-only"),
        true if !may_be_created(case, key) => Err("created-enabled"),
        // Where a URL is held once, it goes first.
        true if !case.facts.shared && !is_told(case, account, key) => Err("create-only"),
        true => Ok(Is::Replaced(id)),
    }
}

/// Whether what replaces a webhook would be created still if that is gone and nothing else has happened.
pub(super) fn is_told(case: &Case, account: &Account, key: usize) -> bool {
    let rest = account.iter().copied();
    let rest = rest.map(|hook| hook.filter(|hook| !is_replaced(case, key, hook)));
    let whole = Case {
        targets: Some(vec![key]),
        // Whether it may be created is another matter.
        facts: Facts {
            enabled_first: false,
            ..case.facts
        },
        ..case.clone()
    };
    paired(&whole, &rest.collect()).is_ok_and(|(pairs, _)| pairs[key] == Is::New)
}

/// Whether a live webhook goes where another takes its place: it is at the same URL, and is known as the same.
fn is_replaced(case: &Case, key: usize, live: &Hook) -> bool {
    let wanted = &case.desired[key];
    let is_same = usize::from(live.mark) == key + 1 || live.name == wanted.hook.name;
    wanted.replace && live.url == wanted.hook.url && is_same && live.cannot_be(&wanted.hook)
}

/// What others replace, by the marks of those: one of them has to stay until the other is there. With gaps, that does
/// not hold where nothing else would be taken for what is missing.
pub(super) fn held(case: &Case, account: &Account, with_gaps: bool) -> Vec<(u8, Vec<usize>)> {
    let pairs = pair(case, account).unwrap_or_default();
    let replaces = |key: &usize| {
        matches!(pairs[*key], Is::Replaced(_)) && !(with_gaps && is_told(case, account, *key))
    };
    let by = |key: usize| {
        let ids = 0..account.len();
        let ids = ids.filter(|id| was_replaced(case, account, &pairs, *id) == Some(key));
        (key as u8 + 1, ids.collect())
    };
    (0..pairs.len()).filter(replaces).map(by).collect()
}

/// Whether no declared webhook is a live one, and one of them takes or took its place.
fn was_replaced(case: &Case, account: &Account, pairs: &[Is], id: usize) -> Option<usize> {
    let live = account[id].filter(|live| live.is_ours() && !pairs.contains(&Is::Live(id)))?;
    let is_settled = |key: &usize| matches!(pairs[*key], Is::Live(_) | Is::Replaced(_));
    let mut keys = (0..pairs.len()).filter(is_settled);
    keys.find(|key| is_replaced(case, *key, &live))
}

/// The live webhooks of ours that stay, though no desired one is them.
pub(super) fn left(case: &Case, account: &Account, pairs: &[Is]) -> Vec<usize> {
    let stays = |id: &usize| {
        let hook = account[*id].filter(|_| !pairs.contains(&Is::Live(*id)));
        hook.is_some_and(|hook| hook.is_ours() && !case.prune && !case.removed.contains(&hook.name))
            && was_replaced(case, account, pairs, *id).is_none()
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
        let created = Hook {
            mark: key as u8 + 1,
            ..wanted.hook
        };
        match pairs[key] {
            Is::Live(id) if is_wanted(key) => {
                let Hook { version, mark, .. } = account[id].unwrap();
                let hook = Hook {
                    version,
                    mark,
                    ..wanted.hook
                };
                end.push((Some(id), hook));
            }
            Is::Live(id) => end.push((Some(id), account[id].unwrap())),
            Is::New | Is::Replaced(_) if is_wanted(key) => end.push((None, created)),
            Is::New | Is::Replaced(_) | Is::Unclear => {}
        }
    }
    for (id, hook) in account.iter().enumerate() {
        let Some(hook) = hook.filter(|_| !pairs.contains(&Is::Live(id))) else {
            continue;
        };
        if let Some(by) = was_replaced(case, account, pairs, id) {
            if !is_wanted(by) {
                end.push((Some(id), hook));
            }
            continue;
        }
        let goes = hook.is_ours() && (case.prune || case.removed.contains(&hook.name));
        if case.targets.is_some() || !goes {
            end.push((Some(id), hook));
        }
    }
    end.sort();
    end
}
