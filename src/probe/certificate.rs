//! What a server's certificate says of its time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Certificates are renewed before so much of their life is left.
const WARNING: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The time in which a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// From when on.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
}

impl Certificate {
    /// Reads a certificate in DER; `None` where it is none.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
        let validity = certificate.validity();
        Some(Self {
            not_before: Timestamp::from_second(validity.not_before.timestamp()).ok()?,
            not_after: Timestamp::from_second(validity.not_after.timestamp()).ok()?,
        })
    }

    /// How long it still holds; nothing where it does not.
    pub fn left(&self, now: Timestamp) -> Duration {
        self.not_after
            .duration_since(now)
            .try_into()
            .unwrap_or_default()
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
        assert_eq!(quarter.left(now), Duration::from_secs(12 * 24 * 3600));
        assert!(!until("2025-10-17T00:00:00Z", "2026-01-15T00:00:00Z").ends_soon(now));
        let six_days = until("2025-12-29T00:00:00Z", "2026-01-04T00:00:00Z");
        assert!(!six_days.ends_soon(now));
        let ended = until("2025-01-01T00:00:00Z", "2025-12-31T00:00:00Z");
        assert!(ended.ends_soon(now));
        assert_eq!(ended.left(now), Duration::ZERO);
    }

    #[test]
    fn what_is_no_certificate_has_no_time() {
        assert_eq!(Certificate::read(b"no certificate"), None);
    }
}
