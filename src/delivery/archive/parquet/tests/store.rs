//! A store that misbehaves where a test wants it to.

use std::{
    fmt,
    ops::Range,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, future::BoxFuture, stream::BoxStream};
use object_store::{
    CopyOptions, Error as ObjectError, GetOptions, GetResult, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, Result as StoreResult, memory::InMemory, path::Path as ObjectPath,
};

/// How a store misbehaves, once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    /// It says no, and did nothing.
    Fails,
    /// It did it, and the answer is lost.
    Unanswered,
    /// It did it twice, as a request that is sent again makes it; the second answer arrives.
    Twice,
    /// It answers no, and does it once the run is over.
    Late,
    /// The run is killed before.
    KilledBefore,
    /// The run is killed after.
    KilledAfter,
}

pub(super) const FAULTS: [Fault; 6] = [
    Fault::Fails,
    Fault::Unanswered,
    Fault::Twice,
    Fault::Late,
    Fault::KilledBefore,
    Fault::KilledAfter,
];

/// What is put, and how; a delete has none.
pub(super) type Put = (PutPayload, PutOptions);
pub(super) type Meanwhile = Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// A store that misbehaves at one write or delete.
pub(super) struct Store {
    inner: Arc<InMemory>,
    fault: Option<Fault>,
    at: usize,
    pub(super) writes: AtomicUsize,
    is_dead: AtomicBool,
    late: Mutex<Vec<(ObjectPath, Option<Put>)>>,
    /// What another run does right before.
    pub(super) meanwhile: Option<Meanwhile>,
    pub(super) read: AtomicU64,
}

impl Store {
    pub(super) fn new(inner: &Arc<InMemory>, fault: Option<Fault>, at: usize) -> Arc<Self> {
        Arc::new(Self::plain(inner, fault, at))
    }

    pub(super) fn plain(inner: &Arc<InMemory>, fault: Option<Fault>, at: usize) -> Self {
        Self {
            inner: inner.clone(),
            fault,
            at,
            writes: AtomicUsize::new(0),
            is_dead: AtomicBool::new(false),
            late: Mutex::default(),
            meanwhile: None,
            read: AtomicU64::new(0),
        }
    }

    fn error(&self) -> ObjectError {
        ObjectError::Generic {
            store: "test",
            source: "no answer".into(),
        }
    }

    fn alive(&self) -> StoreResult<()> {
        if self.is_dead.load(Ordering::SeqCst) {
            return Err(self.error());
        }
        Ok(())
    }

    /// The fault of this write, if it is the one.
    async fn next(&self) -> StoreResult<Option<Fault>> {
        self.alive()?;
        let number = self.writes.fetch_add(1, Ordering::SeqCst);
        if number != self.at {
            return Ok(None);
        }
        if let Some(meanwhile) = &self.meanwhile {
            meanwhile().await;
        }
        Ok(self.fault)
    }

    async fn mutate(&self, location: &ObjectPath, put: Option<Put>) -> StoreResult<PutResult> {
        let fault = self.next().await?;
        let carry_out = async || carry_out(&self.inner, location, put.clone()).await;
        match fault {
            None => carry_out().await,
            Some(Fault::Fails) => Err(self.error()),
            Some(Fault::Unanswered) => {
                carry_out().await.ok();
                Err(self.error())
            }
            Some(Fault::Twice) => {
                carry_out().await.ok();
                carry_out().await
            }
            Some(Fault::Late) => {
                self.late.lock().unwrap().push((location.clone(), put));
                Err(self.error())
            }
            Some(Fault::KilledBefore) => {
                self.is_dead.store(true, Ordering::SeqCst);
                Err(self.error())
            }
            Some(Fault::KilledAfter) => {
                carry_out().await.ok();
                self.is_dead.store(true, Ordering::SeqCst);
                Err(self.error())
            }
        }
    }

    /// Does what was put off.
    pub(super) async fn catch_up(&self) {
        let late = std::mem::take(&mut *self.late.lock().unwrap());
        for (location, put) in late {
            // A condition may not hold any more.
            carry_out(&self.inner, &location, put).await.ok();
        }
    }
}

async fn carry_out(
    store: &InMemory,
    location: &ObjectPath,
    put: Option<Put>,
) -> StoreResult<PutResult> {
    match put {
        Some((payload, options)) => store.put_opts(location, payload, options).await,
        None => {
            store.delete(location).await?;
            Ok(PutResult {
                e_tag: None,
                version: None,
                extensions: Default::default(),
            })
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}", self.fault, self.at)
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A store that its streams can hold.
#[derive(Clone, Debug)]
pub(super) struct Shared(pub(super) Arc<Store>);

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Shared {
    async fn put_opts(
        &self,
        location: &ObjectPath,
        payload: PutPayload,
        options: PutOptions,
    ) -> StoreResult<PutResult> {
        self.0.mutate(location, Some((payload, options))).await
    }

    async fn put_multipart_opts(
        &self,
        location: &ObjectPath,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.0.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &ObjectPath, options: GetOptions) -> StoreResult<GetResult> {
        self.0.alive()?;
        let got = self.0.inner.get_opts(location, options).await?;
        let length = got.range.end - got.range.start;
        self.0.read.fetch_add(length, Ordering::SeqCst);
        Ok(got)
    }

    async fn get_ranges(
        &self,
        location: &ObjectPath,
        ranges: &[Range<u64>],
    ) -> StoreResult<Vec<Bytes>> {
        self.0.alive()?;
        let length: u64 = ranges.iter().map(|range| range.end - range.start).sum();
        self.0.read.fetch_add(length, Ordering::SeqCst);
        self.0.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, StoreResult<ObjectPath>>,
    ) -> BoxStream<'static, StoreResult<ObjectPath>> {
        let store = self.0.clone();
        let deletes = locations.then(move |location| {
            let store = store.clone();
            async move {
                let location = location?;
                store.mutate(&location, None).await?;
                Ok(location)
            }
        });
        deletes.boxed()
    }

    fn list(&self, prefix: Option<&ObjectPath>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        match self.0.alive() {
            Ok(()) => self.0.inner.list(prefix),
            Err(error) => futures_util::stream::iter([Err(error)]).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&ObjectPath>) -> StoreResult<ListResult> {
        self.0.alive()?;
        self.0.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(
        &self,
        from: &ObjectPath,
        to: &ObjectPath,
        options: CopyOptions,
    ) -> StoreResult<()> {
        self.0.inner.copy_opts(from, to, options).await
    }
}
