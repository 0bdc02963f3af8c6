//! A folder or bucket, as an archive uses it.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::{
    Error as ObjectError, ObjectStore, ObjectStoreExt, PutMode, PutOptions, UpdateVersion,
    path::Path,
};
use serde::Serialize;

use super::super::StoreError;

/// Where an archive's objects are.
#[derive(Clone)]
pub(super) struct Bucket {
    store: Arc<dyn ObjectStore>,
    root: Path,
}

/// What there must be for a put to be carried out.
#[derive(Clone, Debug)]
pub(super) enum Version {
    /// No such object.
    Absent,
    /// The object as it was read.
    Read(UpdateVersion),
}

/// How a put with a condition came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// It was carried out.
    Done,
    /// The condition does not hold: somebody else wrote.
    Refused,
}

impl Bucket {
    pub(super) fn new(store: Arc<dyn ObjectStore>, root: Path) -> Self {
        Self { store, root }
    }

    /// The path of an object of the archive.
    pub(super) fn path(&self, below: &str) -> Result<Path, StoreError> {
        let path = Path::parse(format!("{}/{below}", self.root));
        path.map_err(|error| StoreError::Objects(error.into()))
    }

    /// A whole object, where there is one, and its version.
    pub(super) async fn get(&self, below: &str) -> Result<Option<(Bytes, Version)>, StoreError> {
        let got = match self.store.get(&self.path(below)?).await {
            Ok(got) => got,
            Err(ObjectError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let version = UpdateVersion {
            e_tag: got.meta.e_tag.clone(),
            version: got.meta.version.clone(),
        };
        Ok(Some((got.bytes().await?, Version::Read(version))))
    }

    /// Parts of an object.
    pub(super) async fn ranges(
        &self,
        below: &str,
        ranges: &[std::ops::Range<u64>],
    ) -> Result<Vec<Bytes>, StoreError> {
        let path = self.path(below)?;
        let parts = self.store.get_ranges(&path, ranges).await?;
        let whole = parts.iter().zip(ranges);
        if whole
            .into_iter()
            .any(|(part, range)| part.len() as u64 != range.end - range.start)
        {
            return Err(StoreError::damaged(below, "it is shorter than it was"));
        }
        Ok(parts)
    }

    /// Writes an object whose name says what is in it: doing it twice is doing it once.
    pub(super) async fn put(&self, below: &str, bytes: Bytes) -> Result<(), StoreError> {
        self.store.put(&self.path(below)?, bytes.into()).await?;
        Ok(())
    }

    /// Writes JSON where a condition holds.
    pub(super) async fn put_if(
        &self,
        below: &str,
        version: Version,
        kept: &impl Serialize,
    ) -> Result<Written, StoreError> {
        let mut bytes = serde_json::to_vec_pretty(kept)?;
        bytes.push(b'\n');
        let mode = match version {
            Version::Absent => PutMode::Create,
            Version::Read(version) => PutMode::Update(version),
        };
        let options = PutOptions::from(mode);
        let path = self.path(below)?;
        match self.store.put_opts(&path, bytes.into(), options).await {
            Ok(_) => Ok(Written::Done),
            // What was to be replaced may have been deleted meanwhile.
            Err(
                ObjectError::AlreadyExists { .. }
                | ObjectError::Precondition { .. }
                | ObjectError::NotFound { .. },
            ) => Ok(Written::Refused),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes an object; one that is gone is no failure.
    pub(super) async fn delete(&self, below: &str) -> Result<(), StoreError> {
        match self.store.delete(&self.path(below)?).await {
            Ok(()) | Err(ObjectError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The names of the folders in a folder.
    pub(super) async fn folders(&self, below: &str) -> Result<Vec<String>, StoreError> {
        let listed = self
            .store
            .list_with_delimiter(Some(&self.path(below)?))
            .await?;
        let names = listed.common_prefixes.iter().filter_map(Path::filename);
        Ok(names.map(str::to_owned).collect())
    }

    /// The objects in a folder: their names, and when each was written, in milliseconds since 1970.
    pub(super) async fn objects(&self, below: &str) -> Result<Vec<(String, i64)>, StoreError> {
        let folder = self.path(below)?;
        let listed: Vec<_> = self.store.list(Some(&folder)).try_collect().await?;
        let names = listed.iter().filter_map(|object| {
            let name = object.location.filename()?;
            Some((name.to_owned(), object.last_modified.timestamp_millis()))
        });
        Ok(names.collect())
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}
