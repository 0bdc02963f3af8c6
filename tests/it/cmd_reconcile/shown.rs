//! What others see of the service on its port, after somebody has asked for a round.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use hookwright::model::EnvType;
use serde_json::Value;

use super::{
    ORDERS, Service, api,
    http::{SECRET, ask, slow, start},
};
use crate::support::{Api, SANDBOX_SECRET, Workspace};

/// Longer than anything here takes, on a busy machine too.
const LONG: Duration = Duration::from_secs(30);

/// A workspace whose service looks when somebody asks for it.
fn workspace(api: &Api, webhooks: &str) -> Workspace {
    let workspace = slow(api, webhooks);
    let manifest = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    let keys = "    owns: [\"orders\"]\n    reconcile:";
    workspace.write("hookwright.yaml", manifest.replace("    reconcile:", keys));
    workspace
}

/// A service that has looked once, and where it answers.
struct Served {
    service: Service,
    address: String,
}

impl Served {
    fn start(workspace: &Workspace) -> Self {
        let (service, address) = start(workspace);
        Self { service, address }
    }

    /// The answer to a request with the secret. No secret is in it.
    #[track_caller]
    fn ask(&self, method: &str, path: &str, status: u16) -> String {
        let token = format!("Bearer {SECRET}");
        let headers = [("Authorization", token.as_str())];
        let (found, body) = ask(&self.address, method, path, &headers, "");
        assert_eq!(found, status, "{path}: {body}");
        for secret in [SECRET, SANDBOX_SECRET] {
            assert!(!body.contains(secret), "{body}");
        }
        body
    }

    #[track_caller]
    fn get(&self, path: &str) -> String {
        self.ask("GET", path, 200)
    }

    /// Asks for a round, and gives its path.
    #[track_caller]
    fn trigger(&self) -> String {
        let round = self.ask("POST", "/api/v1/trigger", 202);
        let round: Value = serde_json::from_str(&round).unwrap();
        format!("/api/v1/rounds/{}", round["round"].as_str().unwrap())
    }

    /// Asks for a round, and waits for its end.
    #[track_caller]
    fn round(&self) -> Value {
        let path = self.trigger();
        self.wait_for(&path, "\"state\": \"ended\"");
        serde_json::from_str(&self.get(&path)).unwrap()
    }

    /// Asks until an answer has this in it.
    #[track_caller]
    fn wait_for(&self, path: &str, text: &str) {
        let begin = Instant::now();
        loop {
            let found = self.get(path);
            if found.contains(text) {
                return;
            }
            assert!(begin.elapsed() < LONG, "{text}\n{found}");
        }
    }
}

#[test]
fn a_strangers_webhook_is_on_the_page_in_the_metrics_and_in_the_documents() {
    let api = api();
    let url = "https://hooks.example.com/orders";
    api.seed(EnvType::Sandbox, "orders", url, &["order-created"]);
    let workspace = workspace(&api, ORDERS);
    let served = Served::start(&workspace);
    assert_eq!(served.get("/readyz"), "ok\n");
    assert!(served.get("/").contains("<h1>1 environment in sync</h1>"));
    let url = "https://evil.example.net/";
    api.seed(EnvType::Sandbox, "exfiltrate", url, &["order-created"]);
    let round = served.round();
    assert_eq!(round["environments"][0]["ended"]["cause"], "trigger");
    let metrics = served.get("/metrics");
    for series in [
        "hookwright_condition{environment=\"sandbox\",type=\"InSync\",status=\"False\",reason=\"ForeignWebhook\"} 1",
        "hookwright_webhooks{environment=\"sandbox\",state=\"foreign_new\"} 1",
        "hookwright_requests_total{environment=\"sandbox\",method=\"GET\",status=\"200\"} 2",
        "hookwright_request_seconds_count{environment=\"sandbox\"} 2",
        "hookwright_leader{environment=\"sandbox\"} 1.0",
        "hookwright_manifest_valid 1",
    ] {
        assert!(metrics.contains(series), "{series}\n{metrics}");
    }
    // What a stranger names is no label.
    assert!(!metrics.contains("exfiltrate"), "{metrics}");
    let page = served.get("/");
    assert!(
        page.contains("ForeignWebhook") && page.contains("exfiltrate"),
        "{page}"
    );
    let document = served.get("/api/v1/environments/sandbox");
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["environment"]["webhooks"]["foreign_new"], 1);
    assert_eq!(document["plan"]["unmanaged"][0]["name"], "exfiltrate");
    let all: Value = serde_json::from_str(&served.get("/api/v1/environments")).unwrap();
    assert_eq!(
        all["environments"][0]["conditions"][1]["reason"],
        "ForeignWebhook"
    );
    assert!(!served.service.stop().contains(SECRET));
}

#[test]
fn what_the_provider_disabled_is_in_the_metrics() {
    let api = api();
    let url = "https://hooks.example.com/orders";
    let id = api.seed(EnvType::Sandbox, "orders", url, &["order-created"]);
    let workspace = workspace(&api, ORDERS);
    let served = Served::start(&workspace);
    let disabled = |count: usize| {
        let series =
            format!("hookwright_webhooks{{environment=\"sandbox\",state=\"disabled\"}} {count}");
        let metrics = served.get("/metrics");
        assert!(metrics.contains(&series), "{series}\n{metrics}");
    };
    disabled(0);
    api.simulator
        .edit(&id, |webhook| webhook.enabled = false)
        .unwrap();
    served.round();
    disabled(1);
    assert!(served.get("/").contains("disabled at the provider"));
}

#[test]
fn an_invalid_manifest_is_in_the_metrics_and_on_the_page() {
    let api = api();
    let workspace = workspace(&api, ORDERS);
    let served = Served::start(&workspace);
    let manifest = fs::read_to_string(workspace.path().join("hookwright.yaml")).unwrap();
    workspace.write("hookwright.yaml", manifest.replace("events:", "evens:"));
    served.trigger();
    served.wait_for("/metrics", "hookwright_manifest_valid 0");
    assert!(served.get("/").contains("The manifest is not valid."));
    workspace.write("hookwright.yaml", manifest);
    served.trigger();
    served.wait_for("/metrics", "hookwright_manifest_valid 1");
}

/// What is asked for while a round is on its way is not of that round: it may have seen what was before.
#[test]
fn a_trigger_while_a_round_is_on_its_way_brings_another_about() {
    let api = api();
    let workspace = workspace(&api, ORDERS);
    let served = Served::start(&workspace);
    api.simulator.add_fault("get:1=slow:1000".parse().unwrap());
    let before = api.count("GET");
    let first = served.trigger();
    served.wait_for(&first, "\"state\": \"running\"");
    while api.count("GET") == before {
        std::thread::yield_now();
    }
    let second = served.trigger();
    assert_ne!(first, second);
    served.wait_for(&second, "\"state\": \"ended\"");
    served.wait_for(&first, "\"state\": \"ended\"");
    assert_eq!(api.count("GET"), before + 2);
}

/// The commands of `docs/reconcile.md` below a mark, for this port.
fn documented(mark: &str, address: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reconcile.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, rest) = page
        .split_once(&format!("<!-- {mark} -->\n```sh\n"))
        .unwrap();
    let (commands, _) = rest.split_once("```\n").unwrap();
    assert!(commands.contains("127.0.0.1:9464"), "{commands}");
    commands.replace("127.0.0.1:9464", address)
}

#[test]
fn the_documented_requests_work_as_they_are_written() {
    for program in ["curl", "openssl"] {
        if Command::new(program).arg("--version").output().is_err() {
            println!("passed over: there is no {program} here");
            return;
        }
    }
    let api = api();
    let workspace = workspace(&api, ORDERS);
    let served = Served::start(&workspace);
    for (mark, answer) in [
        ("a trigger by a token", "\"round\": "),
        ("a trigger by a signature", "\"round\": "),
        ("a pause", "\"paused\": null"),
    ] {
        let commands = documented(mark, &served.address);
        let output = Command::new("sh")
            .args(["-euc", &commands])
            .current_dir(workspace.path())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{mark}: {said}");
        assert!(said.contains(answer), "{mark}: {said}");
    }
}
