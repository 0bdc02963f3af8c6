//! Signed events over real sockets, and what came back.
//!
//! [`Poster`] sends one event as the providers do: `POST`, redirects followed, 10 seconds for everything.
//! It connects to addresses it has looked up and checked itself, so a name that changes its address
//! between check and use, or a redirect, cannot lead it where it may not go ([`Reach`]). [`probe()`] sends
//! samples of what a webhook subscribes to.
//!
//! Events travel directly, never through a proxy: as the provider does not come through one either, and as
//! a proxy would hide the address. This module must not know manifests, plans, the providers' API, the
//! simulator or the terminal.

mod address;
mod certificate;
mod check;
mod connect;
mod error;
mod post;
mod turns;

pub use address::{AddressKind, Reach};
pub use check::{Probe, probe};
pub use error::PostError;
pub use post::{Post, Poster, delivery_headers};
