//! What is served, and how it looks.

use std::{fmt, io, sync::Arc};

use jiff::Timestamp;

use crate::{
    model::Secret,
    reconcile::{Desk, EnvironmentStatus, ManifestStatus, Metrics, Paused, Round, Status},
    run::Outcome,
};

/// How pages and documents look.
pub trait Views: Send + Sync {
    /// The page for people.
    ///
    /// # Errors
    ///
    /// Those of writing.
    fn page(&self, status: &Status, now: Timestamp) -> io::Result<String>;

    /// The document of all environments.
    ///
    /// # Errors
    ///
    /// Those of writing.
    fn environments(&self, status: &Status) -> io::Result<String>;

    /// The document of an environment.
    ///
    /// # Errors
    ///
    /// Those of writing.
    fn environment(
        &self,
        environment: &EnvironmentStatus,
        manifest: &ManifestStatus,
    ) -> io::Result<String>;

    /// The document of a round that somebody asked for.
    ///
    /// # Errors
    ///
    /// Those of writing.
    fn round(&self, round: &Round) -> io::Result<String>;

    /// The document that says whether an environment is to be left alone from now on.
    ///
    /// # Errors
    ///
    /// Those of writing.
    fn pause(&self, environment: &EnvironmentStatus, paused: Option<&Paused>)
    -> io::Result<String>;

    /// The document of what could not be done, and what to do about it.
    ///
    /// # Errors
    ///
    /// Those of writing.
    fn failure(&self, outcome: Outcome, error: &str, way_out: &str) -> io::Result<String>;
}

/// What is served.
#[derive(Clone)]
pub struct Service {
    /// What the service shows, and where it is told what is wanted.
    pub desk: Desk,
    /// What it has counted.
    pub metrics: Metrics,
    /// How pages and documents look.
    pub views: Arc<dyn Views>,
    /// What whoever triggers or writes must know. Without it, nobody may.
    pub secret: Option<Secret>,
    /// Whether only this machine reaches the address that it listens on.
    pub listens_on_loopback: bool,
    /// Tells the time.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("secret", &self.secret)
            .field("listens_on_loopback", &self.listens_on_loopback)
            .finish_non_exhaustive()
    }
}
