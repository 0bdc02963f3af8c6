//! Canaries: no secret and no sensitive value reaches output or files, whatever happens.
//!
//! Each value has a mark that occurs nowhere else, in a form that survives escaping, another case and
//! being cut into pieces.

use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use bytes::Bytes;
use hookwright::model::EnvType;
use http::{Request, Response};

use crate::support::{
    Api, Workspace, for_each_at_once,
    receiver::{Receiver, redirect, with_status},
};

const CLIENT_ID: &str = "c0ffee11c0ffee22c0ffee33c0ffee44";
const SECRET: &str = "sandbox-decafbad11decafbad22decafbad33decafbad44";
/// What no output may contain, in any case of letters.
const MARKS: [&str; 3] = ["canary", "c0ffee", "decafbad"];
/// What no file may contain but those that the test wrote.
const SECRET_MARKS: [&str; 2] = ["c0ffee", "decafbad"];

/// Sensitive values in every part of a URL, in another case, and with characters that URLs escape.
const MANIFEST: &str = r#"version: 1
environments:
  sandbox:
    provider: truv
    base_url: [API]
    credentials:
      client_id: ${env:ACCOUNT}
      access_secret: ${file:secret.txt}
    vars: { token: "${env:TOKEN}" }
webhooks:
  path: { url: "https://h.example.com/${env:PATH_PART}/in", events: [order-created] }
  query: { url: "https://h.example.com/?token=${var:token}", events: [order-created] }
  host: { url: "https://${env:HOST}/", events: [order-created] }
  file: { url: "https://h.example.com/${file:token.txt}", events: [order-created] }
  whole: { url: "${env:WHOLE}", events: [order-created] }
  moved: { url: "https://h.example.com/m", moved_from: ["${env:WHOLE}/old"], events: [link-connected] }
  named: { name: "${env:NAME}", url: "https://h.example.com/n", events: [link-connected] }
"#;

fn workspace(api: &Api, manifest: &str) -> Workspace {
    let workspace = api
        .workspace(manifest)
        .env("ACCOUNT", CLIENT_ID)
        .env("TOKEN", "Canary&token\"1")
        .env("PATH_PART", "canary-pfad-ä")
        .env("HOST", "Canary-Host.Example.COM")
        .env("WHOLE", "https://whole.example.com/canary-whole?x=canary")
        .env("NAME", "canary name");
    workspace.write("secret.txt", format!("{SECRET}\n"));
    workspace.write("token.txt", "canary-from-file\n");
    workspace
}

#[track_caller]
fn assert_silent(workspace: &Workspace, arguments: &[&str]) {
    let run = workspace.run(arguments);
    let shown = run.shown();
    let lower = shown.to_lowercase();
    for mark in MARKS {
        assert!(
            !lower.contains(mark),
            "{arguments:?} shows {mark}:\n{shown}"
        );
    }
    for (path, content) in workspace.files() {
        if path.ends_with("secret.txt") || path.ends_with("token.txt") {
            continue;
        }
        let content = String::from_utf8_lossy(&content).to_lowercase();
        let is_state = path.iter().any(|part| part == ".hookwright");
        let marks = if is_state { &SECRET_MARKS[..] } else { &MARKS };
        for mark in marks {
            assert!(
                !content.contains(mark),
                "{} contains {mark}",
                path.display()
            );
        }
    }
}

/// Every command, from the least to the most talkative.
#[track_caller]
fn assert_all_silent(workspace: &Workspace) {
    for verb in ["validate", "plan", "apply"] {
        for format in ["text", "json"] {
            let mut arguments = vec![verb, "--format", format, "-vvv"];
            if verb == "apply" {
                arguments.extend(["--auto-approve", "--prune"]);
            }
            assert_silent(workspace, &arguments);
        }
    }
    // The saved plan is one of the files that are looked at.
    for format in ["text", "json", "markdown", "html"] {
        for arguments in [
            &["plan", "--prune", "--out", "saved.plan"][..],
            &["show", "saved.plan"],
        ] {
            assert_silent(workspace, &[arguments, &["--format", format]].concat());
        }
    }
    assert_silent(workspace, &["apply", "saved.plan"]);
    for format in ["text", "json", "markdown"] {
        assert_silent(workspace, &["drift", "--format", format]);
        let applied = ["drift", "--applied", "saved.plan", "--format", format];
        assert_silent(workspace, &applied);
    }
}

#[test]
fn plan_and_apply_show_no_sensitive_value() {
    let api = Api::truv();
    let workspace = workspace(&api, MANIFEST);
    assert_all_silent(&workspace);
    // It did work, and everything is live as it was meant.
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
    let live = api.simulator.webhooks(CLIENT_ID, EnvType::Sandbox);
    assert_eq!(live.len(), 7);
    assert!(live.iter().any(|one| one.name == "canary name"));
    // Updates and deletes of what has sensitive values.
    for webhook in &live {
        let events = vec!["link-deleted".to_owned()];
        api.simulator
            .edit(&webhook.id, |live| live.events = events)
            .unwrap();
    }
    assert_all_silent(&workspace);
    workspace.write(
        "hookwright.yaml",
        MANIFEST
            .replace("[API]", &api.base_url())
            .replace("  host:", "  hosts:"),
    );
    assert_all_silent(&workspace);
}

#[test]
fn unmanaged_webhooks_with_sensitive_values_are_masked() {
    let api = Api::truv();
    let workspace = workspace(&api, MANIFEST);
    for webhook in [
        "https://h.example.com/canary-pfad-%C3%A4/else",
        "https://canary-host.example.com/else",
        "https://h.example.com/else?token=Canary%26token%221",
        "https://h.example.com/else/canary-from-file",
    ] {
        let seed = hookwright::simulator::WebhookSeed::new("else", webhook, ["link-deleted"]);
        api.simulator
            .seed(CLIENT_ID, EnvType::Sandbox, seed)
            .unwrap();
    }
    assert_all_silent(&workspace);
}

#[test]
fn deliveries_show_no_sensitive_value() {
    let api = Api::now();
    let workspace = workspace(&api, MANIFEST);
    assert_silent(&workspace, &["apply", "--auto-approve"]);
    for webhook in api.simulator.webhooks(CLIENT_ID, EnvType::Sandbox) {
        let record = hookwright::simulator::DeliveryRecord {
            webhook_id: "record".to_owned(),
            event_type: "order-created".to_owned(),
            event_created_at: jiff::Timestamp::now() - jiff::SignedDuration::from_mins(30),
            status_code: Some(502),
            error_message: Some(format!("no route to {}", webhook.webhook_url)),
            webhook_payload: serde_json::json!({ "order_id": "o", "user_id": "canary-user" }),
            webhook_url: webhook.webhook_url,
        };
        let stored = api
            .simulator
            .record_delivery(CLIENT_ID, EnvType::Sandbox, record);
        stored.unwrap();
    }
    let sync = ["history", "sync", "--archive", "a.db", "-vvv"];
    assert_silent(&workspace, &sync);
    for source in [&[][..], &["--archive", "a.db"]] {
        for arguments in [
            &["history", "-vvv"][..],
            &["history", "--format", "json", "--payload"],
            &["history", "--format", "jsonl"],
            &["history", "--format", "csv"],
            &["history", "stats"],
            &["history", "stats", "--format", "json"],
            &["history", "stats", "--format", "html"],
            &["history", "gaps", "--since", "1d"],
        ] {
            assert_silent(&workspace, &[arguments, source].concat());
        }
        // They are all found by their URLs, sensitive or not.
        let list = [
            "history",
            "--webhook",
            "whole,path,query,host",
            "--format",
            "jsonl",
        ];
        let run = workspace.run(&[&list[..], source].concat()).code(0);
        assert_eq!(run.stdout.lines().count(), 4, "{}", run.shown());
    }
    // What is in use is not deleted, and is named without what is sensitive.
    workspace.write(
        "hookwright.yaml",
        MANIFEST
            .replace("[API]", &api.base_url())
            .replace("  whole:", "  other:")
            .replace("${env:WHOLE}\"", "${env:WHOLE}/else\""),
    );
    assert_silent(&workspace, &["plan", "--prune", "--with-history", "7d"]);
    assert_silent(&workspace, &["apply", "--prune", "--auto-approve"]);
}

/// All that a request said, as a careless provider repeats it.
fn echo(request: &Request<Bytes>) -> String {
    let mut text = format!("{} {}", request.method(), request.uri());
    for (name, value) in request.headers() {
        text.push_str(&format!("; {name}: {}", value.to_str().unwrap()));
    }
    text.push_str(&String::from_utf8_lossy(request.body()));
    text
}

#[test]
fn provider_that_echoes_everything_is_masked() {
    for status in [400, 401, 403, 404, 406, 409, 415, 422] {
        let api = Api::meddled(move |request, _| {
            let said = echo(request);
            let body = serde_json::json!({ "error": {
                "code": said, "message": said,
                "extra": { "invalid-params": [{ "field": said, "message": said }] },
            }});
            let response = Response::builder()
                .status(status)
                .header("x-request-id", said.replace('"', ""))
                .body(body.to_string().into());
            (request.method() != http::Method::GET || status == 401).then(|| response.unwrap())
        });
        assert_all_silent(&workspace(&api, MANIFEST));
    }
}

#[test]
fn provider_that_echoes_in_other_shapes_is_masked() {
    let shapes: [fn(&str) -> String; 3] = [
        |said| format!("<html><title>{said}</title><pre>{said}</pre></html>"),
        |said| serde_json::json!({ "detail": said }).to_string(),
        |said| said.to_owned(),
    ];
    for shape in shapes {
        let api = Api::meddled(move |request, _| {
            let body = shape(&echo(request));
            let response = Response::builder().status(400).body(body.into()).unwrap();
            (request.method() != http::Method::GET).then_some(response)
        });
        assert_all_silent(&workspace(&api, MANIFEST));
    }
}

#[test]
fn answers_that_are_not_as_sent_are_masked() {
    let api = Api::meddled(|request, _| {
        if request.method() != http::Method::POST {
            return None;
        }
        let mut body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        let url = body["webhook_url"].as_str().unwrap().to_owned();
        body["webhook_url"] = format!("{url}/other").into();
        body["id"] = url.into();
        let response = Response::builder()
            .status(201)
            .body(body.to_string().into());
        Some(response.unwrap())
    });
    assert_all_silent(&workspace(&api, MANIFEST));
}

#[test]
fn unreachable_api_at_a_sensitive_address_is_masked() {
    let api = Api::truv();
    let address = api.base_url().replace("/v1/", "/canary-base/v1/");
    let manifest = MANIFEST.replace("[API]", "'${env:API}'");
    let workspace = workspace(&api, &manifest).env("API", &address);
    drop(api);
    // Each gives up after some seconds.
    thread::scope(|scope| {
        for arguments in [
            &["plan", "-vvv"][..],
            &["plan", "--format", "json", "-vvv"],
            &["apply", "--auto-approve", "-vvv"],
        ] {
            let workspace = &workspace;
            scope.spawn(move || assert_silent(workspace, arguments));
        }
    });
}

#[test]
fn credentials_do_not_follow_a_redirect() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = listener.local_addr().unwrap();
    let heard = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&heard);
    thread::spawn(move || {
        for stream in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            drop(stream);
        }
    });
    let statuses = [301, 302, 303, 307, 308];
    let both = statuses.map(|status| [(status, http::Method::GET), (status, http::Method::POST)]);
    // Each gives up after some seconds.
    for_each_at_once(both.into_iter().flatten(), |(status, method)| {
        let api = Api::meddled(move |request, _| {
            let location = format!("http://{elsewhere}/{SECRET}?secret={SECRET}");
            let response = Response::builder()
                .status(status)
                .header("location", location)
                .body(Bytes::new());
            (request.method() == method).then(|| response.unwrap())
        });
        let workspace = workspace(&api, MANIFEST);
        assert_silent(&workspace, &["plan", "-vvv"]);
        assert_silent(&workspace, &["apply", "-vvv", "--auto-approve"]);
        assert_silent(&workspace, &["apply", "--format", "json", "--auto-approve"]);
    });
    assert_eq!(
        heard.load(Ordering::SeqCst),
        0,
        "something was sent elsewhere"
    );
}

#[test]
fn faults_in_sensitive_values_are_described_without_them() {
    let api = Api::truv();
    for (name, value) in [
        ("WHOLE", "canary is no URL"),
        ("WHOLE", "http://canary.example.com/"),
        ("WHOLE", "ftp://canary.example.com/"),
        ("HOST", "canary host"),
        ("ACCOUNT", "c0ffee\u{1}"),
        ("ACCOUNT", "c0ffee\nX-Other: 1"),
    ] {
        let workspace = workspace(&api, MANIFEST).env(name, value);
        assert_all_silent(&workspace);
        let run = workspace.run(&["plan"]);
        assert_eq!(run.code, 65, "{name}={value:?}: {}", run.shown());
    }
    let workspace = workspace(&api, MANIFEST);
    for secret in ["prod-decafbad", "decafbad\u{1}", "decafbad é"] {
        workspace.write("secret.txt", secret);
        assert_all_silent(&workspace);
        assert!([3, 65, 1].contains(&workspace.run(&["plan"]).code));
    }
}

#[test]
fn embedded_simulator_keeps_no_secret() {
    let api = Api::truv();
    let manifest = MANIFEST.replace("[API]", "simulator");
    let workspace = workspace(&api, &manifest);
    assert_all_silent(&workspace);
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
}

#[test]
fn commands_that_give_credentials_are_silent_too() {
    let api = Api::truv();
    let manifest = MANIFEST.replace(
        "access_secret: ${file:secret.txt}",
        "access_secret: { command: [cat, secret.txt] }",
    );
    assert_all_silent(&workspace(&api, &manifest));
    let failing = manifest.replace("[cat, secret.txt]", "[cat, secret.txt, absent.txt]");
    let workspace = workspace(&api, &failing);
    assert_all_silent(&workspace);
    let _ = workspace.run(&["plan"]).code(1);
}

/// Receivers whose URLs are sensitive: what they answer, and where they redirect to, is shown masked.
#[test]
fn probes_show_no_sensitive_value() {
    let api = Api::truv();
    let receiver = Receiver::start(|request, _| {
        let path = request.uri().path();
        Some(if path.ends_with("moved") {
            with_status(500)
        } else {
            redirect(307, &format!("{path}/moved"))
        })
    });
    let webhooks = "webhooks:
  path: { url: \"[RECEIVER]/${env:PATH_PART}/in?t=${var:token}\", events: [order-created] }
";
    let (head, _) = MANIFEST.split_once("webhooks:").unwrap();
    let manifest = format!("{head}{webhooks}").replace("[RECEIVER]/", &receiver.url("/"));
    let workspace = workspace(&api, &manifest);
    for verb in [
        &["test", "path"][..],
        &["doctor"],
        &["apply", "--probe", "--auto-approve"],
    ] {
        for format in ["text", "json"] {
            let flags = ["--allow-private", "--format", format, "-vvv"];
            assert_silent(&workspace, &[verb, &flags].concat());
        }
    }
    assert!(!receiver.received().is_empty());
    let signature = format!("v1={}", "0".repeat(64));
    for key in [
        &["--secret-file", "secret.txt"][..],
        &["--secret-env", SECRET],
        &[],
    ] {
        for format in ["text", "json"] {
            let flags = ["verify-signature", &signature, "--format", format, "-vvv"];
            assert_silent(&workspace, &[&flags, key].concat());
        }
    }
}
