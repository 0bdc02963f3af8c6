//! What a blast radius costs: a million deliveries of an SQLite archive against a plan of 1,000 operations:
//! `cargo bench --bench blast`. Wall time, and the peak memory of a process that does nothing else; twice as many
//! deliveries may take twice as long. `HOOKWRIGHT_BENCH_DELIVERIES` sets another number.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark is its own edge"
)]

use std::{fs, path::Path, process::Command, time::Instant};

use futures_util::FutureExt;
use hookwright::{
    delivery::{
        Counter, Delivery, DeliveryFilter,
        archive::{Archive, ArchivedEnvironment, KeptDeliveries, Payloads},
    },
    model::{EndpointUrl, EnvType, EnvironmentName, EventType, MaskedText, Place, Route},
    provider::truv::PROFILE as TRUV,
};
use jiff::{SignedDuration, Timestamp};

const OPERATIONS: usize = 1_000;
const EVENTS: [&str; 5] = [
    "order-created",
    "order-status-updated",
    "task-status-updated",
    "link-connected",
    "employment-updated",
];

fn url(host: &str, number: usize) -> EndpointUrl {
    let text = format!("https://{host}.example.com/{number}");
    EndpointUrl::from_live(MaskedText::plain(text))
}

/// A quarter moves to another host, one is deleted, one loses half its event types, one is created.
fn routes() -> Vec<Route> {
    let place = |host: &str, number: usize, many: usize| {
        let events = (0..many).map(|more| EventType::new(EVENTS[(number + more) % EVENTS.len()]));
        Some(Place {
            url: url(host, number),
            events: events.collect(),
        })
    };
    (0..OPERATIONS)
        .map(|number| {
            let (before, after) = match number % 4 {
                0 => (place("hooks", number, 2), place("new", number, 2)),
                1 => (place("hooks", number, 2), None),
                2 => (place("hooks", number, 2), place("hooks", number, 1)),
                _ => (None, place("new", number, 2)),
            };
            Route {
                title: format!("webhook-{number}"),
                before,
                after,
            }
        })
        .collect()
}

/// The outcome of what waits for nothing.
fn wait<R>(future: impl Future<Output = R>) -> R {
    future.now_or_never().unwrap()
}

fn environment() -> ArchivedEnvironment {
    ArchivedEnvironment {
        name: EnvironmentName::new("sandbox"),
        provider: &TRUV,
        env_type: EnvType::Sandbox,
        account: "account".to_owned(),
    }
}

fn fill(path: &Path, count: usize) {
    let mut archive = Archive::open(path).unwrap();
    let environment = wait(archive.enter(&environment())).unwrap();
    let first: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let step = 30 * 24 * 3_600 * 1_000_000 / i64::try_from(count).unwrap();
    for page in (0..count).collect::<Vec<_>>().chunks(10_000) {
        let page: Vec<Delivery> = page
            .iter()
            .map(|number| {
                let webhook = number % OPERATIONS;
                Delivery {
                    webhook_id: Some(format!("{number:032x}")),
                    event_type: EventType::new(EVENTS[(webhook + number / OPERATIONS % 2) % 5]),
                    event_created_at: Some(
                        first + SignedDuration::from_micros(step * i64::try_from(*number).unwrap()),
                    ),
                    status_code: Some(200),
                    error_message: None,
                    webhook_url: url("hooks", webhook),
                    object: None,
                    payload: None,
                }
            })
            .collect();
        wait(archive.keep(environment, page, Payloads::Dropped)).unwrap();
    }
}

/// Counts, and prints what that cost.
fn count(path: &Path) {
    let began = Instant::now();
    let archive = Archive::open_to_read(path).unwrap();
    let routes = routes();
    let urls: Vec<EndpointUrl> = routes
        .iter()
        .filter_map(|route| Some(route.before.as_ref()?.url.clone()))
        .collect();
    let filter = DeliveryFilter::default();
    let kept = KeptDeliveries {
        environment: archive.environment(&environment()).unwrap(),
        filter: &filter,
        urls: &urls,
        payloads: false,
    };
    let mut counter = Counter::new();
    wait(archive.count_against(&kept, &mut counter)).unwrap();
    let deliveries = counter.deliveries();
    let radius = counter.radius(&routes);
    assert_eq!(radius.fates.total(), deliveries);
    println!(
        "{deliveries:>9} deliveries, {OPERATIONS} operations  {:>6.3} s  peak {:>5.1} MiB  {} lost, {} to another host",
        began.elapsed().as_secs_f64(),
        peak() as f64 / 1024.0,
        radius.fates.lost,
        radius.fates.other_host,
    );
}

/// The peak of this process's memory, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let figure = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    figure.unwrap_or(0)
}

fn main() {
    if let Some(path) = std::env::var_os("HOOKWRIGHT_BENCH_ARCHIVE") {
        return count(Path::new(&path));
    }
    let set = std::env::var("HOOKWRIGHT_BENCH_DELIVERIES").ok();
    let most = set.map_or(1_000_000, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    for many in [most / 2, most] {
        let path = folder.path().join(format!("{many}.db"));
        fill(&path, many);
        let status = Command::new(std::env::current_exe().unwrap())
            .env("HOOKWRIGHT_BENCH_ARCHIVE", &path)
            .status()
            .unwrap();
        assert!(status.success());
    }
}
