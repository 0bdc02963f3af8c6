//! A provider that sends events again itself is asked to.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use hookwright::{
    delivery::signature::{self, Freshness, Received},
    model::{EnvType, Secret},
    provider::svix::PROFILE as SVIX,
    simulator::{DeliveryRecord, Quirks},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::*;
use crate::support::{
    credentials,
    proxy::{Listening, through},
    svix::account,
    tools::client,
};

const ASK: &[&str] = &[
    "history",
    "replay",
    "--to",
    "orders",
    "--archive",
    "a.db",
    "--auto-approve",
    "--rate",
    "60000",
];
const GAPS: &[&str] = &["--gaps", "--since", "1d"];
const FAILED: &[&str] = &["--status", "failed", "--since", "1d"];

fn svix() -> Api {
    svix_at(&Arc::default())
}

/// The provider, whose clock is so many minutes ahead.
fn svix_at(minutes: &Arc<AtomicI64>) -> Api {
    let minutes = minutes.clone();
    let ahead = move || SignedDuration::from_mins(minutes.load(Ordering::SeqCst));
    let clock = move || Timestamp::now() + ahead();
    let quirks = Quirks {
        disable_after: 0,
        ..Quirks::default()
    };
    Api::with_clock(&SVIX, Arc::new(clock), |builder| builder.quirks(quirks))
}

/// A workspace whose webhook is at this URL, and live.
fn applied(api: &Api, url: &str) -> Workspace {
    let workspace = declared(api, url, "");
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    workspace
}

fn declared(api: &Api, url: &str, more: &str) -> Workspace {
    let (token, application) = account();
    let manifest = format!(
        "version: 1
environments:
  sandbox:
    provider: svix
    base_url: [API]
    credentials: {{ token: '${{env:SVIX_TOKEN}}', application: {application} }}
webhooks:
  orders: {{ url: '{url}', events: [order.created, invoice.paid], secret_to: {{ file: orders.key }}{more} }}
"
    );
    api.workspace(&manifest)
        .env("SVIX_TOKEN", &token)
        .env("TZ", "UTC")
}

/// Attempts of some minutes ago: three events, of which two were tried twice, and one arrived at last.
fn attempts(api: &Api, url: &str) {
    let (_, credentials) = credentials(&SVIX);
    let account = api.simulator.account(&credentials);
    for (event, minutes, status) in [
        ("order.created", 40, Some(503)),
        ("order.created", 40, None),
        ("invoice.paid", 30, Some(503)),
        ("invoice.paid", 30, Some(503)),
        ("order.created", 20, Some(503)),
        ("order.created", 20, Some(200)),
        ("invoice.paid", 10, Some(503)),
    ] {
        let record = DeliveryRecord {
            webhook_id: String::new(),
            event_type: event.to_owned(),
            event_created_at: at(minutes),
            status_code: status,
            error_message: None,
            webhook_payload: json!({"minutes": minutes}),
            webhook_url: url.to_owned(),
        };
        let stored = api
            .simulator
            .record_delivery(&account, EnvType::Production, record);
        stored.unwrap();
    }
}

fn archive(workspace: &Workspace) {
    let sync = ["history", "sync", "--archive", "a.db", "--quiet"];
    let _ = workspace.run(&sync).code(0);
}

fn ask(workspace: &Workspace, more: &[&str]) -> Run {
    workspace.run(&[ASK, more, &["--format", "json"]].concat())
}

#[track_caller]
fn asked(run: &Run) -> Value {
    let document = run.json();
    assert_eq!(document["kind"], "history-replay-asked");
    let schema = hookwright::report::json::schemas()
        .remove("history-replay-asked")
        .unwrap();
    assert!(jsonschema::is_valid(&schema, &document), "{document:#}");
    document
}

fn count(document: &Value, list: &str, fate: &str) -> usize {
    let all = document[list].as_array().unwrap().iter();
    all.filter(|one| one["fate"] == fate).count()
}

/// What was asked for, as paths below the application.
fn requests(api: &Api) -> Vec<String> {
    let asked = api.requests().into_iter();
    let asked = asked.filter(|request| request.contains("resend") || request.contains("recover"));
    let (_, application) = account();
    asked
        .map(|request| request.replace(&application, "APP"))
        .collect()
}

fn id(request: &Request<Bytes>) -> String {
    request.headers()["svix-id"].to_str().unwrap().to_owned()
}

/// Waits until the history has so many attempts: a record is written after its answer.
#[track_caller]
fn wait_for_attempts(api: &Api, count: usize) {
    let begun = std::time::Instant::now();
    while api.simulator.deliveries().len() < count {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing came");
        std::thread::yield_now();
    }
}

/// A receiver that answers 503 until it is well.
fn recovering() -> (Receiver, Arc<AtomicBool>) {
    let well = Arc::new(AtomicBool::new(false));
    let is_well = well.clone();
    let receiver = Receiver::start(move |_, _| {
        let status = if is_well.load(Ordering::SeqCst) {
            200
        } else {
            503
        };
        Some(with_status(status))
    });
    (receiver, well)
}

/// Three events of twenty minutes ago that fail four times each; then the receiver is well.
fn outage(api: &Api, minutes: &AtomicI64, well: &AtomicBool) {
    minutes.store(-20, Ordering::SeqCst);
    for event in ["order.created", "invoice.paid", "order.created"] {
        let _ = api.emit(&[event]).code(1);
    }
    wait_for_attempts(api, 12);
    minutes.store(0, Ordering::SeqCst);
    well.store(true, Ordering::SeqCst);
}

#[track_caller]
fn are_signed(workspace: &Workspace, received: &[Request<Bytes>]) {
    let key = fs::read_to_string(workspace.path().join("orders.key")).unwrap();
    for request in received {
        let headers = request.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let received = Received::of(SVIX.signature, headers);
        let key = Secret::new(key.trim());
        let verified = signature::verify(
            SVIX.signature,
            &key,
            request.body(),
            &received,
            Freshness::Any,
        );
        assert!(verified.is_ok());
    }
}

#[test]
fn what_failed_in_a_span_is_asked_for_at_once_and_arrives() {
    let (minutes, (receiver, well)) = (Arc::default(), recovering());
    let api = svix_at(&minutes);
    let workspace = applied(&api, &receiver.url("/in")).redact(receiver.port(), "[RECEIVER]");
    outage(&api, &minutes, &well);
    archive(&workspace);
    assert_eq!(gaps(&workspace), 3);
    let more = [FAILED, &["--audit-log", "audit.log", "--actor", "ana"]].concat();
    let run = workspace.run(&[ASK, &more[..]].concat()).code(0);
    insta::assert_snapshot!("asked_for_a_span", shown(&run));
    receiver.wait_for(15);
    wait_for_attempts(&api, 15);
    let received = receiver.received();
    let ids = |range: std::ops::Range<usize>| -> BTreeSet<String> {
        received[range].iter().map(id).collect()
    };
    // Each event once, as what it was.
    assert_eq!((ids(12..15).len(), ids(12..15)), (3, ids(0..12)));
    are_signed(&workspace, &received[12..15]);
    // What is fetched has been there for a while. The archive has no payloads.
    minutes.store(20, Ordering::SeqCst);
    archive(&workspace);
    assert_eq!(gaps(&workspace), 0);
    let log = fs::read_to_string(workspace.path().join("audit.log")).unwrap();
    assert_eq!(log.matches(r#""action":"ask-replay""#).count(), 2);
    let _ = workspace.run(&["audit", "audit.log"]).code(0);
}

/// `1d` ago is another moment in each run: what was asked for is not asked for again, whatever the span is called.
#[test]
fn no_moment_is_asked_for_twice() {
    let (api, url) = (svix(), "https://hooks.example.com/in");
    let workspace = applied(&api, url);
    attempts(&api, url);
    archive(&workspace);
    let until = at(5).to_string();
    let first = [FAILED, &["--until", &until]].concat();
    let first = asked(&ask(&workspace, &first).code(0));
    assert_eq!((&first["asked"], &first["failed"]), (&1.into(), &6.into()));
    let again = asked(&ask(&workspace, FAILED).code(0));
    assert_eq!(count(&again, "spans", "asked-before"), 1);
    let new = &again["spans"][1];
    assert_eq!(
        (&new["fate"], &new["since"]),
        (&"asked".into(), &first["spans"][0]["until"])
    );
    // A span that has ended is done for good.
    let day = |minutes| at(minutes).to_string();
    let ended = [
        "--status",
        "failed",
        "--since",
        &day(600),
        "--until",
        &day(5),
    ];
    let done = asked(&ask(&workspace, &ended).code(0));
    assert_eq!(
        (&done["outcome"], &done["open"]),
        (&"nothing".into(), &0.into())
    );
    assert_eq!(requests(&api).len(), 2, "{:#?}", requests(&api));
}

#[test]
fn single_events_are_asked_for_once_however_often_they_were_tried() {
    let (api, url) = (svix(), "https://hooks.example.com/in");
    let workspace = applied(&api, url);
    attempts(&api, url);
    archive(&workspace);
    // One of the four arrived at last.
    assert_eq!(gaps(&workspace), 3);
    let run = ask(&workspace, GAPS).code(0);
    let document = asked(&run);
    assert_eq!(
        (&document["asked"], count(&document, "events", "asked")),
        (&3.into(), 3)
    );
    let asked_for: BTreeSet<String> = requests(&api).into_iter().collect();
    assert_eq!(asked_for.len(), 3);
    assert!(
        asked_for
            .iter()
            .all(|request| request.ends_with("/resend 202")),
        "{asked_for:#?}"
    );
    let again = asked(&ask(&workspace, GAPS).code(0));
    assert_eq!(
        (&again["outcome"], &again["asked_before"]),
        (&"nothing".into(), &3.into())
    );
    // The second attempt at an event that was asked for, and one that arrived.
    let listed = workspace.run(&[
        "history",
        "--archive",
        "a.db",
        "--format",
        "json",
        "--limit",
        "0",
    ]);
    let listed = listed.code(0).json();
    let listed = listed["environments"][0]["deliveries"]
        .as_array()
        .unwrap()
        .clone();
    let of = |status: Value| {
        let mut found = listed.iter().filter(|one| one["status_code"] == status);
        found.next().unwrap()["webhook_id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let ids = [
        "--id",
        &of(Value::Null),
        "--id",
        &of(200.into()),
        "--id",
        "atmpt_none",
    ];
    let by_id = asked(&ask(&workspace, &ids).code(4));
    assert_eq!(
        (&by_id["asked"], &by_id["asked_before"]),
        (&1.into(), &1.into())
    );
    assert_eq!(by_id["unknown_ids"], json!(["atmpt_none"]));
    assert_eq!(requests(&api).len(), 4);
}

/// What the provider has forgotten is named: nobody can send it.
#[test]
fn what_the_provider_does_not_know_any_more_is_named() {
    let (api, url) = (svix(), "https://hooks.example.com/in");
    let workspace = applied(&api, url);
    attempts(&api, url);
    archive(&workspace);
    let other = svix();
    let workspace = {
        let manifest = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
        workspace.write(
            "hookwright.yaml",
            manifest.replace(&api.base_url(), &other.base_url()),
        );
        workspace
    };
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let run = workspace.run(&[ASK, GAPS].concat()).code(1);
    assert_eq!(
        run.stdout
            .matches("Svix does not know the delivery")
            .count(),
        5,
        "{}",
        run.shown()
    );
    assert_eq!(requests(&other).len(), 0);
}

/// The paths of requests, each with the key by which repeating it is harmless.
#[cfg(unix)]
type Seen = Arc<Mutex<Vec<(String, String)>>>;

/// A run that is killed while the provider is asked: before it took that on, or after.
#[cfg(unix)]
fn killed(arguments: &[&str], kill_at: usize, is_taken_on: bool) -> (Api, Workspace, Seen) {
    let (api, url) = (svix(), "https://hooks.example.com/in");
    let workspace = applied(&api, url);
    attempts(&api, url);
    archive(&workspace);
    let (victim, seen) = (Victim::default(), Seen::default());
    let (shared, noted, asked) = (victim.clone(), seen.clone(), AtomicUsize::new(0));
    let proxy = Listening::start(through(
        api.simulator.clone(),
        Arc::new(move |request, _| {
            if request.method() != "POST" {
                return None;
            }
            let key = request.headers()["idempotency-key"].to_str().unwrap();
            let path = request.uri().path().to_owned();
            noted.lock().unwrap().push((path, key.to_owned()));
            if asked.fetch_add(1, Ordering::SeqCst) != kill_at {
                return None;
            }
            shared.kill();
            (!is_taken_on).then(|| with_status(500))
        }),
    ));
    let manifest = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    let through_it = format!("http://{}/api/v1/", proxy.address);
    workspace.write(
        "hookwright.yaml",
        manifest.replace(&api.base_url(), &through_it),
    );
    victim.start(workspace.command(&[ASK, arguments].concat()));
    victim.wait_for_end();
    // The next runs go the same way.
    std::mem::forget(proxy);
    (api, workspace, seen)
}

#[cfg(unix)]
#[test]
fn killed_at_any_request_it_asks_for_nothing_twice_unless_it_is_told_to() {
    for (kill_at, is_taken_on) in [
        (0, true),
        (0, false),
        (1, true),
        (1, false),
        (2, true),
        (2, false),
    ] {
        let point = format!("killed at {kill_at}, taken on: {is_taken_on}");
        let (api, workspace, seen) = killed(GAPS, kill_at, is_taken_on);
        let open = asked(&ask(&workspace, GAPS));
        assert_eq!(open["asked_before"], kill_at, "{point}: {open:#}");
        assert_eq!(open["asked"], 2 - kill_at, "{point}: {open:#}");
        assert_eq!(count(&open, "events", "unanswered-before"), 1, "{point}");
        let again = ask(&workspace, &[GAPS, &["--resend-unknown"]].concat()).code(0);
        let again = asked(&again);
        assert_eq!(
            (&again["asked"], &again["open"]),
            (&1.into(), &0.into()),
            "{point}"
        );
        // Twice with the same key, which says that it is one.
        let seen = seen.lock().unwrap().clone();
        let once: BTreeSet<_> = seen.iter().collect();
        assert_eq!((seen.len(), once.len()), (4, 3), "{point}: {seen:#?}");
        let taken_on = requests(&api);
        assert_eq!(taken_on.len(), if is_taken_on { 4 } else { 3 }, "{point}");
        assert!(
            taken_on.iter().all(|request| request.ends_with(" 202")),
            "{taken_on:#?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_span_that_was_asked_for_without_an_answer_stays_as_it_was() {
    for is_taken_on in [true, false] {
        let until = at(5).to_string();
        let first = [FAILED, &["--until", &until]].concat();
        let (_, workspace, seen) = killed(&first, 0, is_taken_on);
        let open = asked(&ask(&workspace, FAILED));
        assert_eq!(count(&open, "spans", "unanswered-before"), 1, "{open:#}");
        assert_eq!(open["asked"], 1, "only what came since: {open:#}");
        let resent = ask(&workspace, &[FAILED, &["--resend-unknown"]].concat()).code(0);
        let resent = asked(&resent);
        assert_eq!(resent["spans"][0]["fate"], "asked", "{resent:#}");
        let seen = seen.lock().unwrap().clone();
        assert_eq!(seen[0], seen[2], "{seen:#?}");
    }
}

#[test]
fn what_may_not_be_asked_for_is_refused_before_anything_is() {
    let (api, url) = (svix(), "https://hooks.example.com/in");
    let workspace = applied(&api, url);
    attempts(&api, url);
    archive(&workspace);
    let manifest = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    let mut shown = String::new();
    let mut refused = |workspace: &Workspace, arguments: &[&str], code| {
        let run = workspace.run(&[ASK, arguments].concat()).code(code);
        shown.push_str(&format!("$ … {}\n{}\n", arguments.join(" "), error(&run)));
    };
    refused(&workspace, &["--status", "failed", "--since", "15d"], 3);
    refused(
        &workspace,
        &["--status", "failed", "--since", "1h", "--until", "2h"],
        64,
    );
    let second =
        "  second:\n    provider: svix\n    env_type: sandbox\n    base_url: simulator\nwebhooks:";
    let only = manifest.replace(", secret_to", ", environments: [sandbox], secret_to");
    workspace.write("hookwright.yaml", only.replace("webhooks:", second));
    refused(
        &workspace,
        &[GAPS, &["-e", "sandbox", "--into", "second"]].concat(),
        3,
    );
    workspace.write(
        "hookwright.yaml",
        manifest.replace("example.com/in", "example.com/moved"),
    );
    refused(&workspace, GAPS, 3);
    workspace.write(
        "hookwright.yaml",
        manifest.replace(
            "    credentials:",
            "    allowed_hosts: [\"*.example.org\"]\n    credentials:",
        ),
    );
    refused(&workspace, GAPS, 65);
    workspace.write("hookwright.yaml", &manifest);
    let (_, credentials) = credentials(&SVIX);
    let account = api.simulator.account(&credentials);
    let live = api.simulator.webhooks(&account, EnvType::Production);
    api.simulator
        .edit(&live[0].id, |webhook| webhook.enabled = false)
        .unwrap();
    refused(&workspace, GAPS, 3);
    insta::assert_snapshot!("asked_and_refused", shown);
    assert_eq!(requests(&api).len(), 0);
}

/// Failures of the provider are told apart: what it refused is refused, and what it did not answer is not known.
#[test]
fn what_the_provider_refuses_or_leaves_open_is_said() {
    let (api, url) = (svix(), "https://hooks.example.com/in");
    let workspace = applied(&api, url);
    attempts(&api, url);
    archive(&workspace);
    api.simulator.add_fault(
        "post */resend:1=redirect:https://elsewhere.example.com/"
            .parse()
            .unwrap(),
    );
    let run = workspace.run(&[ASK, GAPS].concat()).code(4);
    let ids = regex::Regex::new("(msg|ep)_[0-9A-Za-z]+").unwrap();
    insta::assert_snapshot!(
        "asked_and_not_all",
        ids.replace_all(&shown(&run), "${1}_[ID]")
    );
    let again = asked(&ask(&workspace, GAPS).code(0));
    assert_eq!(
        (&again["asked"], &again["asked_before"]),
        (&1.into(), &2.into())
    );
}

/// The vendor's client reads what came of it, and asks for the same as this program.
#[test]
fn the_official_client_reads_what_was_sent_again_and_asks_as_we_do() {
    let Some(mut python) = client("python3") else {
        return;
    };
    let (minutes, (receiver, well)) = (Arc::default(), recovering());
    let api = svix_at(&minutes);
    let workspace = applied(&api, &receiver.url("/in"));
    outage(&api, &minutes, &well);
    archive(&workspace);
    let _ = ask(&workspace, GAPS).code(0);
    receiver.wait_for(15);
    wait_for_attempts(&api, 15);
    let script =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/svix_replays.py");
    let (token, application) = account();
    let base = api.base_url();
    let base = base.trim_end_matches("/api/v1/");
    let output = python
        .arg(script)
        .args([&token, &application, base])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // It asks for one that has arrived; that nothing failed, it asks for, too.
    receiver.wait_for(16);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let received = receiver.received();
    let sent_again: BTreeSet<String> = received[12..15].iter().map(id).collect();
    let delivered: BTreeSet<String> = serde_json::from_value(told["delivered"].clone()).unwrap();
    assert_eq!(delivered, sent_again);
    assert_eq!(told["resent"], id(&received[15]));
    let paths: BTreeSet<String> = requests(&api)
        .iter()
        .map(|request| {
            let resent = told["resent"].as_str().unwrap();
            request.replace(resent, "MSG")
        })
        .collect();
    assert!(
        paths.iter().any(|path| path.contains("/msg/MSG/endpoint/")),
        "{paths:#?}"
    );
    are_signed(&workspace, &received);
}

/// Without `--auto-approve` somebody is asked first, and sees what the provider would be asked for.
#[cfg(unix)]
#[test]
fn only_a_yes_on_a_terminal_asks() {
    use crate::support::process::on_terminal;

    let (api, url) = (svix(), "https://hooks.example.com/in");
    let workspace = applied(&api, url);
    attempts(&api, url);
    archive(&workspace);
    let arguments: Vec<&str> = [ASK, GAPS].concat();
    let unapproved: Vec<&str> = arguments
        .into_iter()
        .filter(|argument| *argument != "--auto-approve")
        .collect();
    let refused = workspace.run(&unapproved).code(3);
    assert!(
        refused.stderr.contains("--auto-approve"),
        "{}",
        refused.shown()
    );
    for (typed, expected, sent) in [("no\n", 3, 0), ("yes\n", 0, 3)] {
        let before = || assert!(requests(&api).is_empty(), "asked before the answer");
        let command = workspace.command(&unapproved);
        let question = "Only `yes` asks for them: ";
        let (code, stdout, screen) = on_terminal(command, question, before, typed);
        assert_eq!(code, Some(expected), "{typed:?}: {screen}");
        assert!(stdout.contains("Svix is asked to send again"), "{stdout}");
        assert_eq!(requests(&api).len(), sent, "{typed:?}");
    }
}
