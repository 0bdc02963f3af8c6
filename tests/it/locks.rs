//! Two real processes and one environment: a lock lets one of them work, in a local file and in an object
//! store.

use std::{
    fs,
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use bytes::Bytes;
use hookwright::{model::EnvType, simulator::SharedSimulator};
use http::{Method, Response};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{
    Api, Workspace,
    process::Running,
    proxy::Listening,
    s3::{Conditions, Store},
    sandbox_manifest,
};

const WEBHOOKS: usize = 20;
const AT_ONCE: usize = 16;
const OBJECT: &str = "/locks/hookwright/sandbox";
const APPLY: [&str; 2] = ["apply", "--auto-approve"];

/// More webhooks than requests run at once, under this lock.
fn manifest(lock: &str) -> String {
    let one = |n| {
        format!("  hook-{n:02}:\n    url: https://h.example.com/{n}\n    events: [order-created]\n")
    };
    sandbox_manifest(&(0..WEBHOOKS).map(one).collect::<String>())
        .replace("webhooks:\n", &format!("    lock: {lock}\nwebhooks:\n"))
}

fn in_file(api: &Api) -> Workspace {
    let workspace = api.workspace(&manifest("{ file: locks/sandbox.lock }"));
    workspace
        .env("HOOKWRIGHT_ACTOR", "ana")
        .env("HOSTNAME", "ci-7")
}

fn in_store(api: &Api, store: &Store) -> Workspace {
    at(api, &store.endpoint())
}

fn at(api: &Api, endpoint: &str) -> Workspace {
    let url = "s3://locks/hookwright/sandbox";
    let lock = format!("{{ url: {url}, endpoint: \"{endpoint}\", region: r, expires_after: 10s }}");
    api.workspace(&manifest(&lock))
        .env("HOOKWRIGHT_ACTOR", "ana")
        .env("HOSTNAME", "ci-7")
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", "c4nary")
        .redact(endpoint, "[STORE]")
}

/// An API that holds every POST back until the sender is dropped. The receiver gets a word for each.
fn holding() -> (Api, Receiver<()>, Sender<()>) {
    let (arrived, arrivals) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let (arrived, released) = (Mutex::new(arrived), Arc::new(Mutex::new(released)));
    let api = Api::meddled(move |request, _: &SharedSimulator| {
        if request.method() == Method::POST {
            arrived.lock().unwrap().send(()).ok();
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

/// Text with what changes from run to run replaced: numbers, but for those in names.
fn steady(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let words = line.split(' ').map(|word| {
            let number = word.trim_end_matches(')');
            let changes = number.contains(|c: char| c.is_ascii_digit())
                && number
                    .chars()
                    .all(|c| c.is_ascii_digit() || "-:".contains(c));
            if changes {
                word.replace(number, "#")
            } else {
                word.to_owned()
            }
        });
        lines.push(words.collect::<Vec<_>>().join(" "));
    }
    lines.join("\n")
}

fn record(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn kept_apart(
    workspace: &Workspace,
    api: &Api,
    arrivals: &Receiver<()>,
    release: Sender<()>,
) -> String {
    let first = Running::start(workspace.command(&APPLY));
    wait_for(arrivals, AT_ONCE);
    let requests = api.requests().len();
    let second = workspace.run(&APPLY).code(3);
    let json = workspace.run(&["apply", "--auto-approve", "--format", "json"]);
    assert_eq!(json.code, 3);
    assert_eq!(json.json()["outcome"], "refused");
    // Planning needs no lock.
    assert_eq!(
        api.requests().len(),
        requests,
        "a run without the lock asked the API"
    );
    let _ = workspace.run(&["plan"]).code(0);
    drop(release);
    let (code, stdout, stderr) = first.finish();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let _ = workspace.run(&APPLY).code(0);
    assert_eq!(api.live(EnvType::Sandbox).len(), WEBHOOKS);
    steady(&second.stderr)
}

#[test]
fn a_file_lets_one_run_work_and_the_other_says_who() {
    let (api, arrivals, release) = holding();
    let workspace = in_file(&api);
    let said = kept_apart(&workspace, &api, &arrivals, release);
    insta::assert_snapshot!(said, @r"
    error: the lock of environment `sandbox` is held by ana at ci-7 (process #) since # # UTC; nothing was changed
      hint: run again when that run has ended, or wait for it with `--lock-timeout 10m`
      hint: the lock ends with that run, however it ends
    ");
    let left = fs::read_to_string(workspace.path().join("locks/sandbox.lock")).unwrap();
    assert_eq!(record(&left)["state"], "free");
}

#[test]
fn an_object_store_lets_one_run_work_and_the_other_says_who() {
    let (api, arrivals, release) = holding();
    let store = Store::start(Conditions::All);
    let workspace = in_store(&api, &store);
    let said = kept_apart(&workspace, &api, &arrivals, release);
    insta::assert_snapshot!(said, @r"
    error: the lock of environment `sandbox` is held by ana at ci-7 (process #) since # # UTC; nothing was changed
      hint: run again when that run has ended, or wait for it with `--lock-timeout 10m`
      hint: if that run has died, its lock expires in # s, and the next run takes it over
    ");
    let left = store.content(OBJECT).unwrap();
    assert_eq!(record(&left)["state"], "free");
    assert!(!left.contains("c4nary"), "{left}");
}

#[test]
fn what_a_dead_run_left_in_a_file_is_taken_over() {
    let (api, arrivals, release) = holding();
    let workspace = in_file(&api);
    let first = Running::start(workspace.command(&APPLY));
    wait_for(&arrivals, AT_ONCE);
    first.kill();
    drop(release);
    while api.count("POST") < AT_ONCE {
        thread::yield_now();
    }
    let run = workspace.run(&APPLY).code(0);
    let said = run.stderr.lines().next().unwrap();
    insta::assert_snapshot!(steady(said), @"the lock of environment `sandbox` was left behind by ana at ci-7 (process #) since # # UTC; that run has ended without giving it back, and this one takes it over");
}

#[test]
fn what_a_dead_run_left_in_a_store_expires_and_is_taken_over() {
    let (api, arrivals, release) = holding();
    let store = Store::start(Conditions::All);
    let workspace = in_store(&api, &store);
    let first = Running::start(workspace.command(&APPLY));
    wait_for(&arrivals, AT_ONCE);
    first.kill();
    drop(release);
    while api.count("POST") < AT_ONCE {
        thread::yield_now();
    }
    let _ = workspace.run(&APPLY).code(3);
    // By the store's clock, which is the one that counts.
    store.wait(13);
    let run = workspace.run(&APPLY).code(0);
    let said = run.stderr.lines().next().unwrap();
    insta::assert_snapshot!(steady(said), @"the lock of environment `sandbox` was left behind by ana at ci-7 (process #) since # # UTC; that run has ended without giving it back, and this one takes it over");
}

#[test]
fn a_run_that_lives_renews_its_lock_and_one_that_lost_it_writes_no_more() {
    let (api, arrivals, release) = holding();
    let store = Store::start(Conditions::All);
    let workspace = in_store(&api, &store);
    let mut first = Running::start(workspace.command(&APPLY));
    wait_for(&arrivals, AT_ONCE);
    store.forget_puts();
    store.wait_for_put(200);
    let mut other = record(&store.content(OBJECT).unwrap());
    other["run"] = json!("another");
    other["actor"] = json!("bob");
    store.write(OBJECT, &other.to_string());
    first.wait_for("stopping: the lock of environment `sandbox` was lost");
    drop(release);
    let (code, stdout, stderr) = first.finish();
    assert_eq!(code, Some(4), "{stdout}{stderr}");
    assert_eq!(api.count("POST"), AT_ONCE, "{stdout}{stderr}");
    let from = stderr.find("error:").unwrap();
    insta::assert_snapshot!(steady(&stderr[from..]), @r"
    error: the lock of environment `sandbox` was lost, so nothing more is sent: it was taken over by bob at ci-7 (process #) since # # UTC
      hint: run again when no other run is at work: what is done is not done twice
    ");
    // What is bob's stays bob's.
    assert_eq!(record(&store.content(OBJECT).unwrap())["actor"], "bob");
}

#[test]
fn a_run_whose_lock_file_is_gone_writes_no_more() {
    let (api, arrivals, release) = holding();
    let workspace = in_file(&api);
    let first = Running::start(workspace.command(&APPLY));
    wait_for(&arrivals, AT_ONCE);
    fs::remove_file(workspace.path().join("locks/sandbox.lock")).unwrap();
    drop(release);
    let (code, stdout, stderr) = first.finish();
    assert_eq!(code, Some(4), "{stdout}{stderr}");
    assert_eq!(api.count("POST"), AT_ONCE);
    let from = stderr.find("error:").unwrap();
    insta::assert_snapshot!(steady(&stderr[from..]), @r"
    error: the lock of environment `sandbox` was lost, so nothing more is sent: its file was moved or deleted
      hint: run again when no other run is at work: what is done is not done twice
    ");
}

#[test]
fn ctrl_c_gives_a_lock_back() {
    let (api, arrivals, release) = holding();
    let store = Store::start(Conditions::All);
    let workspace = in_store(&api, &store);
    let mut first = Running::start(workspace.command(&APPLY));
    wait_for(&arrivals, AT_ONCE);
    first.interrupt();
    first.wait_for("stopping:");
    drop(release);
    let (code, stdout, stderr) = first.finish();
    assert_eq!(code, Some(4), "{stdout}{stderr}");
    assert_eq!(record(&store.content(OBJECT).unwrap())["state"], "free");
    let _ = workspace.run(&APPLY).code(0);
}

#[test]
fn ctrl_c_ends_the_wait_for_a_store_that_does_not_answer() {
    let api = Api::truv();
    let (arrived, arrivals) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let (arrived, released) = (Mutex::new(arrived), Mutex::new(released));
    let store = Listening::start(Arc::new(move |_| {
        arrived.lock().unwrap().send(()).ok();
        released.lock().unwrap().recv().ok();
        Ok(Response::new(Bytes::new()))
    }));
    let workspace = at(&api, &format!("http://{}", store.address));
    let run = Running::start(workspace.command(&APPLY));
    wait_for(&arrivals, 1);
    run.interrupt();
    let (code, _, stderr) = run.finish();
    assert_eq!(code, Some(1), "{stderr}");
    // Nothing was waited for until it was over.
    assert!(arrivals.try_recv().is_err(), "{stderr}");
    drop(release);
    let from = stderr.find("error:").unwrap();
    insta::assert_snapshot!(&stderr[from..], @r"
    error: interrupted while taking the lock of environment `sandbox`; nothing was changed
      hint: if the object store had just given it to this run, the lock expires in 10 s
    ");
    assert_eq!(api.requests(), Vec::<String>::new());
}

#[test]
fn what_a_store_answers_is_bounded() {
    let api = Api::truv();
    let store = Store::start(Conditions::All);
    store.write(OBJECT, &" ".repeat(2 * 1024 * 1024));
    let run = in_store(&api, &store).run(&APPLY).code(1);
    assert!(
        run.stderr
            .contains("cannot be used: the answer is larger than 1 MiB"),
        "{}",
        run.shown()
    );
    assert_eq!(api.requests(), Vec::<String>::new());
}

/// The same variables, and the same exceptions from them, as for every other request.
#[test]
fn a_store_is_reached_as_the_proxy_variables_say() {
    let (asked, proxied) = mpsc::channel();
    let asked = Mutex::new(asked);
    let proxy = Listening::start(Arc::new(move |request| {
        let line = format!("{} {}", request.method(), request.uri());
        asked.lock().unwrap().send(line).ok();
        let refused = Response::builder().status(403);
        Ok(refused.body(Bytes::new()).unwrap())
    }));
    let api = Api::truv();
    // Nothing listens there, and it is not an address of loopback.
    let workspace = |proxy: &str, without: &str| {
        at(&api, "https://0.0.0.0:1")
            .env("HTTPS_PROXY", proxy)
            .env("NO_PROXY", without)
    };
    let url = format!("http://{}", proxy.address);
    for without in ["", "0.0.0.0:2", "*.0.0.0.0"] {
        let _ = workspace(&url, without).run(&APPLY).code(1);
        let lines: Vec<String> = proxied.try_iter().collect();
        assert!(
            lines.iter().any(|line| line == "CONNECT 0.0.0.0:1"),
            "{lines:?}"
        );
    }
    for without in ["*", "0.0.0.0:1", "10.0.0.0/8 0.0.0.0/32"] {
        let run = workspace(&url, without).run(&APPLY).code(1);
        assert_eq!(proxied.try_iter().next(), None, "{}", run.shown());
    }
    let run = workspace("socks5://user:c4nary@127.0.0.1:1", "")
        .run(&APPLY)
        .code(64);
    assert!(!run.shown().contains("c4nary"), "{}", run.shown());
    insta::assert_snapshot!(run.stderr, @r"
    error: the lock of environment `sandbox` at `s3://locks/hookwright/sandbox` cannot be taken; nothing was changed: the object store cannot be used: the environment variable `HTTPS_PROXY` names no proxy that can be used: its scheme is neither `http` nor `https`
      hint: set `HTTPS_PROXY` to a URL such as `http://proxy.example.com:3128`, or unset it; in a user name and a password, write letters like `/`, `#`, `?` and `@` as `%2F`, `%23`, `%3F` and `%40`
    ");
}

#[test]
fn a_run_can_wait_for_a_lock() {
    let (api, arrivals, release) = holding();
    let workspace = in_file(&api);
    let first = Running::start(workspace.command(&APPLY));
    wait_for(&arrivals, AT_ONCE);
    let waits = ["apply", "--auto-approve", "--lock-timeout", "10m"];
    let mut second = Running::start(workspace.command(&waits));
    second.wait_for("waiting for the lock of environment `sandbox`, which is held by ana at ci-7");
    let mut third = Running::start(workspace.command(&waits));
    third.wait_for("waiting for the lock");
    third.interrupt();
    let (code, _, stderr) = third.finish();
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("interrupted while waiting for the lock"),
        "{stderr}"
    );
    drop(release);
    assert_eq!(first.finish().0, Some(0));
    let (code, stdout, _) = second.finish();
    assert_eq!(code, Some(0), "{stdout}");
    assert!(
        stdout.contains("Nothing to change") || stdout.contains("0 to create"),
        "{stdout}"
    );
    assert_eq!(api.live(EnvType::Sandbox).len(), WEBHOOKS);
}

#[test]
fn a_store_that_ignores_conditions_is_not_trusted() {
    for conditions in [Conditions::None, Conditions::OnlyAbsence] {
        let api = Api::truv();
        let store = Store::start(conditions);
        let run = in_store(&api, &store).run(&APPLY).code(1);
        let said = "the store takes conditional puts, and ignores their condition";
        assert!(run.stderr.contains(said), "{}", run.shown());
        assert!(!run.shown().contains("c4nary"), "{}", run.shown());
        assert_eq!(api.requests(), Vec::<String>::new());
        assert_eq!(record(&store.content(OBJECT).unwrap())["state"], "free");
    }
}

#[test]
fn what_is_not_a_lock_is_not_written_over() {
    let api = Api::truv();
    let workspace = api.workspace(&manifest("{ file: hookwright.yaml }"));
    let before = fs::read(workspace.path().join("hookwright.yaml")).unwrap();
    let run = workspace.run(&APPLY).code(1);
    assert!(
        run.stderr.contains("is not a lock of hookwright"),
        "{}",
        run.shown()
    );
    assert_eq!(
        fs::read(workspace.path().join("hookwright.yaml")).unwrap(),
        before
    );
    let store = Store::start(Conditions::All);
    store.write(OBJECT, "somebody's");
    let run = in_store(&api, &store).run(&APPLY).code(1);
    assert!(
        run.stderr.contains("is not a lock of hookwright"),
        "{}",
        run.shown()
    );
    assert_eq!(store.content(OBJECT).unwrap(), "somebody's");
}

/// Without a lock, and at the worst moment: each has listed before the other creates.
#[test]
fn two_runs_at_once_never_make_two_webhooks() {
    let both = Arc::new(Barrier::new(2));
    let api = Api::meddled(move |request, _: &SharedSimulator| {
        if request.method() == Method::POST {
            both.wait();
        }
        None
    });
    let orders = "  orders: { url: https://h.example.com/, events: [order-created] }\n";
    let workspace = api.workspace(&sandbox_manifest(orders));
    let start = || Running::start(workspace.command(&APPLY)).finish();
    let (one, other) = thread::scope(|scope| {
        let one = scope.spawn(start);
        let other = scope.spawn(start);
        (one.join().unwrap(), other.join().unwrap())
    });
    assert_eq!(api.count("POST"), 2);
    assert_eq!(
        api.live(EnvType::Sandbox),
        ["orders https://h.example.com/"]
    );
    let (first, second) = if one.0 == Some(0) {
        (one, other)
    } else {
        (other, one)
    };
    assert_eq!(first.0, Some(0), "{}{}", first.1, first.2);
    // Refused, so nothing was changed by that run; what it says is what it is.
    assert_eq!(second.0, Some(1), "{}{}", second.1, second.2);
    assert!(second.1.contains("conflict: "), "{}", second.1);
    assert!(second.1.contains("already registered"), "{}", second.1);
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
}

#[test]
fn environments_that_name_one_lock_share_it() {
    let api = Api::truv();
    let orders = "  orders: { url: https://h.example.com/, events: [order-created] }\n";
    let manifest = sandbox_manifest(orders);
    let (head, webhooks) = manifest.split_once("webhooks:\n").unwrap();
    let lock = "    lock: { file: all.lock }\n";
    let (_, sandbox) = head.split_once("  sandbox:\n").unwrap();
    let dev = sandbox.replace("SANDBOX", "DEV");
    let manifest = format!("{head}{lock}  dev:\n{dev}{lock}webhooks:\n{webhooks}");
    let workspace = api.workspace(&manifest);
    let _ = workspace.run(&["apply", "--all", "--auto-approve"]).code(0);
    let left = fs::read_to_string(workspace.path().join("all.lock")).unwrap();
    assert_eq!(record(&left)["environments"], json!(["sandbox", "dev"]));
}

/// Stopped for longer than its lock lasts, while all that it has to send waits for another attempt.
#[test]
fn a_run_that_was_paused_sends_nothing_once_its_lock_is_anothers() {
    let (arrived, arrivals) = mpsc::channel();
    let (arrived, refused) = (Mutex::new(arrived), AtomicUsize::new(0));
    let api = Api::meddled(move |request, _: &SharedSimulator| {
        if request.method() != Method::POST || refused.fetch_add(1, Ordering::SeqCst) >= AT_ONCE {
            return None;
        }
        arrived.lock().unwrap().send(()).ok();
        let busy = Response::builder().status(503).header("retry-after", "3");
        Some(busy.body(Bytes::new()).unwrap())
    });
    let store = Store::start(Conditions::All);
    let workspace = in_store(&api, &store);
    let mut first = Running::start(workspace.command(&APPLY));
    wait_for(&arrivals, AT_ONCE);
    first.wait_for("sandbox: waiting");
    first.signal(Signal::STOP);
    let second = in_store(&api, &store);
    let text = fs::read_to_string(second.path().join("hookwright.yaml")).unwrap();
    let (head, _) = text.split_once("  hook-01:").unwrap();
    fs::write(second.path().join("hookwright.yaml"), head).unwrap();
    let waits = ["apply", "--auto-approve", "--lock-timeout", "10m"];
    let run = second.run(&waits).code(0);
    assert!(
        run.stderr.contains("was left behind by ana"),
        "{}",
        run.shown()
    );
    let posts = api.count("POST");
    first.signal(Signal::CONT);
    let (code, stdout, stderr) = first.finish();
    assert_eq!(api.count("POST"), posts, "{stdout}{stderr}");
    assert_ne!(code, Some(0), "{stdout}{stderr}");
    assert!(
        stderr.contains("the lock of environment `sandbox` was lost"),
        "{stderr}"
    );
}
