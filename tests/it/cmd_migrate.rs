//! `migrate`.

use std::{fs, sync::Arc};

use hookwright::{
    model::EnvType,
    provider::truv::PROFILE as TRUV,
    simulator::{DeliveryRecord, WebhookSeed},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::support::{Api, CLIENT_ID, Workspace};

const MANIFEST: &str = "version: 1
environments:
  sandbox: &truv
    provider: truv
    base_url: [API]
    credentials: { client_id: \"${env:TRUV_CLIENT_ID}\", access_secret: \"${env:TRUV_SANDBOX_SECRET}\" }
    protect: [kept-*]
    ignore: [vendor-*]
  dev:
    <<: *truv
    credentials: { client_id: \"${env:TRUV_CLIENT_ID}\", access_secret: \"${env:TRUV_DEV_SECRET}\" }
webhooks:
  loans:  # ours
    url: https://hooks.example.com/loans
    events: [order-created]
";

/// Truv's API, whose clock is a number of days behind: what is seeded is that old.
fn api() -> Api {
    let days = Arc::new(std::sync::atomic::AtomicI64::new(90));
    let clock = days.clone();
    let api = Api::with_clock(
        &TRUV,
        Arc::new(move || ago(clock.load(std::sync::atomic::Ordering::Relaxed))),
        |builder| builder,
    );
    let seed = |env_type, name: &str, url: &str| {
        let seed = WebhookSeed::new(name, url, ["order-created"]);
        api.simulator.seed(CLIENT_ID, env_type, seed).unwrap();
    };
    let sandbox = EnvType::Sandbox;
    seed(sandbox, "loans", "https://hooks.example.com/loans");
    seed(sandbox, "quiet", "https://hooks.example.com/quiet");
    seed(sandbox, "failing", "https://hooks.example.com/failing");
    seed(sandbox, "laptop", "https://d4f2.ngrok.app/hook");
    seed(sandbox, "bin", "https://webhook.site/used");
    seed(sandbox, "kept-tunnel", "https://kept.ngrok.app/hook");
    seed(sandbox, "vendor-tunnel", "https://vendor.ngrok.app/hook");
    seed(sandbox, "shared", "https://shared.ngrok.app/hook");
    seed(
        EnvType::Development,
        "shared",
        "https://hooks.example.com/shared",
    );
    seed(
        EnvType::Development,
        "laptop",
        "https://e5a3.ngrok.app/hook",
    );
    days.store(60, std::sync::atomic::Ordering::Relaxed);
    seed(sandbox, "e2e-20260101", "https://ci.example.com/1");
    days.store(50, std::sync::atomic::Ordering::Relaxed);
    seed(sandbox, "e2e-20260111", "https://ci.example.com/2");
    seed(sandbox, "copy", "https://hooks.example.com:443/loans");
    days.store(1, std::sync::atomic::Ordering::Relaxed);
    seed(sandbox, "new", "https://hooks.example.com/new");
    for (path, status) in [
        ("hooks.example.com/loans", Some(200)),
        ("hooks.example.com/failing", Some(200)),
        ("hooks.example.com/failing", Some(503)),
        ("webhook.site/used", Some(204)),
        ("ci.example.com/2", Some(200)),
    ] {
        let status = if path.contains("failing") {
            Some(503)
        } else {
            status
        };
        deliver(&api, &format!("https://{path}"), status);
    }
    days.store(0, std::sync::atomic::Ordering::Relaxed);
    api
}

fn ago(days: i64) -> Timestamp {
    #[expect(
        clippy::disallowed_methods,
        reason = "the program's own clock is the system's"
    )]
    let now = Timestamp::now();
    now - SignedDuration::from_hours(24 * days)
}

fn deliver(api: &Api, url: &str, status_code: Option<u16>) {
    let record = DeliveryRecord {
        webhook_id: "0".repeat(32),
        event_type: "order-created".to_owned(),
        event_created_at: ago(2),
        status_code,
        error_message: None,
        webhook_payload: json!({}),
        webhook_url: url.to_owned(),
    };
    api.simulator
        .record_delivery(CLIENT_ID, EnvType::Sandbox, record)
        .unwrap();
}

/// A workspace in which ids are not shown.
fn workspace(api: &Api) -> Workspace {
    let mut workspace = api.workspace(MANIFEST);
    for env_type in [EnvType::Sandbox, EnvType::Development] {
        for webhook in api.simulator.webhooks(CLIENT_ID, env_type) {
            workspace = workspace.redact(webhook.id, "[ID]");
        }
    }
    workspace
}

#[test]
fn proposes_what_is_left_over_with_the_evidence_and_writes_nothing() {
    let api = api();
    let workspace = workspace(&api);
    let before = fs::read(workspace.path().join("hookwright.yaml")).unwrap();
    let run = workspace.run(&["migrate"]).code(0);
    insta::assert_snapshot!(run.shown());
    assert_eq!(
        fs::read(workspace.path().join("hookwright.yaml")).unwrap(),
        before
    );
    assert_eq!(api.count("GET"), api.requests().len());
}

#[test]
fn tombstones_are_written_and_the_plan_deletes_just_what_was_proposed() {
    let api = api();
    let workspace = workspace(&api);
    let path = workspace.path().join("hookwright.yaml");
    let before = fs::read_to_string(&path).unwrap();
    let run = workspace.run(&["migrate", "--write"]).code(0);
    assert!(
        run.stderr.contains("Added to `hookwright.yaml`."),
        "{}",
        run.shown()
    );
    let after = fs::read_to_string(&path).unwrap();
    let added = after
        .strip_prefix(&before)
        .expect("what was there is there");
    insta::assert_snapshot!(added, @r"
    removed:
      - e2e-20260101  # an earlier run, got nothing in 30 days
      - failing  # failed 2 times in 30 days
      - laptop  # d4f2.ngrok.app, got nothing in 30 days, e5a3.ngrok.app
      - quiet  # got nothing in 30 days
    ");
    let run = workspace.run(&["plan", "--environment", "sandbox", "--format", "json"]);
    let plan = run.json();
    let operations = plan["environments"][0]["operations"]
        .as_array()
        .unwrap()
        .clone();
    let mut deleted: Vec<&str> = operations
        .iter()
        .filter(|one| one["action"] == "delete")
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    deleted.sort_unstable();
    assert_eq!(deleted, ["e2e-20260101", "failing", "laptop", "quiet"]);
    let run = workspace.run(&["migrate"]).code(0);
    assert!(
        run.stdout.contains("proposed: 0 tombstones"),
        "{}",
        run.shown()
    );
}

#[test]
fn json_gives_evidence_as_data() {
    let api = api();
    let document = workspace(&api)
        .run(&["migrate", "--format", "json"])
        .code(0)
        .json();
    assert_eq!(document["outcome"], "changes");
    let of = |name: &str| {
        let all = document["proposals"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap()["webhooks"].clone()
    };
    assert_eq!(of("failing")[0]["evidence"][0]["kind"], "failing");
    assert_eq!(of("laptop").as_array().unwrap().len(), 2);
    let kept = document["kept"].as_array().unwrap();
    let reason =
        |name: &str| kept.iter().find(|one| one["name"] == name).unwrap()["reason"].clone();
    assert_eq!(reason("bin"), "accepted");
    assert_eq!(reason("copy"), "accepted");
    assert_eq!(reason("kept-tunnel"), "protected");
    assert_eq!(reason("shared"), "shared_name");
}

#[test]
fn tombstones_join_those_that_are_there() {
    let api = api();
    let manifest = format!("{MANIFEST}removed:\n    - gone  # since March\n# The end.\n");
    let workspace = api.workspace(&manifest);
    let _ = workspace.run(&["migrate", "--write"]).code(0);
    let after = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    let list = &after[after.find("removed:").unwrap()..];
    insta::assert_snapshot!(list, @r"
    removed:
        - gone  # since March
        - e2e-20260101  # an earlier run, got nothing in 30 days
        - failing  # failed 2 times in 30 days
        - laptop  # d4f2.ngrok.app, got nothing in 30 days, e5a3.ngrok.app
        - quiet  # got nothing in 30 days
    # The end.
    ");
    let flow = format!("{MANIFEST}removed: [gone]\n");
    let workspace = api.workspace(&flow);
    let run = workspace.run(&["migrate", "--write"]).code(1);
    insta::assert_snapshot!(run.stderr, @r"
    error: the tombstones do not fit into `hookwright.yaml` as it is
      hint: nothing was written; run without `--write`, and add the list yourself
    ");
}

#[test]
fn all_environments_are_looked_at_or_nothing_is_said() {
    let api = api();
    let workspace = workspace(&api);
    let run = workspace
        .run(&["migrate", "--environment", "sandbox"])
        .code(64);
    insta::assert_snapshot!(run.stderr, @r"
    error: a tombstone deletes in all environments, so `migrate` looks at all of them
      hint: leave the environment out
    ");
    let workspace = workspace.env("TRUV_DEV_SECRET", &format!("dev-{}", "0".repeat(39)));
    let run = workspace.run(&["migrate"]).code(1);
    insta::assert_snapshot!(run.stderr, @r"
    error: dev: failed to read the webhooks: GET /v1/webhooks/: not authenticated: authentication_failed; No such token
      hint: check the client id and the access secret of this environment
    ");
    assert_eq!(run.stdout, "");
}

/// Names as scripts make them, some of which no manifest can hold: no tombstone makes the manifest invalid.
#[test]
fn a_manifest_with_tombstones_is_valid_whatever_the_names_are() {
    let api = Api::now();
    let names = [
        "${env:TOKEN}",
        "a ${b}",
        "$${c}",
        "*",
        "x: y",
        "- z",
        "# no",
        "\"",
        "'",
        "null",
        "true",
        "0x1f",
        "ü",
        "{a}",
        "[b]",
        "&c",
        "!d",
        "%e",
        "@f",
        "`g`",
        "a\\nb",
        "plain",
    ];
    for (index, name) in names.iter().enumerate() {
        let url = format!("https://t{index}.ngrok.app/hook");
        api.seed(EnvType::Sandbox, name, &url, &["order-created"]);
    }
    let manifest = MANIFEST.replacen("  dev:", "  other:\n    env_type: dev", 1);
    let workspace = api.workspace(&manifest);
    let run = workspace
        .run(&["migrate", "--write", "--format", "json"])
        .code(0);
    let proposed = run.json()["proposals"].as_array().unwrap().len();
    let kept = run.json()["kept"].as_array().unwrap().clone();
    assert_eq!(proposed + kept.len(), names.len(), "{}", run.stdout);
    assert!(
        kept.iter().all(|one| one["reason"] == "no_name"),
        "{kept:?}"
    );
    assert!(proposed >= names.len() - 3, "{kept:?}");
    let _ = workspace.run(&["validate"]).code(0);
}
