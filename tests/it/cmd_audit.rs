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

/// A workspace with an audit log of four lines.
fn logged() -> (Api, crate::support::Workspace) {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(HOOKS));
    let _ = workspace
        .run(&["apply", "--auto-approve", "--audit-log", "audit.jsonl"])
        .code(0);
    (api, workspace)
}

#[test]
fn what_is_no_audit_log_is_said_to_be_what_it_is() {
    let (_api, workspace) = logged();
    let _ = workspace.run(&["plan", "--out", "saved.plan"]).code(0);
    let plan = workspace.run(&["plan", "--format", "json"]).stdout;
    fs::create_dir(workspace.path().join("folder")).unwrap();
    for (name, content) in [
        ("space", &b" \n\n"[..]),
        ("text", b"root:x:0:0\nx\n"),
        ("binary", &[0xff, 0xfe, 0, 1]),
        ("zeros", &[0; 100]),
        ("archive.db", b"SQLite format 3\0 and more"),
        ("archive.gz", b"\x1f\x8b and more"),
        ("plan.json", plan.as_bytes()),
        ("lines.jsonl", b"{\"id\":1}\n{\"id\":2}\n"),
        ("object.json", b"{\"id\":1}\n"),
    ] {
        workspace.write(name, content);
    }
    for (name, what) in [
        ("hookwright.yaml", "a manifest"),
        ("saved.plan", "a plan file"),
        ("folder", "a folder"),
        ("space", "only white space"),
        ("text", "text"),
        ("binary", "binary"),
        ("zeros", "binary"),
        (
            "archive.db",
            "an SQLite file, as `history sync` writes archives",
        ),
        ("archive.gz", "a gzip archive"),
        ("plan.json", "the JSON output of a command"),
        ("lines.jsonl", "JSON lines of another kind"),
        ("object.json", "JSON of another kind"),
        ("/dev/zero", "binary"),
    ] {
        let run = workspace.run(&["audit", name]).code(65);
        let said = format!(
            "error: `{name}` is no audit log: it is {what}\n  hint: an audit log is the file that \
             `apply --audit-log FILE` appends to\n"
        );
        assert_eq!(run.stderr, said);
    }
    let run = workspace.run(&["audit", "nowhere"]).code(1);
    assert!(
        run.stderr
            .contains("failed to read the audit log `nowhere`"),
        "{}",
        run.shown()
    );
}

#[test]
fn an_empty_log_is_said_to_be_empty() {
    let workspace = crate::support::Workspace::new();
    workspace.write("log", "");
    let run = workspace.run(&["audit", "log"]).code(0);
    let zeros = "0".repeat(64);
    assert_eq!(
        run.stdout,
        format!("Empty: no request was recorded.\nDigest {zeros}\n")
    );
}

#[test]
fn a_digest_that_was_kept_shows_that_the_end_was_cut_off() {
    let (_api, workspace) = logged();
    let path = workspace.path().join("audit.jsonl");
    let whole = workspace
        .run(&["audit", "audit.jsonl", "--format", "json"])
        .json();
    let digest = whole["digest"].as_str().unwrap();
    let run = workspace
        .run(&["audit", "audit.jsonl", "--digest", digest])
        .code(0);
    let said = "The digest that was kept is that of line 4; 0 lines came since.";
    assert!(run.stdout.contains(said), "{}", run.shown());
    let log = fs::read_to_string(&path).unwrap();
    for keep in 0..4 {
        let cut: String = log.split_inclusive('\n').take(keep).collect();
        fs::write(&path, cut).unwrap();
        let _ = workspace.run(&["audit", "audit.jsonl"]).code(0);
        let run = workspace
            .run(&["audit", "audit.jsonl", "--digest", digest])
            .code(1);
        assert_eq!(
            run.stderr,
            "error: no line of the audit log `audit.jsonl` has the digest that was kept\n  hint: \
             lines were cut off its end, or it is another log: compare it with a copy from before\n"
        );
    }
    let run = workspace
        .run(&["audit", "audit.jsonl", "--digest", "c0ffee"])
        .code(64);
    assert!(
        run.stderr.contains("a digest is 64 hex digits"),
        "{}",
        run.shown()
    );
}

#[test]
fn json_follows_its_schema_whether_the_log_is_whole_or_not() {
    let (_api, workspace) = logged();
    let path = workspace.path().join("audit.jsonl");
    let log = fs::read_to_string(&path).unwrap();
    let schema = workspace.run(&["schema", "audit-result"]).code(0).json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (text, code, outcome) in [
        (log.clone(), 0, "nothing"),
        (String::new(), 0, "nothing"),
        (log.replacen("\"orders\"", "\"others\"", 1), 1, "failed"),
    ] {
        fs::write(&path, text).unwrap();
        let document = workspace
            .run(&["audit", "audit.jsonl", "--format", "json"])
            .code(code)
            .json();
        assert_eq!(document["outcome"], outcome, "{document:#}");
        assert_eq!(document["faults"].as_array().unwrap().is_empty(), code == 0);
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|err| err.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}
