//! Locks: two runs must not work on one environment at once.
//!
//! A lock is a [`Record`] that says who holds it since when, in a place where writing can depend on
//! what is there. In an object store that is a [`lease`]: it expires where nobody renews it. In a local
//! file the operating system holds the lock, and ends it with the process.
//!
//! Pure but for the requests to an object store. This module must not know manifests, providers or the
//! terminal.

#[cfg(feature = "object-store")]
pub mod lease;
mod record;

pub use record::{NotALock, Record, State};
