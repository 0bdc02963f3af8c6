//! What guards and rules say of plans, at its place in the manifest: SARIF, code quality and annotations.

use hookwright::model::EnvType;
use serde_json::Value;

use crate::support::{
    Api, SANDBOX_SECRET, Workspace, sandbox_manifest,
    sarif::{assert_valid, lines},
};

const PLAN: &[&str] = &["plan", "--format", "sarif"];

/// The log that a plan ends with this code with.
#[track_caller]
fn log(workspace: &Workspace, code: u8) -> Value {
    let run = workspace.run(PLAN);
    let log = run.json();
    assert_valid(&log);
    assert_eq!(run.code, i32::from(code), "{}", lines(&log));
    log
}

/// The head of a manifest with these lines below its environment, which has nine lines without them.
fn environment(more: &str) -> String {
    sandbox_manifest("").replace("webhooks:\n", more)
}

const TWO: &str = "webhooks:
  orders: { url: \"https://h.example.com/orders\", events: [order-created] }
  tasks: { url: \"https://h.example.com/tasks\", events: [task-status-updated] }
";

#[test]
fn a_guard_that_refuses_is_a_result_where_its_webhook_is() {
    let api = Api::truv();
    let live = |name: &str, event: &str| {
        let url = format!("https://h.example.com/{name}");
        api.seed(EnvType::Sandbox, name, &url, &[event]);
    };
    live("others", "order-created");
    live("kept", "link-deleted");
    live("old", "link-deleted");
    let manifest = environment(
        "    owns: [orders, tasks, kept, old]
    protect: [kept]
    limits: { max_deletes: 1 }
",
    ) + &TWO.replace("h.example.com/orders", "h.example.com/others")
        + "removed:\n  - kept\n  - old\n";
    let log = log(&api.workspace(&manifest), 3);
    insta::assert_snapshot!(lines(&log), @r#"
    error conflict at hookwright.yaml:13:3: Refused in sandbox: the URL of `orders`, https://h.example.com/others, is held by `others` (id 651c322a-0dc7-4071-a7c1-2860f1175ad9), which is not ours. Take it over with `adopt: true` at `webhooks.orders`, or give `orders` another URL.
    error protected at hookwright.yaml:16:5: Refused in sandbox: `kept` (id f6645f9d-6e5c-4687-a67a-7eacdfa9c2d6) would be deleted, and `protect` has `kept`. Drop the name from `removed`, or from `protect`.
    error max-deletes at hookwright.yaml:3:3: Refused in sandbox: 2 webhooks would be deleted, and `limits.max_deletes` is 1. Check them, then run again with `--allow-deletes 2`, or raise `limits.max_deletes`.
    "#);
}

const POLICIES: &str = "policies:
  prefix:
    deny: operations.exists(o, !o.name.startsWith('team-'))
    say: names carry a team prefix
  two-approvers:
    deny: size(change.approvers) < 2
    say: it takes two approvers
  few:
    deny: size(operations) > 0
    say: something changes
    level: warn
  passes:
    deny: counts.delete > 0
    say: something is deleted
";

#[test]
fn a_rule_that_denies_or_warns_is_a_result_with_its_own_place() {
    let api = Api::truv();
    let manifest = environment(POLICIES) + TWO;
    let log = log(&api.workspace(&manifest), 3);
    insta::assert_snapshot!(lines(&log), @r#"
    error policy/prefix at hookwright.yaml:24:3: Refused in sandbox: names carry a team prefix. Change what the rule is against, or except the webhook for a time, with `until` and `why`: `policies.prefix.except`.
      also hookwright.yaml:10:3: The rule.
      also hookwright.yaml:25:3: `tasks` is declared here.
    error policy/two-approvers at hookwright.yaml:24:3: Refused in sandbox: it takes two approvers (the rule cannot be evaluated, and so refuses: `approvers` is not known). Give the rule what it needs, or let it ask first, such as with `has(…)`: `policies.two-approvers.deny`; what it sees is shown by `hookwright policy explain -e sandbox`.
      also hookwright.yaml:13:3: The rule.
      also hookwright.yaml:25:3: `tasks` is declared here.
    warning policy/few at hookwright.yaml:24:3: In sandbox: something changes.
      also hookwright.yaml:16:3: The rule.
      also hookwright.yaml:25:3: `tasks` is declared here.
    "#);
    let known = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    let known: Vec<&str> = known
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    assert!(known.contains(&"live-traffic"), "{known:?}");
    assert!(!known.contains(&"policy/passes"), "{known:?}");
}

#[test]
fn a_rule_that_only_warns_refuses_nothing_and_is_at_the_only_webhook_that_changes() {
    let api = Api::truv();
    api.seed(
        EnvType::Sandbox,
        "orders",
        "https://h.example.com/orders",
        &["order-created"],
    );
    let warns = POLICIES.find("  few:").unwrap()..POLICIES.find("  passes:").unwrap();
    let policies = format!("policies:\n{}", &POLICIES[warns]);
    let log = log(&api.workspace(&(environment(&policies) + TWO)), 0);
    insta::assert_snapshot!(lines(&log), @r#"
    warning policy/few at hookwright.yaml:16:3: In sandbox: something changes.
      also hookwright.yaml:10:3: The rule.
    "#);
}

#[test]
fn what_a_rule_does_not_see_is_not_its_place() {
    let api = Api::truv();
    let policies = "policies:
  prefix:
    deny: operations.exists(o, !o.name.startsWith('team-'))
    say: names carry a team prefix
    except: [{ key: orders, until: 2026-12-31, why: OPS-1 }]
";
    let log = log(&api.workspace(&(environment(policies) + TWO)), 3);
    insta::assert_snapshot!(lines(&log), @r#"
    error policy/prefix at hookwright.yaml:16:3: Refused in sandbox: names carry a team prefix. Change what the rule is against, or except the webhook for a time, with `until` and `why`: `policies.prefix.except`.
      also hookwright.yaml:10:3: The rule.
    "#);
}

#[test]
fn a_plan_without_anything_to_say_is_a_log_without_results() {
    let api = Api::truv();
    let workspace = api.workspace(&(environment("") + TWO));
    let with_changes = log(&workspace, 0);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    for log in [with_changes, log(&workspace, 0)] {
        assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
        assert_eq!(
            log["runs"][0]["automationDetails"]["id"],
            "hookwright/plan/"
        );
        assert_eq!(log["runs"][0]["invocations"], Value::Null);
    }
}

#[test]
fn each_place_is_in_the_file_that_has_it() {
    let api = Api::truv();
    let workspace = api.workspace("");
    std::fs::remove_file(workspace.path().join("hookwright.yaml")).unwrap();
    let at_api = |text: &str| text.replace("[API]", &api.base_url());
    let rule = "policies:
  prefix:
    deny: operations.exists(o, !o.name.startsWith('team-'))
    say: names carry a team prefix
";
    workspace.write("hookwright/environments.yaml", at_api(&environment(rule)));
    workspace.write(
        "hookwright/teams/tasks.yaml",
        format!("version: 1\n# Ours.\n{TWO}"),
    );
    workspace.write("hookwright/removed.yaml", "version: 1\nremoved: [kept]\n");
    api.seed(
        EnvType::Sandbox,
        "kept",
        "https://h.example.com/kept",
        &["link-deleted"],
    );
    let protects = at_api(&environment(&format!("    protect: [kept]\n{rule}")));
    workspace.write("hookwright/environments.yaml", protects);
    let log = log(&workspace, 3);
    insta::assert_snapshot!(lines(&log), @r#"
    error protected at hookwright/removed.yaml:2:11: Refused in sandbox: `kept` (id 651c322a-0dc7-4071-a7c1-2860f1175ad9) would be deleted, and `protect` has `kept`. Drop the name from `removed`, or from `protect`.
    error empty at hookwright/environments.yaml:3:3: Refused in sandbox: no webhook is declared, and the only one that is ours would be deleted. If the environment is to be emptied, run again with `--allow-empty`.
    error policy/prefix at hookwright/removed.yaml:2:11: Refused in sandbox: names carry a team prefix. Change what the rule is against, or except the webhook for a time, with `until` and `why`: `policies.prefix.except`.
      also hookwright/environments.yaml:11:3: The rule.
    "#);
}

/// Warnings about the manifest are findings too, and so is what makes it invalid.
#[test]
fn what_is_wrong_with_the_manifest_is_in_the_same_log() {
    let api = Api::truv();
    let warns = TWO.replace("h.example.com/orders", "webhook.site/orders");
    let log_of = |manifest: &str, code| log(&api.workspace(manifest), code);
    let log = log_of(&(environment("") + &warns), 0);
    insta::assert_snapshot!(lines(&log), @"warning HW026 at hookwright.yaml:10:18: `webhook.site` is a tunnel or a request bin. Events carry people's income and employment; send them to a host of your own.");
    let wrong = TWO.replace("order-created", "group:none");
    let log = log_of(&(environment("") + &wrong), 65);
    insta::assert_snapshot!(lines(&log), @"error HW012 at hookwright.yaml:10:59: The event group `none` is not defined. Define it: `event_groups: { none: [order-*] }`.");
}

/// Whoever uploads the log must neither find an empty file nor take silence for peace.
#[test]
fn what_could_not_be_planned_is_said_in_the_log() {
    let api = Api::truv();
    let manifest = environment("") + TWO;
    let workspace = api.workspace(&manifest);
    let run = workspace
        .run(&["plan", "-e", "nope", "--format", "sarif"])
        .code(64);
    assert_valid(&run.json());
    let run = &run.json()["runs"][0];
    assert_eq!(run["results"], serde_json::json!([]));
    insta::assert_snapshot!(run["invocations"], @r#"[{"executionSuccessful":false,"toolExecutionNotifications":[{"level":"error","message":{"text":"The manifest has no environment `nope`. It has `sandbox`."}}]}]"#);
    let wrong = SANDBOX_SECRET.replace('a', "w");
    let workspace = api.workspace(&manifest).env("TRUV_SANDBOX_SECRET", &wrong);
    let log = log(&workspace, 1);
    insta::assert_snapshot!(lines(&log), @"error not-planned at hookwright.yaml:3:3: The live state of sandbox could not be read: GET /v1/webhooks/: not authenticated: authentication_failed; No such token. Check the client id and the access secret of this environment.");
    assert_eq!(
        log["runs"][0]["invocations"][0]["executionSuccessful"],
        false
    );
}

/// A fingerprint stays while lines move and counts change, and is another for another webhook or environment.
#[test]
fn a_finding_is_known_again() {
    let api = Api::truv();
    let fingerprints = |manifest: &str| -> Vec<String> {
        let log = log(&api.workspace(manifest), 3);
        let results = log["runs"][0]["results"].as_array().unwrap();
        let prints = results
            .iter()
            .map(|result| &result["partialFingerprints"]["hookwright/v1"]);
        prints
            .map(|print| print.as_str().unwrap().to_owned())
            .collect()
    };
    let with = |removed: &str| {
        environment("    limits: { max_deletes: 0 }\n") + TWO + &format!("removed: [{removed}]\n")
    };
    for name in ["old", "older"] {
        let url = format!("https://h.example.com/{name}");
        api.seed(EnvType::Sandbox, name, &url, &["link-deleted"]);
    }
    let first = fingerprints(&with("old"));
    assert_eq!(first.len(), 1);
    let moved = with("old, older").replace("environments:\n", "# A line more.\nenvironments:\n");
    assert_eq!(fingerprints(&moved), first);
    let other = with("old").replace("  sandbox:", "  second:\n    env_type: sandbox");
    assert_ne!(fingerprints(&other), first);
    let protected = |name: &str| with(name).replace("limits: { max_deletes: 0 }", "protect: ['*']");
    let one = fingerprints(&protected("old"));
    assert_ne!(fingerprints(&protected("older")), one);
}

#[test]
fn code_quality_and_annotations_have_the_same_places() {
    let api = Api::truv();
    let manifest = environment(POLICIES) + TWO;
    let workspace = api.workspace(&manifest);
    let issues = workspace
        .run(&["plan", "--format", "gitlab"])
        .code(3)
        .json();
    insta::assert_snapshot!(serde_json::to_string_pretty(&issues[0]).unwrap(), @r#"
    {
      "description": "refused in sandbox: names carry a team prefix; change what the rule is against, or except the webhook for a time, with `until` and `why`: `policies.prefix.except`",
      "check_name": "policy/prefix",
      "fingerprint": "89b4ffeed6e784da950f672c016dc7a1-1",
      "severity": "major",
      "location": {
        "path": "hookwright.yaml",
        "lines": {
          "begin": 24,
          "end": 24
        }
      }
    }
    "#);
    assert_eq!(issues.as_array().unwrap().len(), 3);
    let commands = annotations(&workspace, 3);
    insta::assert_snapshot!(commands[2..].join("\n"), @r#"
    ::error file=hookwright.yaml,line=24,endLine=24,col=3,endColumn=8,title=policy/prefix%3A a rule of the manifest's `policies` is against the plan::refused in sandbox: names carry a team prefix%0Aone of the 2 webhooks that the plan changes%0Achange what the rule is against, or except the webhook for a time, with `until` and `why`: `policies.prefix.except`
    ::error file=hookwright.yaml,line=24,endLine=24,col=3,endColumn=8,title=policy/two-approvers%3A a rule of the manifest's `policies` is against the plan::refused in sandbox: it takes two approvers (the rule cannot be evaluated, and so refuses: `approvers` is not known)%0Aone of the 2 webhooks that the plan changes%0Agive the rule what it needs, or let it ask first, such as with `has(…)`: `policies.two-approvers.deny`; what it sees is shown by `hookwright policy explain -e sandbox`
    ::warning file=hookwright.yaml,line=24,endLine=24,col=3,endColumn=8,title=policy/few%3A a rule of the manifest's `policies` is against the plan::in sandbox: something changes%0Aone of the 2 webhooks that the plan changes
    ::error title=hookwright::Plan: 2 to create, 0 to update, 0 to delete. 1 environment refused.
    "#);
}

/// GitHub shows ten annotations of one kind and drops the rest without a word: the last but one counts them, the last is the
/// summary.
#[test]
fn no_more_annotations_are_written_than_are_shown() {
    let api = Api::truv();
    let mut webhooks = "webhooks:\n".to_owned();
    for number in 10..40 {
        let url = format!("https://h.example.com/{number}");
        api.seed(
            EnvType::Sandbox,
            &format!("others-{number}"),
            &url,
            &["order-created"],
        );
        webhooks.push_str(&format!(
            "  w{number}: {{ url: \"{url}\", events: [order-created] }}\n"
        ));
    }
    let workspace = api.workspace(&(environment("    owns: ['w*']\n") + &webhooks));
    let shown = workspace
        .run(&["plan", "--format", "github"])
        .code(3)
        .stdout;
    let errors: Vec<&str> = shown
        .lines()
        .filter(|line| line.starts_with("::error "))
        .collect();
    assert_eq!(errors.len(), 10, "{errors:#?}");
    assert!(
        errors[7].contains("file=hookwright.yaml,line=18,"),
        "{errors:#?}"
    );
    assert!(errors[8].contains("::22 more of this kind"), "{errors:#?}");
    assert!(errors[9].contains("::Plan: "), "{errors:#?}");
}

/// The annotations of a plan, which ends with this code.
#[track_caller]
fn annotations(workspace: &Workspace, code: u8) -> Vec<String> {
    let run = workspace.run(&["plan", "--format", "github"]).code(code);
    let lines = run.stdout.lines();
    let commands = lines.filter(|line| line.starts_with("::"));
    commands.map(str::to_owned).collect()
}

/// What makes a manifest invalid is annotated where it is, by `plan` as by `validate`.
#[test]
fn a_manifest_that_is_not_valid_is_annotated_at_its_places() {
    let api = Api::truv();
    let wrong = TWO.replace("order-created", "group:none");
    let workspace = api.workspace(&(environment("") + &wrong));
    let commands = annotations(&workspace, 65);
    insta::assert_snapshot!(commands[2..].join("\n"), @r#"
    ::error file=hookwright.yaml,line=10,endLine=10,col=59,endColumn=68,title=HW012%3A an event group is not defined::the event group `none` is not defined%0Adefine it: `event_groups: { none: [order-*] }`
    ::error title=hookwright::the manifest is not valid
    "#);
}

/// Forges know files by their path from the repository's root on, wherever the step runs and however the manifest is named.
#[test]
fn places_are_in_the_repository_that_the_run_is_for() {
    let api = Api::truv();
    let wrong = environment("") + &TWO.replace("order-created", "group:none");
    let paths = |root: Option<(&str, &str)>, file: &str| -> [String; 3] {
        let workspace = api.workspace(&wrong);
        let here = workspace.path().to_owned();
        let outside = here.join("elsewhere");
        let workspace = match root {
            None => workspace,
            Some((name, root)) => workspace.env(name, here.join(root).to_str().unwrap()),
        };
        std::fs::create_dir(&outside).unwrap();
        let file = file.replace("[HERE]", here.to_str().unwrap());
        let run = |format| {
            let run = workspace.run(&["validate", "-f", &file, "--format", format]);
            run.code(65)
        };
        let log = run("sarif").json();
        assert_valid(&log);
        let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"]
            .as_str()
            .unwrap()
            .to_owned();
        let issue = run("gitlab").json()[0]["location"]["path"].clone();
        let commands = run("github").stdout;
        let (_, rest) = commands.split_once("::error file=").unwrap();
        let (of_annotation, _) = rest.split_once(",line=").unwrap();
        let name = here.file_name().unwrap().to_str().unwrap();
        [&uri, issue.as_str().unwrap(), of_annotation].map(|path| {
            let path = path.replace(here.to_str().unwrap(), "[HERE]");
            path.replace(name, "[NAME]")
        })
    };
    let plain = ["hookwright.yaml"; 3].map(str::to_owned);
    let below = ["[NAME]/hookwright.yaml"; 3].map(str::to_owned);
    for file in [
        "hookwright.yaml",
        "./hookwright.yaml",
        "[HERE]/hookwright.yaml",
    ] {
        assert_eq!(paths(None, file), plain, "{file}");
        assert_eq!(
            paths(Some(("GITHUB_WORKSPACE", "..")), file),
            below,
            "{file}"
        );
        assert_eq!(paths(Some(("CI_PROJECT_DIR", "..")), file), below, "{file}");
        // The run is elsewhere than the repository.
        assert_eq!(
            paths(Some(("CI_PROJECT_DIR", "elsewhere")), file),
            plain,
            "{file}"
        );
    }
    assert_eq!(paths(None, "[HERE]/elsewhere/../hookwright.yaml"), plain);
}

/// What is in no repository has no path from a root on: a URI says so.
#[test]
fn a_file_in_no_repository_keeps_its_path() {
    let api = Api::truv();
    let wrong = environment("") + &TWO.replace("order-created", "group:none");
    let (elsewhere, here) = (api.workspace(&wrong), api.workspace(""));
    let file = elsewhere.path().join("hookwright.yaml");
    let file = file.to_str().unwrap();
    let run = |format| {
        here.run(&["validate", "-f", file, "--format", format])
            .code(65)
    };
    let log = run("sarif").json();
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], format!("file://{file}"));
    assert_eq!(run("gitlab").json()[0]["location"]["path"], file);
}
