//! What a run asks of the provider: not one request more than it takes.

use hookwright::model::EnvType;

use crate::support::{Api, sandbox_manifest};

fn name(n: usize) -> String {
    format!("hook-{n:02}")
}

fn url(n: usize) -> String {
    format!("https://hooks.example.com/{n}")
}

/// A manifest that declares the webhooks of these numbers.
fn manifest(numbers: impl IntoIterator<Item = usize>) -> String {
    let one = |n| {
        format!(
            "  {}: {{ url: '{}', events: [order-created] }}\n",
            name(n),
            url(n)
        )
    };
    let webhooks: String = numbers.into_iter().map(one).collect();
    if webhooks.is_empty() {
        sandbox_manifest("").replace("webhooks:\n", "webhooks: {}\n")
    } else {
        sandbox_manifest(&webhooks)
    }
}

/// An API with so many webhooks and pages of this size.
fn api(webhooks: usize, page: usize) -> Api {
    let quirks = format!("page-size={page}").parse().unwrap();
    let api = Api::start(|builder| builder.quirks(quirks));
    for n in 0..webhooks {
        api.seed(EnvType::Sandbox, &name(n), &url(n), &["order-created"]);
    }
    api
}

#[track_caller]
fn assert_lists(requests: &[String], expected: usize) {
    assert_eq!(requests.len(), expected, "{requests:#?}");
    for request in requests {
        assert!(request.starts_with("GET /v1/webhooks/"), "{requests:#?}");
    }
}

#[test]
fn plan_without_changes_lists_each_page_once_and_asks_nothing_else() {
    for (webhooks, page, pages) in [
        (0, 20, 1),
        (1, 20, 1),
        (20, 20, 1),
        (21, 20, 2),
        (45, 20, 3),
    ] {
        let api = api(webhooks, page);
        let workspace = api.workspace(&manifest(0..webhooks));
        let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
        assert_lists(&api.requests(), pages);
    }
}

#[test]
fn each_environment_is_listed_once() {
    let api = api(3, 20);
    let prod = "  prod:
    provider: truv
    base_url: [API]
    credentials:
      client_id: ${env:TRUV_CLIENT_ID}
      access_secret: ${env:TRUV_PROD_SECRET}
webhooks:\n";
    let workspace = api.workspace(&manifest(0..3).replace("webhooks:\n", prod));
    let _ = workspace.run(&["plan"]).code(0);
    assert_lists(&api.requests(), 2);
    let _ = workspace.run(&["plan", "-e", "prod"]).code(0);
    assert_lists(&api.requests(), 3);
}

#[test]
fn apply_that_deletes_lists_before_and_after_it_looks_at_traffic_and_writes_once_for_each_operation()
 {
    // 24 live: 20 stay, 2 are updated, 2 deleted; 3 are created: 25 in the end.
    let api = api(24, 10);
    let webhooks = manifest((0..22).chain(24..27))
        .replace("hooks.example.com/0'", "hooks.example.com/moved'")
        .replace("hooks.example.com/1'", "hooks.example.com/also-moved'");
    let workspace = api.workspace(&webhooks);
    let _ = workspace
        .run(&["apply", "--auto-approve", "--prune"])
        .code(0);
    let requests = api.requests();
    assert_lists(&requests[..3], 3);
    assert_lists(&requests[requests.len() - 3..], 3);
    // It deletes, so it is looked at whether that is in use: nothing was delivered, so one page is all.
    assert!(requests[3].starts_with("GET /v1/webhook-requests/?"));
    // The list right before the first write is what counts.
    assert_lists(&requests[4..7], 3);
    let writes = &requests[7..requests.len() - 3];
    assert_eq!(writes.len(), 7, "{writes:#?}");
    assert_eq!(
        (api.count("POST"), api.count("PATCH"), api.count("DELETE")),
        (3, 2, 2)
    );
}

#[test]
fn update_sends_only_the_fields_that_change() {
    let api = api(1, 20);
    let workspace = api.workspace(&manifest([0]).replace("[order-created]", "[link-connected]"));
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let bodies: Vec<_> = api
        .simulator
        .requests()
        .into_iter()
        .filter_map(|one| one.body)
        .collect();
    assert_eq!(
        bodies,
        [serde_json::json!({ "events": ["link-connected"] })]
    );
}

#[test]
fn invalid_manifest_and_wrong_usage_ask_nothing() {
    let api = api(1, 20);
    let workspace = api.workspace(&manifest([0]).replace("url:", "link:"));
    let _ = workspace.run(&["plan"]).code(65);
    let workspace = api.workspace(&manifest([0]));
    let _ = workspace.run(&["plan", "-e", "prod"]).code(64);
    let _ = workspace.run(&["validate"]).code(0);
    assert_lists(&api.requests(), 0);
}
