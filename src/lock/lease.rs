//! A lock in an object store: taken, renewed and given back by conditional puts alone.
//!
//! An object is never deleted and never written without naming the version that was read: so whoever
//! writes knows that nobody wrote in between. Whether a lock has expired is told by the store's clock
//! alone: it stamped the last renewal, and dates its answers.

use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;
use object_store::{
    Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutOptions, UpdateVersion,
    path::Path,
};

use super::{NotALock, Record, State};

/// How often taking is begun anew because another run wrote in between.
const MOST_RACES: usize = 5;
/// Stores stamp whole seconds, and may round them either way.
const ROUNDING: Duration = Duration::from_secs(2);

/// Tells the store's time, as of its last answer.
pub type StoreClock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Why a lock could not be taken, renewed or given back.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another run holds it.
    #[error("it is held by {by}")]
    Held {
        /// Who.
        by: Box<Record>,
        /// How long it lasts unless it is renewed.
        expires_in: Duration,
    },
    /// It was held by this run, and is not any more.
    #[error("it was taken over by {0}")]
    TakenOver(Box<Record>),
    /// It was held by this run, and is gone.
    #[error("somebody deleted it")]
    Gone,
    /// Other runs wrote it again and again.
    #[error("other runs take it again and again")]
    Contended,
    /// Something else is there.
    #[error(transparent)]
    NotALock(#[from] NotALock),
    /// The store writes also where the condition does not hold: it cannot keep a lock.
    #[error("the store takes conditional puts, and ignores their condition ({0})")]
    Unconditional(&'static str),
    /// The store cannot be used.
    #[error("the object store cannot be used")]
    Store(#[source] StoreError),
}

impl From<StoreError> for LeaseError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A lock that this run holds, as long as it is renewed.
pub struct Lease {
    store: Arc<dyn ObjectStore>,
    path: Path,
    record: Record,
    version: UpdateVersion,
}

/// An object, as it was read.
struct Found {
    record: Record,
    version: UpdateVersion,
    written: Timestamp,
}

impl Lease {
    /// Takes a lock that nobody holds, and tells whose it was where that run did not give it back.
    ///
    /// # Errors
    ///
    /// Also where another run holds it, and where the store turns out to ignore conditions.
    pub async fn take(
        store: Arc<dyn ObjectStore>,
        path: Path,
        now: &StoreClock,
        record: Record,
    ) -> Result<(Self, Option<Record>), LeaseError> {
        let mut left = None;
        for _ in 0..MOST_RACES {
            let found = read(&*store, &path).await?;
            let written = match found {
                // An earlier put arrived, and its answer did not.
                Some(found) if found.record.run == record.run => Ok(found.version),
                Some(found) => {
                    if let Some(expires_in) = expires_in(&found, now()) {
                        let by = Box::new(found.record);
                        return Err(LeaseError::Held { by, expires_in });
                    }
                    left = found.record.is_held().then_some(found.record);
                    put(&*store, &path, &record, PutMode::Update(found.version)).await
                }
                None => put(&*store, &path, &record, PutMode::Create).await,
            };
            match written {
                Ok(version) => {
                    let mut lease = Self {
                        store,
                        path,
                        record,
                        version,
                    };
                    lease.prove().await?;
                    return Ok((lease, left));
                }
                Err(error) if is_refusal(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(LeaseError::Contended)
    }

    /// Shows that the store refuses what a lock needs it to refuse. Some that speak a store's language
    /// take a condition and write all the same.
    async fn prove(&mut self) -> Result<(), LeaseError> {
        let stale = self.version.clone();
        self.renew().await?;
        for (mode, condition) in [
            (PutMode::Create, "that there is no such object"),
            (PutMode::Update(stale), "that the object is of one version"),
        ] {
            match put(&*self.store, &self.path, &self.record, mode).await {
                Err(error) if is_refusal(&error) => {}
                Err(StoreError::NotImplemented { .. } | StoreError::NotSupported { .. }) => {
                    return Err(LeaseError::Unconditional(condition));
                }
                Err(error) => return Err(error.into()),
                Ok(_) => {
                    // Nobody can hold a lock there; at least nothing says so.
                    self.record.state = State::Free;
                    put(&*self.store, &self.path, &self.record, PutMode::Overwrite)
                        .await
                        .ok();
                    return Err(LeaseError::Unconditional(condition));
                }
            }
        }
        Ok(())
    }

    /// Renews it, so that it lasts as long again.
    ///
    /// # Errors
    ///
    /// Where it is not this run's any more, and where the store could not be asked.
    pub async fn renew(&mut self) -> Result<(), LeaseError> {
        self.record.renewals += 1;
        self.write().await
    }

    /// Gives it back. The object stays, and says that nobody holds it.
    ///
    /// # Errors
    ///
    /// Those of [`Self::renew`].
    pub async fn release(mut self) -> Result<(), LeaseError> {
        self.record.state = State::Free;
        self.write().await
    }

    async fn write(&mut self) -> Result<(), LeaseError> {
        let mode = PutMode::Update(self.version.clone());
        match put(&*self.store, &self.path, &self.record, mode).await {
            Ok(version) => self.version = version,
            Err(error) if is_refusal(&error) => match read(&*self.store, &self.path).await? {
                // An earlier put arrived, and its answer did not.
                Some(found) if found.record == self.record => self.version = found.version,
                Some(found) => return Err(LeaseError::TakenOver(Box::new(found.record))),
                None => return Err(LeaseError::Gone),
            },
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("path", &self.path)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

/// How long a held lock lasts unless it is renewed; `None` where nobody holds it any more.
fn expires_in(found: &Found, now: Timestamp) -> Option<Duration> {
    if !found.record.is_held() {
        return None;
    }
    let lasts = Duration::from_secs(found.record.expires_after.unwrap_or_default()) + ROUNDING;
    let age = now.duration_since(found.written);
    // One that is stamped in the future is as good as new.
    let age = Duration::try_from(age).unwrap_or_default();
    lasts.checked_sub(age).filter(|left| !left.is_zero())
}

async fn read(store: &dyn ObjectStore, path: &Path) -> Result<Option<Found>, LeaseError> {
    let got = match store.get(path).await {
        Ok(got) => got,
        Err(StoreError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let version = UpdateVersion {
        e_tag: got.meta.e_tag.clone(),
        version: got.meta.version.clone(),
    };
    let written = got.meta.last_modified;
    let written = Timestamp::from_millisecond(written.timestamp_millis()).unwrap_or_default();
    let record = Record::read(&got.bytes().await?)?.ok_or_else(NotALock::empty)?;
    Ok(Some(Found {
        record,
        version,
        written,
    }))
}

async fn put(
    store: &dyn ObjectStore,
    path: &Path,
    record: &Record,
    mode: PutMode,
) -> Result<UpdateVersion, StoreError> {
    let options = PutOptions::from(mode);
    let put = store.put_opts(path, record.to_bytes().into(), options);
    put.await.map(UpdateVersion::from)
}

/// Whether the store says that the condition of a put does not hold.
fn is_refusal(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::AlreadyExists { .. } | StoreError::Precondition { .. }
    )
}

#[cfg(test)]
mod tests;
