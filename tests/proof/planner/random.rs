//! Random states, large ones too, with everything that a manifest can say.

use hookwright_proof::model::LiveState;
use proptest::{prelude::*, test_runner::RngSeed};

use super::{
    facts::{Facts, REST},
    is_whole,
    model::{Account, Case, FOREIGN, Hook, Wanted, live_state, plan_for, plan_listed},
    verify::verify,
};

fn hook(names: &'static [u8], urls: u8, events: u8) -> impl Strategy<Value = Hook> {
    let rarely = |numbers: std::ops::Range<u8>| prop::option::weighted(0.4, numbers);
    (
        prop::sample::select(names),
        0..urls,
        1..=events,
        prop::bool::weighted(0.85),
        rarely(0..3),
        rarely(0..4),
    )
        .prop_map(|(name, url, events, enabled, version, mark)| Hook {
            name,
            url,
            events,
            enabled,
            version: version.unwrap_or(1),
            mark: mark.unwrap_or(0),
        })
}

/// What a provider allows: often what the simplest does, else anything.
fn facts() -> impl Strategy<Value = Facts> {
    let every = Facts::every(&[0, 0, 1, 2, 3, 4, 5, 6]);
    prop_oneof![Just(Facts::default()), prop::sample::select(every)]
}

/// The event types as a webhook can ask for them: some that are many are all, where that is a value.
fn asked(events: u8, facts: Facts) -> u8 {
    match facts.all_bits() {
        0 => events,
        all if events & REST != 0 || events.is_multiple_of(5) => all,
        _ => events,
    }
}

/// Live and desired webhooks, the first of each URL only.
fn case(most: usize, urls: u8, events: u8) -> impl Strategy<Value = (Account, Case)> {
    let live = prop::collection::vec(hook(&[0, 1, 2, FOREIGN], urls, events), 0..=most);
    let moved_from = prop::collection::vec(0..urls, 0..3);
    let desired = prop::collection::vec(
        (
            hook(&[0, 1, 2, 3], urls, events),
            moved_from,
            (
                prop::bool::weighted(0.2),
                any::<bool>(),
                prop::bool::weighted(0.3),
            ),
        ),
        0..=most,
    );
    let removed = prop::collection::vec(0..4_u8, 0..2);
    let require = prop::collection::btree_map(0..4_u8, 1..=3_u32, 0..3);
    let require = prop::option::weighted(0.3, require);
    let targets = prop::option::weighted(0.2, prop::collection::vec(0..most.max(1), 1..=2));
    (
        live,
        desired,
        any::<bool>(),
        removed,
        any::<bool>(),
        targets,
        require,
        facts(),
    )
        .prop_map(
            |(live, desired, prune, removed, shares_urls, targets, require, facts)| {
                let shares_urls = shares_urls || facts.shared;
                let require = require.into_iter().flatten().collect();
                let mut seen = 0_u8;
                let mut is_first = |url: u8| {
                    let is_first = seen & (1 << url) == 0;
                    seen |= 1 << url;
                    is_first
                };
                let live = live
                    .into_iter()
                    .filter(|hook| shares_urls || is_first(hook.url))
                    .map(|hook| {
                        let events = asked(hook.events, facts);
                        Some(Hook { events, ..hook })
                    })
                    .collect();
                let (mut wanted, mut urls, mut former) = (Vec::new(), 0_u8, 0_u8);
                for (mut hook, moved_from, (adopt, replace, has_version)) in desired {
                    if urls & (1 << hook.url) != 0 {
                        continue; // The manifest's checks refuse two webhooks with one URL.
                    }
                    urls |= 1 << hook.url;
                    hook.events = asked(hook.events, facts);
                    hook.mark = 0;
                    if !has_version {
                        hook.version = 0;
                    }
                    let moved_from = moved_from
                        .into_iter()
                        .filter(|url| {
                            let is_first = former & (1 << url) == 0;
                            former |= 1 << url;
                            is_first
                        })
                        .collect();
                    wanted.push(Wanted {
                        hook,
                        moved_from,
                        adopt,
                        // Where a URL is held once, nothing else can be at the URL of what is replaced.
                        replace: replace && facts.shared == shares_urls,
                    });
                }
                let case = Case {
                    require,
                    removed: removed
                        .into_iter()
                        .filter(|name| wanted.iter().all(|wanted| wanted.hook.name != *name))
                        .collect(),
                    targets: targets.filter(|_| !wanted.is_empty()),
                    desired: wanted,
                    prune,
                    shares_urls,
                    facts,
                };
                (live, case)
            },
        )
}

/// Another order of the list.
fn shuffled(mut live: LiveState, mut seed: u64) -> LiveState {
    for index in (1..live.webhooks.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        live.webhooks
            .swap(index, (seed >> 33) as usize % (index + 1));
    }
    live
}

/// The same cases at each run, so that a change is what makes a test fail; many others by hand.
fn config() -> ProptestConfig {
    if is_whole() {
        return ProptestConfig::with_cases(200_000);
    }
    ProptestConfig {
        rng_seed: RngSeed::Fixed(4),
        ..ProptestConfig::with_cases(4000)
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn guarantees_hold_for_random_states((live, case) in case(5, 6, 15)) {
        verify(&case, &live).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn guarantees_hold_for_dense_circles((live, case) in case(4, 4, 15)) {
        verify(&case, &live).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn guarantees_hold_for_large_random_states((live, case) in case(8, 8, 255)) {
        verify(&case, &live).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn plans_do_not_depend_on_the_order_of_the_list((live, case) in case(6, 8, 255), seed in any::<u64>()) {
        let listed = shuffled(live_state(&live, case.facts), seed);
        prop_assert_eq!(plan_for(&case, &live), plan_listed(&case, &listed));
    }
}
