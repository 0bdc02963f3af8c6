//! `migrate`.

use clap::Args;

use super::values::switch;

/// Find what scripts left behind, and propose to delete it
///
/// Reads the live webhooks and the last 30 days of the request history of all environments. Proposes
/// tombstones (`removed`) for webhooks that nobody declares and that send to a tunnel or a request bin,
/// were made by a script for an earlier run, have the URL of another one, failed all the time, or got
/// nothing while others got such events; each with its evidence. Never for what accepted an event in
/// these days, is protected, or shares its name with a webhook that stays. Nothing is deleted: `plan`
/// shows what the tombstones mean, and `apply` does it.
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// Add the tombstones to the manifest; everything else in it stays as it is
    #[arg(long, env = "HOOKWRIGHT_MIGRATE_WRITE", value_parser = switch)]
    pub(crate) write: bool,
}
