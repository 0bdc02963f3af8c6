//! What an archive of Parquet files costs beside an SQLite file: `cargo bench --bench archive`.
//!
//! - Keeping generated deliveries of 30 days, in pages of 1,000 and spans of a day: deliveries a second, peak memory of the
//!   process, and bytes of the archive for each delivery.
//! - `stats` of 30 days and of one day: seconds, and for Parquet the bytes that were read.
//!
//! `HOOKWRIGHT_BENCH_DELIVERIES` sets another number than a million.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark is its own edge"
)]

use std::{fs, path::Path, process::Command, time::Instant};

use hookwright::{
    delivery::{
        Delivery, DeliveryFilter, ObjectId, Receivers, Span, Stats,
        archive::{Archive, ArchivedEnvironment, Folder, KeptDeliveries, Objects, Payloads},
    },
    model::{EndpointUrl, EnvType, EnvironmentName, EventType, MaskedText},
    provider::truv::PROFILE as TRUV,
};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

const DAYS: i64 = 30;
const WEBHOOKS: u64 = 20;
const EVENTS: [&str; 5] = [
    "order-created",
    "order-status-updated",
    "task-status-updated",
    "link-connected",
    "employment-updated",
];

fn deliveries() -> u64 {
    let set = std::env::var("HOOKWRIGHT_BENCH_DELIVERIES").ok();
    set.map_or(1_000_000, |text| text.parse().unwrap())
}

fn first() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// An id as providers make them: no two are alike, and nothing of them can be guessed.
fn id(number: u64) -> String {
    let digest = Sha256::digest(number.to_le_bytes());
    digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn delivery(number: u64, count: u64) -> Delivery {
    let length = u64::try_from(DAYS * 86_400).unwrap();
    // Whole seconds, as providers date them.
    let at = i64::try_from(number * length / count).unwrap();
    let failed = number.is_multiple_of(50);
    Delivery {
        webhook_id: Some(id(number)),
        event_type: EventType::new(EVENTS[usize::try_from(number % 5).unwrap()]),
        event_created_at: Some(first() + SignedDuration::from_secs(at)),
        status_code: (!failed).then_some(200),
        error_message: failed.then(|| "timed out after 10 s".to_owned()),
        webhook_url: EndpointUrl::from_live(MaskedText::plain(format!(
            "https://hooks.example.com/{}",
            number % WEBHOOKS
        ))),
        object: Some(ObjectId::new("order_id", id(number / 3 + u64::MAX / 2))),
        payload: None,
    }
}

fn environment() -> ArchivedEnvironment {
    ArchivedEnvironment {
        name: EnvironmentName::new("prod"),
        provider: &TRUV,
        env_type: EnvType::Production,
        account: "account".to_owned(),
    }
}

fn objects(path: &Path) -> Objects {
    fs::create_dir_all(path).unwrap();
    Objects {
        store: Folder::new(path).unwrap(),
        root: Default::default(),
        url: format!("file://{}", path.display()),
    }
}

async fn open(path: &Path, is_parquet: bool) -> Archive {
    if is_parquet {
        Archive::open_objects(&objects(path), [7; 32])
            .await
            .unwrap()
    } else {
        Archive::open(path).unwrap()
    }
}

/// Keeps all of them; prints seconds and peak KiB.
async fn keep(path: &Path, is_parquet: bool) {
    let mut archive = open(path, is_parquet).await;
    let environment = archive.enter(&environment()).await.unwrap();
    let count = deliveries();
    let mut spent = 0.0;
    for day in 0..u64::try_from(DAYS).unwrap() {
        let (from, to) = (day * count / 30, (day + 1) * count / 30);
        for page in (from..to).step_by(1_000) {
            let page: Vec<Delivery> = (page..to.min(page + 1_000))
                .map(|number| delivery(number, count))
                .collect();
            let began = Instant::now();
            archive
                .keep(environment, page, Payloads::Dropped)
                .await
                .unwrap();
            spent += began.elapsed().as_secs_f64();
        }
        let since = first() + SignedDuration::from_hours(24 * i64::try_from(day).unwrap());
        let span = Span::new(since, since + SignedDuration::from_hours(24)).unwrap();
        let began = Instant::now();
        archive.cover(environment, span).await.unwrap();
        spent += began.elapsed().as_secs_f64();
    }
    println!("{spent} {}", peak());
}

/// Counts so many days; prints how many deliveries, seconds and peak KiB.
async fn stats(path: &Path, is_parquet: bool, days: i64) {
    let began = Instant::now();
    let archive = if is_parquet {
        Archive::open_objects_to_read(&objects(path)).await.unwrap()
    } else {
        Archive::open_to_read(path).unwrap()
    };
    let end = first() + SignedDuration::from_hours(24 * DAYS);
    let since = end - SignedDuration::from_hours(24 * days);
    let filter = DeliveryFilter {
        since: Some(since),
        until: Some(end),
        ..DeliveryFilter::default()
    };
    let wanted = KeptDeliveries {
        environment: archive.environment(&environment()).unwrap(),
        filter: &filter,
        urls: &[],
        payloads: false,
    };
    let mut stats = Stats::new(Receivers::default(), Span::new(since, end).unwrap());
    archive.count(&wanted, &mut stats).await.unwrap();
    let stats = stats.finish();
    let counted: u64 = stats.iter().map(|webhook| webhook.total().deliveries).sum();
    println!("{counted} {} {}", began.elapsed().as_secs_f64(), peak());
}

/// The peak of this process's memory, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let figure = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    figure.unwrap_or(0)
}

fn size(path: &Path) -> u64 {
    match fs::read_dir(path) {
        Ok(entries) => entries.map(|entry| size(&entry.unwrap().path())).sum(),
        Err(_) => path.metadata().map_or(0, |found| found.len()),
    }
}

/// Runs one measurement in a process of its own, and gives the figures that it prints.
fn measured(arguments: &[&str]) -> Vec<f64> {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace()
        .map(|figure| figure.parse().unwrap())
        .collect()
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    match arguments[..] {
        ["keep", store, path] => {
            return runtime.block_on(keep(Path::new(path), store == "parquet"));
        }
        ["stats", store, path, days] => {
            return runtime.block_on(stats(
                Path::new(path),
                store == "parquet",
                days.parse().unwrap(),
            ));
        }
        _ => {}
    }
    let folder = tempfile::tempdir().unwrap();
    let count = deliveries() as f64;
    println!("{count} deliveries of {DAYS} days");
    for store in ["sqlite", "parquet"] {
        let path = folder.path().join(store);
        let path = path.to_str().unwrap();
        let kept = measured(&["keep", store, path]);
        println!(
            "{store}: {:.0} deliveries/s kept, {:.0} MiB at most, {:.1} bytes each",
            count / kept[0],
            kept[1] / 1024.0,
            size(Path::new(path)) as f64 / count,
        );
        for days in ["30", "1"] {
            let runs = (0..3).map(|_| measured(&["stats", store, path, days]));
            let best = runs
                .min_by(|one, other| one[1].total_cmp(&other[1]))
                .unwrap();
            println!(
                "{store}: stats of {days} days: {:.0} deliveries in {:.2} s, {:.0} MiB at most",
                best[0],
                best[1],
                best[2] / 1024.0,
            );
        }
    }
}
