//! The exit code follows from what was sent: whatever else goes wrong, no run says "nothing was changed"
//! after a write, and none says "a part was applied" before one.

use std::{fs, process::Stdio};

use hookwright::model::EnvType;
use serde_json::Value;

use crate::support::{Api, Run, Workspace, sandbox_manifest};

const HOOKS: &str = "  one: { url: 'https://h.example.com/1', events: [order-created] }
  two: { url: 'https://h.example.com/2', events: [order-created] }
  three: { url: 'https://h.example.com/3', events: [order-created] }
";

/// What runs send, and how they end if all of their output arrives, and if their result is lost.
const SENT: [Sent; 7] = [
    Sent::new("nothing, as all is as declared", &[], HOOKS, 0, 1),
    Sent::new("nothing, as a guard refuses", &[], REFUSED, 3, 1),
    Sent::new(
        "nothing, as the manifest is wrong",
        &[],
        "  one: {}\n",
        65,
        1,
    ),
    Sent::new("what was refused", &[REFUSES_ALL], HOOKS, 1, 1),
    Sent::new("everything", &[], HOOKS, 0, 4),
    Sent::new("a part", &[REFUSES_ONE], HOOKS, 4, 4),
    Sent::new("what nobody answered", &[ANSWERS_NOT, HIDES], HOOKS, 4, 4),
];
const REFUSES_ALL: &str = "post:*=redirect:https://elsewhere.example.com/";
const REFUSES_ONE: &str = "post:2=redirect:https://elsewhere.example.com/";
const ANSWERS_NOT: &str = "post:*=reset-after";
/// The first list is that of the plan.
const HIDES: &str = "get:2..=redirect:https://elsewhere.example.com/";
const REFUSED: &str = "  one: { url: 'https://h.example.com/taken', events: [order-created] }\n";

/// What a run sends.
struct Sent {
    what: &'static str,
    faults: &'static [&'static str],
    webhooks: &'static str,
    /// How it ends.
    code: u8,
    /// How it ends where its result is lost.
    lost: u8,
}

impl Sent {
    const fn new(
        what: &'static str,
        faults: &'static [&'static str],
        webhooks: &'static str,
        code: u8,
        lost: u8,
    ) -> Self {
        Self {
            what,
            faults,
            webhooks,
            code,
            lost,
        }
    }

    fn workspace(&self) -> (Api, Workspace) {
        let api = Api::start(|builder| {
            let faults = self.faults.iter().map(|fault| fault.parse().unwrap());
            builder.faults(faults)
        });
        let url = "https://h.example.com/taken";
        api.seed(EnvType::Sandbox, "foreign", url, &[]);
        let manifest = sandbox_manifest(self.webhooks)
            .replace("webhooks:\n", "    owns: [one, two, three]\nwebhooks:\n");
        let workspace = api.workspace(&manifest);
        if self.code == 0 && self.lost == 1 {
            let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
        }
        (api, workspace)
    }
}

/// Runs the program by a shell, with what is put behind the command.
fn redirected(workspace: &Workspace, arguments: &[&str], redirection: &str) -> Run {
    let script = format!("exec \"$0\" \"$@\" {redirection}");
    let program = env!("CARGO_BIN_EXE_hookwright");
    let all = [&["-c", &script, program], arguments].concat();
    workspace.finish(workspace.program("sh", &all), "")
}

#[cfg(target_os = "linux")]
#[test]
fn a_lost_output_worsens_an_end_only_as_far_as_it_is_true() {
    for sent in SENT {
        for format in ["text", "json"] {
            let arguments = ["apply", "--auto-approve", "--format", format];
            for (redirection, is_lost) in [
                ("", false),
                ("2>/dev/full", false),
                ("2>&-", false),
                (">/dev/full", true),
                (">/dev/full 2>&1", true),
            ] {
                let (_api, workspace) = sent.workspace();
                let run = redirected(&workspace, &arguments, redirection);
                let what = format!("{}, {format} {redirection}\n{}", sent.what, run.shown());
                let expected = match (is_lost, format) {
                    (false, _) => sent.code,
                    // What is wrong with a manifest stands on standard error.
                    (true, "text") if sent.code == 65 => 65,
                    // The plan comes first. Where it cannot be shown, it is not applied.
                    (true, "text") => 1,
                    (true, _) => sent.lost,
                };
                assert_eq!(run.code, i32::from(expected), "{what}");
                if format == "json" && !is_lost {
                    let outcome = run.json()["outcome"].clone();
                    assert_eq!(outcome, outcome_of(run.code, sent.what), "{what}");
                }
            }
        }
    }
}

fn outcome_of(code: i32, what: &str) -> Value {
    let outcome = match code {
        0 if what.starts_with("nothing") => "nothing",
        0 => "applied",
        1 => "failed",
        3 => "refused",
        4 => "partial",
        _ => "invalid",
    };
    outcome.into()
}

/// A pager that was closed has read what somebody wanted to read.
#[test]
fn a_reader_that_goes_away_changes_nothing() {
    for sent in SENT {
        let (_api, workspace) = sent.workspace();
        let mut command = workspace.command(&["apply", "--auto-approve", "--format", "json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(i32::from(sent.code)), "{}", sent.what);
    }
}

const LOGGED: [&str; 4] = ["apply", "--auto-approve", "--audit-log", "audit.jsonl"];

/// Runs with a limit to the length of files: what is longer cannot be written, as on a full disk.
fn with_longest_file(workspace: &Workspace, bytes: usize, format: &str) -> Run {
    let script = format!("trap '' XFSZ; exec prlimit --fsize={bytes} \"$0\" \"$@\"");
    let program = env!("CARGO_BIN_EXE_hookwright");
    let all = [
        &["-c", &script, program],
        &LOGGED[..],
        &["--format", format],
    ]
    .concat();
    workspace.finish(workspace.program("sh", &all), "")
}

#[cfg(target_os = "linux")]
#[test]
fn an_audit_log_that_is_full_ends_as_what_was_sent_before_says() {
    let hook = "  one: { url: 'https://h.example.com/1', events: [order-created] }\n";
    let log = {
        let api = Api::truv();
        let workspace = api.workspace(&sandbox_manifest(hook));
        let _ = workspace.run(&LOGGED).code(0);
        fs::read_to_string(workspace.path().join("audit.jsonl")).unwrap()
    };
    let begun = log.find('\n').unwrap() + 1;
    for (bytes, code, outcome, writes) in [
        // There is no room for the line that comes before the request.
        (0, 1, "failed", 0),
        (begun / 2, 1, "failed", 0),
        // There is none for the line that tells what came of it.
        (begun + 40, 4, "partial", 1),
        (log.len() + 1000, 0, "applied", 1),
    ] {
        for format in ["text", "json"] {
            let api = Api::truv();
            let workspace = api.workspace(&sandbox_manifest(hook));
            let run = with_longest_file(&workspace, bytes, format).code(code);
            assert_eq!(api.count("POST"), writes, "{}", run.shown());
            let is_told = run
                .stderr
                .contains("failed to write the audit log `audit.jsonl`");
            assert_eq!(is_told, code != 0, "{}", run.shown());
            if format == "json" {
                let document = run.json();
                assert_eq!(document["outcome"], outcome, "{}", run.shown());
                let errors = document["errors"].as_array().unwrap();
                assert_eq!(errors.len(), usize::from(code != 0), "{}", run.shown());
            }
        }
    }
}

/// A summary and a notification tell of a run, and are no part of it.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_told_elsewhere_changes_no_exit_code() {
    for sent in SENT {
        let (_api, workspace) = sent.workspace();
        let workspace = workspace
            .env("GITHUB_OUTPUT", "/dev/full")
            .env("GITHUB_STEP_SUMMARY", "/dev/full")
            .env("HOOKWRIGHT_NOTIFY_URL", "http://127.0.0.1:9/hook");
        let arguments = ["apply", "--auto-approve", "--format", "github"];
        let run = workspace.run(&arguments).code(sent.code);
        assert!(
            run.stderr.contains("could not be delivered"),
            "{}",
            run.shown()
        );
    }
}

/// A file that was written is a change, too.
#[cfg(target_os = "linux")]
#[test]
fn a_manifest_that_was_written_is_not_called_unchanged() {
    let untidy =
        sandbox_manifest("  one: {events: [order-created],   url: 'https://h.example.com/1'}\n");
    for (arguments, file) in [
        (&["fmt"][..], "hookwright.yaml"),
        (&["import", "--all"], "hookwright.yaml"),
        (
            &[
                "init",
                "--provider",
                "truv",
                "-e",
                "sandbox",
                "--file",
                "new.yaml",
            ],
            "new.yaml",
        ),
    ] {
        let api = Api::truv();
        api.seed(
            EnvType::Sandbox,
            "two",
            "https://h.example.com/2",
            &["order-created"],
        );
        let workspace = api.workspace(&untidy);
        let before = fs::read(workspace.path().join(file)).unwrap_or_default();
        let run = redirected(&workspace, arguments, ">/dev/full").code(4);
        let after = fs::read(workspace.path().join(file)).unwrap();
        assert_ne!(before, after, "{}", run.shown());
        assert!(
            run.stderr.contains("something was changed before that"),
            "{}",
            run.shown()
        );
    }
}
