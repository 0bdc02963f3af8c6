//! `drift`: what someone else moved, what the provider disabled, and what is not applied yet.

use std::fs;

use hookwright::model::EnvType;

use crate::support::{Api, CLIENT_ID, SANDBOX_SECRET, Workspace, sandbox_manifest};

const WEBHOOKS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created, order-status-updated]
  links:
    name: acme-links
    url: https://hooks.example.com/links
    events: [link-connected, link-deleted]
  pay:
    url: https://hooks.example.com/pay
    events: [statements-created]
  gone:
    url: https://hooks.example.com/gone
    events: [profile-created]
";

/// Everything is live as declared, and `saved.plan` has made it so.
fn applied() -> (Api, Workspace) {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(WEBHOOKS));
    let _ = workspace.run(&["plan", "--out", "saved.plan"]).code(0);
    let _ = workspace.run(&["apply", "saved.plan"]).code(0);
    (api, workspace)
}

fn id(api: &Api, name: &str) -> String {
    let all = api.simulator.webhooks(CLIENT_ID, EnvType::Sandbox);
    all.into_iter().find(|one| one.name == name).unwrap().id
}

/// The provider disables one, and someone changes another, deletes one and makes one.
fn move_live(api: &Api, workspace: Workspace) -> Workspace {
    let (links, pay, gone) = (id(api, "acme-links"), id(api, "pay"), id(api, "gone"));
    let edit = |id: &str, change: fn(&mut hookwright::simulator::StoredWebhook)| {
        api.simulator.edit(id, change).unwrap();
    };
    edit(&links, |it| {
        it.name = "by-hand".to_owned();
        it.events = vec!["link-connected".to_owned(), "link-disconnected".to_owned()];
    });
    edit(&pay, |it| {
        it.enabled = false;
        it.events = vec!["statements-updated".to_owned()];
    });
    api.simulator.remove(&gone).unwrap();
    workspace
        .redact(links, "[LINKS]")
        .redact(pay, "[PAY]")
        .redact(id(api, "orders"), "[ORDERS]")
}

/// The manifest has other events for one, a new one, and one no more.
fn move_manifest(workspace: &Workspace) {
    let path = workspace.path().join("hookwright.yaml");
    let manifest = fs::read_to_string(path).unwrap();
    let (kept, _) = manifest.split_once("  gone:").unwrap();
    let manifest = kept.replace("order-status-updated", "order-finalized")
        + "  fresh:\n    url: https://hooks.example.com/fresh\n    events: [link-connected]\n";
    workspace.write("hookwright.yaml", manifest);
}

#[test]
fn no_drift_is_exit_code_0() {
    let (api, workspace) = applied();
    let run = workspace.run(&["drift"]).code(0);
    insta::assert_snapshot!(run.shown(), @r"
    exit 0
    ----- stdout -----
    sandbox  Truv sandbox at [API]
      what is live is as declared

    No drift.
    ----- stderr -----
    ");
    let run = workspace.run(&["drift", "--applied", "saved.plan"]).code(0);
    assert!(run.stdout.ends_with("No drift.\n"));
    // Nobody declared it, and only with `prune` would it be deleted; it is drift all the same.
    let url = "https://else.example.com/";
    api.seed(EnvType::Sandbox, "else", url, &["link-deleted"]);
    for arguments in [&["drift"][..], &["drift", "--prune"]] {
        let run = workspace.run(arguments).code(2);
        assert!(run.stdout.contains("+ else  is live, and not declared"));
    }
    let run = workspace.run(&["drift", "--applied", "saved.plan"]).code(2);
    let new = "+ else  is live, not declared, and new since the applied plan was made";
    assert!(run.stdout.contains(new), "{}", run.shown());
    let _ = workspace.run(&["drift", "--target", "orders"]).code(0);
}

#[test]
fn what_is_not_ours_is_named_and_no_drift() {
    let api = Api::truv();
    let owned = |webhooks: &str| {
        let owns = "owns: [\"acme-*\"]\n    ignore: [\"legacy-*\"]\n    base_url";
        sandbox_manifest(webhooks).replace("base_url", owns)
    };
    let declared =
        "  acme-links:\n    url: https://hooks.example.com/links\n    events: [link-connected]\n";
    let workspace = api.workspace(&owned(declared));
    let seed = |name: &str| {
        let url = format!("https://{name}.example.com/");
        api.seed(EnvType::Sandbox, name, &url, &["link-deleted"]);
    };
    seed("theirs");
    let _ = workspace.run(&["plan", "--out", "saved.plan"]).code(0);
    let _ = workspace.run(&["apply", "saved.plan"]).code(0);
    seed("exfil");
    seed("legacy-one");
    let workspace = ["theirs", "exfil"]
        .iter()
        .fold(workspace, |workspace, name| {
            workspace.redact(id(&api, name), "[ID]")
        });
    let mut shown = workspace.run(&["drift"]).code(0).shown();
    let applied = ["drift", "--applied", "saved.plan"];
    shown.push_str(&workspace.run(&applied).code(0).shown());
    insta::assert_snapshot!(shown);
    let run = workspace
        .run(&[&applied[..], &["--format", "json"]].concat())
        .code(0);
    let json = run.json();
    let not_ours = json["environments"][0]["not_ours"].as_array().unwrap();
    let new = |name: &str| not_ours.iter().find(|one| one["name"] == name).unwrap()["new"] == true;
    assert!(new("exfil") && !new("theirs"), "{json:#}");
    // What nobody declared and is ours is drift beside them.
    seed("acme-extra");
    let run = workspace.run(&applied).code(2);
    assert!(
        run.stdout
            .contains("+ acme-extra  is live, not declared, and new")
    );
}

#[test]
fn without_a_record_all_that_differs_is_drift() {
    let (api, workspace) = applied();
    let workspace = move_live(&api, workspace);
    let run = workspace.run(&["drift"]).code(2);
    insta::assert_snapshot!(run.shown());
    let before = api.requests().len();
    let run = workspace.run(&["drift", "--target", "orders"]).code(0);
    assert!(run.stdout.ends_with("No drift.\n"), "{}", run.shown());
    assert_eq!(api.requests().len(), before + 1);
}

#[test]
fn with_a_record_the_three_are_kept_apart() {
    let (api, workspace) = applied();
    move_manifest(&workspace);
    let workspace = workspace.redact(id(&api, "gone"), "[GONE]");
    let drift = ["drift", "--prune", "--applied", "saved.plan"];
    // Only yours: that is no drift.
    let run = workspace.run(&drift).code(0);
    assert!(
        run.stdout
            .ends_with("No drift. 3 changes of yours not applied yet.\n")
    );
    let workspace = move_live(&api, workspace);
    let run = workspace.run(&drift).code(2);
    insta::assert_snapshot!("with_a_record_as_text", run.shown());
    let markdown = [&drift[..], &["--format", "markdown"]].concat();
    let run = workspace.run(&markdown).code(2);
    let (shown, _) = run.stdout.split_once("<p><sub>manifest").unwrap();
    insta::assert_snapshot!("with_a_record_as_markdown", shown);
    let run = workspace.run(&[&drift[..], &["--format", "json"]].concat());
    let document = run.code(2).json();
    insta::assert_json_snapshot!("with_a_record_as_json", document);
    let schema = Workspace::new().run(&["schema", "drift"]).code(0).json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&document));
}

#[test]
fn what_both_moved_is_in_both_lists() {
    let (api, workspace) = applied();
    move_manifest(&workspace);
    let events = vec!["order-created".to_owned()];
    api.simulator
        .edit(&id(&api, "orders"), |it| it.events = events)
        .unwrap();
    let run = workspace.run(&["drift", "--applied", "saved.plan", "--format", "json"]);
    let document = run.code(2).json();
    let environment = &document["environments"][0];
    for list in ["yours", "drift"] {
        let keys = environment[list].as_array().unwrap().iter();
        assert_eq!(
            keys.filter(|one| one["key"] == "orders").count(),
            1,
            "{list}"
        );
    }
}

#[test]
fn a_tombstone_is_yours_until_it_is_applied() {
    let (api, workspace) = applied();
    let path = workspace.path().join("hookwright.yaml");
    let manifest = fs::read_to_string(path).unwrap();
    let (kept, _) = manifest.split_once("  gone:").unwrap();
    workspace.write("hookwright.yaml", format!("{kept}removed: [gone]\n"));
    let run = workspace.run(&["drift", "--applied", "saved.plan"]).code(0);
    assert!(run.stdout.contains("1 change of yours not applied yet."));
    let _ = workspace.run(&["plan", "--out", "saved.plan"]).code(0);
    let _ = workspace.run(&["apply", "saved.plan"]).code(0);
    api.seed(
        EnvType::Sandbox,
        "gone",
        "https://back.example.com/",
        &["link-deleted"],
    );
    let run = workspace.run(&["drift", "--applied", "saved.plan"]).code(2);
    assert!(
        run.stdout
            .contains("+ gone  is live, not declared, and new since"),
        "{}",
        run.shown()
    );
}

#[test]
fn a_plan_that_says_nothing_of_the_environment_is_refused() {
    let (_api, workspace) = applied();
    let whole = fs::read_to_string(workspace.path().join("saved.plan")).unwrap();
    let drift = ["drift", "--applied", "saved.plan"];
    let mut shown = String::new();
    workspace.write("saved.plan", &whole[..200]);
    shown += &workspace.run(&drift).code(65).stderr;
    workspace.write(
        "saved.plan",
        whole.replacen("\"seals\": {", "\"seals\": {\"x\": \"\",", 1),
    );
    let _ = workspace.run(&drift).code(0);
    workspace.write(
        "saved.plan",
        whole.replace("\"sandbox\": \"", "\"sandbox\": \"0"),
    );
    shown += &workspace.run(&drift).code(65).stderr;
    workspace.write("saved.plan", &whole);
    let workspace = workspace.env("TRUV_CLIENT_ID", "fedcba9876543210fedcba9876543210");
    shown += &workspace.run(&drift).code(3).stderr;
    let other = SANDBOX_SECRET.replace('a', "9");
    let workspace = workspace.env("TRUV_SANDBOX_SECRET", &other);
    shown += &workspace.run(&drift).code(3).stderr;
    let limits = "    limits: { max_deletes: 0 }\n    prune: true\nwebhooks:\n";
    let manifest =
        sandbox_manifest("  a: { url: https://h.example.com/a, events: [order-created] }\n");
    let refused = Api::truv();
    refused.seed(EnvType::Sandbox, "old", "https://old.example.com/", &[]);
    let workspace = refused.workspace(&manifest.replace("webhooks:\n", limits));
    let _ = workspace.run(&["plan", "--out", "saved.plan"]).code(3);
    shown += &workspace.run(&drift).code(65).stderr;
    insta::assert_snapshot!(shown);
}

#[test]
fn what_could_not_be_looked_at_is_not_taken_for_peace() {
    let (api, workspace) = applied();
    api.simulator.add_fault("get:*=bad-json".parse().unwrap());
    for format in ["text", "markdown", "json"] {
        let run = workspace.run(&["drift", "--format", format]).code(1);
        assert!(!run.stdout.contains("No drift."), "{}", run.shown());
    }
    let run = workspace.run(&["drift"]).code(1);
    assert!(
        run.stdout
            .ends_with("No drift was seen. 1 environment could not be looked at.\n"),
        "{}",
        run.shown()
    );
    let workspace = workspace.env("TRUV_SANDBOX_SECRET", crate::support::PROD_SECRET);
    let run = workspace.run(&["drift"]).code(3);
    assert!(
        run.stdout.contains("refused (secret-mismatch)"),
        "{}",
        run.shown()
    );
    let run = workspace.run(&["drift", "--format", "html"]).code(64);
    assert!(
        run.stderr
            .contains("it has `text`, `json`, `markdown`, `github`"),
        "{}",
        run.shown()
    );
}
