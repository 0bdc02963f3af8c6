//! What others ask the service for, over HTTP: probes, metrics, a page, documents, rounds and pauses.
//!
//! It shows what the [`Desk`](super::Desk) shows and puts onto it what is wanted; it decides nothing. How pages and documents
//! look is said by whoever gives it its [`Views`].

mod answer;
mod asked;
mod connections;
mod guard;
mod router;
mod service;
mod shared;

pub use connections::{Listener, bind, serve};
pub use service::{Service, Views};

#[cfg(test)]
mod tests;
