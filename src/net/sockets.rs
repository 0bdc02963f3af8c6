//! How many connections may be open at once.

use std::{num::NonZeroUsize, sync::Arc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What all connections of a run share: there are never more of them than this. Clones are one.
///
/// A process may have so many files and sockets open, and no more. Who has to wait for one is served in turn.
#[derive(Clone, Debug)]
pub struct Sockets(Arc<Semaphore>);

/// Permits one connection until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Socket(#[expect(dead_code, reason = "held, not read")] Option<OwnedSemaphorePermit>);

impl Sockets {
    /// At most so many at once.
    pub fn at_most(most: NonZeroUsize) -> Self {
        Self(Arc::new(Semaphore::new(
            most.get().min(Semaphore::MAX_PERMITS),
        )))
    }

    /// Waits until another connection may be opened.
    pub async fn open(&self) -> Socket {
        // It is never closed.
        Socket(Arc::clone(&self.0).acquire_owned().await.ok())
    }
}

impl Default for Sockets {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)))
    }
}
