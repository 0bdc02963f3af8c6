//! What can be done with an archive, wherever it is.

use std::{ops::ControlFlow, path::Path};

use jiff::Timestamp;

use super::{ArchiveError, sqlite::SqliteArchive};
use crate::{
    delivery::{Counter, Delivery, DeliveryFilter, Span, Stats},
    model::{EndpointUrl, EnvType, EnvironmentName, Masker, ProviderProfile},
};

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
pub struct EnvironmentId(pub(super) i64);

/// Whether payloads are kept.
#[derive(Clone, Copy, Debug)]
pub enum Payloads<'m> {
    /// They are not.
    Dropped,
    /// They are, with these sensitive values masked.
    Kept(&'m Masker),
}

/// How many deliveries were kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// New ones.
    pub new: u64,
    /// Those that the archive had.
    pub known: u64,
}

/// Which deliveries of an archive are read, and how.
#[derive(Clone, Copy, Debug)]
pub struct KeptDeliveries<'a> {
    /// Whose.
    pub environment: EnvironmentId,
    /// Which.
    pub filter: &'a DeliveryFilter,
    /// Known URLs: an archive keeps no sensitive part of them.
    pub urls: &'a [EndpointUrl],
    /// Whether payloads are read, where they were kept.
    pub payloads: bool,
}

/// An open archive.
#[derive(Debug)]
pub enum Archive {
    /// One SQLite file.
    Sqlite(Box<SqliteArchive>),
}

impl Archive {
    /// Opens an SQLite file to write to, brings it to the present format, and makes it where there is none.
    ///
    /// # Errors
    ///
    /// The file is something else, newer, or cannot be written.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        SqliteArchive::open(path).map(|archive| Self::Sqlite(Box::new(archive)))
    }

    /// Opens an SQLite file to read from.
    ///
    /// # Errors
    ///
    /// There is none, it is something else, or it has another format.
    pub fn open_to_read(path: &Path) -> Result<Self, ArchiveError> {
        SqliteArchive::open_to_read(path).map(|archive| Self::Sqlite(Box::new(archive)))
    }

    /// The environment, where the archive keeps it.
    ///
    /// # Errors
    ///
    /// It keeps none of this name, or another one.
    pub fn environment(
        &self,
        environment: &ArchivedEnvironment,
    ) -> Result<EnvironmentId, ArchiveError> {
        match self {
            Self::Sqlite(archive) => archive.environment(environment),
        }
    }
}

/// Writing.
impl Archive {
    /// The environment, which is entered where the archive does not keep it yet.
    ///
    /// # Errors
    ///
    /// The archive keeps another environment of this name.
    pub async fn enter(
        &mut self,
        environment: &ArchivedEnvironment,
    ) -> Result<EnvironmentId, ArchiveError> {
        match self {
            Self::Sqlite(archive) => archive.enter(environment),
        }
    }

    /// Keeps a page of deliveries. Those that the archive has stay as they are, but for a payload that it had not.
    ///
    /// A store may hold some back, and write them with those that follow: then they are counted when they are written,
    /// which is at the latest when [`Self::cover`] or [`Self::settle`] returns.
    ///
    /// # Errors
    ///
    /// Those of the store. What was not written is fetched again by a later run.
    pub async fn keep(
        &mut self,
        environment: EnvironmentId,
        page: Vec<Delivery>,
        payloads: Payloads<'_>,
    ) -> Result<Kept, ArchiveError> {
        match self {
            Self::Sqlite(archive) => archive.keep(environment, &page, payloads),
        }
    }

    /// Notes that the archive was given all deliveries of a span, once they are written.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn cover(
        &mut self,
        environment: EnvironmentId,
        span: Span,
    ) -> Result<Kept, ArchiveError> {
        match self {
            Self::Sqlite(archive) => archive.cover(environment, span).map(|()| Kept::default()),
        }
    }

    /// Writes all that was held back.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn settle(&mut self, _environment: EnvironmentId) -> Result<Kept, ArchiveError> {
        match self {
            Self::Sqlite(_) => Ok(Kept::default()),
        }
    }

    /// Forgets what is older than a moment, and says how many deliveries that were. What is forgotten
    /// is not covered any more.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn forget(
        &mut self,
        environment: EnvironmentId,
        before: Timestamp,
    ) -> Result<u64, ArchiveError> {
        match self {
            Self::Sqlite(archive) => archive
                .forget(environment, before)
                .map(|forgotten| forgotten as u64),
        }
    }
}

/// Reading.
impl Archive {
    /// The spans of which the archive has all deliveries, the earliest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn covered(&self, environment: EnvironmentId) -> Result<Vec<Span>, ArchiveError> {
        match self {
            Self::Sqlite(archive) => archive.covered(environment),
        }
    }

    /// Reads deliveries one by one, the latest first, until told to stop.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn each(
        &self,
        wanted: &KeptDeliveries<'_>,
        on: impl FnMut(Delivery) -> ControlFlow<()>,
    ) -> Result<(), ArchiveError> {
        match self {
            Self::Sqlite(archive) => archive.each(wanted, on),
        }
    }

    /// Counts deliveries, without making one of each. Of the filter, statuses, failure and time are
    /// looked at in the archive, types and URLs once each.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn count(
        &self,
        wanted: &KeptDeliveries<'_>,
        stats: &mut Stats,
    ) -> Result<(), ArchiveError> {
        match self {
            Self::Sqlite(archive) => archive.count(wanted, stats),
        }
    }

    /// Counts deliveries against a plan, without making one of each: of the filter, only the time is looked at.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn count_against(
        &self,
        wanted: &KeptDeliveries<'_>,
        counter: &mut Counter,
    ) -> Result<(), ArchiveError> {
        match self {
            Self::Sqlite(archive) => archive.count_against(wanted, counter),
        }
    }
}
