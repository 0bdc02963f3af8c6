//! Few descriptors: files and connections that a process may have open are shared, and never run out on the way.

use std::fmt::Write;

use crate::support::{Api, Run, Workspace, sandbox_manifest};

const WEBHOOKS: &str = "  orders: { url: https://h.example.com/, events: [order-created] }\n";

/// Runs the program where it may have so many files open.
fn with_descriptors(workspace: &Workspace, descriptors: u32, arguments: &[&str]) -> Run {
    let limited = format!("ulimit -n {descriptors}; exec \"$0\" \"$@\"");
    let mut all = vec!["-c", &limited, env!("CARGO_BIN_EXE_hookwright")];
    all.extend(arguments);
    workspace.finish(workspace.program("bash", &all), "")
}

#[test]
fn many_environments_share_few_descriptors() {
    let api = Api::truv();
    let mut manifest = "version: 1\nenvironments:\n".to_owned();
    for number in 0..150 {
        write!(
            manifest,
            "  e{number}:
    provider: truv
    env_type: sandbox
    base_url: [API]
    credentials:
      client_id: client-{number}
      access_secret: ${{env:SECRET_{number}}}
"
        )
        .unwrap();
    }
    // Each secret is one of 40 hex digits.
    let workspace = (0..150).fold(
        api.workspace(&format!("{manifest}webhooks:\n{WEBHOOKS}")),
        |workspace, number| {
            workspace.env(
                &format!("SECRET_{number}"),
                &format!("sandbox-{number:040x}"),
            )
        },
    );
    for (arguments, code) in [
        (&["plan", "--detailed-exitcode"][..], 2),
        (&["apply", "--all", "--auto-approve"], 0),
        (&["plan", "--detailed-exitcode"], 0),
    ] {
        let run = with_descriptors(&workspace, 48, arguments).code(code);
        assert!(!run.shown().contains("open files"), "{}", run.shown());
    }
    assert_eq!(api.count("POST"), 150);
}

#[test]
fn too_few_descriptors_to_start_are_an_error_that_says_so() {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(WEBHOOKS));
    let plan = |descriptors| with_descriptors(&workspace, descriptors, &["plan"]);
    let seven = plan(7).code(1);
    assert_eq!(seven.stdout, "");
    insta::assert_snapshot!(seven.stderr, @r"
    error: failed to start the runtime: Too many open files (os error 24)
      hint: see how many files a process may have open (`ulimit -n`): 256 do for anything
    ");
    assert_eq!(api.requests(), Vec::<String>::new());
    // It starts, and then goes on to the end, or it does not start.
    for descriptors in 6..48 {
        let run = plan(descriptors);
        let is_refused = run.code == 1 && run.stderr == seven.stderr;
        assert!(
            is_refused || run.code == 0,
            "{descriptors}: {}",
            run.shown()
        );
    }
}
