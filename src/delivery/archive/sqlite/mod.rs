//! An archive in one SQLite file: the only place that knows SQLite.
//!
//! A page of deliveries and a covered span are each written as a whole or not at all.

#[cfg(feature = "parquet")]
mod moved;
mod open;
mod read;
mod schema;
#[cfg(test)]
mod tests;
mod verify;
mod write;

use std::{collections::HashMap, path::PathBuf};

use rusqlite::Connection;

pub(super) use schema::VERSION;

/// An open archive.
#[derive(Debug)]
pub struct SqliteArchive {
    path: PathBuf,
    connection: Connection,
    salt: Vec<u8>,
    urls: HashMap<String, i64>,
    texts: HashMap<String, i64>,
}
