//! Two copies of the service: one looks, the other stands by.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use bytes::Bytes;
use hookwright::{model::EnvType, simulator::SharedSimulator};
use http::Response;

use super::{ORDERS, Service, api, applied};
use crate::support::{
    Api, CLIENT_ID, for_each_at_once,
    s3::{Conditions, Store},
};

fn copy(workspace: &crate::support::Workspace, name: &str) -> Service {
    let state = format!("{name}.json");
    Service::start(workspace, &["--state", &state, "--actor", name])
}

#[test]
fn one_looks_and_the_other_takes_over_when_it_is_killed() {
    let api = api();
    let workspace = api.workspace(&applied(ORDERS));
    let mut first = copy(&workspace, "first");
    first.wait_for("InSync is true (InSync)");
    let mut second = copy(&workspace, "second");
    let message = second.wait_for("Ready is not known (StandingBy)");
    assert!(message.contains("first"), "{message}");
    first.0.kill();
    second.wait_for("InSync is true (InSync)");
    assert_eq!(
        (api.count("POST"), api.live(EnvType::Sandbox).len()),
        (1, 1)
    );
    second.stop();
}

#[test]
fn whoever_applies_by_hand_gets_the_lock_while_a_service_runs() {
    let api = api();
    let workspace = api.workspace(&applied(ORDERS));
    let mut service = copy(&workspace, "service");
    service.wait_for("InSync is true (InSync)");
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    service.stop();
}

#[test]
fn a_lead_in_an_object_store_is_given_back_and_taken_over() {
    let api = api();
    let store = Store::start(Conditions::All);
    let lock = format!(
        "lock: {{ url: s3://locks/sandbox, endpoint: \"{}\", region: r, expires_after: 10s }}",
        store.endpoint()
    );
    let text = applied(ORDERS).replace("lock: { file: sandbox.lock }", &lock);
    let workspace = api
        .workspace(&text)
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", "c4nary");
    let mut first = copy(&workspace, "first");
    first.wait_for("InSync is true (InSync)");
    assert!(store.content("/locks/sandbox.leader").is_some());
    let mut second = copy(&workspace, "second");
    second.wait_for("Ready is not known (StandingBy)");
    let said = first.stop();
    assert!(!said.contains("c4nary"), "{said}");
    second.wait_for("InSync is true (InSync)");
    second.stop();
    assert_eq!(api.count("POST"), 1);
}

/// Two webhooks that swap their events (one is widened), one that replaces another, and one that moves.
const WEBHOOKS: &str = "  left:
    url: https://h.example.com/left
    events: [link-deleted]
  right:
    url: https://h.example.com/right
    events: [link-connected]
  new:
    url: https://h.example.com/new
    events: [order-created]
  moved:
    url: https://h.example.com/to
    events: [shifts-created]
    moved_from: [https://h.example.com/from]
";
/// Sent before and after, so sent at any time between.
const SENT: [&str; 4] = [
    "link-connected",
    "link-deleted",
    "order-created",
    "shifts-created",
];
const LIVE: [(&str, &str, &str); 5] = [
    ("left", "left", "link-connected"),
    ("right", "right", "link-deleted"),
    ("old", "old", "order-created"),
    ("was", "from", "shifts-created"),
    ("others", "others", "profile-created"),
];

fn without_gap(simulator: &SharedSimulator, what: &str) {
    let webhooks = simulator.webhooks(CLIENT_ID, EnvType::Sandbox);
    let sent: Vec<String> = webhooks.into_iter().flat_map(|one| one.events).collect();
    for event in SENT {
        assert!(
            sent.iter().any(|sent| sent == event),
            "{what}: a gap: {event} is not in {sent:?}"
        );
    }
}

/// What is to happen at a request of the copy that leads.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Killed {
    Never,
    Before(usize),
    After(usize),
}

/// One copy works until it is killed, and the other goes on. Gives how many requests there were.
fn killed(killed: Killed) -> usize {
    let what = format!("{killed:?}");
    let first: Arc<Mutex<Option<Service>>> = Arc::default();
    let (leads, led) = mpsc::channel();
    let (go, gone) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let (ended, end) = mpsc::channel();
    let (arrived, victim, said) = (AtomicUsize::new(0), first.clone(), what.clone());
    let api = Api::meddled(move |_, simulator| {
        without_gap(simulator, &said);
        let at = arrived.fetch_add(1, Ordering::SeqCst) + 1;
        if at == 1 {
            // The other copy is to stand by before anything happens.
            leads.send(()).unwrap();
            gone.lock().unwrap().recv().unwrap();
        }
        let carried_out = match killed {
            Killed::Before(request) if request == at => false,
            Killed::After(request) if request == at => true,
            _ => return None,
        };
        victim.lock().unwrap().take().unwrap().0.kill();
        ended.send(()).unwrap();
        (!carried_out).then(|| Response::new(Bytes::new()))
    });
    for (name, path, event) in LIVE {
        let url = format!("https://h.example.com/{path}");
        api.seed(EnvType::Sandbox, name, &url, &[event]);
    }
    let store = Store::start(Conditions::All);
    let lock = format!(
        "ignore: [others]\n    prune: true\n    lock: {{ url: s3://locks/sandbox, endpoint: \"{}\", region: r, expires_after: 10s }}",
        store.endpoint()
    );
    let text = applied(WEBHOOKS).replace("lock: { file: sandbox.lock }", &lock);
    let workspace = api
        .workspace(&text)
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", "c4nary");
    *first.lock().unwrap() = Some(copy(&workspace, "first"));
    led.recv_timeout(Duration::from_secs(60)).unwrap();
    let mut second = copy(&workspace, "second");
    second.wait_for("Ready is not known (StandingBy)");
    go.send(()).unwrap();
    if killed == Killed::Never {
        let mut first = first.lock().unwrap().take().unwrap();
        first.wait_for("Ready is true (Succeeded)");
        first.stop();
    } else {
        end.recv_timeout(Duration::from_secs(60)).unwrap();
        // By the store's clock, the leases of the dead end now.
        store.wait(13);
    }
    let requests = api.requests().len();
    second.wait_for("InSync is true (InSync)");
    second.stop();
    without_gap(&api.simulator, &what);
    let mut live = api.live(EnvType::Sandbox);
    live.sort();
    let wanted = [
        ("left", "left"),
        ("moved", "to"),
        ("new", "new"),
        ("others", "others"),
        ("right", "right"),
    ];
    assert_eq!(
        live,
        wanted.map(|(name, path)| format!("{name} https://h.example.com/{path}")),
        "{what}"
    );
    requests
}

/// Whatever the leader was about to do, or had just done: the other copy goes on, and nothing is lost, doubled or somebody
/// else's.
#[test]
fn a_leader_is_killed_at_every_request() {
    let requests = killed(Killed::Never);
    assert!((11..20).contains(&requests), "{requests}");
    let points = (1..=requests).flat_map(|at| [Killed::Before(at), Killed::After(at)]);
    for_each_at_once(points, |point| {
        killed(point);
    });
}
