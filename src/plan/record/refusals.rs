//! What the guards refuse, as it is shown and kept.

use std::time::Duration;

use super::{Ink, Projector, Shown};
use crate::plan::Refusal;

impl<I: Ink> Projector<'_, I> {
    /// The record of what is refused.
    pub fn refusal(&self, refusal: &Refusal) -> Refusal<Shown> {
        match refusal {
            Refusal::Conflict {
                key,
                webhook,
                former,
            } => Refusal::Conflict {
                key: key.clone(),
                webhook: self.live(webhook),
                former: *former,
            },
            Refusal::AmbiguousName { keys, webhooks } => Refusal::AmbiguousName {
                keys: keys.clone(),
                webhooks: webhooks.iter().map(|webhook| self.live(webhook)).collect(),
            },
            Refusal::Circle { keys } => Refusal::Circle { keys: keys.clone() },
            Refusal::Protected {
                webhook,
                pattern,
                removed,
            } => Refusal::Protected {
                webhook: self.live(webhook),
                pattern: self.0.plain(pattern),
                removed: *removed,
            },
            Refusal::MaxDeletes { deletes, allowed } => Refusal::MaxDeletes {
                deletes: *deletes,
                allowed: *allowed,
            },
            Refusal::Empty { deletes } => Refusal::Empty { deletes: *deletes },
            Refusal::Require {
                event,
                fewest,
                required,
                when,
            } => Refusal::Require {
                event: self.0.plain(event.as_str()),
                fewest: *fewest,
                required: *required,
                when: *when,
            },
            Refusal::SecretMismatch { env_type, prefix } => Refusal::SecretMismatch {
                env_type: *env_type,
                prefix: *prefix,
            },
            Refusal::SharedSecret { other } => Refusal::SharedSecret {
                other: other.clone(),
            },
            Refusal::LeftOut { event, keys } => Refusal::LeftOut {
                event: self.0.plain(event.as_str()),
                keys: keys.clone(),
            },
            Refusal::LeftBehind { key, takers } => Refusal::LeftBehind {
                key: key.clone(),
                takers: takers.clone(),
            },
            Refusal::LiveTraffic { webhook, last } => Refusal::LiveTraffic {
                webhook: self.live(webhook),
                // As a file has it.
                last: Duration::from_secs(last.as_secs()),
            },
            Refusal::TrafficUnknown { webhooks, error } => Refusal::TrafficUnknown {
                webhooks: webhooks.iter().map(|name| self.0.name(name)).collect(),
                error: self.0.plain(error),
            },
            Refusal::ProbeFailed { key, why } => Refusal::ProbeFailed {
                key: key.clone(),
                why: self.0.plain(why),
            },
            Refusal::Unreadable { webhook, stops } => Refusal::Unreadable {
                webhook: self.live(webhook),
                stops: stops.clone(),
            },
        }
    }
}
