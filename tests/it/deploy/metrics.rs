//! What the service exports: asked of a running one, so that the list is nowhere else.

use std::{collections::BTreeSet, sync::OnceLock};

use super::service::Service;
use crate::support::Api;

pub(super) const MANIFEST: &str = "version: 1

environments:
  sandbox:
    provider: truv
    base_url: [API]
    credentials:
      client_id: ${env:TRUV_CLIENT_ID}
      access_secret: ${env:TRUV_SANDBOX_SECRET}
    owns: [acme-*]
    reconcile: { interval: 2s }
  dev:
    provider: truv
    base_url: [API]
    credentials:
      client_id: ${env:TRUV_CLIENT_ID}
      access_secret: ${env:TRUV_DEV_SECRET}
    owns: [acme-*]
    lock: { file: dev.lock }
    reconcile: { mode: apply, interval: 2s }
  prod:
    provider: truv
    base_url: [API]
    credentials:
      client_id: ${env:TRUV_CLIENT_ID}
      access_secret: ${env:TRUV_PROD_SECRET}
    reconcile: { interval: 2s, paused: INC-1234 }

webhooks:
  acme-orders:
    url: https://hooks.example.com/orders
    events: [order-created]
";

/// Flags of a service that may apply.
pub(super) const RECORDED: [&str; 4] = ["--state", "state.json", "--audit-log", "audit.jsonl"];

/// A family of metrics as OpenMetrics declares it: its name and its type.
fn families(metrics: &str) -> impl Iterator<Item = (&str, &str)> {
    let types = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    types.map(|declared| declared.split_once(' ').unwrap())
}

/// What the samples of a family are called; those of a histogram have more names, which queries do not need.
fn sample(family: &str, kind: &str) -> String {
    let suffix = match kind {
        "counter" => "_total",
        "histogram" => "_bucket",
        "info" => "_info",
        _ => "",
    };
    format!("{family}{suffix}")
}

/// The names of all metrics, as Prometheus stores them.
fn exported() -> &'static BTreeSet<String> {
    static EXPORTED: OnceLock<BTreeSet<String>> = OnceLock::new();
    EXPORTED.get_or_init(|| {
        let api = Api::now();
        let workspace = api.workspace(MANIFEST);
        let metrics = Service::start(&workspace, &RECORDED).metrics();
        families(&metrics)
            .map(|(family, kind)| sample(family, kind))
            .collect()
    })
}

/// Asserts that a text names only what the service exports.
#[track_caller]
pub(super) fn assert_exported(text: &str) {
    let is_part = |found: char| found.is_ascii_lowercase() || found == '_';
    let words = text.split(|found| !is_part(found));
    let named = words.filter(|word| word.starts_with("hookwright_"));
    let named: BTreeSet<String> = named.map(str::to_owned).collect();
    assert!(!named.is_empty(), "no metric is named");
    let unknown: Vec<_> = named.difference(exported()).collect();
    assert!(unknown.is_empty(), "nothing exports {unknown:?}");
}

/// OpenMetrics in Prometheus' older format, which is all that `promtool` reads.
pub(super) fn in_older_format(metrics: &str) -> String {
    let mut text = String::new();
    let kinds: Vec<_> = families(metrics).collect();
    for line in metrics.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        let line = match words[..] {
            ["#", "UNIT" | "EOF", ..] => continue,
            ["#", what, family, rest] => {
                let kind = kinds.iter().find(|(name, _)| *name == family).unwrap().1;
                let name = match kind {
                    "histogram" => family.to_owned(),
                    _ => sample(family, kind),
                };
                let rest = if rest == "info" { "gauge" } else { rest };
                format!("# {what} {name} {rest}")
            }
            _ => line.to_owned(),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}
