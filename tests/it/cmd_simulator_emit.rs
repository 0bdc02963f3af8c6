//! `simulator emit`: events that are really delivered.

use std::io::{Read, Write};

use hookwright::{model::EnvType, provider::transcrypts::PROFILE as TRANSCRYPTS};

use crate::{
    cmd_simulator::Running,
    support::{
        Api, CLIENT_ID, PROD_SECRET, SANDBOX_SECRET, Workspace,
        receiver::{Receiver, is_signed, with_status},
        sandbox_manifest,
    },
};

/// The history as `event status error`.
fn history(api: &Api) -> Vec<String> {
    let all = api.simulator.deliveries();
    all.into_iter()
        .map(|one| {
            let record = one.record;
            format!(
                "{} {:?} {:?}",
                record.event_type,
                record.status_code,
                record.error_message.unwrap_or_default()
            )
        })
        .collect()
}

#[test]
fn event_reaches_whoever_subscribes_signed_with_their_secret() {
    let api = Api::truv().knows_secrets();
    let receiver = Receiver::answering(200);
    for (env_type, path, events) in [
        (EnvType::Sandbox, "/sandbox", &["order-created"][..]),
        (EnvType::Production, "/prod", &["order-created"]),
        (EnvType::Sandbox, "/other", &["link-connected"]),
    ] {
        api.seed(env_type, path, &receiver.url(path), events);
    }
    let disabled = api.seed(
        EnvType::Sandbox,
        "disabled",
        &receiver.url("/disabled"),
        &["order-created"],
    );
    let disable = |webhook: &mut hookwright::simulator::StoredWebhook| webhook.enabled = false;
    api.simulator.edit(&disabled, disable).unwrap();

    let run = api.emit(&["order-created"]).code(0);
    insta::assert_snapshot!(run.stdout.replace(&receiver.port(), "[PORT]"), @"
    order-created: 2 webhooks subscribed and enabled
      delivered  /sandbox  http://127.0.0.1:[PORT]/sandbox
        attempt  200
      delivered  /prod  http://127.0.0.1:[PORT]/prod
        attempt  200
    ");
    let mut received = receiver.received();
    received.sort_by_key(|request| request.uri().path().to_owned());
    let [prod, sandbox] = &received[..] else {
        panic!("two deliveries: {received:?}")
    };
    assert!(is_signed(prod, PROD_SECRET) && is_signed(sandbox, SANDBOX_SECRET));
    let body = |body: &[u8]| serde_json::from_slice::<serde_json::Value>(body).unwrap();
    let (prod, sandbox) = (body(prod.body()), body(sandbox.body()));
    assert_eq!(prod["event_type"], "order-created");
    assert_eq!(prod["order_id"], sandbox["order_id"]);
    assert_ne!(prod["webhook_id"], sandbox["webhook_id"]);
    assert_eq!(history(&api), ["order-created Some(200) \"\""; 2]);
    let records = api.simulator.deliveries();
    assert_ne!(records[0].record.webhook_id, records[1].record.webhook_id);
    assert!(records.iter().any(|one| one.record.webhook_payload == prod));
}

#[test]
fn failed_delivery_is_tried_three_times_more() {
    let api = Api::truv().knows_secrets();
    let receiver = Receiver::answering(500);
    api.seed(
        EnvType::Sandbox,
        "a",
        &receiver.url("/"),
        &["order-created"],
    );
    let run = api.emit(&["order-created"]).code(1);
    insta::assert_snapshot!(run.stdout.replace(&receiver.port(), "[PORT]"), @"
    order-created: 1 webhook subscribed and enabled
      failed     a  http://127.0.0.1:[PORT]/
        attempt  500 Internal Server Error
        attempt  500 Internal Server Error
        attempt  500 Internal Server Error
        attempt  500 Internal Server Error
    ");
    let failed = "order-created Some(500) \"500 Internal Server Error\"";
    assert_eq!(history(&api), [failed; 4]);
    let bodies: Vec<_> = receiver.received();
    assert!(bodies.iter().all(|one| one.body() == bodies[0].body()));
}

#[test]
fn retry_that_succeeds_is_the_last() {
    let api = Api::truv().knows_secrets();
    let receiver = Receiver::start(|_, before| match before {
        0 => None,
        1 => Some(with_status(503)),
        _ => Some(with_status(202)),
    });
    api.seed(
        EnvType::Sandbox,
        "a",
        &receiver.url("/"),
        &["order-created"],
    );
    let run = api.emit(&["order-created", "--format", "json"]).code(0);
    let webhook = &run.json()["webhooks"][0];
    assert_eq!(webhook["state"], "delivered");
    assert_eq!(webhook["attempts"].as_array().unwrap().len(), 3);
    assert_eq!(
        webhook["attempts"][0]["status_code"],
        serde_json::Value::Null
    );
    assert_eq!(receiver.received().len(), 3);
    assert_eq!(history(&api).len(), 3);
}

#[test]
fn production_endpoint_that_keeps_failing_is_disabled() {
    let quirks = "disable-after=5".parse::<hookwright::simulator::Quirks>();
    let quirks = quirks.unwrap();
    let api = Api::start(|builder| builder.quirks(quirks)).knows_secrets();
    let receiver = Receiver::answering(500);
    let url = receiver.url("/");
    for env_type in [EnvType::Sandbox, EnvType::Production] {
        api.seed(env_type, "a", &url, &["order-created"]);
    }
    let enabled = |env_type| api.simulator.webhooks(CLIENT_ID, env_type)[0].enabled;
    let _ = api.emit(&["order-created"]).code(1);
    assert!(enabled(EnvType::Production), "four failures are not enough");
    let run = api.emit(&["order-created", "--env-type", "prod"]).code(1);
    assert!(
        run.stdout.contains("why      it is disabled"),
        "{}",
        run.shown()
    );
    assert!(!enabled(EnvType::Production));
    let _ = api.emit(&["order-created"]).code(1);
    assert!(
        enabled(EnvType::Sandbox),
        "Truv disables in production alone"
    );
    let in_production = api.simulator.deliveries();
    let in_production = in_production.iter();
    let count = in_production.filter(|one| one.env_type == EnvType::Production);
    assert_eq!(count.count(), 5);
}

#[test]
fn real_receivers_are_not_reached_by_a_rehearsal() {
    let api = Api::truv().knows_secrets();
    for url in ["https://10.1.2.3/in", "https://8.8.8.8/in"] {
        api.seed(EnvType::Sandbox, url, url, &["order-created"]);
    }
    let run = api.emit(&["order-created"]).code(1);
    insta::assert_snapshot!(run.stdout, @"
    order-created: 2 webhooks subscribed and enabled
      not sent   https://10.1.2.3/in  https://10.1.2.3/in
        why      10.1.2.3 is a private address, which is not connected to; `simulator --deliver-to` says where events may be sent
      not sent   https://8.8.8.8/in  https://8.8.8.8/in
        why      8.8.8.8 is a public address, which is not connected to; `simulator --deliver-to` says where events may be sent
    ");
    assert!(api.simulator.deliveries().is_empty());
}

#[test]
fn what_cannot_be_signed_or_has_no_receiver_is_said() {
    let api = Api::truv();
    let receiver = Receiver::answering(200);
    api.seed(
        EnvType::Sandbox,
        "a",
        &receiver.url("/"),
        &["order-created"],
    );
    let mut shown = String::new();
    for event in ["order-created", "link-connected", "order-creatd"] {
        shown.push_str(&api.emit(&[event]).code(1).shown());
    }
    insta::assert_snapshot!(shown.replace(&receiver.port(), "[PORT]"), @"
    exit 1
    ----- stdout -----
    order-created: 1 webhook subscribed and enabled
      not sent   a  http://127.0.0.1:[PORT]/
        why      its access secret is not known: send one request with it, such as `hookwright plan`
    ----- stderr -----
    exit 1
    ----- stdout -----
    link-connected: 0 webhooks subscribed and enabled
    ----- stderr -----
    exit 1
    ----- stdout -----
    ----- stderr -----
    error: the simulator refuses: Truv has no event type `order-creatd`
      hint: did you mean `order-created`?
    ");
    assert!(receiver.received().is_empty());
}

#[test]
fn transcrypts_signs_without_prefix_and_disables_nothing() {
    let quirks = "disable-after=1".parse::<hookwright::simulator::Quirks>();
    let quirks = quirks.unwrap();
    let api = Api::of(&TRANSCRYPTS, |builder| builder.quirks(quirks)).knows_secrets();
    let receiver = Receiver::answering(500);
    let event = "instant-verification-failed";
    api.seed(EnvType::Production, "a", &receiver.url("/"), &[event]);
    let _ = api.emit(&[event]).code(1);
    let received = receiver.received();
    assert_eq!(received.len(), 4);
    assert_eq!(
        received[0].headers()["user-agent"],
        "Transcrypts-Webhook-Service/2.0"
    );
    assert_eq!(received[0].headers()["x-webhook-sign"].len(), 64);
}

#[test]
fn no_simulator_is_a_failure_with_a_way_out() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let receiver = Receiver::answering(200);
    let emit = |at: &str| Workspace::new().run(&["simulator", "emit", "order-created", "--at", at]);
    let run = emit(&at).code(1);
    let start = "error: failed to reach the simulator: no connection could be made";
    assert!(run.stderr.starts_with(start), "{}", run.shown());
    let hint = "hint: start one with `hookwright simulator`, or say where it is with `--at`";
    assert!(run.stderr.contains(hint), "{}", run.shown());
    let mut shown = String::new();
    for (at, code) in [
        (receiver.url("/").as_str(), 1),
        ("https://simulator.example.com", 64),
        ("nowhere", 64),
    ] {
        shown.push_str(&emit(at).code(code).stderr);
    }
    insta::assert_snapshot!(shown, @"
    error: what answers is no simulator
      hint: say where it is with `--at`; `hookwright simulator` prints its URL
    error: `--at` is not the URL of a simulator: it is not on this machine
      hint: it is on this machine, such as `http://127.0.0.1:8788`
    error: `--at` is not the URL of a simulator: not a URL: relative URL without a base
      hint: it is on this machine, such as `http://127.0.0.1:8788`
    ");
}

#[test]
fn admin_api_is_for_this_machine_and_for_who_means_it() {
    let api = Api::truv().knows_secrets();
    let address = api.base_url().replace("http://", "").replace("/v1/", "");
    let ask = |head: &str| {
        let body = "{\"event_type\":\"order-created\"}";
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer[9..12].to_owned()
    };
    let json = "Content-Type: application/json";
    let emit = "POST /_simulator/emit HTTP/1.1";
    for (head, status) in [
        (format!("{emit}\r\nHost: localhost\r\n{json}"), "200"),
        (format!("{emit}\r\nHost: [::1]:80\r\n{json}"), "200"),
        (
            format!("{emit}\r\nHost: rebound.example.com\r\n{json}"),
            "403",
        ),
        (
            format!("{emit}\r\nHost: localhost\r\nOrigin: http://localhost\r\n{json}"),
            "403",
        ),
        (
            format!("{emit}\r\nHost: localhost\r\nContent-Type: text/plain"),
            "403",
        ),
        (format!("{emit}\r\nHost: localhost"), "403"),
        (
            format!("GET /_simulator/emit HTTP/1.1\r\nHost: localhost\r\n{json}"),
            "405",
        ),
        (
            format!("POST /_simulator/other HTTP/1.1\r\nHost: localhost\r\n{json}"),
            "404",
        ),
    ] {
        assert_eq!(ask(&head), status, "{head}");
    }
    assert!(
        api.simulator.requests().is_empty(),
        "it is no part of the API"
    );
}

#[test]
fn schedule_without_a_pause_is_wrong_usage() {
    let run = Workspace::new()
        .run(&["simulator", "--emit-every", "0s"])
        .code(64);
    assert!(
        run.stderr.contains("longer than no time"),
        "{}",
        run.shown()
    );
}

#[test]
fn schedule_lets_events_happen_by_themselves() {
    let receiver = Receiver::verifying(SANDBOX_SECRET);
    let workspace = Workspace::new();
    let simulator = Running::start(&workspace, &["--emit-every", "10ms"]);
    let webhook = format!(
        "  both:\n    url: {}\n    events: [order-created, link-connected]\n",
        receiver.url("/")
    );
    let manifest = sandbox_manifest(&webhook).replace("[API]", &simulator.base_url);
    workspace.write("hookwright.yaml", manifest);
    let _ = workspace.run(&["apply", "--auto-approve"]).code(0);
    receiver.wait_for(3);
    let received = receiver.received();
    assert!(received.iter().all(|one| is_signed(one, SANDBOX_SECRET)));
    let of = |event: &str| {
        let event = format!("\"event_type\":\"{event}\"");
        let text = |body: &bytes::Bytes| String::from_utf8(body.to_vec()).unwrap();
        received.iter().any(|one| text(one.body()).contains(&event))
    };
    assert!(of("order-created") && of("link-connected"));
}
