//! Reading and writing webhooks at a provider.
//!
//! Reading and writing are separate capabilities, [`ReadWebhooks`] and [`WriteWebhooks`]: who holds
//! only a reader cannot write, so a dry run is a missing capability and not a flag.
//!
//! - `request`, `response` and `wire` turn the nouns of [`crate::model`] into requests, and answers
//!   into nouns: pure, without sockets and retries.
//! - [`transport`] carries a request to its answer, once.
//! - `retry` decides what is sent again; `client` composes all of it, keeps to the rate limit and is
//!   the one place that waits.
//!
//! This module must not know the manifest, the plan or the terminal.

mod base_url;
mod capability;
mod client;
pub mod conformance;
mod error;
mod limiter;
mod request;
mod response;
mod retry;
mod stop;
pub mod transport;
mod wait;
pub(crate) mod wire;

pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use capability::{Creation, Deletion, ReadDeliveries, ReadWebhooks, WriteWebhooks};
pub use client::{Api, Deliveries, Following, Inspected, Reader, Writer};
pub use error::{Attempted, Fate, GaveUp, ProviderError, ProviderErrorKind};
pub use limiter::RateLimiter;
pub use request::InvalidRequest;
pub(crate) use request::USER_AGENT;
pub(crate) use response::retry_after;
pub(crate) use retry::Course;
pub use retry::{Jitter, RetryPolicy};
pub use stop::Stop;
pub use wait::{Wait, WaitCause, WaitWatch};
pub(crate) use wire::excerpt;
pub use wire::{InvalidParam, Refusal};
