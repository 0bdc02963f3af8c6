//! The format of an archive, and how it came to be.

/// What says that a SQLite file is an archive: `hkwA`.
pub(super) const APPLICATION: i64 = 0x686b_7741;
/// The present format.
pub(in crate::delivery::archive) const VERSION: i64 = MIGRATIONS.len() as i64;
/// The first format with payloads.
#[cfg(feature = "parquet")]
pub(super) const WITH_PAYLOADS: i64 = 2;
/// What leads from each format to the next; never changed, only added to.
///
/// Deliveries stand in the order of time, so that a span of them is read in one piece, and a new one is
/// written beside its neighbours.
pub(super) const MIGRATIONS: &[&str] = &[
    "CREATE TABLE archive (salt BLOB NOT NULL) STRICT;
    INSERT INTO archive VALUES (randomblob(32));
    CREATE TABLE environments (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        provider TEXT NOT NULL,
        env_type TEXT NOT NULL,
        account BLOB NOT NULL
    ) STRICT;
    CREATE TABLE urls (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        shown TEXT NOT NULL
    ) STRICT;
    CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE deliveries (
        environment INTEGER NOT NULL REFERENCES environments,
        created INTEGER NOT NULL,
        digest INTEGER NOT NULL,
        event INTEGER NOT NULL REFERENCES texts,
        url INTEGER NOT NULL REFERENCES urls,
        status INTEGER,
        error INTEGER REFERENCES texts,
        record ANY,
        object_kind INTEGER REFERENCES texts,
        object ANY,
        PRIMARY KEY (environment, created, digest)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE spans (
        environment INTEGER NOT NULL REFERENCES environments,
        since INTEGER NOT NULL,
        until INTEGER NOT NULL,
        PRIMARY KEY (environment, since)
    ) STRICT, WITHOUT ROWID;",
    "CREATE TABLE payloads (
        environment INTEGER NOT NULL,
        created INTEGER NOT NULL,
        digest INTEGER NOT NULL,
        payload TEXT NOT NULL,
        PRIMARY KEY (environment, created, digest),
        FOREIGN KEY (environment, created, digest) REFERENCES deliveries ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;",
];
