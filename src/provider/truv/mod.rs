//! Truv: payroll, income and employment verification.
//!
//! What is sent follows its documentation to the letter. What comes is read in every shape that the documentation, its
//! examples, or clients of others show.

mod delivery;
pub(super) mod dialect;
mod page;
mod profile;
mod refusal;
pub(super) mod sample;
mod sent;
mod webhook;

pub use profile::PROFILE;

/// How it is spoken to.
pub(crate) static DIALECT: dialect::Api = dialect::Api(&PROFILE);
