//! A real Prometheus that scrapes a running service.

use std::{
    collections::BTreeSet,
    fs,
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
    fn start(program: &Command, service: SocketAddr) -> Self {
        let folder = Workspace::new();
        folder.write("alerts.yaml", text(ALERTS));
        let configuration = format!(
            "global: {{ scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }}
rule_files: [alerts.yaml]
scrape_configs: [{{ job_name: hookwright, static_configs: [{{ targets: ['{service}'] }}] }}]
"
        );
        folder.write("prometheus.yaml", configuration);
        // It cannot be told to take a free port, and another process may have taken this one by then.
        let mut tries = (0..3).filter_map(|_| Self::on(free_address(), program, &folder));
        let (child, address) = tries.next().unwrap_or_else(|| {
            let log = fs::read_to_string(folder.path().join("log")).unwrap();
            panic!("Prometheus does not start: {log}")
        });
        Self {
            child,
            address,
            _folder: folder,
        }
    }

    /// Starts it at an address, and waits until it is ready; `None` where it ends instead.
    fn on(
        address: SocketAddr,
        program: &Command,
        folder: &Workspace,
    ) -> Option<(Child, SocketAddr)> {
        let mut child = Command::new(program.get_program())
            .current_dir(folder.path())
            .args(["--config.file=prometheus.yaml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let is_ready = wait_for("Prometheus is ready", || match child.try_wait().unwrap() {
            Some(_) => Ok(false),
            None => get(address, "/-/ready").map(|_| true),
        });
        is_ready.then_some((child, address))
    }

    /// What its API answers.
    #[track_caller]
    fn ask(&self, path: &str) -> Value {
        let answer = get(self.address, path).unwrap_or_else(|why| panic!("{path}: {why}"));
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
    fn wait_for_alert(&self, alert: &str, environment: &str, service: Option<&Service>) {
        let wanted = BTreeSet::from([environment.to_owned()]);
        wait_for(alert, || {
            let environments = self.environments(alert);
            let exported = || service.map(Service::metrics);
            (environments == wanted).then_some(()).ok_or_else(|| {
                format!(
                    "{environments:?}; exported is {}",
                    exported().unwrap_or_default()
                )
            })
        });
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
    let Some(program) = tool("prometheus") else {
        return;
    };
    let api = Api::now();
    let url = "https://hooks.example.com/orders";
    let orders = api.seed(EnvType::Sandbox, "acme-orders", url, &["order-created"]);
    let workspace = api.workspace(MANIFEST);
    let service = Service::start(&workspace, &RECORDED);
    let prometheus = Prometheus::start(&program, service.address);

    // It reads everything that the service exports.
    let target = wait_for("the service is scraped", || {
        let targets = prometheus.ask("/api/v1/targets");
        let target = targets["activeTargets"][0].clone();
        let is_known = target["health"].is_string() && target["health"] != "unknown";
        is_known.then_some(target).ok_or(targets.to_string())
    });
    assert_eq!(target["lastError"], "", "{target}");
    assert_eq!(target["health"], "up", "{target}");

    // All is well: what `dev` lacked was applied, `prod` is paused.
    wait_for("both are in sync", || {
        let in_sync =
            prometheus.query("hookwright_condition{type=\"InSync\", status=\"True\"} == 1");
        let is_both = in_sync.len() == 2;
        is_both.then_some(()).ok_or_else(|| service.metrics())
    });
    for (alert, expression) in alerts() {
        wait_for(&format!("{alert} is silent"), || {
            let series = prometheus.query(&expression);
            series.is_empty().then_some(()).ok_or(format!("{series:?}"))
        });
    }
    // The dashboard has something to show everywhere.
    for (panel, query) in grafana::queries() {
        wait_for(&format!("{panel} shows something: {query}"), || {
            let has_some = !prometheus.query(&query).is_empty();
            has_some.then_some(()).ok_or_else(|| service.metrics())
        });
    }

    // The provider disables what is declared as enabled.
    api.simulator
        .edit(&orders, |webhook| webhook.enabled = false)
        .unwrap();
    prometheus.wait_for_alert("HookwrightEndpointDisabled", "sandbox", Some(&service));
    prometheus.wait_for_alert("HookwrightOutOfSync", "sandbox", Some(&service));

    // A stranger adds a destination; who looks after the alerts is told which environment it is.
    let stranger = "https://stranger.example.com/";
    api.seed(EnvType::Sandbox, "stranger", stranger, &["order-created"]);
    prometheus.wait_for_alert("HookwrightForeignWebhook", "sandbox", Some(&service));
    let told = wait_for("the alert fires", || {
        let alerts = prometheus.ask("/api/v1/alerts");
        let mut alerts = alerts["alerts"].as_array().unwrap().clone().into_iter();
        alerts
            .find(|alert| alert["labels"]["alertname"] == "HookwrightForeignWebhook")
            .ok_or("it does not".to_owned())
    });
    assert_eq!(told["state"], "firing");
    assert_eq!(
        told["annotations"]["summary"],
        "Somebody added a webhook to sandbox that nobody declared"
    );
    assert!(!told.to_string().contains("stranger.example.com"), "{told}");

    // The manifest breaks. Nobody mends it, and the service ends.
    workspace.write("hookwright.yaml", "version: 1\nwebhooks: []\n");
    prometheus.wait_for_alert("HookwrightManifestInvalid", "", Some(&service));
    service.stop();
    prometheus.wait_for_alert("HookwrightAbsent", "", None);
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
        .stdin(fs::File::open(metrics).unwrap())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert_eq!(String::from_utf8_lossy(&said), "");
    assert!(output.status.success());
}
