//! Who takes a lock, as far as the environment tells.

use std::path::Path;

use crate::{
    cli::{
        audit,
        surroundings::{first_set, github_run, variable},
    },
    files::{self, Limit},
    lock::{Record, State},
    model::EnvironmentName,
    simulator::Clock,
};

/// Variables that say where a job of a CI system can be looked at: GitLab, Jenkins, Buildkite, CircleCI.
const JOBS: [&str; 4] = [
    "CI_JOB_URL",
    "BUILD_URL",
    "BUILDKITE_BUILD_URL",
    "CIRCLE_BUILD_URL",
];
/// Variables that object stores take secrets from.
const SECRETS: [&str; 9] = [
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_CLIENT_SECRET",
    "AZURE_CLIENT_SECRET",
    "AZURE_STORAGE_SAS_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
];

/// Who runs this, and where.
pub(crate) struct Who {
    pub(crate) actor: Option<String>,
    place: Option<String>,
    pub(crate) clock: Clock,
    /// What the locks in object stores are spoken to with.
    #[cfg(feature = "object-store")]
    pub(super) connections: crate::cli::stores::Connections,
}

impl Who {
    /// What the command line says, else the environment.
    pub(crate) fn new(actor: Option<&String>, clock: Clock) -> Self {
        Self {
            actor: audit::actor(actor),
            place: place(),
            clock,
            #[cfg(feature = "object-store")]
            connections: Default::default(),
        }
    }

    /// A record of this run for these environments.
    pub(super) fn record(
        &self,
        environments: &[EnvironmentName],
        expires_after: Option<u64>,
    ) -> Record {
        Record {
            format_version: 1,
            state: State::Held,
            run: uuid::Uuid::new_v4().to_string(),
            environments: environments.iter().map(ToString::to_string).collect(),
            actor: self.actor.clone(),
            place: self.place.clone(),
            process: std::process::id(),
            since: (self.clock)(),
            renewals: 0,
            expires_after,
        }
    }
}

/// The job of a CI system, else the machine.
fn place() -> Option<String> {
    github_run()
        .or_else(|| first_set(&JOBS))
        .or_else(|| first_set(&["HOSTNAME", "COMPUTERNAME"]))
        .or_else(host_name)
}

/// The machine's name where no variable says it.
fn host_name() -> Option<String> {
    let name = files::text(Path::new("/etc/hostname"), Limit::SYSTEM).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// What must be masked because object stores are given it.
pub(crate) fn secrets() -> impl Iterator<Item = String> {
    SECRETS.iter().filter_map(|name| variable(name))
}
