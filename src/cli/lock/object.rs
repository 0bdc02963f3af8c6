//! Locks in object stores: taken, renewed as long as they are needed, and given back.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::oneshot, task::JoinHandle};

use super::elapsed::Moment;
use crate::{
    cli::stores::{Connections, store},
    lock::{
        Record,
        lease::{Lease, LeaseError},
    },
    model::MaskedText,
    simulator::Clock,
};

/// A lock that is renewed until it is given back.
pub(super) struct ObjectLock {
    pub(super) kept: Arc<Kept>,
    end: oneshot::Sender<()>,
    renewing: JoinHandle<Lease>,
}

impl ObjectLock {
    pub(super) async fn take(
        url: &MaskedText,
        endpoint: Option<&MaskedText>,
        region: Option<&MaskedText>,
        record: Record,
        clock: Clock,
        connections: &Connections,
        on_loss: impl Fn() + Send + 'static,
    ) -> anyhow::Result<Result<(Self, Option<Record>), LeaseError>> {
        let lasts = Duration::from_secs(record.expires_after.unwrap_or_default());
        let (store, path, now) = store(url, endpoint, region, clock, connections)?;
        let began = Moment::now();
        let (lease, left) = match Lease::take(store, path, &now, record).await {
            Ok(taken) => taken,
            Err(error) => return Ok(Err(error)),
        };
        let kept = Arc::new(Kept {
            // Half of it is left for requests that are under way, and for clocks that run apart.
            trusted: lasts / 2,
            state: Mutex::new(State { began, lost: None }),
        });
        let (end, ended) = oneshot::channel();
        let renewing = tokio::spawn(keep(lease, lasts / 6, kept.clone(), on_loss, ended));
        Ok(Ok((
            Self {
                kept,
                end,
                renewing,
            },
            left,
        )))
    }

    /// Gives it back. What was lost is not this run's to give.
    pub(super) async fn release(self) -> anyhow::Result<()> {
        self.end.send(()).ok();
        let lease = self.renewing.await?;
        if self.kept.lost().is_some() {
            return Ok(());
        }
        let released = lease.release().await;
        if let Err(error @ (LeaseError::TakenOver(_) | LeaseError::Gone)) = &released {
            self.kept.lose(error.to_string());
        }
        Ok(released?)
    }
}

/// Whether a lock is still this run's.
pub(super) struct Kept {
    trusted: Duration,
    state: Mutex<State>,
}

struct State {
    /// When the last renewal that succeeded began.
    began: Moment,
    lost: Option<String>,
}

impl Kept {
    /// Why it is not this run's any more, if so. What was lost once stays lost: another run may have begun.
    pub(super) fn lost(&self) -> Option<String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let age = state.began.elapsed();
        if state.lost.is_none() && age > self.trusted {
            state.lost = Some(format!("it could not be renewed for {} s", age.as_secs()));
        }
        state.lost.clone()
    }

    fn renewed(&self, began: Moment) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.began = began;
    }

    fn lose(&self, reason: String) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.lost.get_or_insert(reason);
    }
}

/// Renews a lock until it is to be given back or is lost.
async fn keep(
    mut lease: Lease,
    every: Duration,
    kept: Arc<Kept>,
    on_loss: impl Fn(),
    mut ended: oneshot::Receiver<()>,
) -> Lease {
    loop {
        tokio::select! {
            // Also where whoever holds the other end is gone.
            _ = &mut ended => return lease,
            () = tokio::time::sleep(every) => {}
        }
        let began = Moment::now();
        let reason = match lease.renew().await {
            Ok(()) => {
                kept.renewed(began);
                match kept.lost() {
                    Some(reason) => Some(reason),
                    None => continue,
                }
            }
            // It may work the next time.
            Err(LeaseError::Store(error)) => {
                tracing::warn!(%error, "a lock could not be renewed");
                kept.lost()
            }
            Err(error) => Some(error.to_string()),
        };
        if let Some(reason) = reason {
            kept.lose(reason);
            on_loss();
            return lease;
        }
    }
}
