//! What applying and planning cost against the simulator on loopback: `cargo bench --bench apply`. The
//! arguments `many [COUNT]` choose the large applies alone, the smaller with so many webhooks.
//!
//! - Applying 1,000 creates, 10 % changes and 1,000 deletes, at 0 and 50 ms latency: wall time against
//!   the least possible at that latency and concurrency, requests against the least possible, and CPU
//!   time for each request against a bare loop of the HTTP client.
//! - Applying 10,000 and 100,000 creates: CPU time, of which ten times as many may cost at most eleven times as
//!   much; of the applier, and of the whole process `hookwright apply`.
//! - The whole process `hookwright plan` without a change, at 3 to 10,000 live webhooks.
//!
//! The rate limit is off on both sides, as it would be all that is measured.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a benchmark is its own edge"
)]

use std::{
    collections::BTreeMap,
    fs,
    num::NonZeroU32,
    ops::ControlFlow,
    process::{Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use hookwright::{
    apply::{Approved, Pace, Stop, apply},
    model::{
        Credentials, DesiredState, DesiredWebhook, EndpointUrl, EnvType, EventType, LiveState,
        MaskedText, Policy, Secret, WebhookKey, WebhookName,
    },
    net::{BaseUrl, HttpConfig, HttpTransport, RateLimiter},
    plan::{Answers, Inputs, Options, Settled, draft},
    provider::{Api, ReadWebhooks, Reader, Writer, truv::PROFILE as TRUV},
    simulator::{Server, SharedSimulator, Simulator},
};

const CLIENT_ID: &str = "0123456789abcdef0123456789abcdef";
const SECRET: &str = "sandbox-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const PAGE: usize = 100;
const MANY: usize = 1_000;
/// The smaller of the large applies; the other is ten times as large.
const FEW: usize = 10_000;

/// A simulator on a port, in a thread of its own.
fn serve(latency: Duration) -> (SharedSimulator, String) {
    let clock = Arc::new(|| "2026-01-02T03:04:05Z".parse().unwrap());
    let simulator = Simulator::builder(&TRUV, clock)
        .rate_limit(0)
        .latency(latency)
        .quirks(format!("page-size={PAGE}").parse().unwrap())
        .build();
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

fn desired(count: usize, changed: usize) -> DesiredState {
    let webhook = |n: usize| DesiredWebhook {
        name: WebhookName::new(MaskedText::plain(format!("acme-{n:05}"))).unwrap(),
        url: EndpointUrl::new(MaskedText::plain(format!(
            "https://hooks.example.com/{n:05}"
        )))
        .unwrap(),
        events: if n < changed {
            vec!["order-created"]
        } else {
            vec!["order-created", "link-connected"]
        }
        .into_iter()
        .map(EventType::new)
        .collect(),
        enabled: true,
        moved_from: Vec::new(),
        adopt: false,
        create_only: BTreeMap::new(),
        secret_to: None,
        secret_from: None,
        rotate: None,
        replace: false,
    };
    DesiredState {
        webhooks: (0..count)
            .map(|n| (WebhookKey::new(format!("hook-{n:05}")), webhook(n)))
            .collect(),
        ..DesiredState::default()
    }
}

fn planned(desired: &DesiredState, live: LiveState) -> Settled {
    let policy = Policy {
        prune: true,
        ..Policy::default()
    };
    let options = Options {
        allow_empty: true,
        ..Options::default()
    };
    let inputs = Inputs {
        desired,
        policy: &policy,
        profile: &TRUV,
        env_type: EnvType::Sandbox,
        options: &options,
    };
    draft(&inputs, &live).settle(&Answers::NOT_ASKED)
}

/// User and system time of this thread, in seconds: the client's, as the server has its own.
fn cpu() -> f64 {
    let stat =
        fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells a thread's CPU time");
    stat.split_whitespace()
        .next()
        .unwrap()
        .parse::<f64>()
        .unwrap()
        / 1e9
}

async fn apply_to(
    desired: &DesiredState,
    simulator: &SharedSimulator,
    url: &str,
    latency: Duration,
    what: &str,
) -> f64 {
    let credentials =
        Credentials::new(Secret::new(SECRET)).with("client_id", MaskedText::plain(CLIENT_ID));
    let base_url = BaseUrl::new(url, false).unwrap();
    let transport = HttpTransport::new(&base_url, &HttpConfig::default()).unwrap();
    let api = Api::new(base_url, &TRUV, EnvType::Sandbox, &credentials, transport)
        .unwrap()
        .with_limiter(Arc::new(RateLimiter::per_minute(NonZeroU32::MAX)));
    let api = Arc::new(api);
    let (reader, writer) = (Reader::new(api.clone()), Writer::new(api));
    let live = LiveState {
        webhooks: reader.list().await.unwrap(),
    };
    let plan = planned(desired, live);
    let before = simulator.requests().len();
    let (began, cpu_before) = (Instant::now(), cpu());
    let pace = Pace::default();
    let report = apply(
        Approved::new(&plan).unwrap(),
        &writer,
        pace,
        &Stop::default(),
        &|_| ControlFlow::Continue(()),
    )
    .await;
    let (wall, cpu) = (began.elapsed(), cpu() - cpu_before);
    assert!(report.is_complete());
    let requests = simulator.requests().len() - before;
    let rounds = plan.steps.len().div_ceil(pace.concurrency.get());
    let least = latency * u32::try_from(rounds).unwrap();
    println!(
        "{what:<22} {:>5} ms latency  {:>5} requests (least {:>5})  wall {:>7.3} s (latency alone {:>6.3} s)  CPU {:>5.0} µs a request",
        latency.as_millis(),
        requests,
        plan.steps.len(),
        wall.as_secs_f64(),
        least.as_secs_f64(),
        cpu / requests as f64 * 1e6,
    );
    cpu
}

/// The HTTP client alone, one request after the other: what each costs at the least.
async fn bare(url: &str) {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let client = reqwest::Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .build()
        .unwrap();
    let (requests, cpu_before) = (MANY, cpu());
    for n in 0..requests {
        let response = client
            .get(format!("{url}webhooks/nothing-{n}/"))
            .header("x-access-client-id", CLIENT_ID)
            .header("x-access-secret", SECRET)
            .send()
            .await
            .unwrap();
        response.bytes().await.unwrap();
    }
    println!(
        "bare client            {:>5.0} µs CPU a request",
        (cpu() - cpu_before) / requests as f64 * 1e6
    );
}

fn manifest(url: &str, count: usize) -> String {
    let mut text = format!(
        "version: 1
environments:
  sandbox:
    provider: truv
    base_url: {url}
    limits: {{ requests_per_minute: {limit}, rate_share: 1 }}
    credentials: {{ client_id: {CLIENT_ID}, access_secret: \"${{env:SECRET}}\" }}
webhooks:
",
        limit = u32::MAX
    );
    for n in 0..count {
        text.push_str(&format!(
            "  hook-{n:05}: {{ name: acme-{n:05}, url: \"https://hooks.example.com/{n:05}\", events: [order-created, link-connected] }}\n"
        ));
    }
    text
}

/// The whole process, without a change: median of several runs.
fn whole_process(url: &str, count: usize) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hookwright.yaml"), manifest(url, count)).unwrap();
    let plan = ["plan", "--detailed-exitcode"];
    let mut runs: Vec<(f64, f64, u64)> = (0..7).map(|_| run(folder.path(), &plan)).collect();
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (wall, cpu, peak) = runs[runs.len() / 2];
    println!(
        "plan, {count:>6} unchanged   wall {:>7.1} ms   CPU {:>7.1} ms   peak {:>5.1} MiB",
        wall * 1e3,
        cpu * 1e3,
        peak as f64 / 1024.0
    );
}

/// Wall and CPU seconds and peak KiB, as `/usr/bin/time` tells them.
fn run(folder: &std::path::Path, arguments: &[&str]) -> (f64, f64, u64) {
    let began = Instant::now();
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%U %S %M", env!("CARGO_BIN_EXE_hookwright")])
        .args(arguments)
        .current_dir(folder)
        .env("SECRET", SECRET)
        .stdout(Stdio::null())
        .output()
        .expect("/usr/bin/time is there");
    let wall = began.elapsed().as_secs_f64();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    let mut figures = text.lines().last().unwrap().split_whitespace();
    let mut next = || figures.next().unwrap().parse::<f64>().unwrap();
    let cpu = next() + next();
    (wall, cpu, next() as u64)
}

/// Many creates: what the applier costs, and what the whole process does.
fn many_creates(runtime: &tokio::runtime::Runtime, few: usize) {
    let mut before: Option<(f64, f64)> = None;
    for count in [few, few * 10] {
        let (simulator, url) = serve(Duration::ZERO);
        let desired = desired(count, 0);
        let what = format!("{count} creates");
        let applier = runtime.block_on(apply_to(&desired, &simulator, &url, Duration::ZERO, &what));
        let (_, url) = serve(Duration::ZERO);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("hookwright.yaml"), manifest(&url, count)).unwrap();
        let (wall, process, peak) = run(folder.path(), &["apply", "--auto-approve"]);
        let times = before.map_or(String::new(), |(less, whole)| {
            format!(
                "   {:.1} and {:.1} times the CPU of before",
                applier / less,
                process / whole
            )
        });
        println!(
            "apply, {count:>6} creates   applier's CPU {applier:>6.2} s   process' CPU {process:>6.2} s   wall {wall:>6.2} s   peak {:>6.1} MiB{times}",
            peak as f64 / 1024.0
        );
        before = Some((applier, process));
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut arguments = std::env::args();
    if arguments.any(|argument| argument == "many") {
        let few = arguments.next().and_then(|count| count.parse().ok());
        return many_creates(&runtime, few.unwrap_or(FEW));
    }
    for latency in [Duration::ZERO, Duration::from_millis(50)] {
        let (simulator, url) = serve(latency);
        runtime.block_on(async {
            apply_to(
                &desired(MANY, 0),
                &simulator,
                &url,
                latency,
                "1,000 creates",
            )
            .await;
            apply_to(
                &desired(MANY, MANY / 10),
                &simulator,
                &url,
                latency,
                "10 % changes",
            )
            .await;
            let nothing = DesiredState {
                webhooks: BTreeMap::new(),
                ..DesiredState::default()
            };
            apply_to(&nothing, &simulator, &url, latency, "1,000 deletes").await;
            if latency.is_zero() {
                bare(&url).await;
            }
        });
    }
    for count in [3, 100, 1_000, 10_000] {
        let (simulator, url) = serve(Duration::ZERO);
        for webhook in desired(count, 0).webhooks.values() {
            let events: Vec<String> = webhook.events.iter().map(ToString::to_string).collect();
            let seed = hookwright::simulator::WebhookSeed::new(
                webhook.name.text().expose(),
                webhook.url.text().expose(),
                events.iter().map(String::as_str),
            );
            simulator.seed(CLIENT_ID, EnvType::Sandbox, seed).unwrap();
        }
        whole_process(&url, count);
    }
    many_creates(&runtime, FEW);
}
