//! The command line: flags, variables, streams, and what is said when it is used wrongly.

use std::{collections::BTreeSet, process::Stdio, thread};

use hookwright::model::EnvType;

use crate::support::{Api, Workspace, sandbox_manifest};

const ORDERS: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created]
";
const COMMANDS: &[&str] = &[
    "apply",
    "audit",
    "comment",
    "completions",
    "doctor",
    "drift",
    "explain",
    "fmt",
    "history",
    "import",
    "init",
    "list",
    "man",
    "migrate",
    "plan",
    "policy",
    "reconcile",
    "schema",
    "show",
    "simulator",
    "test",
    "validate",
    "verify-signature",
];

/// A manifest that needs no network.
fn embedded() -> Workspace {
    Workspace::with(&sandbox_manifest(ORDERS).replace("[API]", "simulator"))
}

#[test]
fn wrong_usage_is_said_with_what_would_be_right() {
    let workspace = embedded();
    let mut shown = String::new();
    for arguments in [
        &["pln"][..],
        &["plan", "--formt", "json"],
        &["plan", "--format", "jsn"],
        &["plan", "--timeout", "soon"],
        &["plan", "-e", "sandbx"],
        &["plan", "-e", "prod"],
        &["plan", "--target", "order"],
        &["plan", "-q", "-v"],
        &["apply", "--all", "-e", "sandbox"],
        &["-e", "sandbox", "apply", "--all"],
        &["man", "pln"],
        &["simulator", "--fault", "post:2=explode"],
        &["simulator", "--quirk", "page-sise=3"],
        &["simulator", "--provider", "acme"],
    ] {
        let run = workspace.run(arguments).code(64);
        assert_eq!(run.stdout, "", "{arguments:?}");
        shown.push_str(&format!(
            "$ hookwright {}\n{}\n",
            arguments.join(" "),
            run.stderr
        ));
    }
    insta::assert_snapshot!(shown);
}

/// What is wrong is said at once, each error with its own way out, and what is wrong with the manifest, too.
#[test]
fn all_that_is_wrong_is_said_at_once() {
    let workspace = embedded();
    workspace.write(
        "commands.yaml",
        "version: 1
environments:
  sandbox:
    provider: truv
    credentials: { client_id: { command: [\"false\"] }, access_secret: { command: [no-such-program] } }
  prod:
    provider: truv
    credentials: { client_id: { command: [\"false\"] }, access_secret: prod-0123456789abcdef }
webhooks: {}
",
    );
    workspace.write(
        "faulty.yaml",
        "version: 1
environments:
  sandbox: { provider: truv, base_url: simulator }
webhooks:
  orders: { url: ftp://hooks.example.com/, events: [order-created] }
  refunds: { url: https://hooks.example.com/, events: 7 }
",
    );
    workspace.write("broken.yaml", "version: [\n");
    let mut shown = String::new();
    for (arguments, code) in [
        (&["validate", "-f", "one.yaml", "-f", "two.yaml"][..], 65),
        (&["plan", "-e", "sandbx", "-e", "nowhere"], 64),
        (&["plan", "--target", "order", "--target", "other"], 64),
        (&["plan", "-e", "nowhere", "--format", "json"], 64),
        (&["plan", "-e", "nowhere", "--target", "order"], 64),
        (&["plan", "-f", "commands.yaml"], 1),
        (&["validate", "-f", "faulty.yaml", "-e", "nowhere"], 65),
        (&["plan", "-f", "faulty.yaml", "-e", "nowhere"], 65),
        (
            &[
                "validate",
                "-f",
                "faulty.yaml",
                "-e",
                "nowhere",
                "--format",
                "json",
            ],
            65,
        ),
        // What could not be read at all may have the environment.
        (&["validate", "-f", "broken.yaml", "-e", "nowhere"], 65),
    ] {
        let run = workspace.run(arguments).code(code);
        let arguments = arguments.join(" ");
        shown.push_str(&format!("$ hookwright {arguments}\n{}\n", run.shown()));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_variable_that_sets_a_format_which_a_command_does_not_have_is_named() {
    for command in ["doctor", "history", "show"] {
        let workspace = embedded().env("HOOKWRIGHT_FORMAT", "github");
        let arguments: &[&str] = if command == "show" {
            &["show", "saved.plan"]
        } else {
            &[command]
        };
        let run = workspace.run(arguments).code(64);
        assert!(
            run.stderr.starts_with(&format!(
                "error: `{command}` has no format `github`, which `HOOKWRIGHT_FORMAT` sets
  hint: `--format text` overrides it
  hint: it has `text`, "
            )),
            "{}",
            run.shown()
        );
    }
    let workspace = embedded().env("HOOKWRIGHT_FORMAT", "github");
    let _ = workspace.run(&["validate"]).code(0);
    let _ = workspace.run(&["doctor", "--format", "text"]).code(0);
}

#[test]
fn no_command_is_wrong_usage_and_shows_the_help() {
    let run = Workspace::new().run(&[]).code(64);
    assert!(run.stdout.is_empty());
    assert!(run.stderr.contains("Every day:"), "{}", run.shown());
}

#[test]
fn help_of_the_program() {
    let run = Workspace::new().run(&["--help"]).code(0);
    insta::assert_snapshot!(run.shown());
}

#[test]
fn help_of_each_command() {
    for command in COMMANDS {
        let run = Workspace::new().run(&[command, "--help"]).code(0);
        insta::assert_snapshot!(format!("help_of_{command}"), run.stdout);
        assert_eq!(run.stderr, "");
        for line in run.stdout.lines() {
            assert!(line.chars().count() <= 110, "{command}: {line}");
        }
    }
}

/// What `-h` shows fits on a screen, for each command; so does the help of the program.
#[test]
fn short_help_is_short() {
    let mut commands: Vec<&[&str]> = COMMANDS.iter().map(std::slice::from_ref).collect();
    let nested: [&[&str]; 10] = [
        &["history", "list"],
        &["history", "sync"],
        &["history", "stats"],
        &["history", "gaps"],
        &["history", "replay"],
        &["history", "verify"],
        &["history", "compact"],
        &["history", "import-sqlite"],
        &["simulator", "emit"],
        &[],
    ];
    commands.extend(nested);
    for command in commands {
        let help = embedded().run(&[command, &["-h"]].concat()).code(0).stdout;
        assert!(help.lines().count() <= 40, "{command:?}:\n{help}");
        let examples = help.matches("\n  hookwright ").count();
        assert_eq!(
            examples,
            if command.is_empty() { 0 } else { 2 },
            "{command:?}"
        );
        assert!(!help.contains("HOOKWRIGHT_FORMAT"), "{help}");
    }
    let help = embedded().run(&["--help"]).code(0).stdout;
    assert!(help.lines().count() <= 40, "{help}");
}

#[test]
fn short_help_of_apply() {
    insta::assert_snapshot!(Workspace::new().run(&["apply", "-h"]).code(0).stdout);
}

#[test]
fn help_lists_every_command() {
    let help = Workspace::new().run(&["--help"]).code(0).stdout;
    let lines = help.lines().filter_map(|line| line.strip_prefix("  "));
    let names = lines
        .filter(|line| !line.starts_with(' '))
        .flat_map(|line| {
            let words = line.split(' ').take_while(|word| !word.is_empty());
            let is_list = line.contains(", man,");
            words.take(if is_list { usize::MAX } else { 1 })
        });
    let mut listed: Vec<&str> = names.map(|name| name.trim_end_matches(',')).collect();
    listed.retain(|name| !matches!(*name, "help" | "version"));
    listed.sort_unstable();
    assert_eq!(listed, COMMANDS);
}

#[test]
fn help_is_a_command_too() {
    let workspace = Workspace::new();
    let help = workspace.run(&["help", "plan"]).code(0).stdout;
    assert_eq!(help, workspace.run(&["plan", "--help"]).code(0).stdout);
    let help = workspace.run(&["help"]).code(0).stdout;
    assert_eq!(help, workspace.run(&["--help"]).code(0).stdout);
}

/// What people type who come from other programs.
#[test]
fn what_was_meant_is_said() {
    let workspace = embedded();
    let mut shown = String::new();
    for arguments in [
        &["plan", "--json"][..],
        &["plan", "sandbox"],
        &["validate", "manifest.yaml"],
        &["apply", "-auto-approve"],
        &["apply", "--yes"],
        &["plan", "-out=x"],
        &["diff"],
        &["destroy"],
    ] {
        let run = workspace.run(arguments).code(64);
        // No guess beside what is known.
        assert!(!run.stderr.contains("tip:"), "{}", run.shown());
        let hint = run
            .stderr
            .lines()
            .filter(|line| line.starts_with("  hint: "));
        let hint: Vec<&str> = hint.collect();
        shown.push_str(&format!(
            "$ hookwright {}\n{}\n",
            arguments.join(" "),
            hint.join("\n")
        ));
    }
    insta::assert_snapshot!(shown);
    let run = workspace
        .run(&["plan", "--json", "--format", "json"])
        .code(64);
    assert_eq!(run.json()["hints"][0], "write `--format json`");
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_is_lost_is_an_error() {
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    for arguments in [
        &["--help"][..],
        &["help", "plan"],
        &["plan", "-h"],
        &["version"],
        &["--version"],
    ] {
        let workspace = embedded();
        let mut command = workspace.command(arguments);
        let output = command.stdout(full.try_clone().unwrap()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
        assert!(
            stderr.contains("could not be written to standard output"),
            "{stderr}"
        );
    }
}

#[test]
fn version_is_that_of_the_package() {
    let run = Workspace::new().run(&["--version"]).code(0);
    assert_eq!(
        run.stdout,
        concat!("hookwright ", env!("CARGO_PKG_VERSION"), "\n")
    );
    assert_eq!(
        run.stdout,
        Workspace::new().run(&["version"]).code(0).stdout
    );
    let document = Workspace::new().run(&["version", "--format", "json"]);
    let document = document.code(0).json();
    assert_eq!(document["kind"], "version");
    assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
}

/// What has a form of its own is the same, whatever a variable says of formats.
#[test]
fn scripts_and_pages_have_no_formats() {
    for arguments in [&["completions", "bash"][..], &["man"], &["schema", "plan"]] {
        let plain = Workspace::new().run(arguments).code(0).stdout;
        for format in ["json", "html"] {
            let workspace = Workspace::new().env("HOOKWRIGHT_FORMAT", format);
            assert_eq!(workspace.run(arguments).code(0).stdout, plain);
        }
        let help = Workspace::new().run(&[arguments[0], "-h"]).code(0).stdout;
        assert!(!help.contains("Formats"), "{help}");
    }
}

#[test]
fn global_flags_stand_before_or_after_the_verb() {
    let workspace = embedded();
    let before = workspace
        .run(&["--format", "json", "-e", "sandbox", "plan"])
        .code(0);
    let after = workspace
        .run(&["plan", "--format", "json", "-e", "sandbox"])
        .code(0);
    assert_eq!(before.stdout, after.stdout);
    assert!(before.stdout.starts_with('{'));
}

#[test]
fn flags_beat_variables_which_beat_the_manifest() {
    let api = Api::start(|builder| builder.fault("get:*=timeout".parse().unwrap()));
    let manifest = sandbox_manifest(ORDERS)
        .replace("webhooks:\n", "    limits: { timeout: 10ms }\nwebhooks:\n");
    let told = |workspace: &Workspace, arguments: &[&str]| {
        let arguments = [arguments, &["--format", "json"]].concat();
        let document = workspace.run(&arguments).code(1).json();
        let error = document["environments"][0]["error"].as_str().unwrap();
        let (_, rest) = error.split_once("no answer came within ").unwrap();
        rest.split_once(':').unwrap().0.to_owned()
    };
    let bare = api.workspace(&manifest);
    let set = api.workspace(&manifest).env("HOOKWRIGHT_TIMEOUT", "20ms");
    let silent = manifest.replace("timeout: 10ms", "timeout: 1h, read_timeout: 15ms");
    let silent = api.workspace(&silent);
    // Each gives up after some seconds.
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(told(&bare, &["plan"]), "10ms"));
        scope.spawn(|| assert_eq!(told(&silent, &["plan"]), "15ms"));
        scope.spawn(|| assert_eq!(told(&set, &["plan"]), "20ms"));
        scope.spawn(|| assert_eq!(told(&set, &["plan", "--timeout", "30ms"]), "30ms"));
        scope.spawn(|| assert_eq!(told(&set, &["--timeout", "30ms", "plan"]), "30ms"));
    });
}

#[test]
fn variables_stand_for_flags() {
    let workspace = embedded().env("HOOKWRIGHT_FORMAT", "json");
    assert!(workspace.run(&["plan"]).code(0).stdout.starts_with('{'));
    let text = workspace.run(&["plan", "--format", "text"]).code(0);
    assert!(text.stdout.starts_with("+ create"), "{}", text.shown());

    for yes in ["1", "true", "yes", "on"] {
        let workspace = embedded().env("HOOKWRIGHT_DETAILED_EXITCODE", yes);
        let _ = workspace.run(&["plan"]).code(2);
    }
    for no in ["0", "false", "no", "off", ""] {
        let workspace = embedded().env("HOOKWRIGHT_DETAILED_EXITCODE", no);
        let _ = workspace.run(&["plan"]).code(0);
    }
    let workspace = embedded().env("HOOKWRIGHT_PRUNE", "perhaps");
    let run = workspace.run(&["plan"]).code(64);
    assert!(run.stderr.contains("perhaps"), "{}", run.shown());

    let workspace = embedded().env("HOOKWRIGHT_ENVIRONMENT", "prod");
    let _ = workspace.run(&["plan"]).code(64);
    let _ = workspace.run(&["plan", "-e", "sandbox"]).code(0);
    let _ = workspace.run(&["-e", "sandbox", "plan"]).code(0);
    let workspace = Workspace::new().env("HOOKWRIGHT_FILE", "other.yaml");
    workspace.write(
        "other.yaml",
        sandbox_manifest(ORDERS).replace("[API]", "simulator"),
    );
    let _ = workspace.run(&["plan"]).code(0);
}

#[test]
fn flag_that_contradicts_a_variable_wins() {
    let workspace = embedded().env("HOOKWRIGHT_VERBOSE", "2");
    let _ = workspace.run(&["plan", "-q"]).code(0);
    let workspace = embedded().env("HOOKWRIGHT_QUIET", "true");
    let _ = workspace.run(&["plan", "-v"]).code(0);
    let workspace = embedded().env("HOOKWRIGHT_ENVIRONMENT", "sandbox");
    let _ = workspace.run(&["apply", "--all", "--auto-approve"]).code(0);
    let workspace = embedded().env("HOOKWRIGHT_ALL", "true");
    let _ = workspace
        .run(&["apply", "-e", "sandbox", "--auto-approve"])
        .code(0);
}

const ESCAPE: char = '\u{1b}';

#[test]
fn colour_is_for_terminals_or_on_demand() {
    let workspace = embedded();
    assert!(!workspace.run(&["plan"]).code(0).stdout.contains(ESCAPE));
    let run = workspace.run(&["plan", "--color", "always"]).code(0);
    assert!(run.stdout.contains(ESCAPE), "{}", run.shown());
    let json = workspace.run(&["plan", "--color", "always", "--format", "json"]);
    assert!(!json.code(0).stdout.contains(ESCAPE));
    let invalid = workspace
        .run(&["plan", "--color", "always", "-e", "x"])
        .code(64);
    assert!(invalid.stderr.contains(ESCAPE), "{}", invalid.shown());
    let workspace = workspace.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
    assert!(!workspace.run(&["plan"]).code(0).stdout.contains(ESCAPE));
}

#[test]
fn colour_changes_nothing_but_colour() {
    let workspace = embedded();
    let plain = workspace.run(&["plan"]).code(0).stdout;
    let coloured = workspace.run(&["plan", "--color", "always"]).code(0).stdout;
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn quiet_says_nothing_but_the_result_and_errors() {
    let workspace = embedded();
    let run = workspace.run(&["apply", "--auto-approve", "-q"]).code(0);
    assert_eq!(run.stderr, "");
    assert!(run.stdout.contains("Applied: 1 operation done."));
    let run = workspace.run(&["plan", "-q", "-e", "prod"]).code(64);
    assert!(run.stderr.starts_with("error: "), "{}", run.shown());
}

#[test]
fn verbose_shows_the_requests() {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(ORDERS));
    let run = workspace.run(&["apply", "--auto-approve", "-v"]).code(0);
    assert!(run.stderr.contains("method=POST path="), "{}", run.shown());
    let run = workspace.run(&["plan", "-v"]).code(0);
    assert!(run.stderr.contains("method=GET path="), "{}", run.shown());
}

#[test]
fn closed_pipe_is_no_error() {
    let workspace = embedded();
    for arguments in [
        &["plan"][..],
        &["plan", "--format", "json"],
        &["--help"],
        &["schema"],
        &["man"],
    ] {
        let mut child = workspace
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            (output.status.code(), &*stderr),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn standard_input_is_a_manifest() {
    let workspace = Workspace::new();
    let manifest = sandbox_manifest(ORDERS).replace("[API]", "simulator");
    let run = workspace
        .run_with_input(&["plan", "-f", "-"], &manifest)
        .code(0);
    assert!(run.stdout.contains("Plan: 1 to create"), "{}", run.shown());
    let run = workspace
        .run_with_input(&["plan", "-f", "-"], "version: 2\n")
        .code(65);
    assert!(run.stderr.contains("<stdin>:1:10"), "{}", run.shown());
}

#[test]
fn folder_is_merged_from_its_manifests() {
    let workspace = Workspace::new();
    let manifest = sandbox_manifest("").replace("[API]", "simulator");
    let (base, _) = manifest.split_once("webhooks:").unwrap();
    workspace.write("hookwright/base.yaml", base);
    workspace.write(
        "hookwright/team-a.yml",
        format!("version: 1\nwebhooks:\n{ORDERS}"),
    );
    let links = ORDERS.replace("orders", "links");
    workspace.write(
        "hookwright/team-b.yaml",
        format!("version: 1\nwebhooks:\n{links}"),
    );
    workspace.write("hookwright/notes.txt", "not a manifest");
    let run = workspace.run(&["plan"]).code(0);
    assert!(run.stdout.contains("Plan: 2 to create"), "{}", run.shown());
    // The same file twice is one file.
    let run = workspace
        .run(&["plan", "-f", "hookwright", "-f", "hookwright/base.yaml"])
        .code(0);
    assert!(run.stdout.contains("Plan: 2 to create"), "{}", run.shown());
}

#[test]
fn a_variable_that_is_set_to_nothing_counts_as_not_set() {
    // The reference is held to the command line by a test of its own.
    let table = include_str!("../../docs/environment-variables.md");
    let rows = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `HOOKWRIGHT_"));
    let names: BTreeSet<String> = rows
        .filter_map(|row| Some(format!("HOOKWRIGHT_{}", row.split_once('`')?.0)))
        .collect();
    assert!(names.len() > 50, "{names:?}");
    for arguments in [
        &["validate"][..],
        &["plan"],
        &["plan", "--help"],
        &["apply", "--auto-approve", "--format", "json"],
        &["drift"],
        &["drift", "--formt"],
        &["fmt", "--check"],
        &["schema", "plan"],
    ] {
        let usual = embedded().run(arguments);
        let set_to_nothing = names
            .iter()
            .fold(embedded(), |workspace, name| workspace.env(name, ""));
        let run = set_to_nothing.run(arguments);
        assert_eq!(run.shown(), usual.shown(), "{arguments:?}");
    }
    // These say when they ran, or for how long.
    for arguments in [&["doctor"][..], &["history", "stats"]] {
        let set_to_nothing = names
            .iter()
            .fold(embedded(), |workspace, name| workspace.env(name, ""));
        assert_eq!(
            set_to_nothing.run(arguments).code,
            embedded().run(arguments).code,
            "{arguments:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_never_taken_for_unset() {
    use std::os::unix::ffi::OsStrExt;

    let not_text = std::ffi::OsStr::from_bytes(b"m\xfcnchen");
    let url = "https://hooks.example.com/orders";
    let mut shown = String::new();
    for text in ["${env:TENANT:-default}", "${env:TENANT}"] {
        let manifest = sandbox_manifest(ORDERS)
            .replace("[API]", "simulator")
            .replace(url, &format!("https://hooks.example.com/{text}"));
        let workspace = Workspace::with(&manifest);
        let mut command = workspace.command(&["apply", "--auto-approve"]);
        command.env("TENANT", not_text);
        shown.push_str(&workspace.finish(command, "").code(65).shown());
    }
    let workspace = embedded();
    let mut command = workspace.command(&["verify-signature", "--secret-env", "TENANT", "v1=00"]);
    command.env("TENANT", not_text);
    shown.push_str(&workspace.finish(command, "").code(64).shown());
    insta::assert_snapshot!(shown);
}

#[test]
fn absent_is_not_empty() {
    let workspace = Workspace::new();
    workspace.write("empty.yaml", "");
    workspace.write("blank.yaml", "# nothing\n");
    workspace.write("folder/notes.txt", "");
    let mut shown = String::new();
    for arguments in [
        &["plan"][..],
        &["plan", "-f", "absent.yaml"],
        &["plan", "-f", "absent/"],
        &["plan", "-f", "folder"],
        &["plan", "-f", "empty.yaml"],
        &["plan", "-f", "blank.yaml"],
    ] {
        let run = workspace.run(arguments).code(65);
        assert_eq!(run.stdout, "", "{arguments:?}");
        shown.push_str(&format!(
            "$ hookwright {}\n{}\n",
            arguments.join(" "),
            run.stderr
        ));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn only_the_environments_asked_for_are_resolved() {
    let api = Api::truv();
    let prod = "  prod:
    provider: truv
    base_url: [API]
    credentials:
      client_id: ${env:TRUV_CLIENT_ID}
      access_secret: ${env:SECRET_THAT_IS_NOT_SET}
webhooks:\n";
    let workspace = api.workspace(&sandbox_manifest(ORDERS).replace("webhooks:\n", prod));
    let _ = workspace.run(&["plan", "-e", "sandbox"]).code(0);
    let run = workspace.run(&["plan"]).code(65);
    assert!(
        run.stderr.contains("SECRET_THAT_IS_NOT_SET"),
        "{}",
        run.shown()
    );
    let _ = workspace.run(&["validate"]).code(0);
    assert_eq!(api.live(EnvType::Sandbox).len(), 0);
}
