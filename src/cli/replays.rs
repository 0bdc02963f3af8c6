//! The journal of replays, a file beside the archive: one run at a time, each line on the disk before what follows it.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions},
    io::{BufReader, ErrorKind as IoKind, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::{args::ArchivePlace, error::CliError, files};
use crate::{
    delivery::replay::{Entries, Entry},
    files::{Limit, Line, Lines, flush, folder},
};

/// What its name has behind the archive's.
const SUFFIX: &str = ".replays";

/// An open journal. Its lock is held for as long as it lives.
pub(crate) struct Replays {
    path: PathBuf,
    file: File,
    entries: Entries,
}

impl Replays {
    /// Opens a journal, and makes it where there is none. What a crash cut off is taken away: what it was about was never sent.
    pub(crate) fn open(path: &Path) -> Result<Self, CliError> {
        let failed = || format!("failed to open the journal of replays `{}`", path.display());
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.create(true).read(true).append(true).open(path);
        let mut file = file.with_context(failed)?;
        files::lock(&file, failed, || {
            let shown = path.display();
            CliError::failed(format!(
                "another replay from this archive is running: it holds `{shown}`"
            ))
            .hint("wait for its end: what it sends is not to be sent twice")
        })?;
        if !file.metadata().with_context(failed)?.is_file() {
            // What cannot be read back keeps nothing from being sent twice.
            let path = path.display();
            return Err(anyhow::anyhow!("the journal of replays `{path}` is not a file").into());
        }
        let (entries, whole) = entries(&file, path)?;
        file.set_len(whole).with_context(failed)?;
        file.seek(SeekFrom::End(0)).with_context(failed)?;
        if whole == 0 {
            // It may be new: its lines are on the disk only where its name is.
            flush(&folder(path)).with_context(failed)?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            entries,
        })
    }

    /// What is known of the events that were sent again.
    pub(crate) fn entries(&self) -> &Entries {
        &self.entries
    }

    /// Adds a line, and waits until it is on the disk.
    pub(crate) fn add(&mut self, entry: Entry) -> Result<(), CliError> {
        let mut write = || -> anyhow::Result<()> {
            let mut line = serde_json::to_vec(&entry)?;
            line.push(b'\n');
            self.file.write_all(&line)?;
            self.file.sync_data()?;
            Ok(())
        };
        let path = self.path.display();
        write().with_context(|| format!("failed to write the journal of replays `{path}`"))?;
        self.entries.add(entry);
        Ok(())
    }
}

/// Where the journal is: where somebody says, else beside an archive that is a file; `None` where nobody can tell.
pub(crate) fn place(archive: &ArchivePlace, named: Option<&Path>) -> Option<PathBuf> {
    let beside = || match archive {
        ArchivePlace::File(path) => {
            let mut name = OsString::from(path);
            name.push(SUFFIX);
            Some(PathBuf::from(name))
        }
        ArchivePlace::Url(_) | ArchivePlace::WithMore => None,
    };
    named.map(Path::to_owned).or_else(beside)
}

/// What a journal says; nothing where there is none.
pub(crate) fn read(path: &Path) -> Result<Entries, CliError> {
    let file = match OpenOptions::new().read(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == IoKind::NotFound => return Ok(Entries::default()),
        Err(error) => {
            let failed = format!("failed to read the journal of replays `{}`", path.display());
            return Err(anyhow::Error::new(error).context(failed).into());
        }
    };
    Ok(entries(&file, path)?.0)
}

/// The entries, and how many bytes of the file are whole lines.
fn entries(file: &File, path: &Path) -> Result<(Entries, u64), CliError> {
    let mut whole = 0;
    let mut read = || -> anyhow::Result<Entries> {
        let mut entries = Entries::default();
        for line in Lines::new(BufReader::new(file), Limit::AUDIT_LINE) {
            let Line { bytes, ended } = line?;
            entries.line(&bytes, ended)?;
            if ended {
                whole += bytes.len() as u64 + 1;
            }
        }
        Ok(entries)
    };
    let entries = read().map_err(|error| {
        let error = error.context(format!("`{}` cannot be used", path.display()));
        CliError::from(error).hint(
            "it says which events receivers took: without it they would be sent again; restore it, or move it away if that may be",
        )
    })?;
    Ok((entries, whole))
}
