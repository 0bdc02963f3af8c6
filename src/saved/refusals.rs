//! What guards refuse ⇄ its record.

use std::time::Duration;

use super::{
    mask::Writer,
    read::{keys, live, name},
    record::{RefusalRecord, StopsRecord},
    write,
};
use crate::{
    model::{EnvironmentName, EventType, WebhookKey},
    plan::{Refusal, RequireWhen, Stops},
};

impl Writer<'_> {
    pub(super) fn refusal(&self, one: &Refusal) -> RefusalRecord {
        match one {
            Refusal::Conflict {
                key,
                webhook,
                former,
            } => RefusalRecord::Conflict {
                key: key.to_string(),
                webhook: self.live(webhook),
                former: *former,
            },
            Refusal::AmbiguousName {
                keys: known,
                webhooks,
            } => RefusalRecord::AmbiguousName {
                keys: write::keys(known),
                webhooks: webhooks.iter().map(|one| self.live(one)).collect(),
            },
            Refusal::Circle { keys: known } => RefusalRecord::Circle {
                keys: write::keys(known),
            },
            Refusal::Protected {
                webhook,
                pattern,
                removed,
            } => RefusalRecord::Protected {
                webhook: self.live(webhook),
                pattern: self.plain(pattern),
                removed: *removed,
            },
            Refusal::MaxDeletes { deletes, allowed } => RefusalRecord::MaxDeletes {
                deletes: *deletes,
                allowed: *allowed,
            },
            Refusal::Empty { deletes } => RefusalRecord::Empty { deletes: *deletes },
            Refusal::Require {
                event,
                fewest,
                required,
                when,
            } => RefusalRecord::Require {
                event: self.plain(event.as_str()),
                fewest: *fewest,
                required: *required,
                on_the_way: *when == RequireWhen::During,
            },
            Refusal::SecretMismatch { env_type, prefix } => RefusalRecord::SecretMismatch {
                env_type: *env_type,
                prefix: *prefix,
            },
            Refusal::SharedSecret { other } => RefusalRecord::SharedSecret {
                other: other.to_string(),
            },
            Refusal::LeftOut { event, keys: known } => RefusalRecord::LeftOut {
                event: self.plain(event.as_str()),
                keys: write::keys(known),
            },
            Refusal::LeftBehind { key, takers } => RefusalRecord::LeftBehind {
                key: key.to_string(),
                takers: write::keys(takers),
            },
            Refusal::LiveTraffic { webhook, last } => RefusalRecord::LiveTraffic {
                webhook: self.live(webhook),
                seconds: last.as_secs(),
            },
            Refusal::TrafficUnknown { webhooks, error } => RefusalRecord::TrafficUnknown {
                webhooks: webhooks.iter().map(|one| self.name(one)).collect(),
                error: self.plain(error),
            },
            Refusal::ProbeFailed { key, why } => RefusalRecord::ProbeFailed {
                key: key.to_string(),
                why: self.plain(why),
            },
            Refusal::Unreadable { webhook, stops } => RefusalRecord::Unreadable {
                webhook: self.live(webhook),
                stops: match stops {
                    Stops::Declared(key) => StopsRecord::Declared(key.to_string()),
                    Stops::Delete => StopsRecord::Delete,
                    Stops::Urls(known) => StopsRecord::Urls(write::keys(known)),
                },
            },
        }
    }
}

/// What a record says was refused.
pub(super) fn refusal(one: &RefusalRecord) -> Refusal {
    match one {
        RefusalRecord::Conflict {
            key,
            webhook,
            former,
        } => Refusal::Conflict {
            key: WebhookKey::new(key.as_str()),
            webhook: live(webhook),
            former: *former,
        },
        RefusalRecord::AmbiguousName {
            keys: known,
            webhooks,
        } => Refusal::AmbiguousName {
            keys: keys(known),
            webhooks: webhooks.iter().map(live).collect(),
        },
        RefusalRecord::Circle { keys: known } => Refusal::Circle { keys: keys(known) },
        RefusalRecord::Protected {
            webhook,
            pattern,
            removed,
        } => Refusal::Protected {
            webhook: live(webhook),
            pattern: pattern.clone(),
            removed: *removed,
        },
        RefusalRecord::MaxDeletes { deletes, allowed } => Refusal::MaxDeletes {
            deletes: *deletes,
            allowed: *allowed,
        },
        RefusalRecord::Empty { deletes } => Refusal::Empty { deletes: *deletes },
        RefusalRecord::Require {
            event,
            fewest,
            required,
            on_the_way,
        } => Refusal::Require {
            event: EventType::new(event.as_str()),
            fewest: *fewest,
            required: *required,
            when: if *on_the_way {
                RequireWhen::During
            } else {
                RequireWhen::After
            },
        },
        RefusalRecord::SecretMismatch { env_type, prefix } => Refusal::SecretMismatch {
            env_type: *env_type,
            prefix: *prefix,
        },
        RefusalRecord::SharedSecret { other } => Refusal::SharedSecret {
            other: EnvironmentName::new(other.as_str()),
        },
        RefusalRecord::LeftOut { event, keys: known } => Refusal::LeftOut {
            event: EventType::new(event.as_str()),
            keys: keys(known),
        },
        RefusalRecord::LeftBehind { key, takers } => Refusal::LeftBehind {
            key: WebhookKey::new(key.as_str()),
            takers: keys(takers),
        },
        RefusalRecord::LiveTraffic { webhook, seconds } => Refusal::LiveTraffic {
            webhook: live(webhook),
            last: Duration::from_secs(*seconds),
        },
        RefusalRecord::TrafficUnknown { webhooks, error } => Refusal::TrafficUnknown {
            webhooks: webhooks.iter().map(name).collect(),
            error: error.clone(),
        },
        RefusalRecord::ProbeFailed { key, why } => Refusal::ProbeFailed {
            key: WebhookKey::new(key.as_str()),
            why: why.clone(),
        },
        RefusalRecord::Unreadable { webhook, stops } => Refusal::Unreadable {
            webhook: live(webhook),
            stops: match stops {
                StopsRecord::Declared(key) => Stops::Declared(WebhookKey::new(key.as_str())),
                StopsRecord::Delete => Stops::Delete,
                StopsRecord::Urls(known) => Stops::Urls(keys(known)),
            },
        },
    }
}
