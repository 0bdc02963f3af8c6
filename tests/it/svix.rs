//! Svix, through the program and its simulator: endpoints of an application, whose event types are the account's own.

use std::{fs, path::Path, process::Command};

use hookwright::{
    model::EnvType,
    provider::svix::PROFILE as SVIX,
    simulator::{DeliveryRecord, SimulatorBuilder},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::{Api, Workspace, credentials, receiver::Receiver, tools::client};

const ENVIRONMENT: &str = "version: 1
environments:
  sandbox: { provider: svix, base_url: simulator }
webhooks:
";

fn workspace(webhooks: &str) -> Workspace {
    Workspace::with(&format!("{ENVIRONMENT}{webhooks}"))
}

#[test]
fn endpoints_are_applied_and_their_keys_are_kept() {
    let workspace = workspace(
        "  orders: { url: 'https://hooks.example.com/orders', events: [order.created], secret_to: { file: orders.key } }
  all: { url: 'https://hooks.example.com/all', events: ['*'], secret_to: { file: all.key } }
",
    );
    let run = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert!(
        run.stdout.contains("Applied: 2 operations done."),
        "{}",
        run.shown()
    );
    let keys: Vec<String> = ["orders.key", "all.key"]
        .iter()
        .map(|name| std::fs::read_to_string(workspace.path().join(name)).unwrap())
        .collect();
    assert!(keys.iter().all(|key| key.starts_with("whsec_")) && keys[0] != keys[1]);
    // Nothing shows them, and nothing is left to do.
    let run = workspace.run(&["apply", "--auto-approve", "-vvv"]).code(0);
    assert!(run.stdout.contains("Nothing to change"), "{}", run.shown());
    let run = workspace.run(&["list", "-vvv"]).code(0);
    assert!(run.stdout.contains("events    *"), "{}", run.shown());
    for key in &keys {
        assert!(!run.shown().contains(key.trim()), "a key is shown");
    }
    let _ = workspace.run(&["drift"]).code(0);
}

#[test]
fn event_types_are_the_accounts_own() {
    // Offline nobody knows them; what the account does not have, it refuses, by name.
    let orders = |events: &str| {
        workspace(&format!(
            "  orders: {{ url: 'https://hooks.example.com/orders', events: {events}, secret_to: {{ file: orders.key }} }}\n"
        ))
    };
    let _ = orders("[loan.decided]").run(&["validate"]).code(0);
    let run = orders("[loan.decided]")
        .run(&["apply", "--auto-approve"])
        .code(1);
    assert!(
        run.stdout.contains("The following event types don't exist"),
        "{}",
        run.shown()
    );
    let run = orders("['order.*']").run(&["validate"]).code(65);
    assert!(
        run.stdout
            .contains("cannot stand for event types: those of Svix are the account's own"),
        "{}",
        run.shown()
    );
}

/// A simulator on a port, at the present time.
fn svix(set_up: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Api {
    Api::with_clock(&SVIX, std::sync::Arc::new(Timestamp::now), set_up)
}

/// The token and the application that everything here belongs to.
fn account() -> (String, String) {
    let (_, credentials) = credentials(&SVIX);
    let application = credentials.get("application").unwrap().expose().to_owned();
    (credentials.secret().expose().to_owned(), application)
}

fn at(api: &Api, webhooks: &str) -> Workspace {
    let (token, application) = account();
    let manifest = format!(
        "version: 1
environments:
  sandbox:
    provider: svix
    base_url: {}
    credentials: {{ token: '${{env:SVIX_TOKEN}}', application: {application} }}
webhooks:{webhooks}",
        api.base_url()
    );
    Workspace::with(&manifest)
        .env("SVIX_TOKEN", &token)
        .env("TZ", "UTC")
        .redact(api.base_url(), "[API]")
}

/// Runs a client's script against a simulator.
#[track_caller]
fn drive(mut command: Command, script: &str, api: &Api) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(script);
    let (token, application) = account();
    let base = api.base_url();
    let base = base.trim_end_matches("/api/v1/");
    let arguments = [token.as_str(), &application, base];
    let output = command.arg(script).args(arguments).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a client made is read, taken over, and left as it is.
#[track_caller]
fn is_taken_over(api: &Api, made: &Value) {
    let workspace = at(api, " {}\n");
    let listed = workspace.run(&["list", "--format", "json"]).code(0).json();
    let count = listed["environments"][0]["webhooks"]
        .as_array()
        .map(Vec::len);
    assert_eq!(count, made.as_array().map(Vec::len), "{listed}");
    let run = workspace.run(&["import", "--all"]).code(0);
    let plan = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
    assert!(
        plan.stdout.contains("Nothing to change"),
        "{}{}",
        run.shown(),
        plan.shown()
    );
}

#[test]
fn the_official_client_for_python_drives_the_simulator() {
    let Some(python) = client("python3") else {
        return;
    };
    let api = svix(|builder| builder);
    let made = drive(python, "svix_client.py", &api);
    assert_eq!(made.as_array().map(Vec::len), Some(4), "{made}");
    is_taken_over(&api, &made);
}

#[test]
fn the_official_client_for_node_drives_the_simulator() {
    let Some(node) = client("node") else { return };
    let api = svix(|builder| builder);
    let made = drive(node, "svix_client.cjs", &api);
    assert_eq!(made, json!(["https://hooks.example.com/node/0"]));
    is_taken_over(&api, &made);
}

const TWO: &str = "
  orders: { url: 'https://hooks.example.com/orders', events: [order.created, invoice.paid], secret_to: { file: orders.key } }
  all: { url: 'https://hooks.example.com/all', events: ['*'], enabled: false, secret_to: { file: all.key } }
";

#[test]
fn the_official_client_reads_what_was_applied() {
    let Some(python) = client("python3") else {
        return;
    };
    let api = svix(|builder| builder);
    let workspace = at(&api, TWO);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let key = |name: &str| {
        let key = fs::read_to_string(workspace.path().join(name)).unwrap();
        key.trim().to_owned()
    };
    let mut read = drive(python, "svix_reads.py", &api);
    let read = read.as_array_mut().unwrap();
    read.sort_by_key(|endpoint| endpoint["url"].to_string());
    assert_eq!(
        *read,
        [
            json!({"url": "https://hooks.example.com/all", "description": "all", "events": null,
                "disabled": true, "mark": "all", "uid": null, "key": key("all.key")}),
            json!({"url": "https://hooks.example.com/orders", "description": "orders",
                "events": ["invoice.paid", "order.created"],
                "disabled": false, "mark": "orders", "uid": null, "key": key("orders.key")}),
        ]
    );
}

#[test]
fn an_update_leaves_what_is_not_ours() {
    let api = svix(|builder| builder);
    let workspace = at(&api, TWO);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let (_, credentials) = credentials(&SVIX);
    let account = api.simulator.account(&credentials);
    let webhooks = api.simulator.webhooks(&account, EnvType::Production);
    let orders = webhooks.iter().find(|it| it.name == "orders").unwrap();
    let others = json!({"uid": "their-uid", "channels": ["a"], "throttleRate": 5,
        "metadata": {"hookwright": "orders", "team": "risk"}});
    let edited = api.simulator.edit(&orders.id, |webhook| {
        webhook.own.extend(others.as_object().unwrap().clone());
    });
    let before = edited.unwrap().unwrap();
    let manifest = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    workspace.write(
        "hookwright.yaml",
        manifest.replace("invoice.paid", "invoice.created"),
    );
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let webhooks = api.simulator.webhooks(&account, EnvType::Production);
    let after = webhooks.iter().find(|it| it.id == orders.id).unwrap();
    assert_eq!(after.own, before.own);
    assert_eq!(after.events, ["invoice.created", "order.created"]);
}

#[test]
fn attempts_of_all_endpoints_are_one_history_the_latest_first() {
    let quirks = "page-size=2".parse().unwrap();
    let api = svix(|builder| builder.quirks(quirks));
    let workspace = at(&api, TWO);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let (_, credentials) = credentials(&SVIX);
    let account = api.simulator.account(&credentials);
    let now = Timestamp::now();
    for number in 0..7_i64 {
        let name = if number % 3 == 0 { "all" } else { "orders" };
        let record = DeliveryRecord {
            webhook_id: String::new(),
            event_type: format!("invoice.{number}"),
            event_created_at: now - SignedDuration::from_mins(60 - number),
            status_code: (number != 4).then_some(200),
            error_message: (number == 4).then(|| "timed out".to_owned()),
            webhook_payload: json!({"number": number}),
            webhook_url: format!("https://hooks.example.com/{name}"),
        };
        let stored = api
            .simulator
            .record_delivery(&account, EnvType::Production, record);
        stored.unwrap();
    }
    let lines = |arguments: &[&str]| -> Vec<Value> {
        let arguments = [&["history"], arguments, &["--format", "jsonl"]].concat();
        let run = workspace.run(&arguments).code(0);
        let lines = run.stdout.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let events = |lines: Vec<Value>| -> Vec<String> {
        let events = lines
            .iter()
            .map(|line| line["event_type"].as_str().unwrap());
        events
            .map(|event| event.trim_start_matches("invoice.").to_owned())
            .collect()
    };
    assert_eq!(events(lines(&[])), ["6", "5", "4", "3", "2", "1", "0"]);
    assert_eq!(events(lines(&["--limit", "3"])), ["6", "5", "4"]);
    let since = (now - SignedDuration::from_secs(60 * 57 + 30)).to_string();
    assert_eq!(events(lines(&["--since", &since])), ["6", "5", "4", "3"]);
    let failed = lines(&["--status", "none"]);
    assert_eq!(failed[0]["status_code"], Value::Null, "{failed:?}");
    assert_eq!(failed.len(), 1);
    let run = workspace.run(&["history", "stats"]).code(0);
    assert!(run.stdout.contains("orders"), "{}", run.shown());
    let run = workspace.run(&["history", "gaps", "--since", "2h"]);
    assert!(run.stdout.contains("invoice.4"), "{}", run.shown());
}

#[test]
fn what_carries_events_is_not_deleted_unasked() {
    let api = svix(|builder| builder);
    let workspace = at(&api, TWO);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let (_, credentials) = credentials(&SVIX);
    let record = DeliveryRecord {
        webhook_id: String::new(),
        event_type: "invoice.paid".to_owned(),
        event_created_at: Timestamp::now() - SignedDuration::from_mins(5),
        status_code: Some(200),
        error_message: None,
        webhook_payload: json!({}),
        webhook_url: "https://hooks.example.com/orders".to_owned(),
    };
    let account = api.simulator.account(&credentials);
    let stored = api
        .simulator
        .record_delivery(&account, EnvType::Production, record);
    stored.unwrap();
    let manifest = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    let without: String = manifest
        .lines()
        .filter(|line| !line.contains("  orders:"))
        .map(|line| format!("{line}\n"))
        .collect();
    workspace.write("hookwright.yaml", without + "removed: [orders]\n");
    let run = workspace.run(&["apply", "--auto-approve"]).code(3);
    assert!(run.shown().contains("live-traffic"), "{}", run.shown());
}

#[test]
fn a_sample_is_signed_as_standard_webhooks_are() {
    let receiver = Receiver::answering(200);
    let api = svix(|builder| builder);
    let webhooks = format!(
        "\n  orders: {{ url: '{}', events: [order.created], secret_to: {{ file: orders.key }} }}\n",
        receiver.url("/in")
    );
    let workspace = at(&api, &webhooks);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let arguments = ["test", "orders", "--allow-private", "--allow-unverified"];
    let _ = workspace.run(&arguments);
    let received = receiver.received();
    let signed = received.iter().find(|it| !it.body().is_empty()).unwrap();
    let header = |name: &str| {
        let value = signed.headers()[name].to_str().unwrap();
        format!("{name}: {value}")
    };
    let headers = ["svix-id", "svix-timestamp", "svix-signature"].map(header);
    let mut arguments = vec![
        "verify-signature",
        "--provider",
        "svix",
        "--secret-file",
        "orders.key",
    ];
    for header in &headers {
        arguments.extend(["--header", header]);
    }
    let body = String::from_utf8_lossy(signed.body()).into_owned();
    let run = workspace.run_with_input(&arguments, &body).code(0);
    assert!(run.stdout.starts_with("Valid"), "{}", run.shown());
    let wrong = workspace.run_with_input(&arguments, "{}").code(1);
    assert!(
        wrong
            .stdout
            .contains("this body and key do not give the value"),
        "{}",
        wrong.shown()
    );
    let later = [&arguments[..], &["--at", "2030-01-01T00:00:00Z"]].concat();
    let old = workspace.run_with_input(&later, &body).code(1);
    assert!(old.stdout.contains("receivers take"), "{}", old.shown());
}
