//! Why an archive cannot be used.

use super::{Place, sqlite::VERSION};

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

/// What a store said.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A folder or bucket.
    #[cfg(feature = "parquet")]
    // What it says has its sources in it: it is none itself.
    #[error("{0}")]
    Objects(object_store::Error),
    /// A Parquet file could not be made.
    #[cfg(feature = "parquet")]
    #[error(transparent)]
    Parquet(#[from] parquet::errors::ParquetError),
    /// What says what the archive has could not be made.
    #[cfg(feature = "parquet")]
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// An object is not what was written.
    #[cfg(feature = "parquet")]
    #[error("`{object}` is not what was written: {problem}")]
    Damaged {
        /// Its path in the archive.
        object: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Other runs wrote again and again.
    #[cfg(feature = "parquet")]
    #[error("other runs write to it again and again")]
    Contended,
    /// The store writes also where the condition does not hold: two runs would undo each other's work.
    #[cfg(feature = "parquet")]
    #[error("the store takes conditional puts, and ignores their condition ({0})")]
    Unconditional(&'static str),
}

#[cfg(feature = "parquet")]
impl From<object_store::Error> for StoreError {
    fn from(error: object_store::Error) -> Self {
        Self::Objects(error)
    }
}

#[cfg(feature = "parquet")]
impl StoreError {
    fn way_out(&self) -> &'static str {
        match self {
            Self::Objects(object_store::Error::NotFound { .. }) => {
                "run it again: another run may have merged or forgotten files meanwhile; `history verify` says whether one is lost"
            }
            Self::Sqlite(_) | Self::Objects(_) | Self::Parquet(_) | Self::Json(_) => {
                "make sure that the store is reached and that the credentials may read, write and list there; what was archived before is still there"
            }
            Self::Damaged { .. } => {
                "let `history verify` say what is damaged; restore that object from a copy, or delete its day's folder and fetch the day again while the provider remembers it"
            }
            Self::Contended => "run it again when fewer runs write to this archive",
            Self::Unconditional(_) => {
                "use a store that honours `If-Match` and `If-None-Match`, or a folder"
            }
        }
    }

    /// An object that is not what was written.
    pub(super) fn damaged(object: impl Into<String>, problem: impl ToString) -> Self {
        Self::Damaged {
            object: object.into(),
            problem: problem.to_string(),
        }
    }
}

/// Why an archive cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// There is none.
    #[error("there is no archive at `{place}`")]
    Absent {
        /// Where it was looked for.
        place: Place,
    },
    /// The file is something else.
    #[error("`{place}` is not an archive of deliveries")]
    NotAnArchive {
        /// The archive.
        place: Place,
    },
    /// It was written by a later version of the program.
    #[error("`{place}` has format {version}, and this version of the program reads up to {reads}")]
    Newer {
        /// The archive.
        place: Place,
        /// Its version.
        version: i64,
        /// The latest that this program reads.
        reads: i64,
    },
    /// It was written by an earlier version of the program, and is open for reading only.
    #[error("`{place}` has format {version}, and this version of the program reads {VERSION}")]
    Older {
        /// The archive.
        place: Place,
        /// Its version.
        version: i64,
    },
    /// It keeps an environment of this name that is another one.
    #[error("`{place}` keeps another account's environment `{environment}`")]
    OtherAccount {
        /// The archive.
        place: Place,
        /// The environment's name.
        environment: String,
    },
    /// It keeps an environment of this name, and nothing shows whether it is the same.
    #[error(
        "`{place}` keeps an environment `{environment}` already, and nothing shows that it is of the same account: no delivery is in both archives"
    )]
    UnprovenAccount {
        /// The archive.
        place: Place,
        /// The environment's name.
        environment: String,
    },
    /// It keeps nothing of this environment.
    #[error("`{place}` keeps no environment `{environment}`")]
    NoEnvironment {
        /// The archive.
        place: Place,
        /// The environment's name.
        environment: String,
    },
    /// The store refused.
    #[error("failed to {} the archive `{place}`", attempt.as_str())]
    Failed {
        /// What was attempted.
        attempt: Attempt,
        /// The archive.
        place: Place,
        /// What the store said.
        source: StoreError,
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
            Self::UnprovenAccount { .. } => {
                "where you know that it is, say so with `--same-account`; if not, name another folder"
            }
            Self::NoEnvironment { .. } => {
                "fetch it: `history sync` with this `--archive`; or choose another with `--environment`"
            }
            Self::Failed {
                source: StoreError::Sqlite(error),
                ..
            } => of_sqlite(error),
            #[cfg(feature = "parquet")]
            Self::Failed { source, .. } => source.way_out(),
        }
    }
}

/// What to do next where SQLite refuses.
fn of_sqlite(error: &rusqlite::Error) -> &'static str {
    use rusqlite::{Error, ErrorCode};
    match (error, error.sqlite_error_code()) {
        (_, Some(ErrorCode::CannotOpen)) => {
            "SQLite writes beside an archive, also to read it: where it may not, copy the file to a folder that can be written, and the one beside it whose name ends in `-wal`, where there is one"
        }
        (_, Some(ErrorCode::DatabaseCorrupt))
        | (Error::InvalidColumnType(..) | Error::IntegralValueOutOfRange(..), _) => {
            "the file is damaged: restore it from a copy, or let `sqlite3 FILE .recover` save what can still be read"
        }
        _ => {
            "make sure that the file can be read and written, and that the disk is not full; what was archived before is still there"
        }
    }
}
