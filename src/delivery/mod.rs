//! Deliveries: what providers send, how they sign it, their records of it, and what may be asked of these.
//!
//! Plain values; fetching them is [`crate::provider`]'s. This module must not know HTTP, the clock or
//! the terminal.

mod query;
mod record;
pub mod sample;
pub mod signature;

pub use query::{Cursor, DeliveryPage, DeliveryQuery};
pub use record::Delivery;
