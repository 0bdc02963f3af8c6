//! `list`: what is live, as it is.

use hookwright::model::EnvType;

use crate::support::{Api, PROD_SECRET, sandbox_manifest};

const ORDERS: &str = "  orders:
    name: acme-orders
    url: https://hooks.example.com/orders
    events: [order-created]
  payroll:
    name: acme-payroll
    url: https://hooks.example.com/payroll
    events: [order-created]
";

/// An account with a webhook of each standing, and a manifest that says whose they are.
fn account() -> (Api, String) {
    let api = Api::truv();
    let seed = |name, path: &str, events: &[&str]| {
        let url = format!("https://hooks.example.com/{path}");
        api.seed(EnvType::Sandbox, name, &url, events);
    };
    seed("acme-orders", "orders", &["order-created"]);
    seed(
        "acme-payroll",
        "payroll",
        &["order-created", "employment-created"],
    );
    seed(
        "acme-laptop",
        "in/0123456789abcdef0123456789abcdef",
        &["order-created"],
    );
    seed("=other", "other", &["order-created"]);
    let owned =
        sandbox_manifest(ORDERS).replace("webhooks:\n", "    owns: [\"acme-*\"]\nwebhooks:\n");
    (api, owned)
}

#[test]
fn live_webhooks_are_listed_with_what_the_manifest_says_of_them() {
    let (api, manifest) = account();
    let workspace = api.workspace(&manifest);
    let run = workspace.run(&["list"]).code(0);
    let ids = run
        .stdout
        .lines()
        .filter(|line| line.starts_with("      id"));
    assert_eq!(ids.count(), 4, "{}", run.shown());
    let shown: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| !line.starts_with("      id"))
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
    assert_eq!(run.stderr, "");
    assert_eq!(api.count("GET"), api.requests().len(), "it reads only");
}

#[test]
fn as_json_and_csv() {
    let (api, manifest) = account();
    let workspace = api.workspace(&manifest);
    let document = workspace.run(&["list", "--format", "json"]).code(0).json();
    let schema = workspace.run(&["schema", "list"]).code(0).json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&document), "{document:#}");
    let webhooks = document["environments"][0]["webhooks"].as_array().unwrap();
    let standings: Vec<&str> = webhooks
        .iter()
        .map(|webhook| webhook["standing"].as_str().unwrap())
        .collect();
    assert_eq!(
        standings,
        ["as-declared", "differs", "not-declared", "not-ours"]
    );
    let keys: Vec<Option<&str>> = webhooks
        .iter()
        .map(|webhook| webhook["key"].as_str())
        .collect();
    assert_eq!(keys, [Some("orders"), Some("payroll"), None, None]);

    let csv = workspace.run(&["list", "--format", "csv"]).code(0).stdout;
    assert!(
        csv.starts_with("environment,key,standing,name,webhook_url,events,enabled,id,"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 5, "{csv}");
    // No spreadsheet takes it for a formula, and no secret of a URL is in it.
    assert!(
        csv.contains("'=other") && !csv.contains("0123456789abcdef"),
        "{csv}"
    );
}

#[test]
fn what_cannot_be_listed_is_said() {
    let (api, manifest) = account();
    let workspace = api
        .workspace(&manifest)
        .env("TRUV_SANDBOX_SECRET", PROD_SECRET);
    let run = workspace.run(&["list"]).code(3);
    assert!(
        run.stdout.contains("refused (secret-mismatch)"),
        "{}",
        run.shown()
    );
    let broken = Api::start(|builder| builder.fault("get:*=500".parse().unwrap()));
    let run = broken
        .workspace(&manifest)
        .run(&["list", "--format", "json"])
        .code(1);
    let document = run.json();
    assert_eq!(document["outcome"], "failed");
    assert!(
        document["environments"][0]["error"].is_string(),
        "{document:#}"
    );
}
