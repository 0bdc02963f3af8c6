use std::collections::BTreeSet;

use super::*;
use crate::{
    manifest::{Pause, ReconcileMode},
    reconcile::{
        Paused, PausedBy, Reason,
        tests::{at, environment, look, status},
    },
};

#[test]
fn every_family_is_there_as_it_is_documented() {
    let metrics = Metrics::default();
    let name = EnvironmentName::new("prod");
    metrics.round(&name, Outcome::Nothing);
    metrics.request(&name, "GET", Some(200), 0.2);
    metrics.request(&name, "GET", Some(200), 99.0);
    metrics.request(&name, "BREW", None, 0.05);
    metrics.operation(&name, "create", "applied");
    let mut prod = environment("prod");
    prod.is_leader = true;
    prod.last_attempt = Some(at(90));
    prod.last_success = Some(at(80));
    prod.rate_used = 3;
    prod.writes_today = 2;
    prod.paused = Some(Paused {
        pause: Pause {
            reason: "INC-1".to_owned(),
            until: None,
        },
        by: PausedBy::Request,
    });
    prod.conditions
        .update([(Reason::IN_SYNC, String::new())], at(90));
    prod.counts.declared = 4;
    prod.last_look = Some(look("prod"));
    let text = metrics.render(status(vec![prod])).unwrap();
    insta::assert_snapshot!(text);
}

#[test]
fn an_environment_that_leaves_takes_its_series_with_it() {
    let metrics = Metrics::default();
    for name in ["a", "b"] {
        metrics.round(&EnvironmentName::new(name), Outcome::Nothing);
        metrics.request(&EnvironmentName::new(name), "GET", Some(200), 0.1);
    }
    let both = metrics
        .render(status(vec![environment("a"), environment("b")]))
        .unwrap();
    assert!(both.contains("environment=\"b\""), "{both}");
    let left = metrics.render(status(vec![environment("a")])).unwrap();
    assert!(!left.contains("environment=\"b\""), "{left}");
    // It begins anew when it comes back.
    let back = metrics
        .render(status(vec![environment("a"), environment("b")]))
        .unwrap();
    assert!(
        !back.contains("hookwright_rounds_total{environment=\"b\""),
        "{back}"
    );
}

#[test]
fn an_environment_that_is_off_has_no_gauges() {
    let mut off = environment("idle");
    off.mode = ReconcileMode::Off;
    let text = Metrics::default().render(status(vec![off])).unwrap();
    assert!(!text.contains("idle"), "{text}");
}

#[test]
fn each_environment_and_kind_has_one_condition() {
    let environments = vec![environment("a"), environment("b")];
    let text = Metrics::default().render(status(environments)).unwrap();
    let series: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("hookwright_condition{"))
        .collect();
    let kinds: BTreeSet<_> = series
        .iter()
        .map(|line| line.split_once(",status").unwrap().0)
        .collect();
    assert_eq!((series.len(), kinds.len()), (10, 10), "{series:?}");
}

#[test]
fn hostile_names_stay_in_their_labels() {
    let name = "a\"} 1\nhookwright_forged{x=\"\\";
    let text = Metrics::default()
        .render(status(vec![environment(name)]))
        .unwrap();
    assert!(
        text.lines()
            .all(|line| !line.starts_with("hookwright_forged")),
        "{text}"
    );
    let escaped = r#"environment="a\"} 1\nhookwright_forged{x=\"\\""#;
    assert!(text.contains(escaped), "{text}");
}

#[test]
fn the_number_of_series_is_bounded_whatever_a_provider_answers() {
    let metrics = Metrics::default();
    let name = EnvironmentName::new("a");
    for status in 0..=u16::MAX {
        metrics.request(&name, &format!("M{}", status % 100), Some(status), 0.1);
    }
    let text = metrics.render(status(vec![environment("a")])).unwrap();
    let requests = text
        .lines()
        .filter(|line| line.starts_with("hookwright_requests_total"));
    assert_eq!(requests.count(), 501);
}
