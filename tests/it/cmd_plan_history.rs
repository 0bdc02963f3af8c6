//! Plans with evidence: what webhooks carry, and the guard that looks at it.

use hookwright::model::EnvType;
use jiff::SignedDuration;

use crate::support::{
    Api, Workspace,
    history::{Seeded, at, seed},
    sandbox_manifest,
};

const DAY: i64 = 24 * 60;
const OLD: &str = "https://hooks.example.com/old";
const OFF: &str = "https://hooks.example.com/off";
const QUIET: &str = "https://hooks.example.com/quiet";
/// `old` and `quiet` are deleted, and `off` is enabled again.
const WEBHOOKS: &str = "  off:
    url: https://hooks.example.com/off
    events: [order-created]
removed: [old, quiet]
";

fn live(api: &Api) -> Workspace {
    api.seed(EnvType::Sandbox, "old", OLD, &["order-created"]);
    api.seed(EnvType::Sandbox, "quiet", QUIET, &["order-created"]);
    let off = api.seed(EnvType::Sandbox, "off", OFF, &["order-created"]);
    api.simulator
        .edit(&off, |webhook| webhook.enabled = false)
        .unwrap();
    api.workspace(&sandbox_manifest(WEBHOOKS))
}

/// `old` had many, `off` failed, `quiet` had one three days ago.
fn history(api: &Api) {
    // Ages that read the same however long the test takes, each second once.
    let last = at(30) - SignedDuration::from_secs(20);
    for number in 0..1_200 {
        let moment = last - SignedDuration::from_secs(number);
        let status = if number % 100 == 0 { 500 } else { 200 };
        seed(api, Seeded::new(OLD, "order-created", moment, Some(status)));
    }
    for days in 1..=5 {
        let moment = at(days * DAY + 65);
        let failed = Seeded::new(OFF, "order-created", moment, Some(503));
        seed(api, failed.saying("upstream\u{1b}[31m is down"));
    }
    seed(
        api,
        Seeded::new(QUIET, "order-created", at(3 * DAY + 60), Some(200)),
    );
}

#[test]
fn a_plan_shows_what_its_webhooks_carry() {
    let api = Api::now();
    let workspace = live(&api);
    history(&api);
    let run = workspace.run(&["plan", "--with-history", "7d"]).code(3);
    insta::assert_snapshot!(run.shown());
    let document = workspace
        .run(&["plan", "--with-history", "7d", "--format", "json"])
        .code(3)
        .json();
    let schema = Workspace::new().run(&["schema", "plan"]).code(0).json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&document), "{document:#}");
    let operations = &document["environments"][0]["operations"];
    assert_eq!(operations[0]["carries"]["failures"][0]["status_code"], 503);
    assert_eq!(operations[1]["carries"]["deliveries"], 1_200);
    assert_eq!(operations[1]["carries"]["succeeded"], 1_188);
    let refusals = document["environments"][0]["refusals"].as_array().unwrap();
    assert_eq!(refusals.len(), 1);
    assert_eq!(refusals[0]["code"], "live-traffic");
    for format in ["markdown", "html"] {
        let run = workspace.run(&["plan", "--with-history", "7d", "--format", format]);
        assert!(
            run.stdout.contains("1,200 deliveries in 7 days"),
            "{}",
            run.shown()
        );
    }
}

#[test]
fn a_plan_asks_for_no_history_unless_told_to() {
    let api = Api::now();
    let workspace = live(&api);
    let _ = workspace.run(&["plan"]).code(0);
    assert_eq!(api.requests(), ["GET /v1/webhooks/ 200"]);
}

#[test]
fn what_is_in_use_is_not_deleted_without_a_yes() {
    let api = Api::now();
    let workspace = live(&api);
    history(&api);
    let run = workspace.run(&["apply", "--auto-approve"]).code(3);
    assert!(
        run.stdout.contains("refused (live-traffic)"),
        "{}",
        run.shown()
    );
    // The latest page told enough of `old`, and all were read for `quiet`.
    assert_eq!(api.count("DELETE") + api.count("PATCH"), 0);
    let _ = workspace
        .run(&["apply", "--auto-approve", "--allow-live-traffic"])
        .code(0);
    assert_eq!(api.live(EnvType::Sandbox).len(), 1);
}

#[test]
fn saved_plans_do_not_pass_the_guard_by() {
    let api = Api::now();
    let workspace = live(&api);
    history(&api);
    let apply = ["apply", "saved.plan"];
    // Whoever reviews sees what would be refused.
    let run = workspace.run(&["plan", "--out", "saved.plan"]).code(3);
    assert!(
        run.stdout.contains("refused (live-traffic)"),
        "{}",
        run.shown()
    );
    let _ = workspace.run(&apply).code(3);
    assert_eq!(api.count("DELETE") + api.count("PATCH"), 0);
    // The yes is a part of what was reviewed.
    let yes = [&apply[..], &["--allow-live-traffic"]].concat();
    let _ = workspace.run(&yes).code(64);
    let plan = ["plan", "--allow-live-traffic", "--out", "saved.plan"];
    let _ = workspace.run(&plan).code(0);
    let _ = workspace.run(&apply).code(0);
    assert_eq!(api.live(EnvType::Sandbox).len(), 1);
}

#[test]
fn what_is_not_in_use_is_deleted_as_ever() {
    let api = Api::now();
    let workspace = live(&api);
    seed(
        &api,
        Seeded::new(OLD, "order-created", at(25 * 60), Some(200)),
    );
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert_eq!(api.live(EnvType::Sandbox).len(), 1);
}

#[test]
fn disabling_what_is_in_use_wants_a_yes_too() {
    let api = Api::now();
    api.seed(EnvType::Sandbox, "orders", OLD, &["order-created"]);
    seed(&api, Seeded::new(OLD, "order-created", at(5), Some(200)));
    let webhooks =
        format!("  orders: {{ url: '{OLD}', events: [order-created], enabled: false }}\n");
    let workspace = api.workspace(&sandbox_manifest(&webhooks));
    let run = workspace.run(&["apply", "--auto-approve"]).code(3);
    assert!(
        run.stdout.contains("refused (live-traffic)"),
        "{}",
        run.shown()
    );
    let allowed = workspace.env("HOOKWRIGHT_ALLOW_LIVE_TRAFFIC", "true");
    let _ = allowed.run(&["apply", "--auto-approve"]).code(0);
}

#[test]
fn what_nothing_is_known_of_is_not_deleted_without_a_yes() {
    // The list of webhooks is read, and the history is not.
    let rule = "get /v1/webhook-requests/:*=login-page".parse().unwrap();
    let api = Api::now_with(|builder| builder.fault(rule));
    let workspace = live(&api);
    let run = workspace.run(&["apply", "--auto-approve"]).code(3);
    let refused = run
        .stdout
        .lines()
        .skip_while(|line| !line.contains("refused"));
    insta::assert_snapshot!(refused.collect::<Vec<_>>().join("\n"));
    assert_eq!(api.count("DELETE") + api.count("PATCH"), 0);
    let plan = ["plan", "--with-history", "7d", "--format", "json"];
    let document = workspace.run(&plan).code(3).json();
    let error = &document["environments"][0]["history_error"];
    assert!(error.as_str().unwrap().contains("not JSON"), "{error}");
    let _ = workspace
        .run(&["apply", "--auto-approve", "--allow-live-traffic"])
        .code(0);
}

#[test]
fn more_history_than_providers_have_is_wrong_usage() {
    let api = Api::now();
    let workspace = live(&api);
    let run = workspace.run(&["plan", "--with-history", "31d"]).code(64);
    assert!(
        run.stderr.contains("remember deliveries for 30 days"),
        "{}",
        run.shown()
    );
}
