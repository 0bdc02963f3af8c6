//! What an environment allows a plan to do.

use std::collections::BTreeMap;

use super::{EventType, Pattern, WebhookKey};

/// Whose webhooks are ours, and what may be done to them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// Live names that are ours; `None`: all.
    pub owns: Option<Vec<Pattern>>,
    /// Live names that are never ours.
    pub ignore: Vec<Pattern>,
    /// Whether what is ours and not declared is deleted.
    pub prune: bool,
    /// Names of webhooks that are never deleted.
    pub protect: Vec<Pattern>,
    /// How many enabled webhooks must receive an event type before, during and after an apply.
    pub require: BTreeMap<EventType, u32>,
    /// The most webhooks one apply may delete.
    pub max_deletes: Option<u32>,
    /// The most webhooks that the account may have, where that is not what the provider documents.
    pub max_webhooks: Option<u32>,
    /// When a webhook that the provider disabled is enabled again.
    pub heal: Heal,
}

/// When a webhook that the provider disabled, as some do with endpoints that keep failing, is enabled again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Heal {
    /// At once.
    #[default]
    Always,
    /// When a signed probe of its URL succeeded. What probes showed so far: why they failed, if they did.
    AfterProbe(BTreeMap<WebhookKey, Result<(), String>>),
}

impl Heal {
    /// Why a webhook stays disabled, where a probe failed.
    pub fn failure(&self, key: &WebhookKey) -> Option<&str> {
        match self {
            Self::Always => None,
            Self::AfterProbe(shown) => shown.get(key)?.as_ref().err().map(String::as_str),
        }
    }

    /// Whether a webhook is still to be probed.
    pub fn wants_probe(&self, key: &WebhookKey) -> bool {
        matches!(self, Self::AfterProbe(shown) if !shown.contains_key(key))
    }
}

impl Policy {
    /// Whether a live webhook of this name is ours.
    pub fn is_ours(&self, name: &str) -> bool {
        !self.is_ignored(name)
            && self
                .owns
                .as_ref()
                .is_none_or(|owns| owns.iter().any(|pattern| pattern.matches(name)))
    }

    /// Whether a name is never ours.
    pub fn is_ignored(&self, name: &str) -> bool {
        self.ignore.iter().any(|pattern| pattern.matches(name))
    }

    /// The pattern that keeps a webhook of this name from being deleted.
    pub fn protection(&self, name: &str) -> Option<&Pattern> {
        self.protect.iter().find(|pattern| pattern.matches(name))
    }
}
