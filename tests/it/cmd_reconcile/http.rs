//! The service on its port: probes, metrics, triggers, pauses.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use hmac::{Hmac, KeyInit as _, Mac as _};
use hookwright::model::EnvType;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{ORDERS, Service, api, declared};
use crate::support::{Api, Workspace};

pub(super) const SECRET: &str = "a-shared-secret-that-nobody-guesses";

/// Sends a request, and gives status and body.
pub(super) fn ask(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream
        .write_all(format!("{head}\r\n{body}").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (status, body.to_owned())
}

pub(super) fn get(address: &str, path: &str) -> (u16, String) {
    ask(address, "GET", path, &[], "")
}

/// A long interval: what happens, happens because somebody asked for it.
pub(super) fn slow(api: &Api, webhooks: &str) -> Workspace {
    let text = declared("mode: detect", webhooks).replace("interval: 1s", "interval: 24h");
    let workspace = api.workspace(&text);
    workspace.write("secret", SECRET);
    workspace
}

pub(super) fn start(workspace: &Workspace) -> (Service, String) {
    let mut service = Service::start(workspace, &["--shared-secret-file", "secret"]);
    let address = service.address();
    service.wait_for("Ready is true (Succeeded)");
    (service, address)
}

fn signed(body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let digest = mac.finalize().into_bytes();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

fn round(answer: &str) -> String {
    let answer: Value = serde_json::from_str(answer).unwrap();
    answer["round"]
        .as_str()
        .or(answer["round"]["id"].as_str())
        .unwrap()
        .to_owned()
}

#[test]
fn a_push_to_the_repository_brings_a_round_about_within_two_seconds() {
    let api = api();
    let workspace = slow(&api, ORDERS);
    let (service, address) = start(&workspace);
    api.seed(
        EnvType::Sandbox,
        "orders",
        "https://hooks.example.com/orders",
        &["order-created"],
    );
    let push = json!({"ref": "refs/heads/main"}).to_string();
    let began = Instant::now();
    let signature = signed(&push);
    let (status, answer) = ask(
        &address,
        "POST",
        "/api/v1/trigger",
        &[("X-Hub-Signature-256", &signature)],
        &push,
    );
    assert_eq!(status, 202, "{answer}");
    let path = format!("/api/v1/rounds/{}", round(&answer));
    loop {
        let (status, document) = get(&address, &path);
        assert_eq!(status, 200, "{document}");
        let document: Value = serde_json::from_str(&document).unwrap();
        if document["state"] == "ended" || document["round"]["state"] == "ended" {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{document}");
    }
    let (_, metrics) = get(&address, "/metrics");
    let in_sync = r#"hookwright_condition{environment="sandbox",type="InSync",status="True",reason="InSync"} 1"#;
    assert!(metrics.contains(in_sync), "{metrics}");
    service.stop();
}

#[test]
fn who_does_not_know_the_secret_triggers_nothing() {
    let api = api();
    let workspace = slow(&api, ORDERS);
    let (service, address) = start(&workspace);
    let before = api.requests().len();
    let wrong = signed("another body");
    for headers in [
        &[][..],
        &[("X-Hub-Signature-256", wrong.as_str())],
        &[("X-Gitlab-Token", "guess")],
        &[("Authorization", "Bearer guess")],
    ] {
        let (status, answer) = ask(&address, "POST", "/api/v1/trigger", headers, "{}");
        assert_eq!(status, 401, "{answer}");
        assert!(!answer.contains(SECRET), "{answer}");
    }
    service.stop();
    assert_eq!(api.requests().len(), before);
}

#[test]
fn somebody_pauses_an_environment_and_it_stays_so_over_a_restart() {
    let api = api();
    let workspace = slow(&api, ORDERS);
    let arguments = ["--shared-secret-file", "secret", "--state", "state.json"];
    let mut service = Service::start(&workspace, &arguments);
    let address = service.address();
    service.wait_for("Ready is true (Succeeded)");
    let known = format!("Bearer {SECRET}");
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let body = json!({"reason": "INC-7", "until": until.to_string()}).to_string();
    let path = "/api/v1/environments/sandbox/pause";
    let (status, answer) = ask(&address, "POST", path, &[("Authorization", &known)], &body);
    assert!((200..300).contains(&status), "{answer}");
    service.wait_for("Ready is not known (Paused)");
    let (_, metrics) = get(&address, "/metrics");
    assert!(
        metrics.contains(r#"hookwright_paused{environment="sandbox"} 1"#),
        "{metrics}"
    );
    service.stop();
    let before = api.requests().len();
    let mut service = Service::start(&workspace, &arguments);
    let address = service.address();
    // It is what it was, so nothing is said of it anew.
    while !get(&address, "/").1.contains("INC-7") {
        std::thread::yield_now();
    }
    assert_eq!(api.requests().len(), before);
    let path = "/api/v1/environments/sandbox/resume";
    let (status, answer) = ask(&address, "POST", path, &[("Authorization", &known)], "");
    assert!((200..300).contains(&status), "{answer}");
    service.wait_for("Ready is true (Succeeded)");
    service.stop();
}

#[test]
fn beyond_loopback_nothing_but_probes_and_metrics_is_shown_without_a_secret() {
    let api = api();
    let workspace = api.workspace(&declared("mode: detect", ORDERS));
    let command = ["reconcile", "--log-format", "json", "--listen", "0.0.0.0:0"];
    let mut service = Service(crate::support::process::Running::start(
        workspace.command(&command),
    ));
    let address = service.address().replace("0.0.0.0", "127.0.0.1");
    service.wait_for("Ready is true (Succeeded)");
    for path in ["/livez", "/readyz", "/metrics"] {
        assert_eq!(get(&address, path).0, 200, "{path}");
    }
    for path in ["/", "/api/v1/environments", "/api/v1/environments/sandbox"] {
        assert_eq!(get(&address, path).0, 403, "{path}");
    }
    service.stop();
}

#[test]
fn errors_of_its_port_and_its_secret() {
    let api = api();
    let workspace = slow(&api, ORDERS);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let workspace = workspace.redact(address.to_string(), "[ADDRESS]");
    let run = workspace
        .run(&["reconcile", "--listen", &address.to_string()])
        .code(1);
    insta::assert_snapshot!(run.stderr);
    let run = workspace
        .run(&[
            "reconcile",
            "--listen",
            "127.0.0.1:0",
            "--shared-secret-file",
            "absent",
        ])
        .code(1);
    insta::assert_snapshot!(run.stderr);
    workspace.write("secret", "short\n");
    let run = workspace
        .run(&[
            "reconcile",
            "--listen",
            "127.0.0.1:0",
            "--shared-secret-file",
            "secret",
        ])
        .code(65);
    insta::assert_snapshot!(run.stderr);
    assert_eq!(api.requests(), Vec::<String>::new());
}
