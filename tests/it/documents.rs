//! `--format json`: every exit path prints one document, which its schema describes.

use hookwright::model::EnvType;
use serde_json::Value;

use crate::support::{Api, Run, Workspace, sandbox_manifest};

const ORDERS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created]
";

/// Asserts exit code, shape and outcome.
#[track_caller]
fn check(run: Run, code: u8, schema: &str, outcome: &str) -> Value {
    let run = run.code(code);
    let start = format!(
        "{{\n  \"format_version\": 1,\n  \"kind\": \"{schema}\",\n  \"outcome\": \"{outcome}\""
    );
    assert!(run.stdout.starts_with(&start), "{}", run.shown());
    assert!(run.stdout.ends_with("}\n"), "{}", run.shown());
    let document = run.json();
    let printed = Workspace::new().run(&["schema", schema]).code(0).json();
    let validator = jsonschema::validator_for(&printed).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|err| format!("{}: {err}", err.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{}", run.shown());
    document
}

fn plan(workspace: &Workspace) -> Run {
    workspace.run(&["plan", "--format", "json"])
}

fn apply(workspace: &Workspace) -> Run {
    workspace.run(&["apply", "--format", "json", "--auto-approve"])
}

fn validate(workspace: &Workspace) -> Run {
    workspace.run(&["validate", "--format", "json"])
}

#[test]
fn plan_and_apply_of_changes() {
    let api = Api::truv();
    let url = "https://old.example.com/orders";
    api.seed(EnvType::Sandbox, "orders", url, &["order-created"]);
    api.seed(EnvType::Sandbox, "old", "https://old.example.com/", &[]);
    let more = "  links:\n    url: https://hooks.example.com/links\n    events: [link-connected]\n";
    let manifest = sandbox_manifest(ORDERS) + more + "removed: [old]\n";
    let workspace = api.workspace(&manifest);
    let document = check(plan(&workspace), 0, "plan", "changes");
    insta::assert_json_snapshot!(document);
    let document = check(apply(&workspace), 0, "apply", "applied");
    insta::assert_json_snapshot!(document);
    check(plan(&workspace), 0, "plan", "nothing");
    // Nothing was applied, so it is the plan that says so.
    check(apply(&workspace), 0, "plan", "nothing");
}

#[test]
fn refusal_of_a_guard() {
    let api = Api::truv();
    api.seed(EnvType::Sandbox, "old", "https://old.example.com/", &[]);
    let manifest = sandbox_manifest(ORDERS) + "removed: [old]\n";
    let manifest = manifest.replace("webhooks:\n", "    limits: { max_deletes: 0 }\nwebhooks:\n");
    let workspace = api.workspace(&manifest);
    let document = check(plan(&workspace), 3, "plan", "refused");
    let refusals = &document["environments"][0]["refusals"];
    assert_eq!(refusals[0]["code"], "max-deletes");
    check(apply(&workspace), 3, "plan", "refused");
}

#[test]
fn refusal_for_want_of_a_terminal() {
    let workspace = Api::truv().workspace(&sandbox_manifest(ORDERS));
    let run = workspace.run(&["apply", "--format", "json"]);
    check(run, 3, "failure", "refused");
}

#[test]
fn failure_when_nobody_listens() {
    let workspace = Api::truv().workspace(&sandbox_manifest(ORDERS));
    let document = check(plan(&workspace), 1, "plan", "failed");
    let error = document["environments"][0]["error"].as_str().unwrap();
    assert!(
        error.starts_with("GET /v1/webhooks/: unreachable; 5 attempts in "),
        "{error}"
    );
    // The operating system's reason is part of it.
    assert!(error.to_lowercase().contains("refused"), "{error}");
}

#[test]
fn partial_and_failed_applies() {
    let api = Api::truv();
    let rule = "post:1=redirect:https://elsewhere.example.com/";
    api.simulator.add_fault(rule.parse().unwrap());
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let document = check(apply(&workspace), 1, "apply", "failed");
    assert_eq!(
        document["environments"][0]["operations"][0]["outcome"],
        "failed"
    );

    api.simulator.clear_faults();
    api.simulator.add_fault(rule.parse().unwrap());
    let more = "  links:\n    url: https://hooks.example.com/links\n    events: [link-connected]\n";
    let workspace = api.workspace(&(sandbox_manifest(ORDERS) + more));
    let document = check(apply(&workspace), 4, "apply", "partial");
    assert_eq!(document["summary"]["applied"], 1);
    assert_eq!(document["summary"]["failed"], 1);
}

#[test]
fn what_failed_names_its_causes() {
    // The answer to the PATCH never comes whole: the cause stands below the error.
    let api = Api::start(|builder| builder.fault("patch:*=reset".parse().unwrap()));
    let url = "https://old.example.com/orders";
    api.seed(EnvType::Sandbox, "orders", url, &["order-created"]);
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let document = check(apply(&workspace), 4, "apply", "partial");
    let operation = &document["environments"][0]["operations"][0];
    assert_eq!(operation["outcome"], "unknown");
    let error = operation["error"].as_str().unwrap();
    let (_, cause) = error.split_once("all the same: ").unwrap_or_default();
    assert!(!cause.is_empty(), "{error}");
}

#[test]
fn invalid_manifests() {
    let manifest = sandbox_manifest("  orders: { link: here }\n");
    let workspace = Workspace::with(&manifest.replace("[API]", "simulator"));
    let document = check(validate(&workspace), 65, "validate", "invalid");
    assert_eq!(document["diagnostics"][0]["location"]["line"], 10);
    check(plan(&workspace), 65, "validate", "invalid");
    check(apply(&workspace), 65, "validate", "invalid");
    for verb in [validate, plan, apply] {
        check(verb(&Workspace::new()), 65, "failure", "invalid");
    }
}

#[test]
fn valid_manifest() {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    check(validate(&workspace), 0, "validate", "nothing");
}

/// Which document a file holds, and that it follows its schema.
#[track_caller]
fn kept(workspace: &Workspace, name: &str) -> (String, String) {
    let text = std::fs::read_to_string(workspace.path().join(name)).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let text = |field: &str| document[field].as_str().unwrap().to_owned();
    let (kind, outcome) = (text("kind"), text("outcome"));
    let printed = Workspace::new().run(&["schema", &kind]).code(0).json();
    let validator = jsonschema::validator_for(&printed).unwrap();
    assert!(validator.is_valid(&document), "{document:#}");
    (kind, outcome)
}

#[test]
fn every_command_writes_its_document_beside_what_people_read() {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    for (arguments, kind, outcome) in [
        (&["validate"][..], "validate", "nothing"),
        (&["validate", "--format", "github"], "validate", "nothing"),
        (&["fmt", "--check"], "fmt", "changes"),
        (&["explain"], "explain", "nothing"),
        (&["version"], "version", "nothing"),
        (&["plan"], "plan", "changes"),
        (&["plan", "--format", "summary"], "plan", "changes"),
        (&["plan", "--format", "markdown"], "plan", "changes"),
        (&["plan", "--format", "html"], "plan", "changes"),
        (&["plan", "--format", "json"], "plan", "changes"),
        (&["plan", "--out", "saved.plan"], "plan", "changes"),
        (&["show", "saved.plan"], "plan", "changes"),
        (&["drift"], "drift", "changes"),
        (&["list", "--format", "csv"], "list", "nothing"),
        (&["apply"], "failure", "refused"),
        (&["apply", "--auto-approve"], "apply", "applied"),
        (&["apply", "--auto-approve"], "plan", "nothing"),
        (&["history"], "history", "nothing"),
        (&["history", "--format", "jsonl"], "history", "nothing"),
        (&["history", "stats"], "history-stats", "nothing"),
        (
            &["reconcile", "--once"],
            "reconcile-environments",
            "nothing",
        ),
        (&["policy", "test"], "policy-test", "nothing"),
        (&["migrate"], "migrate", "nothing"),
        // What ends otherwise has its document too.
        (&["plan", "--colour"], "failure", "invalid"),
        (&["plan", "-e", "sandbx"], "failure", "invalid"),
        (&["plan", "-f", "broken.yaml"], "validate", "invalid"),
        (&["plan", "-f", "none.yaml"], "failure", "invalid"),
    ] {
        std::fs::write(workspace.path().join("broken.yaml"), "version: 2\n").unwrap();
        let file = workspace.path().join("document.json");
        std::fs::remove_file(&file).ok();
        let run = workspace.run(&[arguments, &["--json-into", "document.json"]].concat());
        assert!(file.exists(), "{arguments:?}\n{}", run.shown());
        let found = kept(&workspace, "document.json");
        assert_eq!(
            found,
            (kind.to_owned(), outcome.to_owned()),
            "{arguments:?}"
        );
        let printed_json = arguments.contains(&"json");
        assert_eq!(
            run.stdout.contains("format_version"),
            printed_json,
            "{arguments:?}"
        );
    }
    let text = |arguments: &[&str]| workspace.run(arguments).code(0).stdout;
    let document = text(&["plan", "--format", "json"]);
    let _ = text(&["plan", "--json-into", "document.json"]);
    let file = std::fs::read_to_string(workspace.path().join("document.json")).unwrap();
    assert_eq!(file.replace(&api.base_url(), "[API]"), document);
}

#[test]
fn a_document_that_cannot_be_written_keeps_a_run_from_its_work() {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let manifest = std::fs::read(workspace.path().join("hookwright.yaml")).unwrap();
    let apply = |file: &str| {
        let run = workspace.run(&["apply", "--auto-approve", "--json-into", file]);
        run.code(1).stderr
    };
    let said = apply("none/document.json");
    let cannot = "the document cannot be written to `none/document.json` (`--json-into`)";
    assert!(said.contains(cannot), "{said}");
    // A slip does not cost a manifest.
    let said = apply("hookwright.yaml");
    assert!(said.contains("is no document of hookwright"), "{said}");
    assert!(
        said.contains("name another file, or remove this one"),
        "{said}"
    );
    let still = std::fs::read(workspace.path().join("hookwright.yaml")).unwrap();
    assert_eq!(still, manifest);
    let _ = workspace
        .run(&["plan", "--colour", "--json-into", "hookwright.yaml"])
        .code(64);
    let still = std::fs::read(workspace.path().join("hookwright.yaml")).unwrap();
    assert_eq!(still, manifest);
    // Nothing was changed meanwhile.
    let plan = workspace.run(&["plan", "--detailed-exitcode"]).code(2);
    assert!(plan.stdout.contains("1 to create"), "{}", plan.shown());
}

#[test]
fn what_has_no_document_says_so() {
    let workspace = Workspace::with(&sandbox_manifest(ORDERS));
    for (arguments, said) in [
        (
            &["completions", "bash"][..],
            "`completions` has no document for `--json-into`",
        ),
        (&["simulator"], "`simulator` has no document"),
        (&["reconcile"], "look once with `--once`"),
        (&["history", "--follow"], "the JSON document is one"),
    ] {
        let run = workspace.run(&[arguments, &["--json-into", "document.json"]].concat());
        let run = run.code(64);
        assert!(run.stderr.contains(said), "{}", run.shown());
    }
    let run = workspace.run(&["plan", "--json-into", "-"]).code(64);
    let said = "`--format json` writes the document to standard output";
    assert!(run.stderr.contains(said), "{}", run.shown());
    // A variable is for those that have one.
    let workspace = workspace.env("HOOKWRIGHT_JSON_INTO", "document.json");
    let _ = workspace.run(&["completions", "bash"]).code(0);
}

#[test]
fn a_plan_names_what_stays_as_it_is() {
    let api = Api::truv();
    let url = "https://hooks.example.com/orders";
    api.seed(EnvType::Sandbox, "orders", url, &["order-created"]);
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let document = check(plan(&workspace), 0, "plan", "nothing");
    let environment = &document["environments"][0];
    assert_eq!(environment["unchanged"], 1);
    let same = serde_json::json!([{ "key": "orders", "enabled": true }]);
    assert_eq!(environment["unchanged_webhooks"], same);
}

#[test]
fn wrong_usage() {
    let workspace = Api::truv().workspace(&sandbox_manifest(ORDERS));
    for arguments in [
        &["plan", "--format", "json", "--colour"][..],
        &["--format=json", "pln"],
        &["plan", "--format", "json", "-e", "sandbx"],
        &["--format", "json", "plan", "--target", "order"],
        &["man", "--format", "json", "pln"],
        &["simulator", "--format", "json", "--quirk", "colour=red"],
    ] {
        check(workspace.run(arguments), 64, "failure", "invalid");
    }
    let workspace = workspace.env("HOOKWRIGHT_FORMAT", "json");
    check(
        workspace.run(&["plan", "--colour"]),
        64,
        "failure",
        "invalid",
    );
}

#[cfg(unix)]
#[test]
fn stop_at_once() {
    use std::sync::mpsc;

    use crate::support::process::Running;

    let (arrived, arrivals) = mpsc::channel();
    let arrived = std::sync::Mutex::new(arrived);
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let api = Api::meddled(move |request, _| {
        if request.method() == http::Method::POST {
            arrived.lock().unwrap().send(()).ok();
            released.lock().unwrap().recv().ok();
        }
        None
    });
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let command = workspace.command(&["apply", "--auto-approve", "--format", "json"]);
    let mut running = Running::start(command);
    arrivals.recv().unwrap();
    running.interrupt();
    running.wait_for("stopping:");
    running.interrupt();
    let (code, stdout, stderr) = running.finish();
    drop(release);
    let run = Run {
        code: code.unwrap(),
        stdout,
        stderr,
    };
    check(run, 4, "failure", "partial");
}
