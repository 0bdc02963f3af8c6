//! `reconcile --once`.

use hookwright::model::EnvType;

use super::{LINKS, ORDERS, api, applied, declared};
use crate::support::Workspace;

const ONCE: [&str; 2] = ["reconcile", "--once"];
const APPLY: [&str; 6] = [
    "reconcile",
    "--once",
    "--state",
    "state.json",
    "--audit-log",
    "audit.log",
];

#[test]
fn it_says_what_differs_and_writes_nothing() {
    let api = api();
    let workspace = api.workspace(&declared("mode: detect", ORDERS));
    let run = workspace.run(&ONCE).code(2);
    insta::assert_snapshot!(run.stdout, @"sandbox: declared and not live: `orders`");
    assert_eq!(api.count("POST"), 0);
    api.seed(
        EnvType::Sandbox,
        "orders",
        "https://hooks.example.com/orders",
        &["order-created"],
    );
    let run = workspace.run(&ONCE).code(0);
    insta::assert_snapshot!(run.stdout, @"sandbox: what is live is what is declared");
}

#[test]
fn it_applies_where_the_manifest_says_so_and_proves_it() {
    let api = api();
    let workspace = api.workspace(&applied(&[ORDERS, LINKS].concat()));
    let run = workspace.run(&APPLY).code(0);
    insta::assert_snapshot!(run.stdout, @"sandbox: applied 2 operations, and proven");
    assert_eq!(api.live(EnvType::Sandbox).len(), 2);
    assert_eq!(api.count("POST"), 2);
    let run = workspace.run(&APPLY).code(0);
    insta::assert_snapshot!(run.stdout, @"sandbox: what is live is what is declared");
    assert_eq!(api.count("POST"), 2);
    let _ = workspace.run(&["audit", "audit.log"]).code(0);
}

#[test]
fn a_flag_overrides_what_the_manifest_says() {
    let api = api();
    let workspace = api.workspace(&applied(ORDERS));
    let run = workspace
        .run(&["reconcile", "--once", "--detect-only"])
        .code(2);
    insta::assert_snapshot!(run.stdout, @"sandbox: declared and not live: `orders`");
    assert_eq!(api.count("POST"), 0);
}

#[test]
fn what_a_guard_refuses_is_said_and_not_done() {
    let api = api();
    for name in ["a", "b", "c"] {
        let url = format!("https://hooks.example.com/{name}");
        api.seed(EnvType::Sandbox, name, &url, &["order-created"]);
    }
    let manifest = applied(ORDERS).replace(
        "    lock:",
        "    prune: true\n    limits: { max_deletes: 1 }\n    lock:",
    );
    let workspace = api.workspace(&manifest);
    let run = workspace.run(&APPLY).code(3);
    insta::assert_snapshot!(run.stdout);
    assert_eq!((api.count("POST"), api.count("DELETE")), (0, 0));
}

#[test]
fn errors_of_how_it_is_started() {
    let api = api();
    let workspace = api.workspace(&applied(ORDERS));
    let run = workspace.run(&ONCE).code(64);
    insta::assert_snapshot!(run.stderr, @"
    error: environment `sandbox` has `mode: apply`, and there is no `--state`: what is written in a day could not be counted over a restart
      hint: name a file with `--state`, or write nothing with `--detect-only`
    ");
    let run = workspace
        .run_with_input(&["reconcile", "-f", "-"], "")
        .code(64);
    insta::assert_snapshot!(run.stderr, @"
    error: a manifest on standard input cannot be read anew
      hint: name a file or a folder, or look once with `--once`
    ");
    workspace.write("state.json", "{}");
    let run = workspace.run(&APPLY).code(65);
    insta::assert_snapshot!(run.stderr);
    workspace.write(
        "state.json",
        r#"{"format_version":9,"kind":"hookwright-state"}"#,
    );
    let run = workspace.run(&APPLY).code(65);
    insta::assert_snapshot!(run.stderr);
    assert_eq!(api.requests(), Vec::<String>::new());
}

#[test]
fn an_invalid_manifest_is_shown_as_by_every_command() {
    let workspace =
        Workspace::with("version: 1\nenvironments: { sandbox: { provider: nobody } }\n");
    let run = workspace.run(&ONCE).code(65);
    assert!(run.stderr.contains("error[HW"), "{}", run.shown());
}

#[test]
fn what_is_paused_is_said_to_be() {
    let api = api();
    let workspace = api.workspace(&declared("mode: detect, paused: INC-1234", ORDERS));
    let run = workspace.run(&ONCE).code(0);
    insta::assert_snapshot!(run.stdout, @"sandbox: paused: INC-1234");
    let off = declared("mode: off", ORDERS).replace("[API]", &api.base_url());
    workspace.write("hookwright.yaml", off);
    let run = workspace.run(&ONCE).code(0);
    insta::assert_snapshot!(run.stdout, @"sandbox: not looked at: `mode: off`");
    assert_eq!(api.requests(), Vec::<String>::new());
}
