//! An archive in a folder or bucket of Parquet files, which any engine reads.
//!
//! ```text
//! hookwright-archive.json                        what says that it is one: salt, environments
//! v=1/provider=P/environment=E/date=D/           a day of UTC
//!     _ledger.json                               the files that count, the spans never fetched; written last
//!     SINCE-UNTIL-DIGEST.parquet                 deliveries, the latest first
//! payloads/v=1/provider=P/environment=E/date=D/  payloads, if they are kept: files of their own
//! ```
//!
//! - A file is named by what is in it and never changes: writing it twice is writing it once.
//! - What a day's ledger does not name is not there. A ledger is written last, by a put that the store refuses where
//!   somebody else wrote meanwhile; then it is read again and the two are merged.
//! - A delivery is in one of the files that a ledger names: what comes again is left out before it is written.
//! - A name that a ledger is removing is not used for a new file: a delete that comes late deletes nothing that counts.
//!
//! So wherever a run is killed, and however often it is repeated, no delivery is lost or doubled.

mod bucket;
mod columns;
mod compact;
mod day;
mod file;
mod forget;
mod head;
mod import;
mod ledger;
mod merge;
mod read;
mod rows;
#[cfg(test)]
mod tests;
mod verify;
mod write;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use object_store::{ObjectStore, path::Path};
use parquet::data_type::ByteArray;

use self::{
    bucket::{Bucket, Version, Written},
    day::Day,
    head::{Found, Head, Kept},
    ledger::{FORMAT, Ledger, Previous},
    write::Buffer,
};
pub(super) use import::days;

use super::{
    ArchiveError, ArchivedEnvironment, Attempt, EnvironmentId, Place, StoreError, digest::salted,
};

/// How often writing is begun anew because somebody else wrote in between.
const MOST_RACES: usize = 100;

/// Where an archive of Parquet files is.
#[derive(Clone)]
pub struct Objects {
    /// The store.
    pub store: Arc<dyn ObjectStore>,
    /// The archive's folder there.
    pub root: Path,
    /// As people named it.
    pub url: String,
}

/// An open archive of Parquet files.
#[derive(Debug)]
pub struct ParquetArchive {
    place: Place,
    bucket: Bucket,
    head: Head,
    /// A random text that tells what this run wrote.
    writer: String,
    /// What was given and is not written yet, by environment.
    buffers: BTreeMap<i64, Buffer>,
    /// Texts that come again and again.
    texts: HashMap<String, ByteArray>,
    /// Days that are complete, as the next one names them.
    complete: HashMap<(i64, Day), Previous>,
}

/// The folders of a day.
#[derive(Clone, Debug)]
struct Folders {
    deliveries: String,
    payloads: String,
}

impl ParquetArchive {
    /// Opens an archive to write to, and makes it where there is none. The bytes must be random: they are the salt of a new
    /// archive, and tell what this run wrote.
    ///
    /// # Errors
    ///
    /// Something else is there, a later version made it, or the store cannot be used or ignores conditions.
    pub async fn open(objects: &Objects, random: [u8; 32]) -> Result<Self, ArchiveError> {
        Self::open_like(objects, random, &random).await
    }

    /// The same; a new archive has this salt.
    pub(super) async fn open_like(
        objects: &Objects,
        random: [u8; 32],
        salt: &[u8],
    ) -> Result<Self, ArchiveError> {
        let (place, bucket) = at(objects);
        let made = make(&bucket, salt).await;
        let found = made.map_err(failed(&place, Attempt::Open))?;
        let (mut archive, version) = Self::with(place, bucket, found)?;
        archive.writer = base16ct::lower::encode_string(&salted(&random, "writer"));
        let proven = archive.prove(version).await;
        proven.map_err(archive.failed(Attempt::Open))?;
        Ok(archive)
    }

    /// Opens an archive to read from.
    ///
    /// # Errors
    ///
    /// There is none, or those of [`Self::open`].
    pub async fn open_to_read(objects: &Objects) -> Result<Self, ArchiveError> {
        let (place, bucket) = at(objects);
        let found = Head::find(&bucket).await;
        let found = found.map_err(failed(&place, Attempt::Open))?;
        Self::with(place, bucket, found).map(|(archive, _)| archive)
    }

    fn with(place: Place, bucket: Bucket, found: Found) -> Result<(Self, Version), ArchiveError> {
        match found {
            Found::Absent => Err(ArchiveError::Absent { place }),
            Found::Other => Err(ArchiveError::NotAnArchive { place }),
            Found::Format(version) => Err(ArchiveError::Newer {
                place,
                version,
                reads: FORMAT,
            }),
            Found::Archive(head, version) => {
                let archive = Self {
                    place,
                    bucket,
                    head,
                    writer: String::new(),
                    buffers: BTreeMap::new(),
                    texts: HashMap::new(),
                    complete: HashMap::new(),
                };
                Ok((archive, version))
            }
        }
    }

    /// Shows that the store refuses what a ledger needs it to refuse. Some that speak a store's language take a condition
    /// and write all the same; of the head, that is no loss.
    async fn prove(&mut self, version: Version) -> Result<(), StoreError> {
        self.head.opened += 1;
        let written = self.head.write(&self.bucket, version.clone()).await?;
        // What is refused because somebody else wrote is proof as well.
        for (stale, condition) in [
            (version, "that the object is of one version"),
            (Version::Absent, "that there is no such object"),
        ] {
            let again = self.head.write(&self.bucket, stale).await?;
            if again == Written::Done && written == Written::Done {
                return Err(StoreError::Unconditional(condition));
            }
        }
        Ok(())
    }

    /// The environment, where the archive keeps it.
    pub(super) fn environment(
        &self,
        wanted: &ArchivedEnvironment,
    ) -> Result<EnvironmentId, ArchiveError> {
        let (place, environment) = (self.place.clone(), wanted.name.to_string());
        match self.head.find_environment(&environment) {
            None => Err(ArchiveError::NoEnvironment { place, environment }),
            Some((_, found)) if !self.head.is(found, wanted) => {
                Err(ArchiveError::OtherAccount { place, environment })
            }
            Some((number, _)) => Ok(numbered(number)),
        }
    }

    /// The names of the environments, with their numbers.
    pub(super) fn environments(&self) -> Vec<(String, EnvironmentId)> {
        let all = (0..).zip(self.head.environments());
        all.map(|(number, kept)| (kept.name.clone(), EnvironmentId(number)))
            .collect()
    }

    fn kept(&self, environment: EnvironmentId) -> Result<&Kept, StoreError> {
        let number = usize::try_from(environment.0).ok();
        let kept = number.and_then(|number| self.head.environments().get(number));
        kept.ok_or_else(|| StoreError::damaged(head::NAME, "it names no such environment"))
    }

    /// The folder of an environment's days.
    fn folder(&self, environment: EnvironmentId) -> Result<String, StoreError> {
        let Kept { name, provider, .. } = self.kept(environment)?;
        let (provider, name) = (as_value(provider), as_value(name));
        Ok(format!("v={FORMAT}/provider={provider}/environment={name}"))
    }

    fn folders(&self, environment: EnvironmentId, day: Day) -> Result<Folders, StoreError> {
        let deliveries = format!("{}/{}", self.folder(environment)?, day.folder());
        let payloads = format!("payloads/{deliveries}");
        Ok(Folders {
            deliveries,
            payloads,
        })
    }

    /// The days that have something of an environment, the earliest first.
    async fn days(&self, environment: EnvironmentId) -> Result<Vec<Day>, StoreError> {
        let folders = self.bucket.folders(&self.folder(environment)?).await?;
        let days = folders.iter().filter_map(|name| Day::of_folder(name));
        let mut days: Vec<Day> = days.collect();
        days.sort_unstable();
        Ok(days)
    }

    /// The ledger of a day, where there is one.
    async fn ledger(&self, folders: &Folders) -> Result<Option<(Ledger, Version)>, StoreError> {
        let path = folders.ledger();
        match self.bucket.get(&path).await? {
            None => Ok(None),
            Some((bytes, version)) => match Ledger::read(&bytes) {
                Ok(ledger) => Ok(Some((ledger, version))),
                Err(problem) => Err(StoreError::damaged(path, problem)),
            },
        }
    }

    /// An error of this archive.
    fn failed(&self, attempt: Attempt) -> impl FnOnce(StoreError) -> ArchiveError + use<> {
        failed(&self.place, attempt)
    }
}

impl Folders {
    fn ledger(&self) -> String {
        format!("{}/{}", self.deliveries, ledger::NAME)
    }
}

fn at(objects: &Objects) -> (Place, Bucket) {
    let Objects { store, root, url } = objects;
    (
        Place::Url(url.clone()),
        Bucket::new(store.clone(), root.clone()),
    )
}

fn failed(place: &Place, attempt: Attempt) -> impl FnOnce(StoreError) -> ArchiveError + use<> {
    let place = place.clone();
    move |source| ArchiveError::Failed {
        attempt,
        place,
        source,
    }
}

/// What there is, which is a new archive where there was nothing.
async fn make(bucket: &Bucket, salt: &[u8]) -> Result<Found, StoreError> {
    let found = Head::find(bucket).await?;
    if !matches!(found, Found::Absent) {
        return Ok(found);
    }
    // Whoever comes second reads what the first one wrote.
    Head::new(salt).write(bucket, Version::Absent).await?;
    Head::find(bucket).await
}

fn numbered(number: usize) -> EnvironmentId {
    EnvironmentId(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A text as the value of a hive partition.
fn as_value(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
            b'.' if text.bytes().any(|byte| byte != b'.') => ".".to_owned(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
