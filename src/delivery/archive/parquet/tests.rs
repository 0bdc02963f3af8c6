//! Runs that are killed, and stores that misbehave, at each object that is written or deleted.

mod store;

use std::{
    ops::ControlFlow,
    sync::{Arc, atomic::Ordering},
};

use jiff::SignedDuration;
use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory, path::Path as ObjectPath};

use self::store::{FAULTS, Fault, Shared, Store};
use super::*;
use crate::{
    delivery::{
        Delivery, DeliveryFilter, Receivers, Span, Stats,
        archive::{
            KeptDeliveries, Payloads,
            tests::{at, delivery, objects, random, sandbox, span},
        },
        missing,
    },
    model::Masker,
};

/// What the provider remembers: over three days, some at their edges, and the last ones are not settled.
fn remembered() -> Vec<Delivery> {
    let first = at("2026-03-01T22:00:00Z");
    let moments = (0..60).map(|number| first + SignedDuration::from_mins(58 * (number / 2)));
    (0..60)
        .zip(moments)
        .map(|(number, moment)| delivery(number, Some(moment)))
        .collect()
}

fn whole() -> Span {
    span("2026-03-01T20:00:00Z", "2026-03-03T03:00:00Z")
}

fn handle(store: &Arc<Store>) -> Objects {
    objects(Arc::new(Shared(store.clone())))
}

/// A run as `history sync` makes it: what is missing is fetched, day after day, and the last records are kept without
/// being settled.
async fn sync(objects: &Objects) -> Result<Sum, ArchiveError> {
    let masker = Masker::default();
    let mut archive = ParquetArchive::open(objects, random()).await?;
    let environment = archive.enter(&sandbox()).await?;
    let covered = archive.covered(environment).await?;
    let mut kept = Sum::default();
    for gap in missing(&covered, whole()) {
        for piece in gap.pieces(SignedDuration::from_hours(24)) {
            let wanted = |delivery: &Delivery| {
                let created = delivery.event_created_at.unwrap();
                (piece.since..=piece.until).contains(&created)
            };
            let fetched: Vec<Delivery> = remembered().into_iter().filter(wanted).collect();
            for page in fetched.chunks(7) {
                let payloads = Payloads::Kept(&masker);
                kept.add(archive.keep(environment, page.to_vec(), payloads).await?);
            }
            let settled = Span::new(piece.since, piece.until.min(at("2026-03-03T02:00:00Z")));
            if let Some(settled) = settled {
                kept.add(archive.cover(environment, settled).await?);
            }
        }
    }
    kept.add(archive.settle(environment).await?);
    Ok(kept)
}

#[derive(Debug, Default, PartialEq)]
struct Sum {
    new: u64,
    known: u64,
}

impl Sum {
    fn add(&mut self, kept: crate::delivery::archive::Kept) {
        self.new += kept.new;
        self.known += kept.known;
    }
}

/// Merging and forgetting, as by another command.
async fn keep_up(objects: &Objects, before: &str) -> Result<(), ArchiveError> {
    let mut archive = ParquetArchive::open(objects, random()).await?;
    let environment = archive.enter(&sandbox()).await?;
    archive
        .compact(environment, at("2026-05-01T00:00:00Z"))
        .await?;
    archive.forget(environment, at(before)).await?;
    Ok(())
}

/// That the archive has each of these once, that counting says the same, and that nothing is wrong with it.
async fn check(inner: &Arc<InMemory>, expected: &[Delivery], circumstances: &str) {
    let archive = ParquetArchive::open_to_read(&objects(inner.clone()))
        .await
        .unwrap();
    let environment = archive.environment(&sandbox()).unwrap();
    let verified = archive.verify(environment).await.unwrap();
    assert_eq!(verified.faults, [], "{circumstances}");
    let filter = DeliveryFilter::default();
    let wanted = KeptDeliveries {
        environment,
        filter: &filter,
        urls: &[],
        payloads: true,
    };
    let mut ids = Vec::new();
    let mut payloads = 0;
    let each = archive.each(&wanted, |delivery| {
        ids.push((
            delivery.event_created_at,
            delivery.webhook_id,
            delivery.object,
        ));
        payloads += usize::from(delivery.payload.is_some());
        ControlFlow::Continue(())
    });
    each.await.unwrap();
    ids.sort();
    let mut all: Vec<_> = expected
        .iter()
        .map(|delivery| {
            let delivery = delivery.clone();
            (
                delivery.event_created_at,
                delivery.webhook_id,
                delivery.object,
            )
        })
        .collect();
    all.sort();
    assert_eq!(ids, all, "{circumstances}");
    let with_payload = expected
        .iter()
        .filter(|delivery| delivery.payload.is_some())
        .count();
    assert_eq!(payloads, with_payload, "{circumstances}");
    let mut stats = Stats::new(Receivers::default(), whole());
    archive.count(&wanted, &mut stats).await.unwrap();
    let counted: u64 = stats
        .finish()
        .iter()
        .map(|webhook| webhook.total().deliveries)
        .sum();
    assert_eq!(counted, all.len() as u64, "{circumstances}");
}

async fn writes_of<R>(run: impl AsyncFn(Objects) -> R, inner: &Arc<InMemory>) -> usize {
    let store = Store::new(inner, None, 0);
    run(handle(&store)).await;
    store.writes.load(Ordering::SeqCst)
}

fn copy(inner: &Arc<InMemory>) -> Arc<InMemory> {
    Arc::new(inner.fork())
}

#[tokio::test]
async fn wherever_a_run_ends_the_next_one_loses_and_doubles_nothing() {
    let writes = writes_of(
        async |objects| sync(&objects).await.unwrap(),
        &Arc::default(),
    )
    .await;
    assert!(writes > 10, "{writes}");
    for fault in FAULTS {
        for number in 0..writes {
            let circumstances = format!("{fault:?} at write {number}");
            let inner = Arc::new(InMemory::new());
            let store = Store::new(&inner, Some(fault), number);
            let ended = sync(&handle(&store)).await;
            if matches!(fault, Fault::KilledBefore | Fault::KilledAfter) {
                assert!(ended.is_err(), "{circumstances}: {ended:?}");
            }
            store.catch_up().await;
            sync(&objects(inner.clone())).await.unwrap();
            check(&inner, &remembered(), &circumstances).await;
            // And whoever comes after that finds nothing new.
            let again = sync(&objects(inner.clone())).await.unwrap();
            assert_eq!(again.new, 0, "{circumstances}");
        }
    }
}

#[tokio::test]
async fn wherever_merging_and_forgetting_end_nothing_is_lost_or_doubled() {
    let before = Arc::new(InMemory::new());
    // Several files a day.
    for _ in 0..3 {
        sync(&objects(before.clone())).await.unwrap();
    }
    let mut archive = ParquetArchive::open(&objects(before.clone()), random())
        .await
        .unwrap();
    let environment = archive.enter(&sandbox()).await.unwrap();
    let mut all = remembered();
    for number in 100..104 {
        let late = delivery(number, Some(at("2026-03-02T11:11:11Z")));
        all.push(late.clone());
        let masker = Masker::default();
        let payloads = Payloads::Kept(&masker);
        archive
            .keep(environment, vec![late], payloads)
            .await
            .unwrap();
        archive.settle(environment).await.unwrap();
    }
    check(&before, &all, "before").await;
    let forgotten = "2026-03-02T00:00:00Z";
    let keep_up = async |objects: Objects| keep_up(&objects, forgotten).await;
    let writes = writes_of(keep_up, &copy(&before)).await;
    assert!(writes > 10, "{writes}");
    let left: Vec<Delivery> = all
        .iter()
        .filter(|delivery| delivery.event_created_at.unwrap() >= at(forgotten))
        .cloned()
        .collect();
    for fault in FAULTS {
        for number in 0..writes {
            let circumstances = format!("{fault:?} at write {number}");
            let inner = copy(&before);
            let store = Store::new(&inner, Some(fault), number);
            keep_up(handle(&store)).await.ok();
            store.catch_up().await;
            keep_up(objects(inner.clone())).await.unwrap();
            check(&inner, &left, &circumstances).await;
            // All is as if it had been done in one go.
            for _ in 0..2 {
                keep_up(objects(inner.clone())).await.unwrap();
            }
            check(&inner, &left, &circumstances).await;
            let archive = ParquetArchive::open_to_read(&objects(inner)).await.unwrap();
            let verified = archive.verify(environment).await.unwrap();
            let days = archive.days(environment).await.unwrap();
            assert_eq!((days.len(), verified.files), (2, 4), "{circumstances}");
        }
    }
}

#[tokio::test]
async fn two_runs_at_once_lose_and_double_nothing() {
    let writes = writes_of(
        async |objects| sync(&objects).await.unwrap(),
        &Arc::default(),
    )
    .await;
    for number in 0..writes {
        let circumstances = format!("another run at write {number}");
        let inner = Arc::new(InMemory::new());
        let others = inner.clone();
        let mut store = Store::plain(&inner, None, number);
        store.meanwhile = Some(Box::new(move || {
            let others = objects(others.clone());
            Box::pin(async move {
                sync(&others).await.unwrap();
            })
        }));
        sync(&handle(&Arc::new(store))).await.unwrap();
        check(&inner, &remembered(), &circumstances).await;
        let again = sync(&objects(inner.clone())).await.unwrap();
        assert_eq!(again.new, 0, "{circumstances}");
    }
}

#[tokio::test]
async fn a_run_and_one_that_merges_at_once_lose_and_double_nothing() {
    let before = Arc::new(InMemory::new());
    for _ in 0..2 {
        sync(&objects(before.clone())).await.unwrap();
    }
    let keep_up = async |objects: Objects| keep_up(&objects, "2026-01-01T00:00:00Z").await.unwrap();
    let writes = writes_of(keep_up, &copy(&before)).await;
    for number in 0..writes {
        let circumstances = format!("a sync at write {number} of a merge");
        let inner = copy(&before);
        let others = inner.clone();
        let mut store = Store::plain(&inner, None, number);
        store.meanwhile = Some(Box::new(move || {
            let others = objects(others.clone());
            Box::pin(async move {
                sync(&others).await.unwrap();
            })
        }));
        keep_up(handle(&Arc::new(store))).await;
        check(&inner, &remembered(), &circumstances).await;
    }
}

#[tokio::test]
async fn counting_one_day_reads_no_file_of_another() {
    let inner = Arc::new(InMemory::new());
    sync(&objects(inner.clone())).await.unwrap();
    let read = async |since: &str, until: &str| {
        let store = Store::new(&inner, None, usize::MAX);
        let archive = ParquetArchive::open_to_read(&handle(&store)).await.unwrap();
        let filter = DeliveryFilter {
            since: Some(at(since)),
            until: Some(at(until)),
            ..DeliveryFilter::default()
        };
        let wanted = KeptDeliveries {
            environment: archive.environment(&sandbox()).unwrap(),
            filter: &filter,
            urls: &[],
            payloads: false,
        };
        store.read.store(0, Ordering::SeqCst);
        let mut stats = Stats::new(Receivers::default(), whole());
        archive.count(&wanted, &mut stats).await.unwrap();
        store.read.load(Ordering::SeqCst)
    };
    let days = ["2026-03-01", "2026-03-02", "2026-03-03"];
    let mut sum = 0;
    for day in days {
        sum += read(&format!("{day}T00:00:00Z"), &format!("{day}T23:59:59Z")).await;
    }
    let all = read("2026-03-01T00:00:00Z", "2026-03-03T23:59:59Z").await;
    assert_eq!(sum, all);
    assert_eq!(
        read("2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z").await,
        0
    );
}

#[tokio::test]
async fn what_is_damaged_is_found_and_named() {
    let whole = Arc::new(InMemory::new());
    sync(&objects(whole.clone())).await.unwrap();
    use futures_util::TryStreamExt;
    let listed: Vec<_> = whole.list(None).try_collect().await.unwrap();
    let below = |path: &ObjectPath| {
        path.as_ref()
            .strip_prefix("team/archive/")
            .unwrap()
            .to_owned()
    };
    let mut looked_at = 0;
    for object in listed {
        let path = object.location;
        if path.as_ref().ends_with(head::NAME) {
            continue;
        }
        looked_at += 1;
        for is_deleted in [true, false] {
            let inner = copy(&whole);
            if is_deleted {
                inner.delete(&path).await.unwrap();
            } else {
                let bytes = inner.get(&path).await.unwrap().bytes().await.unwrap();
                let mut bytes = bytes.to_vec();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                inner.put(&path, bytes.into()).await.unwrap();
            }
            let archive = ParquetArchive::open_to_read(&objects(inner)).await.unwrap();
            let environment = archive.environment(&sandbox()).unwrap();
            let verified = archive.verify(environment).await.unwrap();
            let circumstances = format!("{path}, deleted: {is_deleted}: {verified:?}");
            if is_deleted && path.as_ref().contains("payloads/") {
                assert_eq!(verified.payloads_gone, 1, "{circumstances}");
            } else if is_deleted && path.as_ref().ends_with(ledger::NAME) {
                // Of the last day, nobody but its files tells.
                assert!(verified.unnamed > 0, "{circumstances}");
            } else {
                // A ledger may say something wrong of a file.
                let is_ledger = path.as_ref().ends_with(ledger::NAME);
                let mut faults = verified.faults.iter();
                let named = faults.any(|fault| is_ledger || fault.object == below(&path));
                assert!(named, "{circumstances}");
            }
        }
    }
    assert!(looked_at > 6, "{looked_at}");
}
