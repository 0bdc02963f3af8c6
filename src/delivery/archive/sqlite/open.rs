//! Opening an archive, and bringing it to the present format.

use std::{collections::HashMap, path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::{
    SqliteArchive,
    schema::{APPLICATION, MIGRATIONS, VERSION},
};
use crate::delivery::archive::{ArchiveError, Attempt, Place};

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(30);

impl SqliteArchive {
    /// See [`Archive::open`](super::super::Archive::open).
    pub(in crate::delivery::archive) fn open(path: &Path) -> Result<Self, ArchiveError> {
        let failed = |attempt| failed(path, attempt);
        let mut connection = Connection::open(path).map_err(failed(Attempt::Open))?;
        connection
            .busy_timeout(PATIENCE)
            .map_err(failed(Attempt::Open))?;
        let version = version(&connection, path)?;
        if version == 0 {
            // Only before there are tables; so that retention gives space back.
            let vacuum = connection.pragma_update(None, "auto_vacuum", "INCREMENTAL");
            vacuum.map_err(failed(Attempt::Open))?;
        }
        // Written ahead: a commit is one write, and readers do not wait for it.
        connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
            .and_then(|()| connection.pragma_update(None, "synchronous", "NORMAL"))
            .and_then(|()| connection.pragma_update(None, "foreign_keys", true))
            .map_err(failed(Attempt::Open))?;
        migrate(&mut connection, path)?;
        Self::with(connection, path)
    }

    /// See [`Archive::open_to_read`](super::super::Archive::open_to_read).
    pub(in crate::delivery::archive) fn open_to_read(path: &Path) -> Result<Self, ArchiveError> {
        match Self::connect_to_read(path)? {
            (connection, VERSION) => Self::with(connection, path),
            (_, version) => Err(ArchiveError::Older {
                place: place(path),
                version,
            }),
        }
    }

    /// Opens an archive to read all of it, also one of an earlier format: who moves it may have no account any more to fetch from,
    /// which brings it up to date.
    #[cfg(feature = "parquet")]
    pub(in crate::delivery::archive) fn open_to_move(path: &Path) -> Result<Self, ArchiveError> {
        let (connection, version) = Self::connect_to_read(path)?;
        if version < super::schema::WITH_PAYLOADS {
            // Nothing is written to the file: a table for this connection alone.
            let empty = "CREATE TEMP TABLE payloads (environment, created, digest, payload)";
            let made = connection.execute_batch(empty);
            made.map_err(failed(path, Attempt::Open))?;
        }
        Self::with(connection, path)
    }

    /// A connection that cannot write, and the format of the file.
    fn connect_to_read(path: &Path) -> Result<(Connection, i64), ArchiveError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|err| {
            match err.sqlite_error_code() {
                Some(ErrorCode::CannotOpen) => ArchiveError::Absent { place: place(path) },
                _ => failed(path, Attempt::Open)(err),
            }
        })?;
        connection
            .busy_timeout(PATIENCE)
            .map_err(failed(path, Attempt::Open))?;
        match version(&connection, path)? {
            0 => Err(ArchiveError::NotAnArchive { place: place(path) }),
            version => Ok((connection, version)),
        }
    }

    fn with(connection: Connection, path: &Path) -> Result<Self, ArchiveError> {
        let salt = connection
            .query_row("SELECT salt FROM archive", [], |row| row.get(0))
            .map_err(failed(path, Attempt::Open))?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Self {
            path: path.to_owned(),
            connection,
            salt,
            urls: HashMap::new(),
            texts: HashMap::new(),
        })
    }

    /// An error of this archive.
    pub(super) fn failed(&self, attempt: Attempt) -> impl FnOnce(rusqlite::Error) -> ArchiveError {
        failed(&self.path, attempt)
    }
}

/// An error of the archive at this path.
pub(super) fn failed(
    path: &Path,
    attempt: Attempt,
) -> impl FnOnce(rusqlite::Error) -> ArchiveError + use<> {
    let place = place(path);
    move |source| match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => ArchiveError::NotAnArchive { place },
        _ => ArchiveError::Failed {
            attempt,
            place,
            source: source.into(),
        },
    }
}

fn place(path: &Path) -> Place {
    Place::File(path.to_owned())
}

/// The format of a file; 0 where it is empty.
fn version(connection: &Connection, path: &Path) -> Result<i64, ArchiveError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let read = || -> rusqlite::Result<(i64, i64, i64)> {
        let tables = "SELECT count(*) FROM sqlite_schema";
        let tables = connection.query_row(tables, [], |row| row.get(0))?;
        Ok((pragma("application_id")?, pragma("user_version")?, tables))
    };
    match read().map_err(failed(path, Attempt::Open))? {
        (0, 0, 0) => Ok(0),
        (APPLICATION, version, _) if version > VERSION => Err(ArchiveError::Newer {
            place: place(path),
            version,
            reads: VERSION,
        }),
        (APPLICATION, version, _) => Ok(version),
        _ => Err(ArchiveError::NotAnArchive { place: place(path) }),
    }
}

/// Brings an archive to the present format: as a whole, or not at all.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), ArchiveError> {
    let migrate = |transaction: &Transaction<'_>| -> rusqlite::Result<()> {
        // Another process may have done it meanwhile.
        let version: i64 =
            transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let done = usize::try_from(version).unwrap_or(usize::MAX);
        for migration in MIGRATIONS.iter().skip(done) {
            transaction.execute_batch(migration)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)
    };
    connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .and_then(|transaction| {
            migrate(&transaction)?;
            transaction.commit()
        })
        .map_err(failed(path, Attempt::Migrate))
}
