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

#[test]
fn failure_says_what_came_back_and_what_to_do() {
    let mut shown = String::new();
    for fault in [
        "redirect:https://elsewhere.example.com/",
        "login-page",
        "bad-json",
    ] {
        let rule = format!("get:*={fault}").parse().unwrap();
        let api = Api::start(|builder| builder.fault(rule));
        let workspace = api.workspace(&sandbox_manifest(ORDERS));
        let run = workspace.run(&["plan"]).code(1);
        shown.push_str(&format!("{fault}\n{}\n", run.stdout));
        assert_eq!(run.stderr, "");
    }
    for (status, code, message) in [
        (401, "authentication_failed", "No such token"),
        (403, "not_authenticated", "Not allowed"),
    ] {
        let api = Api::meddled(move |_, _| {
            let body = serde_json::json!({ "error": { "code": code, "message": message } });
            let response = http::Response::builder().status(status);
            Some(response.body(body.to_string().into()).unwrap())
        });
        let workspace = api.workspace(&sandbox_manifest(ORDERS));
        let run = workspace.run(&["plan"]).code(1);
        shown.push_str(&format!("{status}\n{}\n", run.stdout));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn secret_of_another_environment_is_not_used() {
    let api = Api::truv();
    let manifest = sandbox_manifest(ORDERS).replace("TRUV_SANDBOX_SECRET", "TRUV_PROD_SECRET");
    let workspace = api.workspace(&manifest);
    let run = workspace.run(&["plan"]).code(3);
    insta::assert_snapshot!(run.shown());
    assert_eq!(api.requests(), [""; 0]);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(3);
    assert_eq!(api.requests(), [""; 0]);
    let _ = workspace.run(&["plan", "--allow-secret-mismatch"]).code(0);
    assert_eq!(api.requests().len(), 1);
}

#[test]
fn one_secret_for_two_environments_is_refused() {
    let api = Api::truv();
    let twin = "  twin:
    provider: truv
    env_type: sandbox
    base_url: [API]
    credentials:
      client_id: ${env:TRUV_CLIENT_ID}
      access_secret: ${env:TRUV_SANDBOX_SECRET}
webhooks:\n";
    let manifest = sandbox_manifest(ORDERS).replace("webhooks:\n", twin);
    let workspace = api.workspace(&manifest);
    let run = workspace.run(&["plan"]).code(3);
    assert!(
        run.stdout.contains("refused (shared-secret)"),
        "{}",
        run.shown()
    );
    assert_eq!(api.requests(), [""; 0]);
}

#[test]
fn plan_shows_every_kind_of_change() {
    let api = Api::truv();
    let one = |name, url, events: &[&str]| api.seed(EnvType::Sandbox, name, url, events);
    let disabled = one("off", "https://hooks.example.com/off", &["link-connected"]);
    api.simulator
        .edit(&disabled, |webhook| webhook.enabled = false)
        .unwrap();
    one(
        "renamed-at-provider",
        "https://hooks.example.com/name",
        &["link-connected"],
    );
    one("gone", "https://hooks.example.com/gone", &["link-deleted"]);
    one(
        "theirs",
        "https://hooks.example.com/theirs",
        &["link-deleted"],
    );
    one(
        "moved",
        "https://old.example.com/m",
        &["link-connected", "link-deleted"],
    );
    let manifest = sandbox_manifest(
        "  off: { url: https://hooks.example.com/off, events: [link-connected] }
  name: { url: https://hooks.example.com/name, events: [link-connected] }
  new: { url: https://hooks.example.com/new, events: ['link-*'], enabled: false }
  moved-here:
    url: https://hooks.example.com/moved
    events: [link-connected, profile-updated]
    moved_from: [https://old.example.com/m]
",
    );
    let ignore = "    prune: true\n    ignore: [theirs]\nwebhooks:\n";
    let workspace = api.workspace(&manifest.replace("webhooks:\n", ignore));
    insta::assert_snapshot!(workspace.run(&["plan"]).code(0).shown());
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
}

#[test]
fn several_environments_are_planned_though_one_fails() {
    let api = Api::truv();
    let prod = "  prod:
    provider: truv
    base_url: [API]
    credentials:
      client_id: ${env:TRUV_CLIENT_ID}
      access_secret: prod-and-no-more
webhooks:\n";
    let workspace = api.workspace(&sandbox_manifest(ORDERS).replace("webhooks:\n", prod));
    let run = workspace.run(&["plan", "--detailed-exitcode"]).code(1);
    assert!(run.stdout.contains("Plan: 1 to create"), "{}", run.shown());
    assert!(run.stdout.contains("1 environment could not be planned."));
}

#[test]
fn a_list_that_is_not_there_is_another_base_url() {
    let api = Api::truv();
    let orders = "  orders: { url: https://h.example.com/, events: [order-created] }\n";
    let manifest = sandbox_manifest(orders).replace("[API]", "[API]nowhere/");
    let run = api.workspace(&manifest).run(&["plan"]).code(1);
    let said = "check `base_url`: there is no such API at its path";
    assert!(run.stdout.contains(said), "{}", run.shown());
}

/// An account whose webhooks all move to another host, but for one that changes more.
fn moved() -> (Api, String) {
    let api = Api::truv();
    let mut webhooks = String::new();
    for n in 10..40 {
        let old = format!("https://old.example.com/{n}?x=1");
        api.seed(
            EnvType::Sandbox,
            &format!("hook-{n}"),
            &old,
            &["order-created"],
        );
        let events = if n == 25 {
            "[order-created, link-connected]"
        } else {
            "[order-created]"
        };
        webhooks += &format!(
            "  hook-{n}: {{ url: \"https://new.example.com/{n}?x=1\", moved_from: [\"{old}\"], events: {events} }}\n"
        );
    }
    (api, sandbox_manifest(&webhooks))
}

#[test]
fn webhooks_that_change_alike_are_shown_together() {
    let (api, manifest) = moved();
    let workspace = api.workspace(&manifest);
    let run = workspace.run(&["plan"]).code(0);
    let shown = run
        .stdout
        .lines()
        .filter(|line| !line.starts_with("      id"));
    insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"));
    let expanded = workspace.run(&["plan", "--expand"]).code(0).stdout;
    assert_eq!(expanded.matches("  ~ hook-").count(), 30, "{expanded}");
    assert!(!expanded.contains("29 webhooks"), "{expanded}");
    // A file keeps each of them.
    let _ = workspace.run(&["plan", "--out", "saved.plan"]).code(0);
    let shown = workspace.run(&["show", "saved.plan"]).code(0).stdout;
    assert!(
        shown.contains("29 webhooks: host old.example.com → new.example.com"),
        "{shown}"
    );
    let shown = workspace
        .run(&["show", "saved.plan", "--expand"])
        .code(0)
        .stdout;
    assert_eq!(shown.matches("  ~ hook-").count(), 30, "{shown}");
    let applied = workspace.run(&["apply", "saved.plan"]).code(0).stdout;
    assert!(
        applied.contains("29 webhooks: host old.example.com → new.example.com"),
        "{applied}"
    );
}

/// What nobody may overlook is the last that is read: each with its environment and the way on. A warning of several environments
/// is said once.
#[test]
fn warnings_and_refusals_stand_at_the_end() {
    let api = Api::truv();
    for env_type in [EnvType::Sandbox, EnvType::Production] {
        api.seed(
            env_type,
            "orders",
            "https://old.example.com/orders",
            &["order-created"],
        );
    }
    let manifest = "version: 1
environments:
  sandbox:
    provider: truv
    base_url: [API]
    credentials: { client_id: \"${env:TRUV_CLIENT_ID}\", access_secret: \"${env:TRUV_SANDBOX_SECRET}\" }
    prune: true
    limits: { max_deletes: 0 }
  prod:
    provider: truv
    base_url: [API]
    credentials: { client_id: \"${env:TRUV_CLIENT_ID}\", access_secret: \"${env:TRUV_PROD_SECRET}\" }
webhooks:
  links: { url: https://new.example.com/orders, events: [order-created] }
";
    let workspace = api.workspace(manifest);
    let workspace = workspace.env("TRUV_PROD_SECRET", crate::support::PROD_SECRET);
    let shown = workspace.run(&["plan"]).code(3).stdout;
    let (before, after) = shown.split_once("\nPlan: ").unwrap();
    assert!(
        before.contains("  refused (max-deletes): see below"),
        "{shown}"
    );
    assert!(!before.contains("warning"), "{shown}");
    insta::assert_snapshot!(after, @"
    2 to create, 0 to update, 1 to delete. 1 environment refused.

      warning (sandbox, prod): `links` is created, and `orders`, which is live with
          the same events, is not declared: if they are the same webhook, put its
          live URL into `moved_from` of `links`, and it is changed in place
      refused (max-deletes) in sandbox: 1 webhook would be deleted, and
          `limits.max_deletes` is 0
          to go on: check them, then run again with `--allow-deletes 1`, or raise
          `limits.max_deletes`
    ");
}

#[test]
fn a_summary_has_a_line_for_each_environment() {
    let (api, manifest) = moved();
    let workspace = api.workspace(&manifest);
    let run = workspace.run(&["plan", "--format", "summary"]).code(0);
    assert_eq!(
        run.stdout,
        "sandbox  0 to create, 30 to update, 0 to delete, 0 unchanged
Plan: 0 to create, 30 to update, 0 to delete.
"
    );
    let workspace = workspace.env("TRUV_SANDBOX_SECRET", crate::support::PROD_SECRET);
    let run = workspace.run(&["plan", "--format", "summary"]).code(3);
    assert!(
        run.stdout
            .starts_with("sandbox  refused: secret-mismatch\n"),
        "{}",
        run.shown()
    );
}
