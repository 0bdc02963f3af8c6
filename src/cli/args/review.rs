//! Saving plans, and showing saved ones.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::values::duration;

/// How `plan` saves what it shows.
#[derive(Debug, Args)]
pub(crate) struct SaveArgs {
    /// Save the plan to this file, for `apply FILE` and `show FILE`; it holds no secret
    #[arg(long, value_name = "FILE", env = "HOOKWRIGHT_OUT")]
    pub(crate) out: Option<PathBuf>,
    /// How long the saved plan may be applied, such as `24h` [default: until something moves]
    #[arg(long, value_name = "DURATION", value_parser = duration, env = "HOOKWRIGHT_EXPIRES")]
    pub(crate) expires: Option<Duration>,
    /// The commit the manifest is of, for reviewers [default: what the CI system says]
    #[arg(long, value_name = "ID", env = "HOOKWRIGHT_COMMIT")]
    pub(crate) commit: Option<String>,
}

/// Show a saved plan, in any format
///
/// Needs no manifest, no secret and no network. That nobody edited the file is verified when it is
/// applied: that needs the access secrets.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// A plan that `plan --out` saved
    #[arg(value_name = "PLAN")]
    pub(crate) saved: PathBuf,
}
