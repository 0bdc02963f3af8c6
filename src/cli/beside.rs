//! `--json-into`: the document of a run in a file, beside what people read.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use anyhow::Context;

use super::{args::Wanted, error::CliError, files};
use crate::files::prove;

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

    fn is_free(&self) -> Result<(), CliError> {
        let is_document = |found: &str| found.starts_with(BEGINNING);
        let what = "document of hookwright";
        files::is_free(&self.path, || self.failed(), what, is_document)
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
