//! `apply`, through the real binary and real HTTP.

use hookwright::model::EnvType;
use http::{Method, Response, StatusCode};

use crate::support::{Api, sandbox_manifest};

const ORDERS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created, order-status-updated]
";
const TWO: &str = "  links:
    url: https://hooks.example.com/links
    events: [link-connected]
  orders:
    url: https://hooks.example.com/orders
    events: [order-created, order-status-updated]
";
const TOMBSTONE: &str = "removed: [old]\n";
/// What a write meets that fails at once: credentials are not sent after it.
const ELSEWHERE: &str = "redirect:https://elsewhere.example.com/";

/// An API with a webhook to update and one to delete, and the manifest that asks for it.
fn three_operations() -> (Api, String) {
    let api = Api::truv();
    seed_two(&api);
    (api, sandbox_manifest(TWO) + TOMBSTONE)
}

fn seed_two(api: &Api) -> (String, String) {
    let url = "https://hooks.example.com/orders";
    let orders = api.seed(EnvType::Sandbox, "orders", url, &["order-created"]);
    let url = "https://old.example.com/";
    let old = api.seed(EnvType::Sandbox, "old", url, &["link-deleted"]);
    (orders, old)
}

#[test]
fn creates_updates_and_deletes_and_proves_it() {
    let (api, manifest) = three_operations();
    let workspace = api.workspace(&manifest);
    let run = workspace.run(&["apply", "--auto-approve"]).code(0);
    insta::assert_snapshot!(run.shown());
    assert_eq!(
        api.live(EnvType::Sandbox),
        [
            "orders https://hooks.example.com/orders",
            "links https://hooks.example.com/links"
        ]
    );
}

#[test]
fn second_run_says_that_nothing_changes_and_only_lists() {
    let (api, manifest) = three_operations();
    let workspace = api.workspace(&manifest);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let before = api.requests().len();
    let run = workspace.run(&["apply", "--auto-approve"]).code(0);
    insta::assert_snapshot!(run.shown(), @"
    exit 0
    ----- stdout -----
    sandbox  Truv sandbox at [API]
      2 webhooks unchanged

    Nothing to change: what is live is what the manifest says.
    ----- stderr -----
    ");
    assert_eq!(api.requests()[before..], ["GET /v1/webhooks/ 200"]);
}

#[test]
fn without_a_terminal_it_is_refused_before_any_request() {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let run = workspace.run_with_input(&["apply"], "yes\n").code(3);
    insta::assert_snapshot!(run.shown(), @"
    exit 3
    ----- stdout -----
    ----- stderr -----
    error: there is no terminal to ask for approval; nothing was changed
      hint: review with `hookwright plan`, then run again with `--auto-approve`
    ");
    assert_eq!(api.requests(), [""; 0]);
}

/// Two environments, each with its own secret.
fn two_environments() -> String {
    sandbox_manifest(ORDERS).replace(
        "webhooks:\n",
        "  prod:
    provider: truv
    base_url: [API]
    credentials:
      client_id: ${env:TRUV_CLIENT_ID}
      access_secret: ${env:TRUV_PROD_SECRET}
webhooks:\n",
    )
}

#[test]
fn several_environments_must_be_chosen() {
    let api = Api::truv();
    let workspace = api.workspace(&two_environments());
    let run = workspace.run(&["apply", "--auto-approve"]).code(64);
    insta::assert_snapshot!(run.shown(), @"
    exit 64
    ----- stdout -----
    ----- stderr -----
    error: the manifest has several environments: which one is meant?
      hint: name it: `-e sandbox`, `-e prod`; or say `--all`
    ");
    assert_eq!(api.requests(), [""; 0]);
}

#[test]
fn the_chosen_environment_alone_is_changed() {
    let api = Api::truv();
    let workspace = api.workspace(&two_environments());
    let _ = workspace
        .run(&["apply", "-e", "prod", "--auto-approve"])
        .code(0);
    assert_eq!(api.live(EnvType::Sandbox), [""; 0]);
    assert_eq!(api.live(EnvType::Production).len(), 1);
}

#[test]
fn all_environments_are_applied_side_by_side() {
    let api = Api::truv();
    let workspace = api.workspace(&two_environments());
    let _ = workspace
        .run(&["apply", "-e", "prod", "--auto-approve"])
        .code(0);
    // One environment has nothing to do now: nothing may be claimed of it that was not looked at.
    let run = workspace.run(&["apply", "--all", "--auto-approve"]).code(0);
    insta::assert_snapshot!(run.shown());
    assert_eq!(api.live(EnvType::Sandbox).len(), 1);
}

/// The limit of the account, in place of the documented one, is what a run keeps to, and what its cost is told by.
#[test]
fn a_run_keeps_to_the_limit_of_the_account() {
    let webhooks: String = (0..200)
        .map(|n| {
            format!(
                "  hook-{n}: {{ url: https://hooks.example.com/{n}, events: [order-created] }}\n"
            )
        })
        .collect();
    let limited = |limits: &str| {
        let limits = format!("limits: {limits}\n    base_url");
        sandbox_manifest(&webhooks).replacen("base_url", &limits, 1)
    };
    let api = Api::start(|builder| builder.rate_limit(0));
    let cost = |limits: &str| {
        let workspace = api.workspace(&limited(limits));
        let plan = workspace.run(&["plan", "--format", "json"]).code(0).json();
        let cost = plan["environments"][0]["cost"].clone();
        let text = workspace.run(&["plan"]).code(0).stdout;
        let line = text.lines().find(|line| line.contains("write requests"));
        (cost, line.unwrap().trim().to_owned())
    };
    let (lower, text) = cost("{ requests_per_minute: 60, rate_share: 0.25 }");
    assert_eq!(lower["requests_per_minute"], 15);
    assert_eq!(lower["waits_seconds"], 13 * 60);
    assert_eq!(
        text,
        "200 write requests, about 13 minutes at 15 of the account's 60 a minute"
    );
    let higher = "{ requests_per_minute: 100000 }";
    let (cost, text) = cost(higher);
    assert_eq!(cost["requests_per_minute"], 50_000);
    assert_eq!(
        text,
        "200 write requests, no waiting at half of the account's 100000 a minute"
    );
    // Half of what is documented would make it wait for the second minute.
    let workspace = api.workspace(&limited(higher));
    let run = workspace.run(&["apply", "--auto-approve", "-vv"]).code(0);
    assert!(!run.stderr.contains("waiting"), "{}", run.stderr);
    assert_eq!(api.live(EnvType::Sandbox).len(), 200);
}

/// `prod` is applied only once `sandbox` is, and is shown after it, as in the manifest.
#[test]
fn an_environment_waits_for_those_it_comes_after() {
    let manifest = two_environments().replace("  prod:\n", "  prod:\n    after: [sandbox]\n");
    let api = Api::start(|builder| builder.fault(format!("post:*={ELSEWHERE}").parse().unwrap()));
    let workspace = api.workspace(&manifest);
    let run = workspace.run(&["apply", "--all", "--auto-approve"]).code(1);
    let said = "its environment comes after `sandbox`, which was not applied and proven";
    assert!(run.stdout.contains(said), "{}", run.stdout);
    assert_eq!(api.count("POST"), 1);
    let run = workspace
        .run(&["apply", "--all", "--auto-approve", "--format", "json"])
        .code(1);
    let skipped = &run.json()["environments"][1]["operations"][0]["skipped_because"];
    assert_eq!(skipped, "after sandbox", "{}", run.stdout);
    assert_eq!(api.count("POST"), 2);
    // On its own it waits for nobody.
    api.simulator.clear_faults();
    let _ = workspace
        .run(&["apply", "-e", "prod", "--auto-approve"])
        .code(0);
    let run = workspace.run(&["apply", "--all", "--auto-approve"]).code(0);
    let at = |name: &str| run.stdout.find(&format!("\n{name}  Truv")).unwrap();
    assert!(at("sandbox") < at("prod"), "{}", run.stdout);
    assert_eq!(api.live(EnvType::Sandbox).len(), 1);
}

/// `dev` has nothing to do, and comes after what failed: what comes after `dev` does not go on because of that.
#[test]
fn what_has_nothing_to_do_does_not_let_others_pass() {
    let manifest = two_environments().replace("  prod:\n", "  prod:\n    after: [dev]\n");
    let dev = "  dev:
    provider: truv
    base_url: [API]
    after: [sandbox]
    credentials:
      client_id: ${env:TRUV_CLIENT_ID}
      access_secret: ${env:TRUV_DEV_SECRET}
webhooks:\n";
    let manifest = manifest.replace("webhooks:\n", dev);
    let api = Api::truv();
    let workspace = api.workspace(&manifest);
    let _ = workspace
        .run(&["apply", "-e", "dev", "--auto-approve"])
        .code(0);
    api.simulator
        .add_fault(format!("post:*={ELSEWHERE}").parse().unwrap());
    let run = workspace.run(&["apply", "--all", "--auto-approve"]).code(1);
    let said = "its environment comes after `dev`, which was not applied and proven";
    assert!(run.stdout.contains(said), "{}", run.shown());
    assert_eq!(api.live(EnvType::Production).len(), 0);
}

#[test]
fn environments_that_wait_for_each_other_are_errors() {
    let api = Api::truv();
    let after = |sandbox: &str, prod: &str| {
        let manifest =
            two_environments().replace("  prod:\n", &format!("  prod:\n    after: [{prod}]\n"));
        let manifest = manifest.replace(
            "  sandbox:\n",
            &format!("  sandbox:\n    after: [{sandbox}]\n"),
        );
        let run = api.workspace(&manifest).run(&["validate"]).code(65);
        run.stdout + &run.stderr
    };
    let circle = after("prod", "sandbox");
    assert!(
        circle.contains("`sandbox` would wait for itself, by way of `prod`"),
        "{circle}"
    );
    assert!(
        circle.contains("`prod` would wait for itself, by way of `sandbox`"),
        "{circle}"
    );
    let unknown = after("", "sandbx");
    assert!(unknown.contains("did you mean `sandbox`?"), "{unknown}");
    assert!(after("sandbox", "").contains("would wait for itself"));
}

#[test]
fn one_environment_that_cannot_be_read_keeps_all_from_being_written() {
    let api = Api::meddled(|request, _| {
        let secret = request.headers().get("x-access-secret").unwrap();
        secret.to_str().unwrap().starts_with("prod").then(|| {
            let body =
                r#"{"error": {"code": "authentication_failed", "message": "No such token"}}"#;
            Response::builder().status(401).body(body.into()).unwrap()
        })
    });
    let workspace = api.workspace(&two_environments());
    let run = workspace.run(&["apply", "--all", "--auto-approve"]).code(1);
    insta::assert_snapshot!(run.shown());
    assert_eq!(api.count("POST"), 0);
}

#[test]
fn target_narrows_to_one_webhook_and_deletes_nothing() {
    let (api, manifest) = three_operations();
    let workspace = api.workspace(&manifest);
    let _ = workspace
        .run(&["apply", "--target", "links", "--auto-approve", "--prune"])
        .code(0);
    assert_eq!(
        api.live(EnvType::Sandbox),
        [
            "orders https://hooks.example.com/orders",
            "old https://old.example.com/",
            "links https://hooks.example.com/links"
        ]
    );
    assert_eq!((api.count("POST"), api.count("PATCH")), (1, 0));
}

#[test]
fn what_is_not_declared_stays_until_it_is_pruned() {
    let api = Api::truv();
    seed_two(&api);
    let workspace = api.workspace(&sandbox_manifest(TWO));
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert_eq!(api.live(EnvType::Sandbox).len(), 3);
    let _ = workspace
        .run(&["apply", "--auto-approve", "--prune"])
        .code(0);
    assert_eq!(api.live(EnvType::Sandbox).len(), 2);
    assert_eq!(api.count("DELETE"), 1);
}

#[test]
fn what_is_not_ours_is_not_pruned() {
    let api = Api::truv();
    seed_two(&api);
    let manifest = sandbox_manifest(TWO)
        .replace("webhooks:\n", "    owns: [orders, links]\nwebhooks:\n")
        + TOMBSTONE;
    let workspace = api.workspace(&manifest);
    let _ = workspace
        .run(&["apply", "--auto-approve", "--prune"])
        .code(0);
    assert!(api.live(EnvType::Sandbox)[1].starts_with("old "));
    assert_eq!(api.count("DELETE"), 0);
}

#[test]
fn a_failed_operation_does_not_stop_the_others() {
    let api = Api::truv();
    let (orders, _) = seed_two(&api);
    let rule = format!("patch */{orders}/:*={ELSEWHERE}");
    api.simulator.add_fault(rule.parse().unwrap());
    let workspace = api.workspace(&(sandbox_manifest(TWO) + TOMBSTONE));
    let run = workspace.run(&["apply", "--auto-approve"]).code(4);
    insta::assert_snapshot!(run.shown());
    assert_eq!(
        api.live(EnvType::Sandbox),
        [
            "orders https://hooks.example.com/orders",
            "links https://hooks.example.com/links"
        ]
    );

    api.simulator.clear_faults();
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert_eq!((api.count("POST"), api.count("DELETE")), (1, 1));
}

#[test]
fn when_nothing_could_be_changed_it_has_failed() {
    let api = Api::start(|builder| builder.fault(format!("post:*={ELSEWHERE}").parse().unwrap()));
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let run = workspace.run(&["apply", "--auto-approve"]).code(1);
    insta::assert_snapshot!(run.shown());
}

#[test]
fn a_write_is_repeated_while_the_provider_is_unavailable() {
    let api = Api::truv();
    seed_two(&api);
    api.simulator.add_fault("patch:1=503".parse().unwrap());
    api.simulator.add_fault("delete:1=502".parse().unwrap());
    api.simulator.add_fault("post:1=503".parse().unwrap());
    let workspace = api.workspace(&(sandbox_manifest(TWO) + TOMBSTONE));
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert_eq!(api.count("PATCH"), 2);
    assert_eq!(api.count("DELETE"), 2);
    assert_eq!(api.live(EnvType::Sandbox).len(), 2);
}

#[test]
fn a_write_that_keeps_failing_is_given_up() {
    let api = Api::start(|builder| builder.fault("patch:*=500".parse().unwrap()));
    seed_two(&api);
    let workspace = api.workspace(&(sandbox_manifest(TWO) + TOMBSTONE));
    let run = workspace.run(&["apply", "--auto-approve"]).code(4);
    // How long it took decides where lines are wrapped.
    let words: Vec<&str> = run.stdout.split_whitespace().collect();
    let said = words.join(" ");
    for expected in [
        "~ orders unknown PATCH /v1/webhooks/651c322a-0dc7-4071-a7c1-2860f1175ad9/: unavailable, \
         status 500: Server Error (500); 5 attempts in ",
        "; it may have been carried out all the same to go on: run again when the provider is well",
        "listed again: not as declared: `orders`",
        "Applied: 2 operations done, 1 with unknown outcome. Run again to converge.",
    ] {
        assert!(said.contains(expected), "{said}");
    }
    assert_eq!(api.count("PATCH"), 5);
}

#[test]
fn a_delete_is_skipped_when_what_replaces_it_was_not_created() {
    let api = Api::start(|builder| builder.fault(format!("post:*={ELSEWHERE}").parse().unwrap()));
    let events = ["order-created", "order-status-updated"];
    api.seed(EnvType::Sandbox, "old", "https://old.example.com/", &events);
    let workspace = api.workspace(&(sandbox_manifest(ORDERS) + TOMBSTONE));
    let run = workspace.run(&["apply", "--auto-approve"]).code(1);
    insta::assert_snapshot!(run.shown());
    assert_eq!(api.count("DELETE"), 0);
}

#[test]
fn create_is_not_resent_when_its_answer_was_lost() {
    let api = Api::start(|builder| builder.fault("post:1=reset-after".parse().unwrap()));
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let run = workspace.run(&["apply", "--auto-approve"]).code(0);
    insta::assert_snapshot!(run.shown());
    assert_eq!(api.count("POST"), 1);
    assert_eq!(api.live(EnvType::Sandbox).len(), 1);
}

#[test]
fn create_is_resent_when_it_was_not_processed() {
    let api = Api::start(|builder| builder.fault("post:1=reset".parse().unwrap()));
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert_eq!(api.count("POST"), 2);
    assert_eq!(api.live(EnvType::Sandbox).len(), 1);
}

#[test]
fn a_delete_that_finds_nothing_has_succeeded() {
    let api = Api::meddled(|request, simulator| {
        if request.method() == Method::DELETE {
            let id = request.uri().path().split('/').nth(3).unwrap();
            simulator.remove(id).unwrap();
        }
        None
    });
    seed_two(&api);
    let manifest = sandbox_manifest(ORDERS)
        .replace("[order-created, order-status-updated]", "[order-created]");
    let workspace = api.workspace(&(manifest + TOMBSTONE));
    let run = workspace.run(&["apply", "--auto-approve"]).code(0);
    insta::assert_snapshot!(run.shown());
    assert!(
        api.requests()
            .iter()
            .any(|one| one.starts_with("DELETE") && one.ends_with("404"))
    );
}

#[test]
fn an_update_of_what_has_vanished_fails_and_says_so() {
    let api = Api::meddled(|request, simulator| {
        if request.method() == Method::PATCH {
            let id = request.uri().path().split('/').nth(3).unwrap();
            simulator.remove(id).unwrap();
        }
        None
    });
    seed_two(&api);
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let run = workspace.run(&["apply", "--auto-approve"]).code(1);
    insta::assert_snapshot!(run.shown());

    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert_eq!(api.count("POST"), 1);
}

#[test]
fn an_update_that_comes_back_otherwise_is_an_error() {
    let api = Api::meddled(|request, simulator| {
        if request.method() != Method::PATCH {
            return None;
        }
        let id = request.uri().path().split('/').nth(3).unwrap();
        let edited = simulator.edit(id, |webhook| webhook.events = vec!["order-created".into()]);
        let webhook = edited.unwrap().unwrap();
        let body = serde_json::json!({
            "id": webhook.id, "name": webhook.name, "webhook_url": webhook.webhook_url,
            "events": webhook.events, "env_type": "sandbox", "enabled": true,
        });
        Some(Response::new(body.to_string().into()))
    });
    seed_two(&api);
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let run = workspace.run(&["apply", "--auto-approve"]).code(4);
    insta::assert_snapshot!(run.shown());
}

#[test]
fn what_another_changes_meanwhile_is_told_by_the_last_list() {
    let api = Api::meddled(|request, simulator| {
        if request.method() == Method::PATCH {
            let old = simulator.webhooks(crate::support::CLIENT_ID, EnvType::Sandbox);
            let links = old.iter().find(|one| one.name == "links").unwrap();
            simulator
                .edit(&links.id, |webhook| webhook.enabled = false)
                .unwrap();
        }
        None
    });
    seed_two(&api);
    let url = "https://hooks.example.com/links";
    api.seed(EnvType::Sandbox, "links", url, &["link-connected"]);
    let workspace = api.workspace(&sandbox_manifest(TWO));
    let run = workspace.run(&["apply", "--auto-approve"]).code(4);
    insta::assert_snapshot!(run.shown());
}

#[test]
fn without_a_last_list_nothing_is_claimed() {
    let api = Api::meddled(|request, simulator| {
        let written = simulator
            .requests()
            .iter()
            .any(|one| one.method == Method::POST);
        (request.method() == Method::GET && written).then(|| {
            let body =
                r#"{"error": {"code": "authentication_failed", "message": "No such token"}}"#;
            let status = StatusCode::UNAUTHORIZED;
            Response::builder()
                .status(status)
                .body(body.into())
                .unwrap()
        })
    });
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let run = workspace.run(&["apply", "--auto-approve"]).code(4);
    insta::assert_snapshot!(run.shown());
}

#[test]
fn a_guard_keeps_everything_from_being_written() {
    let (api, manifest) = three_operations();
    let manifest = manifest.replace("webhooks:\n", "    protect: [old]\nwebhooks:\n");
    let workspace = api.workspace(&manifest);
    let run = workspace.run(&["apply", "--auto-approve"]).code(3);
    insta::assert_snapshot!(run.shown());
    assert_eq!(api.requests(), ["GET /v1/webhooks/ 200"]);
}
