//! Where an environment's events may be sent.

use super::{ExactUrl, HostPattern};

/// Where an environment's events may be sent: to a URL that it declares, and on every redirect from there.
#[derive(Clone, Debug, PartialEq)]
pub struct Destinations {
    /// The hosts; `None`: any.
    pub hosts: Option<Vec<HostPattern>>,
    /// Whether events may leave this machine unencrypted.
    pub allow_http: bool,
}

/// Why events may not be sent to a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotAllowed {
    /// Its host is none of those that are allowed.
    Host,
    /// It is not encrypted, and not on this machine.
    PlainHttp,
}

impl Destinations {
    /// Anywhere, encrypted or not.
    pub const ANYWHERE: Self = Self {
        hosts: None,
        allow_http: true,
    };

    /// Why events may not be sent to a URL; `None` where they may.
    pub fn objection(&self, url: &ExactUrl) -> Option<NotAllowed> {
        if url.url().scheme() != "https" && !self.allow_http && !url.is_loopback() {
            return Some(NotAllowed::PlainHttp);
        }
        let host = url.url().host_str().unwrap_or_default();
        let allowed = |hosts: &Vec<HostPattern>| hosts.iter().any(|pattern| pattern.matches(host));
        let is_allowed = self.hosts.as_ref().is_none_or(allowed);
        (!is_allowed).then_some(NotAllowed::Host)
    }
}
