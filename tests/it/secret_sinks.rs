//! Keys that a provider shows once: no sink, no create; the sink is proven first; nothing ever shows a key.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

use hookwright::{
    model::EnvType,
    provider::stripe::PROFILE as STRIPE,
    simulator::{SimulatorBuilder, WebhookSeed},
};

#[cfg(unix)]
use crate::support::process::{INTERRUPTING, interrupted_by_its_sink};
use http::{Method, Response};

use crate::support::{Api, ONCE, Run, Workspace, credentials};

/// How a key begins.
const KEY: &str = "whsec_";

fn manifest(api: &Api, webhooks: &str) -> String {
    let base_url = api.base_url();
    format!(
        "version: 1
environments:
  sandbox:
    provider: stripe
    base_url: {base_url}
    credentials: {{ api_key: '${{env:STRIPE_KEY}}' }}
webhooks:
{webhooks}"
    )
}

fn orders(secret_to: &str) -> String {
    format!(
        "  orders:
    url: https://hooks.example.com/orders
    events: [charge.failed]
{secret_to}"
    )
}

fn workspace(api: &Api, webhooks: &str) -> Workspace {
    let (_, credentials) = credentials(&STRIPE);
    Workspace::with(&manifest(api, webhooks))
        .env("STRIPE_KEY", credentials.secret().expose())
        .redact(api.base_url(), "[API]")
}

fn stripe(set_up: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Api {
    Api::of(&STRIPE, set_up)
}

fn live(api: &Api) -> usize {
    let (env_type, credentials) = credentials(&STRIPE);
    let account = api.simulator.account(&credentials);
    assert_eq!(env_type, EnvType::Sandbox);
    api.simulator.webhooks(&account, env_type).len()
}

/// The creates so far.
fn creates(api: &Api) -> usize {
    let requests = api.requests();
    let creates = requests.iter().filter(|it| it.starts_with("POST "));
    creates.filter(|it| !it.contains("/we_")).count()
}

/// What stands at the one live webhook.
fn metadata(api: &Api) -> serde_json::Value {
    let (env_type, credentials) = credentials(&STRIPE);
    let account = api.simulator.account(&credentials);
    let live = api.simulator.webhooks(&account, env_type).remove(0);
    live.own["metadata"].clone()
}

/// What an audit log says, line by line.
fn audited(workspace: &Workspace) -> Vec<String> {
    let audit = fs::read_to_string(workspace.path().join("audit.jsonl")).unwrap();
    let lines = audit.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        format!("{} {}", line["action"], line["outcome"]).replace('"', "")
    });
    lines.collect()
}

/// Nothing that a run said, and no file but the sink, may hold a key.
#[track_caller]
fn shows_no_key(run: &Run, workspace: &Workspace, sink: &str) {
    assert!(!run.shown().contains(KEY), "{}", run.shown());
    for (path, content) in workspace.files() {
        let text = String::from_utf8_lossy(&content);
        let is_sink = path.ends_with(sink);
        assert_eq!(text.contains(KEY), is_sink, "{}: {text}", path.display());
    }
}

#[test]
fn without_a_sink_nothing_is_created() {
    let api = stripe(|builder| builder);
    let workspace = workspace(&api, &orders(""));
    let run = workspace.run(&["apply", "--auto-approve"]).code(3);
    assert_eq!(creates(&api), 0);
    insta::assert_snapshot!(run.stdout);
    let plan = workspace.run(&["plan", "--format", "json"]).code(3).json();
    let guard = &plan["environments"][0]["refusals"][0];
    assert_eq!(guard["code"], "secret-sink", "{plan}");
}

#[test]
fn a_key_goes_to_a_file_of_its_owner_and_nowhere_else() {
    let api = stripe(|builder| builder);
    let workspace = workspace(&api, &orders("    secret_to: { file: secrets/orders }\n"));
    fs::create_dir(workspace.path().join("secrets")).unwrap();
    for arguments in [&["-v"][..], &["--format", "json"]] {
        let all = [
            &["apply", "--auto-approve", "--audit-log", "audit.jsonl"],
            arguments,
        ]
        .concat();
        let run = workspace.run(&all).code(0);
        shows_no_key(&run, &workspace, "secrets/orders");
    }
    assert_eq!((live(&api), creates(&api)), (1, 1));
    let key = fs::read_to_string(workspace.path().join("secrets/orders")).unwrap();
    assert_eq!(key.trim().len(), KEY.len() + 32);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = fs::metadata(workspace.path().join("secrets/orders")).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
    // It is there, and is not created again: its key stays as it is.
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
}

#[test]
fn a_sink_that_would_not_take_a_key_is_found_before_anything_is_created() {
    for (secret_to, word) in [
        (
            "{ file: missing/folder/orders }",
            "its folder cannot be written",
        ),
        ("{ file: . }", "it is not a file"),
        ("{ file: link }", "it is not a file"),
        ("{ command: ['false'] }", "it failed"),
        ("{ command: [hookwright-no-such-program] }", "the program"),
    ] {
        let api = stripe(|builder| builder);
        let workspace = workspace(&api, &orders(&format!("    secret_to: {secret_to}\n")));
        // Who made a link meant what it leads to.
        #[cfg(unix)]
        std::os::unix::fs::symlink("elsewhere", workspace.path().join("link")).unwrap();
        let run = workspace.run(&["apply", "--auto-approve"]).code(1);
        let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(word), "{secret_to}: {}", run.shown());
        let nothing = "so nothing was created";
        assert!(said.contains(nothing), "{}", run.shown());
        assert_eq!(creates(&api), 0, "{secret_to}");
    }
}

#[cfg(unix)]
#[test]
fn a_program_reads_the_key_and_is_tried_without_one_before() {
    let api = stripe(|builder| builder);
    let script =
        "cat > \"$HOOKWRIGHT_WEBHOOK.$HOOKWRIGHT_ENVIRONMENT${HOOKWRIGHT_SECRET_CHECK:+.check}\"";
    let secret_to = format!("    secret_to: {{ command: [sh, -c, '{script}'] }}\n");
    let workspace = workspace(&api, &orders(&secret_to)).env("PATH", "/usr/bin:/bin");
    let run = workspace.run(&["apply", "--auto-approve"]).code(0);
    shows_no_key(&run, &workspace, "orders.sandbox");
    let check = fs::read(workspace.path().join("orders.sandbox.check")).unwrap();
    assert_eq!(check, b"");
    let key = fs::read_to_string(workspace.path().join("orders.sandbox")).unwrap();
    assert!(key.starts_with(KEY) && key.ends_with('\n'));
}

#[test]
fn an_answer_that_was_lost_comes_again_with_the_key() {
    for fault in [
        "reset-after",
        "timeout-after",
        "truncated",
        "bad-json",
        "empty",
    ] {
        let rule = format!("post:1={fault}").parse().unwrap();
        let api = stripe(|builder| builder.fault(rule));
        let workspace = workspace(&api, &orders("    secret_to: { file: orders.whsec }\n"));
        let arguments = ["apply", "--auto-approve", "--timeout", "1s"];
        let run = workspace.run(&arguments).code(0);
        shows_no_key(&run, &workspace, "orders.whsec");
        assert_eq!((live(&api), creates(&api)), (1, 2), "{fault}");
    }
}

/// A request whose answer is lost may still be on its way there: whoever sends it again is told so, and gets the answer later.
#[test]
fn a_create_that_is_still_on_its_way_is_waited_for_and_its_key_kept() {
    let turn = AtomicUsize::new(0);
    let api = Api::meddled_of(&STRIPE, move |request, _| {
        let is_create = request.method() == Method::POST && !request.uri().path().contains("/we_");
        let is_second = is_create && turn.fetch_add(1, Ordering::SeqCst) == 1;
        let body = serde_json::json!({"error": {
            "type": "idempotency_error", "code": "idempotency_key_in_use",
            "message": "There is currently another in-progress request using this Idempotent Key.",
        }});
        let answer = Response::builder().status(409);
        is_second.then(|| answer.body(body.to_string().into()).unwrap())
    });
    api.simulator
        .add_fault("post:1=reset-after".parse().unwrap());
    let workspace = workspace(&api, &orders("    secret_to: { file: orders.whsec }\n"));
    let run = workspace.run(&["apply", "--auto-approve"]).code(0);
    shows_no_key(&run, &workspace, "orders.whsec");
    assert_eq!(live(&api), 1);
    assert!(workspace.path().join("orders.whsec").exists());
}

/// What came back is not what was sent, and no update makes it so. Its key is kept all the same, as it never comes again.
#[test]
fn a_key_of_a_webhook_that_came_back_other_than_it_was_sent_is_kept() {
    for (field, value) in [("url", "https://elsewhere.example.com/"), ("status", "odd")] {
        let api = Api::meddled_of(&STRIPE, move |request, simulator| {
            if request.method() != Method::POST || request.uri().path().contains("/we_") {
                return None;
            }
            let (env_type, credentials) = credentials(&STRIPE);
            let account = simulator.account(&credentials);
            let seed = WebhookSeed::new(
                "orders",
                "https://hooks.example.com/orders",
                ["charge.failed"],
            );
            let stored = simulator.seed(&account, env_type, seed).unwrap();
            let mut answer = serde_json::json!({
                "id": stored.id, "object": "webhook_endpoint", "description": "orders", "livemode": false,
                "url": stored.webhook_url, "enabled_events": ["charge.failed"], "status": "enabled",
                "metadata": {"hookwright": "orders", "hookwright_secret": "unstored"},
                "secret": format!("{KEY}{}", "k".repeat(32)),
            });
            answer[field] = value.into();
            Some(Response::new(answer.to_string().into()))
        });
        let workspace = workspace(&api, &orders("    secret_to: { file: orders.whsec }\n"));
        let run = workspace.run(&["apply", "--auto-approve", "-v"]).code(4);
        shows_no_key(&run, &workspace, "orders.whsec");
        assert!(
            words(&run).contains("is not as asked for"),
            "{}",
            run.shown()
        );
        assert!(workspace.path().join("orders.whsec").exists(), "{field}");
        assert_eq!(live(&api), 1);
    }
}

#[test]
fn a_key_that_is_lost_for_good_is_a_state_of_its_own() {
    let lost = || {
        let rule = "post:1=reset-after".parse().unwrap();
        let quirks = "replayed-secret=absent".parse().unwrap();
        let api = stripe(|builder| builder.quirks(quirks).fault(rule));
        let workspace = workspace(&api, &orders("    secret_to: { file: orders.whsec }\n"));
        (api, workspace)
    };
    let (api, workspace) = lost();
    let run = workspace.run(&["apply", "--auto-approve"]).code(4);
    assert_eq!(live(&api), 1);
    insta::assert_snapshot!(run.stdout);
    let (_api, workspace) = lost();
    let run = workspace.run(&["apply", "--auto-approve", "--format", "json"]);
    let report = run.code(4).json();
    let operation = &report["environments"][0]["operations"][0];
    assert_eq!(operation["outcome"], "secret-lost", "{report}");
    assert!(
        operation["way_out"]
            .as_str()
            .is_some_and(|text| text.contains("delete")),
        "{report}"
    );
}

/// How a plan warns of a secret that nobody may have.
const LOST: &str =
    "its signing secret reached nobody when it was created, or it is not known that it did";

/// What a run said, without where its lines end.
fn words(run: &Run) -> String {
    run.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_key_that_was_lost_is_said_until_somebody_mends_it() {
    let rule = "post:1=reset-after".parse().unwrap();
    let quirks = "replayed-secret=absent".parse().unwrap();
    let api = stripe(|builder| builder.quirks(quirks).fault(rule));
    let workspace = workspace(&api, &orders("    secret_to: { file: orders.whsec }\n"));
    let arguments = ["apply", "--auto-approve", "--audit-log", "audit.jsonl"];
    let _ = workspace.run(&arguments).code(4);
    // The create itself left the note: none is written afterwards.
    assert_eq!(audited(&workspace), ["create begun", "create failed"]);
    let _ = workspace.run(&["audit", "audit.jsonl"]).code(0);
    let said = LOST;
    for arguments in [&["plan"][..], &["apply", "--auto-approve"]] {
        let run = workspace.run(arguments).code(0);
        assert!(words(&run).contains(said), "{}", run.shown());
    }
    let plan = workspace.run(&["plan", "--format", "json"]).code(0).json();
    let warnings = &plan["environments"][0]["warnings"];
    assert_eq!(
        *warnings,
        serde_json::json!(["secret-lost: orders"]),
        "{plan}"
    );
    let list = workspace.run(&["list"]).code(0);
    assert!(
        words(&list).contains("signing secret may be lost"),
        "{}",
        list.shown()
    );
    let list = workspace.run(&["list", "--format", "json"]).code(0).json();
    assert_eq!(list["environments"][0]["webhooks"][0]["secret_lost"], true);
    is_seen(&workspace, 2);
    // Its way out: it is deleted at the provider, and created anew.
    let (env_type, credentials) = credentials(&STRIPE);
    let account = api.simulator.account(&credentials);
    let lost = api.simulator.webhooks(&account, env_type).remove(0);
    api.simulator.remove(&lost.id).unwrap();
    let run = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert!(!words(&run).contains(said), "{}", run.shown());
    assert!(workspace.path().join("orders.whsec").exists());
    let run = workspace.run(&["plan"]).code(0);
    assert!(!words(&run).contains(said), "{}", run.shown());
    is_seen(&workspace, 0);
}

/// What keeps a webhook from being replaced says nothing of its secret: that it is lost is said all the same.
#[test]
fn a_key_that_was_lost_is_said_where_the_webhook_may_not_be_replaced() {
    let rule = "post:1=reset-after".parse().unwrap();
    let quirks = "replayed-secret=absent".parse().unwrap();
    let api = stripe(|builder| builder.quirks(quirks).fault(rule));
    let webhooks = orders("    secret_to: { file: orders.whsec }\n");
    let workspace = workspace(&api, &webhooks);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(4);
    let other = webhooks + "    api_version: 2026-10-28.endive\n";
    workspace.write("hookwright.yaml", manifest(&api, &other));
    let run = workspace.run(&["plan"]).code(3);
    assert!(words(&run).contains("replace"), "{}", run.shown());
    assert!(words(&run).contains(LOST), "{}", run.shown());
    let drift = workspace.run(&["drift", "--format", "json"]).code(2).json();
    assert_eq!(drift["summary"]["secret_lost"], 1, "{drift}");
}

/// Holds what looks at live webhooks, and plans nothing, against whether a secret is lost: the exit code of `drift`.
#[track_caller]
fn is_seen(workspace: &Workspace, code: u8) {
    let is_lost = code == 2;
    for (arguments, said) in [
        (
            &["drift"][..],
            "signing secret lost, or perhaps lost: the receiver can check nothing",
        ),
        (
            &["drift", "--format", "markdown"],
            "To go on: See that the receiver has it, or delete the webhook at the provider",
        ),
        (
            &["reconcile", "--once"],
            "sandbox: signing secret lost, or perhaps lost: `orders`",
        ),
        (
            &[
                "reconcile",
                "--once",
                "--format",
                "json",
                "--log-format",
                "json",
            ],
            "SecretLost",
        ),
    ] {
        let run = workspace.run(arguments).code(code);
        assert_eq!(words(&run).contains(said), is_lost, "{}", run.shown());
    }
    let drift = workspace.run(&["drift", "--format", "json"]).code(code);
    let drift = drift.json();
    assert_eq!(drift["summary"]["secret_lost"], usize::from(is_lost));
    let lost = drift["environments"][0]["secret_lost"].as_array().unwrap();
    assert_eq!(lost.len(), usize::from(is_lost), "{drift}");
    for lost in lost {
        assert_eq!(
            (&lost["key"], &lost["how"]),
            (&"orders".into(), &"secret-lost".into())
        );
        assert!(lost["id"].as_str().unwrap().starts_with("we_"), "{drift}");
        assert!(
            lost["way_out"]
                .as_str()
                .unwrap()
                .contains("hookwright_secret")
        );
    }
    let doctor = workspace.run(&["doctor", "--format", "json"]).json();
    let checks = doctor["environments"][0]["checks"].as_array().unwrap();
    let signing = checks.iter().find(|check| check["check"] == "signing");
    let result = if is_lost { "failed" } else { "passed" };
    assert_eq!(signing.unwrap()["result"], result, "{doctor}");
}

#[cfg(unix)]
#[test]
fn a_program_that_fails_when_it_counts_loses_the_key_and_says_so() {
    let api = stripe(|builder| builder);
    let script = "test -n \"$HOOKWRIGHT_SECRET_CHECK\" || { cat >&2; exit 7; }";
    let secret_to = format!("    secret_to: {{ command: [sh, -c, '{script}'] }}\n");
    let workspace = workspace(&api, &orders(&secret_to)).env("PATH", "/usr/bin:/bin");
    let run = workspace.run(&["apply", "--auto-approve"]).code(4);
    assert!(run.stdout.contains("secret lost"), "{}", run.shown());
    assert!(run.stdout.contains("exit status: 7"), "{}", run.shown());
    assert!(!run.shown().contains(KEY), "{}", run.shown());
    let run = workspace.run(&["plan"]).code(0);
    assert!(words(&run).contains("reached nobody"), "{}", run.shown());
}

/// Applies with a sink that runs `script`, which may kill the program.
#[cfg(unix)]
fn applied_with(api: &Api, script: &str) -> (Workspace, Run) {
    let secret_to = format!("    secret_to: {{ command: [sh, -c, '{script}'] }}\n");
    let workspace = workspace(api, &orders(&secret_to)).env("PATH", "/usr/bin:/bin");
    let arguments = ["apply", "--auto-approve", "--audit-log", "audit.jsonl"];
    // A shell in between has an exit code for whoever was killed.
    let whole = "\"$0\" \"$@\"; exit $?";
    let mut all = vec!["-c", whole, env!("CARGO_BIN_EXE_hookwright")];
    all.extend(arguments);
    let run = workspace.finish(workspace.program("sh", &all), "");
    (workspace, run)
}

/// Whether the next plan warns of the secret, and finds nothing else to do.
#[cfg(unix)]
fn warns(workspace: &Workspace) -> bool {
    let run = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
    words(&run).contains(LOST)
}

/// The note that a create leaves until its secret is stored.
fn noted() -> serde_json::Value {
    serde_json::json!({"hookwright": "orders", "hookwright_secret": "unstored"})
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_between_the_create_and_the_removal_of_the_note_leaves_it() {
    let real = "test -n \"$HOOKWRIGHT_SECRET_CHECK\" ||";
    for (point, script, is_live) in [
        ("before the create", "kill -9 $PPID".to_owned(), false),
        ("before the sink", format!("{real} kill -9 $PPID"), true),
        (
            "after the sink",
            format!("{real} {{ cat > key; kill -9 $PPID; }}"),
            true,
        ),
    ] {
        let api = stripe(|builder| builder);
        let (workspace, run) = applied_with(&api, &script);
        let _ = run.code(137);
        assert_eq!(live(&api), usize::from(is_live), "{point}");
        if is_live {
            assert_eq!(metadata(&api), noted(), "{point}");
            assert_eq!(audited(&workspace), ["create begun"], "{point}");
            assert!(warns(&workspace), "{point}");
        } else {
            let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(2);
        }
    }
}

/// Ctrl-C, once or twice, after the sink has the key: the note stays, the key is kept, and it is said what is to be done.
#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_before_the_removal_of_the_note_leaves_it_and_says_so() {
    let script = format!("test -n \"$HOOKWRIGHT_SECRET_CHECK\" || {{ cat > key; {INTERRUPTING} }}");
    for twice in [false, true] {
        let api = stripe(|builder| builder);
        let secret_to = format!("    secret_to: {{ command: [sh, -c, '{script}'] }}\n");
        let workspace = workspace(&api, &orders(&secret_to)).env("PATH", "/usr/bin:/bin");
        let arguments = ["apply", "--auto-approve", "--audit-log", "audit.jsonl"];
        let command = workspace.command(&arguments);
        let (code, stdout, stderr) = interrupted_by_its_sink(&workspace, command, twice);
        assert_eq!(code, Some(4), "{stdout}{stderr}");
        let said = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let told = "was created and its signing secret is stored; the note there that it is not could not be taken out: POST /v1/webhook_endpoints: not sent, as the run was stopped";
        assert_eq!(said.contains(told), !twice, "{stdout}{stderr}");
        assert_eq!(stderr.contains("stopped at once: "), twice, "{stderr}");
        let _ = workspace.run(&["audit", "audit.jsonl"]).code(0);
        let key = fs::read_to_string(workspace.path().join("key")).unwrap();
        assert_eq!(key.trim().len(), KEY.len() + 32);
        assert_eq!((live(&api), metadata(&api)), (1, noted()));
        // The next run creates no second one, and warns until somebody takes the note out.
        let run = workspace.run(&["apply", "--auto-approve"]).code(0);
        assert!(words(&run).contains(LOST), "{}", run.shown());
        assert_eq!((live(&api), creates(&api)), (1, 1));
    }
}

/// Trying a sink may take long: a run that is stopped meanwhile creates nothing.
#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_while_its_sink_is_tried_creates_nothing() {
    let api = stripe(|builder| builder);
    let script = format!("test -z \"$HOOKWRIGHT_SECRET_CHECK\" || {{ {INTERRUPTING} }}");
    let secret_to = format!("    secret_to: {{ command: [sh, -c, '{script}'] }}\n");
    let workspace = workspace(&api, &orders(&secret_to)).env("PATH", "/usr/bin:/bin");
    let command = workspace.command(&["apply", "--auto-approve"]);
    let (code, stdout, stderr) = interrupted_by_its_sink(&workspace, command, false);
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert_eq!((live(&api), creates(&api)), (0, 0));
}

/// A terminal sends Ctrl-C to all of the program's group: a sink that has the only copy of a key is let finish.
#[cfg(unix)]
#[test]
fn ctrl_c_on_a_terminal_does_not_end_a_sink() {
    use std::os::unix::process::CommandExt;
    let api = stripe(|builder| builder);
    let script = "test -n \"$HOOKWRIGHT_SECRET_CHECK\" || { kill -INT -$PPID; until test -e go; do :; done; cat > key; }";
    let secret_to = format!("    secret_to: {{ command: [sh, -c, '{script}'] }}\n");
    let workspace = workspace(&api, &orders(&secret_to)).env("PATH", "/usr/bin:/bin");
    let mut command = workspace.command(&["apply", "--auto-approve"]);
    command.process_group(0);
    let (code, stdout, stderr) = interrupted_by_its_sink(&workspace, command, false);
    assert_eq!(code, Some(4), "{stdout}{stderr}");
    assert!(!stdout.contains("secret lost"), "{stdout}{stderr}");
    let key = fs::read_to_string(workspace.path().join("key")).unwrap();
    assert_eq!(key.trim().len(), KEY.len() + 32);
}

#[cfg(unix)]
#[test]
fn a_note_that_is_taken_out_leaves_nothing_to_warn_of() {
    for fault in [
        "none",
        "reset",
        "reset-after",
        "timeout-after",
        "503",
        "429",
        "bad-json",
    ] {
        let api = stripe(|builder| match fault {
            "none" => builder,
            fault => builder.fault(format!("post */we_*:1={fault}").parse().unwrap()),
        });
        let webhooks = orders("    secret_to: { file: orders.whsec }\n");
        let workspace = workspace(&api, &webhooks);
        let plan = workspace.run(&["plan", "--format", "json"]).code(0).json();
        assert_eq!(plan["environments"][0]["cost"]["write_requests"], 2);
        let arguments = [
            "apply",
            "--auto-approve",
            "--timeout",
            "1s",
            "--audit-log",
            "audit.jsonl",
        ];
        let _ = workspace.run(&arguments).code(0);
        // The mark beside it stays.
        assert_eq!(
            metadata(&api),
            serde_json::json!({"hookwright": "orders"}),
            "{fault}"
        );
        assert!(!warns(&workspace), "{fault}");
        let all = [
            "create begun",
            "create applied",
            "update begun",
            "update applied",
        ];
        assert_eq!(audited(&workspace), all, "{fault}");
        let _ = workspace.run(&["audit", "audit.jsonl"]).code(0);
    }
}

#[cfg(unix)]
#[test]
fn a_note_that_cannot_be_taken_out_is_a_state_of_its_own() {
    let api = stripe(|builder| builder.fault("post */we_*:*=500".parse().unwrap()));
    let (workspace, run) = applied_with(&api, "cat > key");
    let run = run.code(4);
    let said = words(&run);
    for part in [
        "was created and its signing secret is stored; the note there that it is not could not be taken out",
        "take `hookwright_secret` out of the webhook's metadata at the provider",
    ] {
        assert!(said.contains(part), "{part}: {}", run.shown());
    }
    assert!(!said.contains("secret lost"), "{}", run.shown());
    assert!(
        fs::read_to_string(workspace.path().join("key"))
            .unwrap()
            .starts_with(KEY)
    );
    assert_eq!(metadata(&api), noted());
    assert!(warns(&workspace));
    let all = [
        "create begun",
        "create applied",
        "update begun",
        "update failed",
    ];
    assert_eq!(audited(&workspace), all);
}

#[test]
fn what_is_there_is_adopted_without_a_new_key() {
    let api = stripe(|builder| builder);
    let first = workspace(&api, &orders("    secret_to: { file: orders.whsec }\n"));
    let _ = first.run(&["apply", "--auto-approve"]).code(0);
    // Another folder, without the key: nothing asks for a new one.
    let webhooks = orders("    secret_to: { file: orders.whsec }\n")
        .replace("charge.failed", "charge.updated");
    let second = workspace(&api, &webhooks);
    let _ = second.run(&["apply", "--auto-approve"]).code(0);
    assert_eq!(live(&api), 1);
    assert!(!second.path().join("orders.whsec").exists());
}

/// Two webhooks whose keys go to files of their names.
fn two() -> String {
    let one = |name: &str| {
        format!(
            "  {name}: {{ url: 'https://hooks.example.com/{name}', events: [charge.failed], secret_to: {{ file: {name}.whsec }} }}\n"
        )
    };
    one("orders") + &one("refunds")
}

#[test]
fn a_saved_plan_brings_keys_to_where_it_says_and_no_others() {
    let api = stripe(|builder| builder);
    let workspace = workspace(&api, &two());
    let _ = workspace
        .run(&["plan", "--out", "p.json", "--target", "orders"])
        .code(0);
    // Where a key goes is part of what was reviewed.
    let reviewed = manifest(&api, &two());
    workspace.write(
        "hookwright.yaml",
        reviewed.replace("orders.whsec", "elsewhere.whsec"),
    );
    let _ = workspace.run(&["apply", "p.json"]).code(3);
    assert_eq!(creates(&api), 0);
    workspace.write("hookwright.yaml", reviewed);
    let run = workspace.run(&["apply", "p.json", "-v"]).code(0);
    shows_no_key(&run, &workspace, "orders.whsec");
    assert_eq!((live(&api), creates(&api)), (1, 1));
    // What was not planned has no key.
    assert!(!workspace.path().join("refunds.whsec").exists());
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert_eq!(live(&api), 2);
}

#[test]
fn the_service_keeps_keys_as_an_apply_does() {
    let api = stripe(|builder| builder);
    let workspace = workspace(&api, &orders("    secret_to: { file: orders.whsec }\n"));
    let text = manifest(&api, &orders("    secret_to: { file: orders.whsec }\n"));
    let applies = "provider: stripe\n    reconcile: { mode: apply }";
    workspace.write("hookwright.yaml", text.replace("provider: stripe", applies));
    let run = workspace.run(ONCE).code(0);
    shows_no_key(&run, &workspace, "orders.whsec");
    assert_eq!((live(&api), creates(&api)), (1, 1));
    // Without a sink, the service creates as little as an apply.
    let text = manifest(&api, &two()).replace(", secret_to: { file: refunds.whsec }", "");
    workspace.write("hookwright.yaml", text.replace("provider: stripe", applies));
    let run = workspace.run(ONCE).code(3);
    assert!(run.stdout.contains("signing secret"), "{}", run.shown());
    assert_eq!(live(&api), 1);
}

#[test]
fn that_each_new_webhook_has_a_key_is_said_once() {
    let api = stripe(|builder| builder);
    let workspace = workspace(&api, &two());
    let said = "`orders` and `refunds` get a signing secret of their own each";
    for format in ["text", "markdown", "html"] {
        let run = workspace.run(&["plan", "--format", format]).code(0);
        let shown = words(&run).replace("<code>", "`").replace("</code>", "`");
        assert_eq!(shown.matches(said).count(), 1, "{format}: {}", run.shown());
        assert_eq!(shown.matches("signing secret").count(), 1, "{format}");
    }
    let plan = workspace.run(&["plan", "--format", "json"]).code(0).json();
    for operation in plan["environments"][0]["operations"].as_array().unwrap() {
        assert_eq!(operation["notes"][0]["code"], "new-secret", "{plan}");
    }
}
