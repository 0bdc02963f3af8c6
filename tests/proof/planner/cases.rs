//! Cases with a name.

use super::{
    least::{self, Costs, Detours, Found},
    model::{Account, Case, FOREIGN, Hook, Wanted, plan_for},
    pairing::{expected, paired},
    verify::verify,
};

/// An enabled webhook of ours: its name, its URL, its event types.
fn hook(name: u8, url: u8, events: &[u8]) -> Hook {
    Hook {
        name,
        url,
        events: events.iter().map(|event| 1 << event).sum(),
        enabled: true,
        version: 0,
        mark: 0,
    }
}

fn case_of<const L: usize, const D: usize>(live: [Hook; L], desired: [Hook; D]) -> (Account, Case) {
    let case = Case {
        desired: desired.into_iter().map(Wanted::plain).collect(),
        prune: true,
        ..Case::default()
    };
    (live.into_iter().map(Some).collect(), case)
}

/// Checks all guarantees, and how many steps the plan takes.
#[track_caller]
fn takes(steps: usize, (live, case): &(Account, Case)) {
    assert_eq!(plan_for(case, live).steps.len(), steps);
    verify(case, live).unwrap();
}

#[test]
fn swapped_events_are_widened_once() {
    let live = [hook(1, 1, &[1]), hook(2, 2, &[2])];
    takes(3, &case_of(live, [hook(1, 1, &[2]), hook(2, 2, &[1])]));
}

#[test]
fn two_alike_updates_need_no_widening() {
    let live = [hook(1, 1, &[1]), hook(2, 2, &[1]), hook(3, 3, &[2])];
    let desired = [hook(1, 1, &[2]), hook(2, 2, &[2]), hook(3, 3, &[1])];
    takes(3, &case_of(live, desired));
}

#[test]
fn rotation_of_three_is_widened_once() {
    let live = [hook(1, 1, &[1]), hook(2, 2, &[2]), hook(3, 3, &[3])];
    let desired = [hook(1, 1, &[2]), hook(2, 2, &[3]), hook(3, 3, &[1])];
    takes(4, &case_of(live, desired));
}

#[test]
fn swapped_urls_are_two_updates_in_place() {
    let live = [hook(1, 1, &[1]), hook(2, 2, &[1, 2])];
    takes(2, &case_of(live, [hook(1, 2, &[1]), hook(2, 1, &[1, 2])]));
}

/// One delete that waits would be enough for guarantee 2; nothing goes before what takes over is there.
#[test]
fn every_delete_waits_for_what_takes_over() {
    let live = [hook(1, 1, &[1]), hook(2, 2, &[1]), hook(3, 3, &[1])];
    let (live, case) = case_of(live, [hook(4, 4, &[1])]);
    let plan = plan_for(&case, &live);
    let waits: Vec<&[usize]> = plan
        .steps
        .iter()
        .map(|step| step.after.as_slice())
        .collect();
    assert_eq!(waits, [&[][..], &[0], &[0], &[0]]);
    verify(&case, &live).unwrap();
}

#[test]
fn a_circle_of_moves_is_refused_with_its_way_out() {
    let live = [hook(1, 1, &[1]), hook(2, 2, &[2])];
    let (live, case) = case_of(live, [hook(1, 3, &[2]), hook(2, 4, &[1])]);
    let planned = plan_for(&case, &live);
    assert_eq!(
        planned.refusals[0].to_string(),
        "`key00` and `key01` move to other URLs and hand event types to each other: in any order some event would be sent nowhere for a moment"
    );
    assert_eq!(
        planned.refusals[0].way_out("-e sandbox"),
        "apply in two runs: first move all of them with the events and `enabled` that they have now, with `--target key00 --target key01`; then change their events"
    );
    assert!(planned.steps.is_empty());
    verify(&case, &live).unwrap();
}

/// Found at random: what stands at the URL of a webhook that `--target` leaves out was moved away for
/// another one, and the next run took that webhook for one that its name alone should tell.
#[test]
fn what_stands_in_the_way_of_one_webhook_is_not_moved_for_another() {
    let foreign = Hook {
        name: FOREIGN,
        ..hook(0, 0, &[0])
    };
    let live = [hook(1, 1, &[1, 2, 4]), foreign];
    let desired = [hook(0, 4, &[0]), hook(1, 2, &[0]), hook(1, 0, &[0])];
    let (account, mut case) = case_of(live, desired);
    case.desired[0].moved_from = vec![0];
    case.desired[0].adopt = true;
    case.prune = false;
    case.targets = Some([0, 1].into());
    verify(&case, &account).unwrap();
    assert_eq!(plan_for(&case, &account).unmanaged.len(), 1);
}

/// `x` moves on, `y` moves to where `x` was: both stay, whatever the names around them.
#[test]
fn what_moves_on_keeps_its_place() {
    let live = [hook(1, 1, &[1]), hook(2, 2, &[2])];
    takes(2, &case_of(live, [hook(1, 3, &[1]), hook(2, 1, &[1])]));
    // Each has what the other gets, and only the one that stays at its URL can be widened.
    takes(3, &case_of(live, [hook(1, 3, &[1]), hook(2, 1, &[2])]));
    let live = [hook(1, 1, &[1]), hook(2, 2, &[2]), hook(3, 3, &[4])];
    let desired = [hook(1, 4, &[1]), hook(2, 1, &[1]), hook(3, 2, &[2])];
    let (account, mut case) = case_of(live, desired);
    case.prune = false;
    let plan = plan_for(&case, &account);
    assert_eq!(plan.operations.len(), 3, "{plan:#?}");
    assert!(plan.unmanaged.is_empty(), "{plan:#?}");
    verify(&case, &account).unwrap();
}

#[test]
fn a_chain_of_trades_may_be_as_long_as_there_are_webhooks() {
    for length in 2..=6 {
        let live = (0..length).map(|n| Some(hook(n, n, &[n]))).collect();
        // Each moves to the URL of the one before; the first moves on.
        let desired = (0..length).map(|n| hook(n, if n == 0 { length } else { n - 1 }, &[n]));
        for prune in [false, true] {
            let case = Case {
                desired: desired.clone().map(Wanted::plain).collect(),
                prune,
                ..Case::default()
            };
            let plan = plan_for(&case, &live);
            assert_eq!(plan.operations.len(), usize::from(length));
            assert!(plan.unmanaged.is_empty());
            verify(&case, &live).unwrap();
        }
    }
}

/// What moves on in a trade is a move like any other: where only moves hand events on, a circle of them
/// is refused, and its way out is one.
#[test]
fn a_trade_of_moves_in_a_circle_is_refused_with_a_way_out_that_works() {
    let live = [hook(1, 1, &[1]), hook(2, 2, &[2])];
    let (account, mut case) = case_of(live, [hook(1, 3, &[1]), hook(2, 4, &[2])]);
    case.desired[1].moved_from = vec![1];
    let plan = plan_for(&case, &account);
    assert_eq!(plan.refusals.len(), 1, "{plan:#?}");
    verify(&case, &account).unwrap();
}

/// Two live webhooks stand at one URL, and one of them is declared elsewhere.
#[test]
fn a_duplicate_is_found_by_its_name() {
    let live = [hook(1, 4, &[1]), hook(2, 4, &[2])];
    let (account, mut case) = case_of(live, [hook(1, 3, &[1]), hook(2, 4, &[2])]);
    case.shares_urls = true;
    for prune in [false, true] {
        case.prune = prune;
        let plan = plan_for(&case, &account);
        assert_eq!(plan.operations.len(), 1, "{plan:#?}");
        assert!(plan.unmanaged.is_empty(), "{plan:#?}");
        verify(&case, &account).unwrap();
    }
}

/// A duplicate that leaves takes its events along only once the one that stays has them.
#[test]
fn a_duplicate_that_moves_leaves_no_gap_at_its_url() {
    let live = [hook(1, 4, &[1, 2]), hook(2, 4, &[2])];
    let (account, mut case) = case_of(live, [hook(1, 3, &[1, 2]), hook(2, 4, &[1, 2])]);
    case.shares_urls = true;
    let plan = plan_for(&case, &account);
    assert_eq!(plan.steps[1].after, [0], "{plan:#?}");
    verify(&case, &account).unwrap();
}

/// With `adopt`, the declared name decides, whoever owns it: the twin that is ours stays as it is.
#[test]
fn adopt_takes_the_one_of_equal_name() {
    let live = [hook(1, 4, &[1]), hook(FOREIGN, 4, &[1])];
    let (account, mut case) = case_of(live, [hook(FOREIGN, 4, &[2])]);
    case.desired[0].adopt = true;
    case.shares_urls = true;
    case.prune = false;
    let plan = plan_for(&case, &account);
    assert_eq!(plan.operations[0].name().text().expose(), "b6");
    assert_eq!(plan.operations.len(), 1);
    verify(&case, &account).unwrap();
}

#[test]
fn what_is_required_may_need_a_widening() {
    let live = [hook(1, 1, &[1]), hook(2, 2, &[1]), hook(3, 3, &[2])];
    let desired = [hook(1, 1, &[2]), hook(2, 2, &[1]), hook(3, 3, &[1])];
    let (account, mut case) = case_of(live, desired);
    takes(2, &(account.clone(), case.clone()));
    case.require = vec![(1, 2)];
    takes(3, &(account, case));
}

/// The reasons of a create say what became of the webhook that has its name.
#[test]
fn a_create_says_who_has_its_name() {
    use hookwright_proof::plan::{Absent, Named, Reason};
    let (account, case) = case_of([hook(1, 1, &[1])], [hook(1, 3, &[1]), hook(2, 1, &[1])]);
    let plan = plan_for(&case, &account);
    let taken = Named::TakenBy(plan.operations[1].key.clone().unwrap());
    assert_eq!(
        plan.operations[0].reason,
        Reason::NotLive(Absent {
            former_taken: false,
            named: Some(taken)
        })
    );
}

/// With `--target`, one that takes over a name must not be changed without the one that moves on.
#[test]
fn a_target_does_not_break_a_trade() {
    let live = [hook(1, 1, &[1]), hook(2, 2, &[2])];
    let (account, mut case) = case_of(live, [hook(1, 3, &[1]), hook(2, 1, &[1])]);
    case.targets = Some([1].into());
    let plan = plan_for(&case, &account);
    assert_eq!(
        plan.refusals[0].to_string(),
        "`key01` changes a name that tells which live webhook is to be `key00`, and `key00` is left out by `--target`: a later run would create it anew"
    );
    assert_eq!(
        plan.refusals[0].way_out("-e sandbox"),
        "add `--target key00`, or plan without `--target`"
    );
    verify(&case, &account).unwrap();
    case.targets = Some([0].into());
    takes(1, &(account.clone(), case.clone()));
    case.targets = Some([0, 1].into());
    takes(2, &(account, case));
}

/// Found at random: `a0` and `a2` share a URL, and `a0` could take the events of `a2` there until the others
/// have them. That saves a step, and gives a webhook what nobody declared for it.
#[test]
fn what_shares_a_url_does_not_stand_in_for_another() {
    let disabled = |hook| Hook {
        enabled: false,
        ..hook
    };
    let live = [
        disabled(hook(1, 2, &[0])),
        disabled(hook(0, 3, &[0])),
        hook(2, 3, &[0, 1, 2]),
    ];
    let desired = [
        disabled(hook(0, 0, &[0])),
        hook(1, 1, &[0, 1]),
        hook(2, 2, &[2, 3]),
    ];
    let (account, mut case) = case_of(live, desired);
    case.desired[1].moved_from = vec![3];
    case.shares_urls = true;
    let (pairs, places) = paired(&case, &account).unwrap();
    let end = expected(&case, &account, &pairs);
    let in_four = |detours| {
        least::search(
            &case,
            &account,
            &end,
            &places,
            4,
            detours,
            Costs::with_gaps(0),
        )
    };
    assert_eq!(in_four(Detours::OwnUrls), Found::Way);
    assert_eq!(in_four(Detours::OwnFlows), Found::None);
    takes(5, &(account, case));
}
