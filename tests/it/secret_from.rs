//! Keys that a user chooses: sent with a create, used for nothing else, shown by nothing, and got before anything is written.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use hookwright::{
    model::EnvType,
    provider::svix::PROFILE as SVIX,
    simulator::{SimulatorBuilder, StoredWebhook},
};
use http::{Request, Response};
use jiff::Timestamp;
use serde_json::json;

use crate::support::{
    Api, Run, Workspace, credentials,
    proxy::Listening,
    receiver::Receiver,
    svix::{account, verification},
};

/// A key that Svix takes, with a mark that occurs nowhere else.
const KEY: &str = "whsec_CanaryCanaryCanaryCanaryCanaryCa";
const MARK: &str = "canary";

fn svix(set_up: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Api {
    Api::with_clock(&SVIX, Arc::new(Timestamp::now), set_up)
}

/// One webhook, and what it says of its key.
fn orders(url: &str, rest: &str) -> String {
    format!("\n  orders: {{ url: '{url}', events: [order.created], {rest} }}")
}

const URL: &str = "https://hooks.example.com/orders";

fn at(base_url: &str, webhooks: &str) -> Workspace {
    let (token, application) = account();
    let manifest = format!(
        "version: 1
environments:
  sandbox:
    provider: svix
    base_url: {base_url}
    credentials: {{ token: '${{env:SVIX_TOKEN}}', application: {application} }}
webhooks:{webhooks}
"
    );
    Workspace::with(&manifest)
        .env("SVIX_TOKEN", &token)
        .env("PATH", "/usr/bin:/bin")
        .redact(base_url, "[API]")
}

fn from_variable(api: &Api) -> Workspace {
    let webhooks = orders(URL, "secret_from: '${env:ORDERS_KEY}'");
    at(&api.base_url(), &webhooks).env("ORDERS_KEY", KEY)
}

fn all(api: &Api) -> Vec<StoredWebhook> {
    let (_, credentials) = credentials(&SVIX);
    let account = api.simulator.account(&credentials);
    // A token's own environment is known to nobody.
    api.simulator.webhooks(&account, EnvType::Production)
}

fn live(api: &Api) -> usize {
    all(api).len()
}

fn writes(api: &Api) -> usize {
    let requests = api.requests();
    let is_write = |request: &&String| !request.starts_with("GET ");
    requests.iter().filter(is_write).count()
}

/// What a run said, without where its lines end.
fn words(run: &Run) -> String {
    let shown = run.shown();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Nothing that a run said, and no file but those that the test wrote, holds a part of the key.
#[track_caller]
fn is_silent(run: &Run, workspace: &Workspace) {
    assert!(
        !run.shown().to_lowercase().contains(MARK),
        "{}",
        run.shown()
    );
    for (path, content) in workspace.files() {
        if path.ends_with("key.txt") || path.ends_with("hookwright.yaml") {
            continue;
        }
        let text = String::from_utf8_lossy(&content).to_lowercase();
        assert!(!text.contains(MARK), "{}: {text}", path.display());
    }
}

#[test]
fn deliveries_are_signed_with_the_key_that_was_chosen() {
    let receiver = Receiver::answering(200);
    let api = svix(|builder| builder);
    for source in [
        "'${env:ORDERS_KEY}'",
        "'${file:key.txt}'",
        "{ command: [cat, key.txt] }",
    ] {
        let before = receiver.received().len();
        let url = receiver.url(&format!("/{before}"));
        let webhooks = orders(
            &url,
            &format!("secret_from: {source}, moved_from: ['{URL}']"),
        );
        let workspace = at(&api.base_url(), &webhooks).env("ORDERS_KEY", KEY);
        workspace.write("key.txt", format!("{KEY}\n"));
        let run = workspace.run(&["apply", "--auto-approve", "-vvv"]).code(0);
        is_silent(&run, &workspace);
        let _ = api.emit(&["order.created"]);
        receiver.wait_for(before + 1);
        let received = receiver.received();
        let delivered = received
            .iter()
            .find(|it| it.uri().path() == format!("/{before}"));
        let delivered = delivered.unwrap();
        let (arguments, body) = verification(delivered, "key.txt");
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let run = workspace.run_with_input(&arguments, &body).code(0);
        assert!(run.stdout.starts_with("Valid"), "{}", run.shown());
        // A probe signs with it too, wherever it comes from.
        let _ = workspace.run(&["test", "orders", "--allow-private", "--allow-unverified"]);
        api.simulator.remove(&all(&api)[0].id).unwrap();
    }
}

#[test]
fn nothing_shows_the_key() {
    for source in [
        "'${env:ORDERS_KEY}'",
        "'${file:key.txt}'",
        "{ command: [cat, key.txt] }",
    ] {
        let api = svix(|builder| builder);
        let webhooks = orders(URL, &format!("secret_from: {source}"));
        let workspace = at(&api.base_url(), &webhooks).env("ORDERS_KEY", KEY);
        workspace.write("key.txt", format!("{KEY}\n"));
        for format in ["text", "json", "markdown", "html"] {
            for arguments in [
                &["plan", "-vvv", "--out", "saved.plan"][..],
                &["show", "saved.plan"],
            ] {
                let run = workspace
                    .run(&[arguments, &["--format", format]].concat())
                    .code(0);
                is_silent(&run, &workspace);
            }
        }
        let run = workspace.run(&[
            "apply",
            "saved.plan",
            "-vvv",
            "--audit-log",
            "audit.jsonl",
            "--json-into",
            "a.json",
        ]);
        is_silent(&run, &workspace);
        assert_eq!((run.code, live(&api)), (0, 1), "{}", run.shown());
        for arguments in [
            &["drift"][..],
            &["list", "-vvv"],
            &["import", "--all"],
            &["validate"],
            &["doctor"],
        ] {
            is_silent(&workspace.run(arguments), &workspace);
        }
    }
}

/// A provider that says what it was sent when it refuses, whole and without its beginning.
fn echoing() -> (Listening, Arc<Mutex<Vec<String>>>) {
    let sent: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&sent);
    let server = Listening::start(Arc::new(move |request: Request<Bytes>| {
        let (status, body) = match request.method().as_str() {
            "GET" if request.uri().path().contains("event-type") => (
                200,
                json!({"data": [{"name": "order.created", "archived": false}], "done": true}),
            ),
            "GET" => (200, json!({"data": [], "iterator": null, "done": true})),
            _ => {
                let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
                let secret = body["secret"].as_str().unwrap_or_default().to_owned();
                kept.lock().unwrap().push(secret.clone());
                let rest = secret.trim_start_matches("whsec_");
                let detail = format!(
                    "cannot take {secret}, that is {rest}, {}",
                    rest.to_uppercase()
                );
                (
                    422,
                    json!({"detail": [{"loc": ["body", rest], "msg": detail, "type": "value_error"}]}),
                )
            }
        };
        Ok(Response::builder()
            .status(status)
            .body(body.to_string().into())
            .unwrap())
    }));
    (server, sent)
}

#[test]
fn a_provider_that_repeats_the_key_does_not_make_it_shown() {
    for source in ["'${env:ORDERS_KEY}'", "{ command: [cat, key.txt] }"] {
        for format in ["text", "json"] {
            let (server, sent) = echoing();
            let base_url = format!("http://{}/api/v1/", server.address);
            let webhooks = orders(URL, &format!("secret_from: {source}"));
            let workspace = at(&base_url, &webhooks).env("ORDERS_KEY", KEY);
            workspace.write("key.txt", format!("{KEY}\n"));
            let run = workspace
                .run(&[
                    "apply",
                    "--auto-approve",
                    "-vvv",
                    "--audit-log",
                    "audit.jsonl",
                    "--format",
                    format,
                ])
                .code(1);
            assert_eq!(*sent.lock().unwrap(), [KEY]);
            assert!(run.shown().contains("cannot take •••"), "{}", run.shown());
            is_silent(&run, &workspace);
        }
    }
}

#[test]
fn a_variable_that_is_not_set_is_said_before_anything_is_sent() {
    let api = svix(|builder| builder);
    let webhooks = orders(URL, "secret_from: '${env:ORDERS_KEY}'");
    let workspace = at(&api.base_url(), &webhooks);
    let run = workspace.run(&["apply", "--auto-approve"]).code(65);
    insta::assert_snapshot!(run.stderr);
    assert_eq!(api.requests(), Vec::<String>::new());
    // Offline, nobody knows it.
    let _ = workspace.run(&["validate"]).code(0);
}

#[test]
fn a_program_runs_only_where_a_create_needs_its_key_and_before_the_first_write() {
    let api = svix(|builder| builder);
    let other = "\n  all: { url: 'https://hooks.example.com/all', events: ['*'], secret_to: { file: all.key } }";
    let chosen = |script: &str| {
        orders(
            URL,
            &format!("secret_from: {{ command: [sh, -c, '{script}'] }}"),
        )
    };
    for (script, said) in [
        ("exit 3", "`sh` failed: exit status: 3"),
        (
            "echo",
            "it is empty; Svix takes `whsec_` and the base64 of 24 to 75 random bytes",
        ),
        (
            "echo whsec_CanaryCanary",
            "it has 9 bytes after `whsec_`, and must have 24 to 75",
        ),
        ("echo Canary", "it does not begin with `whsec_`"),
        (
            "echo whsec_Canary!",
            "it has something after `whsec_` that is not base64 with its padding",
        ),
    ] {
        let webhooks = chosen(&format!("touch ran; {script}")) + other;
        let workspace = at(&api.base_url(), &webhooks);
        // A plan needs none, and runs none.
        let _ = workspace.run(&["plan", "--out", "p.plan"]).code(0);
        assert!(!workspace.path().join("ran").exists());
        for arguments in [&["apply", "--auto-approve"][..], &["apply", "p.plan"]] {
            let run = workspace.run(arguments).code(1);
            let whole = "the signing secret that `secret_from` gives `orders` of environment `sandbox` cannot be used";
            for text in [whole, said, "nothing was changed"] {
                assert!(words(&run).contains(text), "{text}: {}", run.shown());
            }
            is_silent(&run, &workspace);
            assert_eq!(writes(&api), 0, "{}", run.shown());
        }
    }
    let workspace = at(
        &api.base_url(),
        &chosen(&format!("echo ran >> ran; echo {KEY}")),
    );
    for _ in 0..2 {
        let run = workspace.run(&["apply", "--auto-approve"]).code(0);
        is_silent(&run, &workspace);
    }
    // It is live now: nothing compares its key, and nothing asks for it.
    let ran = std::fs::read_to_string(workspace.path().join("ran")).unwrap();
    assert_eq!((ran.as_str(), live(&api)), ("ran\n", 1));
}

#[test]
fn a_create_whose_answer_is_lost_is_sent_again_with_the_key() {
    for fault in ["reset-after", "timeout-after", "empty"] {
        let rule = format!("post:1={fault}").parse().unwrap();
        let api = svix(|builder| builder.fault(rule));
        let workspace = from_variable(&api);
        let run = workspace
            .run(&["apply", "--auto-approve", "--timeout", "1s"])
            .code(0);
        is_silent(&run, &workspace);
        assert_eq!(live(&api), 1, "{fault}");
    }
}

#[test]
fn a_plan_says_that_a_key_was_chosen_and_compares_none() {
    let api = svix(|builder| builder);
    let workspace = from_variable(&api);
    let plan = workspace.run(&["plan", "--format", "json"]).code(0).json();
    let note = &plan["environments"][0]["operations"][0]["notes"][0];
    assert_eq!(note["code"], "chosen-secret", "{plan}");
    let run = workspace.run(&["plan"]).code(0);
    let said = "it gets the signing secret that `secret_from` gives";
    assert!(words(&run).contains(said), "{}", run.shown());
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let other = KEY.replace("CanaryCa", "CanaryCb");
    let _ = workspace
        .env("ORDERS_KEY", &other)
        .run(&["plan", "--detailed-exitcode"])
        .code(0);
}

#[test]
fn what_an_override_says_of_keys_replaces_both() {
    let api = svix(|builder| builder);
    let over = "environments: { sandbox: { secret_from: '${env:ORDERS_KEY}' } }";
    let webhooks = orders(URL, &format!("secret_to: {{ file: orders.key }}, {over}"));
    let workspace = at(&api.base_url(), &webhooks).env("ORDERS_KEY", KEY);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert_eq!(live(&api), 1);
    // Whoever chose it has it.
    assert!(!workspace.path().join("orders.key").exists());
}
