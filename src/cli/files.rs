//! Files as commands read and write them: what to say where that fails.

use std::{
    fs::{File, TryLockError},
    io::{self, Write},
    path::Path,
};

use anyhow::{Context, anyhow};

use super::error::CliError;
use crate::files::{self, Limit, Over, Readers, WriteError};

/// Replaces what is in a file, which still has to be what it was made from. A link is followed.
pub(crate) fn edit(path: &Path, before: &str, after: &str) -> Result<(), CliError> {
    let over = Over::Content(before.as_bytes());
    write(path, after, over, Readers::AsBefore)
}

/// Makes a file, where there is none, and its folder.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), CliError> {
    make_folder(path)?;
    write(path, text, Over::Nothing, Readers::AsBefore)
}

/// Makes a file, in the place of what was there, and its folder. A link is replaced, and what it leads to stays.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), CliError> {
    make_folder(path)?;
    write(path, text, Over::Anything, Readers::AsBefore)
}

/// Makes a file in the place of what was there, whose readers stay those they were.
pub(crate) fn keep(path: &Path, text: &str) -> Result<(), CliError> {
    write(path, text, Over::Anything, Readers::AsBefore)
}

/// Makes a file that its owner alone may read, in the place of what was there.
pub(crate) fn keep_private(path: &Path, text: &str) -> Result<(), CliError> {
    write(path, text, Over::Anything, Readers::Owner)
}

/// The same of a content that is written bit by bit.
pub(crate) fn keep_private_with(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), CliError> {
    let written = files::write_with(path, Over::Anything, Readers::Owner, content);
    written.or_else(|error| not_written(path, error))
}

/// Locks an open file, unless another run has done so.
pub(crate) fn lock(
    file: &File,
    failed: impl FnOnce() -> String,
    in_use: impl FnOnce() -> CliError,
) -> Result<(), CliError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(in_use()),
        Err(TryLockError::Error(error)) => Err(anyhow::Error::new(error).context(failed()).into()),
    }
}

/// Refuses a place where something else is than what is to go there: a slip must not cost a manifest.
pub(crate) fn is_free(
    path: &Path,
    failed: impl Fn() -> String,
    what: &str,
    is_ours: impl FnOnce(&str) -> bool,
) -> Result<(), CliError> {
    // What is there and no file is refused where it is written.
    if !path.is_file() {
        return Ok(());
    }
    let found = files::text(path, Limit::PLAN).with_context(&failed)?;
    if found.is_empty() || is_ours(&found) {
        return Ok(());
    }
    let error = anyhow!("`{}` is there, and is no {what}", path.display()).context(failed());
    Err(CliError::from(error).hint("name another file, or remove this one"))
}

fn make_folder(path: &Path) -> Result<(), CliError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder)
        .with_context(|| format!("failed to make the folder `{}`", folder.display()))
        .map_err(CliError::from)
}

fn write(path: &Path, text: &str, over: Over<'_>, readers: Readers) -> Result<(), CliError> {
    let written = files::write(path, text.as_bytes(), over, readers);
    written.or_else(|error| not_written(path, error))
}

fn not_written(path: &Path, error: WriteError) -> Result<(), CliError> {
    let shown = path.display();
    let hint = match &error {
        WriteError::Changed => Some("nothing was written to it; run this again"),
        WriteError::NotAFile => Some("name another file, or move what is there"),
        WriteError::Exists => Some("move it, and run this again"),
        WriteError::Folder(_) | WriteError::Failed(_) => None,
    };
    let failed = format!("failed to write `{shown}`, which is as it was");
    Err(CliError::from(anyhow::Error::new(error).context(failed)).maybe_hint(hint))
}
