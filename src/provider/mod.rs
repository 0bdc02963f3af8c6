//! Reading and writing webhooks at a provider.
//!
//! Reading and writing are separate capabilities, [`ReadWebhooks`] and [`WriteWebhooks`]: who holds
//! only a reader cannot write, so a dry run is a missing capability and not a flag.
//!
//! - `request`, `response` and `wire` turn the nouns of [`crate::model`] into requests, and answers
//!   into nouns: pure, without sockets and retries.
//! - `client` composes them over a [`Transport`](crate::net::Transport), and keeps to the rate limit.
//!
//! This module must not know the manifest, the plan or the terminal.

mod capability;
mod catalogue;
mod client;
pub mod conformance;
mod error;
mod request;
mod response;
pub(crate) mod wire;

pub use capability::{Creation, Deletion, ReadDeliveries, ReadWebhooks, WriteWebhooks};
pub use client::{Api, Deliveries, Following, Inspected, ListLimit, Reader, Writer};
pub use error::{Attempted, ProviderError, ProviderErrorKind};
pub use request::InvalidRequest;
pub(crate) use wire::excerpt;
pub use wire::{InvalidParam, Refusal};

use crate::model::ProviderProfile;

macro_rules! catalogue {
    ($($name:ident)+) => {
        $(pub mod $name;)+

        /// All providers.
        static LIST: &[&ProviderProfile] = &[$(&$name::PROFILE),+];

        /// Their ids.
        static IDS: &[&str] = &[$($name::PROFILE.id),+];
    };
}
providers!(catalogue);
