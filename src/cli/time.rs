//! What time it is where it counts: at the providers, whose clocks date deliveries and bind saved plans.

use jiff::Timestamp;

use super::{
    clock::{Now, whole_seconds},
    connect::{self, Connected},
    error::CliError,
    planning::Session,
    terminal::Terminal,
};
use crate::{net::ServerTime, provider::Reader};

/// The present moment in an environment's request history, and no later one; `None` where the provider does not say,
/// which is told, with what follows.
///
/// # Errors
///
/// Where the provider has to be asked and cannot be.
pub(super) async fn of_history(
    one: &Connected,
    so: &str,
    terminal: &Terminal,
) -> Result<Option<Timestamp>, CliError> {
    let told = told_of(one, so, terminal).await?;
    Ok(told.map(ServerTime::earliest))
}

async fn told_of(
    one: &Connected,
    so: &str,
    terminal: &Terminal,
) -> Result<Option<ServerTime>, CliError> {
    let told = Reader::new(one.api.clone()).time().await;
    let told = told.map_err(|error| connect::history_error(one, error))?;
    if told.is_none() {
        let name = &one.view.name;
        let why = "the API does not say what time it is (its answers have no `Date`)";
        terminal.say(|out| writeln!(out, "warning: {name}: {why}, so {so}"));
    }
    Ok(told)
}

/// The present moment at which a look at an environment's request history ends: all that is there came to be before
/// it. Where the provider does not say what time it is, it is this machine's, which is told.
pub(super) async fn of_history_or_here(
    one: &Connected,
    here: &Now,
    terminal: &Terminal,
) -> Result<Now, CliError> {
    let so = "times are counted from this machine's clock";
    let told = told_of(one, so, terminal).await?;
    Ok(Now {
        moment: whole_seconds(told.map_or(here.moment, ServerTime::latest)),
        zone: here.zone.clone(),
    })
}

/// When a plan of these environments is made: by the clock that is the furthest behind, so that it expires in time.
/// This machine's clock serves where no provider says what time it is.
pub(super) fn of_planning(session: &Session, here: Timestamp) -> Timestamp {
    let told = told(session).map(ServerTime::earliest);
    told.min().unwrap_or(here)
}

/// Whether a plan of these environments has expired, by any of their clocks.
pub(super) fn is_past(session: &Session, moment: Timestamp, here: Timestamp) -> bool {
    let told = told(session).map(ServerTime::latest);
    told.max().unwrap_or(here) >= moment
}

fn told(session: &Session) -> impl Iterator<Item = ServerTime> {
    let environments = session.environments.iter();
    environments.filter_map(|one| one.api.clock().now())
}
