//! `explain`, `schema`, `completions` and `man`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Explain a diagnostic by its code
///
/// Says why it matters, and shows an example of wrong and one of right. Without a code, lists them
/// all.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The code, such as `HW012`
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
}

/// Print a JSON Schema
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Whose schema: the manifest's, or that of a command's JSON output
    #[arg(value_enum, default_value_t = SchemaOf::Manifest)]
    pub(crate) of: SchemaOf,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// The manifest
    Manifest,
    /// `plan --format json`
    Plan,
    /// `drift --format json`
    Drift,
    /// What `plan --out` writes
    PlanFile,
    /// What the rules under `policies` see of a plan
    PolicyInput,
    /// `policy explain --format json`
    PolicyExplain,
    /// `policy test --format json`
    PolicyTest,
    /// `apply --format json`
    Apply,
    /// `validate --format json`
    Validate,
    /// `fmt --format json`
    Fmt,
    /// `migrate --format json`
    Migrate,
    /// A line of an audit log
    Audit,
    /// `audit --format json`
    AuditResult,
    /// `doctor --format json`
    Doctor,
    /// `simulator emit --format json`
    Emit,
    /// `init --format json` and `import --format json`
    Takeover,
    /// `list --format json`
    List,
    /// `comment --format json`
    Comment,
    /// `explain --format json`
    Explain,
    /// `test --format json`
    Test,
    /// `verify-signature --format json`
    VerifySignature,
    /// `version --format json`
    Version,
    /// `history list --format json`
    History,
    /// `history gaps --format json`
    HistoryGaps,
    /// `history stats --format json`
    HistoryStats,
    /// `history sync --format json`
    HistorySync,
    /// `history replay --format json`
    HistoryReplay,
    /// The same at a provider that sends events again itself
    HistoryReplayAsked,
    /// `history verify --format json`
    HistoryVerify,
    /// `history compact --format json`
    HistoryCompact,
    /// `history import-sqlite --format json`
    HistoryImportSqlite,
    /// One environment of `reconcile`: `/api/v1/environments/NAME`
    ReconcileEnvironment,
    /// All environments of `reconcile`: `/api/v1/environments`
    ReconcileEnvironments,
    /// A pause of `reconcile`: `/api/v1/environments/NAME/pause`
    ReconcilePause,
    /// A round of `reconcile`: `/api/v1/rounds/ID`
    ReconcileRound,
    /// Any command that ended without another result
    Failure,
}

/// Print shell completions
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// Print the manual page of hookwright, or of one of its commands
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The command
    pub(crate) command: Option<String>,
    /// Write all manual pages into this folder, for packages
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    pub(crate) into: Option<PathBuf>,
}
