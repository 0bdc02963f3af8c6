//! `doctor`: what is wrong around the webhooks.

use std::{net::TcpListener, sync::Arc};

use hookwright::{model::EnvType, provider::truv::PROFILE as TRUV, simulator::DeliveryRecord};
use serde_json::Value;

use crate::support::{
    Api, CLIENT_ID, PROD_SECRET, Run, Workspace,
    receiver::{Receiver, with_status},
    sandbox_manifest,
};

const SUBSCRIBED: [&str; 1] = ["order-created"];

fn manifest(url: &str) -> String {
    sandbox_manifest(&format!(
        "  orders: {{ url: \"{url}\", events: [order-created] }}\n"
    ))
}

/// The API at the machine's own time.
fn api_now() -> Api {
    let clock = Arc::new(jiff::Timestamp::now);
    Api::with_clock(&TRUV, clock, |builder| builder)
}

/// What is looked at, by name.
fn checks(run: &Run) -> Vec<Value> {
    let document = run.json();
    document["environments"][0]["checks"]
        .as_array()
        .unwrap()
        .clone()
}

#[track_caller]
fn check(run: &Run, name: &str) -> (String, String) {
    let all = checks(run);
    let found = all.iter().find(|one| one["check"] == name);
    let found = found.unwrap_or_else(|| panic!("no {name}:\n{}", run.shown()));
    let text = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
    (text("result"), text("found"))
}

fn doctor(workspace: &Workspace) -> Run {
    workspace.run(&["doctor", "--allow-private", "--format", "json"])
}

fn delivered(api: &Api, url: &str, at: &str, status: Option<u16>) {
    let at: jiff::Timestamp = match at {
        "before" => jiff::Timestamp::now() - jiff::SignedDuration::from_mins(2),
        _ => jiff::Timestamp::now() - jiff::SignedDuration::from_mins(1),
    };
    let record = DeliveryRecord {
        webhook_id: "00".repeat(16),
        event_type: "order-created".to_owned(),
        event_created_at: at,
        status_code: status,
        error_message: None,
        webhook_payload: serde_json::json!({}),
        webhook_url: url.to_owned(),
    };
    api.simulator
        .record_delivery(CLIENT_ID, EnvType::Sandbox, record)
        .unwrap();
}

#[test]
fn healthy_environment_passes_and_nothing_is_written_or_sent() {
    let api = api_now();
    let receiver = Receiver::answering(200);
    let url = receiver.url("/");
    api.seed(EnvType::Sandbox, "orders", &url, &SUBSCRIBED);
    delivered(&api, &url, "before", Some(200));
    let workspace = api.workspace(&manifest(&url));
    let run = workspace.run(&["doctor", "--allow-private"]).code(0);
    let lines = run.stdout.lines().map(|line| {
        // The one line with a time in it.
        match line.split_once("accepted, in ") {
            Some((start, _)) => format!("{start}accepted, in [TIME]"),
            None => line.to_owned(),
        }
    });
    let shown: Vec<String> = lines.collect();
    let shown = shown.join("\n");
    insta::assert_snapshot!(shown, @"
    sandbox  Truv sandbox at [API]
      passed  secret        its prefix says sandbox
      passed  tls           none, and none is needed on this machine
      passed  credentials   accepted, in [TIME]
      passed  clock         as the provider's
      passed  rate          the API does not say what is left; runs keep to 150
                            requests a minute
      passed  disabled      the provider disabled no declared webhook
      passed  deliveries    1 delivery in 24 hours, 0 failed
      passed  receivers     the only host is reached

    Checked 1 environment: 8 passed, 0 warned, 0 failed.
    ");
    assert!(receiver.received().is_empty());
    assert!(
        api.simulator
            .requests()
            .iter()
            .all(|one| one.method == "GET")
    );
}

#[test]
fn credentials_that_are_not_accepted_fail_with_what_to_do() {
    let api = Api::start(|builder| {
        builder.accept(
            hookwright::model::Credentials::new(hookwright::model::Secret::new(PROD_SECRET))
                .with("client_id", hookwright::model::MaskedText::plain("another")),
        )
    });
    let run = doctor(&api.workspace(&manifest("http://127.0.0.1:9/"))).code(1);
    let (result, found) = check(&run, "credentials");
    assert_eq!(result, "failed");
    assert!(found.contains("No such token"), "{found}");
    assert!(checks(&run).iter().all(|one| one["check"] != "disabled"));
    assert_eq!(run.json()["outcome"], "failed");
}

#[test]
fn secret_of_another_environment_fails_and_is_not_used() {
    let api = Api::truv();
    let receiver = Receiver::answering(200);
    let workspace = api.workspace(&manifest(&receiver.url("/")));
    let run = doctor(&workspace.env("TRUV_SANDBOX_SECRET", PROD_SECRET)).code(1);
    let (result, found) = check(&run, "secret");
    assert_eq!(result, "failed");
    let expected = "the access secret's prefix says production, and the environment is sandbox";
    assert_eq!(found, expected);
    assert_eq!(api.requests(), [""; 0]);
}

#[test]
fn clock_that_is_off_is_a_warning() {
    // The API's clock stands still in January 2026.
    let api = Api::truv();
    let receiver = Receiver::answering(200);
    let run = doctor(&api.workspace(&manifest(&receiver.url("/")))).code(0);
    let (result, found) = check(&run, "clock");
    assert_eq!(result, "warned");
    assert!(found.contains(" of the provider's"), "{found}");
}

#[test]
fn webhook_that_the_provider_disabled_fails() {
    let api = api_now();
    let receiver = Receiver::answering(200);
    let id = api.seed(EnvType::Sandbox, "orders", &receiver.url("/"), &SUBSCRIBED);
    let disable = |webhook: &mut hookwright::simulator::StoredWebhook| webhook.enabled = false;
    api.simulator.edit(&id, disable).unwrap();
    let run = doctor(&api.workspace(&manifest(&receiver.url("/")))).code(1);
    let (result, found) = check(&run, "disabled");
    assert_eq!(result, "failed");
    assert_eq!(found, "the provider disabled `orders`: they get no events");
}

#[test]
fn deliveries_that_fail_to_this_day_fail_and_those_that_did_are_a_warning() {
    let api = api_now();
    let receiver = Receiver::answering(200);
    let url = receiver.url("/");
    let workspace = api.workspace(&manifest(&url));
    delivered(&api, &url, "before", Some(500));
    delivered(&api, "https://other.example.com/", "now", None);
    let run = doctor(&workspace).code(1);
    let (result, found) = check(&run, "deliveries");
    assert_eq!(result, "failed");
    let expected = "1 delivery in 24 hours, 1 failed; the last one to `orders` did";
    assert_eq!(found, expected);
    delivered(&api, &url, "now", Some(204));
    let run = doctor(&workspace).code(0);
    let (result, found) = check(&run, "deliveries");
    assert_eq!(result, "warned");
    assert_eq!(found, "2 deliveries in 24 hours, 1 failed");
}

#[test]
fn receivers_that_are_not_reached_are_a_warning_and_bad_certificates_fail() {
    let api = api_now();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    let run = doctor(&api.workspace(&manifest(&url))).code(0);
    assert_eq!(check(&run, "receivers").0, "warned", "{}", run.shown());

    let plain = Receiver::start(|_, _| Some(with_status(200)));
    let url = plain.url("/").replace("http:", "https:");
    let run = doctor(&api.workspace(&manifest(&url))).code(1);
    assert_eq!(check(&run, "receivers").0, "failed", "{}", run.shown());

    let workspace = api.workspace(&manifest(&plain.url("/")));
    let run = workspace.run(&["doctor", "--format", "json"]).code(0);
    let (result, found) = check(&run, "receivers");
    assert_eq!(result, "warned");
    assert!(found.contains("is a loopback address"), "{found}");
}

#[test]
fn receivers_of_one_machine_are_told_apart_by_their_ports() {
    let api = Api::truv();
    let hooks = "  a: { url: 'http://127.0.0.1:9/a', events: [order-created] }
  b: { url: 'http://127.0.0.1:13/b', events: [order-created] }
";
    let workspace = api.workspace(&sandbox_manifest(hooks));
    let run = workspace.run(&["doctor", "--allow-private"]);
    for shown in ["`127.0.0.1:9`", "`127.0.0.1:13`"] {
        assert!(run.stdout.contains(shown), "{}", run.shown());
    }
}
