//! The client: requests, transport, rate limit and retries composed.
//!
//! This is the only code that waits or repeats.

mod api;
mod compare;
mod deliveries;
mod exchange;
mod inspect;
mod list_limit;
mod pages;
mod reader;
mod writer;

pub use api::Api;
pub use deliveries::{Deliveries, Following};
pub use inspect::Inspected;
pub use list_limit::ListLimit;
pub use reader::Reader;
pub use writer::Writer;

#[cfg(test)]
mod tests;
