//! What goes wrong around the service: each has a condition with a reason, and a line of the log.

use std::fs;

use hookwright::model::EnvType;

use super::{ORDERS, Service, api, applied, declared, with_state};
use crate::support::Workspace;

#[test]
fn an_unreachable_provider_is_said_and_tried_again() {
    let text = declared("mode: detect", ORDERS).replace("[API]", "http://127.0.0.1:9/");
    let workspace = Workspace::with(&text);
    let mut service = Service::start(&workspace, &[]);
    let message = service.wait_for("Ready is false");
    assert!(
        message.starts_with("Ready is false (ProviderUnreachable)"),
        "{message}"
    );
    service.stop();
}

#[test]
fn a_rejected_credential_is_told_from_an_unreachable_provider() {
    let api = api();
    let workspace = api
        .workspace(&declared("mode: detect", ORDERS))
        .env("TRUV_SANDBOX_SECRET", "sandbox-not-known");
    let mut service = Service::start(&workspace, &[]);
    let message = service.wait_for("Ready is false");
    assert!(
        message.starts_with("Ready is false (CredentialsRejected)"),
        "{message}"
    );
    service.wait_for("CredentialsValid is false (Rejected)");
    service.stop();
}

#[test]
fn a_credential_that_cannot_be_got_is_asked_for_again() {
    let api = api();
    let secret = "${env:TRUV_SANDBOX_SECRET}";
    let text = declared("mode: detect", ORDERS).replace(secret, "{ command: [cat, secret] }");
    let workspace = api.workspace(&text);
    let mut service = Service::start(&workspace, &[]);
    let message = service.wait_for("CredentialsValid is false (NotFound)");
    insta::assert_snapshot!(message);
    workspace.write("secret", crate::support::SANDBOX_SECRET);
    service.wait_for("CredentialsValid is true (Accepted)");
    let said = service.stop();
    assert!(!said.contains(crate::support::SANDBOX_SECRET), "{said}");
}

/// What cannot be recorded is not sent.
#[test]
fn where_the_state_cannot_be_written_nothing_is_sent() {
    let api = api();
    let workspace = api.workspace(&applied(ORDERS));
    fs::create_dir(workspace.path().join("kept")).unwrap();
    let mut service = Service::start(&workspace, &["--state", "kept/state.json"]);
    service.wait_for("InSync is true (InSync)");
    fs::remove_dir_all(workspace.path().join("kept")).unwrap();
    let id = api
        .simulator
        .webhooks(crate::support::CLIENT_ID, EnvType::Sandbox)[0]
        .id
        .clone();
    api.simulator.remove(&id).unwrap();
    service.wait_for("Ready is false (NotRecorded)");
    assert_eq!(api.live(EnvType::Sandbox), Vec::<String>::new());
    fs::create_dir(workspace.path().join("kept")).unwrap();
    service.wait_for("Ready is true (Succeeded)");
    service.stop();
    assert_eq!(api.count("POST"), 2);
}

#[test]
fn where_the_audit_log_cannot_be_written_nothing_is_sent() {
    let api = api();
    let workspace = api.workspace(&applied(ORDERS));
    let log = workspace.path().join("kept/audit.log");
    fs::create_dir(workspace.path().join("kept")).unwrap();
    let mut service = Service::start(
        &workspace,
        &["--state", "state.json", "--audit-log", "kept/audit.log"],
    );
    service.wait_for("Ready is true (Succeeded)");
    while !fs::read_to_string(&log).unwrap().contains("Ready is true") {
        std::thread::yield_now();
    }
    fs::remove_file(&log).unwrap();
    fs::create_dir(&log).unwrap();
    let id = api
        .simulator
        .webhooks(crate::support::CLIENT_ID, EnvType::Sandbox)[0]
        .id
        .clone();
    api.simulator.remove(&id).unwrap();
    service.wait_for("Ready is false (NotRecorded)");
    assert_eq!(api.live(EnvType::Sandbox), Vec::<String>::new());
    fs::remove_dir(&log).unwrap();
    service.wait_for("Ready is true (Succeeded)");
    service.stop();
}

#[test]
fn a_second_service_with_the_same_state_is_refused() {
    let api = api();
    let workspace = api.workspace(&applied(ORDERS));
    let mut service = with_state(&workspace);
    service.wait_for("InSync is true (InSync)");
    let run = workspace
        .run(&["reconcile", "--state", "state.json"])
        .code(3);
    insta::assert_snapshot!(run.stderr, @"
    error: the state `state.json` is in use by another service
      hint: end that service, or give each its own `--state`; the environments' `lock` decides which of them looks
    ");
    service.stop();
}
