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
