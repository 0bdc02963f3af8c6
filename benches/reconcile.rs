//! What the service costs, as a process of its own against the simulator on loopback: `cargo bench --bench reconcile`.
//!
//! - 1,000 environments of 10 webhooks, in sync: CPU for each round and environment, beside that of a bare request of the
//!   same HTTP client; requests for each round; resident memory; the busiest second against the mean. The interval is 10 s in
//!   place of 10 minutes: what a round costs does not depend on it.
//! - `soak [ROUNDS]`: 100,000 requests with an interval of 1 s, of which every tenth is answered with an error or not at all:
//!   resident memory and open files at the end against those after 20 rounds of each environment, when all that is kept of it
//!   is there.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark is its own edge"
)]

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use hookwright::{
    model::EnvType,
    provider::truv::PROFILE as TRUV,
    simulator::{Server, SharedSimulator, Simulator, WebhookSeed},
};

const ENVIRONMENTS: usize = 1_000;
const WEBHOOKS: usize = 10;
const INTERVAL: u64 = 10;
/// How many intervals pass before it is measured, and while it is.
const WARMING: u32 = 2;
const MEASURED: u32 = 5;
const SOAK: usize = 100_000;

/// A simulator on a port, in a thread of its own.
fn serve(faults: &[&str]) -> (SharedSimulator, String) {
    let faults = faults.iter().map(|fault| fault.parse().unwrap());
    let simulator = Simulator::builder(&TRUV, Arc::new(jiff::Timestamp::now))
        .rate_limit(0)
        .faults(faults)
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

fn client_id(environment: usize) -> String {
    format!("{environment:032x}")
}

/// A manifest of accounts of their own, each with the same webhooks, all of which are live.
fn manifest(simulator: &SharedSimulator, url: &str, interval: u64) -> String {
    let mut text = "version: 1\nenvironments:\n".to_owned();
    for environment in 0..ENVIRONMENTS {
        writeln!(
            text,
            "  env-{environment}: {{ provider: truv, env_type: sandbox, base_url: \"{url}\", credentials: {{ client_id: {}, access_secret: \"${{env:SECRET_{environment}}}\" }}, limits: {{ requests_per_minute: 1000000 }}, reconcile: {{ interval: {interval}s }} }}",
            client_id(environment)
        )
        .unwrap();
        for webhook in 0..WEBHOOKS {
            let url = format!("https://hooks.example.com/{webhook}");
            let seed = WebhookSeed::new(format!("hook-{webhook}"), &url, ["order-created"]);
            simulator
                .seed(&client_id(environment), EnvType::Sandbox, seed)
                .unwrap();
        }
    }
    text.push_str("webhooks:\n");
    for webhook in 0..WEBHOOKS {
        writeln!(
            text,
            "  hook-{webhook}: {{ url: \"https://hooks.example.com/{webhook}\", events: [order-created] }}"
        )
        .unwrap();
    }
    text
}

/// The service, ended when it is dropped.
struct Service(Child);

impl Service {
    fn start(folder: &std::path::Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hookwright"));
        let secrets =
            (0..ENVIRONMENTS).map(|n| (format!("SECRET_{n}"), format!("sandbox-{n:040x}")));
        command
            .args([
                "reconcile",
                "--listen",
                "127.0.0.1:0",
                "--state",
                "state.json",
            ])
            .current_dir(folder)
            .envs(secrets)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.0.id())).unwrap()
    }

    /// User and system time, in seconds.
    fn cpu(&self) -> f64 {
        let threads = fs::read_dir(format!("/proc/{}/task", self.0.id())).unwrap();
        let times = threads.map(|thread| {
            let path = thread.unwrap().path().join("schedstat");
            let stat = fs::read_to_string(path).unwrap();
            stat.split_whitespace()
                .next()
                .unwrap()
                .parse::<f64>()
                .unwrap()
                / 1e9
        });
        times.sum()
    }

    /// Resident memory, in MiB.
    fn memory(&self) -> f64 {
        let status = self.read("status");
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        let kib = line.split_whitespace().nth(1).unwrap();
        kib.parse::<f64>().unwrap() / 1024.0
    }

    fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.0.id()))
            .unwrap()
            .count()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn wait_for_requests(simulator: &SharedSimulator, count: usize) {
    while simulator.requests().len() < count {
        thread::sleep(Duration::from_millis(500));
    }
}

fn in_sync() {
    let (simulator, url) = serve(&[]);
    let folder = tempfile::tempdir().unwrap();
    let text = manifest(&simulator, &url, INTERVAL);
    fs::write(folder.path().join("hookwright.yaml"), text).unwrap();
    let service = Service::start(folder.path());
    wait_for_requests(&simulator, ENVIRONMENTS);
    thread::sleep(Duration::from_secs(INTERVAL) * WARMING);
    let (before, cpu) = (simulator.requests().len(), service.cpu());
    thread::sleep(Duration::from_secs(INTERVAL) * MEASURED);
    let (requests, cpu) = (simulator.requests().split_off(before), service.cpu() - cpu);
    let mut seconds: BTreeMap<i64, usize> = BTreeMap::new();
    for request in &requests {
        *seconds.entry(request.at.as_second()).or_default() += 1;
    }
    let busiest = seconds.values().max().copied().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "far below where that matters")]
    let (rounds, busiest) = (requests.len() as f64, busiest as f64);
    let mean = rounds / (Duration::from_secs(INTERVAL) * MEASURED).as_secs_f64();
    println!(
        "{ENVIRONMENTS} environments in sync   {rounds} rounds   CPU {:>5.0} µs a round   memory {:>6.1} MiB   busiest second {busiest} of {mean:.1} in the mean",
        cpu / rounds * 1e6,
        service.memory()
    );
    drop(service);
    bare(&simulator, &url);
}

/// The HTTP client alone: what each request costs at the least.
fn bare(simulator: &SharedSimulator, url: &str) {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let before = simulator.requests().len();
    let cpu = || {
        let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        stat.split_whitespace()
            .next()
            .unwrap()
            .parse::<f64>()
            .unwrap()
            / 1e9
    };
    let began = cpu();
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .tls_certs_only([])
            .no_proxy()
            .build()
            .unwrap();
        for environment in 0..ENVIRONMENTS {
            let response = client
                .get(format!("{url}webhooks/"))
                .header("x-access-client-id", client_id(environment))
                .header("x-access-secret", format!("sandbox-{environment:040x}"))
                .send()
                .await
                .unwrap();
            response.bytes().await.unwrap();
        }
    });
    let requests = simulator.requests().len() - before;
    #[expect(clippy::cast_precision_loss, reason = "a thousand")]
    let each = (cpu() - began) / requests as f64;
    println!(
        "the bare client          {requests} requests   CPU {:>5.0} µs a request",
        each * 1e6
    );
}

fn soak(rounds: usize) {
    let faults = ["500", "bad-json", "reset", "429:1", "502"];
    let rules = (500..rounds).step_by(1_000).zip(faults.iter().cycle());
    let rules = rules.map(|(from, fault)| format!("get:{from}..{}={fault}", from + 99));
    let rules: Vec<String> = rules.collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let (simulator, url) = serve(&rules);
    let folder = tempfile::tempdir().unwrap();
    let text = manifest(&simulator, &url, 1);
    fs::write(folder.path().join("hookwright.yaml"), text).unwrap();
    let began = Instant::now();
    let service = Service::start(folder.path());
    let mut first = None;
    for done in (ENVIRONMENTS * 20..=rounds).step_by(ENVIRONMENTS) {
        wait_for_requests(&simulator, done);
        let now = (service.memory(), service.open_files());
        let (memory, files) = *first.get_or_insert(now);
        if done % 10_000 == 0 {
            println!(
                "soak, {done:>7} requests in {:>5.0} s   memory {:>6.1} MiB ({:+.1} %)   open files {} ({files} at first)",
                began.elapsed().as_secs_f64(),
                now.0,
                (now.0 / memory - 1.0) * 100.0,
                now.1
            );
        }
    }
}

fn main() {
    let mut arguments = std::env::args();
    if arguments.any(|argument| argument == "soak") {
        let rounds = arguments.next().and_then(|count| count.parse().ok());
        return soak(rounds.unwrap_or(SOAK));
    }
    in_sync();
}
