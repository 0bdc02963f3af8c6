//! The alerts for Prometheus.

use std::{collections::BTreeSet, process::Command};

use hookwright::reconcile::Reason;

use super::{metrics, passes, text, tool, yaml};
use crate::support::Workspace;

pub(super) const ALERTS: &str = "prometheus/alerts.yaml";
const TESTS: &str = "prometheus/alerts_test.yaml";

/// `promtool test rules` over these alerts.
fn tested(alerts: &str) -> Option<(Workspace, Command)> {
    let mut command = tool("promtool")?;
    let workspace = Workspace::new();
    workspace.write("alerts.yaml", alerts);
    let tests = workspace.write("alerts_test.yaml", text(TESTS));
    command.args(["test", "rules"]).arg(tests);
    Some((workspace, command))
}

#[test]
fn the_alerts_are_understood() {
    let Some(mut command) = tool("promtool") else {
        return;
    };
    let alerts = super::folder().join(ALERTS);
    passes(command.args(["check", "rules"]).arg(alerts));
}

#[test]
fn each_alert_fires_when_it_should_and_only_then() {
    if let Some((_workspace, mut command)) = tested(&text(ALERTS)) {
        passes(&mut command);
    }
    // Each has a moment at which it fires; the tests count all alerts, so at every other moment it is silent.
    let tests = text(TESTS);
    for alert in alerts() {
        let fires = format!("alertname=\"{alert}\"");
        assert!(tests.contains(&fires), "{alert} never fires in the tests");
    }
}

/// The names of all alerts.
fn alerts() -> BTreeSet<String> {
    let document = yaml(ALERTS);
    let rules = document["groups"][0]["rules"].as_array().unwrap();
    let names: Vec<&str> = rules
        .iter()
        .map(|rule| rule["alert"].as_str().unwrap())
        .collect();
    assert_eq!(document["groups"].as_array().unwrap().len(), 1);
    let unique: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(unique.len(), names.len(), "{names:?}");
    unique
}

/// A test that cannot fail is none: without a part of the alerts, theirs must.
#[test]
fn the_tests_of_the_alerts_notice_what_is_missing() {
    let alerts = text(ALERTS);
    for part in [
        "hookwright_paused == 1",
        "hookwright_leader == 0\n              unless",
        "for: ",
        "unless on (job, namespace, environment) hookwright_condition",
    ] {
        let start = part.lines().next().unwrap();
        let kept: Vec<&str> = alerts
            .lines()
            .filter(|line| !line.contains(start))
            .collect();
        assert!(kept.len() < alerts.lines().count(), "{start}");
        let Some((_workspace, mut command)) = tested(&kept.join("\n")) else {
            return;
        };
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("FAILED"), "without {start:?} all is well");
    }
}

#[test]
fn each_alert_says_what_happened_and_what_to_do() {
    let document = yaml(ALERTS);
    let readme = text("README.md");
    for rule in document["groups"][0]["rules"].as_array().unwrap() {
        let name = rule["alert"].as_str().unwrap();
        let severity = rule["labels"]["severity"].as_str().unwrap();
        assert!(["critical", "warning"].contains(&severity), "{name}");
        let summary = rule["annotations"]["summary"].as_str().unwrap();
        assert!(summary.len() < 100, "{name}: {summary}");
        let description = rule["annotations"]["description"].as_str().unwrap();
        assert!(description.len() > 150, "{name}: {description}");
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}

/// An alert that looks for a reason which nothing has would be silent for ever.
#[test]
fn the_alerts_name_reasons_that_there_are() {
    let known = |kind: &str, status: &str, name: &str| {
        Reason::ALL.iter().any(|reason| {
            let is_it = name.trim_end_matches(".+");
            reason.kind().as_str() == kind
                && reason.verdict().as_str() == status
                && match name.ends_with(".+") {
                    true => reason.as_str().starts_with(is_it),
                    false => reason.as_str() == name,
                }
        })
    };
    let mut seen = 0;
    for file in [ALERTS, TESTS] {
        let text = text(file).replace('\'', "\"");
        for selector in text.split("hookwright_condition{").skip(1) {
            let (selector, _) = selector.split_once('}').unwrap();
            let value = |label: &str| {
                let mut parts = selector.split(", ");
                let part = parts.find_map(|part| part.strip_prefix(label))?;
                Some(part.trim_start_matches(['=', '!', '~']).trim_matches('"'))
            };
            let (kind, status) = (value("type").unwrap(), value("status").unwrap());
            for name in value("reason")
                .into_iter()
                .flat_map(|names| names.split('|'))
            {
                seen += 1;
                assert!(known(kind, status, name), "{file}: {kind} {status} {name}");
            }
        }
    }
    assert!(seen > 20, "the reasons were not found: {seen}");
}

#[test]
fn the_alerts_name_metrics_that_are_exported() {
    metrics::assert_exported(&text(ALERTS));
    metrics::assert_exported(&text(TESTS));
}
