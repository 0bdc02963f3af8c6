//! Cases with a name.

use super::{
    model::{Account, Case, FOREIGN, Hook, Wanted, plan_for},
    verify::verify,
};

/// An enabled webhook of ours: its name, its URL, its event types.
fn hook(name: u8, url: u8, events: &[u8]) -> Hook {
    Hook {
        name,
        url,
        events: events.iter().map(|event| 1 << event).sum(),
        enabled: true,
    }
}

fn case_of<const L: usize, const D: usize>(live: [Hook; L], desired: [Hook; D]) -> (Account, Case) {
    let wanted = |hook| Wanted {
        hook,
        moved_from: Vec::new(),
        adopt: false,
    };
    let case = Case {
        desired: desired.into_iter().map(wanted).collect(),
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
        "apply in two runs: move `key00` to the new URL with its present events first, then change its events"
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
