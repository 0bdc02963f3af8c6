//! Requests to servers: one sent, an answer read, and what is sent again.
//!
//! [`Transport`] is the seam to the network: it sends a request once. [`RetryPolicy`] says how often and how long a
//! request is attempted; whether it is sent again is decided here, from what is known of its fate. This is the only
//! code that waits between requests.
//!
//! This module must not know webhooks, providers, forges, plans or the terminal.

mod asked;
mod base_url;
mod clock;
mod limiter;
mod permission;
mod retry;
mod sending;
mod sockets;
mod stop;
mod transport;
mod wait;

pub(crate) use asked::{retry_after, whole_seconds};
pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use clock::{ServerClock, ServerTime};
pub use limiter::RateLimiter;
pub(crate) use permission::Anew;
pub use permission::Permission;
#[cfg(test)]
pub(crate) use retry::Decision;
pub use retry::{Fate, GaveUp, Jitter, RetryPolicy};
pub(crate) use sending::{Attempt, Failed, Failure, LookedUp, Rules, Sending, Sent, repeat};
pub use sockets::{Socket, Sockets};
pub use stop::Stop;
#[cfg(feature = "http")]
pub use transport::{
    ClientIdentity, HttpConfig, HttpTransport, InvalidHttpConfig, InvalidProxy, Proxies,
    ProxyFault, ProxyUrl, Route, set_up_tls,
};
pub use transport::{Transport, TransportError, TransportErrorKind};
pub use wait::{Wait, WaitCause, WaitWatch};

/// What the program calls itself.
pub(crate) const USER_AGENT: &str = concat!("hookwright/", env!("CARGO_PKG_VERSION"));
