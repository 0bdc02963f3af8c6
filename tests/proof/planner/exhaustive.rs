//! Every pair of a live and a desired state with up to three webhooks, URLs and event types.
//!
//! Up to symmetry: pairs that differ only by which URL, event type or name is called what are one.
//! At each URL there is or is not a live webhook, and is or is not a desired one; together they are
//! the URL's *place*, a number; a pair of states is three places in ascending order, and stands for
//! its class where no renaming gives smaller numbers.
//!
//! `HOOKWRIGHT_EXHAUSTIVE=all` goes through all of them, which takes some ten minutes. Without it, all
//! pairs over two URLs are, all over three in which everything is enabled and ours, and of the rest one
//! in [`SHARE`].

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{
    is_whole,
    model::{Account, Case, FOREIGN, Hook, Wanted},
    verify::{Tally, verify},
};

/// Of the pairs that are not always gone through, one in so many is.
const SHARE: u64 = 64;

/// The live webhooks that can be at a URL, and the desired ones; 0 is none.
const LIVE: usize = 1 + 3 * 7 * 2;
const DESIRED: usize = 1 + 2 * 7 * 2;
const PLACES: usize = LIVE * DESIRED;

const NAMES: [u8; 3] = [0, 1, FOREIGN];

/// The webhook of a number, at a URL.
fn hook(number: usize, url: u8) -> Option<Hook> {
    let number = number.checked_sub(1)?;
    Some(Hook {
        name: NAMES[number / 14],
        url,
        events: (number % 7) as u8 + 1,
        enabled: number / 7 % 2 == 0,
        version: 0,
        mark: 0,
    })
}

fn number(hook: Hook) -> usize {
    let name = NAMES.iter().position(|name| *name == hook.name).unwrap();
    1 + name * 14 + usize::from(!hook.enabled) * 7 + usize::from(hook.events) - 1
}

fn split(place: usize) -> (usize, usize) {
    (place / DESIRED, place % DESIRED)
}

/// For every renaming of event types and of our two names: what a place becomes.
fn renamings() -> Vec<Vec<usize>> {
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    let mut renamings = Vec::new();
    for order in orders {
        for swapped in [false, true] {
            let rename = |one: usize| {
                let Some(mut hook) = hook(one, 0) else {
                    return 0;
                };
                let moved = (0..3).filter(|bit| hook.events & (1 << bit) != 0);
                hook.events = moved.map(|bit: usize| 1 << order[bit]).sum();
                if swapped && hook.is_ours() {
                    hook.name = 1 - hook.name;
                }
                number(hook)
            };
            let place = |place| {
                let (live, desired) = split(place);
                rename(live) * DESIRED + rename(desired)
            };
            renamings.push((0..PLACES).map(place).collect());
        }
    }
    renamings
}

fn is_smallest(places: [usize; 3], renamings: &[Vec<usize>]) -> bool {
    renamings.iter().all(|renaming| {
        let mut renamed = places.map(|place| renaming[place]);
        renamed.sort_unstable();
        renamed >= places
    })
}

/// Whether everything there is enabled and ours.
fn is_plain(place: usize) -> bool {
    let plain = |one| hook(one, 0).is_none_or(|hook| hook.enabled && hook.is_ours());
    let (live, desired) = split(place);
    plain(live) && plain(desired)
}

fn is_chosen(places: [usize; 3], all: bool) -> bool {
    let mix = places.iter().fold(7_u64, |mix, place| {
        (mix ^ *place as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
    });
    all || places[0] == 0 || places.into_iter().all(is_plain) || mix % SHARE == 0
}

fn check(places: [usize; 3], tally: &mut Tally) {
    let mut live = Account::new();
    let mut case = Case::default();
    for (url, place) in places.into_iter().enumerate() {
        let (there, wanted) = split(place);
        live.push(hook(there, url as u8));
        case.desired
            .extend(hook(wanted, url as u8).map(Wanted::plain));
    }
    for prune in [false, true] {
        case.prune = prune;
        match verify(&case, &live) {
            Ok(more) => *tally += more,
            Err(why) => panic!("{why}\nlive: {live:?}\n{case:?}"),
        }
    }
}

/// Runs this over all first places, on all cores.
///
/// Where all is gone through, it says how far it is, as that takes long.
pub(super) fn on_all_cores(work: impl Fn(usize, &mut Tally) + Sync, count: usize) -> Tally {
    let next = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut total = Tally::default();
    std::thread::scope(|scope| {
        let run = || {
            let mut tally = Tally::default();
            loop {
                let one = next.fetch_add(1, Ordering::Relaxed);
                if one >= count {
                    return tally;
                }
                work(one, &mut tally);
                if is_whole() {
                    report(&format!("place {} of {count}, one core", one + 1), tally);
                }
            }
        };
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(run)).collect();
        for thread in threads {
            total += thread
                .join()
                .expect("a pair of states fails, as shown above");
        }
    });
    total
}

#[expect(
    clippy::print_stdout,
    reason = "how much was gone through is what a reader asks"
)]
pub(super) fn report(what: &str, tally: Tally) {
    let Tally {
        pairs,
        plans,
        states,
        searched,
        announced,
    } = tally;
    println!(
        "{what}: {pairs} pairs, {plans} plans, {states} states, {searched} searches, {announced} with notes of a cost"
    );
}

#[test]
fn guarantees_hold_for_every_small_pair_of_states() {
    let renamings = renamings();
    let smallest: Vec<usize> = (0..PLACES)
        .map(|place| {
            renamings
                .iter()
                .map(|renaming| renaming[place])
                .min()
                .unwrap()
        })
        .collect();
    let all = is_whole();
    let work = |first: usize, tally: &mut Tally| {
        if smallest[first] != first {
            return;
        }
        for second in (first..PLACES).filter(|second| smallest[*second] >= first) {
            for third in (second..PLACES).filter(|third| smallest[*third] >= first) {
                let places = [first, second, third];
                if is_chosen(places, all) && is_smallest(places, &renamings) {
                    check(places, tally);
                }
            }
        }
    };
    let total = on_all_cores(work, PLACES);
    report("up to three webhooks", total);
    assert!(total.plans > 100_000 && total.searched > 100, "{total:?}");
}

/// Where a provider allows several webhooks at one URL: up to three live ones and two desired.
#[test]
fn guarantees_hold_where_webhooks_share_a_url() {
    let all = is_whole();
    // A name, one of two URLs, one or both of two event types, enabled or not.
    let one = |number: usize| {
        let number = number.checked_sub(1)?;
        Some(Hook {
            name: NAMES[number % 3],
            url: (number / 3 % 2) as u8,
            events: (number / 6 % 3) as u8 + 1,
            enabled: number / 18 == 0,
            version: 0,
            mark: 0,
        })
    };
    const EACH: usize = 1 + 3 * 2 * 3 * 2;
    let work = |first: usize, tally: &mut Tally| {
        for rest in 0..EACH * EACH {
            let live = vec![one(first), one(rest % EACH), one(rest / EACH)];
            for places in 0..13 * 13 {
                let mix = (first * 7919 + rest * 104_729 + places * 1_299_709) >> 3;
                if !all && !mix.is_multiple_of(59) {
                    continue;
                }
                let wanted = |number: usize, url: u8| {
                    let number = number.checked_sub(1)?;
                    let hook = Hook {
                        name: NAMES[number % 2],
                        url,
                        events: (number / 2 % 3) as u8 + 1,
                        enabled: number / 6 == 0,
                        version: 0,
                        mark: 0,
                    };
                    Some(Wanted::plain(hook))
                };
                let desired = [wanted(places % 13, 0), wanted(places / 13, 1)];
                for prune in [false, true] {
                    let case = Case {
                        desired: desired.iter().flatten().cloned().collect(),
                        prune,
                        shares_urls: true,
                        ..Case::default()
                    };
                    match verify(&case, &live) {
                        Ok(more) => *tally += more,
                        Err(why) => panic!("{why}\nlive: {live:?}\n{case:?}"),
                    }
                }
            }
        }
    };
    report("webhooks that share a URL", on_all_cores(work, EACH));
}
