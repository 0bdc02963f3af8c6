//! `kill -9` of the real process at every request: what it was about to send is sent or not, and the
//! next run converges, with nothing doubled, nothing of others touched, and no gap.

use std::{
    collections::BTreeSet,
    process::{Child, Stdio},
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

use crate::support::{Api, CLIENT_ID, sandbox_manifest};

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
const KEPT: [&str; 4] = [
    "link-connected",
    "link-deleted",
    "order-created",
    "shifts-created",
];
/// A list, the history of what is deleted, a create, a widening, three updates, a delete and a list.
const REQUESTS: usize = 9;

fn sent(simulator: &SharedSimulator) -> BTreeSet<String> {
    let webhooks = simulator.webhooks(CLIENT_ID, EnvType::Sandbox);
    webhooks
        .into_iter()
        .flat_map(|webhook| webhook.events)
        .collect()
}

fn check(simulator: &SharedSimulator, what: &str) {
    let sent = sent(simulator);
    for event in KEPT {
        assert!(
            sent.contains(event),
            "{what}: a gap: {event} is not in {sent:?}"
        );
    }
}

/// Kills the process when its `at`-th request arrives, which is carried out or not.
fn kill_at(at: usize, carried_out: bool) {
    let what = format!("killed at request {at}, carried out: {carried_out}");
    let victim: Arc<Mutex<Option<Child>>> = Arc::default();
    let (killed, was_killed) = mpsc::channel();
    let (arrived, shared) = (AtomicUsize::new(0), victim.clone());
    let api = Api::meddled(move |_, simulator| {
        check(simulator, "on the way");
        if arrived.fetch_add(1, Ordering::SeqCst) + 1 != at {
            return None;
        }
        let mut child = shared.lock().unwrap().take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        killed.send(()).unwrap();
        (!carried_out).then(|| Response::new(Bytes::new()))
    });
    for (name, path, event) in [
        ("left", "left", "link-connected"),
        ("right", "right", "link-deleted"),
        ("old", "old", "order-created"),
        ("was", "from", "shifts-created"),
        ("others", "others", "profile-created"),
    ] {
        api.seed(
            EnvType::Sandbox,
            name,
            &format!("https://h.example.com/{path}"),
            &[event],
        );
    }
    let before = api.live(EnvType::Sandbox);
    let manifest = sandbox_manifest(WEBHOOKS).replace(
        "    provider:",
        "    ignore: [others]\n    prune: true\n    provider:",
    );
    let workspace = api.workspace(&manifest);
    {
        // Held until the child is there to be killed.
        let mut victim = victim.lock().unwrap();
        let mut command = workspace.command(&["apply", "--auto-approve"]);
        *victim = Some(
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
    }
    was_killed.recv_timeout(Duration::from_secs(60)).unwrap();

    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
    check(&api.simulator, &what);
    let mut live = api.live(EnvType::Sandbox);
    live.sort();
    let mut wanted: Vec<String> = [
        ("left", "left"),
        ("moved", "to"),
        ("new", "new"),
        ("right", "right"),
    ]
    .map(|(name, path)| format!("{name} https://h.example.com/{path}"))
    .into();
    wanted.extend(before.into_iter().filter(|one| one.starts_with("others")));
    wanted.sort();
    assert_eq!(live, wanted, "{what}");
}

#[test]
fn at_every_request_carried_out_or_not() {
    for at in 1..=REQUESTS {
        for carried_out in [false, true] {
            kill_at(at, carried_out);
        }
    }
}
