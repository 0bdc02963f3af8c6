//! Why an event got no answer.

use std::{io, net::IpAddr, time::Duration};

use super::AddressKind;

/// How many redirects are followed.
pub(super) const REDIRECTS: usize = 10;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// It is no URL that an event can be sent to.
    #[error("this is no URL that an event can be sent to")]
    Url,
    /// The name has no address.
    #[error("the name could not be looked up")]
    Resolve(#[source] io::Error),
    /// The address is not one that may be connected to.
    #[error("{address} is a {kind} address, which is not connected to")]
    OutOfReach {
        /// The address.
        address: IpAddr,
        /// What it is part of.
        kind: AddressKind,
    },
    /// There is no connection.
    #[error("no connection could be made")]
    Connect(#[source] io::Error),
    /// The connection could not be encrypted, or who answered is not trusted.
    #[error("the connection could not be encrypted")]
    Tls(#[source] io::Error),
    /// It took too long.
    #[error("no answer came within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// The connection ended before an answer, or what came was none.
    #[error("the connection broke before an answer came")]
    Interrupted(#[source] hyper::Error),
    /// It was sent on and on.
    #[error("there were more than {REDIRECTS} redirects")]
    TooManyRedirects,
    /// It was redirected to what programs read in different ways, so that nobody knows where it would arrive.
    #[error("it was redirected to what is no plain URL, and nothing was sent there")]
    Location,
    /// It was redirected to a host to which events may not be sent.
    #[error(
        "it was redirected to `{0}`, which `allowed_hosts` does not allow, and nothing was sent there"
    )]
    HostNotAllowed(String),
    /// It was redirected to an address without encryption.
    #[error("it was redirected to an address without encryption, and nothing was sent there")]
    Downgrade,
}

impl PostError {
    /// Whether the receiver may have taken the event all the same.
    pub fn leaves_open(&self) -> bool {
        match self {
            Self::Timeout(_) | Self::Interrupted(_) => true,
            Self::Url
            | Self::Resolve(_)
            | Self::OutOfReach { .. }
            | Self::Connect(_)
            | Self::Tls(_)
            // Whoever sends on has not taken it.
            | Self::TooManyRedirects
            | Self::Location
            | Self::HostNotAllowed(_)
            | Self::Downgrade => false,
        }
    }

    /// The error with its causes, in one line.
    pub fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(next) = cause {
            text.push_str(&format!(": {next}"));
            cause = next.source();
        }
        text
    }
}
