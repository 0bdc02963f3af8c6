//! Stripe: payments. Its webhook endpoints, in version 1 of its API.
//!
//! Source: `docs.stripe.com/api/webhook_endpoints`, and the official client for Python. Version 2 of the API
//! (`/v2/core/event_destinations`) is another API, and not spoken here.

mod dialect;
mod events;
mod page;
mod profile;
mod refusal;
mod sample;
mod sent;
mod webhook;

pub use profile::PROFILE;

use self::dialect::Api;

/// How it is spoken to.
pub(crate) static DIALECT: Api = Api;
