//! hookwright: a declarative reconciler for webhook configurations.
//!
//! **Desired state and live state go in, a plan comes out as data, and only then does anything touch
//! the network.**
//!
//! - [`model`] has the nouns. [`diagnostic`] describes what is wrong with a manifest, and where.
//! - [`provider`] reads and writes webhooks over a [`provider::transport::Transport`].
//! - [`simulator`] is a provider's API as a state machine: a sandbox without an account.
//!
//! Without default features only the pure parts are built: no sockets, no HTTP crate, no terminal.

pub mod diagnostic;
pub mod manifest;
pub mod model;
pub mod plan;
pub mod provider;
