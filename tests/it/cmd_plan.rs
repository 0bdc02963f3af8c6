//! `plan`, through the real binary and real HTTP.

use hookwright::model::EnvType;

use crate::support::{Api, sandbox_manifest};

const ORDERS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created, order-status-updated]
";

#[test]
fn shows_what_would_change_and_writes_nothing() {
    let api = Api::truv();
    api.seed(
        EnvType::Sandbox,
        "orders",
        "https://old.example.com/orders",
        &["order-created"],
    );
    api.seed(
        EnvType::Sandbox,
        "somebody",
        "https://other.example.com/",
        &["order-created"],
    );
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let run = workspace.run(&["plan"]).code(0);
    insta::assert_snapshot!(run.shown());
    assert_eq!(api.requests(), ["GET /v1/webhooks/ 200"]);
}

#[test]
fn detailed_exitcode_tells_changes_from_none() {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(2);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
}
