//! What people are told to type works as it stands: every command and every flag in a way out, a hint or
//! the advice of `doctor` is typed here, in the folder of the run that gave it.

use std::collections::BTreeSet;

use hookwright::model::EnvType;

use crate::support::{Api, PROD_SECRET, Run, SANDBOX_SECRET, Workspace, receiver::Receiver};

/// Two environments in a file that is not the default one, so that a command has to name both.
fn manifest(webhooks: &str) -> String {
    let environment = |name: &str, secret: &str, more: &str| {
        format!(
            "  {name}:
    provider: truv
    base_url: [API]
    prune: true
    allow_http: true
    credentials: {{ client_id: '${{env:TRUV_CLIENT_ID}}', access_secret: '${{env:{secret}}}' }}
{more}"
        )
    };
    format!(
        "version: 1\nenvironments:\n{}{}webhooks:\n{webhooks}",
        environment("sandbox", "TRUV_SANDBOX_SECRET", "    [SANDBOX]\n"),
        environment("live", "TRUV_PROD_SECRET", "    env_type: production\n"),
    )
}

const HOOK: &str = "  orders: { url: 'https://h.example.com/orders', events: [order-created] }\n";

/// What is in backticks, wherever lines were broken.
fn quoted(run: &Run) -> BTreeSet<String> {
    let text = format!("{}\n{}", run.stdout, run.stderr);
    let text = text.replace("\\n", " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // An error says what is wrong; what is behind it says what to do.
    let mut parts = text.split("error: ");
    let before = parts.next().unwrap_or_default().to_owned();
    let text = parts.fold(before, |all, error| {
        all + error.split_once("hint: ").map_or("", |(_, hints)| hints)
    });
    let parts = text.split('`').enumerate();
    parts
        .filter(|(place, _)| place % 2 == 1)
        .map(|(_, part)| part.to_owned())
        .collect()
}

/// Whether a word stands for what only people know.
fn is_placeholder(typed: &str) -> bool {
    let is_upper = |word: &str| word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase());
    typed.split(' ').any(is_upper)
}

/// Types a line into a shell.
fn typed(workspace: &Workspace, line: &str) -> Run {
    let program = env!("CARGO_BIN_EXE_hookwright");
    let folder = program.rsplit_once('/').unwrap().0;
    let line = format!("PATH=\"{folder}:/usr/bin:/bin\"; {line}");
    workspace.finish(workspace.program("sh", &["-c", &line]), "")
}

/// Runs a command, types all that it tells to type, and returns that. Flags are added to the command
/// itself.
#[track_caller]
fn follow(workspace: &Workspace, command: &str) -> Vec<String> {
    let run = typed(workspace, command);
    let mut lines = Vec::new();
    for quoted in quoted(&run) {
        if is_placeholder(&quoted) {
            continue;
        }
        if quoted.starts_with("hookwright ") {
            lines.push(quoted);
        } else if quoted.starts_with('-') && !command.contains(&quoted) {
            lines.push(with(command, &quoted));
        }
    }
    for line in &lines {
        let run_of = typed(workspace, line);
        assert_ne!(
            run_of.code,
            64,
            "`{command}` told to type `{line}`:\n{}\n{}",
            run.shown(),
            run_of.shown()
        );
        assert!(!run_of.stderr.contains("no manifest"), "`{line}`");
    }
    lines
}

/// The command with this flag, in place of its other value where it is given already.
fn with(command: &str, flag: &str) -> String {
    let name = flag.split([' ', '=']).next().unwrap_or(flag);
    match command.split_once(&format!("{name} ")) {
        Some((before, rest)) => {
            let behind = rest.split_once(' ').map_or("", |(_, behind)| behind);
            format!("{before}{flag} {behind}").trim_end().to_owned()
        }
        None => format!("{command} {flag}"),
    }
}

/// The same, where something is told.
#[track_caller]
fn follows(workspace: &Workspace, command: &str, expected: &str) {
    let lines = follow(workspace, command);
    assert!(
        lines.iter().any(|line| line.contains(expected)),
        "`{command}` told to type {lines:?}, and not {expected}"
    );
}

fn workspace(api: &Api, webhooks: &str, sandbox: &str) -> Workspace {
    let workspace = Workspace::new();
    let manifest = manifest(webhooks).replace("[API]", &api.base_url());
    workspace.write("ops.yaml", manifest.replace("[SANDBOX]", sandbox));
    workspace
}

const NOTHING: &str = "limits: {}";

#[test]
fn flags_of_guards_are_those_of_the_command() {
    let seed = |api: &Api| {
        for name in ["one", "two"] {
            let url = format!("https://h.example.com/{name}");
            api.seed(EnvType::Sandbox, name, &url, &["order-created"]);
        }
    };
    for (webhooks, sandbox, flag) in [
        (HOOK, "limits: { max_deletes: 0 }", "--allow-deletes 2"),
        ("  {}\n", NOTHING, "--allow-empty"),
    ] {
        for command in [
            "plan -f ops.yaml",
            "plan -f ops.yaml --format json",
            "apply -f ops.yaml --all --auto-approve",
            "apply -f ops.yaml -e sandbox --auto-approve --format json",
            "drift -f ops.yaml",
            "drift -f ops.yaml --format json",
        ] {
            // What would be emptied is no drift: it is only not declared.
            if flag == "--allow-empty" && command.starts_with("drift") {
                continue;
            }
            let api = Api::truv();
            seed(&api);
            let workspace = workspace(&api, webhooks, sandbox);
            follows(&workspace, &format!("hookwright {command}"), flag);
        }
    }
}

#[test]
fn a_secret_of_another_environment_is_allowed_only_where_there_is_a_flag_for_it() {
    let api = Api::truv();
    for command in [
        "plan",
        "apply --all --auto-approve",
        "drift",
        "doctor",
        "history",
        "history stats",
        "test orders",
        "migrate",
        "import --all",
        "list",
    ] {
        let workspace = workspace(&api, HOOK, NOTHING)
            .env("TRUV_SANDBOX_SECRET", PROD_SECRET)
            .env("TRUV_PROD_SECRET", SANDBOX_SECRET);
        follow(&workspace, &format!("hookwright {command} -f ops.yaml"));
    }
}

#[test]
fn what_is_in_use_can_be_deleted_as_the_refusal_says() {
    let receiver = Receiver::answering(200);
    let url = receiver.url("/orders");
    let hook =
        |name: &str| format!("  {name}: {{ url: '{url}{name}', events: [order-created] }}\n");
    for (command, then) in [
        (
            "plan --out p.plan -f ops.yaml -e sandbox",
            Some("apply p.plan -f ops.yaml"),
        ),
        ("apply -f ops.yaml -e sandbox --auto-approve", None),
    ] {
        let api = Api::now().knows_secrets();
        let workspace = workspace(&api, &(hook("one") + &hook("two")), NOTHING);
        let apply = "hookwright apply -f ops.yaml -e sandbox --auto-approve";
        let _ = typed(&workspace, apply).code(0);
        let _ = api
            .emit(&["order-created", "--env-type", "sandbox"])
            .code(0);
        let manifest = manifest(&hook("one")).replace("[API]", &api.base_url());
        workspace.write("ops.yaml", manifest.replace("[SANDBOX]", NOTHING));
        let command = format!("hookwright {command}");
        let run = typed(&workspace, &command).code(3);
        assert!(
            run.stdout.contains("refused (live-traffic)"),
            "{}",
            run.shown()
        );
        if let Some(then) = then {
            // What reviewers saw refused is refused.
            let run = typed(&workspace, &format!("hookwright {then}")).code(3);
            assert!(run.stderr.contains("refused the plan when it was saved"));
        }
        let line = format!("{command} --allow-live-traffic");
        assert!(quoted(&run).contains("--allow-live-traffic"));
        let _ = typed(&workspace, &line).code(0);
        if let Some(then) = then {
            let _ = typed(&workspace, &format!("hookwright {then}")).code(0);
        }
        assert_eq!(api.live(EnvType::Sandbox).len(), 1);
    }
}

/// Traffic that began after the review is refused, and said yes to where it is reviewed again.
#[test]
fn traffic_since_the_review_is_reviewed_again() {
    let receiver = Receiver::answering(200);
    let url = receiver.url("/orders");
    let hook = format!("  one: {{ url: '{url}', events: [order-created] }}\n");
    let api = Api::now().knows_secrets();
    let workspace = workspace(&api, &hook, NOTHING);
    let _ = typed(
        &workspace,
        "hookwright apply -f ops.yaml -e sandbox --auto-approve",
    )
    .code(0);
    let gone = manifest(HOOK).replace("[API]", &api.base_url());
    workspace.write("ops.yaml", gone.replace("[SANDBOX]", NOTHING));
    let plan = "hookwright plan --out p.plan -f ops.yaml -e sandbox";
    let _ = typed(&workspace, plan).code(0);
    let _ = api
        .emit(&["order-created", "--env-type", "sandbox"])
        .code(0);
    let apply = "hookwright apply p.plan -f ops.yaml";
    let run = typed(&workspace, apply).code(3);
    let line = format!("{plan} --allow-live-traffic");
    assert!(quoted(&run).contains(&line), "{}", run.shown());
    assert_eq!(api.count("DELETE"), 0);
    let _ = typed(&workspace, &line).code(0);
    let _ = typed(&workspace, apply).code(0);
    assert_eq!(api.count("DELETE"), 1);
}

#[test]
fn saved_plans_tell_how_they_are_made_anew() {
    let api = Api::truv();
    let old = "https://h.example.com/old";
    api.seed(EnvType::Sandbox, "old", old, &["order-created"]);
    let workspace = workspace(&api, HOOK, NOTHING);
    let plan = "hookwright plan --out 'a plan' -f ops.yaml -e sandbox --target orders --strict";
    let _ = typed(&workspace, plan).code(0);
    let apply = "hookwright apply 'a plan' -f ops.yaml";
    let anew = "plan --out 'a plan' -f ops.yaml -e sandbox --target orders --strict";
    // Other options, another manifest, another live state.
    follows(&workspace, &format!("{apply} --prune"), anew);
    let _ = typed(&workspace, plan).code(0);
    let changed = HOOK.replace("/orders", "/moved");
    let text = manifest(&changed).replace("[API]", &api.base_url());
    workspace.write("ops.yaml", text.replace("[SANDBOX]", NOTHING));
    follows(&workspace, apply, anew);
    api.seed(
        EnvType::Sandbox,
        "orders",
        "https://h.example.com/moved",
        &["link-deleted"],
    );
    follows(&workspace, apply, anew);
    // One that a guard refuses.
    let text = manifest("  {}\n").replace("[API]", &api.base_url());
    workspace.write("ops.yaml", text.replace("[SANDBOX]", NOTHING));
    let _ = typed(&workspace, "hookwright plan --out 'a plan' -f ops.yaml").code(3);
    follows(&workspace, apply, "show 'a plan'");
}

#[test]
fn receivers_are_looked_at_in_their_environment() {
    let receiver = Receiver::answering(500);
    let hook = format!(
        "  orders: {{ url: '{}', events: [order-created] }}\n",
        receiver.url("/")
    );
    let api = Api::truv();
    let workspace = workspace(&api, &hook, NOTHING);
    let probe = "hookwright apply -f ops.yaml --all --auto-approve --probe --allow-private";
    let run = typed(&workspace, probe).code(3);
    for name in ["sandbox", "live"] {
        let line = format!("hookwright test orders -f ops.yaml -e {name}");
        assert!(quoted(&run).contains(&line), "{}", run.shown());
        let _ = typed(&workspace, &format!("{line} --allow-private")).code(1);
    }
    // And as `doctor` sees them.
    let _ = typed(
        &workspace,
        "hookwright apply -f ops.yaml --all --auto-approve",
    )
    .code(0);
    follow(&workspace, "hookwright doctor -f ops.yaml --allow-private");
}

#[test]
fn everything_else_that_is_told_can_be_typed() {
    let api = Api::truv();
    api.seed(
        EnvType::Sandbox,
        "old",
        "https://h.example.com/old",
        &["order-created"],
    );
    let workspace = workspace(&api, HOOK, NOTHING);
    for command in [
        "apply -f ops.yaml",
        "apply -f ops.yaml --all",
        "apply -f ops.yaml -e sandbo",
        "plan -f ops.yaml --target order",
        "import -f ops.yaml",
        "import -f ops.yaml olt",
        "import -f ops.yaml old --dry-run",
        "init -f ops.yaml --provider truv -e sandbox",
        "init",
        "fmt ops.yaml --check",
        "history -f ops.yaml --archive absent.db",
        "history -f ops.yaml --reveal",
        "history -f ops.yaml --payload --format csv",
        "history -f ops.yaml --follow --format json",
        "migrate -f ops.yaml -e sandbox",
        "migrate -f ops.yaml --write",
        "explain HW999",
        "simulator --quirk x=y",
        "apply -f ops.yaml --format sarif",
    ] {
        follow(&workspace, &format!("hookwright {command}"));
    }
}

/// What a format has no room for is shown by what it tells to type.
#[test]
fn what_was_cut_is_shown_by_what_is_told() {
    let api = Api::truv();
    let hook = |number: usize, event: &str| {
        let path = "a".repeat(60);
        format!(
            "  hook-{number}: {{ url: 'https://h.example.com/{path}/{number}', events: [{event}] }}\n"
        )
    };
    let fine: String = (0..900).map(|n| hook(n, "order-created")).collect();
    let odd: String = (0..20).map(|n| hook(n, "order-craeted")).collect();
    for number in 0..900 {
        let url = format!("https://h.example.com/{}/{number}", "b".repeat(60));
        api.seed(
            EnvType::Sandbox,
            &format!("old-{number}"),
            &url,
            &["order-created"],
        );
    }
    for (webhooks, command) in [
        (&odd, "validate -f ops.yaml --format github"),
        (&fine, "plan -f ops.yaml --format markdown"),
        (&fine, "drift -f ops.yaml -e sandbox --format markdown"),
    ] {
        let workspace = workspace(&api, webhooks, NOTHING);
        let command = format!("hookwright {command}");
        follows(&workspace, &command, "-f ops.yaml");
        follows(&workspace, &command, "--format text");
    }
}
