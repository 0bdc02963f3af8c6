//! The archive: deliveries kept in one SQLite file, beyond the days that a provider remembers.
//!
//! The only place that knows SQLite. An archive knows which spans of time it has all deliveries of
//! ([`Archive::covered`]): what no span covers was never fetched, and is shown as missing, not as silence.
//! A page of deliveries and a covered span are each written as a whole or not at all, so a process
//! may be killed at any time. A delivery is kept once, however often it comes ([`DeliveryIdentity`]).
//!
//! What is sensitive in a URL is not kept: it stands there masked, beside a salted digest by which
//! whoever knows the URL finds its deliveries. Payloads are kept only when asked for; the object that
//! an event is about is kept always.
//!
//! [`DeliveryIdentity`]: super::DeliveryIdentity

mod error;
mod open;
mod read;
mod schema;
#[cfg(test)]
mod tests;
mod write;

use std::{collections::HashMap, path::PathBuf};

use rusqlite::Connection;

pub use error::{ArchiveError, Attempt};
pub use read::KeptDeliveries;
pub use write::{Kept, Payloads};

use crate::model::{EnvType, EnvironmentName, ProviderProfile};

/// An open archive.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    connection: Connection,
    salt: Vec<u8>,
    urls: HashMap<String, i64>,
    texts: HashMap<String, i64>,
}

/// Whose deliveries an archive keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedEnvironment {
    /// The environment's name.
    pub name: EnvironmentName,
    /// Its provider.
    pub provider: &'static ProviderProfile,
    /// The provider's environment.
    pub env_type: EnvType,
    /// The account's client id; the archive keeps a salted digest of it.
    pub account: String,
}

/// An environment in an open archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnvironmentId(i64);
