//! What a plan promises where a provider allows other things than the first ones do, through the real binary: several
//! webhooks at one URL, a secret of each, sixteen at most, fields that only a create can set, all event types at once.

use hookwright::{provider::stripe::PROFILE as STRIPE, simulator::WebhookSeed};

use crate::support::{Api, Workspace, credentials};

fn manifest(api: &Api, environment: &str, webhooks: &str) -> String {
    let base_url = api.base_url();
    format!(
        "version: 1
environments:
  sandbox:
    provider: stripe
    base_url: {base_url}
    credentials: {{ api_key: '${{env:STRIPE_KEY}}' }}
{environment}webhooks:
{webhooks}"
    )
}

fn workspace(api: &Api, environment: &str, webhooks: &str) -> Workspace {
    let (_, credentials) = credentials(&STRIPE);
    Workspace::with(&manifest(api, environment, webhooks))
        .env("STRIPE_KEY", credentials.secret().expose())
        .redact(api.base_url(), "[API]")
}

/// Puts a live webhook there, without a request.
fn seed(api: &Api, name: &str, path: &str, events: &[&str]) {
    let (env_type, credentials) = credentials(&STRIPE);
    let account = api.simulator.account(&credentials);
    let url = format!("https://hooks.example.com/{path}");
    let seed = WebhookSeed::new(name, &url, events.iter().copied());
    api.simulator.seed(&account, env_type, seed).unwrap();
}

/// The live webhooks, the oldest first, as `name path events`.
fn live(api: &Api) -> Vec<String> {
    let (env_type, credentials) = credentials(&STRIPE);
    let account = api.simulator.account(&credentials);
    let webhooks = api.simulator.webhooks(&account, env_type).into_iter();
    let shown = webhooks.map(|one| {
        let path = one.webhook_url.replace("https://hooks.example.com/", "");
        format!("{} {path} {}", one.name, one.events.join("+"))
    });
    shown.collect()
}

/// The changes so far, as `METHOD`; an update is a POST with an id.
fn changes(api: &Api) -> Vec<String> {
    let requests = api.requests().into_iter();
    let changes = requests.filter(|request| !request.starts_with("GET "));
    let shown = changes.map(|request| match request.split_once(' ') {
        Some(("DELETE", _)) => "delete".to_owned(),
        Some((_, rest)) if rest.contains("/we_") => "update".to_owned(),
        _ => "create".to_owned(),
    });
    shown.collect()
}

fn webhook(key: &str, more: &str) -> String {
    format!(
        "  {key}:
    url: https://hooks.example.com/{key}
    events: [charge.failed, charge.refunded]
    secret_to: {{ command: [sh, -c, 'cat > /dev/null'] }}
{more}"
    )
}

/// An account with so many webhooks of nobody here.
fn full(others: usize) -> Api {
    let api = Api::of(&STRIPE, |builder| builder);
    for number in 0..others {
        let name = format!("other-{number}");
        seed(&api, &name, &name, &["charge.captured"]);
    }
    api
}

const OURS: &str = "    owns: [orders*, refunds*, spare*]\n";

#[cfg(unix)]
#[test]
fn what_only_a_create_can_set_is_refused_or_replaced() {
    let api = full(0);
    let path = |workspace: Workspace| workspace.env("PATH", "/usr/bin:/bin");
    let at = |version: &str, more: &str| {
        let more = format!("    api_version: {version}\n{more}");
        path(workspace(&api, OURS, &webhook("orders", &more)))
    };
    let _ = at("2025-01-01.acacia", "")
        .run(&["apply", "--auto-approve"])
        .code(0);
    let _ = at("2025-01-01.acacia", "")
        .run(&["plan", "--detailed-exitcode"])
        .code(0);
    let refused = at("2026-01-28.clover", "").run(&["plan"]).code(3);
    insta::assert_snapshot!("refused", refused.stdout);

    // What it has is right where nobody declares it.
    let _ = path(workspace(&api, OURS, &webhook("orders", "")))
        .run(&["plan", "--detailed-exitcode"])
        .code(0);

    let replaced = at("2026-01-28.clover", "    replace: true\n");
    insta::assert_snapshot!("replaced", replaced.run(&["plan"]).code(0).stdout);
    let markdown = replaced
        .run(&["plan", "--format", "markdown"])
        .code(0)
        .stdout;
    // The manifest's digest is another for each port.
    let (markdown, _) = markdown.split_once("<p><sub>manifest").unwrap();
    insta::assert_snapshot!("replaced_markdown", markdown);
    let plan = replaced.run(&["plan", "--format", "json"]).code(0).json();
    let operations = &plan["environments"][0]["operations"];
    let codes = |operation: &serde_json::Value| -> Vec<String> {
        let notes = operation["notes"].as_array().into_iter().flatten();
        notes
            .map(|note| note["code"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(operations[0]["reason"], "replaces", "{plan}");
    assert_eq!(codes(&operations[0]), ["new-secret", "twice"], "{plan}");
    assert_eq!(operations[1]["reason"], "replaced", "{plan}");
    let schema = Workspace::new().run(&["schema", "plan"]).code(0).json();
    assert!(
        jsonschema::validator_for(&schema).unwrap().is_valid(&plan),
        "{plan:#}"
    );
    let html = replaced.run(&["plan", "--format", "html"]).code(0).stdout;
    for said in ["come twice to its URL", "a signing secret of its own"] {
        assert!(html.contains(said), "{said}: {html}");
    }
    insta::assert_snapshot!("replaced_drift", replaced.run(&["drift"]).code(2).stdout);
    let _ = replaced.run(&["apply", "--auto-approve"]).code(0);
    assert_eq!(
        changes(&api),
        ["create", "update", "create", "update", "delete"]
    );
    let _ = replaced.run(&["plan", "--detailed-exitcode"]).code(0);
}

#[cfg(unix)]
#[test]
fn a_saved_plan_replaces_as_well() {
    let api = full(0);
    let at = |version: &str| {
        let more = format!("    api_version: {version}\n    replace: true\n");
        workspace(&api, OURS, &webhook("orders", &more)).env("PATH", "/usr/bin:/bin")
    };
    let _ = at("2025-01-01.acacia")
        .run(&["apply", "--auto-approve"])
        .code(0);
    let now = at("2026-01-28.clover");
    let _ = now.run(&["plan", "--out", "saved.plan"]).code(0);
    let _ = now.run(&["apply", "saved.plan"]).code(0);
    assert_eq!(
        changes(&api),
        ["create", "update", "create", "update", "delete"]
    );
}

#[cfg(unix)]
#[test]
fn where_there_is_no_room_what_is_replaced_goes_first_and_guards_are_asked() {
    let api = full(15);
    let at = |version: &str| {
        let more = format!("    api_version: {version}\n    replace: true\n");
        workspace(&api, OURS, &webhook("orders", &more)).env("PATH", "/usr/bin:/bin")
    };
    let _ = at("2025-01-01.acacia")
        .run(&["apply", "--auto-approve"])
        .code(0);
    let now = at("2026-01-28.clover");
    insta::assert_snapshot!("no_room_replaced", now.run(&["plan"]).code(0).stdout);
    // No history tells whether it is in use.
    let run = now.run(&["apply", "--auto-approve"]).code(3);
    insta::assert_snapshot!("no_history", run.shown());
    assert_eq!(changes(&api), ["create", "update"]);
    let _ = now
        .run(&["apply", "--auto-approve", "--allow-live-traffic"])
        .code(0);
    assert_eq!(
        changes(&api),
        ["create", "update", "delete", "create", "update"]
    );
    assert_eq!(live(&api).len(), 16);
}

#[cfg(unix)]
#[test]
fn a_delete_makes_room_for_a_create_or_nothing_is_sent() {
    // What goes sends an event type that nothing else sends, and what comes sends another.
    let api = full(15);
    seed(&api, "spare", "spare", &["charge.captured"]);
    let with = |removed: &str| {
        let webhooks = format!("{}{removed}", webhook("orders", ""));
        workspace(&api, OURS, &webhooks).env("PATH", "/usr/bin:/bin")
    };
    let refused = with("").run(&["apply", "--auto-approve"]).code(3);
    insta::assert_snapshot!("too_many", refused.stdout);
    assert_eq!(changes(&api), [""; 0]);
    let run = with("removed: [spare]\n");
    let _ = run
        .run(&["apply", "--auto-approve", "--allow-live-traffic"])
        .code(0);
    assert_eq!(changes(&api), ["delete", "create", "update"]);

    // What goes hands over to what comes: no order fits.
    let api = full(15);
    seed(&api, "spare", "spare", &["charge.failed"]);
    let webhooks = format!("{}removed: [spare]\n", webhook("orders", ""));
    let tight = workspace(&api, OURS, &webhooks).env("PATH", "/usr/bin:/bin");
    let refused = tight
        .run(&["apply", "--auto-approve", "--allow-live-traffic"])
        .code(3);
    insta::assert_snapshot!("no_room", refused.stdout);
    assert_eq!(changes(&api), [""; 0]);
    // The account may have more: the way out works as it is written.
    let more = format!("{OURS}    limits: {{ max_webhooks: 17 }}\n");
    let more = workspace(&api, &more, &webhooks).env("PATH", "/usr/bin:/bin");
    let plan = more.run(&["plan"]).code(0);
    assert!(
        plan.stdout
            .contains("1 to create, 0 to update, 1 to delete"),
        "{}",
        plan.shown()
    );
}

#[test]
fn what_comes_twice_at_a_shared_url_is_said() {
    let api = full(0);
    seed(&api, "orders", "orders", &["charge.failed"]);
    seed(&api, "orders-old", "orders", &["charge.refunded"]);
    let webhooks = webhook("orders", "");
    let reported = workspace(&api, OURS, &webhooks).run(&["plan"]).code(0);
    insta::assert_snapshot!("duplicate_reported", reported.stdout);
    let pruned = workspace(&api, OURS, &webhooks)
        .run(&["plan", "--prune"])
        .code(0);
    insta::assert_snapshot!("duplicate_pruned", pruned.stdout);
}

#[test]
fn a_webhook_that_does_not_exist_cannot_be_disabled() {
    let api = full(0);
    let disabled = webhook("orders", "    enabled: false\n");
    let refused = workspace(&api, OURS, &disabled).run(&["plan"]).code(3);
    insta::assert_snapshot!("created_enabled", refused.stdout);
}

#[test]
fn all_event_types_at_once_are_one_value() {
    let api = full(0);
    seed(&api, "orders", "orders", &["*"]);
    let all = |events: &str| {
        let webhooks =
            format!("  orders: {{ url: 'https://hooks.example.com/orders', events: {events} }}\n");
        workspace(&api, OURS, &webhooks)
    };
    let _ = all("['*']").run(&["plan", "--detailed-exitcode"]).code(0);
    // Names are expanded, and are not all.
    let run = all("['charge.*']")
        .run(&["plan", "--format", "json"])
        .code(0);
    let change = &run.json()["environments"][0]["operations"][0]["changes"][0];
    assert_eq!(change["before"], serde_json::json!(["*"]));
    assert!(change["after"].as_array().unwrap().len() > 5, "{change}");
    let mixed = all("['*', charge.failed]").run(&["validate"]).code(65);
    insta::assert_snapshot!("mixed", mixed.stdout);
    let mixed = all("['*', issuing_authorization.request]")
        .run(&["validate"])
        .code(65);
    assert!(
        mixed
            .shown()
            .contains("`*` does not stand for `issuing_authorization.request`"),
        "{}",
        mixed.shown()
    );
}

#[test]
fn a_field_that_a_provider_does_not_have_is_an_error() {
    let workspace = Workspace::with(
        "version: 1
environments:
  sandbox: { provider: truv, credentials: { client_id: a, access_secret: sandbox-b } }
webhooks:
  orders: { url: 'https://hooks.example.com/orders', events: ['order-*'], api_version: 2025-01-01 }
",
    );
    insta::assert_snapshot!("not_there", workspace.run(&["validate"]).code(65).stdout);
}
