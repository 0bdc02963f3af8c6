//! Terminals and signals: the question, Ctrl-C, `kill -9`.

use std::{
    num::NonZeroU16,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use hookwright::{model::EnvType, simulator::SharedSimulator};
use http::{Method, Response};
use rustix::process::Signal;

use crate::support::{
    Api, Workspace,
    process::{Running, interrupted_on_terminal, on_terminal},
    proxy::Listening,
    sandbox_manifest,
};

const QUESTION: &str = "Only `yes` applies it: ";
/// More webhooks than requests run at once.
const WEBHOOKS: usize = 20;
const AT_ONCE: usize = 16;

fn many() -> String {
    let one = |n| {
        format!("  hook-{n:02}:\n    url: https://h.example.com/{n}\n    events: [order-created]\n")
    };
    sandbox_manifest(&(0..WEBHOOKS).map(one).collect::<String>())
}

/// An API that holds every POST back until it is told to go on. The receiver gets a word for each.
fn holding() -> (Api, Receiver<()>, Sender<()>) {
    let (arrived, arrivals) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let (arrived, released) = (Mutex::new(arrived), Arc::new(Mutex::new(released)));
    let api = Api::meddled(move |request, _: &SharedSimulator| {
        if request.method() == Method::POST {
            arrived.lock().unwrap().send(()).ok();
            // Ends when the test has dropped its end.
            released.lock().unwrap().recv().ok();
        }
        None
    });
    (api, arrivals, release)
}

fn wait_for(arrivals: &Receiver<()>, number: usize) {
    for _ in 0..number {
        arrivals.recv().unwrap();
    }
}

#[test]
fn ctrl_c_lets_requests_in_flight_finish_and_reports() {
    stopped_by_signal_lets_requests_in_flight_finish(Signal::INT);
}

/// CI systems and supervisors send it where a job is cancelled.
#[test]
fn terminating_lets_requests_in_flight_finish_and_reports() {
    stopped_by_signal_lets_requests_in_flight_finish(Signal::TERM);
}

/// So does a terminal that is closed, and an ssh that ends.
#[test]
fn hanging_up_lets_requests_in_flight_finish_and_reports() {
    stopped_by_signal_lets_requests_in_flight_finish(Signal::HUP);
}

fn stopped_by_signal_lets_requests_in_flight_finish(signal: Signal) {
    let (api, arrivals, release) = holding();
    let workspace = api.workspace(&many());
    let mut running = Running::start(workspace.command(&["apply", "--auto-approve"]));
    wait_for(&arrivals, AT_ONCE);
    running.signal(signal);
    running.wait_for("stopping:");
    drop(release);
    let (code, stdout, stderr) = running.finish();
    assert_eq!(code, Some(4), "{stdout}{stderr}");
    assert_eq!(api.live(EnvType::Sandbox).len(), AT_ONCE);
    // One line says of all that did not begin why.
    let said = "  skipped: 4 operations, as the run was stopped: + hook-";
    assert_eq!(stdout.matches(said).count(), 1, "{stdout}");
    assert_eq!(stdout.matches("the run was stopped").count(), 1, "{stdout}");
    assert!(
        stdout.contains("Applied: 16 operations done, 4 skipped. Run again to converge."),
        "{stdout}"
    );

    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert_eq!(api.live(EnvType::Sandbox).len(), WEBHOOKS);
}

/// Text without the line breaks that the width brings.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An API that answers every request but lists like this. The receiver gets a word for each.
fn answering(status: u16, retry_after: &'static str) -> (Api, Receiver<()>) {
    let (arrived, arrivals) = mpsc::channel();
    let arrived = Mutex::new(arrived);
    let api = Api::meddled(move |request, _: &SharedSimulator| {
        if request.method() == Method::GET {
            return None;
        }
        arrived.lock().unwrap().send(()).ok();
        let answer = Response::builder()
            .status(status)
            .header("retry-after", retry_after);
        Some(answer.body(Bytes::new()).unwrap())
    });
    (api, arrivals)
}

#[test]
fn ctrl_c_waits_out_neither_backoff_nor_rate_limit() {
    for (status, waits, ends_with) in [
        (503, "sandbox: waiting for another attempt: ", 4),
        // What the rate limit kept back was surely not carried out.
        (429, "sandbox: waiting for the rate limit: ", 1),
    ] {
        let (api, arrivals) = answering(status, "100");
        let workspace = api.workspace(&many());
        let started = Instant::now();
        let mut running = Running::start(workspace.command(&["apply", "--auto-approve"]));
        wait_for(&arrivals, AT_ONCE);
        running.wait_for(waits);
        running.interrupt();
        running.wait_for("stopping:");
        let (code, stdout, stderr) = running.finish();
        assert_eq!(code, Some(ends_with), "{stdout}{stderr}");
        // Many requests wait, and it is said once.
        assert_eq!(stderr.matches("waiting for").count(), 1, "{stderr}");
        let told = stderr.lines().find_map(|line| line.strip_prefix(waits));
        let (seconds, end) = told.unwrap().split_once(" s, until ").unwrap();
        assert!(["99", "100"].contains(&seconds), "{stderr}");
        assert!(end.len() == 12 && end.ends_with(" UTC"), "{stderr}");
        let said = "not attempted again, as the run was stopped";
        assert!(unwrapped(&stdout).contains(said), "{stdout}{stderr}");
        assert!(started.elapsed() < Duration::from_secs(60), "{stdout}");
        assert_eq!(api.count("POST"), 0);
    }
}

#[test]
fn a_bar_says_what_is_waited_for() {
    let (api, _arrivals) = answering(429, "100");
    let workspace = one_webhook(&api).env("TERM", "xterm");
    let command = workspace.command(&["apply", "--auto-approve"]);
    let (code, stdout, screen) = interrupted_on_terminal(command, "the rate limit: ");
    assert_eq!(code, Some(1), "{stdout}{screen}");
    assert!(screen.contains(" s, until "), "{screen}");
    assert!(!screen.contains("sandbox: waiting"), "{screen}");
    // Nothing of it is left, though the result went elsewhere.
    let left = screen_at_the_end(&screen);
    assert!(!left.contains("waiting for"), "{left}");
    assert!(!left.contains("0/1"), "{left}");
    assert!(
        left.contains("stopping: requests in flight finish"),
        "{left}"
    );
}

/// What a terminal shows at the end that was sent all this.
fn screen_at_the_end(sent: &str) -> String {
    let size = |n| NonZeroU16::new(n).unwrap();
    let mut terminal = vt100::Parser::new(size(24), size(80), 0);
    terminal.process(sent.as_bytes());
    terminal.screen().contents()
}

#[test]
fn a_wait_counts_down_on_a_terminal_and_is_taken_away() {
    let api = Api::meddled(|_, _: &SharedSimulator| {
        let answer = Response::builder().status(429).header("retry-after", "4");
        Some(answer.body(Bytes::new()).unwrap())
    });
    let workspace = one_webhook(&api).env("TERM", "xterm");
    let command = workspace.command(&["plan"]);
    let counted = "sandbox: waiting for the rate limit: 3 s, until ";
    let (code, _, screen) = interrupted_on_terminal(command, counted);
    assert_eq!(code, Some(1), "{screen}");
    let left = screen_at_the_end(&screen);
    assert_eq!(left.trim(), "error: interrupted; nothing was changed");
}

#[test]
fn a_plan_that_waits_says_so() {
    let api = Api::meddled(|_, _: &SharedSimulator| {
        let answer = Response::builder().status(429).header("retry-after", "100");
        Some(answer.body(Bytes::new()).unwrap())
    });
    let workspace = one_webhook(&api);
    let mut running = Running::start(workspace.command(&["plan"]));
    running.wait_for("sandbox: waiting for the rate limit: ");
    running.kill();
}

#[test]
fn ctrl_c_at_the_question_changes_nothing() {
    let api = Api::truv();
    let workspace = one_webhook(&api);
    for format in ["text", "json"] {
        let command = workspace.command(&["apply", "--format", format]);
        let (code, stdout, screen) = interrupted_on_terminal(command, QUESTION);
        assert_eq!(code, Some(1), "{screen}");
        let said = "interrupted; nothing was changed";
        assert!(screen.contains(said), "{screen}");
        assert_eq!(stdout.contains(said), format == "json", "{stdout}");
    }
    assert_eq!(api.count("POST"), 0);
}

#[test]
fn what_can_not_be_read_again_after_the_question_is_not_applied() {
    let lists = AtomicUsize::new(0);
    let api = Api::meddled(move |request, _: &SharedSimulator| {
        let again = request.method() == Method::GET && lists.fetch_add(1, Ordering::SeqCst) > 0;
        again.then(|| Response::builder().status(403).body(Bytes::new()).unwrap())
    });
    let workspace = one_webhook(&api);
    let command = workspace.command(&["apply"]);
    let (code, _, screen) = on_terminal(command, QUESTION, || {}, "yes\n");
    assert_eq!(code, Some(1), "{screen}");
    let said = "environment `sandbox` could not be read again; nothing was changed: GET /v1/webhooks/: forbidden";
    assert!(unwrapped(&screen).contains(said), "{screen}");
    assert_eq!(api.count("POST"), 0);
}

#[test]
fn a_second_ctrl_c_stops_at_once() {
    let (api, arrivals, release) = holding();
    let workspace = api.workspace(&many());
    let mut running = Running::start(workspace.command(&["apply", "--auto-approve"]));
    wait_for(&arrivals, 1);
    running.interrupt();
    running.wait_for("stopping:");
    running.interrupt();
    let (code, _, stderr) = running.finish();
    assert_eq!(code, Some(4));
    assert!(stderr.contains("stopped at once: "), "{stderr}");
    drop(release);
}

/// Something that answers nothing until the test is over. The receiver gets a word for each request.
fn silent() -> (Listening, Receiver<()>, Sender<()>) {
    let (arrived, arrivals) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let (arrived, released) = (Mutex::new(arrived), Mutex::new(released));
    let listening = Listening::start(Arc::new(move |_| {
        arrived.lock().unwrap().send(()).ok();
        released.lock().unwrap().recv().ok();
        Err(std::io::Error::other("hung up"))
    }));
    (listening, arrivals, release)
}

/// The manifest of a run that comes to a phase before its first write and stays there, by the name of the
/// phase; `[SILENT]` answers nothing.
fn phases() -> [(&'static str, String); 4] {
    let hook = "  orders: { url: 'https://h.example.com/', events: [order-created] }\n";
    let probed = hook.replace("https://h.example.com", "http://[SILENT]");
    let plain = sandbox_manifest(hook);
    let lock = "    lock: { url: 's3://l/x', endpoint: 'http://[SILENT]', region: r }\nwebhooks:";
    let runs = "{ command: [sh, -c, 'echo >ran; exec sleep 1000'] }";
    [
        ("list", plain.replace("[API]", "http://[SILENT]/v1/")),
        ("lock", plain.replace("webhooks:", lock)),
        ("probe", sandbox_manifest(&probed)),
        ("program", plain.replace("${env:TRUV_SANDBOX_SECRET}", runs)),
    ]
}

/// Also while a program that prints a credential runs: it is ended, and one document tells of it.
#[test]
fn interrupted_before_any_write_nothing_was_changed() {
    for (phase, manifest) in phases() {
        for (signals, verb) in [
            (&[Signal::INT][..], "apply"),
            (&[Signal::INT, Signal::INT], "apply"),
            (&[Signal::TERM, Signal::TERM], "apply"),
            (&[Signal::HUP], "apply"),
            (&[Signal::HUP, Signal::INT], "apply"),
            (&[Signal::TERM], "plan"),
            (&[Signal::INT], "drift"),
        ] {
            let takes_locks = verb == "apply";
            if !takes_locks && ["lock", "probe"].contains(&phase) {
                continue;
            }
            let (silent, arrivals, release) = silent();
            let api = Api::truv();
            let manifest = manifest.replace("[SILENT]", &silent.address.to_string());
            let workspace = api
                .workspace(&manifest)
                .env("PATH", "/usr/bin:/bin")
                .env("AWS_ACCESS_KEY_ID", "id")
                .env("AWS_SECRET_ACCESS_KEY", "c4nary");
            let mut arguments = vec![verb, "--format", "json"];
            if verb == "apply" {
                arguments.extend(["--auto-approve", "--probe", "--allow-private"]);
            }
            let running = Running::start(workspace.command(&arguments));
            match phase {
                "program" => {
                    while !workspace.path().join("ran").exists() {
                        std::thread::yield_now();
                    }
                }
                _ => wait_for(&arrivals, 1),
            }
            // The first ends it.
            for signal in signals {
                running.signal(*signal);
            }
            let (code, stdout, stderr) = running.finish();
            let what = format!("{phase} {verb} {signals:?}:\n{stdout}{stderr}");
            assert_eq!(code, Some(1), "{what}");
            let document: serde_json::Value = serde_json::from_str(&stdout).expect(&what);
            assert_eq!(document["outcome"], "failed", "{what}");
            let error = document["error"].as_str().unwrap();
            // A lock may have been given to it by then.
            let or =
                "interrupted while taking the lock of environment `sandbox`; nothing was changed";
            let is_lock = phase == "lock" && error == or;
            assert!(
                is_lock || error == "interrupted; nothing was changed",
                "{what}"
            );
            assert_eq!(api.count("POST"), 0, "{what}");
            drop(release);
        }
    }
}

/// What waits for its input neither sleeps nor hears anything, and is ended all the same.
#[test]
fn a_run_that_reads_a_terminal_can_be_interrupted() {
    let workspace = Workspace::new();
    let mut command = workspace.command(&["validate", "-f", "-", "--format", "json", "-v"]);
    command.stdin(std::process::Stdio::piped());
    let mut running = Running::start(command);
    let input = running.input();
    running.signal(Signal::INT);
    let (code, stdout, stderr) = running.finish();
    drop(input);
    // Before it listens, an interrupt ends it as it ends every program.
    if let Some(code) = code {
        assert_eq!(code, 1, "{stdout}{stderr}");
        assert!(
            stdout.contains("interrupted; nothing was changed"),
            "{stdout}"
        );
    }
}

/// `nohup` starts what is to outlive its terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_ignored_from_the_beginning_stays_so() {
    let (api, arrivals, release) = holding();
    let workspace = one_webhook(&api);
    let script = "trap '' HUP; exec \"$0\" apply --auto-approve";
    let program = env!("CARGO_BIN_EXE_hookwright");
    let command = workspace.program("sh", &["-c", script, program]);
    let running = Running::start(command);
    wait_for(&arrivals, 1);
    running.signal(Signal::HUP);
    running.signal(Signal::HUP);
    drop(release);
    let (code, stdout, stderr) = running.finish();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
}

#[test]
fn after_a_kill_the_next_run_converges_without_duplicates() {
    let (api, arrivals, release) = holding();
    let workspace = api.workspace(&many());
    let running = Running::start(workspace.command(&["apply", "--auto-approve"]));
    // Three go through, the others are under way.
    wait_for(&arrivals, AT_ONCE);
    for _ in 0..3 {
        release.send(()).unwrap();
    }
    wait_for(&arrivals, 3);
    running.kill();
    drop(release);
    // What was under way arrives all the same, and has arrived before the next run looks.
    while api.count("POST") < AT_ONCE + 3 {
        std::thread::yield_now();
    }
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    assert_eq!(api.live(EnvType::Sandbox).len(), WEBHOOKS);
}

fn one_webhook(api: &Api) -> Workspace {
    let orders = "  orders:\n    url: https://h.example.com/\n    events: [order-created]\n";
    api.workspace(&sandbox_manifest(orders))
}

#[test]
fn yes_on_a_terminal_applies() {
    let api = Api::truv();
    let workspace = one_webhook(&api);
    let (code, stdout, screen) =
        on_terminal(workspace.command(&["apply"]), QUESTION, || {}, "yes\n");
    assert_eq!(code, Some(0), "{stdout}{screen}");
    assert!(stdout.contains("Plan: 1 to create"), "{stdout}");
    assert_eq!(api.live(EnvType::Sandbox).len(), 1);
}

#[test]
fn anything_else_on_a_terminal_changes_nothing() {
    for answer in ["no\n", "y\n", "\n", "\u{4}"] {
        let api = Api::truv();
        let workspace = one_webhook(&api);
        let (code, _, screen) = on_terminal(workspace.command(&["apply"]), QUESTION, || {}, answer);
        assert_eq!(code, Some(3), "{answer:?}: {screen}");
        assert!(
            screen.contains("not approved; nothing was changed"),
            "{screen}"
        );
        assert_eq!(api.requests(), ["GET /v1/webhooks/ 200"]);
    }
}

#[test]
fn what_changed_while_it_was_reviewed_makes_the_plan_stale() {
    let api = Api::truv();
    let workspace = one_webhook(&api);
    let meanwhile = || {
        api.seed(EnvType::Sandbox, "orders", "https://o.example.com/", &[]);
    };
    let (code, _, screen) =
        on_terminal(workspace.command(&["apply"]), QUESTION, meanwhile, "yes\n");
    assert_eq!(code, Some(3), "{screen}");
    assert!(screen.contains("the plan is stale"), "{screen}");
    assert_eq!(api.count("POST") + api.count("PATCH"), 0);
}

#[test]
fn json_shows_the_plan_before_it_asks() {
    let api = Api::truv();
    let workspace = one_webhook(&api);
    let command = workspace.command(&["apply", "--format", "json"]);
    let (code, stdout, screen) = on_terminal(command, QUESTION, || {}, "yes\n");
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("Plan: 1 to create"), "{screen}");
    let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["outcome"], "applied");
}
