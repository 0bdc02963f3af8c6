//! The law that all rests on: plan, apply, observe, and plan again gives the empty plan, whatever
//! goes wrong on the way and wherever a run was stopped.
//!
//! Client, planner and applier are the real ones; time passes only where they wait.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
    sync::Arc,
};

use hookwright::{
    apply::{self, Approved, Event, Pace, Stop},
    model::{
        Credentials, DesiredState, DesiredWebhook, EndpointUrl, EnvType, EventType, LiveState,
        MaskedText, Policy, Secret, WebhookKey, WebhookName,
    },
    net::BaseUrl,
    plan::{Answers, Inputs, Options, Settled, draft},
    provider::{Api, ReadWebhooks, Reader, Writer, truv::PROFILE as TRUV},
    simulator::{InProcessTransport, SharedSimulator, Simulator, WebhookSeed},
};
use proptest::{prelude::*, test_runner::RngSeed};

use crate::support::{CLIENT_ID, SANDBOX_SECRET};

const EVENTS: [&str; 4] = [
    "order-created",
    "link-connected",
    "link-deleted",
    "profile-updated",
];
/// Runs until it must have converged: more than there can be faults.
const RUNS: usize = 12;

/// A webhook: name, URL, events.
type Hook = (String, String, BTreeSet<&'static str>);

#[derive(Clone, Debug)]
struct Case {
    live: Vec<Hook>,
    desired: Vec<Hook>,
    prune: bool,
    faults: Vec<String>,
    /// After how many operations each run is stopped.
    stops: Vec<usize>,
    quirks: &'static str,
}

fn hooks() -> impl Strategy<Value = Vec<Hook>> {
    let events = prop::sample::subsequence(EVENTS.to_vec(), 1..=EVENTS.len());
    // One webhook for each URL and each name, as the pairing by name is the planner's own matter.
    let names = prop::sample::subsequence((0..6).collect::<Vec<usize>>(), 0..=5).prop_shuffle();
    (names, prop::collection::vec((0..6usize, events), 5)).prop_map(|(names, rest)| {
        let mut urls = BTreeSet::new();
        names
            .into_iter()
            .zip(rest)
            .filter(|(_, (url, _))| urls.insert(*url))
            .map(|(name, (url, events))| {
                let url = format!("https://h{url}.example.com/");
                (format!("hook-{name}"), url, events.into_iter().collect())
            })
            .collect()
    })
}

fn fault() -> impl Strategy<Value = String> {
    let faults = prop::sample::select(vec![
        "reset",
        "reset-after",
        "timeout",
        "timeout-after",
        "429:2",
        "429-words:2",
        "500",
        "500-after",
        "502",
        "503",
        "503:3",
        "truncated",
        "bad-json",
        "login-page",
        "redirect:https://e.example.com/",
        "slow:5",
        "empty",
    ]);
    let methods = prop::sample::select(vec!["get", "post", "patch", "delete", "*"]);
    (methods, 1..6u32, 0..3u32, faults).prop_map(|(method, first, more, fault)| {
        format!("{method}:{first}..{}={fault}", first + more)
    })
}

fn case() -> impl Strategy<Value = Case> {
    (
        hooks(),
        hooks(),
        any::<bool>(),
        prop::collection::vec(fault(), 0..4),
        prop::collection::vec(0..6usize, 0..4),
        prop::sample::select(vec![
            "",
            // Nothing but the client keeps it from creating a webhook twice.
            "duplicate-urls=accepted",
            "page-size=1,list-order=shuffled,id-shape=hex,events-shape=comma",
            "list-shape=array,enabled=absent,env-type-shape=boolean",
        ]),
    )
        .prop_map(|(live, desired, prune, faults, stops, quirks)| Case {
            live,
            desired,
            prune,
            faults,
            stops,
            quirks,
        })
}

fn desired(case: &Case) -> DesiredState {
    let mut state = DesiredState::default();
    for (name, url, events) in &case.desired {
        state.webhooks.insert(
            WebhookKey::new(name.as_str()),
            DesiredWebhook {
                name: WebhookName::new(MaskedText::plain(name.as_str())).unwrap(),
                url: EndpointUrl::new(MaskedText::plain(url.as_str())).unwrap(),
                events: events.iter().map(|event| EventType::new(*event)).collect(),
                enabled: true,
                moved_from: Vec::new(),
                adopt: false,
                create_only: BTreeMap::new(),
                secret_to: None,
                secret_from: None,
                rotate: None,
                replace: false,
            },
        );
    }
    state
}

fn simulator(case: &Case) -> SharedSimulator {
    let clock = Arc::new(|| "2026-01-02T03:04:05Z".parse().unwrap());
    let simulator = Simulator::builder(&TRUV, clock)
        .rate_limit(0)
        .quirks(case.quirks.parse().unwrap())
        .build();
    for (name, url, events) in &case.live {
        let seed = WebhookSeed::new(name, url, events.iter().copied());
        simulator.seed(CLIENT_ID, EnvType::Sandbox, seed).unwrap();
    }
    for fault in &case.faults {
        simulator.add_fault(fault.parse().unwrap());
    }
    simulator
}

fn live(simulator: &SharedSimulator) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let mut all = BTreeMap::new();
    for one in simulator.webhooks(CLIENT_ID, EnvType::Sandbox) {
        let events = one.events.into_iter().collect();
        let before = all.insert(one.webhook_url.clone(), (one.name, events));
        assert!(
            before.is_none(),
            "there are two webhooks at {}",
            one.webhook_url
        );
    }
    all
}

fn plan_for(case: &Case, webhooks: LiveState) -> Settled {
    let policy = Policy {
        prune: case.prune,
        ..Policy::default()
    };
    let options = Options {
        allow_empty: true,
        ..Options::default()
    };
    let inputs = Inputs {
        desired: &desired(case),
        policy: &policy,
        profile: &TRUV,
        env_type: EnvType::Sandbox,
        options: &options,
    };
    draft(&inputs, &webhooks).settle(&Answers::NOT_ASKED)
}

/// One run of the program: whether there was nothing left to do.
async fn run(case: &Case, number: usize, api: &Arc<Api<InProcessTransport>>) -> bool {
    let Ok(webhooks) = Reader::new(Arc::clone(api)).list().await else {
        return false;
    };
    let plan = plan_for(case, LiveState { webhooks });
    // A circle of moves is refused in any state, and is the planner's matter.
    let Ok(approved) = Approved::new(&plan) else {
        return true;
    };
    let stop = Stop::default();
    let left = case.stops.get(number).copied();
    let ended = std::sync::Mutex::new(Cell::new(0));
    let stop_in_time = |event: Event<'_>| {
        if let Event::Ended { .. } = event {
            let ended = ended.lock().unwrap();
            ended.set(ended.get() + 1);
            if left.is_some_and(|left| ended.get() >= left) {
                stop.now();
            }
        }
        ControlFlow::Continue(())
    };
    let writer = Writer::new(Arc::clone(api));
    let report = apply::apply(approved, &writer, Pace::default(), &stop, &stop_in_time).await;
    assert_eq!(report.outcomes.len(), plan.operations.len());
    plan.operations.is_empty()
}

async fn converges(case: Case) {
    let simulator = simulator(&case);
    let credentials = Credentials::new(Secret::new(SANDBOX_SECRET))
        .with("client_id", MaskedText::plain(CLIENT_ID));
    let transport = InProcessTransport::new(simulator.clone());
    let base = BaseUrl::new("http://localhost/v1/", false).unwrap();
    let api = Arc::new(Api::new(base, &TRUV, EnvType::Sandbox, &credentials, transport).unwrap());
    let mut runs = 0;
    while !run(&case, runs, &api).await {
        runs += 1;
        assert!(
            runs < RUNS,
            "it does not converge: {:#?}",
            simulator.requests()
        );
    }
    simulator.clear_faults();
    let webhooks = Reader::new(api).list().await.unwrap();
    if plan_for(&case, LiveState { webhooks }).refusals.is_empty() {
        let live = live(&simulator);
        for (name, url, events) in &case.desired {
            let events = events.iter().map(|&event| event.to_owned()).collect();
            assert_eq!(live.get(url), Some(&(name.clone(), events)));
        }
        if case.prune {
            assert_eq!(live.len(), case.desired.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, rng_seed: RngSeed::Fixed(5), ..ProptestConfig::default() })]

    #[test]
    fn every_run_leads_to_the_declared_state(case in case()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(converges(case));
    }
}
