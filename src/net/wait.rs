//! What clients wait for, for who wants to tell.

use std::{fmt, sync::Arc};

use tokio::time::Instant;

/// A client has begun to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What for.
    pub cause: WaitCause,
    /// Until when, unless it is asked to stop.
    pub until: Instant,
}

/// What a client waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitCause {
    /// The rate limit, or the provider's wish to be left alone for a while because of it.
    RateLimit,
    /// Another attempt at a request that failed.
    Retry,
}

/// Is told of each wait when it begins.
#[derive(Clone)]
pub struct WaitWatch(Arc<dyn Fn(Wait) + Send + Sync>);

impl WaitWatch {
    /// Tells this function.
    pub fn new(told: impl Fn(Wait) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }

    pub(crate) fn tell(&self, cause: WaitCause, until: Instant) {
        (self.0)(Wait { cause, until });
    }
}

impl Default for WaitWatch {
    fn default() -> Self {
        Self::new(|_| ())
    }
}

impl fmt::Debug for WaitWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WaitWatch")
    }
}
