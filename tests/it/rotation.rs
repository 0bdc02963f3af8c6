//! Rotations of signing secrets: an operation that is done once for each word, noted at the webhook, and never lost by a run that
//! ends in between.

use std::{
    collections::BTreeMap,
    fs,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use bytes::Bytes;

use hookwright::{
    model::{
        CreateOnly, DesiredState, DesiredWebhook, EndpointUrl, EnvType, EventSet, EventType,
        LiveState, LiveWebhook, MaskedText, Policy, RotationWord, WebhookId, WebhookKey,
        WebhookName,
    },
    plan::{self, EnvironmentPlan, Inputs, Operation, OperationKind, Options, StepRequest},
    provider::svix::PROFILE as SVIX,
    simulator::{SharedSimulator, SimulatorBuilder, StoredWebhook},
};
use http::{Method, Response};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

#[cfg(unix)]
use crate::support::process::{INTERRUPTING, interrupted_by_its_sink};
use crate::support::{
    Api, ONCE, Run, Workspace, credentials,
    receiver::Receiver,
    svix::{account, ask, verification},
};

const URL: &str = "https://hooks.example.com/orders";
/// How a key begins.
const KEY: &str = "whsec_";
/// A key that somebody chose.
const CHOSEN: &str = "whsec_CanaryCanaryCanaryCanaryCanaryCa";
const TO_FILE: &str = "secret_to: { file: orders.key }";

fn svix(set_up: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Api {
    Api::with_clock(&SVIX, Arc::new(Timestamp::now), set_up)
}

fn manifest(api: &Api, url: &str, rest: &str) -> String {
    let (_, application) = account();
    format!(
        "version: 1
environments:
  sandbox:
    provider: svix
    base_url: {}
    credentials: {{ token: '${{env:SVIX_TOKEN}}', application: {application} }}
webhooks:
  orders: {{ url: '{url}', events: [order.created], {rest} }}
",
        api.base_url()
    )
}

/// An account with one webhook, made by an apply, and its key in `orders.key` where a file takes it.
fn created(api: &Api, url: &str, rest: &str) -> Workspace {
    let (token, _) = account();
    let workspace = Workspace::with(&manifest(api, url, rest))
        .env("SVIX_TOKEN", &token)
        .env("ORDERS_KEY", CHOSEN)
        .env("PATH", "/usr/bin:/bin")
        .redact(api.base_url(), "[API]");
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    workspace
}

/// The same, with what the manifest says from then on.
fn then(api: &Api, rest: &str) -> Workspace {
    let workspace = created(api, URL, TO_FILE);
    workspace.write("hookwright.yaml", manifest(api, URL, rest));
    workspace
}

fn live(api: &Api) -> StoredWebhook {
    let (_, credentials) = credentials(&SVIX);
    let account = api.simulator.account(&credentials);
    // A token's own environment is known to nobody.
    let mut all = api.simulator.webhooks(&account, EnvType::Production);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// Gives the webhook this metadata, as somebody else may.
fn note(api: &Api, metadata: &Value) {
    patch(api, &json!({ "metadata": metadata }));
}

fn patch(api: &Api, body: &Value) {
    let (_, application) = account();
    let path = format!("app/{application}/endpoint/{}", live(api).id);
    assert_eq!(ask(api, "PATCH", &path, body), 200);
}

/// How often it was rotated, which word is noted, and how many old keys are valid.
fn state(api: &Api) -> (u64, Option<String>, usize) {
    let own = live(api).own;
    let turns = own.get("turn").and_then(Value::as_u64).unwrap_or(0);
    let word = own["metadata"]["hookwright_rotated"].as_str();
    let old = own.get("oldSecrets").and_then(Value::as_array);
    (turns, word.map(str::to_owned), old.map_or(0, Vec::len))
}

fn secret(api: &Api) -> String {
    live(api).own["secret"].as_str().unwrap().to_owned()
}

fn kept(workspace: &Workspace) -> String {
    let text = fs::read_to_string(workspace.path().join("orders.key"));
    text.unwrap().trim().to_owned()
}

fn words(run: &Run) -> String {
    let shown = run.shown();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

const APPLY: &[&str] = &[
    "apply",
    "--auto-approve",
    "-vvv",
    "--audit-log",
    "audit.jsonl",
];

/// Applies, and holds that nothing shows a key but its sink.
#[track_caller]
fn apply(workspace: &Workspace, code: u8) -> Run {
    let run = workspace.run(APPLY).code(code);
    assert!(!run.shown().contains(KEY), "{}", run.shown());
    for (path, content) in workspace.files() {
        if path.ends_with("orders.key") || path.ends_with("hookwright.yaml") {
            continue;
        }
        let text = String::from_utf8_lossy(&content);
        assert!(!text.contains(KEY), "{}: {text}", path.display());
    }
    run
}

/// One apply rotates, and then there is nothing left to do.
#[track_caller]
fn is_mended(api: &Api, workspace: &Workspace, turns: u64) {
    let run = workspace.run(&["plan", "--detailed-exitcode"]).code(2);
    assert!(words(&run).contains("1 to rotate"), "{}", run.shown());
    let _ = apply(workspace, 0);
    assert_eq!(state(api).0, turns);
    assert_eq!(state(api).1.as_deref(), Some("2026-12"));
    assert_eq!(kept(workspace), secret(api));
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
}

#[test]
fn a_rotation_is_done_once_for_each_word() {
    let api = svix(|builder| builder);
    let workspace = then(&api, &format!("{TO_FILE}, rotate: 2026-12"));
    let first = secret(&api);
    // Others' metadata stays.
    note(&api, &json!({"hookwright": "orders", "team": "loans"}));
    let plan = workspace.run(&["plan"]).code(0);
    insta::assert_snapshot!(plan.stdout.replace(&live(&api).id, "[ID]"));
    let json = workspace.run(&["plan", "--format", "json"]).code(0).json();
    let operation = &json["environments"][0]["operations"][0];
    assert_eq!(operation["action"], "rotate");
    let rotation = json!({"word": "2026-12", "last": null, "overlap_seconds": 86400});
    assert_eq!(operation["rotation"], rotation, "{json}");
    assert_eq!(json["summary"]["rotate"], 1);
    for (format, table) in [
        ("markdown", "<th>rotate</th>"),
        ("html", "data-label=\"rotate\">1</td>"),
    ] {
        let run = workspace.run(&["plan", "--format", format]).code(0);
        let said = "the old one stays valid for 24 h";
        assert!(words(&run).contains(said), "{format}: {}", run.shown());
        assert!(run.stdout.contains(table), "{format}: {}", run.shown());
    }
    // It is no drift: nobody moved anything.
    let _ = workspace.run(&["drift"]).code(0);
    let run = apply(&workspace, 0);
    assert!(run.stdout.contains("% orders  applied"), "{}", run.shown());
    assert_eq!(state(&api), (1, Some("2026-12".to_owned()), 1));
    assert_eq!(kept(&workspace), secret(&api));
    assert_ne!(kept(&workspace), first);
    let metadata =
        json!({"hookwright": "orders", "hookwright_rotated": "2026-12", "team": "loans"});
    assert_eq!(live(&api).own["metadata"], metadata);
    let audit = fs::read_to_string(workspace.path().join("audit.jsonl")).unwrap();
    let lines: Vec<Value> = audit
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let lines: Vec<String> = lines
        .iter()
        .map(|line| {
            format!("{} {} {}", line["action"], line["step"], line["outcome"]).replace('"', "")
        })
        .collect();
    let all = [
        "rotate 1 begun",
        "rotate 1 applied",
        "rotate 2 begun",
        "rotate 2 applied",
    ];
    assert_eq!(lines, all);
    // It is done, and that is said.
    let run = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
    let said = "rotated already: `orders` (`2026-12`); another word in `rotate` rotates again";
    assert!(words(&run).contains(said), "{}", run.shown());
    let _ = apply(&workspace, 0);
    assert_eq!(state(&api).0, 1);
    workspace.write(
        "hookwright.yaml",
        manifest(&api, URL, &format!("{TO_FILE}, rotate: true")),
    );
    let run = workspace.run(&["plan"]).code(0);
    let said = "the last rotation that is noted at the webhook is `2026-12`";
    assert!(words(&run).contains(said), "{}", run.shown());
    let _ = apply(&workspace, 0);
    // The first key is still valid, beside the second.
    assert_eq!(state(&api), (2, Some("true".to_owned()), 2));
    // Other spellings of one truth are no other words.
    for same in ["True", "TRUE", "false", "False", "FALSE", "null"] {
        let text = manifest(&api, URL, &format!("{TO_FILE}, rotate: {same}"));
        workspace.write("hookwright.yaml", text);
        let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
    }
}

#[test]
fn deliveries_are_signed_with_both_keys_meanwhile() {
    let receiver = Receiver::answering(200);
    let api = svix(|builder| builder);
    let url = receiver.url("/in");
    let workspace = created(&api, &url, TO_FILE);
    fs::copy(
        workspace.path().join("orders.key"),
        workspace.path().join("old.key"),
    )
    .unwrap();
    workspace.write(
        "hookwright.yaml",
        manifest(&api, &url, &format!("{TO_FILE}, rotate: true")),
    );
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let _ = api.emit(&["order.created"]);
    receiver.wait_for(1);
    let delivered = receiver.received().remove(0);
    for key in ["old.key", "orders.key"] {
        let (arguments, body) = verification(&delivered, key);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let run = workspace.run_with_input(&arguments, &body).code(0);
        assert!(run.stdout.starts_with("Valid"), "{key}: {}", run.shown());
    }
}

#[test]
fn a_key_that_was_chosen_is_the_new_one() {
    for source in ["'${env:ORDERS_KEY}'", "{ command: [printenv, ORDERS_KEY] }"] {
        let api = svix(|builder| builder);
        let workspace = then(&api, &format!("secret_from: {source}, rotate: 2026-12"));
        let run = apply(&workspace, 0);
        let said = "it gets the signing secret that `secret_from` gives";
        assert!(words(&run).contains(said), "{}", run.shown());
        assert!(
            !run.shown().to_lowercase().contains("canary"),
            "{}",
            run.shown()
        );
        assert_eq!((secret(&api).as_str(), state(&api).0), (CHOSEN, 1));
    }
    // One that cannot be had ends the run before its first write.
    let api = svix(|builder| builder);
    let workspace = then(&api, "secret_from: { command: ['false'] }, rotate: 2026-12");
    let run = apply(&workspace, 1);
    assert!(
        words(&run).contains("nothing was changed"),
        "{}",
        run.shown()
    );
    assert_eq!(state(&api), (0, None, 0));
}

#[test]
fn a_new_webhook_has_a_new_key_and_is_not_rotated() {
    let api = svix(|builder| builder);
    let workspace = created(&api, URL, &format!("{TO_FILE}, rotate: 2026-12"));
    assert_eq!(state(&api), (0, Some("2026-12".to_owned()), 0));
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
}

#[test]
fn a_rotation_comes_after_what_else_changes_and_only_where_that_succeeded() {
    let api = svix(|builder| builder);
    let rest = format!("{TO_FILE}, name: renamed, rotate: 2026-12");
    let workspace = then(&api, &rest);
    let run = workspace.run(&["plan"]).code(0);
    let said = "Plan: 0 to create, 1 to update, 0 to delete, 1 to rotate.";
    assert!(run.stdout.contains(said), "{}", run.shown());
    let _ = apply(&workspace, 0);
    assert_eq!(state(&api).0, 1);
    assert_eq!(live(&api).name, "renamed");

    // The first takes out the note that the create left.
    let rule = "patch:2=redirect:https://other.example/".parse().unwrap();
    let api = svix(|builder| builder.fault(rule));
    let workspace = then(&api, &rest);
    let run = apply(&workspace, 1);
    for said in ["it needs `orders`", "not as declared: `orders` Applied"] {
        assert!(words(&run).contains(said), "{}", run.shown());
    }
    assert_eq!(state(&api), (0, None, 0));
}

#[test]
fn another_ones_webhook_is_rotated_only_as_an_adoption() {
    let api = svix(|builder| builder);
    let workspace = then(&api, &format!("{TO_FILE}, rotate: 2026-12"));
    let own = |adopt: &str| {
        manifest(&api, URL, &format!("{TO_FILE}, rotate: 2026-12, {adopt}"))
            .replace("provider: svix", "provider: svix\n    owns: ['acme-*']")
            .replace("orders: {", "acme-orders: { name: orders,")
    };
    workspace.write("hookwright.yaml", own("adopt: false"));
    let _ = workspace.run(APPLY);
    assert_eq!(state(&api), (0, None, 0));
    workspace.write("hookwright.yaml", own("adopt: true"));
    let run = workspace.run(&["plan"]);
    assert!(words(&run).contains("adopt: true"), "{}", run.shown());
}

#[test]
fn a_sink_that_would_not_take_the_key_is_found_before_anything_is_rotated() {
    let api = svix(|builder| builder);
    let workspace = then(&api, "secret_to: { command: ['false'] }, rotate: 2026-12");
    let run = apply(&workspace, 1);
    let said = "the new signing secret could not be kept, so nothing was rotated";
    assert!(words(&run).contains(said), "{}", run.shown());
    assert_eq!(state(&api), (0, None, 0));
}

#[test]
fn a_sink_that_fails_after_the_rotation_is_a_state_of_its_own() {
    for quirk in ["rotate-answer=secret", "rotate-answer=empty"] {
        let quirks = quirk.parse().unwrap();
        let api = svix(|builder| builder.quirks(quirks));
        let script = "test -n \"$HOOKWRIGHT_SECRET_CHECK\" || { cat >&2; exit 7; }";
        let command = format!("secret_to: {{ command: [sh, -c, '{script}'] }}, rotate: 2026-12");
        let workspace = then(&api, &command);
        let run = apply(&workspace, 4);
        for said in [
            "% orders secret lost",
            "has a new signing secret, which reached nobody",
            "exit status: 7",
            "run again while the old secret is valid",
        ] {
            assert!(words(&run).contains(said), "{said}: {}", run.shown());
        }
        // It is not noted as done.
        assert_eq!(state(&api), (1, None, 1));
        workspace.write(
            "hookwright.yaml",
            manifest(&api, URL, &format!("{TO_FILE}, rotate: 2026-12")),
        );
        is_mended(&api, &workspace, 2);
    }
}

#[test]
fn an_answer_that_is_lost_comes_again_and_rotates_once() {
    for fault in [
        "reset-after",
        "timeout-after",
        "500-after",
        "truncated",
        "bad-json",
        "login-page",
        "empty",
        "429",
    ] {
        let rule = format!("post:2={fault}").parse().unwrap();
        let api = svix(|builder| builder.fault(rule));
        let workspace = then(&api, &format!("{TO_FILE}, rotate: 2026-12"));
        let arguments = [APPLY, &["--timeout", "1s"]].concat();
        let run = workspace.run(&arguments).code(0);
        assert!(!run.shown().contains(KEY), "{}", run.shown());
        assert_eq!(state(&api), (1, Some("2026-12".to_owned()), 1), "{fault}");
        assert_eq!(kept(&workspace), secret(&api), "{fault}");
    }
}

/// A rotation whose answer is lost may still be on its way there: it is not refused by itself.
#[test]
fn a_rotation_that_is_still_on_its_way_is_waited_for() {
    let turn = AtomicUsize::new(0);
    let api = Api::meddled_of(&SVIX, move |request, _| {
        let is_rotate = request.uri().path().ends_with("/rotate");
        let is_second = is_rotate && turn.fetch_add(1, Ordering::SeqCst) == 1;
        let body = json!({"code": "conflict", "detail": "The same request is in progress."});
        let answer = Response::builder().status(409);
        is_second.then(|| answer.body(body.to_string().into()).unwrap())
    });
    let rule = "post */rotate:1=reset-after".parse().unwrap();
    api.simulator.add_fault(rule);
    let workspace = then(&api, &format!("{TO_FILE}, rotate: 2026-12"));
    let _ = apply(&workspace, 0);
    assert_eq!(state(&api), (1, Some("2026-12".to_owned()), 1));
    assert_eq!(kept(&workspace), secret(&api));
}

#[test]
fn a_rotation_of_which_nobody_knows_is_done_again() {
    let rule = "post:2..20=reset-after".parse().unwrap();
    let api = svix(|builder| builder.fault(rule));
    let workspace = then(&api, &format!("{TO_FILE}, rotate: 2026-12"));
    let run = workspace
        .run(&[APPLY, &["--timeout", "1s"]].concat())
        .code(4);
    for said in [
        "% orders unknown",
        "the webhook may have a new signing secret, which reached nobody",
        "run again while the old secret is valid",
    ] {
        assert!(words(&run).contains(said), "{said}: {}", run.shown());
    }
    assert_eq!(state(&api).1, None);
}

#[test]
fn a_rotation_that_could_not_be_noted_is_done_again() {
    // The first takes out the note that the create left.
    let rule = "patch:2=redirect:https://other.example/".parse().unwrap();
    let api = svix(|builder| builder.fault(rule));
    let workspace = then(&api, &format!("{TO_FILE}, rotate: 2026-12"));
    let run = apply(&workspace, 4);
    for said in [
        "% orders failed",
        "the signing secret was rotated, and that could not be noted at the webhook",
        "run again: it rotates once more",
    ] {
        assert!(words(&run).contains(said), "{said}: {}", run.shown());
    }
    assert_eq!(state(&api), (1, None, 1));
    assert_eq!(kept(&workspace), secret(&api));
    is_mended(&api, &workspace, 2);
}

/// A run that is killed before it rotates, before the key is kept, and before that is noted.
#[cfg(unix)]
#[test]
fn a_run_that_is_killed_at_any_point_is_mended_by_the_next() {
    for (script, turns) in [
        ("kill -9 $PPID", 0),
        ("test -n \"$HOOKWRIGHT_SECRET_CHECK\" || kill -9 $PPID", 1),
        (
            "test -n \"$HOOKWRIGHT_SECRET_CHECK\" || { cat > orders.key; kill -9 $PPID; }",
            1,
        ),
    ] {
        let api = svix(|builder| builder);
        let command = format!("secret_to: {{ command: [sh, -c, '{script}'] }}, rotate: 2026-12");
        let workspace = then(&api, &command);
        let killed = workspace
            .command(APPLY)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert_eq!(killed.unwrap().code(), None, "{script}");
        assert_eq!((state(&api).0, state(&api).1), (turns, None), "{script}");
        workspace.write(
            "hookwright.yaml",
            manifest(&api, URL, &format!("{TO_FILE}, rotate: 2026-12")),
        );
        is_mended(&api, &workspace, turns + 1);
    }
}

/// Applies a rotation whose sink interrupts the run once it has the key, or while it is tried.
#[cfg(unix)]
fn interrupted(has_key: bool, is_at_once: bool) -> (Api, Workspace, Run, String) {
    let api = svix(|builder| builder);
    let script = match has_key {
        true => format!(
            "test -n \"$HOOKWRIGHT_SECRET_CHECK\" || {{ cat > orders.key; {INTERRUPTING} }}"
        ),
        false => format!("test -z \"$HOOKWRIGHT_SECRET_CHECK\" || {{ {INTERRUPTING} }}"),
    };
    let command = format!("secret_to: {{ command: [sh, -c, '{script}'] }}, rotate: 2026-12");
    let workspace = then(&api, &command);
    let command = workspace.command(APPLY);
    let (code, stdout, stderr) = interrupted_by_its_sink(&workspace, command, is_at_once);
    workspace.write(
        "hookwright.yaml",
        manifest(&api, URL, &format!("{TO_FILE}, rotate: 2026-12")),
    );
    let run = Run {
        code: code.unwrap(),
        stdout,
        stderr,
    };
    let said = words(&run);
    (api, workspace, run, said)
}

#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_before_a_rotation_is_noted_says_that_the_next_rotates_again() {
    let (api, workspace, run, said) = interrupted(true, false);
    let _ = run.code(4);
    let told = "% orders skipped the run was stopped after the secret was rotated, and before that was noted at the webhook: the next run rotates once more";
    assert!(said.contains(told), "{said}");
    assert_eq!(state(&api), (1, None, 1));
    assert_eq!(kept(&workspace), secret(&api));
    is_mended(&api, &workspace, 2);
}

/// Ctrl-C twice: what the first lets finish, the second does not wait for.
#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_at_once_before_a_rotation_is_noted_is_mended_by_the_next() {
    let (api, workspace, run, said) = interrupted(true, true);
    let _ = run.code(4);
    assert!(said.contains("stopped at once: "), "{said}");
    assert_eq!(state(&api), (1, None, 1));
    assert_eq!(kept(&workspace), secret(&api));
    is_mended(&api, &workspace, 2);
}

/// Trying a sink may take long: a run that is stopped meanwhile rotates nothing.
#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_while_its_sink_is_tried_rotates_nothing() {
    let (api, workspace, run, said) = interrupted(false, false);
    let _ = run.code(1);
    assert!(said.contains("the run was stopped"), "{said}");
    assert_eq!(state(&api), (0, None, 0));
    is_mended(&api, &workspace, 1);
}

/// Somebody else's note, added at a request of the program's.
fn noted_by_others(simulator: &SharedSimulator, name: &str) {
    let (_, credentials) = credentials(&SVIX);
    let account = simulator.account(&credentials);
    let id = simulator.webhooks(&account, EnvType::Production)[0]
        .id
        .clone();
    let add = |webhook: &mut StoredWebhook| {
        webhook.own["metadata"][name] = json!("theirs");
    };
    simulator.edit(&id, add).unwrap();
}

/// An update at Svix replaces all metadata. What others note before the program reads it stays, also where a request is sent again.
#[test]
fn what_others_note_meanwhile_stays() {
    let turn = AtomicUsize::new(0);
    let api = Api::meddled_of(&SVIX, move |request, simulator| {
        let path = request.uri().path();
        if path.ends_with("/secret") {
            noted_by_others(simulator, "after-the-create");
        } else if path.ends_with("/rotate") {
            noted_by_others(simulator, "before-the-rotation");
        } else if request.method() == Method::PATCH
            && turn.fetch_add(1, Ordering::SeqCst).is_multiple_of(2)
        {
            // This attempt fails, and what it would have sent is old by the next one.
            noted_by_others(simulator, "between-attempts");
            let answer = Response::builder().status(503).body(Bytes::new());
            return Some(answer.unwrap());
        }
        None
    });
    let workspace = created(&api, URL, TO_FILE);
    let mut metadata = json!({
        "hookwright": "orders", "after-the-create": "theirs", "between-attempts": "theirs",
    });
    assert_eq!(live(&api).own["metadata"], metadata);
    let text = manifest(&api, URL, &format!("{TO_FILE}, rotate: 2026-12"));
    workspace.write("hookwright.yaml", text);
    let _ = apply(&workspace, 0);
    metadata["before-the-rotation"] = json!("theirs");
    metadata["hookwright_rotated"] = json!("2026-12");
    assert_eq!(live(&api).own["metadata"], metadata);
    assert_eq!(state(&api).0, 1);
}

/// A machine in between that gives an old answer must not bring another webhook's metadata here.
#[test]
fn metadata_of_another_webhook_is_not_sent() {
    let api = Api::meddled_of(&SVIX, |request, _| {
        let is_one =
            request.uri().path().contains("/endpoint/ep_") && request.method() == Method::GET;
        let other = json!({
            "id": "ep_other", "url": URL, "description": "other", "disabled": false, "eventTypes": null,
            "metadata": {"hookwright": "other", "team": "others"},
            "createdAt": "2024-07-11T21:43:08Z", "updatedAt": "2024-07-11T21:43:08Z",
        });
        let is_secret = request.uri().path().ends_with("/secret");
        (is_one && !is_secret).then(|| Response::new(other.to_string().into()))
    });
    let (token, _) = account();
    let workspace = Workspace::with(&manifest(&api, URL, TO_FILE)).env("SVIX_TOKEN", &token);
    let run = apply(&workspace, 4);
    let said = "the note there that it is not could not be taken out";
    assert!(words(&run).contains(said), "{}", run.shown());
    let metadata = json!({"hookwright": "orders", "hookwright_secret": "unstored"});
    assert_eq!(live(&api).own["metadata"], metadata);
}

/// A copy of the account that lags behind shows the old key: kept, it would sign nothing once the overlap is over.
#[test]
fn the_old_key_is_not_kept_as_the_new_one() {
    let old = Mutex::new(None);
    let api = Api::meddled_of(&SVIX, move |request, simulator| {
        let mut old = old.lock().unwrap();
        let path = request.uri().path();
        if path.ends_with("/rotate") {
            let (_, credentials) = credentials(&SVIX);
            let account = simulator.account(&credentials);
            let live = simulator.webhooks(&account, EnvType::Production);
            *old = Some(live[0].own["secret"].clone());
            let rotate = |webhook: &mut StoredWebhook| {
                webhook.own.insert("secret".to_owned(), json!(CHOSEN));
                webhook.own.insert("turn".to_owned(), json!(1));
            };
            simulator.edit(&live[0].id, rotate).unwrap();
            let answer = Response::builder().status(204).body(Bytes::new());
            return Some(answer.unwrap());
        }
        let shown = old.as_ref().filter(|_| path.ends_with("/secret"))?;
        Some(Response::new(json!({ "key": shown }).to_string().into()))
    });
    let workspace = then(&api, &format!("{TO_FILE}, rotate: 2026-12"));
    let before = kept(&workspace);
    let run = apply(&workspace, 4);
    for said in ["% orders secret lost", "what it shows is still the old one"] {
        assert!(words(&run).contains(said), "{said}: {}", run.shown());
    }
    assert_eq!((state(&api).0, state(&api).1), (1, None));
    assert_eq!(kept(&workspace), before);
}

/// A token that may rotate secrets and not read them would lose the new one.
#[test]
fn a_key_that_cannot_be_read_is_not_rotated() {
    let is_closed = Arc::new(AtomicBool::new(false));
    let closed = Arc::clone(&is_closed);
    let api = Api::meddled_of(&SVIX, move |request, _| {
        let is_secret = request.uri().path().ends_with("/secret");
        let body = json!({"code": "forbidden", "detail": "not with this token"});
        let answer = Response::builder().status(403);
        let is_closed = closed.load(Ordering::SeqCst) && is_secret;
        is_closed.then(|| answer.body(body.to_string().into()).unwrap())
    });
    let workspace = then(&api, &format!("{TO_FILE}, rotate: 2026-12"));
    is_closed.store(true, Ordering::SeqCst);
    let run = apply(&workspace, 1);
    for said in ["so nothing was rotated", "not with this token"] {
        assert!(words(&run).contains(said), "{said}: {}", run.shown());
    }
    assert_eq!(state(&api), (0, None, 0));
}

/// What is masked, or broken off, is no key: kept, it would sign nothing.
#[test]
fn what_can_be_no_key_is_not_kept() {
    for key in [
        json!("whsec_********"),
        json!("whsec_a\nb"),
        json!("whsec_ä"),
        json!(7),
        json!(""),
    ] {
        let api = Api::meddled_of(&SVIX, move |request, _| {
            let body = json!({ "key": key });
            let is_secret = request.uri().path().ends_with("/secret");
            is_secret.then(|| Response::new(body.to_string().into()))
        });
        let (token, _) = account();
        let workspace = Workspace::with(&manifest(&api, URL, TO_FILE)).env("SVIX_TOKEN", &token);
        let run = apply(&workspace, 4);
        assert!(words(&run).contains("secret lost"), "{}", run.shown());
        assert!(!workspace.path().join("orders.key").exists());
        let metadata = json!({"hookwright": "orders", "hookwright_secret": "unstored"});
        assert_eq!(live(&api).own["metadata"], metadata);
    }
}

#[test]
fn a_rotation_that_svix_refuses_rotates_nothing_and_says_why() {
    for (status, code, said) in [
        (400, "limit_reached", "limit_reached"),
        (409, "conflict", "conflict"),
    ] {
        let api = Api::meddled_of(&SVIX, move |request, _| {
            let body = json!({"code": code, "detail": "The Canary says no."});
            let is_rotate = request.uri().path().ends_with("/rotate");
            let answer = Response::builder().status(status);
            is_rotate.then(|| answer.body(body.to_string().into()).unwrap())
        });
        let workspace = then(&api, &format!("{TO_FILE}, rotate: 2026-12"));
        let before = kept(&workspace);
        let run = apply(&workspace, 1);
        assert!(words(&run).contains(said), "{}", run.shown());
        assert!(
            words(&run).contains("The Canary says no."),
            "{}",
            run.shown()
        );
        assert_eq!(state(&api), (0, None, 0));
        assert_eq!(kept(&workspace), before);
    }
}

#[test]
fn a_saved_plan_rotates_once() {
    let api = svix(|builder| builder);
    let workspace = then(&api, &format!("{TO_FILE}, rotate: 2026-12"));
    for plan in ["a.json", "b.json"] {
        let _ = workspace.run(&["plan", "--out", plan]).code(0);
    }
    let _ = workspace.run(&["apply", "a.json"]).code(0);
    for plan in ["a.json", "b.json"] {
        let run = workspace.run(&["apply", plan]).code(0);
        let said = "this plan was applied already, or someone did the same";
        assert!(words(&run).contains(said), "{}", run.shown());
    }
    assert_eq!(state(&api), (1, Some("2026-12".to_owned()), 1));
    assert_eq!(kept(&workspace), secret(&api));
}

#[test]
fn a_word_that_is_a_secret_is_shown_nowhere_and_rotates_once() {
    let api = svix(|builder| builder);
    let (token, _) = account();
    let workspace = then(&api, &format!("{TO_FILE}, rotate: '{token}'"));
    let rotated = |turns: u64| {
        for arguments in [
            &["plan", "-vvv", "--out", "saved.plan"][..],
            &["show", "saved.plan"],
            &["plan", "--format", "json"],
            &["plan", "--format", "html"],
            &["policy", "explain"],
            APPLY,
        ] {
            let run = workspace.run(arguments).code(0);
            assert!(!run.shown().contains(&token), "{}", run.shown());
        }
        for (path, content) in workspace.files() {
            let text = String::from_utf8_lossy(&content);
            let is_own = path.ends_with("hookwright.yaml");
            assert!(is_own || !text.contains(&token), "{}", path.display());
        }
        assert_eq!(state(&api).0, turns);
    };
    rotated(1);
    rotated(1);
    // The next word is another one, and the one before is shown as little.
    workspace.write(
        "hookwright.yaml",
        manifest(&api, URL, &format!("{TO_FILE}, rotate: 2026-12")),
    );
    rotated(2);
    rotated(2);
}

#[test]
fn a_rotation_to_a_chosen_key_of_which_nobody_knows_says_who_has_it() {
    let rule = "post:2..20=reset-after".parse().unwrap();
    let api = svix(|builder| builder.fault(rule));
    let workspace = then(&api, "secret_from: '${env:ORDERS_KEY}', rotate: 2026-12");
    let run = workspace
        .run(&[APPLY, &["--timeout", "1s"]].concat())
        .code(4);
    let said = "the webhook may have the signing secret that `secret_from` gives";
    assert!(words(&run).contains(said), "{}", run.shown());
    assert!(!words(&run).contains("reached nobody"), "{}", run.shown());
}

#[test]
fn a_note_whose_answers_are_lost_is_looked_for() {
    // The first takes out the note that the create left.
    let rule = "patch:2..20=reset-after".parse().unwrap();
    let api = svix(|builder| builder.fault(rule));
    let workspace = then(&api, &format!("{TO_FILE}, rotate: 2026-12"));
    let arguments = [APPLY, &["--timeout", "1s"]].concat();
    let run = workspace.run(&arguments).code(0);
    assert!(run.stdout.contains("% orders  applied"), "{}", run.shown());
    assert_eq!(state(&api), (1, Some("2026-12".to_owned()), 1));
}

#[test]
fn a_saved_plan_rotates_what_was_reviewed() {
    let api = svix(|builder| builder);
    let workspace = then(&api, &format!("{TO_FILE}, rotate: 2026-12"));
    let _ = workspace.run(&["plan", "--out", "p.json"]).code(0);
    let run = workspace.run(&["show", "p.json"]).code(0);
    assert!(run.stdout.contains("% orders"), "{}", run.shown());
    // Somebody else rotated meanwhile.
    note(
        &api,
        &json!({"hookwright": "orders", "hookwright_rotated": "2026-11"}),
    );
    let run = workspace.run(&["apply", "p.json"]).code(3);
    let said = "the note of its last rotation";
    assert!(words(&run).contains(said), "{}", run.shown());
    note(&api, &json!({"hookwright": "orders"}));
    let _ = workspace.run(&["apply", "p.json"]).code(0);
    assert_eq!(state(&api), (1, Some("2026-12".to_owned()), 1));
    assert_eq!(kept(&workspace), secret(&api));
}

#[test]
fn a_secret_that_was_lost_is_lost_no_more() {
    let api = svix(|builder| builder);
    let workspace = then(&api, &format!("{TO_FILE}, rotate: 2026-12"));
    note(
        &api,
        &json!({"hookwright": "orders", "hookwright_secret": "lost"}),
    );
    let run = apply(&workspace, 0);
    assert!(words(&run).contains("reached nobody"), "{}", run.shown());
    let metadata = json!({"hookwright": "orders", "hookwright_rotated": "2026-12"});
    assert_eq!(live(&api).own["metadata"], metadata);
    let run = workspace.run(&["plan"]).code(0);
    assert!(!words(&run).contains("reached nobody"), "{}", run.shown());
}

#[test]
fn rules_see_rotations() {
    let api = svix(|builder| builder);
    let workspace = then(&api, &format!("{TO_FILE}, rotate: 2026-12"));
    let text = manifest(&api, URL, &format!("{TO_FILE}, rotate: 2026-12"));
    let rule = "policies:
  no-rotation:
    deny: \"counts.rotate > 0 && operations.exists(o, o.action == 'rotate' && o.reason == 'rotation')\"
    say: no secret is rotated today
";
    workspace.write("hookwright.yaml", text + rule);
    let run = workspace.run(APPLY).code(3);
    assert!(
        words(&run).contains("no secret is rotated today"),
        "{}",
        run.shown()
    );
    assert_eq!(state(&api), (0, None, 0));
}

#[test]
fn a_webhook_that_stays_disabled_is_not_rotated() {
    let receiver = Receiver::answering(500);
    let api = svix(|builder| builder);
    let url = receiver.url("/in");
    let workspace = created(&api, &url, TO_FILE);
    let text = manifest(&api, &url, &format!("{TO_FILE}, rotate: 2026-12"));
    let text = text.replace("provider: svix", "provider: svix\n    heal: probe");
    workspace.write("hookwright.yaml", text);
    patch(&api, &json!({"disabled": true}));
    let run = workspace.run(&[APPLY, &["--allow-private"]].concat());
    assert!(words(&run).contains("stays disabled"), "{}", run.shown());
    assert_eq!(state(&api), (0, None, 0), "{}", run.shown());
}

#[test]
fn the_service_rotates_once() {
    let api = svix(|builder| builder);
    let workspace = then(&api, TO_FILE);
    let text = manifest(&api, URL, &format!("{TO_FILE}, rotate: 2026-12"));
    let text = text.replace(
        "provider: svix",
        "provider: svix\n    reconcile: { mode: apply }",
    );
    workspace.write("hookwright.yaml", text);
    for _ in 0..2 {
        let run = workspace.run(ONCE).code(0);
        assert!(!run.shown().contains(KEY), "{}", run.shown());
        assert_eq!(state(&api), (1, Some("2026-12".to_owned()), 1));
        assert_eq!(kept(&workspace), secret(&api));
    }
}

/// A webhook's place in the law below: which of its fields differ, whether it is live, and which words it has.
type Case = (bool, [bool; 3], Option<u8>, Option<u8>);

fn word(n: u8) -> RotationWord {
    RotationWord::new(&format!("2026-{n:02}")).unwrap()
}

/// The plan for these webhooks, with or without what they ask to be rotated.
fn planned(cases: &[Case], rotates: bool) -> EnvironmentPlan {
    let url = |text: String| EndpointUrl::new(MaskedText::plain(text)).unwrap();
    let name = |text: String| WebhookName::new(MaskedText::plain(text)).unwrap();
    let events = |event: &str| EventSet::from([EventType::new(event)]);
    let (mut desired, mut live) = (DesiredState::default(), LiveState::default());
    for (n, (is_live, differs, asked, noted)) in cases.iter().enumerate() {
        let other = |field: usize| if differs[field] { "other" } else { "own" };
        let webhook = DesiredWebhook {
            name: name(format!("name-{n}")),
            url: url(format!("https://h.example.com/{n}")),
            events: events("order.created"),
            enabled: true,
            moved_from: Vec::new(),
            adopt: false,
            create_only: CreateOnly::new(),
            secret_to: None,
            secret_from: None,
            rotate: asked.map(word).filter(|_| rotates),
            replace: false,
        };
        let webhook_live = LiveWebhook {
            id: WebhookId::new(format!("ep_{n}")),
            name: name(if differs[0] {
                format!("former-{n}")
            } else {
                format!("name-{n}")
            }),
            // Found by its name, or by its URL.
            url: match differs[1] && !differs[0] {
                true => url(format!("https://h.example.com/{n}/{}", other(1))),
                false => webhook.url.clone(),
            },
            events: Some(events(if differs[2] {
                "order.deleted"
            } else {
                "order.created"
            })),
            mark: None,
            is_secret_lost: false,
            rotated: noted.map(word),
            create_only: CreateOnly::new(),
            env_type: None,
            enabled: Some(true),
            created_at: None,
            updated_at: None,
            unreadable: Vec::new(),
            other: BTreeMap::new(),
        };
        desired
            .webhooks
            .insert(WebhookKey::new(format!("key-{n}")), webhook);
        live.webhooks.extend(is_live.then_some(webhook_live));
    }
    let (policy, options) = (Policy::default(), Options::default());
    let inputs = Inputs {
        desired: &desired,
        policy: &policy,
        profile: &SVIX,
        env_type: EnvType::Sandbox,
        options: &options,
    };
    plan::draft(&inputs, &live).into_plan()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    /// Whatever else a plan does, rotations change nothing of it: they come last, one for each live webhook whose word is not noted,
    /// each after what changes the same webhook, and each noted after it was done.
    #[test]
    fn rotations_are_added_to_a_plan_and_change_nothing_of_it(
        cases in proptest::collection::vec(
            (any::<bool>(), any::<[bool; 3]>(), proptest::option::of(0..2_u8), proptest::option::of(0..2_u8)),
            0..6,
        ),
    ) {
        let (without, with) = (planned(&cases, false), planned(&cases, true));
        let others = without.steps.len();
        let count = without.operations.len();
        prop_assert_eq!(
            with.steps[..others].iter().map(|step| (step.operation, &step.after)).collect::<Vec<_>>(),
            without.steps.iter().map(|step| (step.operation, &step.after)).collect::<Vec<_>>()
        );
        let keys = |operations: &[Operation]| -> Vec<String> {
            operations.iter().map(|one| format!("{:?} {:?}", one.action(), one.key)).collect()
        };
        prop_assert_eq!(keys(&with.operations[..count]), keys(&without.operations));
        let mut due = cases.iter().enumerate().filter(|(_, (is_live, _, asked, noted))| {
            *is_live && asked.is_some() && asked != noted
        });
        let mut steps = with.steps[others..].iter().enumerate();
        for operation in &with.operations[count..] {
            let (n, (_, _, asked, _)) = due.next().unwrap();
            let OperationKind::Rotate { word: found, before, .. } = &operation.kind else {
                return Err(TestCaseError::fail(format!("{operation:?}")));
            };
            prop_assert_eq!(before.id.as_received(), format!("ep_{n}"));
            prop_assert_eq!(Some(found.clone()), asked.map(word));
            let (at, rotate) = steps.next().unwrap();
            let own = with.steps[..others].iter().rposition(|step| with.operations[step.operation].key == operation.key);
            prop_assert_eq!(&rotate.after, &own.into_iter().collect::<Vec<usize>>());
            let is_rotate = matches!(rotate.request, StepRequest::Rotate { .. });
            prop_assert!(is_rotate);
            let (_, noted) = steps.next().unwrap();
            prop_assert_eq!(&noted.after, &vec![others + at]);
            let is_note = matches!(noted.request, StepRequest::NoteRotation { .. });
            prop_assert!(is_note);
        }
        prop_assert_eq!((due.next(), steps.next()), (None, None));
    }
}
