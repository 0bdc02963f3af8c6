//! The seam between requests and the network: one request in, one response out.
//!
//! Building requests, retrying and decoding happen above it and are the same over real sockets and
//! over the simulator in process, so tests run them for real.

#[cfg(feature = "http")]
mod guarded;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "http")]
mod pem;
#[cfg(feature = "http")]
mod proxies;
mod seam;
#[cfg(feature = "http")]
mod tls;

pub use self::seam::{Transport, TransportError, TransportErrorKind};
#[cfg(feature = "http")]
pub use self::{
    http::{ClientIdentity, HttpConfig, HttpTransport, InvalidHttpConfig, set_up_tls},
    proxies::{InvalidProxy, Proxies, ProxyFault, ProxyUrl, Route},
};
