//! `fmt`.

use std::path::PathBuf;

use clap::Args;

use super::values::switch;

/// Lay manifests out in the canonical way
///
/// Keys in the order of the schema, two spaces for each level, quotes where they are needed, one
/// blank line between sections. Comments stay with what they are about, and what a manifest means
/// never changes: what was laid out is read again and compared before it is written. `-` reads
/// standard input and writes standard output. Where a file cannot be read, none is written.
#[derive(Debug, Args)]
pub(crate) struct FmtArgs {
    /// Files, folders, or `-`; instead of `--file`
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Write nothing; list the files that are laid out otherwise, and exit with 2 where there are any
    #[arg(long, env = "HOOKWRIGHT_FMT_CHECK", value_parser = switch)]
    pub(crate) check: bool,
    /// Write nothing; show what would change
    #[arg(long, env = "HOOKWRIGHT_FMT_DIFF", value_parser = switch)]
    pub(crate) diff: bool,
}
