//! Svix: webhooks as a service, in its cloud and self-hosted. Its endpoints belong to applications; this speaks of those of
//! one application.
//!
//! Source: its OpenAPI document and its server's source (`svix/svix-webhooks`, August 2026). An endpoint's `uid` is left
//! alone: others know endpoints by it.

mod delivery;
mod dialect;
mod endpoint;
mod page;
mod profile;
mod refusal;
mod sample;
mod sent;

pub use profile::PROFILE;

/// How it is spoken to.
pub(crate) static DIALECT: dialect::Api = dialect::Api;
