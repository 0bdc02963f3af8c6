//! Transcrypts: income and employment verification.
//!
//! Its API is Truv's, reworded, so it is spoken to in the same way; only its `instant-verification-*` events are its own.

mod profile;
mod sample;

pub use profile::PROFILE;

use super::truv::dialect::Api;

/// How it is spoken to.
pub(crate) static DIALECT: Api = Api(&PROFILE);
