//! `history` and what it does.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use jiff::SignedDuration;

use super::{
    ReplayArgs,
    archive::{ArchivePlace, archive},
    moment::{Moment, days},
    values::{period, switch},
};
use crate::delivery::StatusFilter;

/// See what was delivered, what failed, and why
///
/// Without a command of its own it lists deliveries. The provider remembers 30 days; an archive, made
/// by `history sync`, as long as it is told to. Spans of time that are not known are named: no
/// deliveries and no knowledge of deliveries are not the same.
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    #[command(subcommand)]
    pub(crate) command: Option<HistoryCommand>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

/// What is done with the history.
#[derive(Debug, Subcommand)]
pub(crate) enum HistoryCommand {
    List(Box<ListArgs>),
    Sync(SyncArgs),
    Stats(Box<StatsArgs>),
    Gaps(Box<GapsArgs>),
    Replay(Box<ReplayArgs>),
    Verify(VerifyArgs),
    Compact(CompactArgs),
    ImportSqlite(ImportSqliteArgs),
}

/// List deliveries
///
/// In the provider's order, or from an archive the latest first. Formats: `text`, `json`, `jsonl` (a
/// line for each, with the API's field names) and `csv`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// The most to list in each environment; 0 for all
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 100,
        env = "HOOKWRIGHT_HISTORY_LIMIT"
    )]
    pub(crate) limit: usize,
    /// Show deliveries as they come, until interrupted; without `--since`, from now on
    #[arg(long, env = "HOOKWRIGHT_HISTORY_FOLLOW", value_parser = switch)]
    pub(crate) follow: bool,
    /// How often `--follow` looks
    #[arg(long, value_name = "DURATION", value_parser = period, default_value = "10s", env = "HOOKWRIGHT_HISTORY_INTERVAL")]
    pub(crate) interval: Duration,
    /// Show payloads too, with what may be personal masked
    #[arg(long, env = "HOOKWRIGHT_HISTORY_PAYLOAD", value_parser = switch)]
    pub(crate) payload: bool,
    /// Show payloads as they are, personal parts included; only with `--payload`
    #[arg(long, env = "HOOKWRIGHT_HISTORY_REVEAL", value_parser = switch)]
    pub(crate) reveal: bool,
}

/// Keep deliveries in an archive
///
/// Fetches what the archive is missing of the provider's 30 days, oldest first. Running it again, also
/// after it was killed, goes on where it ended; a delivery is kept once. Run it at least every 30 days:
/// what the provider forgets before it was fetched is gone, and shown as missing from then on.
#[derive(Debug, Args)]
pub(crate) struct SyncArgs {
    /// The archive, which is made where there is none
    ///
    /// An SQLite file, or a folder or bucket of Parquet files: `file:///FOLDER`, `s3://BUCKET/FOLDER`, `gs://…` or `az://…`.
    #[arg(long, value_name = "ARCHIVE", value_parser = archive, env = "HOOKWRIGHT_ARCHIVE")]
    pub(crate) archive: ArchivePlace,
    /// Keep payloads too, for `history replay`: they hold personal data
    ///
    /// Without, only what an event is about is kept of them.
    #[arg(long, env = "HOOKWRIGHT_ARCHIVE_PAYLOADS", value_parser = switch)]
    pub(crate) payload: bool,
    /// For how long to keep deliveries, such as `400d`; older ones are deleted [default: for ever]
    ///
    /// Of an archive of Parquet files, whole days of UTC are deleted.
    #[arg(long, value_name = "LENGTH", value_parser = days, env = "HOOKWRIGHT_ARCHIVE_RETENTION")]
    pub(crate) retention: Option<SignedDuration>,
    /// How many deliveries to ask for at once; the largest that the provider takes is not documented
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 100,
        env = "HOOKWRIGHT_HISTORY_PAGE_SIZE"
    )]
    pub(crate) page_size: u32,
}

/// Sum up deliveries, by webhook and event type
///
/// How many there were, how many succeeded and why others failed, over time; and event types that a
/// webhook subscribes to and that were not delivered to it. Without `--since`: the last 7 days. Formats:
/// `text`, `json` and `html`.
#[derive(Debug, Args)]
pub(crate) struct StatsArgs {
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
}

/// List the events that were lost for good, as JSON lines
///
/// An event is lost to a webhook where all its deliveries failed, and no event of the same type and
/// object was delivered to it later; and where another webhook got it while this one, which subscribes
/// to it, got nothing: it was disabled. With the objects' ids, this is the worklist for fetching again
/// what was missed.
#[derive(Debug, Args)]
pub(crate) struct GapsArgs {
    /// Events from then on: `2h`, `7d`, `2026-01-31`, `2026-01-31T12:00:00Z`
    #[arg(long, value_name = "TIME", env = "HOOKWRIGHT_HISTORY_SINCE")]
    pub(crate) since: Moment,
    /// Events up to then; what made up for them may have come later
    #[arg(long, value_name = "TIME", env = "HOOKWRIGHT_HISTORY_UNTIL")]
    pub(crate) until: Option<Moment>,
    /// Only events of this type, or matching this glob; may be given several times
    #[arg(
        long,
        value_name = "TYPE",
        env = "HOOKWRIGHT_HISTORY_EVENT",
        value_delimiter = ','
    )]
    pub(crate) event: Vec<String>,
    /// Only what was lost to this webhook, by its key in the manifest
    #[arg(
        long,
        value_name = "KEY",
        env = "HOOKWRIGHT_HISTORY_WEBHOOK",
        value_delimiter = ','
    )]
    pub(crate) webhook: Vec<String>,
    /// The journal of `history replay`, which knows what was sent again [default: beside the archive]
    #[arg(long, value_name = "FILE", env = "HOOKWRIGHT_REPLAY_JOURNAL")]
    pub(crate) journal: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
}

/// Where deliveries are read from.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    /// Read this archive, and send nothing to the provider
    ///
    /// An SQLite file, or the URL of a folder or bucket of Parquet files.
    #[arg(long, value_name = "ARCHIVE", value_parser = archive, env = "HOOKWRIGHT_ARCHIVE")]
    pub(crate) archive: Option<ArchivePlace>,
    /// How many deliveries to ask for at once
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 100,
        env = "HOOKWRIGHT_HISTORY_PAGE_SIZE"
    )]
    pub(crate) page_size: u32,
}

/// Which deliveries.
#[derive(Debug, Default, Args)]
pub(crate) struct FilterArgs {
    /// Only events of this type, or matching this glob; may be given several times
    #[arg(
        long,
        value_name = "TYPE",
        env = "HOOKWRIGHT_HISTORY_EVENT",
        value_delimiter = ','
    )]
    pub(crate) event: Vec<String>,
    /// Only this status: `502`, `5xx`, or `none` for no answer; may be given several times
    #[arg(
        long,
        value_name = "STATUS",
        env = "HOOKWRIGHT_HISTORY_STATUS",
        value_delimiter = ','
    )]
    pub(crate) status: Vec<StatusFilter>,
    /// Only events from then on: `2h`, `7d`, `2026-01-31`, `2026-01-31T12:00:00Z`
    #[arg(long, value_name = "TIME", env = "HOOKWRIGHT_HISTORY_SINCE")]
    pub(crate) since: Option<Moment>,
    /// Only events up to then; a day means its first moment
    #[arg(long, value_name = "TIME", env = "HOOKWRIGHT_HISTORY_UNTIL")]
    pub(crate) until: Option<Moment>,
    /// Only what did not succeed
    #[arg(long, env = "HOOKWRIGHT_HISTORY_FAILED", value_parser = switch)]
    pub(crate) failed: bool,
    /// Only what went to this webhook, by its key in the manifest, also at its former URLs
    #[arg(
        long,
        value_name = "KEY",
        env = "HOOKWRIGHT_HISTORY_WEBHOOK",
        value_delimiter = ','
    )]
    pub(crate) webhook: Vec<String>,
    /// Only what went to a URL that matches this glob
    #[arg(long, value_name = "GLOB", env = "HOOKWRIGHT_HISTORY_URL")]
    pub(crate) url: Vec<String>,
}

/// Verify that an archive is whole
///
/// Reads all of it, and asks no provider: that each file is there and as it was written, that ledgers and rows agree, and that
/// no day is missing between two others. One that is not whole ends with 1. No manifest is needed.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The archive
    ///
    /// An SQLite file, or the URL of a folder or bucket of Parquet files.
    #[arg(long, value_name = "ARCHIVE", value_parser = archive, env = "HOOKWRIGHT_ARCHIVE")]
    pub(crate) archive: ArchivePlace,
}

/// Merge the small files of an archive of Parquet files
///
/// Each `history sync` adds files to the days that it fetches. Of days to which nothing can be added any more, files are merged,
/// and what a run that was killed left behind is deleted. It may be killed, and run beside others. No manifest is needed.
#[derive(Debug, Args)]
pub(crate) struct CompactArgs {
    /// The archive: the URL of a folder or bucket of Parquet files
    #[arg(long, value_name = "ARCHIVE", value_parser = archive, env = "HOOKWRIGHT_ARCHIVE")]
    pub(crate) archive: ArchivePlace,
}

/// Move an SQLite archive into one of Parquet files
///
/// Deliveries, payloads, and the spans of time that were fetched. What is there already is left out, so it may be killed and run
/// again, and several files may go into one archive. The file is only read. Asks no provider; no manifest is needed.
#[derive(Debug, Args)]
pub(crate) struct ImportSqliteArgs {
    /// The SQLite file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The archive to move it into, which is made where there is none: the URL of a folder or bucket of Parquet files
    #[arg(long, value_name = "ARCHIVE", value_parser = archive, env = "HOOKWRIGHT_ARCHIVE")]
    pub(crate) archive: ArchivePlace,
    /// Say that environments of one name are of one account, where no delivery is in both archives
    #[arg(long)]
    pub(crate) same_account: bool,
}
