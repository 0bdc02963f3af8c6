//! `test`: signed sample events to a receiver.

use std::{
    io::{Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use hookwright::{delivery::signature, model::EnvType, provider::truv::PROFILE as TRUV};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use crate::support::{
    Api, PROD_SECRET, Run, SANDBOX_SECRET, Workspace,
    receiver::{Receiver, is_signed, redirect, with_status},
    sandbox_manifest,
};

fn workspace(url: &str) -> Workspace {
    let orders =
        format!("  orders: {{ url: \"{url}\", events: [order-created, link-connected] }}\n");
    Workspace::with(&sandbox_manifest(&orders).replace("[API]", "simulator"))
}

/// The result, with ports and times as if they were always the same.
fn shown(run: &Run, receiver: &Receiver) -> String {
    let shown = run.shown().replace(&receiver.port(), "[PORT]");
    let lines = shown.lines().map(|line| match line.strip_suffix(" ms") {
        Some(rest) => format!(
            "{}  [TIME]",
            rest.trim_end_matches(char::is_numeric).trim_end()
        ),
        None => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

fn test(receiver: &Receiver, arguments: &[&str]) -> Run {
    let all = ["test", "orders", "--allow-private"];
    workspace(&receiver.url("/in?x=1")).run(&[&all, arguments].concat())
}

/// Whoever wrote a receiver that refuses good signatures is told how they are made.
#[test]
fn a_refused_good_signature_says_how_it_is_made() {
    let receiver = Receiver::verifying(PROD_SECRET);
    let run = test(&receiver, &["--event", "order-created"]).code(1);
    insta::assert_snapshot!(shown(&run, &receiver));
    // A receiver that is broken otherwise is not told about signatures.
    let broken = Receiver::answering(500);
    let run = test(&broken, &["--event", "order-created"]).code(1);
    assert!(!run.stdout.contains("signature:"), "{}", run.shown());
}

#[test]
fn good_receiver_takes_what_is_signed_and_refuses_what_is_not() {
    let receiver = Receiver::verifying(SANDBOX_SECRET);
    let run = test(&receiver, &[]).code(0);
    insta::assert_snapshot!(shown(&run, &receiver), @"
    exit 0
    ----- stdout -----
    orders  sandbox  http://127.0.0.1:[PORT]/in?x=1
      passed  link-connected                  200  [TIME]
      passed  order-created                   200  [TIME]
      passed  wrong signature                 401  [TIME]

    Probed 1 webhook: 0 of 3 attempts failed.
    ----- stderr -----
    ");
    let received = receiver.received();
    let signed: Vec<bool> = received
        .iter()
        .map(|one| is_signed(one, SANDBOX_SECRET))
        .collect();
    assert_eq!(signed, [true, true, false]);
    for request in &received {
        assert_eq!(request.uri(), "/in?x=1");
        assert_eq!(request.headers()["x-hookwright-test"], "true");
        assert_eq!(request.headers()["user-agent"], "Truv-Webhook-Service/2.0");
        assert_eq!(
            request.headers()[signature::header(TRUV.signature)].len(),
            67
        );
    }
}

#[test]
fn faults_of_receivers_are_told_apart() {
    let mut all = String::new();
    for receiver in [
        Receiver::answering(200),
        Receiver::answering(500),
        Receiver::start(|_, _| None),
        Receiver::start(|request, _| {
            Some(match request.uri().path() {
                "/in" => redirect(301, "/moved?x=2"),
                _ => with_status(204),
            })
        }),
    ] {
        let run = test(&receiver, &["--event", "order-created"]).code(1);
        all.push_str(&shown(&run, &receiver));
    }
    insta::assert_snapshot!(all, @"
    exit 1
    ----- stdout -----
    orders  sandbox  http://127.0.0.1:[PORT]/in?x=1
      passed  order-created                   200  [TIME]
      failed  wrong signature                 200  [TIME]
              it was taken: anybody could send events there

    Probed 1 webhook: 1 of 2 attempts failed.
    ----- stderr -----
    exit 1
    ----- stdout -----
    orders  sandbox  http://127.0.0.1:[PORT]/in?x=1
      failed  order-created                   500  [TIME]
              it was answered with 500, not 2xx
      failed  wrong signature                 500  [TIME]
              it was answered with 500, which is no refusal: answer 401, so whether
              signatures are checked is not shown

    Probed 1 webhook: 2 of 2 attempts failed.
    ----- stderr -----
    exit 1
    ----- stdout -----
    orders  sandbox  http://127.0.0.1:[PORT]/in?x=1
      failed  order-created                   none
              the connection broke before an answer came: connection closed before
              message completed

    Probed 1 webhook: 1 of 1 attempt failed.
    ----- stderr -----
    exit 1
    ----- stdout -----
    orders  sandbox  http://127.0.0.1:[PORT]/in?x=1
      failed  order-created                   204  [TIME]
              it was redirected with 301 to http://127.0.0.1:[PORT]/moved, where a
              request without the event arrives: register that URL
      failed  wrong signature                 204  [TIME]
              it was taken: anybody could send events there

    Probed 1 webhook: 2 of 2 attempts failed.
    ----- stderr -----
    ");
}

#[test]
fn redirect_that_keeps_the_event_is_a_warning() {
    let receiver = Receiver::start(|request, _| {
        Some(match request.uri().path() {
            "/in" => redirect(308, "/moved"),
            _ if is_signed(request, SANDBOX_SECRET) => with_status(200),
            _ => with_status(401),
        })
    });
    let run = test(&receiver, &["--event", "order-created"]).code(0);
    assert!(
        run.stdout.contains("warned  order-created"),
        "{}",
        run.shown()
    );
    assert!(run.stdout.contains("register that URL"), "{}", run.shown());
}

#[test]
fn receiver_that_checks_later_is_allowed_on_demand() {
    let receiver = Receiver::answering(202);
    let run = test(&receiver, &["--allow-unverified", "--format", "json"]).code(0);
    let document = run.json();
    let attempts = document["webhooks"][0]["attempts"].as_array().unwrap();
    let verdicts: Vec<&str> = attempts
        .iter()
        .map(|one| one["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(verdicts, ["passed", "passed", "warned"]);
    assert_eq!(attempts[2]["signature"], "wrong");
    assert_eq!(document["webhooks"][0]["passed"], true);
}

/// An HTTPS receiver that answers everything with 401. Its certificate is for 127.0.0.1, and holds for a
/// hundred years.
fn https() -> String {
    let pem = certificates().join("server.pem");
    let certificate = CertificateDer::from_pem_file(&pem).unwrap();
    let key = PrivateKeyDer::from_pem_file(&pem).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            // A client that does not trust the certificate leaves here.
            if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                let answer = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(answer).ok();
            }
        }
    });
    url
}

fn certificates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/net/transport/http/testdata")
}

#[test]
fn encryption_is_verified_and_described() {
    let test = ["test", "orders", "--allow-private", "--format", "json"];
    let trusting = |authority: &str| {
        let authority = certificates().join(authority);
        workspace(&https()).env("SSL_CERT_FILE", authority.to_str().unwrap())
    };
    let run = trusting("authority.pem").run(&test).code(1);
    let webhook = run.json()["webhooks"][0].clone();
    assert_eq!(webhook["attempts"][0]["status"], 401, "{}", run.shown());
    assert_eq!(webhook["tls"]["version"], "TLS 1.3");
    assert!(webhook["tls"]["certificate_days_left"].as_u64() > Some(20_000));
    assert_eq!(webhook["tls"]["certificate_ends_soon"], false);

    let run = trusting("other-authority.pem").run(&test).code(1);
    let webhook = run.json()["webhooks"][0].clone();
    assert_eq!(webhook["attempts"].as_array().unwrap().len(), 1);
    let why = webhook["attempts"][0]["why"].as_str().unwrap();
    let expected = "the connection could not be encrypted: invalid peer certificate: UnknownIssuer";
    assert_eq!(why, expected);
    assert_eq!(webhook["tls"], serde_json::Value::Null);
}

#[test]
fn private_addresses_need_a_yes() {
    let receiver = Receiver::answering(200);
    let run = workspace(&receiver.url("/"))
        .run(&["test", "orders"])
        .code(1);
    insta::assert_snapshot!(shown(&run, &receiver), @"
    exit 1
    ----- stdout -----
    orders  sandbox  http://127.0.0.1:[PORT]/
      failed  link-connected                  none
              127.0.0.1 is a loopback address, which is not connected to without
              `--allow-private`

    Probed 1 webhook: 1 of 1 attempt failed.
    ----- stderr -----
    ");
    assert!(receiver.received().is_empty());
}

#[test]
fn seed_makes_the_events_the_same_ones_again() {
    let receiver = Receiver::answering(200);
    let ids = || {
        let _ = test(&receiver, &["--seed", "a", "--event", "order-created"]);
        let last = receiver.received().pop().unwrap();
        serde_json::from_slice::<serde_json::Value>(last.body()).unwrap()["order_id"].clone()
    };
    assert_eq!(ids(), ids());
}

#[test]
fn wrong_usage_says_what_would_be_right() {
    let receiver = Receiver::answering(200);
    let workspace = workspace(&receiver.url("/"));
    let mut shown = String::new();
    for arguments in [
        &["test", "order"][..],
        &["test"],
        &["test", "orders", "--event", "order-creatd"],
    ] {
        shown.push_str(&workspace.run(arguments).code(64).stderr);
    }
    insta::assert_snapshot!(shown, @"
    error: the manifest has no webhook `order`
      hint: did you mean `orders`?
    error: the following required arguments were not provided:
      <KEY>

    Usage: hookwright test <KEY>

    For more information, try '--help'.
    error: Truv documents no event type `order-creatd`
      hint: did you mean `order-created`?
    ");
    assert!(receiver.received().is_empty());
}

#[test]
fn production_is_not_probed_because_nobody_said_where_else() {
    let receiver = Receiver::answering(200);
    let prod = "  prod: { provider: truv, base_url: simulator }\nwebhooks:";
    let orders = format!(
        "  orders: {{ url: \"{}\", events: [order-created], environments: [prod] }}\n",
        receiver.url("/")
    );
    let manifest = sandbox_manifest(&orders)
        .replace("[API]", "simulator")
        .replace("webhooks:", prod);
    let workspace = Workspace::with(&manifest);
    let mut shown = String::new();
    let test = ["test", "orders", "--allow-private"];
    for arguments in [&[][..], &["-e", "sandbox"]] {
        let run = workspace.run(&[&test, arguments].concat()).code(64);
        shown.push_str(&run.stderr);
    }
    insta::assert_snapshot!(shown, @"
    error: several environments: which one is meant?
      hint: name one: `-e sandbox`, `-e prod`
    error: environment `sandbox` declares no webhook `orders`
      hint: the webhook's `environments` says where it is declared
    ");
    assert!(receiver.received().is_empty());
}

#[test]
fn secret_of_another_environment_signs_nothing() {
    let receiver = Receiver::answering(200);
    let workspace = workspace(&receiver.url("/")).env("TRUV_SANDBOX_SECRET", PROD_SECRET);
    let run = workspace
        .run(&["test", "orders", "--allow-private"])
        .code(3);
    insta::assert_snapshot!(run.stderr, @"
    error: environment `sandbox` cannot sign: the access secret's prefix says production, and the environment is sandbox
      hint: use the environment's own secret: what it signs is taken for real
    ");
    assert!(receiver.received().is_empty());
}

fn plan_of(url: &str, more: &str) -> String {
    sandbox_manifest(&format!(
        "  orders: {{ url: \"{url}\", events: [order-created] }}\n{more}"
    ))
}

const APPLY: [&str; 4] = ["apply", "--auto-approve", "--probe", "--allow-private"];

#[test]
fn apply_probes_before_it_creates_or_moves() {
    let api = Api::truv();
    let bad = Receiver::answering(500);
    let good = Receiver::verifying(SANDBOX_SECRET);
    let workspace = api.workspace(&plan_of(&bad.url("/"), ""));
    let run = workspace.run(&APPLY).code(3);
    insta::assert_snapshot!(run.shown().replace(&bad.port(), "[BAD]"), @"
    exit 3
    ----- stdout -----
    + create

    sandbox  Truv sandbox at [API]
      + orders
          url       http://127.0.0.1:[BAD]/
          events    + order-created
          why       no live webhook has its URL, a former URL, or its name

      1 write request, no waiting at half of Truv's 300 a minute
      refused (probe-failed): see below

    Plan: 1 to create, 0 to update, 0 to delete. 1 environment refused.

      refused (probe-failed) in sandbox: the probe of `orders` failed:
          order-created: it was answered with 500, not 2xx
          to go on: look closer with `hookwright test orders -e sandbox`, and mend
          the receiver
    ----- stderr -----
    probing `orders` of environment `sandbox`
    error: a guard refuses the plan; nothing was changed
    ");
    assert_eq!((api.count("POST"), api.count("PATCH")), (0, 0));

    let create = api.workspace(&plan_of(&good.url("/"), ""));
    let _ = create.run(&APPLY).code(0);
    assert_eq!(good.received().len(), 2);

    let moved = api.workspace(&plan_of(&bad.url("/"), ""));
    let document = moved
        .run(&[&APPLY[..], &["--format", "json"]].concat())
        .code(3);
    let refusal = &document.json()["environments"][0]["refusals"][0];
    assert_eq!(refusal["code"], "probe-failed");
    assert_eq!(api.count("PATCH"), 0);
    // Neither created nor moved: nothing to probe.
    let renamed = plan_of(&good.url("/"), "").replace("{ url", "{ name: other, url");
    let _ = api.workspace(&renamed).run(&APPLY).code(0);
    assert_eq!(good.received().len(), 2);
    assert_eq!(api.count("PATCH"), 1);
}

fn healing(api: &Api, receiver: &Receiver) -> Workspace {
    let url = receiver.url("/");
    let id = api.seed(EnvType::Sandbox, "orders", &url, &["order-created"]);
    let disable = |webhook: &mut hookwright::simulator::StoredWebhook| webhook.enabled = false;
    api.simulator.edit(&id, disable).unwrap();
    let manifest = plan_of(&url, "");
    api.workspace(&manifest.replace("provider: truv", "provider: truv\n    heal: probe"))
}

#[test]
fn disabled_webhook_is_enabled_where_its_probe_succeeds() {
    let api = Api::truv();
    let receiver = Receiver::verifying(SANDBOX_SECRET);
    let workspace = healing(&api, &receiver);
    let planned = workspace.run(&["plan"]).code(0);
    insta::assert_snapshot!(planned.stdout.replace(&receiver.port(), "[PORT]"), @"
    ~ update in place

    sandbox  Truv sandbox at [API]
      ~ orders
          enabled   false → true
          3 fields unchanged
          id        651c322a-0dc7-4071-a7c1-2860f1175ad9
          why       disabled at the provider, which does that to endpoints that keep
                    failing

      1 write request, no waiting at half of Truv's 300 a minute

    Plan: 0 to create, 1 to update, 0 to delete.

      warning: `orders` is enabled again only where a signed probe of its URL
          succeeds, which `apply` sends
    ");
    assert!(receiver.received().is_empty(), "a plan sends nothing");
    let _ = workspace
        .run(&["apply", "--auto-approve", "--allow-private"])
        .code(0);
    assert_eq!(receiver.received().len(), 2);
    assert_eq!(api.count("PATCH"), 1);
    let _ = workspace.run(&["plan", "--detailed-exitcode"]).code(0);
}

#[test]
fn saved_plans_enable_nothing_that_was_not_probed() {
    for (receiver, patches, code) in [
        (Receiver::answering(503), 0, 1),
        (Receiver::verifying(SANDBOX_SECRET), 1, 0),
    ] {
        let api = Api::truv();
        let workspace = healing(&api, &receiver);
        let _ = workspace.run(&["plan", "--out", "saved.plan"]).code(0);
        let _ = workspace
            .run(&["apply", "saved.plan", "--allow-private"])
            .code(code);
        assert_eq!(receiver.received().len(), 2);
        assert_eq!(api.count("PATCH"), patches);
    }
}

#[test]
fn disabled_webhook_is_left_out_where_its_probe_fails() {
    let api = Api::truv();
    let receiver = Receiver::answering(503);
    let workspace = healing(&api, &receiver);
    let apply = ["apply", "--auto-approve", "--allow-private"];
    let run = workspace.run(&apply).code(1);
    insta::assert_snapshot!(run.shown().replace(&receiver.port(), "[PORT]"), @"
    exit 1
    ----- stdout -----
    sandbox  Truv sandbox at [API]
      1 webhook unchanged

    Plan: 0 to create, 0 to update, 0 to delete. 1 webhook left disabled.

      warning: `orders` stays disabled, as its probe failed: order-created: it was
          answered with 503, not 2xx
    ----- stderr -----
    probing `orders` of environment `sandbox`
    error: a webhook stays disabled; nothing was changed
    ");
    assert_eq!(api.count("PATCH"), 0);

    // What else is to change does, and the end is not called converged.
    let more = "  links: { url: \"https://h.example.com/\", events: [link-connected] }\n";
    let manifest = std::fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    workspace.write("hookwright.yaml", manifest + more);
    let run = workspace
        .run(&[&apply[..], &["--format", "json"]].concat())
        .code(4);
    let document = run.json();
    assert_eq!(document["outcome"], "partial");
    assert_eq!(document["environments"][0]["differs"][0], "orders");
    assert_eq!((api.count("PATCH"), api.count("POST")), (0, 1));
}
