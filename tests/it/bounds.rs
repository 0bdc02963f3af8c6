//! Every sum has a bound: what is read of files, lists and answers, and in how much memory.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use hookwright::{forge::Forge, model::EnvType};
use http::{Method, Response};

use crate::support::{
    Api, Run, Workspace,
    forge::{Fault, ForgeApi},
    proxy::{AUTHORITY, Endless},
    sandbox_manifest,
};

const HOOK: &str = "  orders:
    url: https://hooks.example.com/orders
    events: [order-created]
";

/// Runs the program with no more memory than this, in MB of addresses, of which a run needs some hundred for itself.
#[cfg(target_os = "linux")]
fn within(workspace: &Workspace, megabytes: u32, arguments: &[&str]) -> Run {
    workspace.run_within(&format!("-v {}", megabytes * 1024), arguments, "a body")
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

/// Memory that is enough for a run that reads no more than it says, in MB of addresses.
#[cfg(target_os = "linux")]
const ENOUGH: u32 = 600;

/// An answer that goes on until the client hangs up.
#[cfg(target_os = "linux")]
fn endless(body: &'static str) -> Response<Bytes> {
    let answer = Response::builder().header("content-type", "application/json");
    let answer = answer.extension(Endless);
    answer.body(Bytes::from_static(body.as_bytes())).unwrap()
}

/// What was said, wherever its lines were broken.
#[cfg(target_os = "linux")]
fn words(run: &Run) -> String {
    let said = format!("{} {}", run.stdout, run.stderr);
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(target_os = "linux")]
#[test]
fn a_list_that_does_not_end_is_given_up_with_its_limit_and_what_raises_it() {
    let api = Api::meddled(|_, _| {
        // Within `[`, a list of values; without its end, it is never whole.
        Some(endless(
            r#"[{"id": "1", "name": "a", "events": [], "webhook_url": "https://h/"}, "#,
        ))
    });
    let workspace = api.workspace(&sandbox_manifest(HOOK));
    for command in [
        &["plan"][..],
        &["drift"],
        &["import", "--all"],
        &["apply", "--auto-approve"],
    ] {
        let run = within(&workspace, ENOUGH, command).code(1);
        let said = words(&run);
        for part in [
            "the answer is too large: the answer is larger than 16 MiB",
            "raise `limits.max_webhooks` of this environment",
        ] {
            assert!(said.contains(part), "{}", run.shown());
        }
    }
    // Raised, as the error says.
    let raised = "    limits: { max_webhooks: 40960 }\n    credentials";
    let workspace = api.workspace(&sandbox_manifest(HOOK).replacen("    credentials", raised, 1));
    let run = within(&workspace, ENOUGH, &["plan"]).code(1);
    assert!(
        words(&run).contains("larger than 40 MiB"),
        "{}",
        run.shown()
    );
}

/// Each page is small, and there is always another.
#[cfg(target_os = "linux")]
#[test]
fn pages_that_do_not_end_are_given_up_with_their_limit_and_what_raises_it() {
    let pages = AtomicUsize::new(0);
    let api = Api::meddled(move |_, _| {
        let page = pages.fetch_add(1, Ordering::SeqCst);
        let webhook = |n: usize| {
            format!(
                r#"{{"id": "{page}-{n}", "name": "a", "events": [], "webhook_url": "https://h/"}}"#
            )
        };
        let webhooks = (0..60).map(webhook).collect::<Vec<_>>().join(",");
        let body = format!(r#"{{"next": "/v1/webhooks/?cursor={page}", "results": [{webhooks}]}}"#);
        Some(Response::new(body.into()))
    });
    let limit = "    limits: { max_webhooks: 2000, requests_per_minute: 1000000, rate_share: 1.0 }\n    credentials";
    let workspace = api.workspace(&sandbox_manifest(HOOK).replacen("    credentials", limit, 1));
    let run = within(&workspace, ENOUGH, &["plan"]).code(1);
    insta::assert_snapshot!(run.stdout);
}

#[cfg(target_os = "linux")]
#[test]
fn comments_that_do_not_end_are_given_up_with_their_limit() {
    for forge in [Forge::GitHub, Forge::GitLab] {
        let api = ForgeApi::start(forge);
        let comment = r#"[{"id": 1, "body": "x", "user": {"id": 9}, "author": {"id": 9}}, "#;
        let list = match forge {
            Forge::GitHub => "/comments",
            Forge::GitLab => "/notes",
        };
        api.fault(Fault::new(Method::GET, 200).of(list).endless(comment));
        let run = within(&api.workspace(), ENOUGH, &["comment", "--body", "-"]).code(1);
        let name = format!("comments_of_{}_that_do_not_end", forge.title());
        insta::assert_snapshot!(name, run.stderr);
        assert_eq!(
            api.count("P"),
            0,
            "nothing is written where it is not known what is there"
        );
    }
}

#[test]
fn a_manifest_has_no_more_files_than_are_read() {
    let workspace = Workspace::with("");
    let folder = workspace.path().join("parts");
    fs::create_dir(&folder).unwrap();
    for number in 0..=20_000 {
        fs::File::create(folder.join(format!("{number}.yaml"))).unwrap();
    }
    let run = workspace.run(&["validate", "-f", "parts"]).code(65);
    insta::assert_snapshot!(run.stderr);
}

/// The files that environments name, each once: together they have a limit, and one that all name counts once.
#[test]
fn files_that_a_manifest_refers_to_have_a_limit_together() {
    let manifest = |file: &dyn Fn(usize) -> String| {
        let environments: String = (0..40)
            .map(|n| format!("  e{n}: {{ provider: truv, env_type: sandbox, base_url: simulator, ca_file: {} }}\n", file(n)))
            .collect();
        format!("version: 1\nenvironments:\n{environments}")
    };
    let workspace = Workspace::with("");
    let authority = String::from_utf8(AUTHORITY.to_vec()).unwrap();
    let large = authority + &"x".repeat(3_800_000);
    for number in 0..40 {
        workspace.write(&format!("{number}.pem"), &large);
    }
    workspace.write("hookwright.yaml", manifest(&|_| "0.pem".to_owned()));
    let _ = workspace.run(&["plan"]).code(0);
    workspace.write(
        "hookwright.yaml",
        manifest(&|number| format!("{number}.pem")),
    );
    let run = workspace.run(&["plan"]).code(65);
    insta::assert_snapshot!(run.shown());
}

/// A branch can hold links at every name that can be guessed, with the number of the process as well. What is written
/// has a name that cannot be.
#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_planted_link() {
    let api = Api::truv();
    api.seed(
        EnvType::Sandbox,
        "loans",
        "https://hooks.example.com/loans",
        &["order-created"],
    );
    for command in [&["fmt"][..], &["import", "--all"]] {
        let workspace = api.workspace(&format!("# x\n\n\n{}", sandbox_manifest(HOOK)));
        let victim = workspace.write("victim", "precious\n");
        let plant =
            "for name in .$1.$$.tmp $1.$$.tmp .$1.tmp $1.tmp $1.new $1~ .$1.swp .hookwright-$$; do
            ln -s victim \"$name\" || exit 99
        done
        shift; exec \"$0\" \"$@\"";
        let program = env!("CARGO_BIN_EXE_hookwright");
        let mut all = vec!["-c", plant, program, "hookwright.yaml"];
        all.extend(command);
        let before = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
        let run = workspace.finish(workspace.program("sh", &all), "").code(0);
        assert_eq!(
            fs::read_to_string(victim).unwrap(),
            "precious\n",
            "{command:?}"
        );
        let written = workspace.path().join("hookwright.yaml");
        assert!(fs::symlink_metadata(&written).unwrap().is_file());
        let after = fs::read_to_string(&written).unwrap();
        assert_ne!(after, before, "{command:?}: {}", run.shown());
        let entries = fs::read_dir(workspace.path()).unwrap();
        let is_link = |entry: &fs::DirEntry| entry.file_type().unwrap().is_symlink();
        let links = entries.map(Result::unwrap).filter(is_link).count();
        assert_eq!(
            links, 8,
            "{command:?}: the links stay, and nothing else is left"
        );
        assert_eq!(workspace.files().len(), 2 + links);
    }
}
