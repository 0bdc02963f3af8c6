//! One suite over both stores: whatever is done to an archive, both give the same answers.

mod support;

use std::ops::ControlFlow;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use object_store::ObjectStoreExt;
use proptest::prelude::*;

use self::support::{Answers, Store, answers};
pub(super) use self::support::{at, delivery, objects, random, sandbox, span};
use super::*;
use crate::{
    delivery::{Delivery, DeliveryFilter, Span, missing},
    model::{EnvironmentName, Masker},
};

/// What is done to an archive.
#[derive(Clone, Debug)]
enum Step {
    Keep(Vec<Delivery>),
    KeepWithPayloads(Vec<Delivery>),
    Cover(Span),
    /// The run ends, and another begins.
    Again,
}

/// Does it, and tells how many deliveries were new and known.
async fn done(store: &Store, steps: &[Step]) -> Kept {
    let masker = Masker::new(["s3cret-user".to_owned()]);
    let mut archive = store.open().await;
    let mut environment = archive.enter(&sandbox()).await.unwrap();
    let mut kept = Kept::default();
    let mut add = |more: Kept| {
        kept.new += more.new;
        kept.known += more.known;
    };
    for step in steps {
        match step.clone() {
            Step::Keep(page) => {
                add(archive
                    .keep(environment, page, Payloads::Dropped)
                    .await
                    .unwrap());
            }
            Step::KeepWithPayloads(page) => {
                let payloads = Payloads::Kept(&masker);
                add(archive.keep(environment, page, payloads).await.unwrap());
            }
            Step::Cover(span) => add(archive.cover(environment, span).await.unwrap()),
            Step::Again => {
                add(archive.settle(environment).await.unwrap());
                archive = store.open().await;
                environment = archive.enter(&sandbox()).await.unwrap();
            }
        }
    }
    add(archive.settle(environment).await.unwrap());
    kept
}

/// What both stores answer after this, which must be the same.
async fn same(steps: &[Step]) -> (Kept, Answers) {
    let [sqlite, parquet] = Store::both();
    let kept = done(&sqlite, steps).await;
    assert_eq!(kept, done(&parquet, steps).await);
    let [sqlite, parquet] = [
        answers(&sqlite.open_to_read().await.unwrap()).await,
        answers(&parquet.open_to_read().await.unwrap()).await,
    ];
    sqlite.assert_same(&parquet);
    (kept, parquet)
}

fn some(numbers: std::ops::Range<u64>, created: &str) -> Vec<Delivery> {
    let created = at(created);
    numbers
        .map(|number| delivery(number, Some(created)))
        .collect()
}

#[tokio::test]
async fn deliveries_at_the_edge_of_a_day_belong_to_one_day_and_spans_go_over_it() {
    let day = [
        some(0..3, "2026-03-01T23:59:59.999999Z"),
        some(3..6, "2026-03-02T00:00:00Z"),
        // The same day elsewhere, and another one in UTC.
        some(6..9, "2026-03-02T01:30:00+02:00"),
    ];
    let steps = [
        Step::Keep(day.concat()),
        Step::Cover(span("2026-03-01T10:00:00Z", "2026-03-02T00:00:00Z")),
        Step::Cover(span("2026-03-02T00:00:00Z", "2026-03-03T10:00:00Z")),
    ];
    let (kept, answers) = same(&steps).await;
    assert_eq!(kept, Kept { new: 9, known: 0 });
    let covered = span("2026-03-01T10:00:00Z", "2026-03-03T10:00:00Z");
    assert_eq!(answers.covered, [covered]);
    // Those of that very moment, and no other.
    assert_eq!(answers.listed[3].len(), 0);
    assert_eq!(answers.listed[4].len(), 9);
}

#[tokio::test]
async fn a_span_that_is_fetched_twice_is_kept_once() {
    let span = span("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z");
    let all = some(0..50, "2026-03-01T12:00:00Z");
    let twice = [
        Step::Keep(all.clone()),
        Step::Cover(span),
        Step::Again,
        Step::Keep(all.clone()),
        Step::Cover(span),
    ];
    let (kept, answers) = same(&twice).await;
    assert_eq!(kept, Kept { new: 50, known: 50 });
    assert_eq!(answers.listed[0].len(), 50);
    let in_one_run = [Step::Keep(all.clone()), Step::Keep(all), Step::Cover(span)];
    let (kept, _) = same(&in_one_run).await;
    assert_eq!(kept, Kept { new: 50, known: 50 });
}

/// The provider's cursor moves while it is read: pages overlap, and what came late stands on a later one.
#[tokio::test]
async fn pages_that_overlap_lose_and_double_nothing() {
    let all: Vec<Delivery> = (0..60)
        .map(|number| {
            let minute = 60 + number / 4;
            let created = format!("2026-03-01T{:02}:{:02}:00Z", minute / 60, minute % 60);
            delivery(number, Some(at(&created)))
        })
        .collect();
    let mut pages: Vec<Step> = all
        .chunks(7)
        .enumerate()
        .map(|(page, _)| {
            let from = (page * 7).saturating_sub(3);
            Step::Keep(all[from..(page * 7 + 7).min(all.len())].to_vec())
        })
        .collect();
    pages.reverse();
    pages.push(Step::Cover(span(
        "2026-03-01T00:00:00Z",
        "2026-03-02T00:00:00Z",
    )));
    let (kept, answers) = same(&pages).await;
    assert_eq!(kept.new, 60);
    assert_eq!(answers.listed[0].len(), 60);
}

#[tokio::test]
async fn payloads_come_back_where_they_were_kept() {
    let all = some(0..10, "2026-03-01T12:00:00Z");
    let (_, without) = same(&[Step::Keep(all.clone())]).await;
    assert!(
        without.listed[0]
            .iter()
            .all(|delivery| delivery.payload.is_none())
    );
    let steps = [
        Step::Keep(all.clone()),
        Step::Again,
        Step::KeepWithPayloads(all),
    ];
    let (kept, with) = same(&steps).await;
    assert_eq!(kept, Kept { new: 10, known: 10 });
    let payloads = with.listed[0]
        .iter()
        .filter_map(|delivery| delivery.payload.as_ref());
    let payloads: Vec<String> = payloads.map(ToString::to_string).collect();
    assert_eq!(payloads.len(), 6);
    assert!(
        payloads
            .iter()
            .all(|payload| payload.contains("•••") && !payload.contains("s3cret"))
    );
}

#[tokio::test]
async fn undated_deliveries_are_kept_and_are_of_no_time() {
    let all: Vec<Delivery> = (0..9).map(|number| delivery(number, None)).collect();
    let (kept, answers) = same(&[Step::Keep(all.clone()), Step::Again, Step::Keep(all)]).await;
    assert_eq!(kept, Kept { new: 9, known: 9 });
    let of = |filter: usize| answers.listed[filter].len();
    assert_eq!((of(0), of(2), of(3), of(4)), (9, 0, 0, 0));
}

#[tokio::test]
async fn other_environments_are_refused_alike() {
    for store in Store::both() {
        let absent = store.open_to_read().await.unwrap_err();
        assert!(matches!(absent, ArchiveError::Absent { .. }), "{absent}");
        let mut archive = store.open().await;
        let environment = archive.enter(&sandbox()).await.unwrap();
        assert_eq!(archive.enter(&sandbox()).await.unwrap(), environment);
        let other = ArchivedEnvironment {
            account: "another".to_owned(),
            ..sandbox()
        };
        let refused = archive.enter(&other).await.unwrap_err();
        assert!(
            matches!(refused, ArchiveError::OtherAccount { .. }),
            "{refused}"
        );
        let unknown = ArchivedEnvironment {
            name: EnvironmentName::new("prod"),
            ..sandbox()
        };
        let refused = archive.environment(&unknown).unwrap_err();
        assert!(
            matches!(refused, ArchiveError::NoEnvironment { .. }),
            "{refused}"
        );
        let second = archive.enter(&unknown).await.unwrap();
        assert_ne!(second, environment);
        // Others' deliveries are not its own.
        let page = some(0..4, "2026-03-01T12:00:00Z");
        archive.keep(second, page, Payloads::Dropped).await.unwrap();
        archive.settle(second).await.unwrap();
        let own = answers(&store.open_to_read().await.unwrap()).await;
        assert_eq!(own.listed[0], []);
    }
}

#[tokio::test]
async fn what_is_too_old_is_forgotten_with_its_payloads_and_its_cover() {
    for store in Store::both() {
        let days = [
            "2026-03-01T12:00:00Z",
            "2026-03-02T12:00:00Z",
            "2026-03-03T12:00:00Z",
        ];
        let mut steps: Vec<Step> = days
            .iter()
            .map(|day| Step::KeepWithPayloads(some(1..6, day)))
            .collect();
        let undated = (0..3).map(|number| delivery(number, None)).collect();
        steps.push(Step::Keep(undated));
        steps.push(Step::Cover(span(
            "2026-03-01T00:00:00Z",
            "2026-03-04T00:00:00Z",
        )));
        done(&store, &steps).await;
        let mut archive = store.open().await;
        let environment = archive.enter(&sandbox()).await.unwrap();
        let midnight = at("2026-03-03T00:00:00Z");
        assert_eq!(archive.forget(environment, midnight).await.unwrap(), 10);
        assert_eq!(archive.forget(environment, midnight).await.unwrap(), 0);
        let left = answers(&archive).await;
        assert_eq!(left.listed[0].len(), 8);
        assert_eq!(
            left.covered,
            [span("2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z")]
        );
        // What is fetched again is new.
        let page = some(1..6, days[0]);
        let mut kept = archive
            .keep(environment, page, Payloads::Dropped)
            .await
            .unwrap();
        kept.new += archive.settle(environment).await.unwrap().new;
        assert_eq!(kept.new, 5);
    }
}

#[tokio::test]
async fn nothing_sensitive_is_kept() {
    let store = Store::parquet();
    let all = some(0..40, "2026-03-01T12:00:00Z");
    done(&store, &[Step::KeepWithPayloads(all)]).await;
    let Store::Parquet(objects) = &store else {
        return;
    };
    let mut texts = Vec::new();
    let listed: Vec<_> = objects.store.list(None).try_collect().await.unwrap();
    for object in listed {
        let bytes = objects.store.get(&object.location).await.unwrap();
        let bytes = bytes.bytes().await.unwrap();
        texts.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    // Files are compressed: what is in them is read.
    let archive = store.open_to_read().await.unwrap();
    let filter = DeliveryFilter::default();
    let wanted = KeptDeliveries {
        environment: archive.environment(&sandbox()).unwrap(),
        filter: &filter,
        urls: &[],
        payloads: true,
    };
    let each = archive.each(&wanted, |delivery| {
        let url = delivery.webhook_url.text().expose();
        let payload = delivery.payload.as_ref().map(ToString::to_string);
        texts.push(format!("{delivery:?} {url} {payload:?}"));
        ControlFlow::Continue(())
    });
    each.await.unwrap();
    let has = |text: &str| texts.iter().any(|one| one.contains(text));
    assert!(has("https://h.example/•••") && has("request-") && has("environments"));
    for canary in ["t0ken-canary", "s3cret-user", "acc0unt-canary"] {
        assert!(!has(canary), "{canary}");
    }
}

fn any_delivery() -> impl Strategy<Value = Delivery> {
    let moments = prop_oneof![
        1 => Just(None),
        // Few moments, about two midnights.
        20 => (0_usize..5, 0_i64..2).prop_map(|(step, day)| {
            let midnight = at("2026-03-01T00:00:00Z").as_microsecond() + day * 86_400_000_000;
            let steps = [-3_600_000_000, -1, 0, 1, 3_600_000_000];
            Timestamp::from_microsecond(midnight + steps[step]).ok()
        }),
    ];
    (0_u64..40, moments).prop_map(|(number, created)| delivery(number, created))
}

fn any_step() -> impl Strategy<Value = Step> {
    let page = || proptest::collection::vec(any_delivery(), 0..12);
    let hour = 0_i64..72;
    prop_oneof![
        4 => page().prop_map(Step::Keep),
        2 => page().prop_map(Step::KeepWithPayloads),
        3 => (hour.clone(), hour).prop_filter_map("a span", |(since, length)| {
            let since = at("2026-02-28T00:00:00Z") + jiff::SignedDuration::from_hours(since);
            Span::new(since, since + jiff::SignedDuration::from_hours(length + 1)).map(Step::Cover)
        }),
        2 => Just(Step::Again),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_done_both_stores_answer_the_same(steps in proptest::collection::vec(any_step(), 0..10)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (_, answers) = same(&steps).await;
            let window = span("2026-02-28T00:00:00Z", "2026-03-07T00:00:00Z");
            let given = steps.iter().filter_map(|step| match step {
                Step::Cover(span) => Some(*span),
                _ => None,
            });
            let given: Vec<Span> = given.collect();
            assert_eq!(missing(&answers.covered, window), missing(&given, window));
        });
    }
}
