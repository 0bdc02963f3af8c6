//! What came and cannot be read is not absent: it is shown, equals nothing, counts for nothing, and is
//! neither changed nor deleted. What is odd and documented is read.

use std::sync::{Arc, Mutex};

use hookwright::model::EnvType;
use http::Response;
use serde_json::{Value, json};

use crate::support::{Api, Workspace, sandbox_manifest};

const URL: &str = "https://hooks.example.com/orders";
const ORDERS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created]
";

/// What the list shows in place of a field; `None` leaves the field out.
type Meddling = Arc<Mutex<Option<(&'static str, Option<Value>)>>>;

/// An account with one webhook, `orders`, of which the list shows whatever a test wants.
struct Account {
    api: Api,
    meddling: Meddling,
}

impl Account {
    fn new() -> Self {
        let meddling = Meddling::default();
        let shown = Arc::clone(&meddling);
        let api = Api::meddled(move |request, simulator| {
            let (field, value) = shown.lock().unwrap().clone()?;
            if request.method() != "GET" || request.uri().path() != "/v1/webhooks/" {
                return None;
            }
            let webhooks = simulator.webhooks(crate::support::CLIENT_ID, EnvType::Sandbox);
            let webhooks = webhooks.iter().map(|stored| {
                let mut webhook = json!({
                    "id": stored.id,
                    "name": stored.name,
                    "webhook_url": stored.webhook_url,
                    "events": stored.events,
                    "env_type": "sandbox",
                    "enabled": stored.enabled,
                });
                let object = webhook.as_object_mut().unwrap();
                if stored.name != "orders" {
                    return webhook;
                }
                match &value {
                    Some(value) => object.insert(field.to_owned(), value.clone()),
                    None => object.remove(field),
                };
                webhook
            });
            let page = json!({"next": null, "results": webhooks.collect::<Vec<_>>()});
            Some(Response::new(page.to_string().into()))
        });
        api.seed(EnvType::Sandbox, "orders", URL, &["order-created"]);
        Self { api, meddling }
    }

    fn shows(&self, field: &'static str, value: Option<Value>) {
        *self.meddling.lock().unwrap() = Some((field, value));
    }

    fn workspace(&self, manifest: &str) -> Workspace {
        let id = self
            .api
            .simulator
            .webhooks(crate::support::CLIENT_ID, EnvType::Sandbox)
            .remove(0)
            .id;
        self.api.workspace(manifest).redact(id, "[ID]")
    }

    #[track_caller]
    fn is_untouched(&self) {
        let writes = ["POST", "PATCH", "DELETE"].map(|method| self.api.count(method));
        assert_eq!(writes, [0, 0, 0], "{:?}", self.api.requests());
    }
}

/// Every shape that no documentation allows, for each field.
fn unreadable() -> Vec<(&'static str, Option<Value>)> {
    let number = json!(7);
    let wrong_for_text = [
        json!(true),
        number.clone(),
        json!(1.5),
        json!(["orders"]),
        json!({"a": "b"}),
        Value::Null,
    ];
    let mut all: Vec<(&'static str, Option<Value>)> = vec![("name", None), ("webhook_url", None)];
    for field in ["name", "webhook_url"] {
        all.extend(
            wrong_for_text
                .iter()
                .map(|value| (field, Some(value.clone()))),
        );
    }
    for value in [
        json!(["order-created", 7]),
        json!(["order-created", null]),
        json!([["order-created"]]),
        json!({"order-created": false}),
        json!(true),
        number.clone(),
    ] {
        all.push(("events", Some(value)));
    }
    for value in [
        json!("false"),
        json!("true"),
        json!(0),
        json!(1),
        json!([true]),
        json!({}),
    ] {
        all.push(("enabled", Some(value)));
    }
    for value in [
        number,
        json!(""),
        json!(["sandbox"]),
        json!({"name": "sandbox"}),
    ] {
        all.push(("env_type", Some(value)));
    }
    all
}

#[test]
fn what_cannot_be_read_is_drift_and_never_changed() {
    let account = Account::new();
    let workspace = account.workspace(&sandbox_manifest(ORDERS));
    for (field, value) in unreadable() {
        account.shows(field, value.clone());
        let of = format!("{field}: {value:?}");
        let drift = workspace.run(&["drift"]).code(2);
        assert!(drift.stdout.contains(field), "{of}\n{}", drift.shown());
        let run = workspace.run(&["drift", "--format", "json"]).code(2);
        let json = run.json();
        let named = &json["environments"][0]["unreadable"][0];
        assert!(
            named["unreadable"][0].as_str().unwrap().contains(field),
            "{json:#}"
        );
        let plan = workspace.run(&["plan"]).code(3);
        assert!(
            plan.stdout.contains("refused (unreadable)"),
            "{of}\n{}",
            plan.shown()
        );
        let _ = workspace.run(&["apply", "--auto-approve"]).code(3);
    }
    account.is_untouched();
}

#[test]
fn what_cannot_be_read_is_never_deleted_and_counts_for_nothing() {
    let account = Account::new();
    let pruned = sandbox_manifest("  {}\n").replace("base_url", "prune: true\n    base_url");
    let removed = sandbox_manifest("  {}\nremoved: [orders]\n");
    let required =
        sandbox_manifest(ORDERS).replace("base_url", "require: { order-created: 1 }\n    base_url");
    for (field, value) in unreadable() {
        account.shows(field, value);
        for manifest in [&pruned, &removed] {
            let workspace = account.workspace(manifest);
            let arguments = [
                "apply",
                "--auto-approve",
                "--allow-empty",
                "--allow-live-traffic",
            ];
            let run = workspace.run(&arguments);
            // Without its name nobody knows that it is meant.
            let code = if field == "name" { 0 } else { 3 };
            let run = run.code(code);
            assert!(run.stdout.contains(field), "{field}\n{}", run.shown());
            let _ = workspace.run(&["drift"]).code(2);
        }
        let plan = account.workspace(&required).run(&["plan"]).code(3);
        assert!(
            plan.stdout.contains("refused (require)"),
            "{}",
            plan.shown()
        );
    }
    account.is_untouched();
}

#[test]
fn nothing_is_registered_where_an_unreadable_webhook_may_be() {
    let account = Account::new();
    account.shows(
        "webhook_url",
        Some(json!(["https://hooks.example.com/x?token=s3cr3t-s3cr3t"])),
    );
    let manifest = sandbox_manifest(
        "  links:\n    url: https://hooks.example.com/links\n    events: [link-connected]\n",
    );
    let run = account
        .workspace(&manifest)
        .run(&["apply", "--auto-approve"])
        .code(3);
    insta::assert_snapshot!(run.shown());
    account.is_untouched();
}

#[test]
fn what_cannot_be_read_is_shown_with_what_came_and_the_way_out() {
    let account = Account::new();
    let workspace = account.workspace(&sandbox_manifest(ORDERS));
    account.shows("events", Some(json!(["order-created", 7, "\u{1b}[31m"])));
    let mut shown = workspace.run(&["plan"]).code(3).shown();
    shown.push_str(&workspace.run(&["drift"]).code(2).shown());
    let markdown = ["drift", "--format", "markdown"];
    let page = workspace.run(&markdown).code(2).shown();
    // The manifest's digest, which has the port of the API in it, is another one each time.
    let lines = page
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("<p><sub>manifest"));
    shown.extend(lines);
    let others = account.workspace(&sandbox_manifest("  {}\n"));
    shown.push_str(&others.run(&["plan"]).code(0).shown());
    insta::assert_snapshot!(shown);
    // As the way out says.
    let both = format!(
        "{ORDERS}  links:\n    url: https://hooks.example.com/links\n    events: [link-connected]\n"
    );
    let workspace = account.workspace(&sandbox_manifest(&both));
    let _ = workspace.run(&["apply", "--auto-approve"]).code(3);
    let _ = workspace
        .run(&["apply", "--auto-approve", "--target", "links"])
        .code(0);
    assert_eq!(account.api.count("POST"), 1);
    assert_eq!(account.api.count("PATCH"), 0);
}

#[test]
fn documented_oddities_are_read() {
    let account = Account::new();
    let workspace = account.workspace(&sandbox_manifest(ORDERS));
    for (field, value) in [
        ("events", Some(json!("order-created"))),
        ("events", Some(json!(" order-created,order-created, "))),
        ("env_type", Some(json!("SANDBOX"))),
        ("env_type", Some(json!(false))),
        ("env_type", Some(Value::Null)),
        ("env_type", None),
        ("enabled", Some(Value::Null)),
        ("enabled", None),
        ("created_at", Some(json!("yesterday"))),
        ("owner", Some(json!({"team": 7}))),
    ] {
        account.shows(field, value.clone());
        let run = workspace.run(&["drift"]).code(0);
        assert!(
            run.stdout.ends_with("No drift.\n"),
            "{field} {value:?} {}",
            run.shown()
        );
    }
    account.is_untouched();
}

#[test]
fn events_that_are_not_reported_are_sent_once_and_must_then_be_reported() {
    for value in [None, Some(Value::Null)] {
        let account = Account::new();
        let workspace = account.workspace(&sandbox_manifest(ORDERS));
        account.shows("events", value);
        let drift = workspace.run(&["drift"]).code(2);
        let plan = workspace.run(&["plan"]).code(0);
        let run = workspace.run(&["apply", "--auto-approve"]).code(4);
        assert_eq!(
            account.api.count("PATCH"),
            1,
            "{:?}",
            account.api.requests()
        );
        insta::assert_snapshot!(
            "events_that_are_not_reported",
            drift.shown() + &plan.shown() + &run.shown()
        );
    }
}

#[test]
fn an_unreadable_webhook_is_not_declared_by_import() {
    let account = Account::new();
    account.shows("enabled", Some(json!("false")));
    let workspace = account.workspace(&sandbox_manifest("  {}\n"));
    let run = workspace.run(&["import", "--all"]);
    let said = run.shown();
    assert!(said.contains("`enabled` came as \"false\""), "{said}");
    let manifest = std::fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    assert!(!manifest.contains(URL), "{manifest}");
}
