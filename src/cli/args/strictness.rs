//! How severe a run is.

use clap::Args;

/// How severe a run is.
#[derive(Debug, Default, Args)]
pub(crate) struct StrictnessArgs {
    /// Take undocumented event types for errors, not warnings
    #[arg(long, env = "HOOKWRIGHT_STRICT")]
    pub(crate) strict: bool,
}
