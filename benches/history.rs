//! What archiving and summing up a million deliveries costs: `cargo bench --bench history`.
//!
//! - `history sync` from the simulator on loopback, at page sizes of 100 and 1,000: deliveries a second,
//!   peak memory of the process that archives, and size of the archive for each delivery. The simulator
//!   runs in this process and the archiving in one of its own, so that neither pays for the other.
//! - `history stats` of the archive: the whole process, and counting alone.
//!
//! The rate limit is off on both sides, as it would be all that is measured. `HOOKWRIGHT_BENCH_DELIVERIES`
//! sets another number.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark is its own edge"
)]

use std::{
    fs,
    num::{NonZeroU32, NonZeroUsize},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    thread,
    time::Instant,
};

use futures_util::FutureExt;
use hookwright::{
    delivery::{
        DeliveryFilter, Receivers, Span, Stats,
        archive::{Archive, ArchivedEnvironment, KeptDeliveries, Payloads},
    },
    history::{Keeping, keep},
    model::{Credentials, EnvType, EnvironmentName, MaskedText, Secret},
    net::{BaseUrl, HttpConfig, HttpTransport, RateLimiter},
    provider::{Api, Reader, truv::PROFILE as TRUV},
    simulator::{DeliveryRecord, Server, SharedSimulator, Simulator},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::sync::Mutex;

const CLIENT_ID: &str = "0123456789abcdef0123456789abcdef";
const SECRET: &str = "sandbox-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const WEBHOOKS: usize = 20;
const EVENTS: [&str; 5] = [
    "order-created",
    "order-status-updated",
    "task-status-updated",
    "link-connected",
    "employment-updated",
];

fn deliveries() -> usize {
    let set = std::env::var("HOOKWRIGHT_BENCH_DELIVERIES").ok();
    set.map_or(1_000_000, |text| text.parse().unwrap())
}

/// A simulator on a port, in a thread of its own, that remembers so many deliveries over 30 days.
fn serve(count: usize) -> (SharedSimulator, String) {
    let simulator = Simulator::builder(&TRUV, Arc::new(Timestamp::now))
        .rate_limit(0)
        .remembered_deliveries(NonZeroUsize::new(count).unwrap())
        .quirks("max-page-size=1000".parse().unwrap())
        .build();
    let oldest =
        Timestamp::now() - SignedDuration::from_hours(30 * 24) + SignedDuration::from_mins(20);
    let step = SignedDuration::from_hours(30 * 24).as_micros() / count as i128;
    for n in 0..count {
        let offset = i64::try_from(step * n as i128 * 999 / 1000).unwrap();
        let failed = n % 50 == 0;
        let record = DeliveryRecord {
            webhook_id: format!("{n:032x}"),
            event_type: EVENTS[n % EVENTS.len()].to_owned(),
            event_created_at: oldest + SignedDuration::from_micros(offset),
            status_code: (!failed).then_some(200),
            error_message: failed.then(|| "timed out after 10 s".to_owned()),
            webhook_payload: json!({
                "webhook_id": format!("{:032x}", n + 1),
                "order_id": format!("{:032x}", n / 3),
                "status": "completed",
                "product": "income",
            }),
            webhook_url: format!("https://hooks.example.com/{}", n % WEBHOOKS),
        };
        simulator
            .record_delivery(CLIENT_ID, EnvType::Sandbox, record)
            .unwrap();
    }
    let shared = simulator.clone();
    let (started, url) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let server = Server::bind("127.0.0.1:0", shared).await.unwrap();
            started.send(server.base_url()).unwrap();
            server.serve(std::future::pending()).await;
        });
    });
    (simulator, url.recv().unwrap())
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
        account: CLIENT_ID.to_owned(),
    }
}

/// Archives, in a process of its own; prints deliveries, seconds and peak KiB.
fn archive(url: &str, path: &Path, page_size: u32) {
    let credentials =
        Credentials::new(Secret::new(SECRET)).with("client_id", MaskedText::plain(CLIENT_ID));
    let base_url = BaseUrl::new(url, false).unwrap();
    let transport = HttpTransport::new(&base_url, &HttpConfig::default()).unwrap();
    let api = Api::new(base_url, &TRUV, EnvType::Sandbox, &credentials, transport)
        .unwrap()
        .with_limiter(Arc::new(RateLimiter::per_minute(NonZeroU32::MAX)));
    let reader = Reader::new(Arc::new(api));
    let archive = Mutex::new(Archive::open(path).unwrap());
    let environment = environment();
    let keeping = Keeping {
        environment: &environment,
        here: Timestamp::now(),
        retention: None,
        page_size: Some(page_size),
        payloads: Payloads::Dropped,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let began = Instant::now();
    let kept = runtime
        .block_on(keep(&reader, &archive, &keeping, |_| {}))
        .unwrap();
    let seconds = began.elapsed().as_secs_f64();
    println!("{} {} {seconds} {}", kept.new, kept.pages, peak());
}

/// The peak of this process's memory, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let figure = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    figure.unwrap_or(0)
}

/// Archives in a process of its own and says what that cost.
fn measure(url: &str, path: &Path, page_size: u32, what: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .env("HOOKWRIGHT_BENCH_URL", url)
        .env("HOOKWRIGHT_BENCH_ARCHIVE", path)
        .env("HOOKWRIGHT_BENCH_PAGE", page_size.to_string())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let figures: Vec<f64> = text
        .split_whitespace()
        .map(|figure| figure.parse().unwrap())
        .collect();
    let [new, pages, seconds, peak] = figures[..] else {
        panic!("{text}");
    };
    let size = fs::metadata(path).unwrap().len() as f64;
    println!(
        "{what:<9} pages of {page_size:>5}  {new:>9} new in {pages:>6} pages  {seconds:>7.1} s  {:>7.0} a second  peak {:>5.1} MiB  {:>5.1} bytes each",
        new / seconds,
        peak / 1024.0,
        size / deliveries() as f64,
    );
}

/// Counting alone, and the whole process: the best of several runs.
fn stats(path: &Path) {
    let archive = Archive::open_to_read(path).unwrap();
    let filter = DeliveryFilter::default();
    let kept = KeptDeliveries {
        environment: archive.environment(&environment()).unwrap(),
        filter: &filter,
        urls: &[],
        payloads: false,
    };
    let now = Timestamp::now();
    let window = Span::new(now - SignedDuration::from_hours(30 * 24), now).unwrap();
    let best = |run: &dyn Fn()| {
        let seconds = (0..5).map(|_| {
            let began = Instant::now();
            run();
            began.elapsed().as_secs_f64()
        });
        seconds.fold(f64::INFINITY, f64::min)
    };
    let counting = best(&|| {
        let mut stats = Stats::new(Receivers::default(), window);
        wait(archive.count(&kept, &mut stats)).unwrap();
        let counted: u64 = stats
            .finish()
            .iter()
            .map(|one| one.total().deliveries)
            .sum();
        assert_eq!(counted, deliveries() as u64);
    });
    println!("stats     counting alone     {counting:>6.2} s");
    let folder = path.parent().unwrap();
    let manifest = format!(
        "version: 1
environments:
  sandbox:
    provider: truv
    base_url: http://127.0.0.1:9/v1/
    credentials: {{ client_id: {CLIENT_ID}, access_secret: \"${{env:SECRET}}\" }}
webhooks:
  one: {{ url: \"https://hooks.example.com/1\", events: [order-created] }}
"
    );
    fs::write(folder.join("hookwright.yaml"), manifest).unwrap();
    let whole = best(&|| {
        let status = Command::new(env!("CARGO_BIN_EXE_hookwright"))
            .args(["history", "stats", "--since", "30d", "--archive"])
            .arg(path)
            .current_dir(folder)
            .env("SECRET", SECRET)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
    });
    println!("stats     the whole process  {whole:>6.2} s");
}

fn main() {
    if let Ok(url) = std::env::var("HOOKWRIGHT_BENCH_URL") {
        let path = std::env::var("HOOKWRIGHT_BENCH_ARCHIVE").unwrap();
        let page_size = std::env::var("HOOKWRIGHT_BENCH_PAGE").unwrap();
        archive(&url, Path::new(&path), page_size.parse().unwrap());
        return;
    }
    let (_simulator, url) = serve(deliveries());
    for page_size in [100, 1_000] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive.db");
        measure(&url, &path, page_size, "first run");
        measure(&url, &path, page_size, "again");
        if page_size == 1_000 {
            stats(&path);
        }
    }
}
