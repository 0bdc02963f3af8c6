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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn a_receiver_has_so_many_at_once_and_keeps_nobody_from_another() {
        let turns = Turns::new(64, 4);
        let slow = url("https://slow.test/a");
        let mut taken: Vec<Turn> = (0..4)
            .filter_map(|_| turns.of(&slow).now_or_never())
            .collect();
        assert_eq!(taken.len(), 4);
        // A host and its port, whatever the path.
        let same = url("https://slow.test:443/b");
        assert!(turns.clone().of(&same).now_or_never().is_none());
        let other = turns.of(&url("https://slow.test:8443/")).now_or_never();
        assert!(other.is_some());
        taken.pop();
        assert!(turns.of(&same).now_or_never().is_some());
    }

    #[test]
    fn all_receivers_together_have_so_many_at_once() {
        let turns = Turns::new(64, 4);
        let receivers: Vec<Url> = (0..20)
            .map(|number| url(&format!("https://r{number}.test/")))
            .collect();
        let of_each = receivers.iter().flat_map(|url| [url; 4]);
        let mut taken: Vec<Turn> = of_each
            .filter_map(|url| turns.of(url).now_or_never())
            .collect();
        assert_eq!(taken.len(), 64);
        let last = &receivers[19];
        assert!(turns.of(last).now_or_never().is_none());
        taken.pop();
        assert!(turns.of(last).now_or_never().is_some());
    }
}
