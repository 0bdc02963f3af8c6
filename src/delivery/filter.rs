//! Which deliveries are wanted.

use std::{collections::BTreeSet, fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};

use super::{Delivery, DeliveryQuery, REMEMBERED};
use crate::model::{EndpointUrl, EventType, Pattern, ProviderProfile};

/// How far from the end of what providers remember a moment must be to be asked for: they refuse what
/// is older, and clocks differ.
const LEEWAY: SignedDuration = SignedDuration::from_mins(10);

/// Statuses of deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusFilter {
    /// This one.
    Exact(u16),
    /// All that begin with this digit: `5xx`.
    Class(u16),
    /// None: the endpoint did not answer.
    NoAnswer,
}

/// A text that names no status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a status such as `502`, `5xx`, or `none` for no answer")]
pub struct InvalidStatusFilter;

impl StatusFilter {
    /// Whether a delivery has such a status.
    pub fn matches(self, status: Option<u16>) -> bool {
        match self {
            Self::Exact(wanted) => status == Some(wanted),
            Self::Class(class) => status.is_some_and(|status| status / 100 == class),
            Self::NoAnswer => status.is_none(),
        }
    }
}

impl FromStr for StatusFilter {
    type Err = InvalidStatusFilter;

    fn from_str(text: &str) -> Result<Self, InvalidStatusFilter> {
        if text == "none" {
            return Ok(Self::NoAnswer);
        }
        if let Some(class) = text.strip_suffix("xx") {
            return match class.parse() {
                Ok(class @ 1..=5) => Ok(Self::Class(class)),
                _ => Err(InvalidStatusFilter),
            };
        }
        match text.parse() {
            Ok(status @ 100..=599) => Ok(Self::Exact(status)),
            _ => Err(InvalidStatusFilter),
        }
    }
}

impl fmt::Display for StatusFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(status) => write!(f, "{status}"),
            Self::Class(class) => write!(f, "{class}xx"),
            Self::NoAnswer => f.write_str("none"),
        }
    }
}

/// Which deliveries are wanted. An empty list asks for nothing in particular.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    /// Those of events from this moment on.
    pub since: Option<Timestamp>,
    /// Those of events up to this moment.
    pub until: Option<Timestamp>,
    /// Those whose type matches one of these.
    pub events: Vec<Pattern>,
    /// Those with one of these statuses.
    pub statuses: Vec<StatusFilter>,
    /// Those that did not succeed.
    pub failed: bool,
    /// Those to one of these URLs.
    pub receivers: Option<BTreeSet<EndpointUrl>>,
    /// Those to a URL that matches one of these.
    pub urls: Vec<Pattern>,
}

/// Whether one of these matches, or there are none.
fn any(patterns: &[Pattern], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(text))
}

impl DeliveryFilter {
    /// Whether deliveries of this type may be wanted.
    pub fn matches_type(&self, event_type: &EventType) -> bool {
        any(&self.events, event_type.as_str())
    }

    /// Whether deliveries to this URL may be wanted, by its text.
    pub fn matches_url(&self, url: &EndpointUrl) -> bool {
        any(&self.urls, url.text().expose())
    }

    /// Whether deliveries with this status may be wanted.
    pub fn matches_status(&self, status: Option<u16>) -> bool {
        let is_success = status.is_some_and(|status| (200..300).contains(&status));
        let mut statuses = self.statuses.iter();
        (self.statuses.is_empty() || statuses.any(|wanted| wanted.matches(status)))
            && !(self.failed && is_success)
    }

    /// Whether deliveries to this URL are wanted.
    pub fn matches_receiver(&self, url: &EndpointUrl) -> bool {
        let receivers = self.receivers.as_ref();
        receivers.is_none_or(|wanted| wanted.contains(url)) && self.matches_url(url)
    }

    /// What of this the provider can filter itself, so that no more is asked for than needed.
    ///
    /// A provider takes one known event type and one status, and no moment that it does not remember.
    pub fn pushed_down(
        &self,
        profile: &ProviderProfile,
        now: Timestamp,
        page_size: Option<u32>,
    ) -> DeliveryQuery {
        let oldest = now - REMEMBERED + LEEWAY;
        let event_type = match self.events.as_slice() {
            [one] => {
                let text = one.to_string();
                let known = profile.event_types.contains(&text.as_str());
                known.then(|| EventType::new(text))
            }
            _ => None,
        };
        let status_code = match self.statuses.as_slice() {
            [StatusFilter::Exact(status)] => Some(*status),
            _ => None,
        };
        DeliveryQuery {
            since: self.since.filter(|since| *since >= oldest),
            until: self.until.filter(|until| *until >= oldest),
            event_type,
            status_code,
            page_size,
        }
    }

    /// Whether the provider filters all of this itself.
    pub fn is_pushed_down(&self, query: &DeliveryQuery) -> bool {
        query.since == self.since
            && query.until == self.until
            && query.event_type.is_some() != self.events.is_empty()
            && query.status_code.is_some() != self.statuses.is_empty()
            && !self.failed
            && self.receivers.is_none()
            && self.urls.is_empty()
    }

    /// Whether a delivery is wanted. One that does not say when its event came to be is wanted where
    /// nothing is said about time.
    pub fn matches(&self, delivery: &Delivery) -> bool {
        let at = delivery.event_created_at;
        self.since
            .is_none_or(|since| at.is_some_and(|at| at >= since))
            && self
                .until
                .is_none_or(|until| at.is_some_and(|at| at <= until))
            && self.matches_type(&delivery.event_type)
            && self.matches_status(delivery.status_code)
            && self.matches_receiver(&delivery.webhook_url)
    }
}

#[cfg(test)]
mod tests;
