//! Deliveries: the provider's records of the events it sent, and what may be asked of them.
//!
//! Plain values; fetching them is [`crate::provider`]'s. This module must not know HTTP, the clock or
//! the terminal.

mod query;
mod record;

pub use query::{Cursor, DeliveryPage, DeliveryQuery};
pub use record::Delivery;
