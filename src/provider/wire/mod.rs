//! JSON of providers, whoever they are: numbers to the digit, fields in whatever shape, refusals on one line.
//!
//! This module must not know HTTP, retries or sockets.

mod exact;
pub(crate) mod field;
mod fields;
pub(crate) mod mark;
mod refusal;

pub(crate) use exact::read as read_json;
pub(crate) use fields::{Fields, events};
pub use refusal::{InvalidParam, Refusal};
pub(crate) use refusal::{decode_refusal, excerpt};
