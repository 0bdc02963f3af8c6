//! The ready pipelines: their own commands, run as CI systems run them, against the simulator and a
//! forge on loopback.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
};

use hookwright::{forge::Forge, model::EnvType};
use serde_json::Value;

use crate::support::{
    Api, Run, SANDBOX_SECRET, Workspace,
    forge::{ForgeApi, HEAD, merged_as},
};

const ENVIRONMENTS: &str = "version: 1

environments:
  sandbox:
    provider: truv
    base_url: [API]
    credentials:
      client_id: ${env:TRUV_CLIENT_ID}
      access_secret: ${env:TRUV_SANDBOX_SECRET}
    allowed_hosts: [hooks.example.com]
";
const WEBHOOKS: &str = "version: 1

webhooks:
  orders:
    url: https://hooks.example.com/orders
    events: [order-created]
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn yaml(file: &str) -> Value {
    serde_yaml::from_str(&fs::read_to_string(root().join(file)).unwrap()).unwrap()
}

/// Files of GitHub, from which people copy.
fn github() -> Vec<String> {
    let folder = "examples/pipelines/github";
    let mut files = vec!["action.yml".to_owned()];
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        files.push(format!("{folder}/{name}"));
    }
    files
}

/// Everything in a document that has this key.
fn all_with<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(members) => {
            if members.contains_key(key) {
                found.push(value);
            }
            members.values().for_each(|one| all_with(one, key, found));
        }
        Value::Array(items) => items.iter().for_each(|one| all_with(one, key, found)),
        _ => {}
    }
}

/// The script of a step.
fn step(file: &str, name: &str) -> String {
    let document = yaml(file);
    let mut steps = Vec::new();
    all_with(&document, "run", &mut steps);
    let step = steps.iter().find(|step| step["name"] == name);
    let step = step.unwrap_or_else(|| panic!("{file} has no step {name}"));
    step["run"].as_str().unwrap().to_owned()
}

/// A workspace like a runner's: the manifest as in the examples, and the program on the path.
fn runner(api: &Api, forge: &ForgeApi) -> Workspace {
    let workspace = api.workspace("");
    fs::remove_file(workspace.path().join("hookwright.yaml")).unwrap();
    let environments = ENVIRONMENTS.replace("[API]", &api.base_url());
    workspace.write("hookwright/environments.yaml", environments);
    workspace.write("hookwright/webhooks.yaml", WEBHOOKS);
    let folder = workspace.path().to_str().unwrap().to_owned();
    let program = Path::new(env!("CARGO_BIN_EXE_hookwright"));
    let beside = program.parent().unwrap().display();
    let workspace = workspace
        .env(
            "PATH",
            &format!("{folder}/bin:{beside}:/usr/local/bin:/usr/bin:/bin"),
        )
        .env("RUNNER_TEMP", &folder)
        .env("GITHUB_OUTPUT", &format!("{folder}/outputs"))
        .env("GITHUB_STEP_SUMMARY", &format!("{folder}/summary.md"))
        .env("GITHUB_SHA", HEAD)
        .env("MANIFEST", "hookwright")
        .env("ENVIRONMENTS", "sandbox")
        .env("PLAN_FILE", "hookwright.plan")
        .env("HOOKWRIGHT_COMMIT", HEAD)
        .env("HOOKWRIGHT_COMMENT_NAME", "plan");
    forge.surround(workspace)
}

/// Runs a step of a workflow, in the shell that GitHub's runner uses.
fn run(workspace: &Workspace, file: &str, name: &str) -> Run {
    let script = workspace.write("step.sh", step(file, name));
    let arguments = ["--noprofile", "--norc", "-e", "-o", "pipefail"];
    let mut command = workspace.program("bash", &arguments);
    command.arg(script);
    workspace.finish(command, "")
}

fn action(workspace: &Workspace, name: &str) -> Run {
    run(workspace, "action.yml", name)
}

/// Keeps the plan as the artifact of the pull request, which `apply` finds.
fn keep(workspace: &Workspace) -> Vec<u8> {
    let plan = workspace.path().join("hookwright.plan");
    let kept = fs::read(&plan).unwrap();
    workspace.write("hookwright-reviewed/hookwright.plan", &kept);
    fs::remove_file(plan).unwrap();
    kept
}

/// Whether a program is on this machine: the lookups of the pipelines need one that CI systems have.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output();
    found.is_ok_and(|output| output.status.success())
}

#[test]
fn scripts_hold_no_expression_of_the_workflow() {
    // What somebody else chose, such as the name of a branch, would become part of the script.
    for file in github() {
        let document = yaml(&file);
        let mut steps = Vec::new();
        all_with(&document, "run", &mut steps);
        for step in steps {
            let script = step["run"].as_str().unwrap();
            assert!(!script.contains("${{"), "{file}: {script}");
        }
    }
}

#[test]
fn actions_of_others_are_pinned_by_their_whole_commit() {
    for file in github() {
        let document = yaml(&file);
        let mut steps = Vec::new();
        all_with(&document, "uses", &mut steps);
        for step in steps {
            let uses = step["uses"].as_str().unwrap();
            let (_, commit) = uses.split_once('@').unwrap();
            let is_commit = commit.len() == 40 && commit.bytes().all(|it| it.is_ascii_hexdigit());
            assert!(is_commit, "{file}: {uses}");
        }
    }
}

#[test]
fn no_secret_is_where_the_code_of_a_fork_is_checked() {
    let text = fs::read_to_string(root().join("examples/pipelines/github/fork-check.yml")).unwrap();
    assert!(!text.contains("secrets."), "{text}");
    for file in github() {
        let document = yaml(&file);
        // A YAML 1.1 reader takes `on` for true.
        let events = document.get("on").or_else(|| document.get("true"));
        let events = events.map(Value::to_string).unwrap_or_default();
        assert!(!events.contains("pull_request_target"), "{file}");
        if file != "action.yml" {
            assert_eq!(document["permissions"], serde_json::json!({}), "{file}");
        }
    }
}

#[test]
fn what_was_reviewed_on_github_is_what_is_applied() {
    let api = Api::truv();
    let forge = ForgeApi::start(Forge::GitHub);
    let workspace = runner(&api, &forge);
    let _ = action(&workspace, "Install").code(0);
    for name in ["Mark the comment as outdated", "Plan", "Comment"] {
        let _ = action(&workspace, name).code(0);
    }
    let comments = forge.comments();
    assert_eq!(comments.len(), 1);
    let body = &comments[0].body;
    assert!(
        body.contains("1 to create") && !body.contains("outdated"),
        "{body}"
    );
    assert!(!body.contains(SANDBOX_SECRET));
    let outputs = fs::read_to_string(workspace.path().join("outputs")).unwrap();
    assert!(
        outputs.starts_with("outcome=changes\ncreate=1\n"),
        "{outputs}"
    );
    assert_eq!(api.count("POST"), 0, "planning wrote");
    // A new push: what the comment says does not hold until the plan is made anew.
    let _ = action(&workspace, "Mark the comment as outdated").code(0);
    assert!(forge.comments()[0].body.contains("This plan is outdated"));
    // The merge.
    let plan = keep(&workspace);
    let _ = action(&workspace, "Apply").code(0);
    assert_eq!(
        api.live(EnvType::Sandbox),
        ["orders https://hooks.example.com/orders"]
    );
    // The same plan once more: there is nothing to do.
    let _ = action(&workspace, "Apply").code(0);
    assert_eq!(api.count("POST"), 1);
    let _ = action(&workspace, "Drift").code(0);
    // One that somebody has edited.
    let edited = String::from_utf8(plan)
        .unwrap()
        .replace("hooks.example.com", "evil.example.com");
    workspace.write("hookwright-reviewed/hookwright.plan", edited);
    let run = action(&workspace, "Apply").code(65);
    assert!(run.stderr.contains("edited or damaged"), "{}", run.shown());
    assert_eq!(api.count("POST"), 1);
}

#[test]
fn a_plan_that_a_guard_refuses_is_commented_and_fails_the_job() {
    let api = Api::truv();
    let forge = ForgeApi::start(Forge::GitHub);
    let workspace = runner(&api, &forge);
    api.seed(
        EnvType::Sandbox,
        "old",
        "https://hooks.example.com/old",
        &[],
    );
    let environments = ENVIRONMENTS.replace("[API]", &api.base_url());
    let limits = "    limits: { max_deletes: 0 }\n";
    workspace.write("hookwright/environments.yaml", environments + limits);
    workspace.write(
        "hookwright/webhooks.yaml",
        format!("{WEBHOOKS}removed: [old]\n"),
    );
    let _ = action(&workspace, "Plan").code(3);
    let _ = action(&workspace, "Comment").code(0);
    assert!(forge.comments()[0].body.contains("max-deletes"));
    keep(&workspace);
    let _ = action(&workspace, "Apply").code(3);
    assert_eq!(api.count("DELETE"), 0);
}

#[test]
fn drift_fails_the_scheduled_job() {
    let api = Api::truv();
    let forge = ForgeApi::start(Forge::GitHub);
    let workspace = runner(&api, &forge);
    let url = "https://hooks.example.com/orders";
    let id = api.seed(EnvType::Sandbox, "orders", url, &["order-created"]);
    let _ = action(&workspace, "Drift").code(0);
    api.simulator
        .edit(&id, |live| live.name = "x".to_owned())
        .unwrap();
    let _ = action(&workspace, "Drift").code(2);
}

/// A `gh` that gives what is in files, through the filters of the script.
const GH: &str = r#"#!/bin/sh
case "$*" in
  *"/pulls --jq"*) answer=pulls.json ;;
  *"/artifacts?"*) answer=artifacts.json ;;
  "run download "*)
    echo "$*" >downloaded
    while [ "$1" != --dir ]; do shift; done
    mkdir -p "$2" && cp kept.plan "$2/hookwright.plan"
    exit ;;
  *) echo "unknown: $*" >&2; exit 1 ;;
esac
for filter; do :; done
exec jq --raw-output "$filter" "$answer"
"#;

#[test]
fn the_reviewed_plan_is_that_of_the_merged_pull_request() {
    if !has("jq") {
        return;
    }
    let api = Api::truv();
    let forge = ForgeApi::start(Forge::GitHub);
    let workspace = runner(&api, &forge).env("GH_TOKEN", "token");
    let gh = workspace.write("bin/gh", GH);
    fs::set_permissions(gh, fs::Permissions::from_mode(0o755)).unwrap();
    workspace.write("kept.plan", "the plan");
    let find = || action(&workspace, "Find the reviewed plan");
    let pulls = |merge: &str| {
        let head = serde_json::json!({"sha": "feed"});
        serde_json::json!([{"merge_commit_sha": merge, "head": head}]).to_string()
    };
    let artifact = |id: u64, run: u64, head_repository: u64, expired: bool| {
        serde_json::json!({"id": id, "expired": expired, "workflow_run": {
            "id": run, "head_repository_id": head_repository, "repository_id": 1,
        }})
    };
    let artifacts = |all: &[Value]| serde_json::json!({"artifacts": all}).to_string();
    // A push that merged nothing.
    workspace.write("pulls.json", pulls("other"));
    let run = find().code(3);
    assert!(
        run.stdout.contains("is not the merge of a pull request"),
        "{}",
        run.shown()
    );
    // Nothing but what a fork's own run made, and what has expired.
    workspace.write("pulls.json", pulls(HEAD));
    let others = [artifact(9, 90, 2, false), artifact(8, 80, 1, true)];
    workspace.write("artifacts.json", artifacts(&others));
    let run = find().code(3);
    assert!(
        run.stdout.contains("is not there or has expired"),
        "{}",
        run.shown()
    );
    // The newest of this repository's own.
    let mut all = others.to_vec();
    all.extend([artifact(6, 60, 1, false), artifact(7, 70, 1, false)]);
    workspace.write("artifacts.json", artifacts(&all));
    let _ = find().code(0);
    let downloaded = fs::read_to_string(workspace.path().join("downloaded")).unwrap();
    assert_eq!(
        downloaded,
        format!(
            "run download 70 --repo acme/hooks --name hookwright-plan-feed --dir {}/hookwright-reviewed\n",
            workspace.path().display()
        )
    );
    let reviewed = workspace.path().join("hookwright-reviewed/hookwright.plan");
    assert_eq!(fs::read_to_string(&reviewed).unwrap(), "the plan");
}

/// A change can bring a plan with it that was made with other options.
#[test]
fn a_plan_in_the_repository_is_refused() {
    let api = Api::truv();
    let forge = ForgeApi::start(Forge::GitHub);
    for mode in ["plan", "apply"] {
        let workspace = runner(&api, &forge).env("MODE", mode);
        let check = "Check the inputs";
        let _ = action(&workspace, check).code(0);
        workspace.write("hookwright.plan", "a plan");
        let run = action(&workspace, check).code(3);
        assert!(
            run.stdout.contains("remove it from the repository"),
            "{}",
            run.shown()
        );
        // Nor one that a link points to.
        let plan = workspace.path().join("hookwright.plan");
        fs::remove_file(&plan).unwrap();
        symlink("nowhere", &plan).unwrap();
        let _ = action(&workspace, check).code(3);
    }
    // What was made of it stays out of the comment, and `apply` names one file alone.
    let document = fs::read_to_string(root().join("action.yml")).unwrap();
    assert!(document.contains("steps.plan.outcome != 'skipped'"));
    let apply = step("action.yml", "Apply");
    assert!(
        apply.contains("$RUNNER_TEMP/hookwright-reviewed/"),
        "{apply}"
    );
    let forge = ForgeApi::start(Forge::GitLab);
    let workspace = runner(&api, &forge)
        .env("HOOKWRIGHT_FILE", "hookwright")
        .env("HOOKWRIGHT_PLAN", "hookwright.plan");
    workspace.write("hookwright.plan", "a plan");
    for name in ["hookwright:plan", "hookwright:apply"] {
        let _ = job(&workspace, name).code(3);
    }
    assert!(forge.comments().is_empty(), "it was commented");
    assert_eq!(api.count("POST"), 0);
}

/// A commit can be part of several merge requests: of those, the one counts that ended in it.
#[test]
fn the_reviewed_plan_on_gitlab_is_that_of_the_merge() {
    if !has("jq") || !has("curl") {
        return;
    }
    let other = |number, key: &str, value: Value| {
        let mut other = merged_as(number, HEAD);
        other[key] = value;
        other
    };
    let elsewhere = other(3, "target_branch", "release".into());
    let part = other(4, "merge_commit_sha", "beef".into());
    let open = other(5, "state", "opened".into());
    let squashed = {
        let mut squashed = other(7, "merge_commit_sha", Value::Null);
        squashed["squash_commit_sha"] = HEAD.into();
        squashed
    };
    let all = |them: &[&Value]| serde_json::json!(them);
    for (merge_requests, code) in [
        (all(&[]), 3),
        (all(&[&elsewhere, &part, &open]), 3),
        (all(&[&part, &elsewhere, &open, &merged_as(7, HEAD)]), 0),
        (all(&[&part, &squashed]), 0),
        (all(&[&merged_as(6, HEAD), &merged_as(7, HEAD)]), 3),
    ] {
        let api = Api::truv();
        let forge = ForgeApi::start(Forge::GitLab);
        let workspace = runner(&api, &forge)
            .env("HOOKWRIGHT_FILE", "hookwright")
            .env("HOOKWRIGHT_PLAN", "hookwright.plan");
        let _ = job(&workspace, "hookwright:plan").code(0);
        let plan = workspace.path().join("hookwright.plan");
        forge.keep(fs::read(&plan).unwrap());
        fs::remove_file(&plan).unwrap();
        forge.merge_requests(merge_requests);
        let _ = job(&workspace, "hookwright:apply").code(code);
        assert_eq!(api.live(EnvType::Sandbox).len(), usize::from(code == 0));
    }
}

const FORK: &str = "examples/pipelines/github/fork-plan.yml";
const TAKE_OVER: &str = "Take the proposed webhooks over";

#[test]
fn webhooks_of_a_fork_are_planned_with_this_repositorys_environments() {
    let api = Api::truv();
    let forge = ForgeApi::start(Forge::GitHub);
    let workspace = runner(&api, &forge);
    let proposed = WEBHOOKS.replace("/orders", "/new");
    workspace.write("proposed/hookwright/webhooks.yaml", proposed);
    // It is not looked at.
    workspace.write("proposed/hookwright/environments.yaml", "no: manifest");
    let _ = run(&workspace, FORK, TAKE_OVER).code(0);
    let _ = action(&workspace, "Plan").code(0);
    let _ = action(&workspace, "Comment").code(0);
    assert!(
        forge.comments()[0]
            .body
            .contains("https://hooks.example.com/new")
    );
}

#[test]
fn a_fork_can_neither_move_credentials_nor_run_programs_nor_show_secrets() {
    let evil = Api::truv();
    let environment = |name: &str| {
        format!(
            "environments:
  {name}:
    provider: truv
    base_url: {}
    credentials:
      client_id: {{ command: [touch, ran] }}
      access_secret: ${{env:TRUV_SANDBOX_SECRET}}
",
            evil.base_url()
        )
    };
    let leak = "  leak:
    url: https://hooks.example.com/${env:TRUV_SANDBOX_SECRET}
    events: [order-created]
";
    let host = "  host: { url: https://evil.example.com/, events: [order-created] }\n";
    for (proposed, code) in [
        // It is defined twice.
        (format!("{WEBHOOKS}{}", environment("sandbox")), 65),
        // It is not asked for.
        (format!("{WEBHOOKS}{}", environment("another")), 0),
        // It is masked.
        (format!("{WEBHOOKS}{leak}"), 0),
        // It is not allowed.
        (format!("{WEBHOOKS}{host}"), 65),
    ] {
        let api = Api::truv();
        let forge = ForgeApi::start(Forge::GitHub);
        let workspace = runner(&api, &forge);
        workspace.write("proposed/hookwright/webhooks.yaml", &proposed);
        let _ = run(&workspace, FORK, TAKE_OVER).code(0);
        let run = action(&workspace, "Plan").code(code);
        assert!(!run.shown().contains(SANDBOX_SECRET), "{}", run.shown());
        let _ = action(&workspace, "Comment").code(0);
        for (path, content) in workspace.files() {
            let content = String::from_utf8_lossy(&content);
            assert!(!content.contains(SANDBOX_SECRET), "{}", path.display());
        }
        assert!(
            forge
                .comments()
                .iter()
                .all(|one| !one.body.contains(SANDBOX_SECRET))
        );
        assert!(!workspace.path().join("ran").exists(), "a program ran");
        assert_eq!(evil.requests(), [""; 0], "credentials went elsewhere");
        assert_eq!(api.count("POST"), 0);
    }
}

#[test]
fn a_link_of_a_fork_is_not_followed() {
    let api = Api::truv();
    let workspace = runner(&api, &ForgeApi::start(Forge::GitHub));
    let folder = workspace.path().join("proposed/hookwright");
    fs::create_dir_all(&folder).unwrap();
    symlink("/proc/self/environ", folder.join("webhooks.yaml")).unwrap();
    let run = run(&workspace, FORK, TAKE_OVER).code(65);
    assert!(run.stdout.contains("symbolic links"), "{}", run.shown());
}

const GITLAB: &str = "examples/pipelines/gitlab/hookwright.gitlab-ci.yml";

/// Runs the script of a job of GitLab.
fn job(workspace: &Workspace, name: &str) -> Run {
    let document = yaml(GITLAB);
    let lines = document[name]["script"].as_array().unwrap().iter();
    let lines: Vec<&str> = lines.map(|line| line.as_str().unwrap()).collect();
    let script = workspace.write("job.sh", lines.join("\n"));
    let mut command = workspace.program("sh", &["-e"]);
    command.arg(script);
    workspace.finish(command, "")
}

#[test]
fn what_was_reviewed_on_gitlab_is_what_is_applied() {
    let api = Api::truv();
    let forge = ForgeApi::start(Forge::GitLab);
    let workspace = runner(&api, &forge)
        .env("HOOKWRIGHT_FILE", "hookwright")
        .env("HOOKWRIGHT_PLAN", "hookwright.plan");
    let _ = job(&workspace, "hookwright:validate").code(0);
    let report = workspace.path().join("gl-code-quality-report.json");
    assert_eq!(fs::read_to_string(report).unwrap(), "[]\n");
    let _ = job(&workspace, "hookwright:plan").code(0);
    let comments = forge.comments();
    assert_eq!(comments.len(), 1);
    assert!(
        comments[0].body.contains("1 to create"),
        "{}",
        comments[0].body
    );
    let plan = workspace.path().join("hookwright.plan");
    forge.keep(fs::read(&plan).unwrap());
    fs::remove_file(&plan).unwrap();
    if !has("jq") || !has("curl") {
        return;
    }
    let _ = job(&workspace, "hookwright:apply").code(0);
    assert_eq!(api.live(EnvType::Sandbox).len(), 1);
    // The next job has a checkout of its own.
    fs::remove_file(&plan).unwrap();
    let _ = job(&workspace, "hookwright:apply").code(0);
    assert_eq!(api.count("POST"), 1);
    let _ = job(&workspace, "hookwright:drift").code(0);
}

#[test]
fn hooks_of_pre_commit_are_commands_of_the_program() {
    let api = Api::truv();
    let workspace = runner(&api, &ForgeApi::start(Forge::GitHub));
    let hooks = yaml(".pre-commit-hooks.yaml");
    for hook in hooks.as_array().unwrap() {
        let entry = hook["entry"].as_str().unwrap();
        let arguments: Vec<&str> = entry.split(' ').skip(1).collect();
        let _ = workspace.run(&arguments).code(0);
    }
    workspace.write("hookwright/webhooks.yaml", "version: 1\nwebhooks: []\n");
    let _ = workspace.run(&["validate"]).code(65);
}
