//! The state on disk: one JSON line per change, flushed to the disk before the change is answered.
//!
//! A crash can cut the last line short; that change was never answered, so the line is dropped. Any other
//! line that cannot be read is an error, as guessing would answer with a state that never was.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::state::{Mutation, Simulator};
use crate::files::{self, Limit, Line, Lines, Over, Readers};

const VERSION: u32 = 1;

/// A journal is rewritten when it has more than twice the lines it needs, and at least so many.
const WORTH_REWRITING: usize = 128;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process has it.
    #[error(
        "`{}` is in use by another simulator (it holds `{}`): end that one, or use another state file",
        path.display(), lock.display()
    )]
    Locked {
        /// The journal.
        path: PathBuf,
        /// The file that is locked.
        lock: PathBuf,
    },
    /// The operating system refused.
    #[error("failed to {action} `{}`", path.display())]
    Io {
        /// What was to be done.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it could not be.
        source: io::Error,
    },
    /// The first line is not that of a journal. The file is left as it is.
    #[error("`{}` is not a simulator's state file; its first line is none", path.display())]
    NotAJournal {
        /// The file.
        path: PathBuf,
    },
    /// It was written by a later version of the program.
    #[error(
        "`{}` has format {version}, and this version of the program reads up to {VERSION}: use a newer one, or another state file",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
    /// It holds the state of another provider.
    #[error(
        "`{}` holds the state of provider `{found}`, not of `{expected}`: use another state file",
        path.display()
    )]
    OtherProvider {
        /// The file.
        path: PathBuf,
        /// Whose state it holds.
        found: String,
        /// Whose was wanted.
        expected: &'static str,
    },
    /// A line is unreadable.
    #[error("line {line} of `{}` is unreadable: mend or remove it, or use another state file", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A write failed earlier, so what the file holds is not known.
    #[error("`{}` could not be written earlier: start the simulator again to go on", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
    },
}

/// The line that a crash cut short and that was dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DroppedLine {
    /// Its number, from 1.
    pub line: usize,
    /// How many bytes of it there were.
    pub bytes: usize,
}

#[derive(Serialize, Deserialize)]
struct Head {
    hookwright_simulator: u64,
    provider: String,
}

/// An open journal. Its lock is held for as long as it lives.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    broken: bool,
    _lock: File,
}

impl Journal {
    /// Opens a journal, or starts one, and brings `simulator` to the state it holds.
    pub(super) fn open(
        path: &Path,
        simulator: &mut Simulator,
    ) -> Result<(Self, Option<DroppedLine>), JournalError> {
        check_kind(path)?;
        let lock = lock(path)?;
        let provider = simulator.profile.id;
        let Replayed { lines, bytes, cut } = replay(path, simulator)?;
        if lines == 0 && cut > 0 {
            return Err(JournalError::NotAJournal {
                path: path.to_owned(),
            });
        }
        let dropped = (cut > 0).then_some(DroppedLine {
            line: lines + 1,
            bytes: cut,
        });
        let needed = simulator.snapshot();
        // Counts the head line.
        let wasteful = lines > WORTH_REWRITING && lines > 2 * (needed.len() + 1);
        if lines == 0 || wasteful {
            rewrite(path, provider, &needed)?;
        }
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(failed("open", path))?;
        if dropped.is_some() && !wasteful {
            file.set_len(bytes).map_err(failed("shorten", path))?;
            file.sync_all().map_err(failed("flush", path))?;
        }
        let journal = Self {
            path: path.to_owned(),
            file,
            broken: false,
            _lock: lock,
        };
        Ok((journal, dropped))
    }

    /// The same journal, writing to another file: one that fails, in tests.
    #[cfg(test)]
    pub(super) fn writing_to(self, file: File) -> Self {
        Self { file, ..self }
    }

    /// Writes a change down; when this returns, the disk has it.
    ///
    /// After a failure, what the file holds is not known, so nothing more is written.
    pub(super) fn append(&mut self, mutation: &Mutation) -> Result<(), JournalError> {
        if self.broken {
            return Err(JournalError::Broken {
                path: self.path.clone(),
            });
        }
        let written = line(mutation)
            .and_then(|line| self.file.write_all(&line))
            .and_then(|()| self.file.sync_data());
        self.broken = written.is_err();
        written.map_err(failed("write", &self.path))
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    let path = path.to_owned();
    move |source| JournalError::Io {
        action,
        path,
        source,
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Takes the lock of a journal. The lock is a file of its own because the journal is replaced when it
/// is rewritten; it is never removed, as another process may be about to lock it.
fn lock(path: &Path) -> Result<File, JournalError> {
    let lock_path = beside(path, ".lock");
    let file = private()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_path)
        .map_err(failed("open", &lock_path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::Locked {
            path: path.to_owned(),
            lock: lock_path,
        }),
        Err(TryLockError::Error(source)) => Err(failed("lock", &lock_path)(source)),
    }
}

/// Options for files that only their owner may read: URLs may hold tokens, payloads personal facts.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A journal is a file: a device has no end, and a folder no lines.
fn check_kind(path: &Path) -> Result<(), JournalError> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(failed("open", path)(io::Error::other("it is not a file"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed("open", path)(error)),
    }
}

/// What a journal holds.
#[derive(Default)]
struct Replayed {
    /// How many whole lines, the head included.
    lines: usize,
    /// How many bytes they are.
    bytes: u64,
    /// How many bytes of a line that was cut off stand behind them.
    cut: usize,
}

/// Applies every line to `simulator`.
fn replay(path: &Path, simulator: &mut Simulator) -> Result<Replayed, JournalError> {
    let mut replayed = Replayed::default();
    let lines = match Lines::open(path, Limit::JOURNAL_LINE) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(replayed),
        opened => opened.map_err(failed("read", path))?,
    };
    for line in lines {
        let Line { bytes, ended } = line.map_err(failed("read", path))?;
        if !ended {
            replayed.cut = bytes.len();
            break;
        }
        replayed.lines += 1;
        replayed.bytes += bytes.len() as u64 + 1;
        if replayed.lines == 1 {
            check_head(path, &bytes, simulator.profile.id)?;
            continue;
        }
        let mutation = serde_json::from_slice(&bytes).map_err(|source| JournalError::Corrupt {
            path: path.to_owned(),
            line: replayed.lines,
            source,
        })?;
        simulator.apply(mutation);
    }
    Ok(replayed)
}

fn check_head(path: &Path, line: &[u8], provider: &'static str) -> Result<(), JournalError> {
    let head: Option<Head> = serde_json::from_slice(line).ok();
    let Some(head) = head.filter(|head| head.hookwright_simulator > 0) else {
        return Err(JournalError::NotAJournal {
            path: path.to_owned(),
        });
    };
    if head.hookwright_simulator > u64::from(VERSION) {
        return Err(JournalError::Newer {
            path: path.to_owned(),
            version: head.hookwright_simulator,
        });
    }
    if head.provider != provider {
        return Err(JournalError::OtherProvider {
            path: path.to_owned(),
            found: head.provider,
            expected: provider,
        });
    }
    Ok(())
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

/// Replaces the journal by one that holds just these changes. A crash leaves the old or the new one.
fn rewrite(path: &Path, provider: &str, mutations: &[Mutation]) -> Result<(), JournalError> {
    let head = Head {
        hookwright_simulator: u64::from(VERSION),
        provider: provider.to_owned(),
    };
    let content = || -> io::Result<Vec<u8>> {
        let mut content = line(&head)?;
        for mutation in mutations {
            content.extend(line(mutation)?);
        }
        Ok(content)
    };
    let content = content().map_err(failed("write", path))?;
    let written = files::write(path, &content, Over::Anything, Readers::Owner);
    written.map_err(|error| failed("replace", path)(io::Error::other(error)))
}
