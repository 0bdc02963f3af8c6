//! What a run has changed, and what its exit code can be after that.
//!
//! Every write passes [`Counted`], the last thing before the network, so what was sent is known at
//! any moment: also to a run that is interrupted, that panics, or whose output is lost. [`Sent::code`] is the
//! one place that holds an exit code against it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http::StatusCode;
use tokio::time::Instant;

use super::exit;
use crate::{
    model::EnvironmentName,
    net::{Transport, TransportError},
    reconcile::Metrics,
    run::Outcome,
};

/// What a run has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sent {
    /// Nothing: no write was sent, or each was surely refused.
    Nothing,
    /// Perhaps something: writes were sent, and what became of them is not known.
    Perhaps,
    Something,
}

impl Sent {
    /// The exit code of a run that would end with `claimed` if that is all that counted.
    ///
    /// What says "nothing was changed" is not true after a change, and what says "a part was applied" is
    /// not true before one.
    pub(crate) fn code(self, claimed: u8) -> u8 {
        match (self, claimed) {
            (_, exit::DONE | exit::CHANGES) => claimed,
            (Self::Nothing, exit::PARTIAL) => exit::FAILED,
            (Self::Nothing, claimed) => claimed,
            (Self::Perhaps | Self::Something, _) => exit::PARTIAL,
        }
    }

    /// The exit code and the outcome of a run that did not come to its end.
    pub(crate) fn unfinished(self) -> (u8, Outcome) {
        match self {
            Self::Nothing => (exit::FAILED, Outcome::Failed),
            Self::Perhaps | Self::Something => (exit::PARTIAL, Outcome::Partial),
        }
    }
}

/// The changes of a run. Clones are one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    changed: bool,
    /// For each place, how many writes are under way, or ended without an answer that tells.
    unknown: BTreeMap<String, usize>,
}

impl Ledger {
    /// What was changed up to now.
    pub(crate) fn sent(&self) -> Sent {
        let entries = self.entries();
        if entries.changed {
            Sent::Something
        } else if entries.unknown.values().any(|writes| *writes > 0) {
            Sent::Perhaps
        } else {
            Sent::Nothing
        }
    }

    /// Notes a change that was made, such as that of a file.
    pub(crate) fn changed(&self) {
        self.entries().changed = true;
    }

    /// Notes what all writes of a place came to, once that was found out.
    pub(crate) fn settle(&self, place: &str, changed: bool) {
        let mut entries = self.entries();
        entries.unknown.remove(place);
        entries.changed |= changed;
    }

    /// Notes that a write of a place is under way: until something is known of it, perhaps it changed something.
    pub(crate) fn sending(&self, place: &str) {
        *self.entries().unknown.entry(place.to_owned()).or_default() += 1;
    }

    fn answered(&self, place: &str, answer: &Result<http::Response<Bytes>, TransportError>) {
        let changed = match answer {
            Ok(response) if response.status().is_success() => true,
            Ok(response) if is_refused(response.status()) => false,
            Err(error) if error.kind.is_unsent() => false,
            // It stays unknown, unless somebody finds out.
            Ok(_) | Err(_) => return,
        };
        let mut entries = self.entries();
        if let Some(writes) = entries.unknown.get_mut(place) {
            *writes = writes.saturating_sub(1);
        }
        entries.changed |= changed;
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a status says that a write was surely not carried out.
fn is_refused(status: StatusCode) -> bool {
    (status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT)
        || (status.is_redirection() && status != StatusCode::SEE_OTHER)
}

/// A transport whose writes are counted.
pub(crate) struct Counted<T> {
    transport: T,
    ledger: Ledger,
    /// Where they go, such as an environment.
    place: String,
    /// What every request is counted in, of whatever method, where a service counts them.
    metrics: Option<(Metrics, EnvironmentName)>,
}

impl<T> Counted<T> {
    pub(crate) fn new(transport: T, ledger: &Ledger, place: impl ToString) -> Self {
        Self {
            transport,
            ledger: ledger.clone(),
            place: place.to_string(),
            metrics: None,
        }
    }

    /// Counts every request of an environment in these metrics, too.
    pub(crate) fn metered(self, metrics: Option<&Metrics>, name: &EnvironmentName) -> Self {
        Self {
            metrics: metrics.map(|metrics| (metrics.clone(), name.clone())),
            ..self
        }
    }
}

impl<T: Transport> Counted<T> {
    async fn timed(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let Some((metrics, name)) = &self.metrics else {
            return self.transport.send(request).await;
        };
        let method = request.method().clone();
        let began = Instant::now();
        let answer = self.transport.send(request).await;
        let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
        metrics.request(name, method.as_str(), status, began.elapsed().as_secs_f64());
        answer
    }
}

impl<T: Transport> Transport for Counted<T> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        if request.method().is_safe() {
            return self.timed(request).await;
        }
        self.ledger.sending(&self.place);
        let answer = self.timed(request).await;
        self.ledger.answered(&self.place, &answer);
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::TransportErrorKind;

    const CODES: [u8; 7] = [0, 1, 2, 3, 4, 64, 65];

    #[test]
    fn no_code_says_what_was_not() {
        for claimed in CODES {
            assert_ne!(Sent::Nothing.code(claimed), exit::PARTIAL);
            for sent in [Sent::Perhaps, Sent::Something] {
                let code = sent.code(claimed);
                assert!([exit::DONE, exit::CHANGES, exit::PARTIAL].contains(&code));
                // What went wrong stays so.
                assert_eq!(code == exit::DONE, claimed == exit::DONE);
            }
        }
    }

    fn answer(status: u16) -> Result<http::Response<Bytes>, TransportError> {
        let response = http::Response::builder().status(status);
        Ok(response.body(Bytes::new()).expect("a status"))
    }

    #[test]
    fn an_answer_tells_what_a_write_changed() {
        for (status, sent) in [
            (201, Sent::Something),
            (204, Sent::Something),
            (400, Sent::Nothing),
            (409, Sent::Nothing),
            (429, Sent::Nothing),
            (307, Sent::Nothing),
            (303, Sent::Perhaps),
            (408, Sent::Perhaps),
            (500, Sent::Perhaps),
            (503, Sent::Perhaps),
        ] {
            let ledger = Ledger::default();
            assert_eq!(ledger.sent(), Sent::Nothing);
            ledger.sending("sandbox");
            assert_eq!(ledger.sent(), Sent::Perhaps, "under way");
            ledger.answered("sandbox", &answer(status));
            assert_eq!(ledger.sent(), sent, "{status}");
            // A look at the live state can tell more.
            ledger.settle("sandbox", false);
            assert_eq!(ledger.sent() == Sent::Something, sent == Sent::Something);
        }
    }

    #[test]
    fn what_never_left_changed_nothing() {
        for (kind, sent) in [
            (TransportErrorKind::Connect, Sent::Nothing),
            (TransportErrorKind::Tls, Sent::Nothing),
            (TransportErrorKind::Withheld, Sent::Nothing),
            (TransportErrorKind::Timeout, Sent::Perhaps),
            (TransportErrorKind::Interrupted, Sent::Perhaps),
            (TransportErrorKind::TooLarge, Sent::Perhaps),
        ] {
            let ledger = Ledger::default();
            ledger.sending("sandbox");
            let answer = Err(TransportError {
                kind,
                status: None,
                message: String::new(),
                source: None,
            });
            ledger.answered("sandbox", &answer);
            assert_eq!(ledger.sent(), sent, "{kind:?}");
        }
    }
}
