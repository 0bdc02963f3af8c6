//! Which live webhook a desired one is: design.md's rules, written down a second time.

use super::model::{Account, Case};

/// The id that each desired webhook takes, or `None` where it is created.
///
/// `Err` where it cannot be said: a URL is held by what is not ours, or a name is ambiguous.
pub(super) fn pair(case: &Case, account: &Account) -> Result<Vec<Option<usize>>, &'static str> {
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

    for (key, wanted) in case.desired.iter().enumerate() {
        let there = holders(wanted.hook.url);
        if let Some(id) = best(&there, wanted.hook.name) {
            if !may_take(id, wanted.adopt) {
                return Err("conflict");
            }
            there.iter().for_each(|id| free[*id] = false);
            pairs[key] = Some(id);
        }
    }
    for (key, wanted) in case.desired.iter().enumerate() {
        if pairs[key].is_some() {
            continue;
        }
        for url in &wanted.moved_from {
            let there: Vec<usize> = holders(*url).into_iter().filter(|id| free[*id]).collect();
            if let Some(id) = best(&there, wanted.hook.name) {
                if !may_take(id, wanted.adopt) {
                    return Err("conflict");
                }
                free[id] = false;
                pairs[key] = Some(id);
                break;
            }
        }
    }
    let open: Vec<usize> = (0..pairs.len())
        .filter(|key| pairs[*key].is_none())
        .collect();
    for key in &open {
        let name = case.desired[*key].hook.name;
        let live: Vec<usize> = (0..account.len())
            .filter(|id| free[*id] && account[*id].is_some_and(|hook| hook.name == name))
            .collect();
        let alike = open
            .iter()
            .filter(|other| case.desired[**other].hook.name == name);
        match (alike.count(), live.as_slice()) {
            (_, []) => {}
            (1, [id]) => pairs[*key] = Some(*id),
            _ => return Err("ambiguous-name"),
        }
    }
    Ok(pairs)
}

/// What must be live in the end, as (id, webhook): the id is `None` for what is created.
pub(super) fn expected(
    case: &Case,
    account: &Account,
    pairs: &[Option<usize>],
) -> Vec<(Option<usize>, super::model::Hook)> {
    let is_wanted = |key: usize| case.targets.as_ref().is_none_or(|keys| keys.contains(&key));
    let mut end = Vec::new();
    for (key, wanted) in case.desired.iter().enumerate() {
        match pairs[key] {
            _ if is_wanted(key) => end.push((pairs[key], wanted.hook)),
            Some(id) => end.push((Some(id), account[id].unwrap())),
            None => {}
        }
    }
    for (id, hook) in account.iter().enumerate() {
        let Some(hook) = hook.filter(|_| !pairs.contains(&Some(id))) else {
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
