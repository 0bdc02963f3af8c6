//! The rules of the user's own, through the real binary: what they refuse, where, and in which words.

use std::{fs, path::Path};

use hookwright::{forge::Forge, model::EnvType};
use http::Method;
use serde_json::Value;

use crate::support::{
    Api, Workspace,
    forge::{Fault, ForgeApi, HEAD},
};

const TOKEN: &str = "token-of-orders";
const WEBHOOKS: &str = "  orders:
    url: https://new.example.com/webhooks/orders?token=${env:TOKEN}
    events: [order-created]
";

/// A manifest with these policies, and `more` below its environment.
fn manifest(policies: &str, more: &str) -> String {
    format!(
        "version: 1
environments:
  sandbox:
    provider: truv
    base_url: \"[API]\"
    credentials:
      client_id: ${{env:TRUV_CLIENT_ID}}
      access_secret: ${{env:TRUV_SANDBOX_SECRET}}
{more}policies:
{policies}webhooks:
{WEBHOOKS}"
    )
}

/// A webhook that is to move to another host, and these policies.
fn judged(policies: &str) -> (Api, Workspace) {
    judged_with(policies, "")
}

fn judged_with(policies: &str, more: &str) -> (Api, Workspace) {
    let api = Api::truv();
    let url = "https://old.example.com/webhooks/orders";
    api.seed(EnvType::Sandbox, "orders", url, &["order-created"]);
    let workspace = api.workspace(&manifest(policies, more)).env("TOKEN", TOKEN);
    (api, workspace)
}

const HOST: &str = "  host-change:
    deny: operations.exists(o, o.before.host != o.after.host)
    say: a host changes
";
const WARNS: &str = "  host-change:
    deny: operations.exists(o, o.before.host != o.after.host)
    say: a host changes
    level: warn
";
const NEEDS: &str = "  two-approvers:
    deny: size(change.approvers) < 2
    say: it takes two approvers
";
const PASSES: &str = "  few-deletes:
    deny: counts.delete > 0
    say: something is deleted
";

fn writes(api: &Api) -> usize {
    ["POST", "PATCH", "DELETE"]
        .map(|method| api.count(method))
        .iter()
        .sum()
}

#[test]
fn a_rule_that_is_against_a_plan_refuses_it() {
    let (api, workspace) = judged(&[HOST, NEEDS, PASSES].concat());
    let run = workspace.run(&["plan"]).code(3);
    insta::assert_snapshot!(run.shown());
    let run = workspace.run(&["apply", "--auto-approve"]).code(3);
    assert!(
        run.stdout
            .contains("refused (policy/host-change) in sandbox:"),
        "{}",
        run.stdout
    );
    assert_eq!(writes(&api), 0);
}

#[test]
fn every_format_names_the_rule() {
    let (_api, workspace) = judged(&[HOST, NEEDS, PASSES].concat());
    let json = workspace.run(&["plan", "--format", "json"]).code(3).json();
    assert_eq!(json["outcome"], "refused");
    let environment = &json["environments"][0];
    let codes: Vec<&Value> = (environment["refusals"].as_array().unwrap().iter())
        .map(|refusal| &refusal["code"])
        .collect();
    assert_eq!(codes, ["policy/host-change", "policy/two-approvers"]);
    let verdicts: Vec<String> = (environment["policies"].as_array().unwrap().iter())
        .map(|ruling| format!("{} {}", ruling["id"], ruling["verdict"]))
        .collect();
    assert_eq!(
        verdicts,
        [
            r#""few-deletes" "passes""#,
            r#""host-change" "denies""#,
            r#""two-approvers" "not-evaluated""#,
        ]
    );
    let schema = hookwright::report::json::schemas().remove("plan").unwrap();
    assert!(jsonschema::is_valid(&schema, &json));
    for format in ["markdown", "html", "github"] {
        let run = workspace.run(&["plan", "--format", format]).code(3);
        assert!(
            run.stdout.contains("policy/host-change"),
            "{format}: {}",
            run.stdout
        );
        assert!(run.stdout.contains("a host changes"), "{format}");
    }
    // What a plan's file says of it, too.
    let _ = workspace.run(&["plan", "--out", "saved.plan"]).code(3);
    let run = workspace.run(&["show", "saved.plan"]).code(0);
    assert!(
        run.stdout
            .contains("refused (policy/host-change) in sandbox:"),
        "{}",
        run.stdout
    );
    let run = workspace.run(&["apply", "saved.plan"]).code(3);
    insta::assert_snapshot!(run.stderr, @"
    error: a guard refused the plan when it was saved; nothing was changed
      hint: `hookwright show saved.plan` says which, and how to go on
    ");
}

#[test]
fn a_rule_that_only_warns_refuses_nothing() {
    let (api, workspace) = judged(&[WARNS, PASSES].concat());
    let run = workspace.run(&["plan"]).code(0);
    assert!(
        run.stdout
            .contains("warning: policy/host-change: a host changes"),
        "{}",
        run.stdout
    );
    let json = workspace.run(&["plan", "--format", "json"]).code(0).json();
    let environment = &json["environments"][0];
    assert_eq!(
        environment["warnings"][0],
        "policy/host-change: a host changes"
    );
    assert_eq!(environment["policies"][1]["verdict"], "warns");
    for format in ["markdown", "html"] {
        let run = workspace.run(&["plan", "--format", format]).code(0);
        assert!(
            run.stdout.contains("policy/host-change: a host changes"),
            "{format}"
        );
    }
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert_eq!(writes(&api), 1);
    // A plan without operations is not judged.
    let json = workspace.run(&["plan", "--format", "json"]).code(0).json();
    assert_eq!(json["environments"][0]["policies"], Value::Null);
}

#[test]
fn a_saved_plan_is_judged_again_when_it_is_applied() {
    let rule = "  of-a-commit:
    deny: \"!has(change.commit) || change.commit != 'c0ffee'\"
    say: only this commit is applied
";
    let (api, workspace) = judged(rule);
    let workspace = workspace.env("GITHUB_SHA", "c0ffee");
    let _ = workspace.run(&["plan", "--out", "saved.plan"]).code(0);
    let workspace = workspace.env("GITHUB_SHA", "abc");
    let run = workspace.run(&["apply", "saved.plan"]).code(3);
    assert!(
        run.stdout
            .contains("refused (policy/of-a-commit) in sandbox:"),
        "{}",
        run.stdout
    );
    assert_eq!(writes(&api), 0);
    let workspace = workspace.env("GITHUB_SHA", "c0ffee");
    let _ = workspace.run(&["apply", "saved.plan"]).code(0);
    assert_eq!(writes(&api), 1);
}

#[test]
fn a_saved_plan_is_bound_to_the_rules() {
    let (api, workspace) = judged(PASSES);
    let _ = workspace.run(&["plan", "--out", "saved.plan"]).code(0);
    let manifest = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    workspace.write(
        "hookwright.yaml",
        manifest.replace("counts.delete > 0", "counts.delete > 9"),
    );
    let run = workspace.run(&["apply", "saved.plan"]).code(3);
    assert!(
        run.stderr.contains("`hookwright.yaml` changed"),
        "{}",
        run.stderr
    );
    assert_eq!(writes(&api), 0);
}

fn decisions(workspace: &Workspace) -> Vec<String> {
    let log = fs::read_to_string(workspace.path().join("audit.jsonl")).unwrap();
    let lines = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .map(|line| {
            format!(
                "{} {} {}: {}",
                line["action"], line["name"], line["outcome"], line["error"]
            )
        })
        .collect()
}

#[test]
fn what_rules_say_is_in_the_audit_log() {
    let (_api, workspace) = judged(&[HOST, NEEDS, PASSES].concat());
    let apply = ["apply", "--auto-approve", "--audit-log", "audit.jsonl"];
    let _ = workspace.run(&apply).code(3);
    assert_eq!(
        decisions(&workspace),
        [
            r#""judge" "policy/few-deletes" "permitted": null"#,
            r#""judge" "policy/host-change" "refused": "a host changes""#,
            r#""judge" "policy/two-approvers" "refused": "it takes two approvers: not evaluated: `approvers` is not known""#,
        ]
    );
    let _ = workspace.run(&["audit", "audit.jsonl"]).code(0);
    let (_api, workspace) = judged(&[WARNS, PASSES].concat());
    let _ = workspace.run(&apply).code(0);
    assert_eq!(
        decisions(&workspace)[..2],
        [
            r#""judge" "policy/few-deletes" "permitted": null"#,
            r#""judge" "policy/host-change" "warned": "a host changes""#,
        ]
    );
    assert_eq!(decisions(&workspace).len(), 4);
    let _ = workspace.run(&["audit", "audit.jsonl"]).code(0);
}

#[test]
fn the_service_applies_only_what_rules_let_pass() {
    let apply = "    lock: { file: sandbox.lock }\n    reconcile: { mode: apply }\n";
    let once = [
        "reconcile",
        "--once",
        "--state",
        "state.json",
        "--audit-log",
        "audit.jsonl",
    ];
    let (api, workspace) = judged_with(HOST, apply);
    let run = workspace.run(&once);
    assert_eq!(writes(&api), 0, "{}", run.shown());
    assert!(run.stdout.contains("a host changes"), "{}", run.shown());
    let told = decisions(&workspace);
    assert!(
        told.contains(&r#""judge" "policy/host-change" "refused": "a host changes""#.to_owned()),
        "{told:?}"
    );
    let (api, workspace) = judged_with(PASSES, apply);
    let _ = workspace.run(&once).code(0);
    assert_eq!(writes(&api), 1);
}

#[test]
fn rules_see_what_webhooks_carry_where_they_look_at_it() {
    let rule = "  in-use:
    deny: operations.exists(o, o.traffic.live)
    say: a webhook that is in use changes
";
    let api = Api::now();
    let url = "https://old.example.com/webhooks/orders";
    api.seed(EnvType::Sandbox, "orders", url, &["order-created"]);
    let workspace = api.workspace(&manifest(rule, "")).env("TOKEN", TOKEN);
    let _ = workspace.run(&["plan"]).code(0);
    let at = crate::support::history::at(5);
    crate::support::history::seed(
        &api,
        crate::support::history::Seeded::new(url, "order-created", at, Some(200)),
    );
    let run = workspace.run(&["plan"]).code(3);
    assert!(run.stdout.contains("policy/in-use"), "{}", run.stdout);
}

#[test]
fn what_rules_see_is_shown_with_secrets_masked() {
    let (api, workspace) = judged(&[HOST, NEEDS].concat());
    let run = workspace.run(&["policy", "explain"]).code(0);
    assert!(!run.stdout.contains(TOKEN), "{}", run.stdout);
    let input: Value = serde_json::from_str(&run.stdout).unwrap();
    let schema = hookwright::policy::Input::json_schema();
    assert!(jsonschema::is_valid(&schema, &input));
    let operation = &input["operations"][0];
    assert_eq!(
        (
            &operation["key"],
            &operation["before"]["host"],
            &operation["after"]["host"]
        ),
        (
            &"orders".into(),
            &"old.example.com".into(),
            &"new.example.com".into()
        )
    );
    assert_eq!(operation["after"]["query"], "token=•••");
    let coverage = &input["coverage"]["order-created"];
    assert_eq!(
        coverage,
        &serde_json::json!({"before": 1, "after": 1, "minimum": 1})
    );
    // It is what tests take.
    workspace.write("moves.json", &run.stdout);
    let tests = "    tests: [{ name: it moves, input: moves.json, denied: true }]\n";
    let tested = manifest(&[HOST, tests].concat(), "").replace("[API]", &api.base_url());
    workspace.write("hookwright.yaml", tested);
    let run = workspace.run(&["policy", "test"]).code(0);
    insta::assert_snapshot!(run.stdout, @"
    host-change
      passed it moves

    1 rule, 1 test: 1 passed, 0 failed.
    ");
    let json = workspace
        .run(&["policy", "explain", "--format", "json"])
        .code(0)
        .json();
    assert_eq!(json["environments"][0]["input"]["counts"]["update"], 1);
    let schema = hookwright::report::json::schemas()
        .remove("policy-explain")
        .unwrap();
    assert!(jsonschema::is_valid(&schema, &json));
}

#[test]
fn tests_that_fail_are_told_in_every_format() {
    let rules = "  tested:
    deny: counts.delete > 5
    say: more than five webhooks would be deleted
    tests:
      - { name: six & more, input: tests/six.json, denied: true }
      - { name: six are fine, input: tests/six.json, denied: false }
      - { name: not there, input: tests/seven.json, denied: true }
      - { name: no input, input: hookwright.yaml, denied: true }
  untested:
    deny: 'false'
    say: nothing
";
    let (_api, workspace) = judged(rules);
    workspace.write(
        "tests/six.json",
        r#"{"format_version": 1, "environment": {"name": "sandbox", "provider": "truv", "env_type": "sandbox"}, "time": "2026-01-01T00:00:00Z", "counts": {"delete": 6, "operations": 6}}"#,
    );
    let run = workspace.run(&["policy", "test"]).code(1);
    insta::assert_snapshot!("tests_that_fail", run.shown());
    let json = workspace
        .run(&["policy", "test", "--format", "json"])
        .code(1)
        .json();
    assert_eq!((&json["passed"], &json["failed"]), (&1.into(), &3.into()));
    assert_eq!(json["without_tests"], serde_json::json!(["untested"]));
    let schema = hookwright::report::json::schemas()
        .remove("policy-test")
        .unwrap();
    assert!(jsonschema::is_valid(&schema, &json));
    let run = workspace
        .run(&["policy", "test", "--format", "junit"])
        .code(1);
    insta::assert_snapshot!("tests_that_fail_as_junit", run.stdout);
    let run = workspace.run(&["validate"]).code(65);
    insta::assert_snapshot!("tests_that_fail_are_diagnostics", run.shown());
    let _ = workspace.run(&["plan", "--format", "junit"]).code(64);
}

#[test]
fn a_test_cannot_read_beyond_the_manifests_folder() {
    let outside = Workspace::new();
    let secret = outside.write("secret.json", "{}");
    let rules = "  linked:
    deny: 'true'
    say: nothing
    tests: [{ name: a link, input: link.json, denied: true }]
";
    let (_api, workspace) = judged(rules);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(secret, workspace.path().join("link.json")).unwrap();
        let run = workspace.run(&["policy", "test"]).code(1);
        assert!(
            run.stdout
                .contains("`link.json` cannot be read: it leads out of the manifest's folder"),
            "{}",
            run.stdout
        );
    }
    #[cfg(not(unix))]
    drop(secret);
}

const TWO: &str = "  two-approvers:
    deny: size(change.approvers) < 2 || change.author != 'ana' || !('prod' in change.labels)
    say: it takes two approvers
";

#[test]
fn the_forge_says_who_approved() {
    for forge in [Forge::GitHub, Forge::GitLab] {
        let (api, workspace) = judged(TWO);
        let there = ForgeApi::start(forge);
        let workspace = there.surround(workspace);
        let plan = ["plan", "--ask-forge"];
        let approvals = |who: &[&str]| {
            match forge {
            Forge::GitHub => who
                .iter()
                .map(|who| serde_json::json!({"user": {"login": who}, "state": "APPROVED", "commit_id": HEAD}))
                .collect::<Value>(),
            Forge::GitLab => {
                let by: Value = who.iter().map(|who| serde_json::json!({"user": {"username": who}})).collect();
                serde_json::json!({ "approved_by": by })
            }
        }
        };
        there.approve(approvals(&["ben", "ana"]));
        let run = workspace.run(&plan).code(3);
        assert!(
            run.stdout.contains("policy/two-approvers"),
            "{}",
            run.shown()
        );
        there.approve(approvals(&["ben", "cem"]));
        let _ = workspace.run(&plan).code(0);
        // Nobody is asked unless somebody says so, and then nobody knows.
        let asked = there.requests().len();
        let run = workspace.run(&["plan"]).code(3);
        assert!(run.stdout.contains("cannot be"), "{}", run.shown());
        assert_eq!(there.requests().len(), asked);
        let _ = workspace
            .run(&["apply", "--auto-approve", "--ask-forge"])
            .code(0);
        assert_eq!(writes(&api), 1);
    }
}

#[test]
fn after_a_merge_the_forge_is_asked_for_the_commits_pull_request() {
    let (_api, workspace) = judged(TWO);
    let there = ForgeApi::start(Forge::GitHub);
    let workspace = there.surround(workspace);
    workspace.write("event.json", "{}");
    let workspace = workspace.env("GITHUB_SHA", "c0ffee");
    let review =
        |who| serde_json::json!({"user": {"login": who}, "state": "APPROVED", "commit_id": HEAD});
    there.approve(serde_json::json!([review("ben"), review("cem")]));
    let _ = workspace.run(&["plan", "--ask-forge"]).code(0);
    assert!(
        there.requests()[0].contains("/commits/c0ffee/pulls"),
        "{:?}",
        there.requests()
    );
}

#[test]
fn a_forge_that_cannot_be_asked_ends_the_run_before_anything_is_sent() {
    let (api, workspace) = judged(TWO);
    let there = ForgeApi::start(Forge::GitHub);
    let workspace = there.surround(workspace);
    there.fault(
        Fault::new(Method::GET, 404)
            .body(r#"{"message": "Not Found"}"#)
            .of("/reviews"),
    );
    let run = workspace
        .run(&["apply", "--auto-approve", "--ask-forge"])
        .code(1);
    insta::assert_snapshot!("forge_cannot_be_asked", run.shown());
    assert_eq!(writes(&api), 0);
    // Without a rule that looks at it, it is not asked.
    let (_api, workspace) = judged(PASSES);
    let there = ForgeApi::start(Forge::GitHub);
    let _ = there
        .surround(workspace)
        .run(&["plan", "--ask-forge"])
        .code(0);
    assert_eq!(there.requests(), Vec::<String>::new());
}

#[test]
fn the_example_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/policies");
    let folder = folder.to_str().unwrap();
    let workspace = Workspace::new();
    let run = workspace.run(&["policy", "test", "-f", folder]).code(0);
    assert!(
        run.stdout
            .contains("8 rules, 19 tests: 19 passed, 0 failed."),
        "{}",
        run.stdout
    );
    let run = workspace.run(&["validate", "-f", folder]).code(0);
    assert!(!run.stdout.contains("HW04"), "{}", run.shown());
}

/// What the example's rules in Rego say of a plan, run as conftest runs them.
fn said_in_rego(plan: &Value) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/policies/opa/plan.rego");
    let mut engine = regorus::Engine::new();
    let rules = fs::read_to_string(path).unwrap();
    engine.add_policy("plan.rego".to_owned(), rules).unwrap();
    engine.set_input(regorus::Value::from_json_str(&plan.to_string()).unwrap());
    let said = engine.eval_rule("data.main.deny".to_owned()).unwrap();
    serde_json::from_str(&said.to_string()).unwrap()
}

#[test]
fn the_rego_file_refuses_what_it_is_about() {
    let (api, workspace) = judged_with(PASSES, "    prune: true\n");
    let plan = |workspace: &Workspace, file: &str| {
        workspace
            .run(&["plan", "--format", "json", "-f", file])
            .json()
    };
    let moved = plan(&workspace, "hookwright.yaml");
    assert_eq!(
        said_in_rego(&moved),
        ["sandbox: orders moves to another host"]
    );
    let stays = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    workspace.write(
        "stays.yaml",
        stays.replace("new.example.com", "old.example.com"),
    );
    assert_eq!(
        said_in_rego(&plan(&workspace, "stays.yaml")),
        Vec::<String>::new()
    );
    for number in 0..6 {
        let url = format!("https://old.example.com/{number}");
        api.seed(EnvType::Sandbox, &format!("old-{number}"), &url, &[]);
    }
    assert_eq!(
        said_in_rego(&plan(&workspace, "stays.yaml")),
        ["sandbox: 6 webhooks would be deleted"]
    );
}

/// Whatever is wrong with a rule: a diagnostic at its line, and soon.
#[cfg(unix)]
#[test]
fn a_rule_made_to_do_harm_is_a_diagnostic_with_a_place() {
    for (rule, code, problem) in [
        (
            "'[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))'",
            "HW041",
            "4 comprehensions",
        ),
        (
            "\"'a'.matches('(a{1000}){1000}')\"",
            "HW041",
            "repeats too much",
        ),
        ("\"'a'.matches('(a+)+$(')\"", "HW041", "is not valid"),
        ("\"true\\u0007\"", "HW041", "the control character U+0007"),
        ("\"true\\0\"", "HW041", "the control character U+0000"),
        (".nan", "HW042", "nothing called `.nan`"),
        (
            "operations.exists(o, o.key == nan)",
            "HW042",
            "nothing called `nan`",
        ),
        ("system('rm -rf /')", "HW042", "no function `system`"),
        (
            "operations.exists(o, o.secret == '')",
            "HW042",
            "no field `secret`",
        ),
        (
            "\"((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1\"",
            "HW041",
            "not CEL",
        ),
        ("{ a: 1 }", "HW009", "must be text, not a mapping"),
    ] {
        let (_api, workspace) = judged(&format!("  bad:\n    deny: {rule}\n    say: no\n"));
        let run = workspace.run_within("-t 20", &["validate"], "").code(65);
        assert!(
            run.stdout.contains(&format!("error[{code}]")),
            "{rule}: {}",
            run.stdout
        );
        assert!(run.stdout.contains(problem), "{rule}: {}", run.stdout);
        assert!(
            run.stdout.contains("hookwright.yaml:11:"),
            "{rule}: {}",
            run.stdout
        );
    }
    // What is no number cannot be compared, and so is against the plan.
    let (_api, workspace) = judged("  nan:\n    deny: 0.0 / 0.0 > 1.0\n    say: no\n");
    let run = workspace.run_within("-t 20", &["plan"], "").code(3);
    assert!(
        run.stdout.contains("refused (policy/nan):"),
        "{}",
        run.stdout
    );
    // Nothing that a rule says can move the cursor, or hide what stands beside it.
    let (_api, workspace) = judged("  says:\n    deny: 'true'\n    say: \"a\\e[31mb\\u202Ec\"\n");
    let run = workspace.run(&["validate"]).code(65);
    assert!(run.stdout.contains("error[HW010]"), "{}", run.stdout);
    assert!(run.stdout.contains("hookwright.yaml:12:"), "{}", run.stdout);
    assert!(
        !run.stdout.contains(['\u{1b}', '\u{202e}']),
        "{}",
        run.stdout
    );
}

#[cfg(unix)]
#[test]
fn rules_that_are_too_many_or_too_large_are_diagnostics() {
    let many: String = (0..10_000)
        .map(|number| {
            format!("  rule-{number:05}:\n    deny: counts.delete > {number}\n    say: no\n")
        })
        .collect();
    let (_api, workspace) = judged(&many);
    let run = workspace.run_within("-t 30", &["validate"], "").code(65);
    assert!(
        run.stdout
            .contains("error[HW010]: there are 10000 rules, and there may be 200"),
        "{}",
        &run.stdout[..run.stdout.len().min(2000)]
    );
    let large = format!(
        "  large:\n    deny: \"'{}' == ''\"\n    say: no\n",
        "a".repeat(1024 * 1024)
    );
    let (_api, workspace) = judged(&large);
    let run = workspace.run_within("-t 30", &["validate"], "").code(65);
    assert!(
        run.stdout
            .contains("error[HW041]: the rule has 1048584 bytes"),
        "{}",
        &run.stdout[..run.stdout.len().min(2000)]
    );
    assert!(run.stdout.len() < 10_000, "{}", run.stdout.len());
}
