//! Transcrypts: income and employment verification. Its API is Truv's, reworded; only its `instant-verification-*`
//! events are its own.

mod profile;

pub use profile::PROFILE;
