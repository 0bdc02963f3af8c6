//! What the service finds out from round to round.

use hookwright::model::EnvType;
use serde_json::Value;

use super::{LINKS, ORDERS, Service, api, applied, declared, with_state};
use crate::support::Api;

fn orders(api: &Api) -> String {
    let url = "https://hooks.example.com/orders";
    api.seed(EnvType::Sandbox, "orders", url, &["order-created"])
}

#[test]
fn a_strangers_webhook_is_found_and_news_once() {
    let api = api();
    orders(&api);
    let mine = declared("mode: detect", ORDERS)
        .replace("    reconcile:", "    owns: [\"orders\"]\n    reconcile:");
    let workspace = api.workspace(&mine);
    let mut service = with_state(&workspace);
    service.wait_for("InSync is true (InSync)");
    let stranger = api.seed(
        EnvType::Sandbox,
        "exfiltrate",
        "https://evil.example.net/",
        &["order-created"],
    );
    let message = service.wait_for("InSync is false (ForeignWebhook)");
    insta::assert_snapshot!(message, @"InSync is false (ForeignWebhook): 1 webhook that nobody declared has been added since: `exfiltrate`; delete it there, declare it, or say in `ignore` that it is expected");
    service.stop();
    // It is still news after a restart, and not told anew.
    let mut service = with_state(&workspace);
    let before = api.count("GET");
    while api.count("GET") < before + 2 {
        std::thread::yield_now();
    }
    api.simulator.remove(&stranger).unwrap();
    service.wait_for("InSync is true (InSync)");
    let said = service.stop();
    assert!(!said.contains("ForeignWebhook"), "{said}");
    let log =
        String::from_utf8(std::fs::read(workspace.path().join("audit.log")).unwrap()).unwrap();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let news = lines
        .iter()
        .filter(|line| line["name"] == "InSync is false (ForeignWebhook)");
    assert_eq!(news.count(), 1, "{log}");
    let _ = workspace.run(&["audit", "audit.log"]).code(0);
}

/// Without `owns`, every name is ours; with it, a stranger can choose one that is.
#[test]
fn a_strangers_webhook_with_a_name_of_ours_is_found_as_well() {
    let api = api();
    orders(&api);
    let workspace = api.workspace(&declared("mode: detect", ORDERS));
    let mut service = with_state(&workspace);
    service.wait_for("InSync is true (InSync)");
    let url = "https://evil.example.net/";
    api.seed(EnvType::Sandbox, "orders-2", url, &["order-created"]);
    let message = service.wait_for("InSync is false");
    insta::assert_snapshot!(message, @"InSync is false (ForeignWebhook): 1 webhook that nobody declared has been added since: `orders-2`; delete it there, declare it, or say in `ignore` that it is expected");
    // It stays one for as long as nobody has said anything of it.
    let before = api.count("GET");
    while api.count("GET") < before + 2 {
        std::thread::yield_now();
    }
    let said = service.stop();
    assert!(!said.contains("LiveMoved"), "{said}");
}

#[test]
fn what_the_provider_disabled_is_told_from_what_was_moved() {
    let api = api();
    let id = orders(&api);
    let workspace = api.workspace(&declared("mode: detect", ORDERS));
    let mut service = Service::start(&workspace, &[]);
    service.wait_for("EndpointsHealthy is true (Enabled)");
    api.simulator
        .edit(&id, |webhook| webhook.enabled = false)
        .unwrap();
    let message = service.wait_for("EndpointsHealthy is false");
    insta::assert_snapshot!(message, @"EndpointsHealthy is false (DisabledAtProvider): the provider has disabled 1 webhook: `orders`; no events are sent there");
    api.simulator
        .edit(&id, |webhook| webhook.enabled = true)
        .unwrap();
    service.wait_for("EndpointsHealthy is true (Enabled)");
    service.stop();
}

#[test]
fn what_moved_is_moved_back_where_that_may_be() {
    let api = api();
    let workspace = api.workspace(&applied(ORDERS));
    let mut service = with_state(&workspace);
    let message = service.wait_for("Ready is true (Succeeded)");
    insta::assert_snapshot!(message, @"Ready is true (Succeeded): applied 1 operation, and proven");
    let id = api
        .simulator
        .webhooks(crate::support::CLIENT_ID, EnvType::Sandbox)[0]
        .id
        .clone();
    api.simulator
        .edit(&id, |webhook| {
            webhook.webhook_url = "https://hooks.example.com/else".to_owned()
        })
        .unwrap();
    while api.live(EnvType::Sandbox) != ["orders https://hooks.example.com/orders"] {
        std::thread::yield_now();
    }
    service.stop();
}

#[test]
fn one_list_a_round_is_all_that_is_sent_where_nothing_differs() {
    let api = api();
    orders(&api);
    let workspace = api.workspace(&declared("mode: detect", ORDERS));
    let mut service = Service::start(&workspace, &[]);
    service.wait_for("InSync is true (InSync)");
    while api.requests().len() < 3 {
        std::thread::yield_now();
    }
    service.stop();
    let requests = api.requests();
    assert!(
        requests
            .iter()
            .all(|request| request.starts_with("GET /v1/webhooks/")),
        "{requests:?}"
    );
    assert_eq!(requests.len(), api.count("GET"));
}

#[test]
fn the_days_writes_are_counted_over_restarts() {
    let api = api();
    let manifest = applied(ORDERS).replace(
        "    lock:",
        "    limits: { max_writes_per_day: 1 }\n    lock:",
    );
    let workspace = api.workspace(&manifest);
    let mut service = with_state(&workspace);
    service.wait_for("Ready is true (Succeeded)");
    service.stop();
    workspace.write(
        "hookwright.yaml",
        manifest.replace("[API]", &api.base_url()) + LINKS,
    );
    let mut service = with_state(&workspace);
    let message = service.wait_for("Stalled is true (WritesSpent)");
    insta::assert_snapshot!(message, @"Stalled is true (WritesSpent): the plan needs 1 writes, and 0 of the 1 of today are left (`limits.max_writes_per_day`)");
    service.stop();
    assert_eq!(api.count("POST"), 1);
}

#[test]
fn what_is_paused_is_left_alone_and_no_failure() {
    let api = api();
    let workspace = api.workspace(&declared(
        "mode: detect, paused: INC-1234, until: \"2999-01-01T00:00Z\"",
        ORDERS,
    ));
    let mut service = Service::start(&workspace, &[]);
    let message = service.wait_for("Ready is not known (Paused)");
    insta::assert_snapshot!(message, @"Ready is not known (Paused): paused until 2999-01-01T00:00:00Z: INC-1234");
    service.stop();
    assert_eq!(api.requests(), Vec::<String>::new());
}

#[test]
fn a_refused_plan_is_stalled_and_not_tried_again() {
    let api = api();
    for name in ["a", "b", "c"] {
        let url = format!("https://hooks.example.com/{name}");
        api.seed(EnvType::Sandbox, name, &url, &["order-created"]);
    }
    let manifest = applied(ORDERS).replace(
        "    lock:",
        "    prune: true\n    limits: { max_deletes: 1 }\n    lock:",
    );
    let workspace = api.workspace(&manifest);
    let mut service = with_state(&workspace);
    let message = service.wait_for("Stalled is true (Refused)");
    insta::assert_snapshot!(message);
    let before = api.requests().len();
    while api.requests().len() < before + 2 {
        std::thread::yield_now();
    }
    let said = service.stop();
    assert_eq!(said.matches("Stalled is true").count(), 1, "{said}");
    assert_eq!((api.count("POST"), api.count("DELETE")), (0, 0));
    let others = api.requests();
    assert!(
        others
            .iter()
            .all(|request| request.starts_with("GET /v1/webhooks/")),
        "{others:?}"
    );
}

/// The guard looks at what webhooks carry: that costs requests, so it looks once for each plan.
#[test]
fn live_traffic_is_looked_at_once_for_a_plan() {
    use crate::support::history::{Seeded, at, seed};
    let api = Api::now();
    let old = "https://hooks.example.com/old";
    api.seed(EnvType::Sandbox, "old", old, &["order-created"]);
    seed(&api, Seeded::new(old, "order-created", at(5), Some(200)));
    let manifest = applied(ORDERS).replace("    lock:", "    prune: true\n    lock:");
    let workspace = api.workspace(&manifest);
    let mut service = with_state(&workspace);
    service.wait_for("Stalled is true (Refused)");
    let lists = || {
        api.requests()
            .iter()
            .filter(|request| request.starts_with("GET /v1/webhooks/"))
            .count()
    };
    let before = lists();
    while lists() < before + 2 {
        std::thread::yield_now();
    }
    service.stop();
    assert_eq!((api.count("POST"), api.count("DELETE")), (0, 0));
    let looks = api.requests().len() - lists();
    assert!((1..=2).contains(&looks), "{:?}", api.requests());
}

/// What the guards read takes time: the list right before the first write is what counts.
#[test]
fn what_moves_while_the_guards_look_is_not_written_over() {
    let moved = std::sync::atomic::AtomicBool::new(false);
    let api = Api::meddled_now(move |request, simulator| {
        let is_history = !request.uri().path().starts_with("/v1/webhooks/");
        if is_history && !moved.swap(true, std::sync::atomic::Ordering::SeqCst) {
            let live = simulator.webhooks(crate::support::CLIENT_ID, EnvType::Sandbox);
            let more = |one: &mut hookwright::simulator::StoredWebhook| {
                one.events.push("link-connected".to_owned());
            };
            simulator.edit(&live[0].id, more).unwrap();
        }
        None
    });
    let old = "https://hooks.example.com/old";
    api.seed(EnvType::Sandbox, "old", old, &["order-created"]);
    let manifest = applied(ORDERS).replace("    lock:", "    prune: true\n    lock:");
    let workspace = api.workspace(&manifest);
    let mut service = with_state(&workspace);
    let message = service.wait_for("Ready is false");
    insta::assert_snapshot!(message, @"Ready is false (ApplyFailed): the environment changed while the guards looked at it; nothing was changed");
    // The next round plans from what is there then.
    service.wait_for("Ready is true (Succeeded)");
    service.stop();
    assert_eq!(
        api.live(EnvType::Sandbox),
        ["orders https://hooks.example.com/orders"]
    );
}
