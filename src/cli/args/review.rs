//! Saving plans, and showing saved ones.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::{
    NotifyArgs,
    strictness::StrictnessArgs,
    values::{lifetime, saving, switch},
};

/// How `plan` saves what it shows.
#[derive(Debug, Args)]
pub(crate) struct SaveArgs {
    /// Save the plan, for `apply FILE` and `show FILE`; it holds no secret
    #[arg(long, value_name = "FILE", value_parser = saving, env = "HOOKWRIGHT_OUT")]
    pub(crate) out: Option<PathBuf>,
    /// How long the saved plan may be applied, such as `24h`
    ///
    /// [default: until something moves]
    #[arg(long, value_name = "DURATION", value_parser = lifetime, env = "HOOKWRIGHT_EXPIRES")]
    pub(crate) expires: Option<Duration>,
    /// The commit the manifest is of, for reviewers
    ///
    /// [default: what the CI system says]
    #[arg(long, value_name = "ID", env = "HOOKWRIGHT_COMMIT")]
    pub(crate) commit: Option<String>,
}

/// Say what is live and not as declared
///
/// Speaks of nothing else, and writes nothing: for schedules. Exits with 2 where the live state differs
/// or cannot be read, and where a webhook of ours is live that nobody declared. Webhooks that the provider
/// disabled are listed apart; those that are not ours are named, and are no drift. With `--applied`, your own
/// changes that are not applied yet are told from what moved at the provider, and are no drift either.
#[derive(Debug, Args)]
pub(crate) struct DriftArgs {
    /// The last plan that was applied: tells drift from own changes
    #[arg(long, value_name = "PLAN", env = "HOOKWRIGHT_APPLIED")]
    pub(crate) applied: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) strictness: StrictnessArgs,
    /// Only these webhooks, by their key in the manifest
    #[arg(
        long,
        value_name = "KEY",
        env = "HOOKWRIGHT_TARGET",
        value_delimiter = ','
    )]
    pub(crate) target: Vec<String>,
    /// Say what the guards would refuse of pruning
    ///
    /// What is ours and not declared is drift with or without it.
    #[arg(long, env = "HOOKWRIGHT_PRUNE", value_parser = switch)]
    pub(crate) prune: bool,
    /// Allow a secret whose prefix names another environment
    #[arg(long, env = "HOOKWRIGHT_ALLOW_SECRET_MISMATCH", value_parser = switch)]
    pub(crate) allow_secret_mismatch: bool,
    #[command(flatten)]
    pub(crate) notify: NotifyArgs,
}

/// List live webhooks, as they are
///
/// Of each: what the manifest says of it, whether it is disabled, where it sends which events. Reads only. Nothing that
/// differs is an error here: `drift` is for that.
#[derive(Debug, Args)]
pub(crate) struct ListLiveArgs {
    /// Allow a secret whose prefix names another environment
    #[arg(long, env = "HOOKWRIGHT_ALLOW_SECRET_MISMATCH", value_parser = switch)]
    pub(crate) allow_secret_mismatch: bool,
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
    /// Show each webhook by itself, also where many change alike
    #[arg(long, env = "HOOKWRIGHT_EXPAND", value_parser = switch)]
    pub(crate) expand: bool,
}
