//! What can be done with an archive, wherever it is.

use std::{ops::ControlFlow, path::Path};

use jiff::Timestamp;

use super::{
    ArchiveError, ArchivedEnvironment, CompactedEnvironment, EnvironmentId, Kept, KeptDeliveries,
    Payloads, VerifiedEnvironment, sqlite::SqliteArchive,
};
#[cfg(feature = "parquet")]
use super::{Objects, parquet::ParquetArchive};
use crate::delivery::{Counter, Delivery, Span, Stats};

/// An open archive.
#[derive(Debug)]
pub enum Archive {
    /// One SQLite file.
    Sqlite(Box<SqliteArchive>),
    /// A folder or bucket of Parquet files.
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetArchive>),
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

    /// Opens a folder or bucket of Parquet files to write to, and makes the archive where there is none. The bytes must be
    /// random.
    ///
    /// # Errors
    ///
    /// Something else is there, a later version made it, or the store cannot be used or ignores conditions.
    #[cfg(feature = "parquet")]
    pub async fn open_objects(objects: &Objects, random: [u8; 32]) -> Result<Self, ArchiveError> {
        let archive = ParquetArchive::open(objects, random).await?;
        Ok(Self::Parquet(Box::new(archive)))
    }

    /// Opens a folder or bucket of Parquet files to read from.
    ///
    /// # Errors
    ///
    /// There is none, something else is there, or a later version made it.
    #[cfg(feature = "parquet")]
    pub async fn open_objects_to_read(objects: &Objects) -> Result<Self, ArchiveError> {
        let archive = ParquetArchive::open_to_read(objects).await?;
        Ok(Self::Parquet(Box::new(archive)))
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
            #[cfg(feature = "parquet")]
            Self::Parquet(archive) => archive.environment(environment),
        }
    }
}

/// Asks the store, whichever it is.
macro_rules! either {
    ($archive:expr, $store:ident => $asked:expr) => {
        match $archive {
            Self::Sqlite($store) => $asked,
            #[cfg(feature = "parquet")]
            Self::Parquet($store) => $asked.await,
        }
    };
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
        either!(self, archive => archive.enter(environment))
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
            #[cfg(feature = "parquet")]
            Self::Parquet(archive) => archive.keep(environment, page, payloads).await,
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
        either!(self, archive => archive.cover(environment, span))
    }

    /// Writes all that was held back.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn settle(&mut self, environment: EnvironmentId) -> Result<Kept, ArchiveError> {
        match self {
            Self::Sqlite(_) => {
                // All of it is written.
                let _ = environment;
                Ok(Kept::default())
            }
            #[cfg(feature = "parquet")]
            Self::Parquet(archive) => archive.settle(environment).await,
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
        either!(self, archive => archive.forget(environment, before))
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
        either!(self, archive => archive.covered(environment))
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
        either!(self, archive => archive.each(wanted, on))
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
        either!(self, archive => archive.count(wanted, stats))
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
        either!(self, archive => archive.count_against(wanted, counter))
    }
}

/// Looking after it.
impl Archive {
    /// The names of the environments that it keeps, with their numbers.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn environments(&self) -> Result<Vec<(String, EnvironmentId)>, ArchiveError> {
        match self {
            Self::Sqlite(archive) => archive.environments(),
            #[cfg(feature = "parquet")]
            Self::Parquet(archive) => Ok(archive.environments()),
        }
    }

    /// Looks whether all that it has of an environment is there and as it was written.
    ///
    /// # Errors
    ///
    /// The store cannot be asked. What is wrong with the archive is no error, but what this is about.
    pub async fn verify(
        &self,
        environment: EnvironmentId,
    ) -> Result<VerifiedEnvironment, ArchiveError> {
        either!(self, archive => archive.verify(environment))
    }

    /// Merges the small files of days to which no delivery can come any more. `None` for a store that has no small files.
    ///
    /// # Errors
    ///
    /// Those of the store. What was done before stays, and nothing is lost.
    pub async fn compact(
        &mut self,
        environment: EnvironmentId,
        now: Timestamp,
    ) -> Result<Option<CompactedEnvironment>, ArchiveError> {
        match self {
            Self::Sqlite(_) => {
                // SQLite keeps its pages in order itself.
                let _ = (environment, now);
                Ok(None)
            }
            #[cfg(feature = "parquet")]
            Self::Parquet(archive) => archive.compact(environment, now).await.map(Some),
        }
    }
}
