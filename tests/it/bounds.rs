//! Every sum has a bound: what is read of files, lists and answers, and in how much memory.

use std::fs;

use crate::support::{Api, Run, Workspace, sandbox_manifest};

const HOOK: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created]
";

/// Runs the program with no more memory than this, in MB of addresses, of which a run needs some hundred for itself.
#[cfg(target_os = "linux")]
fn within(workspace: &Workspace, megabytes: u32, arguments: &[&str]) -> Run {
    let limited = format!("ulimit -v {}; exec \"$0\" \"$@\"", megabytes * 1024);
    let mut all = vec!["-c", &limited, env!("CARGO_BIN_EXE_hookwright")];
    all.extend(arguments);
    workspace.finish(workspace.program("sh", &all), "a body")
}

/// Each file that a manifest or the command line can name: the arguments, and a manifest that names `[FILE]`.
#[cfg(target_os = "linux")]
fn named_files() -> Vec<(Vec<&'static str>, String, u8)> {
    let plain = sandbox_manifest(HOOK);
    let in_environment =
        |line: &str| plain.replacen("    credentials", &format!("{line}    credentials"), 1);
    vec![
        (vec!["validate", "-f", "[FILE]"], plain.clone(), 65),
        (vec!["fmt", "[FILE]"], plain.clone(), 65),
        (
            vec!["plan"],
            plain.replacen("/orders", "/${file:[FILE]}", 1),
            65,
        ),
        (vec!["plan"], in_environment("    ca_file: [FILE]\n"), 65),
        (
            vec!["plan"],
            in_environment("    client_certificate: [FILE]\n    client_key: [FILE]\n"),
            65,
        ),
        (vec!["show", "[FILE]"], plain.clone(), 65),
        (vec!["apply", "[FILE]"], plain.clone(), 65),
        (vec!["audit", "[FILE]"], plain.clone(), 65),
        (
            vec!["apply", "--auto-approve", "--audit-log", "[FILE]"],
            plain.clone(),
            1,
        ),
        (
            vec![
                "verify-signature",
                "v1=aa",
                "--provider",
                "truv",
                "--secret-file",
                "[FILE]",
            ],
            plain.clone(),
            1,
        ),
        (
            vec!["simulator", "--listen", "127.0.0.1:0", "--state", "[FILE]"],
            plain.clone(),
            1,
        ),
        (vec!["history", "list", "--archive", "[FILE]"], plain, 1),
    ]
}

/// A folder has no text, and `/dev/zero` no end: both are said, in little memory.
#[cfg(target_os = "linux")]
#[test]
fn a_named_file_that_is_none_ends_the_run_with_what_is_wrong_with_it() {
    let api = Api::truv();
    let mut said = String::new();
    for (arguments, manifest, code) in named_files() {
        for file in ["/dev/zero", "/dev"] {
            let workspace = api.workspace(&manifest.replace("[FILE]", file));
            let arguments: Vec<&str> = arguments
                .iter()
                .map(|argument| match *argument {
                    "[FILE]" => file,
                    argument => argument,
                })
                .collect();
            let run = within(&workspace, 1000, &arguments);
            // A folder can be a manifest.
            let code = if arguments[0] == "fmt" && file == "/dev" {
                65
            } else {
                code
            };
            let text = run.stderr.clone() + &run.stdout;
            let _ = run.code(code);
            let errors = text.lines().filter(|line| line.starts_with("error"));
            for line in errors.take(1) {
                said += &format!("{}: {line}\n", arguments.join(" "));
            }
        }
    }
    insta::assert_snapshot!(said);
}

/// A pipe is as good as a file.
#[cfg(unix)]
#[test]
fn a_manifest_and_a_secret_can_come_through_a_pipe() {
    let api = Api::truv();
    let manifest = sandbox_manifest(HOOK).replacen("/orders", "/${file:/dev/stdin}", 1);
    let workspace = api.workspace(&manifest);
    let run = workspace
        .run_with_input(&["plan"], "token-of-a-test\n")
        .code(0);
    assert!(run.stdout.contains("1 to create"), "{}", run.stdout);
    let text = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    let text = text.replacen("/${file:/dev/stdin}", "/orders", 1);
    let run = workspace
        .run_with_input(&["plan", "-f", "/dev/stdin"], &text)
        .code(0);
    assert!(run.stdout.contains("1 to create"), "{}", run.stdout);
}

/// An audit log that is a link to another file: a branch can hold one.
#[cfg(unix)]
#[test]
fn nothing_is_appended_to_a_file_that_is_no_audit_log() {
    let api = Api::truv();
    let workspace = api.workspace(&sandbox_manifest(HOOK));
    let victim = workspace.write("victim", "precious\n");
    std::os::unix::fs::symlink(&victim, workspace.path().join("log")).unwrap();
    let run = workspace
        .run(&["apply", "--auto-approve", "--audit-log", "log"])
        .code(1);
    assert_eq!(
        run.stderr,
        "error: failed to open the audit log `log`: it is not an audit log, and nothing was added to it\n"
    );
    assert_eq!(fs::read_to_string(victim).unwrap(), "precious\n");
    assert_eq!(api.count("POST"), 0);
}
