//! `apply --watch`: the first deliveries to what was applied.

use hookwright::{model::EnvType, simulator::DeliveryRecord};
use http::Method;
use serde_json::json;

use crate::support::{Api, CLIENT_ID, Workspace, sandbox_manifest};

const WEBHOOKS: &str = "  new:
    url: https://hooks.example.com/new
    events: [order-created]
  moved:
    url: https://hooks.example.com/moved
    events: [order-created]
    moved_from: [https://old.example.com/moved]
";

/// A provider that sends an event to a webhook once it is created or changed, which answers this.
fn answering(statuses: &'static [Option<u16>]) -> (Api, Workspace) {
    let api = Api::meddled_now(move |request, simulator| {
        let written = [Method::POST, Method::PATCH].contains(request.method());
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap_or_default();
        for status in statuses.iter().filter(|_| written) {
            let record = DeliveryRecord {
                webhook_id: format!("{status:?}"),
                event_type: "order-created".to_owned(),
                event_created_at: jiff::Timestamp::now(),
                status_code: *status,
                error_message: status.is_none().then(|| "timed out".to_owned()),
                webhook_payload: json!({}),
                webhook_url: body["webhook_url"].as_str().unwrap_or_default().to_owned(),
            };
            simulator
                .record_delivery(CLIENT_ID, EnvType::Sandbox, record)
                .unwrap();
        }
        None
    });
    api.seed(
        EnvType::Sandbox,
        "moved",
        "https://old.example.com/moved",
        &["order-created"],
    );
    let workspace = api.workspace(&sandbox_manifest(WEBHOOKS));
    (api, workspace)
}

const WATCH: [&str; 4] = ["apply", "--auto-approve", "--watch", "1s"];

#[test]
fn a_webhook_is_proven_by_a_delivery_that_succeeds() {
    let (_api, workspace) = answering(&[Some(502), Some(200)]);
    // It does not wait any longer than that.
    let watch = ["apply", "--auto-approve", "--watch", "1h"];
    let run = workspace.run(&watch).code(0);
    insta::assert_snapshot!(run.shown());
}

#[cfg(unix)]
#[test]
fn an_event_that_is_really_delivered_proves_a_webhook() {
    use crate::support::{SANDBOX_SECRET, process::Running, receiver::Receiver};

    let api = Api::now().knows_secrets();
    let receiver = Receiver::verifying(SANDBOX_SECRET);
    let url = receiver.url("/new");
    let webhooks = format!("  new: {{ url: '{url}', events: [order-created] }}\n");
    let workspace = api.workspace(&sandbox_manifest(&webhooks));
    let watch = ["apply", "--auto-approve", "--watch", "20s"];
    let mut running = Running::start(workspace.command(&watch));
    running.wait_for("sandbox: waiting");
    let _ = api.emit(&["order-created"]).code(0);
    let (code, stdout, stderr) = running.finish();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(stdout.contains("proven: `new`"), "{stdout}{stderr}");
    // The same delivery is what the history lists.
    let run = workspace.run(&["history", "--webhook", "new", "--format", "jsonl"]);
    assert_eq!(run.code(0).stdout.lines().count(), 1);
}

#[test]
fn without_a_delivery_it_is_unproven() {
    let (_api, workspace) = answering(&[]);
    let run = workspace.run(&WATCH).code(0);
    assert_eq!(
        run.stdout.matches("unproven:").count(),
        2,
        "{}",
        run.shown()
    );
}

#[test]
fn deliveries_that_all_fail_end_the_run_with_4() {
    let (_api, workspace) = answering(&[Some(502), None, None]);
    let run = workspace.run(&WATCH).code(4);
    let failing: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.contains("failing:"))
        .collect();
    insta::assert_snapshot!(failing.join("\n"));
}

#[test]
fn the_document_tells_what_was_seen() {
    let (_api, workspace) = answering(&[Some(502)]);
    let run = workspace.run(&[&WATCH[..], &["--format", "json"]].concat());
    let document = run.code(4).json();
    let schema = Workspace::new().run(&["schema", "apply"]).code(0).json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&document), "{document:#}");
    assert_eq!(document["outcome"], "partial");
    let watched = &document["environments"][0]["watched"];
    assert_eq!(watched.as_array().unwrap().len(), 2);
    assert_eq!(watched[0]["outcome"], "failing");
    assert_eq!(watched[0]["failures"][0]["status_code"], 502);
    // All of it is live, all the same.
    assert_eq!(document["environments"][0]["converged"], true);
}

#[test]
fn what_was_not_applied_is_not_waited_for() {
    let api = Api::now_with(|builder| {
        builder.fault(
            "post:*=redirect:https://elsewhere.example.com/"
                .parse()
                .unwrap(),
        )
    });
    let webhooks = "  new: { url: 'https://hooks.example.com/new', events: [order-created] }\n";
    let workspace = api.workspace(&sandbox_manifest(webhooks));
    let watch = ["apply", "--auto-approve", "--watch", "1h"];
    let run = workspace.run(&watch).code(1);
    assert!(!run.stderr.contains("waiting"), "{}", run.shown());
}
