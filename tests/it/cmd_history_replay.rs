//! `history replay`: lost events, sent again to a receiver that verifies signatures and drops what it has.

mod asked;
#[cfg(unix)]
mod outage;

use std::{collections::BTreeSet, fs};
#[cfg(unix)]
use std::{
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use serde_json::Value;

use crate::support::{
    Api, Run, SANDBOX_SECRET, Workspace,
    history::{Seeded, at, seed},
    receiver::{Receiver, is_signed, redirect, with_status},
    sandbox_manifest,
};

const REPLAY: &[&str] = &[
    "history",
    "replay",
    "--gaps",
    "--to",
    "orders",
    "--since",
    "1d",
    "--archive",
    "a.db",
    "--auto-approve",
    "--allow-private",
    "--rate",
    "60000",
];

/// What stands in the webhook's URL, and nowhere that is shown.
const TOKEN: &str = "token-of-orders";

fn orders(receiver: &Receiver) -> String {
    receiver.url(&format!("/{TOKEN}/orders"))
}

/// A workspace whose webhook is at a receiver.
fn workspace(api: &Api, receiver: &Receiver) -> Workspace {
    let url = receiver.url("/${env:TOKEN}/orders");
    let webhooks =
        format!("  orders:\n    url: {url}\n    events: [order-created, order-status-updated]\n");
    api.workspace(&sandbox_manifest(&webhooks))
        .env("TZ", "UTC")
        .env("TOKEN", TOKEN)
        .redact(receiver.port(), "[RECEIVER]")
}

/// Ten minutes in which the receiver was down: a failed delivery each minute, of three orders, after one that arrived.
fn outage(api: &Api, receiver: &Receiver) {
    let url = orders(receiver);
    let sent = |event: &str, minutes, status| Seeded::new(&url, event, at(minutes), status);
    seed(
        api,
        sent("order-created", 60, Some(200)).of("order_id", "order-0"),
    );
    for minute in 0..10 {
        let order = format!("order-{}", minute % 3);
        let status = [Some(503), None][usize::try_from(minute % 2).unwrap()];
        let failed = sent("order-status-updated", 40 - minute, status).of("order_id", &order);
        seed(api, failed);
    }
}

/// An archive of what such an outage lost, and the account that it is of.
fn lost_at(receiver: &Receiver) -> (Api, Workspace) {
    let api = Api::now();
    let workspace = workspace(&api, receiver);
    outage(&api, receiver);
    sync(&workspace);
    (api, workspace)
}

fn sync(workspace: &Workspace) {
    let arguments = [
        "history",
        "sync",
        "--archive",
        "a.db",
        "--payload",
        "--quiet",
    ];
    let _ = workspace.run(&arguments).code(0);
}

fn gaps(workspace: &Workspace) -> usize {
    let arguments = ["history", "gaps", "--since", "1d", "--archive", "a.db"];
    workspace.run(&arguments).code(0).stdout.lines().count()
}

fn replay(workspace: &Workspace, more: &[&str]) -> Run {
    workspace.run(&[REPLAY, &["--format", "json"], more].concat())
}

#[track_caller]
fn document(run: &Run) -> Value {
    let document = run.json();
    let schema = hookwright::report::json::schemas()
        .remove("history-replay")
        .unwrap();
    assert!(jsonschema::is_valid(&schema, &document), "{document:#}");
    document
}

/// What was shown, without the moments of the events.
fn shown(run: &Run) -> String {
    let moment = regex::Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d").unwrap();
    moment.replace_all(&run.shown(), "[MOMENT]").into_owned()
}

fn delivery(request: &Request<Bytes>) -> String {
    let id = &request.headers()["x-hookwright-replay"];
    id.to_str().unwrap().to_owned()
}

#[test]
fn what_was_lost_arrives_as_it_was_kept_in_order_and_once() {
    let receiver = Receiver::verifying(SANDBOX_SECRET);
    let (_api, workspace) = lost_at(&receiver);
    // What is lost is told by object: the last event of each.
    assert_eq!(gaps(&workspace), 3);
    let run = workspace.run(&[REPLAY, &["--audit-log", "audit.log", "--actor", "ana"]].concat());
    insta::assert_snapshot!("replayed", shown(&run.code(0)));
    // All of what the archive has of them, byte for byte and in their order.
    let list = [
        "history",
        "--archive",
        "a.db",
        "--failed",
        "--payload",
        "--reveal",
        "--limit",
        "0",
        "--format",
        "jsonl",
    ];
    let kept = workspace.run(&list).code(0).stdout;
    let kept = kept.lines().rev();
    let kept: Vec<(String, String)> = kept
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|row| {
            let id = row["webhook_id"].as_str().unwrap().to_owned();
            (id, row["webhook_payload"].to_string())
        })
        .collect();
    let received = receiver.received();
    let arrived: Vec<(String, String)> = received
        .iter()
        .map(|request| {
            let body = String::from_utf8(request.body().to_vec()).unwrap();
            (delivery(request), body)
        })
        .collect();
    assert_eq!(arrived, kept);
    assert_eq!(arrived.len(), 10);
    assert!(
        received
            .iter()
            .all(|request| is_signed(request, SANDBOX_SECRET))
    );
    assert_eq!(gaps(&workspace), 0);
    // Nothing is left to send.
    let again = replay(&workspace, &[]).code(0);
    let again = document(&again);
    assert_eq!(
        (&again["outcome"], &again["taken_before"]),
        (&"nothing".into(), &10.into())
    );
    assert_eq!(receiver.received().len(), 10);
    // Each request has two lines, in a log that is whole.
    let log = fs::read_to_string(workspace.path().join("audit.log")).unwrap();
    assert_eq!(
        log.lines()
            .filter(|line| line.contains(r#""action":"replay""#))
            .count(),
        20
    );
    let _ = workspace.run(&["audit", "audit.log"]).code(0);
    let journal = fs::read_to_string(workspace.path().join("a.db.replays")).unwrap();
    for shown in [&log, &journal, &again.to_string()] {
        assert!(
            ![SANDBOX_SECRET, TOKEN]
                .iter()
                .any(|secret| shown.contains(secret))
        );
    }
}

/// What another webhook got while this one was disabled is what it lost.
#[test]
fn what_was_not_sent_is_taken_from_what_others_got() {
    let (api, receiver) = (Api::now(), Receiver::verifying(SANDBOX_SECRET));
    let workspace = workspace(&api, &receiver);
    let (own, other) = (orders(&receiver), receiver.url("/other"));
    for (url, minutes) in [(&own, 60), (&other, 60), (&other, 30)] {
        let sent = Seeded::new(url, "order-created", at(minutes), Some(200));
        seed(&api, sent.of("order_id", "order-1"));
    }
    sync(&workspace);
    let run = replay(&workspace, &[]).code(0);
    assert_eq!(document(&run)["taken"], 1, "{}", run.stdout);
    assert_eq!(gaps(&workspace), 0);
}

/// A folder of Parquet files has no place beside it: the journal is where somebody says.
#[test]
fn from_a_folder_of_parquet_files_it_is_the_same() {
    let (api, receiver) = (Api::now(), Receiver::verifying(SANDBOX_SECRET));
    let workspace = workspace(&api, &receiver);
    outage(&api, &receiver);
    let folder = format!("file://{}/kept", workspace.path().display());
    let workspace = workspace.env("HOOKWRIGHT_ARCHIVE", &folder);
    let _ = workspace
        .run(&["history", "sync", "--payload", "--quiet"])
        .code(0);
    let replay = |more: &[&str], code| {
        let mut arguments = REPLAY.to_vec();
        arguments.retain(|argument| !["--archive", "a.db"].contains(argument));
        let run = workspace.run(&[&arguments[..], &["--format", "json"], more].concat());
        run.code(code)
    };
    let run = replay(&[], 64);
    assert!(run.stderr.contains("`--journal`"), "{}", run.shown());
    let journal = ["--journal", "replays.jsonl"];
    assert_eq!(document(&replay(&journal, 0))["taken"], 10);
    assert_eq!(document(&replay(&journal, 0))["taken_before"], 10);
    assert_eq!(receiver.received().len(), 10);
    let gaps = [
        "history",
        "gaps",
        "--since",
        "1d",
        "--journal",
        "replays.jsonl",
    ];
    assert_eq!(workspace.run(&gaps).code(0).stdout, "");
    let gaps = ["history", "gaps", "--since", "1d"];
    assert_eq!(workspace.run(&gaps).code(0).stdout.lines().count(), 3);
}

#[test]
fn failed_deliveries_and_single_ones_can_be_chosen() {
    let receiver = Receiver::verifying(SANDBOX_SECRET);
    let (_api, workspace) = lost_at(&receiver);
    let id = format!("{:032x}", 4);
    let arguments = [
        "history",
        "replay",
        "--id",
        &id,
        "--id",
        "none",
        "--to",
        "orders",
        "--archive",
        "a.db",
        "--auto-approve",
        "--allow-private",
        "--format",
        "json",
    ];
    let run = workspace.run(&arguments).code(4);
    let by_id = document(&run);
    assert_eq!(
        (&by_id["taken"], &by_id["unknown_ids"][0]),
        (&1.into(), &"none".into())
    );
    assert_eq!(delivery(&receiver.received()[0]), id);
    let failed = REPLAY.iter().flat_map(|argument| match *argument {
        "--gaps" => vec!["--status", "failed"],
        other => vec![other],
    });
    let arguments: Vec<&str> = failed.chain(["--format", "json"]).collect();
    let all = document(&workspace.run(&arguments).code(0));
    assert_eq!(
        (&all["taken"], &all["taken_before"]),
        (&9.into(), &1.into())
    );
}

#[test]
fn it_stops_where_the_receiver_is_not_well_and_nothing_overtakes_what_failed() {
    let receiver = Receiver::answering(503);
    let (_api, workspace) = lost_at(&receiver);
    let run = workspace.run(&[REPLAY, &["--max-failures", "2"]].concat());
    insta::assert_snapshot!("receiver_not_well", shown(&run.code(1)));
    assert_eq!(receiver.received().len(), 2);
    // The first of each order fails; what follows it is held back.
    let run = replay(&workspace, &[]).code(1);
    let events = document(&run)["events"].clone();
    let count = |fate: &str| {
        let events = events.as_array().unwrap().iter();
        events.filter(|event| event["fate"] == fate).count()
    };
    assert_eq!((count("not-taken"), count("held-back")), (3, 7));
    assert_eq!(gaps(&workspace), 3);
}

/// A run that is killed from within the receiver that it sends to.
#[cfg(unix)]
#[derive(Clone, Default)]
struct Victim(Arc<(Mutex<Option<Child>>, Condvar)>);

#[cfg(unix)]
impl Victim {
    /// Starts it. Nobody can kill it before it is known.
    fn start(&self, mut command: Command) {
        let mut running = self.0.0.lock().unwrap();
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        *running = Some(quiet.spawn().unwrap());
    }

    /// Ends it as a power cut would.
    fn kill(&self) {
        let mut running = self.0.0.lock().unwrap();
        let mut child = running.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        self.0.1.notify_all();
    }

    /// Waits until it was killed.
    #[track_caller]
    fn wait_for_end(&self) {
        let running = self.0.0.lock().unwrap();
        let far_longer = Duration::from_secs(60);
        let waited = self
            .0
            .1
            .wait_timeout_while(running, far_longer, |running| running.is_some());
        assert!(!waited.unwrap().1.timed_out(), "it was not killed");
    }
}

/// `kill -9` at each request: what was acknowledged is never sent again, and what got no answer only when asked for.
#[cfg(unix)]
#[test]
fn killed_at_any_request_it_goes_on_without_sending_twice_what_was_taken() {
    use std::sync::atomic::{AtomicBool, Ordering};

    for kill_at in 0..10 {
        let victim = Victim::default();
        let (shared, done) = (victim.clone(), AtomicBool::new(false));
        let receiver = Receiver::start(move |request, before| {
            if before == kill_at && !done.swap(true, Ordering::SeqCst) {
                shared.kill();
            }
            Some(with_status(if is_signed(request, SANDBOX_SECRET) {
                200
            } else {
                401
            }))
        });
        let api = Api::now();
        let workspace = workspace(&api, &receiver);
        outage(&api, &receiver);
        sync(&workspace);
        victim.start(workspace.command(REPLAY));
        victim.wait_for_end();
        // Without a word, what got no answer stays where it is, and so does what follows it.
        let run = replay(&workspace, &[]);
        let found = document(&run);
        let open: Vec<&Value> = found["events"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|event| event["fate"] == "unanswered-before")
            .collect();
        assert_eq!(open.len(), 1, "killed at {kill_at}: {found:#}");
        assert_eq!(found["taken_before"], kill_at, "{found:#}");
        let lost = open[0]["delivery"].as_str().unwrap().to_owned();
        let run = replay(&workspace, &["--resend-unknown"]).code(0);
        assert_eq!(document(&run)["open"], 0, "{}", run.stdout);
        let arrived: Vec<String> = receiver.received().iter().map(delivery).collect();
        let once: BTreeSet<&String> = arrived.iter().collect();
        assert_eq!((once.len(), arrived.len()), (10, 11), "killed at {kill_at}");
        assert_eq!(arrived.iter().filter(|id| **id == lost).count(), 2);
        assert_eq!(gaps(&workspace), 0);
    }
}

#[test]
fn what_may_not_be_sent_is_refused_before_anything_is() {
    let (api, receiver) = (Api::now(), Receiver::answering(200));
    let url = orders(&receiver);
    let credentials = "    credentials:
      client_id: ${env:TRUV_CLIENT_ID}
";
    let manifest = format!(
        "version: 1
environments:
  sandbox:
    provider: truv
    base_url: [API]
{credentials}      access_secret: ${{env:TRUV_SANDBOX_SECRET}}
  dev:
    provider: truv
    base_url: [API]
{credentials}      access_secret: ${{env:TRUV_DEV_SECRET}}
  prod:
    provider: truv
    base_url: [API]
{credentials}      access_secret: ${{env:TRUV_PROD_SECRET}}
  other:
    provider: stripe
    env_type: sandbox
    base_url: simulator
webhooks:
  orders: {{ url: \"{url}\", events: [order-created], environments: [sandbox, dev, prod] }}
"
    );
    let workspace = api.workspace(&manifest).env("TZ", "UTC");
    outage(&api, &receiver);
    sync_of(&workspace, "sandbox");
    let mut shown = String::new();
    for (arguments, code) in [
        (&["-e", "sandbox", "--into", "prod"][..], 3),
        (&["-e", "prod", "--into", "sandbox"][..], 3),
        (&["-e", "sandbox", "--into", "other"][..], 3),
        (&["-e", "other"][..], 3),
        (&["-e", "sandbox", "--into", "deev"][..], 64),
        (&[][..], 64),
    ] {
        let run = workspace.run(&[REPLAY, arguments].concat()).code(code);
        shown.push_str(&format!("$ … {}\n{}", arguments.join(" "), error(&run)));
    }
    let mut unapproved = REPLAY.to_vec();
    unapproved.retain(|argument| *argument != "--auto-approve");
    let run = workspace
        .run(&[&unapproved[..], &["-e", "sandbox"]].concat())
        .code(3);
    shown.push_str(&format!("$ … without `--auto-approve`\n{}", error(&run)));
    let mut elsewhere = REPLAY.to_vec();
    elsewhere[4] = "ordres";
    let run = workspace
        .run(&[&elsewhere[..], &["-e", "sandbox"]].concat())
        .code(64);
    shown.push_str(&format!("$ … --to ordres\n{}", error(&run)));
    insta::assert_snapshot!("refused", shown);
    assert_eq!(receiver.received().len(), 0);
    // Into another environment, with its own secret, where neither is production.
    let run = workspace
        .run(&[REPLAY, &["-e", "sandbox", "--into", "dev"]].concat())
        .code(0);
    assert_eq!(receiver.received().len(), 10, "{}", run.stdout);
    let dev = crate::support::DEV_SECRET;
    assert!(
        receiver
            .received()
            .iter()
            .all(|request| is_signed(request, dev))
    );
    // What dev got, sandbox has not.
    let arguments = [
        "history",
        "gaps",
        "--since",
        "1d",
        "--archive",
        "a.db",
        "-e",
        "sandbox",
    ];
    assert_eq!(workspace.run(&arguments).code(0).stdout.lines().count(), 3);
}

/// The error of a run, without the warnings before it.
fn error(run: &Run) -> String {
    let lines = run.stderr.lines();
    let lines = lines.skip_while(|line| !line.starts_with("error:"));
    lines.map(|line| format!("{line}\n")).collect()
}

fn sync_of(workspace: &Workspace, environment: &str) {
    let arguments = [
        "history",
        "sync",
        "--archive",
        "a.db",
        "--payload",
        "--quiet",
        "-e",
        environment,
    ];
    let _ = workspace.run(&arguments).code(0);
}

#[test]
fn nothing_is_sent_on_to_a_host_that_is_not_allowed() {
    let elsewhere = Receiver::answering(200);
    let to = elsewhere.url("/").replace("127.0.0.1", "localhost");
    let receiver = Receiver::start(move |_, _| Some(redirect(307, &to)));
    let api = Api::now();
    let url = orders(&receiver);
    let manifest = sandbox_manifest(&format!(
        "  orders:\n    url: {url}\n    events: [order-created, order-status-updated]\n"
    ));
    let manifest = manifest.replace(
        "    credentials:",
        "    allowed_hosts: [\"127.0.0.1\"]\n    credentials:",
    );
    let workspace = api.workspace(&manifest);
    outage(&api, &receiver);
    sync(&workspace);
    let run = replay(&workspace, &["--max-failures", "1"]).code(1);
    let found = document(&run);
    let why = found["events"][0]["why"].as_str().unwrap();
    assert!(why.contains("`allowed_hosts` does not allow"), "{why}");
    assert_eq!(
        (receiver.received().len(), elsewhere.received().len()),
        (1, 0)
    );
}

#[test]
fn without_payloads_nothing_can_be_sent_and_that_is_said() {
    let (api, receiver) = (Api::now(), Receiver::answering(200));
    let workspace = workspace(&api, &receiver);
    outage(&api, &receiver);
    let _ = workspace
        .run(&["history", "sync", "--archive", "a.db", "--quiet"])
        .code(0);
    let run = workspace.run(REPLAY).code(1);
    insta::assert_snapshot!("without_payloads", run.shown());
    assert_eq!(receiver.received().len(), 0);
}

#[test]
fn a_journal_that_cannot_be_read_stops_everything_and_a_torn_line_nothing() {
    let receiver = Receiver::verifying(SANDBOX_SECRET);
    let (_api, workspace) = lost_at(&receiver);
    let _ = replay(&workspace, &[]).code(0);
    let path = workspace.path().join("a.db.replays");
    let whole = fs::read_to_string(&path).unwrap();
    assert_eq!(whole.lines().count(), 20);
    assert!(!whole.contains("pending"), "no payload is in it");
    // The power failed while the last line was written: that event's end is not known.
    workspace.write("a.db.replays", &whole[..whole.len() - 20]);
    let run = replay(&workspace, &[]).code(1);
    assert_eq!(document(&run)["taken_before"], 9);
    workspace.write("a.db.replays", format!("no line\n{whole}"));
    let run = workspace.run(REPLAY).code(1);
    insta::assert_snapshot!("no_journal", run.stderr);
    assert_eq!(receiver.received().len(), 10);
}

/// What somebody else's file holds is not taken for a line that was cut off.
#[test]
fn a_file_that_is_no_journal_stays_as_it_is_and_nothing_is_sent() {
    let receiver = Receiver::verifying(SANDBOX_SECRET);
    let (_api, workspace) = lost_at(&receiver);
    workspace.write("notes.txt", "one line without an end");
    let run = replay(&workspace, &["--journal", "notes.txt"]).code(1);
    assert!(
        run.stdout.contains("`notes.txt` cannot be used"),
        "{}",
        run.shown()
    );
    let notes = fs::read_to_string(workspace.path().join("notes.txt")).unwrap();
    assert_eq!(notes, "one line without an end");
    let run = replay(&workspace, &["--journal", "/dev/null"]).code(1);
    assert!(run.stdout.contains("is not a file"), "{}", run.shown());
    assert_eq!(receiver.received().len(), 0);
}

/// Without `--auto-approve` somebody is asked, on a terminal, after it was shown what would be sent.
#[cfg(unix)]
#[test]
fn only_a_yes_on_a_terminal_sends() {
    use crate::support::process::on_terminal;

    let question = "Only `yes` sends them: ";
    for (typed, is_yes) in [("yes\n", true), ("y\n", false), ("\u{4}", false)] {
        let receiver = Receiver::verifying(SANDBOX_SECRET);
        let (_api, workspace) = lost_at(&receiver);
        let asked: Vec<&str> = REPLAY
            .iter()
            .copied()
            .filter(|argument| *argument != "--auto-approve")
            .collect();
        let sent_before = || assert_eq!(receiver.received().len(), 0, "sent before the answer");
        let command = workspace.command(&asked);
        let (code, stdout, screen) = on_terminal(command, question, sent_before, typed);
        assert!(stdout.contains("order-status-updated"), "{stdout}");
        assert!(!format!("{stdout}{screen}").contains(TOKEN), "{screen}");
        let (expected, sent, lost) = if is_yes { (0, 10, 0) } else { (3, 0, 3) };
        assert_eq!(code, Some(expected), "{typed:?}: {screen}");
        assert_eq!(
            screen.contains("not approved; nothing was sent"),
            !is_yes,
            "{screen}"
        );
        assert_eq!(receiver.received().len(), sent, "{typed:?}");
        assert_eq!(gaps(&workspace), lost, "{typed:?}");
    }
    // Where nobody can be asked, nothing is sent.
    let receiver = Receiver::verifying(SANDBOX_SECRET);
    let (_api, workspace) = lost_at(&receiver);
    let asked: Vec<&str> = REPLAY
        .iter()
        .copied()
        .filter(|argument| *argument != "--auto-approve")
        .collect();
    let refused = workspace.run(&asked);
    assert_ne!(refused.code, 0, "{}", refused.shown());
    assert!(
        refused.stderr.contains("--auto-approve"),
        "{}",
        refused.shown()
    );
    assert_eq!(receiver.received().len(), 0);
}
