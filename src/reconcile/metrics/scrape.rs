//! What one look at the metrics shows.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, NoLabelSet},
    metrics::{MetricType, exemplar::Exemplar},
    registry::Unit,
};

use super::tally::{BOUNDS, Seconds, Tally};
use crate::{
    manifest::ReconcileMode,
    model::EnvironmentName,
    reconcile::{ConditionKind, EnvironmentStatus, Status},
};

/// What one look at the metrics shows.
#[derive(Debug)]
pub(super) struct Scrape {
    pub(super) status: Status,
    pub(super) tallies: BTreeMap<EnvironmentName, Tally>,
}

/// A gauge that each environment has one of: its name without its unit, what it says, its unit, and its value.
type OfEnvironment = (
    &'static str,
    &'static str,
    Option<Unit>,
    fn(&EnvironmentStatus) -> Option<f64>,
);

/// Series of a family: their labels beside that of the environment, and their values.
type Series<'s, const N: usize> = Vec<([(&'static str, &'s str); N], u64)>;

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let encoder = &mut encoder;
        self.conditions(encoder)?;
        self.webhooks(encoder)?;
        self.budgets(encoder)?;
        for gauge in OF_ENVIRONMENTS {
            self.gauge(encoder, gauge)?;
        }
        self.counters(encoder)?;
        self.seconds(encoder)?;
        self.service(encoder)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds since 1970 are exact for long"
)]
fn unix(at: Option<Timestamp>) -> Option<f64> {
    at.map(|at| at.as_second() as f64)
}

fn flag(flag: bool) -> Option<f64> {
    Some(if flag { 1.0 } else { 0.0 })
}

const OF_ENVIRONMENTS: [OfEnvironment; 7] = [
    (
        "hookwright_last_success_timestamp",
        "When the last round ended that did all that it may do",
        Some(Unit::Seconds),
        |environment| unix(environment.last_success),
    ),
    (
        "hookwright_last_attempt_timestamp",
        "When the last round ended",
        Some(Unit::Seconds),
        |environment| unix(environment.last_attempt),
    ),
    (
        "hookwright_interval",
        "How often an environment is looked at",
        Some(Unit::Seconds),
        |environment| Some(environment.interval.as_secs_f64()),
    ),
    (
        "hookwright_writes_today",
        "How many requests that change something were sent today, in UTC",
        None,
        |environment| Some(environment.writes_today.into()),
    ),
    (
        "hookwright_writes_per_day_limit",
        "How many requests that change something may be sent in a day",
        None,
        |environment| Some(environment.max_writes_per_day.into()),
    ),
    (
        "hookwright_paused",
        "Whether an environment is paused",
        None,
        |environment| flag(environment.paused.is_some()),
    ),
    (
        "hookwright_leader",
        "Whether this copy of the service is the one that looks at an environment",
        None,
        |environment| flag(environment.is_leader),
    ),
];

impl Scrape {
    /// The environments that the service looks at.
    fn watched(&self) -> impl Iterator<Item = &EnvironmentStatus> {
        let all = self.status.environments.iter();
        all.filter(|environment| environment.mode != ReconcileMode::Off)
    }

    fn conditions(&self, encoder: &mut DescriptorEncoder) -> fmt::Result {
        const HELP: &str =
            "The conditions of an environment: 1 for the status and the reason that each has now";
        let mut family =
            encoder.encode_descriptor("hookwright_condition", HELP, None, MetricType::Gauge)?;
        for environment in self.watched() {
            for kind in ConditionKind::ALL {
                let reason = environment.conditions.get(kind).reason;
                let labels = [
                    ("environment", environment.name.as_str()),
                    ("type", kind.as_str()),
                    ("status", reason.verdict().as_str()),
                    ("reason", reason.as_str()),
                ];
                family.encode_family(&labels)?.encode_gauge(&1u64)?;
            }
        }
        Ok(())
    }

    fn webhooks(&self, encoder: &mut DescriptorEncoder) -> fmt::Result {
        const HELP: &str = "How many webhooks an environment has, as the last look showed";
        self.states(encoder, "hookwright_webhooks", HELP, |environment| {
            environment.last_look.as_ref()?;
            let counts = environment.counts;
            Some([
                ("declared", counts.declared),
                ("live", counts.live),
                ("unmanaged", counts.unmanaged),
                ("foreign_new", counts.foreign_new),
                ("disabled", counts.disabled),
                ("secret_lost", counts.secret_lost),
                ("differing", counts.differing),
            ])
        })
    }

    fn budgets(&self, encoder: &mut DescriptorEncoder) -> fmt::Result {
        const HELP: &str = "How many requests a minute may be sent, and were sent in the last one";
        self.states(encoder, "hookwright_rate_budget", HELP, |environment| {
            Some([
                ("limit", environment.rate_limit as usize),
                ("used", environment.rate_used as usize),
            ])
        })
    }

    /// A number for each of some states of an environment.
    fn states<const N: usize>(
        &self,
        encoder: &mut DescriptorEncoder,
        name: &str,
        help: &str,
        states: impl Fn(&EnvironmentStatus) -> Option<[(&'static str, usize); N]>,
    ) -> fmt::Result {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for environment in self.watched() {
            for (state, count) in states(environment).into_iter().flatten() {
                let labels = [("environment", environment.name.as_str()), ("state", state)];
                let count = count as u64;
                family.encode_family(&labels)?.encode_gauge(&count)?;
            }
        }
        Ok(())
    }

    fn gauge(
        &self,
        encoder: &mut DescriptorEncoder,
        (name, help, unit, value): OfEnvironment,
    ) -> fmt::Result {
        let mut family = encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Gauge)?;
        for environment in self.watched() {
            if let Some(value) = value(environment) {
                let labels = [("environment", environment.name.as_str())];
                family.encode_family(&labels)?.encode_gauge(&value)?;
            }
        }
        Ok(())
    }

    fn counters(&self, encoder: &mut DescriptorEncoder) -> fmt::Result {
        self.counter(
            encoder,
            "hookwright_rounds",
            "Rounds that have ended",
            |tally| {
                let rounds = tally.rounds.iter();
                rounds
                    .map(|(outcome, count)| ([("outcome", *outcome)], *count))
                    .collect()
            },
        )?;
        self.counter(
            encoder,
            "hookwright_requests",
            "Requests to providers, by their status: `none` without an answer",
            |tally| {
                let requests = tally.requests.iter();
                let series = requests.map(|((method, status), count)| {
                    ([("method", *method), ("status", status.as_str())], *count)
                });
                series.collect()
            },
        )?;
        self.counter(
            encoder,
            "hookwright_operations",
            "Operations of plans, by what became of them",
            |tally| {
                let operations = tally.operations.iter();
                let series = operations.map(|((action, outcome), count)| {
                    ([("action", *action), ("outcome", *outcome)], *count)
                });
                series.collect()
            },
        )
    }

    fn counter<const N: usize>(
        &self,
        encoder: &mut DescriptorEncoder,
        name: &str,
        help: &str,
        series: impl Fn(&Tally) -> Series<'_, N>,
    ) -> fmt::Result {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (name, tally) in &self.tallies {
            for (labels, count) in series(tally) {
                let mut all = vec![("environment", name.as_str())];
                all.extend(labels);
                let mut series = family.encode_family(&all)?;
                series.encode_counter(&count, None::<&Exemplar<NoLabelSet, u64>>)?;
            }
        }
        Ok(())
    }

    fn seconds(&self, encoder: &mut DescriptorEncoder) -> fmt::Result {
        let mut family = encoder.encode_descriptor(
            "hookwright_request",
            "How long requests to providers took",
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        let bounds = BOUNDS.into_iter().chain([f64::INFINITY]);
        for (name, tally) in &self.tallies {
            let Seconds {
                sum,
                count,
                buckets,
            } = &tally.seconds;
            let buckets: Vec<(f64, u64)> = bounds.clone().zip(*buckets).collect();
            let labels = [("environment", name.as_str())];
            let mut series = family.encode_family(&labels)?;
            series.encode_histogram::<NoLabelSet>(*sum, *count, &buckets, None)?;
        }
        Ok(())
    }

    fn service(&self, encoder: &mut DescriptorEncoder) -> fmt::Result {
        let manifest = &self.status.manifest;
        let help = "Whether the manifest that is there now is the one in force";
        let valid = u64::from(manifest.invalid.is_none());
        encoder
            .encode_descriptor("hookwright_manifest_valid", help, None, MetricType::Gauge)?
            .encode_gauge(&valid)?;
        let help = "The manifest in force: its SHA-256 digest, and its commit where that is known";
        let commit = manifest.commit.as_deref().unwrap_or_default();
        encoder
            .encode_descriptor("hookwright_manifest", help, None, MetricType::Info)?
            .encode_info(&[("digest", manifest.digest.as_str()), ("commit", commit)])?;
        let help = "The version of hookwright";
        encoder
            .encode_descriptor("hookwright_build", help, None, MetricType::Info)?
            .encode_info(&[("version", env!("CARGO_PKG_VERSION"))])
    }
}
