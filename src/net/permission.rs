//! Whether a request may still be sent.

use std::{fmt, sync::Arc};

/// Says whether a request may be sent now.
///
/// What permits it, such as a lock, can end while the request waits: for the rate limit, before another attempt, for
/// a connection. So it is asked after each wait, and last before the request is handed to a connection. It travels
/// with the request, among its extensions.
#[derive(Clone)]
pub struct Permission(Arc<dyn Fn() -> bool + Send + Sync>);

impl Permission {
    /// This function says it. It must not block.
    pub fn new(given: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(given))
    }

    /// Whether the request may be sent now.
    pub fn is_given(&self) -> bool {
        (self.0)()
    }
}

impl Default for Permission {
    fn default() -> Self {
        Self::new(|| true)
    }
}

impl fmt::Debug for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permission")
    }
}

/// Marks a request that is to be sent over a connection of its own, as one that was open before may be dead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anew;
