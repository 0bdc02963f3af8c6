//! The client: requests, transport, rate limit and retries composed.
//!
//! This is the only code that waits or repeats.

mod api;
mod compare;
mod exchange;
mod pages;
mod reader;
mod writer;

pub use api::Api;
pub use reader::Reader;
pub use writer::Writer;

#[cfg(test)]
mod tests;
