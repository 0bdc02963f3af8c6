//! Stripe, through the real binary; and its official clients, which prove the simulator and read what the program writes.

use std::{fs, path::Path, process::Command};

use hookwright::{
    provider::stripe::PROFILE as STRIPE,
    simulator::{SimulatorBuilder, WebhookSeed},
};
use serde_json::{Value, json};

use crate::support::{Api, Workspace, credentials, receiver::Receiver, tools::client};

fn stripe(set_up: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Api {
    Api::of(&STRIPE, set_up)
}

fn key() -> String {
    let (_, credentials) = credentials(&STRIPE);
    credentials.secret().expose().to_owned()
}

fn workspace(api: &Api, webhooks: &str) -> Workspace {
    let manifest = format!(
        "version: 1
environments:
  sandbox:
    provider: stripe
    base_url: {}
    credentials: {{ api_key: '${{env:STRIPE_KEY}}' }}
webhooks:{webhooks}",
        api.base_url()
    );
    Workspace::with(&manifest)
        .env("STRIPE_KEY", &key())
        .redact(api.base_url(), "[API]")
}

/// Runs a client's script against a simulator.
#[track_caller]
fn drive(mut command: Command, script: &str, api: &Api) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(script);
    let base = api.base_url();
    let base = base.trim_end_matches("/v1/");
    let output = command.arg(script).arg(key()).arg(base).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a client made is read, taken over, and left as it is.
#[track_caller]
fn is_taken_over(api: &Api, made: &Value) {
    let workspace = workspace(api, " {}\n");
    let listed = workspace.run(&["list", "--format", "json"]).code(0).json();
    let count = listed["environments"][0]["webhooks"]
        .as_array()
        .map(Vec::len);
    assert_eq!(count, made.as_array().map(Vec::len), "{listed}");
    let run = workspace.run(&["import", "--all"]);
    assert!(matches!(run.code, 0 | 4), "{}", run.shown());
    let plan = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
    assert!(
        plan.stdout.contains("Nothing to change"),
        "{}",
        plan.shown()
    );
}

#[test]
fn the_official_client_for_python_drives_the_simulator() {
    let Some(python) = client("python3") else {
        return;
    };
    let api = stripe(|builder| builder);
    let made = drive(python, "stripe_client.py", &api);
    assert_eq!(made.as_array().map(Vec::len), Some(3), "{made}");
    is_taken_over(&api, &made);
}

#[test]
fn the_official_client_for_node_drives_the_simulator() {
    let Some(node) = client("node") else { return };
    let api = stripe(|builder| builder);
    let made = drive(node, "stripe_client.cjs", &api);
    assert_eq!(made, json!(["https://hooks.example.com/node/0"]));
    is_taken_over(&api, &made);
}

const TWO: &str = "
  orders:
    url: https://hooks.example.com/orders
    events: [charge.failed, invoice.paid]
    api_version: 2020-08-27
    secret_to: { file: orders.whsec }
  all:
    url: https://hooks.example.com/all
    events: ['*']
    secret_to: { file: all.whsec }
";

#[test]
fn the_official_client_reads_what_was_applied() {
    let Some(python) = client("python3") else {
        return;
    };
    let api = stripe(|builder| builder);
    let _ = workspace(&api, TWO)
        .run(&["apply", "--auto-approve"])
        .code(0);
    let mut read = drive(python, "stripe_reads.py", &api);
    let read = read.as_array_mut().unwrap();
    read.sort_by_key(|endpoint| endpoint["url"].to_string());
    assert_eq!(
        *read,
        [
            json!({"url": "https://hooks.example.com/all", "description": "all", "events": ["*"],
                "status": "enabled", "mark": "all", "api_version": null}),
            json!({"url": "https://hooks.example.com/orders", "description": "orders",
                "events": ["charge.failed", "invoice.paid"],
                "status": "enabled", "mark": "orders", "api_version": "2020-08-27"}),
        ]
    );
}

#[test]
fn a_sample_is_signed_with_the_webhooks_own_secret_and_the_official_client_takes_it() {
    let receiver = Receiver::answering(200);
    let quirks = "loopback-urls=accepted".parse().unwrap();
    let api = stripe(|builder| builder.quirks(quirks));
    let webhooks = format!(
        "
  orders:
    url: {}
    events: [charge.failed]
    secret_to: {{ file: orders.whsec }}
",
        receiver.url("/in")
    );
    let workspace = workspace(&api, &webhooks);
    let arguments = ["test", "orders", "--allow-private", "--allow-unverified"];
    let run = workspace.run(&arguments).code(1);
    assert!(
        run.stderr.contains("could not be read from `orders.whsec`"),
        "{}",
        run.shown()
    );
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let secret = fs::read_to_string(workspace.path().join("orders.whsec")).unwrap();
    let run = workspace.run(&arguments);
    assert!(!run.shown().contains(secret.trim()), "{}", run.shown());
    let requests = receiver.received();
    let signed = requests
        .iter()
        .find(|request| !request.body().is_empty())
        .unwrap();
    let header = signed.headers()["stripe-signature"].to_str().unwrap();
    let key_signs = header.contains(&key());
    assert!(header.starts_with("t=") && !key_signs, "{header}");
    let Some(mut python) = client("python3") else {
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/stripe_verifies.py");
    let delivery = json!([{
        "body": String::from_utf8_lossy(signed.body()), "header": header,
        "secret": secret.trim(), "tolerance": 300,
    }]);
    let file = workspace.write("delivery.json", delivery.to_string());
    let input = fs::File::open(file).unwrap();
    let output = python.arg(script).stdin(input).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown}");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "charge.failed"
    );
}

#[test]
fn what_it_does_not_have_is_said_by_name() {
    let api = stripe(|builder| builder);
    let workspace = workspace(&api, TWO);
    let said = "Stripe has no request history, so environment `sandbox` has none";
    for arguments in [
        &["history"][..],
        &["history", "stats"],
        &["history", "gaps", "--since", "1d"],
        &["history", "sync", "--archive", "a.db"],
        &["history", "--follow"],
        &["plan", "--with-history", "7d"],
        &["apply", "--auto-approve", "--watch", "5s"],
    ] {
        let run = workspace.run(arguments).code(64);
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.shown());
    }
    assert_eq!(api.count("POST"), 0);
    let run = workspace.run(&["doctor"]);
    let none = "Stripe has no request history to look at";
    assert!(run.stdout.contains(none), "{}", run.shown());
    assert!(
        !run.stdout.contains("failed  deliveries"),
        "{}",
        run.shown()
    );
}

#[test]
fn a_key_of_another_mode_is_refused() {
    let api = stripe(|builder| builder);
    for live in ["sk_live_0123456789", "rk_live_0123456789"] {
        let workspace = workspace(&api, TWO).env("STRIPE_KEY", live);
        let run = workspace.run(&["apply", "--auto-approve"]).code(3);
        assert!(api.requests().is_empty(), "{}", run.shown());
    }
}

#[test]
fn more_endpoints_than_there_may_be_are_refused_before_the_first_write() {
    let api = stripe(|builder| builder);
    let webhooks: String = (0..17)
        .map(|n| {
            format!("\n  w{n}: {{ url: 'https://hooks.example.com/{n}', events: [charge.failed], secret_to: {{ file: w{n} }} }}")
        })
        .collect();
    let workspace = workspace(&api, &format!("{webhooks}\n"));
    let run = workspace.run(&["apply", "--auto-approve"]).code(3);
    assert!(run.stdout.contains("16"), "{}", run.shown());
    assert!(!api.requests().iter().any(|it| it.starts_with("POST ")));
}

#[test]
fn what_is_not_to_be_sent_again_is_not() {
    for (fault, method) in [("post:1=500", "POST"), ("get:1=503", "GET")] {
        let api = stripe(|builder| {
            let quirks = "retry-advice=not-again".parse().unwrap();
            builder.quirks(quirks).fault(fault.parse().unwrap())
        });
        let run = workspace(&api, TWO).run(&["apply", "--auto-approve", "--target", "orders"]);
        let said = run.shown().split_whitespace().collect::<Vec<_>>().join(" ");
        let said = said.contains("the provider says not to send it again");
        assert!(run.code != 0 && said, "{}", run.shown());
        // The list is read to plan, right before the first write, and to look whether that was carried out.
        assert!(api.count(method) == 1, "{fault}: {:?}", api.requests());
    }
}

/// Creates an endpoint as somebody else would.
fn endpoint(api: &Api, name: &str, url: &str, own: &Value) {
    let (env_type, credentials) = credentials(&STRIPE);
    let account = api.simulator.account(&credentials);
    let seed = WebhookSeed::new(name, url, ["charge.failed"]);
    let webhook = api.simulator.seed(&account, env_type, seed).unwrap();
    let edited = api.simulator.edit(&webhook.id, |webhook| {
        webhook.own.extend(own.as_object().unwrap().clone());
    });
    let _ = edited.unwrap().unwrap();
}

#[test]
fn what_only_a_create_sets_is_taken_over_too() {
    let api = stripe(|builder| builder);
    let pinned = json!({"api_version": "2020-08-27"});
    endpoint(&api, "pinned", "https://hooks.example.com/pinned", &pinned);
    endpoint(
        &api,
        "newest",
        "https://hooks.example.com/newest",
        &json!({}),
    );
    let workspace = workspace(&api, " {}\n");
    let _ = workspace.run(&["import", "--all"]).code(0);
    let manifest = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    assert_eq!(
        manifest.matches("api_version: \"2020-08-27\"").count(),
        1,
        "{manifest}"
    );
    let plan = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
    assert!(
        plan.stdout.contains("Nothing to change"),
        "{}",
        plan.shown()
    );
    // Whoever begins with what is live gets the same.
    let fresh = Workspace::new().env("STRIPE_SANDBOX_API_KEY", &key());
    let base = api.base_url();
    let arguments = [
        "init",
        "--from-live",
        "--provider",
        "stripe",
        "--base-url",
        &base,
    ];
    let run = fresh.run(&[&arguments[..], &["-e", "sandbox"]].concat());
    let manifest = fs::read_to_string(fresh.path().join("hookwright.yaml"));
    let manifest = manifest.unwrap_or_else(|_| panic!("{}", run.shown()));
    assert!(manifest.contains("2020-08-27"), "{manifest}");
}

#[test]
fn an_endpoint_without_a_name_gets_it_once_it_is_declared() {
    let api = stripe(|builder| builder);
    endpoint(&api, "", "https://hooks.example.com/orders", &json!({}));
    let workspace = workspace(&api, " {}\n");
    let run = workspace.run(&["import", "--all"]);
    let said = run.shown().split_whitespace().collect::<Vec<_>>().join(" ");
    let way_out = "declare it by hand with its URL, and the next apply gives it its name";
    assert!(said.contains(way_out), "{}", run.shown());
    let declared = workspace_of_orders(&api);
    let _ = declared.run(&["apply", "--auto-approve"]).code(0);
    let listed = declared.run(&["list"]).code(0);
    assert!(listed.stdout.contains("orders"), "{}", listed.shown());
    assert_eq!(api.count("POST"), 1);
}

/// That endpoint, declared.
fn workspace_of_orders(api: &Api) -> Workspace {
    workspace(
        api,
        "\n  orders: { url: 'https://hooks.example.com/orders', events: [charge.failed] }\n",
    )
}
