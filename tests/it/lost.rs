//! A create whose answer is lost, or not what was sent; and live state that changes before the first write.

use std::sync::atomic::{AtomicUsize, Ordering};

use hookwright::{model::EnvType, simulator::WebhookSeed};
use http::{Method, Request, Response, StatusCode};
use serde_json::json;

use crate::support::{Api, CLIENT_ID, sandbox_manifest};

const URL: &str = "https://hooks.example.com/orders";
const ORDERS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created]
";

fn is_list(request: &Request<bytes::Bytes>) -> bool {
    request.method() == Method::GET && request.uri().path() == "/v1/webhooks/"
}

#[test]
fn a_create_that_succeeded_without_an_answer_is_found_and_sent_once() {
    for (status, body) in [
        (201, ""),
        (201, "<html>all is well</html>"),
        (200, "{}"),
        (202, "accepted"),
        (204, ""),
    ] {
        let (posts, lists) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let api = Api::meddled(move |request, simulator| {
            if is_list(request) && posts.load(Ordering::SeqCst) > 0 {
                // The list lags behind.
                let behind = lists.fetch_add(1, Ordering::SeqCst) < 1;
                return behind.then(|| Response::new(json!({"results": []}).to_string().into()));
            }
            if request.method() != Method::POST {
                return None;
            }
            assert_eq!(posts.fetch_add(1, Ordering::SeqCst), 0, "it is sent once");
            let seed = WebhookSeed::new("orders", URL, ["order-created"]);
            simulator.seed(CLIENT_ID, EnvType::Sandbox, seed).unwrap();
            let mut response = Response::new(body.into());
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            Some(response)
        });
        let workspace = api.workspace(&sandbox_manifest(ORDERS));
        let run = workspace.run(&["apply", "--auto-approve"]).code(0);
        let found = "the answer was lost; it was found in the list, as it was sent";
        assert!(
            run.stdout.contains(found),
            "{status} {body}\n{}",
            run.shown()
        );
        assert_eq!(api.live(EnvType::Sandbox), [format!("orders {URL}")]);
    }
}

/// The provider says no more than "created", and what it created is disabled: the manifest says that it is not.
#[test]
fn a_create_without_an_answer_that_is_found_different_is_corrected_in_the_same_run() {
    let api = Api::meddled(|request, simulator| {
        if request.method() != Method::POST {
            return None;
        }
        let mut seed = WebhookSeed::new("orders", URL, ["order-created"]);
        seed.enabled = false;
        simulator.seed(CLIENT_ID, EnvType::Sandbox, seed).unwrap();
        let mut response = Response::new("".into());
        *response.status_mut() = StatusCode::CREATED;
        Some(response)
    });
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let run = workspace.run(&["apply", "--auto-approve"]).code(0);
    insta::assert_snapshot!(run.shown());
    assert_eq!(api.count("PATCH"), 1);
    assert!(api.simulator.webhooks(CLIENT_ID, EnvType::Sandbox)[0].enabled);
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
}

#[test]
fn a_create_that_came_back_different_is_corrected_in_the_same_run() {
    let api = Api::meddled(|request, simulator| {
        if request.method() != Method::POST {
            return None;
        }
        // This provider does not take `enabled` when it creates.
        let seed = WebhookSeed::new("orders", URL, ["order-created"]);
        let stored = simulator.seed(CLIENT_ID, EnvType::Sandbox, seed).unwrap();
        let answer = json!({
            "id": stored.id, "name": "orders", "webhook_url": URL,
            "events": ["order-created"], "env_type": "sandbox", "enabled": true,
        });
        let mut response = Response::new(answer.to_string().into());
        *response.status_mut() = StatusCode::CREATED;
        Some(response)
    });
    let manifest = sandbox_manifest(&format!("{ORDERS}    enabled: false\n"));
    let workspace = api.workspace(&manifest);
    let arguments = ["apply", "--auto-approve", "--audit-log", "audit.jsonl"];
    let run = workspace.run(&arguments).code(0);
    insta::assert_snapshot!(run.shown());
    assert_eq!(api.count("PATCH"), 1);
    let stored = api.simulator.webhooks(CLIENT_ID, EnvType::Sandbox);
    assert!(!stored[0].enabled);
    let log = std::fs::read_to_string(workspace.path().join("audit.jsonl")).unwrap();
    let lines: Vec<String> = log
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let is_named = line["id"] == stored[0].id.as_str();
            format!(
                "{} {} {} {is_named}",
                line["action"], line["step"], line["outcome"]
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "\"create\" 1 \"begun\" false",
            "\"create\" 1 \"applied\" false",
            "\"update\" 2 \"begun\" true",
            "\"update\" 2 \"applied\" true",
        ]
    );
    let _ = workspace.run(&["audit", "audit.jsonl"]).code(0);
}

#[test]
fn a_correction_that_fails_leaves_a_run_that_is_not_complete() {
    let api = Api::meddled(|request, simulator| match *request.method() {
        Method::POST => {
            let seed = WebhookSeed::new("orders", URL, ["link-deleted"]);
            let stored = simulator.seed(CLIENT_ID, EnvType::Sandbox, seed).unwrap();
            let answer = json!({
                "id": stored.id, "name": "orders", "webhook_url": URL,
                "events": ["link-deleted"], "env_type": "sandbox", "enabled": true,
            });
            let mut response = Response::new(answer.to_string().into());
            *response.status_mut() = StatusCode::CREATED;
            Some(response)
        }
        Method::PATCH => {
            let mut response = Response::new("{}".into());
            *response.status_mut() = StatusCode::FORBIDDEN;
            Some(response)
        }
        _ => None,
    });
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let run = workspace.run(&["apply", "--auto-approve"]).code(4);
    let id = api
        .simulator
        .webhooks(CLIENT_ID, EnvType::Sandbox)
        .remove(0)
        .id;
    insta::assert_snapshot!(run.shown().replace(&id, "[ID]"));
}

#[test]
fn what_an_operation_touches_must_still_be_there_as_planned_right_before_the_first_write() {
    // While the history is read, somebody else takes the webhook for another purpose.
    let api = Api::meddled(|request, simulator| {
        if request.uri().path() == "/v1/webhook-requests/" {
            for stored in simulator.webhooks(CLIENT_ID, EnvType::Sandbox) {
                simulator
                    .edit(&stored.id, |stored| stored.name = "payroll-team".to_owned())
                    .unwrap();
            }
        }
        None
    });
    api.seed(EnvType::Sandbox, "acme-old", URL, &["order-created"]);
    let manifest = sandbox_manifest("  {}\n").replace(
        "base_url",
        "owns: [\"acme-*\"]\n    prune: true\n    base_url",
    );
    let workspace = api.workspace(&manifest);
    let run = workspace
        .run(&["apply", "--auto-approve", "--allow-empty"])
        .code(3);
    assert!(run.stderr.contains("the plan is stale"), "{}", run.shown());
    assert_eq!(api.count("DELETE"), 0);
    assert_eq!(api.live(EnvType::Sandbox), [format!("payroll-team {URL}")]);
}

#[test]
fn a_list_with_two_contents_for_one_webhook_deletes_nothing() {
    let api = Api::meddled(|request, simulator| {
        if !is_list(request) {
            return None;
        }
        let stored = simulator.webhooks(CLIENT_ID, EnvType::Sandbox).remove(0);
        let shown = |name: &str| {
            json!({
                "id": stored.id, "name": name, "webhook_url": URL,
                "events": ["order-created"], "env_type": "sandbox", "enabled": true,
            })
        };
        let list = json!([shown("acme-old"), shown("payroll-team")]);
        Some(Response::new(list.to_string().into()))
    });
    let id = api.seed(EnvType::Sandbox, "payroll-team", URL, &["order-created"]);
    let manifest = sandbox_manifest("  {}\n").replace(
        "base_url",
        "owns: [\"acme-*\"]\n    prune: true\n    base_url",
    );
    let workspace = api.workspace(&manifest).redact(id, "[ID]");
    let arguments = ["--auto-approve", "--allow-empty", "--allow-live-traffic"];
    let run = workspace
        .run(&[&["apply"][..], &arguments].concat())
        .code(1);
    assert!(
        run.stdout.contains("the list contradicts itself"),
        "{}",
        run.shown()
    );
    let _ = workspace.run(&["drift"]).code(1);
    assert_eq!(api.count("DELETE"), 0);
}
