//! Svix, through the program and its simulator: endpoints of an application, whose event types are the account's own.

use std::{fs, path::Path, process::Command};

use hookwright::{
    model::EnvType,
    provider::svix::PROFILE as SVIX,
    simulator::{DeliveryRecord, SimulatorBuilder},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::{
    Api, Workspace, credentials,
    receiver::Receiver,
    svix::{account, ask, verification},
    tools::client,
};

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

/// A simulator on a port, at the present time.
fn svix(set_up: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Api {
    Api::with_clock(&SVIX, std::sync::Arc::new(Timestamp::now), set_up)
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
    let (arguments, body) = verification(signed, "orders.key");
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
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

/// The requests that ask for the account's event types.
fn looked_up(api: &Api) -> usize {
    let requests = api.requests();
    requests
        .iter()
        .filter(|it| it.contains("event-type"))
        .count()
}

fn writes(api: &Api) -> usize {
    ["POST", "PATCH", "DELETE"]
        .map(|it| api.count(it))
        .iter()
        .sum()
}

const UNKNOWN: &str = "
  orders: { url: 'https://hooks.example.com/orders', events: [order.craeted, invoice.paid], secret_to: { file: orders.key } }
  loans: { url: 'https://hooks.example.com/loans', events: [loan.decided], secret_to: { file: loans.key } }
";

#[test]
fn event_types_that_the_account_does_not_have_are_refused_before_the_first_write() {
    let api = svix(|builder| builder);
    let workspace = at(&api, UNKNOWN);
    // Offline nobody knows them.
    let _ = workspace.run(&["validate"]).code(0);
    assert!(api.requests().is_empty());
    let run = workspace.run(&["apply", "--auto-approve"]).code(3);
    assert_eq!((looked_up(&api), writes(&api)), (1, 0));
    insta::assert_snapshot!(run.stdout);
    let plan = workspace.run(&["plan", "--format", "json"]).code(3).json();
    let refusals = plan["environments"][0]["refusals"].as_array().unwrap();
    let codes: Vec<&Value> = refusals.iter().map(|it| &it["code"]).collect();
    assert_eq!(codes, ["event-type", "event-type"], "{plan}");
    let run = workspace.run(&["plan", "--out", "p.json"]).code(3);
    assert!(run.stdout.contains("order.created"), "{}", run.shown());
    let manifest = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    let applies = "provider: svix\n    reconcile: { mode: apply }";
    workspace.write(
        "hookwright.yaml",
        manifest.replace("provider: svix", applies),
    );
    let run = workspace
        .run(&["reconcile", "--once", "--state", "state.json", "--unlocked"])
        .code(3);
    assert!(
        run.stdout.contains("that the account does not have"),
        "{}",
        run.shown()
    );
    assert_eq!(writes(&api), 0);
    // Somebody creates what is missing, and what was misspelt is mended.
    assert_eq!(
        ask(
            &api,
            "POST",
            "event-type",
            &json!({"name": "loan.decided", "description": ""})
        ),
        201
    );
    workspace.write("hookwright.yaml", manifest.replace("craeted", "created"));
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
}

#[test]
fn an_event_type_that_was_put_away_is_refused_where_it_would_be_sent() {
    let api = svix(|builder| builder);
    let workspace = at(&api, TWO);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert_eq!(
        ask(&api, "DELETE", "event-type/invoice.paid", &Value::Null),
        204
    );
    let before = (looked_up(&api), writes(&api));
    // Nothing is to change, so nobody asks.
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
    let manifest = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    // What does not send it may change.
    workspace.write(
        "hookwright.yaml",
        manifest.replace("example.com/orders", "example.com/moved"),
    );
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(2);
    assert_eq!((looked_up(&api), writes(&api)), before);
    workspace.write(
        "hookwright.yaml",
        manifest.replace("[order.created, ", "[order.shipped, "),
    );
    let run = workspace.run(&["apply", "--auto-approve"]).code(3);
    assert!(
        run.stdout.contains("that the account has archived"),
        "{}",
        run.shown()
    );
    assert_eq!(writes(&api), before.1);
}

#[test]
fn a_saved_plan_asks_again_which_event_types_there_are() {
    let api = svix(|builder| builder);
    let workspace = at(&api, TWO);
    let _ = workspace.run(&["plan", "--out", "p.json"]).code(0);
    assert_eq!(
        ask(&api, "DELETE", "event-type/invoice.paid", &Value::Null),
        204
    );
    let run = workspace.run(&["apply", "p.json"]).code(3);
    assert!(run.stdout.contains("event-type"), "{}", run.shown());
    // The account's own request is the only write.
    assert_eq!(writes(&api), 1);
}

#[test]
fn event_types_that_cannot_be_listed_are_said_and_stop_nothing() {
    let rule = "get */event-type:*=login-page".parse().unwrap();
    let api = svix(|builder| builder.fault(rule));
    let workspace = at(&api, TWO);
    let said = "could not be listed";
    let run = workspace.run(&["plan", "--out", "p.json"]).code(0);
    let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(said), "{}", run.shown());
    let json = workspace.run(&["plan", "--format", "json"]).code(0).json();
    let warnings = json["environments"][0]["warnings"].to_string();
    assert!(warnings.contains("event-types-unread"), "{json}");
    // That it is known now, or not, makes no other plan of it.
    let run = workspace.run(&["apply", "p.json"]).code(0);
    assert!(run.stdout.contains("Applied: 2"), "{}", run.shown());
    let other = svix(|builder| builder);
    let workspace = at(&other, TWO);
    let _ = workspace.run(&["plan", "--out", "p.json"]).code(0);
    other
        .simulator
        .add_fault("get */event-type:*=login-page".parse().unwrap());
    let _ = workspace.run(&["apply", "p.json"]).code(0);
}

#[test]
fn a_pattern_cannot_stand_for_event_types_of_the_account() {
    let run = workspace("  orders: { url: 'https://hooks.example.com/orders', events: ['order.*'], secret_to: { file: orders.key } }\n")
        .run(&["validate"])
        .code(65);
    let said = "cannot stand for event types: those of Svix are the account's own";
    assert!(run.stdout.contains(said), "{}", run.shown());
}

#[test]
fn a_key_that_was_stored_leaves_no_note() {
    let api = svix(|builder| builder);
    let webhooks = "\n  orders: { url: 'https://hooks.example.com/orders', events: [order.created], secret_to: { file: orders.key }, rotate: 2026-12 }\n";
    let workspace = at(&api, webhooks);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let (_, credentials) = credentials(&SVIX);
    let account = api.simulator.account(&credentials);
    let webhooks = api.simulator.webhooks(&account, EnvType::Production);
    let noted = json!({"hookwright": "orders", "hookwright_rotated": "2026-12"});
    assert_eq!(webhooks[0].own["metadata"], noted);
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
}

#[cfg(unix)]
#[test]
fn a_key_that_nobody_took_can_still_be_read_and_is_said_until_then() {
    let api = svix(|builder| builder);
    let script = "test -n \"$HOOKWRIGHT_SECRET_CHECK\"";
    let webhooks = format!(
        "\n  orders: {{ url: 'https://hooks.example.com/orders', events: [order.created], secret_to: {{ command: [sh, -c, '{script}'] }} }}\n"
    );
    let workspace = at(&api, &webhooks).env("PATH", "/usr/bin:/bin");
    let run = workspace.run(&["apply", "--auto-approve"]).code(4);
    let shown = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        shown.contains("read the secret at the provider"),
        "{}",
        run.shown()
    );
    let plan = workspace.run(&["plan", "--format", "json"]).code(0).json();
    let warnings = &plan["environments"][0]["warnings"];
    assert_eq!(*warnings, json!(["secret-lost: orders"]), "{plan}");
    // What else happens to it leaves the note, and the mark beside it.
    let (_, credentials) = credentials(&SVIX);
    let account = api.simulator.account(&credentials);
    let webhooks = api.simulator.webhooks(&account, EnvType::Production);
    let noted = json!({"hookwright": "orders", "hookwright_secret": "unstored"});
    assert_eq!(webhooks[0].own["metadata"], noted);
}
