//! What is kept over restarts, in a file that one service has at a time.

use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::{
    apply::audit::digest,
    cli::{
        error::{CliError, ErrorKind},
        files,
    },
    files::{Limit, text},
    reconcile::Kept,
};

pub(super) struct Keeping {
    /// `None`: it is kept for as long as the service lives.
    place: Option<Place>,
    pub(super) kept: Kept,
    /// The digest of what is in the file.
    written: Option<String>,
}

struct Place {
    path: PathBuf,
    /// Its lock lasts as long as the service: a file of its own, as the other is replaced.
    _lock: File,
}

impl Keeping {
    /// Reads what was kept; nothing, where there is no file yet.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or written, is something else, or is in use by another service.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, CliError> {
        let Some(path) = path else {
            return Ok(Self {
                place: None,
                kept: Kept::default(),
                written: None,
            });
        };
        let lock = lock(path)?;
        let shown = path.display();
        let before = match text(path, Limit::PLAN) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                let error = anyhow::Error::new(error);
                return Err(error
                    .context(format!("the state `{shown}` cannot be read"))
                    .into());
            }
        };
        let kept = match before.as_str() {
            "" => Kept::default(),
            text => Kept::from_json(text).map_err(|error| {
                let error = anyhow::Error::new(error);
                let error = error.context(format!("the state `{shown}` cannot be used"));
                CliError::new(ErrorKind::Invalid, error).hint(
                    "name another file with `--state`, or move this one away: then drift is told from the next look on, and the day's writes are counted anew",
                )
            })?,
        };
        let mut keeping = Self {
            place: Some(Place {
                path: path.to_owned(),
                _lock: lock,
            }),
            kept,
            written: None,
        };
        // Rather now than after the first write to a provider.
        keeping.write()?;
        Ok(keeping)
    }

    /// Writes what is kept, where it is not what is in the file.
    ///
    /// # Errors
    ///
    /// It cannot be written. What was in the file stays there.
    pub(super) fn write(&mut self) -> Result<(), CliError> {
        let Some(place) = &self.place else {
            return Ok(());
        };
        let text = self.kept.to_json().map_err(anyhow::Error::new)?;
        let digest = Some(digest(text.as_bytes()));
        if digest != self.written {
            files::keep_private(&place.path, &text)?;
            self.written = digest;
        }
        Ok(())
    }
}

/// Keeps a second service from the same file.
fn lock(path: &Path) -> Result<File, CliError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let failed = || format!("the state `{}` cannot be used", path.display());
    let mut options = OpenOptions::new();
    let options = options.create(true).truncate(false).write(true);
    let file = options.open(&beside).with_context(failed)?;
    files::lock(&file, failed, || {
        let shown = path.display();
        CliError::refused(format!("the state `{shown}` is in use by another service"))
            .hint("end that service, or give each its own `--state`; the environments' `lock` decides which of them looks")
    })?;
    Ok(file)
}
