//! Which live webhook a desired one is: design.md's rules, written down a second time.

use super::model::{Account, Case};

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

/// Says of each desired webhook what it is.
///
/// `Err` where it cannot be said: a URL is held by what is not ours, or a name is ambiguous. What
/// `--target` leaves out may be unclear.
pub(super) fn pair(case: &Case, account: &Account) -> Result<Vec<Is>, &'static str> {
    let mut pairs: Vec<Option<usize>> = vec![None; case.desired.len()];
    let mut free = vec![true; account.len()];
    let holders = |url: u8| {
        let mut holders: Vec<usize> = (0..account.len())
            .filter(|id| account[*id].is_some_and(|hook| hook.url == url))
            .collect();
        holders.sort_by_key(|id| account[*id].map(|hook| !hook.is_ours()));
        holders
    };
    let best = |ids: &[usize], name: u8| {
        let first_ours = account[*ids.first()?]?.is_ours();
        let hook = |id: &usize| account[*id].unwrap();
        let same = ids
            .iter()
            .find(|id| hook(id).is_ours() == first_ours && hook(id).name == name);
        same.or(ids.first()).copied()
    };
    let may_take = |id: usize, adopt: bool| account[id].unwrap().is_ours() || adopt;
    let is_wanted = |key: usize| case.targets.as_ref().is_none_or(|keys| keys.contains(&key));
    let mut unclear = vec![false; case.desired.len()];

    for (key, wanted) in case.desired.iter().enumerate() {
        let there = holders(wanted.hook.url);
        if let Some(id) = best(&there, wanted.hook.name) {
            // Whatever stands at a desired URL is spoken for, also where it may not be taken.
            there.iter().for_each(|other| free[*other] = false);
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
            let there: Vec<usize> = holders(*url).into_iter().filter(|id| free[*id]).collect();
            if let Some(id) = best(&there, wanted.hook.name) {
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
    let is_open = |key: &usize| pairs[*key].is_none() && !unclear[*key];
    let open: Vec<usize> = (0..pairs.len()).filter(is_open).collect();
    for key in &open {
        let name = case.desired[*key].hook.name;
        let live: Vec<usize> = (0..account.len())
            .filter(|id| free[*id] && account[*id].is_some_and(|hook| hook.name == name))
            .collect();
        let is_alike = |other: &usize| case.desired[*other].hook.name == name;
        let alike: Vec<usize> = open.iter().copied().filter(is_alike).collect();
        match (alike.as_slice(), live.as_slice()) {
            (_, []) => {}
            ([_], [id]) => pairs[*key] = Some(*id),
            _ if alike.iter().any(|key| is_wanted(*key)) => return Err("ambiguous-name"),
            _ => alike.iter().for_each(|key| unclear[*key] = true),
        }
    }
    let is = |key: usize| match pairs[key] {
        Some(id) => Is::Live(id),
        None if unclear[key] => Is::Unclear,
        None => Is::New,
    };
    Ok((0..pairs.len()).map(is).collect())
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
