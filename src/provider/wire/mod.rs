//! The provider's JSON: what is sent follows its documentation to the letter, what comes is decoded
//! liberally.
//!
//! This module must not know HTTP, retries or sockets.

mod delivery;
mod exact;
mod field;
mod page;
mod refusal;
mod sent;
mod webhook;

pub(crate) use delivery::decode_delivery;
pub(crate) use exact::read as read_json;
pub(crate) use page::{Page, decode_page};
pub use refusal::{InvalidParam, Refusal};
pub(crate) use refusal::{decode_refusal, excerpt};
pub(crate) use sent::{CreateBody, UpdateBody};
pub(crate) use webhook::decode_webhook;
