//! The guards, through the real binary: each refuses with exit 3, says how to go on, and lets go where
//! that is done.

use hookwright::model::EnvType;

use crate::support::{Api, PROD_SECRET, Run, Workspace};

const CREDENTIALS: &str = "
    credentials:
      client_id: ${env:TRUV_CLIENT_ID}
      access_secret: ${env:TRUV_SANDBOX_SECRET}";

/// A manifest with one environment, these lines of which come below its credentials.
fn manifest(environment: &str, webhooks: &str) -> String {
    let environment: String = environment
        .lines()
        .map(|line| format!("\n    {line}"))
        .collect();
    format!(
        "version: 1\nenvironments:\n  sandbox:\n    provider: truv\n    base_url: \"[API]\"{CREDENTIALS}{environment}\n{webhooks}"
    )
}

fn declared(keys: &[&str]) -> String {
    let mut webhooks = "webhooks:\n".to_owned();
    for key in keys {
        webhooks.push_str(&format!(
            "  {key}:\n    url: https://h.example.com/{key}\n    events: [order-created]\n"
        ));
    }
    webhooks
}

/// A provider with enabled webhooks of these names in the sandbox.
fn provider(names: &[&str]) -> Api {
    let api = Api::truv();
    for name in names {
        api.seed(
            EnvType::Sandbox,
            name,
            &format!("https://h.example.com/{name}"),
            &["order-created"],
        );
    }
    api
}

/// The lines that say what is refused and how to go on, with their folds undone.
fn refused(run: &Run) -> String {
    let lines = run
        .stdout
        .lines()
        .skip_while(|line| !line.starts_with("  refused") || !line.contains(") in "));
    let lines = lines.take_while(|line| line.starts_with("  "));
    let text: Vec<&str> = lines.map(str::trim).collect();
    text.join(" ")
        .replace(" refused (", "\nrefused (")
        .replace(" to go on:", "\nto go on:")
}

/// Asserts that both `plan` and `apply` refuse, that JSON has the code, and that nothing is written.
#[track_caller]
fn refuses(api: &Api, workspace: &Workspace, arguments: &[&str], code: &str) -> String {
    let with = |more: &[&'static str]| -> Run {
        let more: Vec<&str> = more
            .iter()
            .copied()
            .chain(arguments.iter().copied())
            .collect();
        workspace.run(&more)
    };
    let text = with(&["plan"]).code(3);
    let json = with(&["plan", "--format", "json"]).code(3).json();
    assert_eq!(json["outcome"], "refused");
    let environments = json["environments"].as_array().unwrap();
    let codes: Vec<&str> = environments
        .iter()
        .flat_map(|one| one["refusals"].as_array().unwrap())
        .map(|refusal| refusal["code"].as_str().unwrap())
        .collect();
    assert!(codes.contains(&code), "{codes:?}");
    let applied = if environments.len() > 1 {
        with(&["apply", "--auto-approve", "--all"])
    } else {
        with(&["apply", "--auto-approve"])
    };
    let _ = applied.code(3);
    let writes = api
        .requests()
        .into_iter()
        .filter(|request| !request.starts_with("GET"));
    assert_eq!(writes.collect::<Vec<_>>(), [""; 0]);
    refused(&text)
}

#[test]
fn protect_refuses_a_delete() {
    let api = provider(&["orders", "loans"]);
    let environment = "prune: true\nprotect: [\"lo*\"]";
    let workspace = api.workspace(&manifest(environment, &declared(&["orders"])));
    insta::assert_snapshot!(refuses(&api, &workspace, &[], "protected"), @r"
    refused (protected) in sandbox: `loans` (id f6645f9d-6e5c-4687-a67a-7eacdfa9c2d6) would be deleted, and `protect` has `lo*`
    to go on: declare it in the manifest, or drop the pattern from `protect`
    ");
    let dropped = api.workspace(&manifest("prune: true", &declared(&["orders"])));
    let _ = dropped.run(&["plan"]).code(0);
}

#[test]
fn protect_refuses_a_tombstone() {
    let api = provider(&["orders", "loans"]);
    let webhooks = declared(&["orders"]) + "removed: [loans]\n";
    let workspace = api.workspace(&manifest("protect: [loans]", &webhooks));
    insta::assert_snapshot!(refuses(&api, &workspace, &[], "protected"), @r"
    refused (protected) in sandbox: `loans` (id f6645f9d-6e5c-4687-a67a-7eacdfa9c2d6) would be deleted, and `protect` has `loans`
    to go on: drop the name from `removed`, or from `protect`
    ");
}

#[test]
fn require_refuses_too_few_receivers_afterwards() {
    let api = provider(&["orders", "copy"]);
    let environment = "prune: true\nrequire: { order-created: 2 }";
    let workspace = api.workspace(&manifest(environment, &declared(&["orders"])));
    insta::assert_snapshot!(refuses(&api, &workspace, &[], "require"), @r"
    refused (require) in sandbox: `order-created` would have 1 enabled receiver afterwards, and `require` asks for 2
    to go on: declare another enabled webhook for `order-created`, or lower it to 1 in `require`
    ");
    let enough = api.workspace(&manifest(
        "prune: true\nrequire: { order-created: 1 }",
        &declared(&["orders"]),
    ));
    let _ = enough.run(&["plan"]).code(0);
}

#[test]
fn require_refuses_too_few_receivers_now() {
    let api = provider(&["orders"]);
    let environment = "require: { order-created: 2 }";
    let workspace = api.workspace(&manifest(environment, &declared(&["orders"])));
    insta::assert_snapshot!(refuses(&api, &workspace, &[], "require"), @r"
    refused (require) in sandbox: `order-created` would have 1 enabled receiver afterwards, and `require` asks for 2
    to go on: declare another enabled webhook for `order-created`, or lower it to 1 in `require`
    ");
}

#[test]
fn require_refuses_too_few_receivers_on_the_way() {
    let api = provider(&[]);
    let events = ["order-created", "order-finalized"];
    for (name, event) in [("a", 0), ("b", 0), ("c", 1), ("d", 1)] {
        let url = format!("https://h.example.com/{name}");
        api.seed(EnvType::Sandbox, name, &url, &[events[event]]);
    }
    let mut webhooks = "webhooks:\n".to_owned();
    for (name, event) in [("a", 1), ("b", 1), ("c", 0), ("d", 0)] {
        let event = events[event];
        webhooks.push_str(&format!(
            "  {name}:\n    url: https://h.example.com/new/{name}\n    events: [{event}, task-status-updated]\n"
        ));
    }
    let environment = "require: { order-created: 2, order-finalized: 2 }";
    let workspace = api.workspace(&manifest(environment, &webhooks));
    insta::assert_snapshot!(refuses(&api, &workspace, &[], "require"), @r"
    refused (require) in sandbox: `order-created` would have 1 enabled receiver on the way, and `require` asks for 2
    to go on: declare another enabled webhook for `order-created`, or lower it to 1 in `require`
    ");
}

#[test]
fn max_deletes_wants_their_number() {
    let api = provider(&["orders", "one", "two"]);
    let environment = "prune: true\nlimits: { max_deletes: 1 }";
    let workspace = api.workspace(&manifest(environment, &declared(&["orders"])));
    insta::assert_snapshot!(refuses(&api, &workspace, &[], "max-deletes"), @r"
    refused (max-deletes) in sandbox: 2 webhooks would be deleted, and `limits.max_deletes` is 1
    to go on: check them, then run again with `--allow-deletes 2`, or raise `limits.max_deletes`
    ");
    let _ = refuses(&api, &workspace, &["--allow-deletes", "1"], "max-deletes");
    let _ = workspace.run(&["plan", "--allow-deletes", "2"]).code(0);
    let _ = workspace
        .run(&["apply", "--auto-approve", "--allow-deletes", "2"])
        .code(0);
}

#[test]
fn an_environment_is_not_emptied_by_accident() {
    let api = provider(&["one", "two"]);
    let webhooks = "webhooks:\n  other:\n    url: https://h.example.com/\n    events: [order-created]\n    environments: []\n";
    let workspace = api.workspace(&manifest("prune: true", webhooks));
    insta::assert_snapshot!(refuses(&api, &workspace, &[], "empty"), @r"
    refused (empty) in sandbox: no webhook is declared, and all 2 that are ours would be deleted
    to go on: if the environment is to be emptied, run again with `--allow-empty`
    ");
    let _ = workspace.run(&["plan", "--allow-empty"]).code(0);
}

#[test]
fn hosts_that_are_not_allowed_are_the_manifests_fault() {
    let api = provider(&[]);
    let environment = "allowed_hosts: [\"*.example.org\"]";
    let workspace = api.workspace(&manifest(environment, &declared(&["orders"])));
    insta::assert_snapshot!(workspace.run(&["plan"]).code(65).shown());
    assert!(api.requests().is_empty());
}

#[test]
fn a_secret_of_another_environment_is_not_used() {
    let api = provider(&["orders"]);
    let workspace = api
        .workspace(&manifest("", &declared(&["orders"])))
        .env("TRUV_SANDBOX_SECRET", PROD_SECRET);
    insta::assert_snapshot!(refuses(&api, &workspace, &[], "secret-mismatch"), @r"
    refused (secret-mismatch) in sandbox: the access secret's prefix says production, and the environment is sandbox
    to go on: use the environment's own secret, or run again with `--allow-secret-mismatch`
    ");
    assert!(api.requests().is_empty());
    let _ = workspace.run(&["plan", "--allow-secret-mismatch"]).code(0);
}

const SHARED: &str = "version: 1
environments:
  sandbox:
    provider: truv
    base_url: \"[API]\"
    credentials:
      client_id: ${env:TRUV_CLIENT_ID}
      access_secret: ${env:TRUV_SANDBOX_SECRET}
  dev:
    provider: truv
    base_url: \"[API]\"
    credentials:
      client_id: ${env:TRUV_CLIENT_ID}
      access_secret: ${env:TRUV_SANDBOX_SECRET}
  prod:
    provider: truv
    base_url: \"[API]\"
    credentials:
      client_id: ${env:TRUV_CLIENT_ID}
      access_secret: ${env:TRUV_PROD_SECRET}
";

#[test]
fn one_secret_for_two_environments_refuses_both_and_hides_no_other() {
    let api = provider(&["orders"]);
    let text = SHARED.to_owned() + &declared(&["orders"]);
    let workspace = api.workspace(&text);
    let arguments = ["--allow-secret-mismatch"];
    let _ = refuses(&api, &workspace, &arguments, "shared-secret");
    insta::assert_snapshot!(
        workspace
            .run(&["plan", "--allow-secret-mismatch"])
            .code(3)
            .shown()
    );
}

#[test]
fn a_conflict_is_adopted_or_avoided() {
    let api = provider(&["orders"]);
    let owns = "owns: [\"acme-*\"]";
    let webhooks = |more: &str| {
        format!(
            "webhooks:\n  acme-orders:\n    url: https://h.example.com/orders\n    events: [order-created]\n{more}"
        )
    };
    let workspace = api.workspace(&manifest(owns, &webhooks("")));
    insta::assert_snapshot!(refuses(&api, &workspace, &[], "conflict"), @r"
    refused (conflict) in sandbox: the URL of `acme-orders`, https://h.example.com/orders, is held by `orders` (id 651c322a-0dc7-4071-a7c1-2860f1175ad9), which is not ours
    to go on: take it over with `adopt: true` at `webhooks.acme-orders`, or give `acme-orders` another URL
    ");
    let adopted = api.workspace(&manifest(owns, &webhooks("    adopt: true\n")));
    let _ = adopted.run(&["plan"]).code(0);
}

#[test]
fn an_ambiguous_name_is_settled_by_a_former_url() {
    let api = provider(&[]);
    for path in ["one", "two"] {
        let url = format!("https://h.example.com/{path}");
        api.seed(EnvType::Sandbox, "orders", &url, &["order-created"]);
    }
    let workspace = api.workspace(&manifest("", &declared(&["orders"])));
    insta::assert_snapshot!(refuses(&api, &workspace, &[], "ambiguous-name"), @r"
    refused (ambiguous-name) in sandbox: the name alone does not tell which live webhook `orders` is: there are https://h.example.com/one (id 651c322a-0dc7-4071-a7c1-2860f1175ad9), https://h.example.com/two (id f6645f9d-6e5c-4687-a67a-7eacdfa9c2d6)
    to go on: say which is meant: put the live URL into that webhook's `moved_from`
    ");
    let said = declared(&["orders"]) + "    moved_from: [https://h.example.com/two]\n";
    let _ = api.workspace(&manifest("", &said)).run(&["plan"]).code(0);
}

#[test]
fn a_target_that_would_end_an_event_wants_the_other_one() {
    let api = provider(&["a"]);
    let webhooks = "webhooks:
  a:
    url: https://h.example.com/a
    events: [task-status-updated]
  b:
    url: https://h.example.com/b
    events: [order-created]
";
    let workspace = api.workspace(&manifest("", webhooks));
    insta::assert_snapshot!(refuses(&api, &workspace, &["--target", "a"], "left-out"), @r"
    refused (left-out) in sandbox: `order-created` would be sent nowhere: `b`, which is to send it, is left out by `--target`
    to go on: add `--target b`, or plan without `--target`
    ");
    let _ = workspace
        .run(&["plan", "--target", "a", "--target", "b"])
        .code(0);
}
