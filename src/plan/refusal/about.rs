//! What a refusal is about: for reports that point at places, and that know one refusal again.

use super::Refusal;
use crate::{
    model::{EnvironmentName, WebhookKey},
    plan::{LiveRecord, Shown, Stops, Text},
};

/// What a refusal is about, by names that stay the same while counts and times change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About<'r> {
    /// The desired webhooks.
    pub keys: Vec<&'r WebhookKey>,
    /// The live webhooks: the ids of those of which that is known, and the names of all.
    pub live: Vec<(Option<&'r str>, &'r str)>,
    /// The other environment.
    pub environment: Option<&'r EnvironmentName>,
    /// The event type, or the field.
    pub what: Option<&'r str>,
}

impl<'r> About<'r> {
    fn keys(keys: impl IntoIterator<Item = &'r WebhookKey>) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            ..Self::default()
        }
    }

    fn live(self, webhooks: impl IntoIterator<Item = &'r LiveRecord>) -> Self {
        let known = |webhook: &'r LiveRecord| (Some(&*webhook.id), &*webhook.webhook.name.shown);
        Self {
            live: webhooks.into_iter().map(known).collect(),
            ..self
        }
    }

    fn what(self, what: &'r str) -> Self {
        Self {
            what: Some(what),
            ..self
        }
    }
}

impl Refusal<Shown> {
    /// What it is about.
    pub fn about(&self) -> About<'_> {
        match self {
            Self::Conflict { key, webhook, .. } => About::keys([key]).live([webhook]),
            Self::AmbiguousName { keys, webhooks } => About::keys(keys).live(webhooks),
            Self::Circle { keys } | Self::Mixed { keys } => About::keys(keys),
            Self::Protected { webhook, .. } | Self::LiveTraffic { webhook, .. } => {
                About::default().live([webhook])
            }
            Self::MaxDeletes { .. }
            | Self::Empty { .. }
            | Self::SecretMismatch { .. }
            | Self::TooMany { .. }
            | Self::Policy { .. } => About::default(),
            Self::Require { event, .. } => About::default().what(event),
            Self::SharedSecret { other, .. } => About {
                environment: Some(other),
                ..About::default()
            },
            Self::LeftOut { event, keys } => About::keys(keys).what(event),
            Self::LeftBehind { key, takers } => About::keys([key].into_iter().chain(takers)),
            Self::TrafficUnknown { webhooks, .. } => {
                let names = webhooks.iter().map(|Text { shown, .. }| (None, &**shown));
                About {
                    live: names.collect(),
                    ..About::default()
                }
            }
            Self::ProbeFailed { key, .. } | Self::CreatedEnabled { key } | Self::NoSink { key } => {
                About::keys([key])
            }
            Self::Unreadable { webhook, stops } => {
                let keys = match stops {
                    Stops::Declared(key) => std::slice::from_ref(key),
                    Stops::Urls(keys) => keys,
                    Stops::Delete => &[],
                };
                About::keys(keys).live([webhook])
            }
            Self::Unchangeable {
                key,
                webhook,
                field,
                ..
            } => About::keys([key]).live([webhook]).what(field),
            Self::NoEventType { event, keys, .. } => About::keys(keys).what(event),
        }
    }
}
