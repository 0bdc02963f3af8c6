use super::*;
use crate::{reconcile::ConditionKind, saved::MovedWebhook};

fn moved_one(name: &str, is_new: bool) -> MovedWebhook {
    MovedWebhook {
        key: None,
        name: name.to_owned(),
        id: None,
        how: How::Extra,
        is_new,
    }
}

fn of(drift: &Drift, refusals: &[&str], done: Done) -> (Judged, Vec<&'static str>) {
    let judged = judge(Seen::Compared {
        drift,
        refusals: refusals.iter().map(|text| (*text).to_owned()).collect(),
        done,
    });
    let mut conditions: Vec<Reason> = judged.conditions.iter().map(|(it, _)| *it).collect();
    conditions.sort_by_key(|reason| reason.kind());
    let kinds: Vec<ConditionKind> = conditions.iter().map(|reason| reason.kind()).collect();
    assert_eq!(kinds, ConditionKind::ALL, "one of each");
    (judged, conditions.into_iter().map(Reason::as_str).collect())
}

#[test]
fn what_a_round_comes_to_is_said_of_each_condition() {
    let nothing = Drift::default();
    let moved = Drift {
        drift: vec![moved_one("a", false)],
        ..Drift::default()
    };
    let yours = Drift {
        yours: vec![moved_one("a", false)],
        ..Drift::default()
    };
    let lost = Drift {
        secret_lost: vec![moved_one("a", false)],
        ..Drift::default()
    };
    let both = Drift {
        disabled: vec![moved_one("b", false)],
        ..lost.clone()
    };
    let stranger = Drift {
        foreign: vec![moved_one("a", true), moved_one("old", false)],
        drift: vec![moved_one("b", false)],
        ..Drift::default()
    };
    let spent = Done::WritesSpent {
        needed: 3,
        left: 2,
        most: 50,
    };
    let failed = Done::NotApplied {
        changed: true,
        why: "it broke".to_owned(),
    };
    let first = EnvironmentName::new("first");
    for (drift, refusals, done, outcome, expected) in [
        (
            &nothing,
            &[][..],
            Done::Nothing,
            Outcome::Nothing,
            ["Succeeded", "InSync", "NotStalled", "Accepted", "Enabled"],
        ),
        (
            &moved,
            &[],
            Done::Nothing,
            Outcome::Changes,
            [
                "Succeeded",
                "LiveMoved",
                "NotStalled",
                "Accepted",
                "Enabled",
            ],
        ),
        (
            &yours,
            &[],
            Done::Nothing,
            Outcome::Changes,
            [
                "Succeeded",
                "ManifestMoved",
                "NotStalled",
                "Accepted",
                "Enabled",
            ],
        ),
        (
            &lost,
            &[],
            Done::Nothing,
            Outcome::Changes,
            [
                "Succeeded",
                "InSync",
                "NotStalled",
                "Accepted",
                "SecretLost",
            ],
        ),
        (
            &both,
            &[],
            Done::Nothing,
            Outcome::Changes,
            [
                "Succeeded",
                "LiveMoved",
                "NotStalled",
                "Accepted",
                "DisabledAtProvider",
            ],
        ),
        (
            &stranger,
            &[],
            Done::Nothing,
            Outcome::Changes,
            [
                "Succeeded",
                "ForeignWebhook",
                "NotStalled",
                "Accepted",
                "Enabled",
            ],
        ),
        (
            &moved,
            &["no"],
            Done::Refused,
            Outcome::Refused,
            ["Stalled", "LiveMoved", "Refused", "Accepted", "Enabled"],
        ),
        // Whoever only looks has done what may be done.
        (
            &moved,
            &["no"],
            Done::Nothing,
            Outcome::Changes,
            ["Succeeded", "LiveMoved", "Refused", "Accepted", "Enabled"],
        ),
        (
            &nothing,
            &["no"],
            Done::Nothing,
            Outcome::Refused,
            ["Succeeded", "LiveMoved", "Refused", "Accepted", "Enabled"],
        ),
        (
            &moved,
            &[],
            Done::NoLock,
            Outcome::Refused,
            ["Stalled", "LiveMoved", "NoLock", "Accepted", "Enabled"],
        ),
        (
            &moved,
            &[],
            spent,
            Outcome::Refused,
            ["Stalled", "LiveMoved", "WritesSpent", "Accepted", "Enabled"],
        ),
        (
            &moved,
            &[],
            Done::Waits(first),
            Outcome::Changes,
            [
                "WaitingForAnother",
                "LiveMoved",
                "NotStalled",
                "Accepted",
                "Enabled",
            ],
        ),
        (
            &moved,
            &[],
            Done::NotLocked("held".to_owned()),
            Outcome::Failed,
            [
                "LockNotTaken",
                "LiveMoved",
                "NotStalled",
                "Accepted",
                "Enabled",
            ],
        ),
        (
            &moved,
            &[],
            Done::NotRecorded("full".to_owned()),
            Outcome::Failed,
            [
                "NotRecorded",
                "LiveMoved",
                "NotStalled",
                "Accepted",
                "Enabled",
            ],
        ),
        (
            &nothing,
            &[],
            Done::Applied { operations: 2 },
            Outcome::Applied,
            ["Succeeded", "InSync", "NotStalled", "Accepted", "Enabled"],
        ),
        (
            &moved,
            &[],
            failed,
            Outcome::Partial,
            [
                "ApplyFailed",
                "LiveMoved",
                "NotStalled",
                "Accepted",
                "Enabled",
            ],
        ),
    ] {
        let what = format!("{drift:?} {refusals:?} {done:?}");
        let (judged, reasons) = of(drift, refusals, done);
        assert_eq!(
            (judged.outcome, &reasons[..]),
            (outcome, &expected[..]),
            "{what}"
        );
    }
}

/// What only waits for its turn, or for somebody, is no reason to look more often.
#[test]
fn only_failures_are_tried_again_sooner() {
    let drift = Drift::default();
    let well = of(&drift, &["no"], Done::Refused).0;
    assert_eq!(well.ended, Ended::Well);
    let failed = of(&drift, &[], Done::NotLocked("held".to_owned())).0;
    assert_eq!(failed.ended, Ended::Failed { retry_after: None });
}

#[test]
fn many_names_are_counted() {
    let drift = Drift {
        drift: (0..8).map(|n| moved_one(&format!("w{n}"), false)).collect(),
        ..Drift::default()
    };
    let (judged, _) = of(&drift, &[], Done::Nothing);
    assert_eq!(
        judged.message,
        "live and not declared: `w0`, `w1`, `w2`, `w3`, `w4` and 3 more"
    );
}
