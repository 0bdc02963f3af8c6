//! Every small pair of states at every provider there can be: each combination of what the planner goes by.
//!
//! Of the pairs with two live webhooks at most, all are gone through with `HOOKWRIGHT_EXHAUSTIVE=all`, and one in
//! [`SHARE`] without; of those with three, one in so many of both.

use super::{
    exhaustive::{on_all_cores, report},
    facts::Facts,
    is_whole,
    model::{Account, Case, FOREIGN, Hook, Wanted},
    verify::{Tally, verify},
};

/// Of the pairs that are not always gone through, one in so many is.
const SHARE: usize = 211;
/// The same for those with three live webhooks.
const SHARE_OF_THREE: usize = 499;

const NAMES: [u8; 3] = [0, 1, FOREIGN];

/// A choice out of a number, and the rest of the number.
fn choose(number: &mut usize, of: usize) -> usize {
    let choice = *number % of;
    *number /= of;
    choice
}

/// One event type, another that "all" may not stand for, or both: all, where that is a value.
fn events(choice: usize, facts: Facts) -> u8 {
    match (choice, facts.all_bits()) {
        (0, _) => 0b001,
        (1, _) => 0b100,
        (_, 0) => 0b101,
        (_, all) => all,
    }
}

/// Whether a pair of states is gone through.
fn is_chosen(number: usize, share: usize) -> bool {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    mixed.is_multiple_of(share)
}

fn check(case: &Case, live: &Account, tally: &mut Tally) {
    let (mut seen, mut is_shared) = (0_u8, false);
    for hook in live.iter().flatten() {
        is_shared |= seen & (1 << hook.url) != 0;
        seen |= 1 << hook.url;
    }
    if is_shared && !case.facts.shared {
        return; // No such provider has this.
    }
    match verify(case, live) {
        Ok(more) => *tally += more,
        Err(why) => panic!("{why}\nlive: {live:?}\n{case:?}"),
    }
}

/// Names, URLs, event types, enabled or not: everything there is without a replacement.
#[test]
fn guarantees_hold_whatever_a_provider_allows() {
    const LIVE: usize = 1 + 3 * 2 * 3 * 2;
    const WANTED: usize = 1 + 2 * 3 * 2;
    let every = Facts::every(&[0, 1, 2, 3]);
    let all = is_whole();
    let work = |index: usize, tally: &mut Tally| {
        let facts = every[index];
        let live = |number: usize| {
            let mut rest = number.checked_sub(1)?;
            Some(Hook {
                name: NAMES[choose(&mut rest, 3)],
                url: choose(&mut rest, 2) as u8,
                events: events(choose(&mut rest, 3), facts),
                enabled: choose(&mut rest, 2) == 0,
                version: 0,
                mark: 0,
            })
        };
        let wanted = |number: usize, url: u8| {
            let mut rest = number.checked_sub(1)?;
            Some(Wanted::plain(Hook {
                name: NAMES[choose(&mut rest, 2)],
                url,
                events: events(choose(&mut rest, 3), facts),
                enabled: choose(&mut rest, 2) == 0,
                version: 0,
                mark: 0,
            }))
        };
        for number in 0..LIVE * LIVE * LIVE * WANTED * WANTED * 2 {
            let mut rest = number;
            let third = choose(&mut rest, LIVE);
            let share = match (third, all) {
                (0, true) => 1,
                (0, false) => SHARE,
                (_, true) => SHARE_OF_THREE,
                (_, false) => SHARE_OF_THREE * SHARE,
            };
            if !is_chosen(number + index, share) {
                continue;
            }
            let account = vec![
                live(choose(&mut rest, LIVE)),
                live(choose(&mut rest, LIVE)),
                live(third),
            ];
            let desired = [
                wanted(choose(&mut rest, WANTED), 0),
                wanted(choose(&mut rest, WANTED), 1),
            ];
            let case = Case {
                desired: desired.into_iter().flatten().collect(),
                prune: rest == 1,
                shares_urls: facts.shared,
                facts,
                ..Case::default()
            };
            check(&case, &account, tally);
        }
    };
    let total = on_all_cores(work, every.len());
    report("whatever a provider allows", total);
    assert!(
        total.plans > 10_000 && total.searched > 100 && total.announced > 100,
        "{total:?}"
    );
}

/// The same with a field that only a create can set, with marks, and where webhooks may be replaced.
#[test]
fn guarantees_hold_where_webhooks_are_replaced() {
    const LIVE: usize = 1 + 2 * 2 * 2 * 2 * 2 * 2;
    const WANTED: usize = 1 + 2 * 2 * 2 * 2;
    let every: Vec<Facts> = Facts::every(&[0, 1, 2, 3])
        .into_iter()
        .filter(|facts| facts.all_bits() == 0)
        .collect();
    let share = if is_whole() { 1 } else { SHARE };
    let work = |index: usize, tally: &mut Tally| {
        let facts = every[index];
        let live = |number: usize| {
            let mut rest = number.checked_sub(1)?;
            Some(Hook {
                name: choose(&mut rest, 2) as u8,
                url: choose(&mut rest, 2) as u8,
                events: events(choose(&mut rest, 2) * 2, facts),
                enabled: choose(&mut rest, 2) == 0,
                version: choose(&mut rest, 2) as u8 + 1,
                mark: choose(&mut rest, 2) as u8,
            })
        };
        let wanted = |number: usize, url: u8, replace: bool| {
            let mut rest = number.checked_sub(1)?;
            let hook = Hook {
                name: choose(&mut rest, 2) as u8,
                url,
                events: events(choose(&mut rest, 2) * 2, facts),
                enabled: choose(&mut rest, 2) == 0,
                version: choose(&mut rest, 2) as u8,
                mark: 0,
            };
            let plain = Wanted::plain(hook);
            Some(Wanted { replace, ..plain })
        };
        for number in 0..LIVE * LIVE * WANTED * WANTED * 4 {
            if !is_chosen(number + index, share) {
                continue;
            }
            let mut rest = number;
            let account = vec![live(choose(&mut rest, LIVE)), live(choose(&mut rest, LIVE))];
            let (first, second) = (choose(&mut rest, WANTED), choose(&mut rest, WANTED));
            let replace = choose(&mut rest, 2) == 1;
            let desired = [wanted(first, 0, replace), wanted(second, 1, replace)];
            let case = Case {
                desired: desired.into_iter().flatten().collect(),
                prune: rest == 1,
                shares_urls: facts.shared,
                facts,
                ..Case::default()
            };
            check(&case, &account, tally);
        }
    };
    let total = on_all_cores(work, every.len());
    report("where webhooks are replaced", total);
    assert!(total.plans > 10_000 && total.announced > 100, "{total:?}");
}
