//! A lock in a local file: the operating system holds it, and ends it with the process.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::lock::{Record, State};

/// No record is longer, in bytes.
const LONGEST: u64 = 64 * 1024;

/// A file whose lock this run holds.
pub(super) struct FileLock {
    file: File,
    path: PathBuf,
    record: Record,
}

/// How taking a lock came out.
pub(super) enum Taken {
    /// This run has it. Whose it was, where that run did not give it back.
    Now(FileLock, Option<Record>),
    /// Another run has it: who, as far as it can be read.
    Held(Option<Record>),
}

impl FileLock {
    pub(super) fn take(path: &Path, record: Record) -> anyhow::Result<Taken> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)?;
        anyhow::ensure!(file.metadata()?.is_file(), "it is not a file");
        match file.try_lock() {
            Ok(()) => {}
            // Elsewhere than on Unix, what is locked may not even be read.
            Err(TryLockError::WouldBlock) => {
                return Ok(Taken::Held(read(&mut file).ok().flatten()));
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).context("the file system cannot lock it");
            }
        }
        let left = read(&mut file)?.filter(Record::is_held);
        let mut lock = Self {
            file,
            path: path.to_owned(),
            record,
        };
        lock.write()?;
        Ok(Taken::Now(lock, left))
    }

    /// Tells whether the file at the path is still the one that is locked.
    #[cfg(unix)]
    pub(super) fn look(&self) -> anyhow::Result<impl Fn() -> bool + Send + Sync + use<>> {
        use std::os::unix::fs::MetadataExt;
        let identity = |it: std::fs::Metadata| (it.dev(), it.ino());
        let (ours, path) = (identity(self.file.metadata()?), self.path.clone());
        Ok(move || std::fs::metadata(&path).is_ok_and(|there| identity(there) == ours))
    }

    /// Tells whether the file at the path is still the one that is locked: elsewhere than on Unix, a file
    /// that is open stays where it is.
    #[cfg(not(unix))]
    pub(super) fn look(&self) -> anyhow::Result<impl Fn() -> bool + Send + Sync + use<>> {
        let path = self.path.clone();
        Ok(move || path.exists())
    }

    /// Gives it back. The file stays: another run may be waiting with it open.
    pub(super) fn release(mut self) -> anyhow::Result<()> {
        self.record.state = State::Free;
        self.write()?;
        Ok(self.file.unlock()?)
    }

    fn write(&mut self) -> anyhow::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&self.record.to_bytes())?;
        Ok(self.file.sync_data()?)
    }
}

fn read(file: &mut File) -> anyhow::Result<Option<Record>> {
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(Record::read(&bytes)?)
}
