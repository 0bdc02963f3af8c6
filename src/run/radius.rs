//! What a plan would have done to the deliveries of a time.

use std::time::Duration;

use crate::{
    delivery::Radius,
    model::EndpointUrl,
    plan::{Ink, Text},
    policy::Blast,
};

/// What a plan would have done to the deliveries of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlastRadius<U = Text> {
    /// How long that time is, up to the plan.
    pub window: Duration,
    /// Of how much of that time nothing is known.
    pub unknown: Duration,
    /// The numbers.
    pub radius: Radius<U>,
}

impl BlastRadius<EndpointUrl> {
    /// The same as it may be shown.
    pub(super) fn shown(self, ink: &impl Ink) -> BlastRadius {
        BlastRadius {
            window: self.window,
            unknown: self.unknown,
            radius: self.radius.with_urls(|url| ink.url(url)),
        }
    }

    /// The same as rules see it.
    pub(super) fn blast(&self) -> Blast {
        let number = |count: u64| Some(i64::try_from(count).unwrap_or(i64::MAX));
        let fates = &self.radius.fates;
        Blast {
            deliveries: number(fates.total()),
            unchanged: number(fates.unchanged),
            moved: number(fates.moved + fates.other_host),
            other_host: number(fates.other_host),
            lost: number(fates.lost),
            multiplied: number(self.radius.multiplied),
            newly: number(self.radius.newly),
        }
    }
}
