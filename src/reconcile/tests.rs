//! What the tests of several parts begin with.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{EnvironmentStatus, ManifestStatus, Status};
use crate::{
    manifest::ReconcileMode,
    model::{EnvType, EnvironmentName, ProviderProfile},
    plan::PlanResult,
    run::{EnvironmentView, PlannedEnvironment},
};

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// An environment that nobody has looked at yet.
pub(super) fn environment(name: &str) -> EnvironmentStatus {
    let name = EnvironmentName::new(name);
    let interval = Duration::from_secs(600);
    let mut environment = EnvironmentStatus::new(name, ReconcileMode::Detect, interval, at(0));
    environment.max_writes_per_day = 50;
    environment.rate_limit = 120;
    environment
}

/// A look at an environment in which nothing differs.
pub(super) fn look(name: &str) -> Arc<PlannedEnvironment> {
    Arc::new(PlannedEnvironment {
        environment: EnvironmentView {
            name: EnvironmentName::new(name),
            profile: ProviderProfile::all().next().unwrap(),
            env_type: EnvType::Sandbox,
            target: "simulator".to_owned(),
            requests_per_minute: 120,
            chosen_by: String::new(),
            planned_by: None,
            account_limit: 300,
        },
        result: PlanResult::Planned(Box::default()),
        evidence: None,
        radius: None,
        plan: None,
        live: None,
    })
}

/// A service that has read a manifest with these environments.
pub(super) fn status(environments: Vec<EnvironmentStatus>) -> Status {
    Status {
        started_at: at(0),
        manifest: ManifestStatus {
            digest: "abc".to_owned(),
            commit: Some("def".to_owned()),
            since: Some(at(1)),
            invalid: None,
        },
        environments,
        rounds: Vec::new(),
    }
}
