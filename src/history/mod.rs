//! The request history over time: from a provider's API into an archive.
//!
//! [`keep`] fetches what an archive is missing. It must not know the manifest, plans, the terminal or
//! the clock.

mod keep;

pub use keep::{KeepError, Keeping, Progress, keep};
