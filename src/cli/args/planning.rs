//! `validate`, `plan`, `apply` and `audit`.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::{
    NotifyArgs,
    archive::{ArchivePlace, archive},
    delivering::ProbeArgs,
    moment::remembered,
    review::SaveArgs,
    strictness::StrictnessArgs,
    values::{digest, duration, switch},
};
use crate::{model::WebhookKey, plan::Options};

/// Check manifests offline
///
/// Needs no network, no environment variable and no secret: values that come from outside the
/// manifest are not looked at, and checks that need them are passed over.
#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) strictness: StrictnessArgs,
}

/// Show what would change
///
/// Reads live state and writes nothing: the client it holds cannot.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) planning: PlanningArgs,
    /// Exit with 2 where there are changes, with 0 where there are none
    #[arg(long, env = "HOOKWRIGHT_DETAILED_EXITCODE", value_parser = switch)]
    pub(crate) detailed_exitcode: bool,
    #[command(flatten)]
    pub(crate) save: SaveArgs,
    #[command(flatten)]
    pub(crate) notify: NotifyArgs,
}

/// Plan, show, ask, and apply; or apply exactly a saved plan
///
/// Nothing is written before all environments are planned and no guard refuses. Afterwards the live
/// state is listed once more, to prove that it is as declared.
///
/// With a PLAN that `plan --out` saved, the plan is made anew from the manifest and the live state. Only
/// where it is the very plan that was saved, it is applied, without asking; otherwise it is refused, with
/// what has moved. The options are those it was saved with.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// A plan that `plan --out` saved
    #[arg(value_name = "PLAN")]
    pub(crate) saved: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) planning: PlanningArgs,
    /// Apply to all environments of the manifest
    #[arg(long, env = "HOOKWRIGHT_ALL", value_parser = switch)]
    pub(crate) all: bool,
    /// Apply without asking; needed where there is no terminal
    #[arg(long, env = "HOOKWRIGHT_AUTO_APPROVE", value_parser = switch)]
    pub(crate) auto_approve: bool,
    /// Test new receivers first, and change nothing where one fails
    ///
    /// Those of webhooks that are created or moved: as `hookwright test` does.
    #[arg(long, env = "HOOKWRIGHT_PROBE", value_parser = switch)]
    pub(crate) probe: bool,
    #[command(flatten)]
    pub(crate) probing: ProbeArgs,
    /// Append a JSON line to this file before and after each write
    #[arg(long, value_name = "FILE", env = "HOOKWRIGHT_AUDIT_LOG")]
    pub(crate) audit_log: Option<PathBuf>,
    /// Who runs this, for the audit log and for locks
    ///
    /// [default: what the CI system or the user's session says]
    #[arg(long, value_name = "NAME", env = "HOOKWRIGHT_ACTOR")]
    pub(crate) actor: Option<String>,
    /// How long to wait for another run's lock, such as `10m`
    ///
    /// [default: not at all]
    #[arg(long, value_name = "DURATION", value_parser = duration, env = "HOOKWRIGHT_LOCK_TIMEOUT")]
    pub(crate) lock_timeout: Option<Duration>,
    /// Wait so long for first deliveries, such as `10m`
    ///
    /// Each new or moved webhook is proven by a delivery that succeeds. Where deliveries only fail, the run ends with 4.
    #[arg(long, value_name = "DURATION", value_parser = duration, env = "HOOKWRIGHT_WATCH")]
    pub(crate) watch: Option<Duration>,
    /// The commit the manifest is of, for the audit log
    ///
    /// [default: what the CI system says]
    #[arg(long, value_name = "ID", env = "HOOKWRIGHT_COMMIT")]
    pub(crate) commit: Option<String>,
    #[command(flatten)]
    pub(crate) notify: NotifyArgs,
}

/// Verify that an audit log is whole
///
/// Each line of a log carries the digest of the line before it. Lines cut off the end cannot be found
/// in the log alone: keep the digest that is printed elsewhere, and give it with `--digest`. An empty log
/// is whole: a run that sent nothing leaves one. What is no audit log is an error (65); one that is not
/// whole ends with 1.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// The audit log
    pub(crate) log: PathBuf,
    /// The digest that an earlier `audit` printed: a line of the log must still have it
    #[arg(long, value_name = "SHA256", value_parser = digest, env = "HOOKWRIGHT_DIGEST")]
    pub(crate) digest: Option<String>,
}

/// What `plan` and `apply` have in common.
#[derive(Debug, Default, Args)]
pub(crate) struct PlanningArgs {
    #[command(flatten)]
    pub(crate) strictness: StrictnessArgs,
    /// Only these webhooks, by their key in the manifest
    ///
    /// Nothing is deleted then, and what is left out is named.
    #[arg(
        long,
        value_name = "KEY",
        env = "HOOKWRIGHT_TARGET",
        value_delimiter = ','
    )]
    pub(crate) target: Vec<String>,
    /// Delete what is ours and not declared
    #[arg(long, env = "HOOKWRIGHT_PRUNE", value_parser = switch)]
    pub(crate) prune: bool,
    /// Show each webhook by itself, also where many change alike
    #[arg(long, env = "HOOKWRIGHT_EXPAND", value_parser = switch)]
    pub(crate) expand: bool,
    /// Allow so many deletes, and no more, in each environment
    ///
    /// Above its `limits.max_deletes`.
    #[arg(long, value_name = "NUMBER", env = "HOOKWRIGHT_ALLOW_DELETES")]
    pub(crate) allow_deletes: Option<u32>,
    /// Allow a manifest without webhooks to delete all that is ours
    #[arg(long, env = "HOOKWRIGHT_ALLOW_EMPTY", value_parser = switch)]
    pub(crate) allow_empty: bool,
    /// Allow a secret whose prefix names another environment
    #[arg(long, env = "HOOKWRIGHT_ALLOW_SECRET_MISMATCH", value_parser = switch)]
    pub(crate) allow_secret_mismatch: bool,
    /// Show what each webhook that changes carried, such as in `7d`
    ///
    /// Deliveries, success, the last one, and why an endpoint fails; at most 30 days.
    #[arg(long, value_name = "LENGTH", value_parser = remembered, env = "HOOKWRIGHT_WITH_HISTORY")]
    pub(crate) with_history: Option<Duration>,
    /// Count the plan's blast radius in this archive
    ///
    /// Says what the plan would have done to the deliveries that `history sync` kept: as far back as `--with-history`, or 30 days.
    /// With `--with-history` alone, the provider's own history is counted.
    #[arg(long, value_name = "ARCHIVE", value_parser = archive, env = "HOOKWRIGHT_PLAN_ARCHIVE")]
    pub(crate) archive: Option<ArchivePlace>,
    /// Ask the forge who approved the pull request, for policies
    ///
    /// Who wrote it, who approved it as it is, and its labels, where a rule under `policies` looks at `change`. Which pull request it
    /// is comes from the variables that `comment` knows.
    #[arg(long, env = "HOOKWRIGHT_ASK_FORGE", value_parser = switch)]
    pub(crate) ask_forge: bool,
    /// Allow to delete or disable what is in use
    ///
    /// Webhooks that had deliveries in the last 24 hours, or of which that is not known. `apply` looks at that, and so does
    /// `plan` with `--out` or `--with-history`.
    #[arg(long, env = "HOOKWRIGHT_ALLOW_LIVE_TRAFFIC", value_parser = switch)]
    pub(crate) allow_live_traffic: bool,
}

impl PlanningArgs {
    /// The options that decide a plan.
    pub(crate) fn options(&self) -> Options {
        Options {
            targets: self.target.iter().map(WebhookKey::new).collect(),
            strict: self.strictness.strict,
            prune: self.prune,
            allow_deletes: self.allow_deletes,
            allow_empty: self.allow_empty,
            allow_secret_mismatch: self.allow_secret_mismatch,
            allow_live_traffic: self.allow_live_traffic,
        }
    }
}
