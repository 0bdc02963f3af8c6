//! Two copies of the service: one looks, the other stands by.

use hookwright::model::EnvType;

use super::{ORDERS, Service, api, applied};
use crate::support::s3::{Conditions, Store};

fn copy(workspace: &crate::support::Workspace, name: &str) -> Service {
    let state = format!("{name}.json");
    Service::start(workspace, &["--state", &state, "--actor", name])
}

#[test]
fn one_looks_and_the_other_takes_over_when_it_is_killed() {
    let api = api();
    let workspace = api.workspace(&applied(ORDERS));
    let mut first = copy(&workspace, "first");
    first.wait_for("InSync is true (InSync)");
    let mut second = copy(&workspace, "second");
    let message = second.wait_for("Ready is not known (StandingBy)");
    assert!(message.contains("first"), "{message}");
    first.0.kill();
    second.wait_for("InSync is true (InSync)");
    assert_eq!(
        (api.count("POST"), api.live(EnvType::Sandbox).len()),
        (1, 1)
    );
    second.stop();
}

#[test]
fn whoever_applies_by_hand_gets_the_lock_while_a_service_runs() {
    let api = api();
    let workspace = api.workspace(&applied(ORDERS));
    let mut service = copy(&workspace, "service");
    service.wait_for("InSync is true (InSync)");
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    service.stop();
}

#[test]
fn a_lead_in_an_object_store_is_given_back_and_taken_over() {
    let api = api();
    let store = Store::start(Conditions::All);
    let lock = format!(
        "lock: {{ url: s3://locks/sandbox, endpoint: \"{}\", region: r, expires_after: 10s }}",
        store.endpoint()
    );
    let text = applied(ORDERS).replace("lock: { file: sandbox.lock }", &lock);
    let workspace = api
        .workspace(&text)
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", "c4nary");
    let mut first = copy(&workspace, "first");
    first.wait_for("InSync is true (InSync)");
    assert!(store.content("/locks/sandbox.leader").is_some());
    let mut second = copy(&workspace, "second");
    second.wait_for("Ready is not known (StandingBy)");
    let said = first.stop();
    assert!(!said.contains("c4nary"), "{said}");
    second.wait_for("InSync is true (InSync)");
    second.stop();
    assert_eq!(api.count("POST"), 1);
}
