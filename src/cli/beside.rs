//! `--json-into`: the document of a run in a file, beside what people read.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use anyhow::{Context, anyhow};

use super::{args::Wanted, error::CliError, files};
use crate::files::{Limit, prove, text};

/// How every document begins.
const BEGINNING: &str = "{\n  \"format_version\":";

/// The file that gets the document of a run.
#[derive(Debug)]
pub(crate) struct Beside {
    path: PathBuf,
    /// Whether the run has written its document, or tried to: it has but one.
    tried: AtomicBool,
}

impl Beside {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            tried: AtomicBool::new(false),
        }
    }

    /// Whether the file can be written. Nothing is changed.
    ///
    /// # Errors
    ///
    /// What is in the way: a slip must not cost a manifest, and what cannot be written is said before the work.
    pub(crate) fn check(&self) -> Result<(), CliError> {
        self.is_free()?;
        prove(&self.path)
            .with_context(|| self.failed())
            .map_err(|error| CliError::from(error).hint("name another file with `--json-into`"))
    }

    /// Refuses a place where something else is than a document.
    fn is_free(&self) -> Result<(), CliError> {
        // What is there and no file is refused where it is written.
        if !self.path.is_file() {
            return Ok(());
        }
        let found = text(&self.path, Limit::PLAN).with_context(|| self.failed())?;
        if found.is_empty() || found.starts_with(BEGINNING) {
            return Ok(());
        }
        let error = anyhow!(
            "`{}` is there, and is no document of hookwright",
            self.path.display()
        );
        Err(CliError::from(error.context(self.failed()))
            .hint("name another file, or remove this one"))
    }

    /// Writes the document, unless that was done or tried before: the file has the whole of it, or is as it was.
    ///
    /// # Errors
    ///
    /// What is in the way.
    pub(crate) fn write(&self, document: &str) -> Result<(), CliError> {
        if self.tried.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        self.is_free()?;
        files::keep(&self.path, document)
    }

    fn failed(&self) -> String {
        format!(
            "the document cannot be written to `{}` (`--json-into`)",
            self.path.display()
        )
    }
}

/// Refuses to write the document of a command that has none.
///
/// # Errors
///
/// Which command, and why.
pub(crate) fn check(path: &Path, command: &str) -> Result<(), CliError> {
    if path.as_os_str() == "-" {
        return Err(CliError::usage("`--json-into` names a file")
            .hint("`--format json` writes the document to standard output"));
    }
    match Wanted::has_document(command) {
        true => Ok(()),
        false => Err(
            CliError::usage(format!("`{command}` has no document for `--json-into`"))
                .hint("leave it out"),
        ),
    }
}
