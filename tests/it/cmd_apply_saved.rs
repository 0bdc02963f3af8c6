//! `plan --out`, `apply PLAN` and `show PLAN`: what was reviewed is what is applied, or nothing is.

use std::fs;

use hookwright::{
    apply::audit,
    model::EnvType,
    saved::{Content, SavedPlan},
};
use serde_json::Value;

use crate::support::{Api, CLIENT_ID, Run, SANDBOX_SECRET, Workspace, sandbox_manifest};

const WEBHOOKS: &str = "  orders:
    name: acme-orders
    url: https://hooks.example.com/orders?token=${env:TOKEN}
    events: [order-created, order-status-updated]
  links:
    name: acme-links
    url: https://hooks.example.com/links
    events: ['link-*']
";
const TOKEN: &str = "token-of-orders";
const FORMATS: [&str; 4] = ["text", "json", "markdown", "html"];

/// One to update, one to create, one that is not declared.
fn set_up() -> (Api, Workspace) {
    let api = Api::truv();
    let url = format!("https://hooks.example.com/orders?token={TOKEN}");
    api.seed(EnvType::Sandbox, "orders", &url, &["order-created"]);
    let url = "https://old.example.com/";
    api.seed(EnvType::Sandbox, "old", url, &["link-deleted"]);
    let workspace = api
        .workspace(&sandbox_manifest(WEBHOOKS))
        .env("TOKEN", TOKEN);
    (api, workspace)
}

fn save(workspace: &Workspace) -> String {
    let _ = workspace.run(&["plan", "--out", "saved.plan"]).code(0);
    fs::read_to_string(workspace.path().join("saved.plan")).unwrap()
}

fn apply(workspace: &Workspace) -> Run {
    workspace.run(&["apply", "saved.plan"])
}

/// How many requests changed something.
fn writes(api: &Api) -> usize {
    ["POST", "PATCH", "DELETE"]
        .map(|method| api.count(method))
        .iter()
        .sum()
}

#[test]
fn a_saved_plan_is_applied_without_asking_and_then_there_is_nothing_left() {
    let (api, workspace) = set_up();
    save(&workspace);
    assert_eq!(writes(&api), 0);
    let first = apply(&workspace).code(0);
    assert!(first.stdout.contains("Plan: 1 to create, 1 to update"));
    assert!(first.stdout.contains("Applied: 2 operations done."));
    assert_eq!(writes(&api), 2);
    let again = apply(&workspace).code(0);
    insta::assert_snapshot!(again.shown(), @r"
    exit 0
    ----- stdout -----
    sandbox  Truv sandbox at [API]
      2 webhooks unchanged
      1 live webhook unmanaged (ours, but not declared; deleted only with `prune` or
      when named in `removed`):
          old  https://old.example.com/

    Nothing to change: what is live is what the manifest says.
    ----- stderr -----
    note: this plan was applied already, or someone did the same
    ");
    assert_eq!(writes(&api), 2);
    let document = workspace.run(&["apply", "saved.plan", "--format", "json"]);
    assert_eq!(document.code(0).json()["outcome"], "nothing");
}

#[test]
fn a_plan_without_changes_is_saved_and_applied_too() {
    let (api, workspace) = set_up();
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    save(&workspace);
    let run = apply(&workspace).code(0);
    assert!(run.stdout.contains("Nothing to change"), "{}", run.shown());
    assert_eq!(run.stderr, "");
    assert_eq!(writes(&api), 2);
}

#[test]
fn what_has_moved_is_named_and_nothing_is_changed() {
    let mut shown = String::new();
    type Change = fn(&Api, Workspace) -> Workspace;
    let moves: [(&str, Change); 6] = [
        ("the manifest was edited", |_, workspace| {
            let path = workspace.path().join("hookwright.yaml");
            let manifest = fs::read_to_string(path).unwrap();
            workspace.write("hookwright.yaml", format!("{manifest}# more\n"));
            workspace
        }),
        ("a live webhook moved", |api, workspace| {
            let webhooks = api.simulator.webhooks(CLIENT_ID, EnvType::Sandbox);
            api.simulator
                .edit(&webhooks[0].id, |it| {
                    it.events = vec!["link-deleted".to_owned()]
                })
                .unwrap();
            workspace.redact(webhooks[0].id.as_str(), "[ID]")
        }),
        ("a value from outside changed", |_, workspace| {
            workspace.env("TOKEN", "another-token")
        }),
        ("another account", |_, workspace| {
            workspace.env("TRUV_CLIENT_ID", "fedcba9876543210fedcba9876543210")
        }),
        ("another secret", |_, workspace| {
            let other = SANDBOX_SECRET.replace('a', "9");
            workspace.env("TRUV_SANDBOX_SECRET", &other)
        }),
        ("another address", |_, workspace| {
            let path = workspace.path().join("hookwright.yaml");
            let manifest = fs::read_to_string(path).unwrap();
            let manifest = manifest.replace("127.0.0.1", "localhost");
            workspace.write("hookwright.yaml", manifest);
            workspace
        }),
    ];
    for (what, change) in moves {
        let (api, workspace) = set_up();
        save(&workspace);
        let workspace = change(&api, workspace);
        let before = writes(&api);
        let run = apply(&workspace).code(3);
        assert_eq!(writes(&api), before, "{what}");
        assert_eq!(run.stdout, "", "{what}");
        assert!(!run.stderr.contains(TOKEN) && !run.stderr.contains("another-token"));
        shown.push_str(&format!("{what}\n{}\n", run.stderr));
    }
    insta::assert_snapshot!(shown);
}

/// What the plan neither touches nor relies on is others' business: it is said, and the plan is applied.
#[test]
fn what_others_change_meanwhile_is_a_note() {
    type Change = fn(&Api);
    let moves: [(&str, Change); 3] = [
        ("has changed: url, enabled", |api| {
            let webhooks = api.simulator.webhooks(CLIENT_ID, EnvType::Sandbox);
            api.simulator
                .edit(&webhooks[1].id, |it| {
                    it.webhook_url.push('x');
                    it.enabled = false;
                })
                .unwrap();
        }),
        ("is new", |api| {
            api.seed(EnvType::Sandbox, "new", "https://new.example.com/", &[]);
        }),
        ("is gone", |api| {
            let webhooks = api.simulator.webhooks(CLIENT_ID, EnvType::Sandbox);
            api.simulator.remove(&webhooks[1].id).unwrap();
        }),
    ];
    for (what, change) in moves {
        let (api, workspace) = set_up();
        save(&workspace);
        change(&api);
        let run = apply(&workspace).code(0);
        let note = "note: in `sandbox`, since the plan was saved, and of no matter to it: the live webhook `";
        assert!(run.stderr.contains(note), "{}", run.stderr);
        assert!(run.stderr.contains(what), "{}", run.stderr);
    }
}

/// What `require` counts is relied on, whoever owns it.
#[test]
fn a_receiver_that_require_counts_is_part_of_the_plan() {
    let (api, workspace) = set_up();
    let manifest = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    let required = "    require: { link-deleted: 1 }\nwebhooks:\n";
    workspace.write("hookwright.yaml", manifest.replace("webhooks:\n", required));
    save(&workspace);
    let webhooks = api.simulator.webhooks(CLIENT_ID, EnvType::Sandbox);
    api.simulator
        .edit(&webhooks[1].id, |it| it.enabled = false)
        .unwrap();
    let run = apply(&workspace).code(3);
    assert!(
        run.stderr.contains("the saved plan is stale"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("`old`"), "{}", run.stderr);
}

#[test]
fn a_plan_that_has_not_expired_is_applied_and_its_expiry_cannot_be_edited() {
    let (api, workspace) = set_up();
    let run = workspace.run(&["plan", "--out", "saved.plan", "--expires", "1h"]);
    let _ = run.code(0);
    let later = forged(&save_of(&workspace), |content| {
        content["expires_at"] = "2036-01-01T00:00:00Z".into();
    });
    workspace.write("saved.plan", later);
    let run = apply(&workspace).code(65);
    assert!(run.stderr.starts_with("error: the saved plan was edited"));
    assert_eq!(writes(&api), 0);
    let run = workspace.run(&["plan", "--out", "saved.plan", "--expires", "1h"]);
    let _ = run.code(0);
    let _ = apply(&workspace).code(0);
    let run = workspace.run(&["plan", "--expires", "1h"]).code(64);
    assert!(run.stderr.contains("--out"), "{}", run.shown());
}

#[test]
fn what_was_refused_cannot_be_applied_and_what_was_allowed_stays_so() {
    let (api, workspace) = set_up();
    let path = workspace.path().join("hookwright.yaml");
    let manifest = fs::read_to_string(path).unwrap();
    let limits = "    limits: { max_deletes: 0 }\nwebhooks:\n";
    workspace.write("hookwright.yaml", manifest.replace("webhooks:\n", limits));
    let _ = workspace
        .run(&["plan", "--prune", "--out", "saved.plan"])
        .code(3);
    let run = apply(&workspace).code(3);
    insta::assert_snapshot!(run.shown(), @r"
    exit 3
    ----- stdout -----
    ----- stderr -----
    error: a guard refused the plan when it was saved; nothing was changed
      hint: `hookwright show saved.plan` says which, and how to go on
    ");
    let run = workspace.run(&["apply", "saved.plan", "--allow-deletes", "1"]);
    let run = run.code(64);
    insta::assert_snapshot!(run.stderr, @r"
    error: `--allow-deletes` is not what the saved plan was made with
      hint: a saved plan is applied with its own options: leave the flag out, or plan with it: `hookwright plan --out saved.plan -e sandbox --prune`
    ");
    assert_eq!(writes(&api), 0);

    let allowed = [
        "plan",
        "--prune",
        "--allow-deletes",
        "1",
        "--out",
        "saved.plan",
    ];
    let _ = workspace.run(&allowed).code(0);
    for given in [
        &["--target", "orders"][..],
        &["--allow-empty"],
        &["--allow-deletes", "2"],
        &["--all"],
        &["--strict"],
    ] {
        let _ = workspace
            .run(&[&["apply", "saved.plan"], given].concat())
            .code(64);
    }
    let same = [
        "apply",
        "saved.plan",
        "--prune",
        "-e",
        "sandbox",
        "--allow-deletes",
        "1",
    ];
    let run = workspace.run(&same).code(0);
    assert!(
        run.stdout.contains("Applied: 3 operations done."),
        "{}",
        run.shown()
    );
}

#[test]
fn a_plan_of_targets_applies_only_these() {
    let (api, workspace) = set_up();
    let run = workspace.run(&["plan", "--target", "links", "--out", "saved.plan"]);
    let _ = run.code(0);
    let run = apply(&workspace).code(0);
    assert!(
        run.stdout.contains("Applied: 1 operation done."),
        "{}",
        run.shown()
    );
    assert_eq!((api.count("POST"), api.count("PATCH")), (1, 0));
}

#[test]
fn one_environment_that_could_not_be_read_keeps_the_plan_from_being_applied() {
    let (api, workspace) = set_up();
    api.simulator.add_fault("get:*=bad-json".parse().unwrap());
    let _ = workspace.run(&["plan", "--out", "saved.plan"]).code(1);
    api.simulator.clear_faults();
    let run = apply(&workspace).code(3);
    assert!(
        run.stderr
            .contains("not every environment could be planned")
    );
    let run = workspace.run(&["show", "saved.plan"]).code(0);
    assert!(run.stdout.contains("failed:"), "{}", run.shown());
    save(&workspace);
    api.simulator.add_fault("get:*=bad-json".parse().unwrap());
    let run = apply(&workspace).code(1);
    assert!(run.stdout.contains("failed:"), "{}", run.shown());
    assert_eq!(writes(&api), 0);
}

#[test]
fn another_commit_is_a_warning() {
    let (_api, workspace) = set_up();
    let run = workspace.run(&["plan", "--out", "saved.plan", "--commit", "0a1b2c3"]);
    let _ = run.code(0);
    let run = workspace.run(&["apply", "saved.plan", "--commit", "4d5e6f7"]);
    let run = run.code(0);
    assert!(
        run.stderr.starts_with(
            "warning: the plan was made at commit 0a1b2c3, and this is 4d5e6f7; the manifest is the same\n"
        ),
        "{}",
        run.shown()
    );
}

#[test]
fn json_says_the_same() {
    let (api, workspace) = set_up();
    save(&workspace);
    let webhooks = api.simulator.webhooks(CLIENT_ID, EnvType::Sandbox);
    api.simulator
        .edit(&webhooks[0].id, |it| {
            it.events = vec!["link-deleted".to_owned()]
        })
        .unwrap();
    let run = workspace.run(&["apply", "saved.plan", "--format", "json"]);
    let document = run.code(3).json();
    assert_eq!(document["outcome"], "refused");
    let error = document["error"].as_str().unwrap();
    assert!(error.contains("the live webhook `orders`"), "{error}");
    save(&workspace);
    let run = workspace.run(&["apply", "saved.plan", "--format", "json"]);
    assert_eq!(run.code(0).json()["outcome"], "applied");
}

#[test]
fn a_file_that_is_no_whole_plan_is_refused() {
    let (api, workspace) = set_up();
    let whole = save(&workspace);
    let requests = api.requests().len();
    let mut shown = String::new();
    for (what, text) in [
        ("cut off", whole[..whole.len() / 2].to_owned()),
        ("empty", String::new()),
        ("no JSON", "version: 1\n".to_owned()),
        (
            "another document",
            "{\"format_version\": 1, \"outcome\": \"nothing\"}".to_owned(),
        ),
        (
            "newer",
            whole.replacen("\"format_version\": 1", "\"format_version\": 2", 1),
        ),
        (
            "older",
            whole.replacen("\"format_version\": 1", "\"format_version\": 0", 1),
        ),
        ("edited", whole.replacen("acme-links", "acme-lynx", 1)),
        (
            "more in it",
            whole.replacen("\"kind\"", "\"more\": 1, \"kind\"", 1),
        ),
    ] {
        workspace.write("saved.plan", text);
        let run = apply(&workspace).code(65);
        shown.push_str(&format!("{what}\n{}\n", run.stderr));
        assert_eq!(
            workspace.run(&["show", "saved.plan"]).code(65).stderr,
            run.stderr
        );
    }
    let run = workspace.run(&["apply", "absent.plan"]).code(65);
    shown.push_str(&format!("absent\n{}\n", run.stderr));
    insta::assert_snapshot!(shown);
    assert_eq!(api.requests().len(), requests);
}

#[test]
fn every_byte_counts() {
    let (_api, workspace) = set_up();
    let whole = save(&workspace);
    let plan = SavedPlan::from_json(&whole).unwrap();
    for length in 0..whole.trim_end().len() {
        if whole.is_char_boundary(length) {
            assert!(SavedPlan::from_json(&whole[..length]).is_err(), "{length}");
        }
    }
    let mut kept = 0;
    for at in 0..whole.len() {
        let mut bytes = whole.clone().into_bytes();
        bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        // What only changes the seals is found with the secret.
        if let Ok(read) = SavedPlan::from_json(&text) {
            assert_eq!(read.content(), plan.content(), "{at}");
            kept += 1;
        }
    }
    assert!(kept < 200, "{kept}");
}

/// A file with another content, and with the digest that anyone can make of it.
pub(crate) fn forged(whole: &str, forge: impl FnOnce(&mut Value)) -> String {
    let mut file: Value = serde_json::from_str(whole).unwrap();
    forge(&mut file["content"]);
    let content: Content = serde_json::from_value(file["content"].clone()).unwrap();
    file["digest"] = audit::digest(&serde_json::to_vec(&content).unwrap()).into();
    file.to_string()
}

#[test]
fn a_forged_file_is_refused_whatever_it_says() {
    let (api, workspace) = set_up();
    let run = workspace.run(&["plan", "--out", "saved.plan", "--expires", "1h"]);
    let _ = run.code(0);
    let whole = save_of(&workspace);
    type Forge = fn(&mut Value);
    let forgeries: [(&str, Forge); 8] = [
        ("no environment", |content| {
            content["environments"] = Value::Array(Vec::new())
        }),
        ("prune", |content| content["options"]["prune"] = true.into()),
        ("targets", |content| {
            content["options"]["targets"] = vec!["links"].into()
        }),
        ("no expiry", |content| content["expires_at"] = Value::Null),
        ("commit", |content| content["commit"] = "0".into()),
        ("an operation", |content| {
            let plan = &mut content["environments"][0]["result"]["planned"];
            plan["operations"][0]["key"] = "other".into();
        }),
        ("another environment", |content| {
            content["environments"][0]["name"] = "prod".into();
        }),
        // What shows that the others were refused for what they say.
        ("nothing", |_| {}),
    ];
    for (what, forge) in forgeries {
        workspace.write("saved.plan", forged(&whole, forge));
        let run = apply(&workspace);
        let (code, written) = match what {
            "nothing" => (0, 2),
            _ => (65, 0),
        };
        assert_eq!(writes(&api), written, "{what}");
        assert_eq!(run.code, code, "{what}: {}", run.shown());
    }
}

#[test]
fn the_file_is_its_owners_and_replaces_only_files() {
    let (_api, workspace) = set_up();
    workspace.write("saved.plan", "what was there");
    let run = workspace.run(&["plan", "--out", "saved.plan"]).code(1);
    assert!(
        run.stderr
            .contains("`saved.plan` is there, and is no saved plan"),
        "{}",
        run.shown()
    );
    fs::remove_file(workspace.path().join("saved.plan")).unwrap();
    save(&workspace);
    save(&workspace);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = workspace.path().join("saved.plan");
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let run = workspace.run(&["plan", "--out", "/dev/null"]).code(1);
        assert!(
            run.stderr
                .contains("failed to write `/dev/null`, which is as it was: it is not a file"),
            "{}",
            run.shown()
        );
    }
    fs::create_dir(workspace.path().join("folder")).unwrap();
    let run = workspace.run(&["plan", "--out", "folder"]).code(1);
    assert!(
        run.stderr
            .contains("failed to write `folder`, which is as it was: it is not a file"),
        "{}",
        run.shown()
    );
    let run = workspace
        .run(&["plan", "--out", "absent/saved.plan"])
        .code(1);
    assert!(
        run.stderr
            .contains("failed to write `absent/saved.plan`, which is as it was")
    );
    let names: Vec<_> = fs::read_dir(workspace.path()).unwrap().collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn show_gives_what_plan_gave_without_manifest_secret_or_network() {
    let (api, workspace) = set_up();
    let mut shown = Vec::new();
    for format in FORMATS {
        let arguments = ["plan", "--format", format, "--prune", "--out", "saved.plan"];
        shown.push((
            workspace.run(&arguments).code(0).stdout,
            save_of(&workspace),
        ));
    }
    let elsewhere = Workspace::new().redact(api.base_url(), "[API]");
    drop(api);
    for (format, (expected, file)) in FORMATS.iter().zip(shown) {
        elsewhere.write("saved.plan", file);
        let mut command = elsewhere.command(&["show", "saved.plan", "--format", format]);
        let output = command.env_clear().output().unwrap();
        let run = elsewhere
            .run(&["show", "saved.plan", "--format", format])
            .code(0);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(run.stdout, expected, "{format}");
    }
}

fn save_of(workspace: &Workspace) -> String {
    fs::read_to_string(workspace.path().join("saved.plan")).unwrap()
}

#[test]
fn the_file_is_what_its_schema_says_and_holds_no_sensitive_value() {
    let (_api, workspace) = set_up();
    let whole = save(&workspace);
    assert!(!whole.contains(TOKEN));
    assert!(whole.contains("https://hooks.example.com/orders?token=•••"));
    let schema = Workspace::new()
        .run(&["schema", "plan-file"])
        .code(0)
        .json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let file: Value = serde_json::from_str(&whole).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&file)
        .map(|err| format!("{}: {err}", err.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Puts what steers terminals, Markdown and HTML into every text that is shown.
fn poison(value: &mut Value, is_text: bool) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let texts = [
                    "shown", "id", "key", "name", "commit", "events", "before", "after",
                ];
                poison(value, texts.contains(&key.as_str()));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, is_text)),
        Value::String(text) if is_text => text.push_str("\u{1b}[2J\r\n/close <img src=x>` @all"),
        _ => {}
    }
}

#[test]
fn a_hostile_file_does_not_steer_what_shows_it() {
    let (_api, workspace) = set_up();
    let arguments = [
        "plan",
        "--prune",
        "--commit",
        "0a1b2c3",
        "--out",
        "saved.plan",
    ];
    let _ = workspace.run(&arguments).code(0);
    workspace.write(
        "saved.plan",
        forged(&save_of(&workspace), |content| poison(content, false)),
    );
    for format in FORMATS {
        let arguments = ["show", "saved.plan", "--format", format];
        let run = workspace.run(&arguments).code(0);
        assert!(run.stdout.contains("@all"), "{format}");
        for line in run.stdout.lines() {
            assert!(!line.contains(['\u{1b}', '\r']), "{format}: {line:?}");
            assert!(!line.starts_with('/'), "{format}: {line:?}");
            let is_page = format == "html";
            assert!(!(is_page && line.contains("<img")), "{line}");
        }
    }
}

#[test]
fn a_plan_that_nobody_could_apply_is_not_saved() {
    let (_api, workspace) = set_up();
    for (arguments, why) in [
        (&["--out", "-"][..], "a plan is saved to a file"),
        (
            &["--out", "p", "--expires", "0s"],
            "it would be over before anybody could use it",
        ),
        (&["--out", "p", "--expires=-1h"], "it must not be negative"),
        (
            &["--out", "p", "--expires", "9999999h"],
            "it is longer than 10 years",
        ),
        (
            &["--out", "p", "--expires", "soon"],
            "write a length such as `24h` or `7d`",
        ),
    ] {
        let run = workspace.run(&[&["plan"], arguments].concat()).code(64);
        assert!(run.stderr.contains(why), "{}", run.shown());
    }
    for name in ["-", "p"] {
        assert!(!workspace.path().join(name).exists());
    }
    let _ = workspace
        .run(&["plan", "--out", "p", "--expires", "7d"])
        .code(0);
}

#[test]
fn a_plan_takes_no_other_files_place() {
    let (api, workspace) = set_up();
    let path = workspace.path().join("hookwright.yaml");
    let manifest = fs::read(&path).unwrap();
    let run = workspace.run(&["plan", "--out", "hookwright.yaml"]).code(1);
    let said = "`hookwright.yaml` is there, and is no saved plan";
    assert!(run.stderr.contains(said), "{}", run.shown());
    assert_eq!(fs::read(path).unwrap(), manifest);
    assert!(api.requests().is_empty(), "it was refused late");
    // A file of `mktemp`, and an older plan.
    workspace.write("saved.plan", "");
    save(&workspace);
    save(&workspace);
}
