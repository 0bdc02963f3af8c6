//! `history replay`.

use std::{num::NonZeroU32, path::PathBuf};

use clap::{ArgGroup, Args, ValueEnum};

use super::{
    archive::{ArchivePlace, archive},
    moment::Moment,
    values::switch,
};

/// Send lost events again, from an archive that kept payloads
///
/// It shows what it would send, and asks. Each event is sent as the provider sends it: its body as it was kept, signed with the
/// present secret, in the order of the events, one after another. `X-Hookwright-Replay` has the delivery's id. A journal beside the
/// archive knows what receivers took, so a run that was stopped, or killed, goes on where it ended.
///
/// A provider that sends events again itself is asked to: for all that failed in a span with `--status failed`, for each
/// event with `--gaps` and `--id`. That needs no payloads. The journal knows what it was asked for.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["gaps", "status", "id"]))]
pub(crate) struct ReplayArgs {
    /// Send what the webhook lost for good: what `history gaps` lists
    #[arg(long, env = "HOOKWRIGHT_REPLAY_GAPS", value_parser = switch)]
    pub(crate) gaps: bool,
    /// Send what failed, also where a later event made up for it
    #[arg(long, env = "HOOKWRIGHT_REPLAY_STATUS")]
    pub(crate) status: Option<ReplayStatus>,
    /// Send the delivery of this id; may be given several times
    #[arg(
        long,
        value_name = "ID",
        env = "HOOKWRIGHT_REPLAY_ID",
        value_delimiter = ','
    )]
    pub(crate) id: Vec<String>,
    /// The webhook to send to, by its key in the manifest
    #[arg(long, value_name = "KEY", env = "HOOKWRIGHT_REPLAY_TO")]
    pub(crate) to: String,
    /// Events from then on: `2h`, `7d`, `2026-01-31`, `2026-01-31T12:00:00Z`
    #[arg(
        long,
        value_name = "TIME",
        env = "HOOKWRIGHT_HISTORY_SINCE",
        required_unless_present = "id"
    )]
    pub(crate) since: Option<Moment>,
    /// Events up to then; a day means its first moment
    #[arg(long, value_name = "TIME", env = "HOOKWRIGHT_HISTORY_UNTIL")]
    pub(crate) until: Option<Moment>,
    /// The archive; with payloads (`history sync --payload`), unless the provider sends events again itself
    #[arg(long, value_name = "ARCHIVE", value_parser = archive, env = "HOOKWRIGHT_ARCHIVE")]
    pub(crate) archive: ArchivePlace,
    /// The journal of what was sent again; needed where the archive is a folder or bucket
    ///
    /// [default: `ARCHIVE.replays`, beside the archive]
    #[arg(long, value_name = "FILE", env = "HOOKWRIGHT_REPLAY_JOURNAL")]
    pub(crate) journal: Option<PathBuf>,
    /// Send to the webhook of another environment; neither may be production
    #[arg(long, value_name = "ENVIRONMENT", env = "HOOKWRIGHT_REPLAY_INTO")]
    pub(crate) into: Option<String>,
    /// The most events to send in a minute
    #[arg(
        long,
        value_name = "NUMBER",
        default_value = "60",
        env = "HOOKWRIGHT_REPLAY_RATE"
    )]
    pub(crate) rate: NonZeroU32,
    /// Stop after so many failures in a row
    #[arg(
        long,
        value_name = "NUMBER",
        default_value = "10",
        env = "HOOKWRIGHT_REPLAY_MAX_FAILURES"
    )]
    pub(crate) max_failures: NonZeroU32,
    /// Send again, or ask for again, what got no answer before: the receiver may have taken it
    #[arg(long, env = "HOOKWRIGHT_REPLAY_RESEND_UNKNOWN", value_parser = switch)]
    pub(crate) resend_unknown: bool,
    /// Send without asking; needed where there is no terminal
    #[arg(long, env = "HOOKWRIGHT_AUTO_APPROVE", value_parser = switch)]
    pub(crate) auto_approve: bool,
    /// Let events be sent to private and loopback addresses
    #[arg(long, env = "HOOKWRIGHT_ALLOW_PRIVATE", value_parser = switch)]
    pub(crate) allow_private: bool,
    /// Append a JSON line to this file before and after each event
    #[arg(long, value_name = "FILE", env = "HOOKWRIGHT_AUDIT_LOG")]
    pub(crate) audit_log: Option<PathBuf>,
    /// Who runs this, for the audit log
    ///
    /// [default: what the CI system or the user's session says]
    #[arg(long, value_name = "NAME", env = "HOOKWRIGHT_ACTOR")]
    pub(crate) actor: Option<String>,
}

/// Which deliveries are sent again by their status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayStatus {
    /// Those that the receiver did not take
    Failed,
}
