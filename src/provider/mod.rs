//! Reading and writing webhooks at a provider.
//!
//! Reading and writing are separate capabilities, [`ReadWebhooks`] and [`WriteWebhooks`]: who holds
//! only a reader cannot write, so a dry run is a missing capability and not a flag.
//!
//! - A folder for each provider has all that is its own: the facts about it, what is asked of its API and how answers
//!   are read (`dialect`), and samples of what it sends. `catalogue` is the list of them.
//! - `request`, `response` and `wire` are the same for all: pure, without sockets and retries.
//! - `client` composes them over a [`Transport`](crate::net::Transport), and keeps to the rate limit.
//!
//! This module must not know the manifest, the plan or the terminal.

mod capability;
mod catalogue;
mod client;
pub mod conformance;
mod dialect;
mod error;
mod invalid;
mod request;
mod response;
pub(crate) mod wire;

pub use capability::{
    AskForReplays, Creation, Deletion, ReadDeliveries, ReadWebhooks, WriteWebhooks,
};
pub use client::{Api, Deliveries, Following, Inspected, ListLimit, Reader, Writer};
pub use error::{Attempted, ProviderError, ProviderErrorKind};
pub use invalid::InvalidRequest;
pub(crate) use wire::excerpt;
pub use wire::{InvalidParam, Refusal};

use self::dialect::Dialect;
use crate::model::ProviderProfile;

macro_rules! catalogue {
    ($($name:ident)+) => {
        $(pub mod $name;)+

        /// All providers, and how each is spoken to.
        static LIST: &[(&ProviderProfile, &dyn Dialect)] = &[$((&$name::PROFILE, &$name::DIALECT)),+];

        /// Their ids.
        static IDS: &[&str] = &[$($name::PROFILE.id),+];
    };
}
providers!(catalogue);
