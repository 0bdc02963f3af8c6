//! `import`, through the real binary and real HTTP.

use std::fs;

use hookwright::model::EnvType;

use crate::support::{Api, Workspace, sandbox_manifest};

const ENVIRONMENTS: &str = "environments:
  sandbox:
    provider: truv
    base_url: [API]
    credentials: { client_id: '${env:TRUV_CLIENT_ID}', access_secret: '${env:TRUV_SANDBOX_SECRET}' }
    vars: { host: hooks.sandbox.example.com }
  prod:
    provider: truv
    base_url: [API]
    credentials: { client_id: '${env:TRUV_CLIENT_ID}', access_secret: '${env:TRUV_PROD_SECRET}' }
    vars: { host: hooks.example.com }
";

/// A manifest as people write them: comments, quotes and blank lines of all kinds.
const WEBHOOKS: &str = "
webhooks:
  # Declared first.
  alpha:   # spaces
    url: 'https://${var:host}/alpha'
    events: [order-created,  link-connected]   # two spaces

  # Belongs to zulu.
  zulu:
    url: \"https://${var:host}/zulu\"
    events: [order-created]
    # Inside of zulu.

  # The end of the webhooks.

# What is gone.
removed:
- gone   # since May
";

fn declared() -> String {
    format!("# Ours.\nversion: 1\n\n{ENVIRONMENTS}{WEBHOOKS}")
}

/// An account with what is declared, and more.
fn grown() -> Api {
    let api = Api::truv();
    for (env_type, host) in [
        (EnvType::Sandbox, "hooks.sandbox.example.com"),
        (EnvType::Production, "hooks.example.com"),
    ] {
        for name in ["alpha", "zulu", "middle"] {
            let url = format!("https://{host}/{name}");
            let events: &[&str] = match name {
                "alpha" => &["order-created", "link-connected"],
                _ => &["order-created"],
            };
            api.seed(env_type, name, &url, events);
        }
    }
    api.seed(
        EnvType::Production,
        "last: one",
        "https://other.example.com/",
        &["link-deleted"],
    );
    api
}

fn manifest(workspace: &Workspace) -> String {
    fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap()
}

/// The lines that are new, where nothing else has changed.
#[track_caller]
fn added(before: &str, after: &str) -> String {
    let diff = similar::TextDiff::from_lines(before, after);
    let mut new = String::new();
    for change in diff.iter_all_changes() {
        match change.tag() {
            similar::ChangeTag::Equal => {}
            similar::ChangeTag::Insert => new.push_str(change.value()),
            similar::ChangeTag::Delete => panic!("{:?} is gone:\n{after}", change.value()),
        }
    }
    new
}

#[track_caller]
fn assert_only_reads(api: &Api) {
    assert!(
        api.requests().iter().all(|it| it.starts_with("GET ")),
        "{:?}",
        api.requests()
    );
}

#[test]
fn everything_that_is_there_stays_as_it_is() {
    let api = grown();
    let workspace = api.workspace(&declared());
    let before = manifest(&workspace);
    let run = workspace.run(&["import", "--all"]).code(0);
    insta::assert_snapshot!(run.shown());
    let after = manifest(&workspace);
    added(&before, &after);
    insta::assert_snapshot!("imported", after.replace(&api.base_url(), "[API]"));
    let plan = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
    assert!(
        plan.stdout.contains("4 webhooks unchanged"),
        "{}",
        plan.shown()
    );
    assert_only_reads(&api);
    let again = workspace.run(&["import", "--all"]).code(0);
    assert!(
        again.stdout.contains("nothing to declare"),
        "{}",
        again.shown()
    );
    assert_eq!(manifest(&workspace), after);
}

/// Two webhooks stand at one URL, one of them with the port written out.
#[test]
fn webhooks_that_share_a_url_are_no_reason_to_refuse_an_account() {
    let at = |url: &str| format!("https://hooks.sandbox.example.com{url}");
    let api = grown();
    api.seed(EnvType::Sandbox, "c", &at(":443/d"), &["order-created"]);
    api.seed(EnvType::Sandbox, "d", &at("/d"), &["order-created"]);
    let webhooks = "  d: { url: https://hooks.sandbox.example.com/d, events: [order-created] }
  c: { url: https://hooks.sandbox.example.com/b, events: [order-created] }
";
    let workspace = api.workspace(&sandbox_manifest(webhooks));
    let run = workspace.run(&["import", "--all"]).code(0);
    let after = manifest(&workspace);
    assert!(after.contains("  middle:"), "{}", run.shown());
    let plan = workspace.run(&["plan"]).code(0);
    let summary = "Plan: 0 to create, 1 to update, 0 to delete.";
    assert!(plan.stdout.contains(summary), "{}", plan.shown());

    // Neither is declared: one is taken over, and the other is named.
    let none = sandbox_manifest("  {}\n");
    let workspace = api.workspace(&none);
    let run = workspace.run(&["import", "--all"]).code(0);
    insta::assert_snapshot!(run.shown());
    let _ = workspace.run(&["validate"]).code(0);
}

#[test]
fn only_what_is_named_is_imported() {
    let api = grown();
    let workspace = api.workspace(&declared());
    let before = manifest(&workspace);
    let _ = workspace.run(&["import", "mid*", "-e", "prod"]).code(0);
    insta::assert_snapshot!(added(&before, &manifest(&workspace)), @r"
    middle:
      url: https://${var:host}/middle
      events: [order-created]
      environments: [prod]
    ");
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
}

#[test]
fn dry_run_shows_the_difference_and_writes_nothing() {
    let api = grown();
    let workspace = api.workspace(&declared());
    let before = manifest(&workspace);
    let run = workspace.run(&["import", "middle", "--dry-run"]).code(0);
    insta::assert_snapshot!(run.shown());
    let json = workspace.run(&["import", "middle", "--diff", "--format", "json"]);
    let document = json.code(0).json();
    assert_eq!(document["outcome"], "changes");
    assert!(document["diff"].as_str().unwrap().contains("+  middle:"));
    let schema = workspace.run(&["schema", "takeover"]).code(0).json();
    assert!(jsonschema::is_valid(&schema, &document));
    assert_eq!(manifest(&workspace), before);
}

#[test]
fn wrong_use_says_what_would_be_right() {
    let api = grown();
    let workspace = api.workspace(&declared());
    workspace.write("other.yaml", "version: 1\n");
    let mut shown = String::new();
    for arguments in [
        &["import"][..],
        &["import", "--all", "middle"],
        &["import", "midle"],
        &["import", "alpha"],
        &["import", "nothing-like-it"],
        &["import", "middle", "--into", "other.yaml"],
    ] {
        let run = workspace.run(arguments).code(64);
        assert_eq!(run.stdout, "", "{arguments:?}");
        shown.push_str(&format!(
            "$ hookwright {}\n{}\n",
            arguments.join(" "),
            run.stderr
        ));
    }
    let run = workspace.run_with_input(&["import", "-f", "-", "--all"], &manifest(&workspace));
    shown.push_str(&format!(
        "$ hookwright import -f - --all\n{}\n",
        run.code(64).stderr
    ));
    insta::assert_snapshot!(shown);
    assert_eq!(
        manifest(&workspace),
        declared().replace("[API]", &api.base_url())
    );
}

#[test]
fn several_files_are_added_to_where_the_environments_are_or_where_it_is_said() {
    let api = grown();
    let workspace = Workspace::new();
    let environments = format!(
        "version: 1\n{}",
        ENVIRONMENTS.replace("[API]", &api.base_url())
    );
    let webhooks = format!("version: 1\n{WEBHOOKS}");
    workspace.write("hookwright/all.yaml", &environments);
    workspace.write("hookwright/a-team.yaml", &webhooks);
    let read = |name: &str| fs::read_to_string(workspace.path().join(name)).unwrap();
    let _ = workspace.run(&["import", "middle"]).code(0);
    assert_eq!(read("hookwright/a-team.yaml"), webhooks);
    insta::assert_snapshot!(added(&environments, &read("hookwright/all.yaml")), @r"

    webhooks:
      middle:
        url: https://${var:host}/middle
        events: [order-created]
    ");
    let into = ["import", "last*", "--into", "hookwright/a-team.yaml"];
    let _ = workspace.run(&into).code(0);
    insta::assert_snapshot!(added(&webhooks, &read("hookwright/a-team.yaml")), @r#"
    last-one:
      name: "last: one"
      url: https://other.example.com/
      events: [link-deleted]
      environments: [prod]
    "#);
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
}

#[test]
fn what_cannot_be_imported_is_named() {
    let api = Api::truv();
    let seed = |name: &str, url: &str| {
        api.seed(EnvType::Production, name, url, &["order-created"]);
    };
    seed("plain", "http://hooks.example.com/plain");
    seed("elsewhere", "https://elsewhere.example.net/");
    seed("ignored", "https://hooks.example.com/ignored");
    seed("gone", "https://hooks.example.com/gone");
    seed("alpha", "https://hooks.example.com/alpha");
    seed("twin", "https://hooks.example.com/alpha");
    let manifest = declared().replace(
        "    vars: { host: hooks.example.com }",
        "    vars: { host: hooks.example.com }\n    ignore: [ignored]\n    allowed_hosts: ['*.example.com']",
    );
    let workspace = api.workspace(&manifest);
    let before = self::manifest(&workspace);
    let run = workspace.run(&["import", "*", "-e", "prod"]).code(0);
    insta::assert_snapshot!(run.shown());
    assert_eq!(self::manifest(&workspace), before);
}

#[test]
fn webhooks_that_are_not_ours_are_adopted_where_they_are_named() {
    let api = grown();
    let manifest = declared().replace(
        "    provider: truv",
        "    owns: [alpha, zulu, last*]\n    provider: truv",
    );
    let workspace = api.workspace(&manifest);
    let before = self::manifest(&workspace);
    let run = workspace.run(&["import", "--all"]).code(0);
    assert!(
        run.stdout.contains("2 live webhooks are not ours"),
        "{}",
        run.shown()
    );
    assert!(!added(&before, &self::manifest(&workspace)).contains("middle"));
    let before = self::manifest(&workspace);
    let _ = workspace.run(&["import", "middle"]).code(0);
    insta::assert_snapshot!(added(&before, &self::manifest(&workspace)), @r"
    middle:
      url: https://${var:host}/middle
      events: [order-created]
      adopt: true
    ");
    let plan = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
    insta::assert_snapshot!(plan.stdout.replace(&api.base_url(), "[API]"));
    let json = workspace.run(&["plan", "--format", "json"]).code(0).json();
    assert_eq!(json["environments"][0]["adopted"][0]["key"], "middle");
    assert_eq!(json["environments"][0]["operations"], serde_json::json!([]));
    let _ = workspace.run(&["apply", "--all", "--auto-approve"]).code(0);
    assert_only_reads(&api);
}

#[test]
fn secrets_in_urls_stay_outside() {
    let api = Api::truv();
    let token = "https://hooks.example.com/in?token=canary-token-1";
    api.seed(EnvType::Production, "links", token, &["order-created"]);
    let workspace = api
        .workspace(&declared())
        .env("WEBHOOK_LINKS_TOKEN", "canary-token-1");
    for arguments in [
        &["import", "--all", "--dry-run"][..],
        &["import", "--all", "-vvv"],
    ] {
        let run = workspace.run(arguments).code(0);
        assert!(!run.shown().contains("canary"), "{}", run.shown());
    }
    let after = manifest(&workspace);
    assert!(
        after.contains("url: https://${var:host}/in?token=${env:WEBHOOK_LINKS_TOKEN}"),
        "{after}"
    );
    let plan = workspace.run(&["plan", "-e", "prod"]).code(0);
    assert!(
        plan.stdout.contains("1 webhook unchanged"),
        "{}",
        plan.shown()
    );
}

#[test]
fn defaults_of_the_manifest_are_written_against() {
    let api = grown();
    let defaults = "defaults: { enabled: false, environments: [sandbox] }\n\nwebhooks:\n";
    let workspace = api.workspace(&declared().replace("webhooks:\n", defaults));
    let before = manifest(&workspace);
    let _ = workspace.run(&["import", "middle"]).code(0);
    insta::assert_snapshot!(added(&before, &manifest(&workspace)), @r"
    middle:
      url: https://${var:host}/middle
      events: [order-created]
      enabled: true
      environments: [sandbox, prod]
    ");
}

#[test]
fn what_cannot_be_added_to_is_shown_to_be_put_in_by_hand() {
    let api = grown();
    let webhooks = "webhooks:
  ? alpha
  : url: 'https://${var:host}/alpha'
    events: [order-created, link-connected]
";
    let manifest = format!("version: 1\n{ENVIRONMENTS}{webhooks}");
    let workspace = api.workspace(&manifest);
    let before = self::manifest(&workspace);
    let run = workspace.run(&["import", "middle"]).code(1);
    insta::assert_snapshot!(run.shown());
    assert_eq!(self::manifest(&workspace), before);
}

#[test]
fn what_is_to_be_said_of_the_manifest_is_said_once() {
    let api = Api::truv();
    let warned = |name: &str| {
        format!("  {name}: {{ url: 'https://webhook.site/{name}', events: [order-created] }}\n")
    };
    for name in ["b", "c"] {
        let url = format!("https://webhook.site/{name}");
        api.seed(EnvType::Sandbox, name, &url, &["order-created"]);
    }
    let workspace = api.workspace(&sandbox_manifest(&warned("a")));
    // That of `a` was known before, that of `b` is new.
    let run = workspace.run(&["import", "b"]).code(0);
    assert_eq!(
        run.stderr.matches("warning[HW026]").count(),
        2,
        "{}",
        run.shown()
    );
    let run = workspace.run(&["import", "c", "--format", "json"]).code(0);
    let found = run.json()["diagnostics"].as_array().unwrap().clone();
    assert_eq!(found.len(), 3, "{found:#?}");
    assert_eq!(run.stderr.matches("warning").count(), 0, "{}", run.shown());
}
