//! The dashboard for Grafana.

use std::collections::BTreeSet;

use hookwright::reconcile::Reason;
use serde_json::{Value, json};

use super::{metrics, passes, text, tool};
use crate::support::Workspace;

fn dashboard() -> Value {
    serde_json::from_str(&text("grafana/dashboard.json")).unwrap()
}

fn panels(dashboard: &Value) -> &[Value] {
    dashboard["panels"].as_array().unwrap()
}

/// The queries of all panels, each by its panel's title, with what a user would choose put in.
pub(super) fn queries() -> Vec<(String, String)> {
    let dashboard = dashboard();
    let mut queries = Vec::new();
    for panel in panels(&dashboard) {
        for target in panel["targets"].as_array().unwrap() {
            let query = target["expr"].as_str().unwrap();
            let query = query
                .replace("$__rate_interval", "5m")
                .replace("$job", ".*")
                .replace("$environment", ".*");
            assert!(!query.contains('$'), "{query}");
            queries.push((panel["title"].as_str().unwrap().to_owned(), query));
        }
    }
    queries
}

#[test]
fn the_dashboard_shows_what_is_exported() {
    metrics::assert_exported(&text("grafana/dashboard.json"));
}

#[test]
fn each_reason_has_the_colour_of_what_it_means() {
    let dashboard = dashboard();
    let conditions = panels(&dashboard)
        .iter()
        .find(|panel| panel["title"] == "Conditions")
        .unwrap();
    let mappings = conditions["fieldConfig"]["defaults"]["mappings"]
        .as_array()
        .unwrap();
    let colour = |reason: &str| {
        let mut options = mappings.iter().map(|mapping| &mapping["options"][reason]);
        let option = options.find(|option| !option.is_null());
        option.map_or("red", |option| option["color"].as_str().unwrap())
    };
    for reason in Reason::ALL {
        let expected = match reason.kind().is_well(reason.verdict()) {
            Some(true) => "green",
            Some(false) => "red",
            None => "blue",
        };
        assert_eq!(colour(reason.as_str()), expected, "{reason:?}");
    }
}

#[test]
fn the_queries_of_the_dashboard_are_understood() {
    let Some(mut command) = tool("promtool") else {
        return;
    };
    let rules: Vec<Value> = queries()
        .into_iter()
        .enumerate()
        .map(|(index, (_, query))| json!({ "record": format!("query_{index}"), "expr": query }))
        .collect();
    let rules = json!({ "groups": [{ "name": "dashboard", "rules": rules }] });
    let workspace = Workspace::new();
    let file = workspace.write("rules.yaml", rules.to_string());
    passes(command.args(["check", "rules"]).arg(file));
}

#[test]
fn the_panels_have_places_of_their_own() {
    let dashboard = dashboard();
    let mut taken = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for panel in panels(&dashboard) {
        let title = &panel["title"];
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}");
        let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        assert!(at("x") + at("w") <= 24, "{title} is beyond the edge");
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(taken.insert((x, y)), "{title} lies over another");
            }
        }
        assert!(
            !panel["description"].as_str().unwrap().is_empty(),
            "{title}"
        );
    }
}
