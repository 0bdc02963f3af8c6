//! Why an archive cannot be used.

use std::path::PathBuf;

use super::schema::VERSION;

/// What was attempted with an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// To open it.
    Open,
    /// To bring it to this version's format.
    Migrate,
    /// To read from it.
    Read,
    /// To write to it.
    Write,
}

impl Attempt {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Migrate => "migrate",
            Self::Read => "read",
            Self::Write => "write to",
        }
    }
}

/// Why an archive cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// There is none.
    #[error("there is no archive at `{}`", path.display())]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("`{}` is not an archive of deliveries", path.display())]
    NotAnArchive {
        /// The file.
        path: PathBuf,
    },
    /// It was written by a later version of the program.
    #[error(
        "`{}` has format {version}, and this version of the program reads up to {VERSION}",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: i64,
    },
    /// It was written by an earlier version of the program, and is open for reading only.
    #[error(
        "`{}` has format {version}, and this version of the program reads {VERSION}",
        path.display()
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: i64,
    },
    /// It keeps an environment of this name that is another one.
    #[error("`{}` keeps another account's environment `{environment}`", path.display())]
    OtherAccount {
        /// The file.
        path: PathBuf,
        /// The environment's name.
        environment: String,
    },
    /// It keeps nothing of this environment.
    #[error("`{}` keeps no environment `{environment}`", path.display())]
    NoEnvironment {
        /// The file.
        path: PathBuf,
        /// The environment's name.
        environment: String,
    },
    /// SQLite refused.
    #[error("failed to {} the archive `{}`", attempt.as_str(), path.display())]
    Failed {
        /// What was attempted.
        attempt: Attempt,
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

impl ArchiveError {
    /// What to do next.
    pub fn way_out(&self) -> &'static str {
        match self {
            Self::Absent { .. } => "make one: `history sync` with this `--archive`",
            Self::NotAnArchive { .. } => "name another file: this one is left as it is",
            Self::Newer { .. } => "use a newer version of the program, or another archive",
            Self::Older { .. } => {
                "run `history sync` with this archive once: it brings it up to date"
            }
            Self::OtherAccount { .. } => {
                "use an archive for each account, or give the environment another name"
            }
            Self::NoEnvironment { .. } => {
                "fetch it: `history sync` with this `--archive`; or choose another with `--environment`"
            }
            Self::Failed { .. } => {
                "make sure that the file can be read and written, and that the disk is not full; what was archived before is still there"
            }
        }
    }
}
