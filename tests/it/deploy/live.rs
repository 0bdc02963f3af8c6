//! A real Prometheus that scrapes a running service.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use hookwright::model::EnvType;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{
    grafana,
    metrics::{MANIFEST, RECORDED, in_older_format},
    prometheus::ALERTS,
    service::{Service, free_address, get},
    text, tool, wait_for, yaml,
};
use crate::support::{Api, Workspace};

/// A Prometheus that runs until it is dropped.
struct Prometheus {
    child: Child,
    address: SocketAddr,
    _folder: Workspace,
}

impl Prometheus {
    /// One that scrapes a service and knows the alerts.
    fn start(mut command: Command, service: SocketAddr) -> Self {
        let folder = Workspace::new();
        folder.write("alerts.yaml", text(ALERTS));
        let configuration = format!(
            "global: {{ scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }}
rule_files: [alerts.yaml]
scrape_configs: [{{ job_name: hookwright, static_configs: [{{ targets: ['{service}'] }}] }}]
"
        );
        let configuration = folder.write("prometheus.yaml", configuration);
        let address = free_address();
        let child = command
            .arg(format!("--config.file={}", configuration.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.path().join("data").display()
            ))
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let prometheus = Self {
            child,
            address,
            _folder: folder,
        };
        wait_for("Prometheus is ready", || get(address, "/-/ready"));
        prometheus
    }

    /// What its API answers.
    #[track_caller]
    fn ask(&self, path: &str) -> Value {
        let answer = get(self.address, path).unwrap_or_else(|| panic!("no answer to {path}"));
        let mut answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["status"], "success", "{answer}");
        answer["data"].take()
    }

    /// The series that a query gives now.
    #[track_caller]
    fn query(&self, query: &str) -> Vec<Value> {
        let query = utf8_percent_encode(query, NON_ALPHANUMERIC);
        let answer = self.ask(&format!("/api/v1/query?query={query}"));
        answer["result"].as_array().unwrap().clone()
    }

    /// The environments for which the expression of an alert has a result now; empty for one that has none.
    #[track_caller]
    fn environments(&self, alert: &str) -> BTreeSet<String> {
        let series = self.query(&expression(alert));
        let environments = series
            .iter()
            .map(|series| series["metric"]["environment"].as_str().unwrap_or_default());
        environments.map(str::to_owned).collect()
    }

    /// Waits until the expression of an alert has a result for exactly this.
    #[track_caller]
    fn wait_for_alert(&self, alert: &str, environment: &str) {
        let wanted = BTreeSet::from([environment.to_owned()]);
        wait_for(alert, || (self.environments(alert) == wanted).then_some(()));
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The alerts, each with its expression.
fn alerts() -> Vec<(String, String)> {
    let document = yaml(ALERTS);
    let rules = document["groups"][0]["rules"].as_array().unwrap();
    rules
        .iter()
        .map(|rule| {
            let text = |key: &str| rule[key].as_str().unwrap().to_owned();
            (text("alert"), text("expr"))
        })
        .collect()
}

fn expression(alert: &str) -> String {
    let mut alerts = alerts().into_iter();
    alerts.find(|(name, _)| name == alert).unwrap().1
}

#[test]
fn prometheus_sees_what_happens_and_the_alerts_tell_it() {
    let Some(command) = tool("prometheus") else {
        return;
    };
    let api = Api::now();
    let url = "https://hooks.example.com/orders";
    let orders = api.seed(EnvType::Sandbox, "acme-orders", url, &["order-created"]);
    let workspace = api.workspace(MANIFEST);
    let service = Service::start(&workspace, &RECORDED);
    let prometheus = Prometheus::start(command, service.address);

    // It reads everything that the service exports.
    let target = wait_for("the service is scraped", || {
        let targets = prometheus.ask("/api/v1/targets");
        let target = targets["activeTargets"][0].clone();
        let is_known = target["health"].is_string() && target["health"] != "unknown";
        is_known.then_some(target)
    });
    assert_eq!(target["lastError"], "", "{target}");
    assert_eq!(target["health"], "up", "{target}");

    // All is well: what `dev` lacked was applied, `prod` is paused.
    wait_for("both are in sync", || {
        let in_sync =
            prometheus.query("hookwright_condition{type=\"InSync\", status=\"True\"} == 1");
        (in_sync.len() == 2).then_some(())
    });
    for (alert, expression) in alerts() {
        wait_for(&format!("{alert} is silent"), || {
            prometheus.query(&expression).is_empty().then_some(())
        });
    }
    // The dashboard has something to show everywhere.
    for (panel, query) in grafana::queries() {
        wait_for(&format!("{panel} shows something: {query}"), || {
            (!prometheus.query(&query).is_empty()).then_some(())
        });
    }

    // The provider disables what is declared as enabled.
    api.simulator
        .edit(&orders, |webhook| webhook.enabled = false)
        .unwrap();
    prometheus.wait_for_alert("HookwrightEndpointDisabled", "sandbox");
    prometheus.wait_for_alert("HookwrightOutOfSync", "sandbox");

    // A stranger adds a destination; who looks after the alerts is told which environment it is.
    let stranger = "https://stranger.example.com/";
    api.seed(EnvType::Sandbox, "stranger", stranger, &["order-created"]);
    prometheus.wait_for_alert("HookwrightForeignWebhook", "sandbox");
    let told = wait_for("the alert fires", || {
        let alerts = prometheus.ask("/api/v1/alerts");
        let mut alerts = alerts["alerts"].as_array().unwrap().clone().into_iter();
        alerts.find(|alert| alert["labels"]["alertname"] == "HookwrightForeignWebhook")
    });
    assert_eq!(told["state"], "firing");
    assert_eq!(
        told["annotations"]["summary"],
        "Somebody added a webhook to sandbox that nobody declared"
    );
    assert!(!told.to_string().contains("stranger.example.com"), "{told}");

    // The manifest breaks. Nobody mends it, and the service ends.
    workspace.write("hookwright.yaml", "version: 1\nwebhooks: []\n");
    prometheus.wait_for_alert("HookwrightManifestInvalid", "");
    service.stop();
    prometheus.wait_for_alert("HookwrightAbsent", "");
}

#[test]
fn the_metrics_are_what_prometheus_expects() {
    let Some(mut command) = tool("promtool") else {
        return;
    };
    let api = Api::now();
    let workspace = api.workspace(MANIFEST);
    let service = Service::start(&workspace, &RECORDED);
    let metrics = workspace.write("metrics.txt", in_older_format(&service.metrics()));
    let output = command
        .args(["check", "metrics"])
        .stdin(std::fs::File::open(metrics).unwrap())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert_eq!(String::from_utf8_lossy(&said), "");
    assert!(output.status.success());
}
