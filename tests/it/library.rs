//! The main job as a library: what `examples/embed.rs` shows, and what it refuses whoever embeds it.

use std::{path::Path, process::Command};

use hookwright::{
    diagnostic::{Source, Sources},
    manifest::{Document, Offline},
    model::{Credentials, EnvType, EnvironmentName, MaskedText, Masker, Secret},
    net::{BaseUrl, Stop},
    plan::{Options, Settled},
    run::{
        self, Connected, Look, NotProbed, PlannedEnvironment, Policies, Probing, Session,
        Unattended, Way,
    },
    simulator::{InProcessTransport, SharedSimulator, Simulator, WebhookSeed},
};

use crate::support::{CLIENT_ID, PROD_SECRET, SANDBOX_SECRET};

/// The example, where `cargo test` has built it: `cargo test --test it` alone does not.
fn example() -> Option<Command> {
    let program = Path::new(env!("CARGO_BIN_EXE_hookwright"));
    let name = format!("embed{}", std::env::consts::EXE_SUFFIX);
    let example = program.with_file_name("examples").join(name);
    example.exists().then(|| Command::new(example))
}

#[test]
fn a_manifest_is_planned_applied_and_proven_without_the_program() {
    let Some(mut example) = example() else {
        println!("passed over: the example is not built");
        return;
    };
    let run = example.output().unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    // A library leaves the streams to who uses it.
    assert_eq!(String::from_utf8_lossy(&run.stdout), "");
    assert_eq!(String::from_utf8_lossy(&run.stderr), "");
}

#[test]
fn the_example_is_short() {
    let text = include_str!("../../examples/embed.rs");
    assert!(text.lines().count() < 60, "{}", text.lines().count());
    assert!(!text.contains("hookwright::cli"));
}

const MANIFEST: &str = "
version: 1
environments:
  sandbox: { provider: truv, env_type: sandbox, base_url: simulator }
  prod: { provider: truv, env_type: production, base_url: simulator, heal: probe, prune: true }
webhooks:
  orders: { url: https://hooks.example.com/orders, events: [order-created] }
";

/// A run over both environments, each on an account of one simulator.
fn session(secrets: [&str; 2], options: Options) -> (Session<InProcessTransport>, SharedSimulator) {
    let mut sources = Sources::default();
    sources.add(Source::new("manifest", MANIFEST));
    let selected = ["sandbox", "prod"].map(EnvironmentName::new);
    let found = Document::read(&sources).resolve(&selected, &Offline, &sources);
    assert!(!found.has_errors(), "{:?}", found.diagnostics);
    let profile = found.environments[0].profile;
    let clock = std::sync::Arc::new(|| "2026-03-01T10:00:00Z".parse().unwrap());
    let simulator = Simulator::builder(profile, clock).build();
    let (masker, stop) = (Masker::new(secrets.map(str::to_owned)), Stop::default());
    let environments = found.environments.into_iter().zip(secrets);
    let environments = environments.map(|(resolved, secret)| {
        let credentials =
            Credentials::new(Secret::new(secret)).with("client_id", MaskedText::plain(CLIENT_ID));
        let transport = InProcessTransport::new(simulator.clone());
        let address = BaseUrl::new("http://localhost/v1/", false).unwrap();
        let way = Way::through(transport, address, &credentials);
        Connected::new(resolved, &credentials, way, &masker, &stop).unwrap()
    });
    let environments = environments.collect();
    (
        Session::new(environments, options, Policies::none(), masker, stop),
        simulator,
    )
}

async fn settled(session: &Session<InProcessTransport>) -> Vec<PlannedEnvironment> {
    let drafts = session.draft().await;
    let probing = Probing::<NotProbed>::Not;
    session.settle(drafts, Look::GUARD, probing).await
}

/// Why these plans are not applied; nothing is written.
async fn refused(
    session: &Session<InProcessTransport>,
    simulator: &SharedSimulator,
    planned: Vec<PlannedEnvironment>,
) -> String {
    let applied = run::apply(session, planned, &Unattended).await;
    let is_read = |method: &http::Method| *method == http::Method::GET;
    assert!(simulator.requests().iter().all(|it| is_read(&it.method)));
    applied.unwrap_err().to_string()
}

#[tokio::test(start_paused = true)]
async fn the_plan_of_one_environment_never_reaches_another() {
    let secrets = [SANDBOX_SECRET, PROD_SECRET];
    let (session, simulator) = session(secrets, Options::default());
    let both = || async { settled(&session).await };
    let reversed = both().await.into_iter().rev().collect();
    assert_eq!(
        refused(&session, &simulator, reversed).await,
        "environment `sandbox` was not planned: the plan of `prod` stands where its own is to be"
    );
    let one = both().await.into_iter().take(1).collect();
    assert_eq!(
        refused(&session, &simulator, one).await,
        "environment `prod` was not planned: it has no plan"
    );
    let mut three = both().await;
    three.extend(both().await.into_iter().take(1));
    assert_eq!(
        refused(&session, &simulator, three).await,
        "environment `sandbox` was not planned: it is none of this run"
    );
    let applied = run::apply(&session, both().await, &Unattended).await;
    assert!(
        applied
            .unwrap()
            .iter()
            .all(|environment| environment.is_proven())
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_guard_refuses_is_not_applied() {
    let (session, simulator) = session([SANDBOX_SECRET; 2], Options::default());
    let planned = settled(&session).await;
    assert_eq!(
        refused(&session, &simulator, planned).await,
        "environment `sandbox` was not planned: the environment `prod` has the same access secret"
    );
    assert_eq!(simulator.requests().len(), 0, "the secret was not used");
}

#[tokio::test(start_paused = true)]
async fn what_only_a_probe_may_enable_is_not_applied_without_one() {
    let secrets = [SANDBOX_SECRET, PROD_SECRET];
    let (session, simulator) = session(secrets, Options::default());
    let url = "https://hooks.example.com/orders";
    let disabled = WebhookSeed {
        enabled: false,
        ..WebhookSeed::new("orders", url, ["order-created"])
    };
    simulator
        .seed(CLIENT_ID, EnvType::Production, disabled)
        .unwrap();
    let planned = settled(&session).await;
    let plan: &Settled = planned[1].plan.as_ref().unwrap();
    assert_eq!(plan.operations.len(), 1);
    assert_eq!(
        refused(&session, &simulator, planned).await,
        "nobody has probed what would be enabled again: orders"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_in_use_is_not_deleted() {
    let secrets = [SANDBOX_SECRET, PROD_SECRET];
    let (session, simulator) = session(secrets, Options::default());
    let old = WebhookSeed::new("old", "https://hooks.example.com/old", ["order-created"]);
    simulator.seed(CLIENT_ID, EnvType::Production, old).unwrap();
    // A history that cannot be read says nothing of what is in use.
    simulator.add_fault("get /v1/webhook-requests/:*=500".parse().unwrap());
    let planned = settled(&session).await;
    let why = refused(&session, &simulator, planned).await;
    assert!(
        why.starts_with("a guard refuses the plan: whether `old` had deliveries in the last 24 hours is not known"),
        "{why}"
    );
}
