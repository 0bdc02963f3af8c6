//! No fault loses, doubles or touches anything: every fault at every request, pairs of faults, runs
//! that are cut off at every request, and random ones. After each request the simulator's state is held
//! against what must always hold; at the end the environment must have converged.
//!
//! Time is tokio's, paused: waits cost nothing. `HOOKWRIGHT_FAULT_RUNS` sets the number of random runs.

use std::{
    collections::BTreeSet,
    future::poll_fn,
    ops::ControlFlow,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
};

use bytes::Bytes;
use hookwright::{
    apply::{Approved, Pace, Stop, apply},
    model::{
        CreateOnly, Credentials, DesiredState, DesiredWebhook, EndpointUrl, EnvType, EventType,
        LiveState, MaskedText, Pattern, Policy, Secret, WebhookKey, WebhookName,
    },
    net::{BaseUrl, Transport, TransportError},
    plan::{Answers, Inputs, Options, Settled, draft},
    provider::{Api, ReadWebhooks, Reader, Writer, truv::PROFILE as TRUV},
    simulator::{InProcessTransport, SharedSimulator, Simulator, StoredWebhook, WebhookSeed},
};
use proptest::{prelude::*, test_runner::TestRng};

use crate::support::{CLIENT_ID, SANDBOX_SECRET};

const FAULTS: [&str; 16] = [
    "reset",
    "reset-after",
    "timeout",
    "timeout-after",
    "429:7",
    "429-words:7",
    "500",
    "500-after",
    "502",
    "503:7",
    "truncated",
    "bad-json",
    "login-page",
    "redirect:https://elsewhere.example.com/",
    "slow:1",
    "empty",
];

/// Requests of the scenario without a fault: two lists, and six steps.
const REQUESTS: usize = 8;
const RANDOM_RUNS: usize = 1_000;

type Flows = BTreeSet<(String, String)>;

fn url(path: &str) -> EndpointUrl {
    EndpointUrl::new(MaskedText::plain(format!("https://h.example.com/{path}"))).unwrap()
}

fn declared(
    name: &str,
    path: &str,
    events: &[&str],
    moved_from: &[&str],
) -> (WebhookKey, DesiredWebhook) {
    let webhook = DesiredWebhook {
        name: WebhookName::new(MaskedText::plain(name)).unwrap(),
        url: url(path),
        events: events.iter().map(|event| EventType::new(*event)).collect(),
        enabled: true,
        moved_from: moved_from.iter().map(|path| url(path)).collect(),
        adopt: false,
        create_only: CreateOnly::new(),
        secret_to: None,
        secret_from: None,
        rotate: None,
        replace: false,
    };
    (WebhookKey::new(name), webhook)
}

/// Two webhooks that swap their events (one is widened), one that is created and one that it replaces,
/// one that moves and is renamed, and two of others'.
fn desired() -> DesiredState {
    DesiredState {
        webhooks: [
            declared("a-left", "left", &["link-deleted"], &[]),
            declared("a-right", "right", &["link-connected"], &[]),
            declared("a-new", "new", &["order-created", "profile-created"], &[]),
            declared("a-moved", "to", &["shifts-created"], &["from"]),
        ]
        .into(),
        ..DesiredState::default()
    }
}

fn live() -> SharedSimulator {
    let clock = Arc::new(|| "2026-01-02T03:04:05Z".parse().unwrap());
    // A provider that takes a URL twice does not hide a create that is sent twice.
    let simulator = Simulator::builder(&TRUV, clock)
        .rate_limit(0)
        .quirks("duplicate-urls=accepted".parse().unwrap())
        .build();
    for (name, path, events) in [
        ("a-left", "left", "link-connected"),
        ("a-right", "right", "link-deleted"),
        ("a-old", "old", "order-created"),
        ("a-was", "from", "shifts-created"),
        ("b-other", "other", "statements-updated"),
        ("b-another", "another", "statements-created"),
    ] {
        let seed = WebhookSeed::new(name, url(path).normal(), [events]);
        simulator.seed(CLIENT_ID, EnvType::Sandbox, seed).unwrap();
    }
    simulator
}

fn webhooks(simulator: &SharedSimulator) -> Vec<StoredWebhook> {
    simulator.webhooks(CLIENT_ID, EnvType::Sandbox)
}

fn flows(webhooks: &[StoredWebhook]) -> Flows {
    let sends = |one: &StoredWebhook| -> Vec<(String, String)> {
        one.events
            .iter()
            .map(|event| (event.to_string(), one.webhook_url.clone()))
            .collect()
    };
    webhooks
        .iter()
        .filter(|one| one.enabled)
        .flat_map(sends)
        .collect()
}

/// What must hold after every request.
struct Law {
    before: Flows,
    after: Flows,
    others: Vec<StoredWebhook>,
}

impl Law {
    fn new(simulator: &SharedSimulator) -> Self {
        let now = webhooks(simulator);
        let others: Vec<_> = now
            .iter()
            .filter(|one| one.name.starts_with('b'))
            .cloned()
            .collect();
        let mut after = flows(&others);
        for webhook in desired().webhooks.values() {
            let url = webhook.url.normal();
            after.extend(
                webhook
                    .events
                    .iter()
                    .map(|event| (event.to_string(), url.to_owned())),
            );
        }
        Self {
            before: flows(&now),
            after,
            others,
        }
    }

    fn check(&self, simulator: &SharedSimulator, what: &str) {
        let now = webhooks(simulator);
        let others: Vec<_> = now
            .iter()
            .filter(|one| one.name.starts_with('b'))
            .cloned()
            .collect();
        assert_eq!(others, self.others, "{what}: others' webhooks were touched");
        let urls: BTreeSet<_> = now.iter().map(|one| &one.webhook_url).collect();
        assert_eq!(urls.len(), now.len(), "{what}: doubled: {now:?}");
        let flows = flows(&now);
        for kept in self.before.intersection(&self.after) {
            assert!(flows.contains(kept), "{what}: a gap: {kept:?}");
        }
        let types = |flows: &Flows| -> BTreeSet<String> {
            flows.iter().map(|(event, _)| event.clone()).collect()
        };
        let sent = types(&flows);
        for kept in types(&self.before).intersection(&types(&self.after)) {
            assert!(sent.contains(kept), "{what}: a gap: {kept}");
        }
        for flow in &flows {
            assert!(
                self.before.contains(flow) || self.after.contains(flow),
                "{what}: a stray: {flow:?}"
            );
        }
    }
}

/// Checks the law after every request, and can be cut off.
struct Lawful<'l> {
    inner: InProcessTransport,
    law: &'l Law,
    what: &'l str,
    /// How many requests the process lives for; the one after is sent and its answer never seen.
    lives: usize,
    sent: AtomicUsize,
}

impl Transport for Lawful<'_> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let answer = self.inner.send(request).await;
        self.law.check(self.inner.simulator(), self.what);
        if self.sent.fetch_add(1, Ordering::SeqCst) >= self.lives {
            std::future::pending::<()>().await;
        }
        answer
    }
}

fn planned(live: LiveState) -> Settled {
    let policy = Policy {
        owns: Some(vec![Pattern::new("a-*")]),
        prune: true,
        ..Policy::default()
    };
    let options = Options::default();
    let desired = desired();
    let inputs = Inputs {
        desired: &desired,
        policy: &policy,
        profile: &TRUV,
        env_type: EnvType::Sandbox,
        options: &options,
    };
    draft(&inputs, &live).settle(&Answers::NOT_ASKED)
}

/// One run of the program's core: list, plan, apply, list. How many operations were planned; `None`
/// where a list could not be read.
async fn run(transport: impl Transport) -> Option<usize> {
    let credentials = Credentials::new(Secret::new(SANDBOX_SECRET))
        .with("client_id", MaskedText::plain(CLIENT_ID));
    let base_url = BaseUrl::new("http://localhost/v1/", false).unwrap();
    let api =
        Arc::new(Api::new(base_url, &TRUV, EnvType::Sandbox, &credentials, transport).unwrap());
    let reader = Reader::new(api.clone());
    let plan = planned(LiveState {
        webhooks: reader.list().await.ok()?,
    });
    assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
    let watch = |_: hookwright::apply::Event<'_>| ControlFlow::Continue(());
    let report = apply(
        Approved::new(&plan).unwrap(),
        &Writer::new(api),
        Pace::default(),
        &Stop::default(),
        &watch,
    )
    .await;
    assert_eq!(report.outcomes.len(), plan.operations.len());
    reader.list().await.ok()?;
    Some(plan.operations.len())
}

/// Polls a run until it ends or nothing moves it on any more: then it is dropped, as a process is that
/// is killed.
async fn until_cut_off<R>(run: impl Future<Output = R>, transport_died: impl Fn() -> bool) {
    let mut run = pin!(run);
    poll_fn(|context| match run.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(()),
        Poll::Pending if transport_died() => Poll::Ready(()),
        Poll::Pending => Poll::Pending,
    })
    .await;
}

/// Runs with faults, perhaps cut off, then without any until nothing is left to do.
async fn survive(faults: &[String], lives: usize) {
    let what = format!("{faults:?}, cut off after {lives}");
    let simulator = live();
    let law = Law::new(&simulator);
    for fault in faults {
        simulator.add_fault(fault.parse().unwrap());
    }
    let lawful = |lives| Lawful {
        inner: InProcessTransport::new(simulator.clone()),
        law: &law,
        what: &what,
        lives,
        sent: AtomicUsize::new(0),
    };
    let transport = Arc::new(lawful(lives));
    let died = || transport.sent.load(Ordering::SeqCst) > lives;
    until_cut_off(run(Shared(transport.clone())), died).await;
    simulator.clear_faults();
    run(lawful(usize::MAX)).await.unwrap();
    assert_eq!(
        run(lawful(usize::MAX)).await,
        Some(0),
        "{what}: has not converged"
    );
    assert_eq!(flows(&webhooks(&simulator)), law.after, "{what}");
}

/// A transport that the test can look at while a run has it.
struct Shared<'l>(Arc<Lawful<'l>>);

impl Transport for Shared<'_> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        self.0.send(request).await
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the number of runs is what the test has to show"
)]
fn paused(test: impl Future<Output = usize>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let runs = runtime.block_on(test);
    println!("{runs} runs");
}

#[test]
fn the_scenario_needs_the_requests_it_says() {
    let simulator = live();
    paused(async {
        assert_eq!(
            run(InProcessTransport::new(simulator.clone())).await,
            Some(5)
        );
        1
    });
    assert_eq!(simulator.requests().len(), REQUESTS);
}

#[test]
fn every_fault_at_every_request() {
    paused(async {
        let mut runs = 0;
        for fault in FAULTS {
            for request in 1..=REQUESTS + 2 {
                // Once, and for as long as the policy goes on.
                for which in [request.to_string(), format!("{request}..{}", request + 6)] {
                    survive(&[format!("*:{which}={fault}")], usize::MAX).await;
                    runs += 1;
                }
            }
        }
        runs
    });
}

#[test]
fn cut_off_at_every_request_under_every_fault() {
    paused(async {
        let mut runs = 0;
        for lives in 0..REQUESTS {
            survive(&[], lives).await;
            for fault in FAULTS {
                for request in 2..=REQUESTS {
                    survive(&[format!("*:{request}={fault}")], lives).await;
                    runs += 1;
                }
            }
        }
        runs
    });
}

#[test]
fn pairs_of_faults() {
    paused(async {
        let mut runs = 0;
        for first in FAULTS {
            for second in FAULTS {
                for request in 1..REQUESTS {
                    let second_at = request + 1 + runs % 3;
                    let faults = [
                        format!("*:{request}={first}"),
                        format!("*:{second_at}={second}"),
                    ];
                    survive(&faults, usize::MAX).await;
                    runs += 1;
                }
            }
        }
        runs
    });
}

#[test]
fn random_faults_and_cuts() {
    let number =
        std::env::var("HOOKWRIGHT_FAULT_RUNS").map_or(RANDOM_RUNS, |text| text.parse().unwrap());
    let mut rng = TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha);
    paused(async {
        for _ in 0..number {
            let faults: Vec<String> = (0..rng.random_range(1..6))
                .map(|_| {
                    let fault = FAULTS[rng.random_range(0..FAULTS.len())];
                    let method = ["*", "get", "post", "patch", "delete"][rng.random_range(0..5)];
                    let first = rng.random_range(1..8);
                    format!(
                        "{method}:{first}..{}={fault}",
                        first + rng.random_range(0..3)
                    )
                })
                .collect();
            let lives = if rng.random_bool(0.5) {
                usize::MAX
            } else {
                rng.random_range(0..12)
            };
            survive(&faults, lives).await;
        }
        number
    });
}
