//! How the service's page and documents look: as `report` writes them.

use std::io;

use jiff::Timestamp;

use crate::{
    reconcile::{EnvironmentStatus, ManifestStatus, Paused, Round, Status, http::Views},
    report::{html, json},
    run::Outcome,
};

/// The service's page and documents.
#[derive(Debug)]
pub(crate) struct Reports;

impl Views for Reports {
    fn page(&self, status: &Status, now: Timestamp) -> io::Result<String> {
        let mut text = Vec::new();
        html::status(status, now, &mut text)?;
        String::from_utf8(text).map_err(io::Error::other)
    }

    fn environments(&self, status: &Status) -> io::Result<String> {
        json::text(&json::watched_environments(status))
    }

    fn environment(
        &self,
        environment: &EnvironmentStatus,
        manifest: &ManifestStatus,
    ) -> io::Result<String> {
        json::text(&json::watched_environment(environment, manifest))
    }

    fn round(&self, round: &Round) -> io::Result<String> {
        json::text(&json::watched_round(round))
    }

    fn pause(
        &self,
        environment: &EnvironmentStatus,
        paused: Option<&Paused>,
    ) -> io::Result<String> {
        json::text(&json::watched_pause(environment, paused))
    }

    fn failure(&self, outcome: Outcome, error: &str, way_out: &str) -> io::Result<String> {
        let failure = json::failure(outcome, error.to_owned(), vec![way_out.to_owned()]);
        json::text(&failure)
    }
}
