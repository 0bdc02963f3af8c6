//! The client: what is asked of a provider, and what its answers mean.
//!
//! What is sent, waited for and repeated is `net`'s.

mod api;
mod compare;
mod creating;
mod deliveries;
mod exchange;
mod inspect;
mod list_limit;
mod noting;
mod pages;
mod reader;
mod replaying;
mod writer;

pub use api::Api;
pub use deliveries::{Deliveries, Following};
pub use inspect::Inspected;
pub use list_limit::ListLimit;
pub use reader::Reader;
pub use writer::Writer;

#[cfg(test)]
mod tests;
