//! How many events are on their way at once: a probe must not be the load under which a receiver breaks.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use crate::net::{Socket, Sockets};

/// At most so many at once, and so many at once to one receiver: a host and port. Clones are one.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    all: Arc<Semaphore>,
    to_one: usize,
    receivers: Arc<Mutex<BTreeMap<String, Arc<Semaphore>>>>,
    sockets: Sockets,
}

/// One event may be on its way until this is dropped.
#[must_use]
pub(super) struct Turn {
    _to_receiver: Option<OwnedSemaphorePermit>,
    _of_all: Option<OwnedSemaphorePermit>,
    _socket: Socket,
}

impl Turns {
    pub(super) fn new(most: usize, to_one: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(most)),
            to_one,
            receivers: Arc::default(),
            sockets: Sockets::default(),
        }
    }

    pub(super) fn with_sockets(self, sockets: Sockets) -> Self {
        Self { sockets, ..self }
    }

    /// Waits for a turn.
    pub(super) async fn of(&self, url: &Url) -> Turn {
        let receiver = self.receiver(url);
        Turn {
            // First: who waits for a slow receiver keeps nobody from another. None of these is ever closed.
            _to_receiver: receiver.acquire_owned().await.ok(),
            _of_all: Arc::clone(&self.all).acquire_owned().await.ok(),
            _socket: self.sockets.open().await,
        }
    }

    fn receiver(&self, url: &Url) -> Arc<Semaphore> {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        let mut receivers = self
            .receivers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let receiver = receivers
            .entry(format!("{host}:{port}"))
            .or_insert_with(|| Arc::new(Semaphore::new(self.to_one)));
        Arc::clone(receiver)
    }
}
