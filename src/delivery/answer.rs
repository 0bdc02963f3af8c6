//! What a receiver answered to one event, and over which connection.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Certificates are renewed before so much of their life is left.
const WARNING: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What a receiver answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The status of the last answer.
    pub status: u16,
    /// How long everything took, from looking up the name to the answer's head.
    pub elapsed: Duration,
    /// The redirects on the way.
    pub redirects: Vec<Redirect>,
    /// What is known of the encryption of the last connection; `None` for plain HTTP.
    pub tls: Option<Tls>,
}

impl Answered {
    /// Whether it means that the event was taken.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A redirect that was followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// What was answered.
    pub status: u16,
    /// Where to, without query and fragment.
    pub to: String,
    /// Whether the event went there: after 301, 302 and 303, clients ask there with a GET that has no
    /// body.
    pub with_event: bool,
}

/// What is known of an encrypted connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The protocol's version, such as `TLS 1.3`.
    pub version: &'static str,
    /// The server's certificate; `None` where it cannot be read.
    pub certificate: Option<Certificate>,
}

/// The time in which a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// From when on.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
}

impl Certificate {
    /// How many whole days it still holds.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        self.not_after.duration_since(now).as_hours().max(0) / 24
    }

    /// Whether it should have been renewed: less than 14 days, and less than a quarter of its life, are left.
    pub fn ends_soon(&self, now: Timestamp) -> bool {
        let quarter = self.not_after.duration_since(self.not_before) / 4;
        self.not_after.duration_since(now) < WARNING.min(quarter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lived_certificates_are_not_always_about_to_end() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-01-01T00:00:00Z");
        let until = |not_before, not_after| Certificate {
            not_before: at(not_before),
            not_after: at(not_after),
        };
        let quarter = until("2025-10-15T00:00:00Z", "2026-01-13T00:00:00Z");
        assert!(quarter.ends_soon(now));
        assert_eq!(quarter.days_left(now), 12);
        assert!(!until("2025-10-17T00:00:00Z", "2026-01-15T00:00:00Z").ends_soon(now));
        let six_days = until("2025-12-29T00:00:00Z", "2026-01-04T00:00:00Z");
        assert!(!six_days.ends_soon(now));
        let ended = until("2025-01-01T00:00:00Z", "2025-12-31T00:00:00Z");
        assert!(ended.ends_soon(now));
        assert_eq!(ended.days_left(now), 0);
    }
}
