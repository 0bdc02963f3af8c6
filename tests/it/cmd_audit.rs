//! `apply --audit-log` and `audit`.

use std::fs;

use hookwright::model::EnvType;

use crate::support::{Api, sandbox_manifest};

const HOOKS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created]
  links:
    url: https://hooks.example.com/links
    events: [link-connected]
";

fn lines(log: &str) -> Vec<serde_json::Value> {
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_request_is_recorded_before_and_after() {
    let api = Api::start(|builder| builder.fault("post:2..9=500".parse().unwrap()));
    let old = api.seed(
        EnvType::Sandbox,
        "old",
        "https://hooks.example.com/old",
        &["link-deleted"],
    );
    let manifest = format!("{}removed: [old]\n", sandbox_manifest(HOOKS));
    let workspace = api
        .workspace(&manifest)
        .env("GITHUB_ACTOR", "ana")
        .env("GITHUB_SHA", "c0ffee");
    let run = ["apply", "--auto-approve", "--audit-log", "audit.jsonl"];
    let _ = workspace.run(&run).code(4);
    let log = fs::read_to_string(workspace.path().join("audit.jsonl")).unwrap();
    let told: Vec<String> = lines(&log)
        .iter()
        .map(|line| {
            assert_eq!(
                (&line["actor"], &line["commit"]),
                (&"ana".into(), &"c0ffee".into())
            );
            format!("{} {} {}", line["action"], line["name"], line["outcome"])
        })
        .collect();
    let mut sorted = told.clone();
    sorted.sort();
    assert_eq!(
        sorted,
        [
            r#""create" "links" "applied""#,
            r#""create" "links" "begun""#,
            r#""create" "orders" "begun""#,
            r#""create" "orders" "unknown""#,
            r#""delete" "old" "applied""#,
            r#""delete" "old" "begun""#,
        ]
    );
    assert!(log.contains(&old));

    // A second run goes on with the chain.
    api.simulator.clear_faults();
    let _ = workspace.run(&run).code(0);
    let run = workspace.run(&["audit", "audit.jsonl"]).code(0);
    assert!(run.stdout.starts_with("Whole: 8 lines"), "{}", run.shown());
}

#[test]
fn a_changed_log_is_found() {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(HOOKS));
    let _ = workspace
        .run(&["apply", "--auto-approve", "--audit-log", "audit.jsonl"])
        .code(0);
    let path = workspace.path().join("audit.jsonl");
    let log = fs::read_to_string(&path).unwrap();
    fs::write(&path, log.replacen("\"orders\"", "\"others\"", 1)).unwrap();
    insta::assert_snapshot!(workspace.run(&["audit", "audit.jsonl"]).code(1).stderr, @r"
    error: the audit log `audit.jsonl` is not whole: line 3 does not follow the line before it: a line was changed, removed or put in between
      hint: compare it with a copy from before: what stands behind that line cannot be trusted
    ");
}

#[test]
fn what_cannot_be_recorded_is_not_sent() {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(HOOKS));
    for (log, said) in [
        (".", "failed to open the audit log `.`"),
        (
            "no/such/folder/log",
            "failed to open the audit log `no/such/folder/log`",
        ),
        ("/dev/full", "the audit log `/dev/full` is not a file"),
    ] {
        let run = workspace
            .run(&["apply", "--auto-approve", "--audit-log", log])
            .code(1);
        assert!(run.stderr.contains(said), "{}", run.shown());
    }
    assert!(
        api.requests()
            .iter()
            .all(|request| request.starts_with("GET"))
    );
}

#[test]
fn two_runs_do_not_share_a_log() {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(HOOKS));
    let log = fs::File::create(workspace.path().join("audit.jsonl")).unwrap();
    log.lock().unwrap();
    let run = workspace
        .run(&["apply", "--auto-approve", "--audit-log", "audit.jsonl"])
        .code(1);
    assert!(
        run.stderr
            .contains("the audit log `audit.jsonl` is in use by another run"),
        "{}",
        run.shown()
    );
    assert!(
        api.requests()
            .iter()
            .all(|request| request.starts_with("GET"))
    );
}
