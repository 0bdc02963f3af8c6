//! Asking a run to stop.

use tokio::sync::watch;

/// Asks a run to stop: requests in flight finish, no other begins, and nothing is waited for.
///
/// Clones are one: asking any of them asks all.
#[derive(Clone, Debug, Default)]
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// Asks for it.
    pub fn now(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is asked for.
    pub async fn asked(&self) {
        // It cannot be closed: this is its sender.
        self.0.subscribe().wait_for(|asked| *asked).await.ok();
    }
}
