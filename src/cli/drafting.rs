//! Drafting plans, with what is counted for them in an archive.

use super::{
    args::PlanningArgs, clock::clock, deliveries, error::CliError, planning::Session, time,
};
use crate::run::Drafts;

/// Drafts the plans, and counts them against the archive that is named.
pub(crate) async fn drafted(
    session: &Session,
    planning: &PlanningArgs,
) -> Result<Drafts, CliError> {
    let mut drafts = session.draft().await;
    if let Some(place) = &planning.archive {
        let now = time::of_planning(session, clock()());
        deliveries::count_against(place, session, &mut drafts, planning.with_history, now).await?;
    }
    Ok(drafts)
}
