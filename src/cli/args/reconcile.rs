//! `reconcile`.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};

use super::{NotifyArgs, ProbeArgs, strictness::StrictnessArgs, values::switch};

/// Look at environments again and again, and say, or mend, what differs
///
/// A service: it runs until it is stopped. What it does with each environment is in the manifest, which it reads anew each
/// round: `reconcile: { mode: detect | apply | off, interval: 10m }`. It detects unless told otherwise. It applies only
/// what no guard refuses, under the environment's `lock`, and at most `limits.max_writes_per_day` writes.
///
/// With `--listen` it shows metrics, a status page and an API, and takes triggers. Two copies may run: the environments'
/// `lock` decides which one looks. SIGTERM and Ctrl-C let requests in flight finish, and give locks back.
#[derive(Debug, Args)]
pub(crate) struct ReconcileArgs {
    #[command(flatten)]
    pub(crate) strictness: StrictnessArgs,
    /// Look at each environment once, and end as `drift` does
    #[arg(long, env = "HOOKWRIGHT_ONCE", value_parser = switch)]
    pub(crate) once: bool,
    /// Write nothing, whatever the manifest says
    #[arg(long, env = "HOOKWRIGHT_DETECT_ONLY", value_parser = switch)]
    pub(crate) detect_only: bool,
    /// Apply also where an environment has no `lock`
    ///
    /// Then nothing keeps two copies of the service apart.
    #[arg(long, env = "HOOKWRIGHT_UNLOCKED", value_parser = switch)]
    pub(crate) unlocked: bool,
    /// Where metrics, the status page and the API are
    ///
    /// Port 0 takes a free one.
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:9464",
        env = "HOOKWRIGHT_LISTEN"
    )]
    pub(crate) listen: SocketAddr,
    /// A file with the secret that signs triggers and pauses
    ///
    /// Without it none is taken, and beyond loopback only probes and metrics are shown.
    #[arg(long, value_name = "FILE", env = "HOOKWRIGHT_SHARED_SECRET_FILE")]
    pub(crate) shared_secret_file: Option<PathBuf>,
    /// Keep in this file what must be known over restarts
    ///
    /// What was live when it was last in sync, and what was written today. Needed where an environment has `mode: apply`.
    #[arg(long, value_name = "FILE", env = "HOOKWRIGHT_STATE")]
    pub(crate) state: Option<PathBuf>,
    /// Append a JSON line to this file before and after each write
    ///
    /// And for every condition that changes.
    #[arg(long, value_name = "FILE", env = "HOOKWRIGHT_AUDIT_LOG")]
    pub(crate) audit_log: Option<PathBuf>,
    /// Who runs this, for the audit log and for locks
    ///
    /// [default: what the user's session says]
    #[arg(long, value_name = "NAME", env = "HOOKWRIGHT_ACTOR")]
    pub(crate) actor: Option<String>,
    /// The commit the manifest is of, for metrics and the audit log
    ///
    /// [default: what the CI system says]
    #[arg(long, value_name = "ID", env = "HOOKWRIGHT_COMMIT")]
    pub(crate) commit: Option<String>,
    /// The format of the log on standard error
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text, env = "HOOKWRIGHT_LOG_FORMAT")]
    pub(crate) log_format: LogFormat,
    #[command(flatten)]
    pub(crate) probing: ProbeArgs,
    #[command(flatten)]
    pub(crate) notify: NotifyArgs,
}

/// The format of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people
    Text,
    /// A JSON document a line
    Json,
}
