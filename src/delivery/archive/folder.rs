//! A folder as an object store whose puts may have a condition.
//!
//! [`LocalFileSystem`] can make a file where there is none, and cannot replace one only if it is as it was read. Here a lock
//! of the operating system makes the look and the write one, also between processes. What tells two versions of an object
//! apart is a digest of what is in it.

use std::{
    fmt,
    fs::OpenOptions,
    io,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream, stream::BoxStream};
use object_store::{
    CopyOptions, Error as ObjectError, GetOptions, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result, local::LocalFileSystem, path::Path,
};
use sha2::{Digest, Sha256};
use tokio::{sync::Mutex, task};

/// The name of the file that is locked. No object of an archive has it.
const LOCK: &str = "hookwright-archive.lock";
/// Of these objects versions are told apart; all others never change.
const VERSIONED: &str = "json";

/// A folder whose files are objects.
#[derive(Debug)]
pub struct Folder {
    files: LocalFileSystem,
    lock: PathBuf,
    /// The lock of the operating system is waited for in a thread, one at a time.
    turn: Mutex<()>,
}

impl Folder {
    /// The store of a folder that is there.
    ///
    /// # Errors
    ///
    /// There is none, or it cannot be looked into.
    pub fn new(path: &FilePath) -> Result<Arc<Self>> {
        Ok(Arc::new(Self {
            files: LocalFileSystem::new_with_prefix(path)?.with_fsync(true),
            lock: path.join(LOCK),
            turn: Mutex::new(()),
        }))
    }

    /// Replaces an object that is as it was read.
    async fn update(
        &self,
        location: &Path,
        payload: PutPayload,
        e_tag: Option<&str>,
    ) -> Result<PutResult> {
        let _turn = self.turn.lock().await;
        let path = self.lock.clone();
        let locked = task::spawn_blocking(move || {
            let options = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(path)?;
            options.lock()?;
            Ok::<_, io::Error>(options)
        });
        let locked = locked
            .await
            .map_err(|source| ObjectError::JoinError { source })?;
        let locked = locked.map_err(|source| generic(Box::new(source)))?;
        let now = self.files.get(location).await;
        let now = match now {
            Ok(now) => now.bytes().await?,
            Err(error @ ObjectError::NotFound { .. }) => {
                return Err(changed(location, error.into()));
            }
            Err(error) => return Err(error),
        };
        if e_tag != Some(digest(&now).as_str()) {
            return Err(changed(location, "it is another version".into()));
        }
        let new: Bytes = payload.clone().into();
        let put = self
            .files
            .put_opts(location, payload, PutOptions::default())
            .await?;
        drop(locked);
        Ok(PutResult {
            e_tag: Some(digest(&new)),
            ..put
        })
    }
}

fn digest(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(&Sha256::digest(bytes))
}

fn generic(source: Box<dyn std::error::Error + Send + Sync>) -> ObjectError {
    ObjectError::Generic {
        store: "folder",
        source,
    }
}

fn changed(location: &Path, source: Box<dyn std::error::Error + Send + Sync>) -> ObjectError {
    ObjectError::Precondition {
        path: location.to_string(),
        source,
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Folder {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        match &options.mode {
            PutMode::Update(version) => {
                let e_tag = version.e_tag.clone();
                self.update(location, payload, e_tag.as_deref()).await
            }
            PutMode::Create | PutMode::Overwrite => {
                self.files.put_opts(location, payload, options).await
            }
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.files.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let is_whole = options.range.is_none() && !options.head;
        let got = self.files.get_opts(location, options).await?;
        if !is_whole || location.extension() != Some(VERSIONED) {
            return Ok(got);
        }
        let (mut meta, range) = (got.meta.clone(), got.range.clone());
        let (attributes, extensions) = (got.attributes.clone(), got.extensions.clone());
        let bytes = got.bytes().await?;
        meta.e_tag = Some(digest(&bytes));
        Ok(GetResult {
            payload: GetResultPayload::Stream(stream::iter([Ok(bytes)]).boxed()),
            meta,
            range,
            attributes,
            extensions,
        })
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.files.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.files.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.files.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.files.copy_opts(from, to, options).await
    }
}

#[cfg(test)]
mod tests {
    use object_store::UpdateVersion;

    use super::*;

    #[tokio::test]
    async fn of_many_who_read_the_same_version_one_replaces_it() {
        let place = tempfile::tempdir().unwrap();
        let object = Path::from("day/_ledger.json");
        // Several, as several processes have them.
        let folders: Vec<_> = (0..4).map(|_| Folder::new(place.path()).unwrap()).collect();
        folders[0].put(&object, "0".into()).await.unwrap();
        for round in 0..10 {
            let read = folders[0].get(&object).await.unwrap().meta.e_tag;
            let puts = folders.iter().enumerate().map(|(number, folder)| {
                let mode = PutMode::Update(UpdateVersion {
                    e_tag: read.clone(),
                    version: None,
                });
                let payload = format!("{round}-{number}").into();
                folder.put_opts(&object, payload, PutOptions::from(mode))
            });
            let puts = futures_util::future::join_all(puts).await;
            let done: Vec<_> = puts.iter().flatten().collect();
            assert_eq!(done.len(), 1, "{puts:?}");
            let now = folders[0].get(&object).await.unwrap().meta.e_tag;
            assert_eq!(now, done[0].e_tag);
        }
    }

    #[tokio::test]
    async fn what_is_gone_is_not_replaced() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path()).unwrap();
        let mode = PutMode::Update(UpdateVersion {
            e_tag: None,
            version: None,
        });
        let object = Path::from("a.json");
        let put = folder.put_opts(&object, "a".into(), PutOptions::from(mode));
        let refused = put.await.unwrap_err();
        assert!(
            matches!(refused, ObjectError::Precondition { .. }),
            "{refused}"
        );
    }
}
