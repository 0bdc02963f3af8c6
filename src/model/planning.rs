//! What a plan can do at a provider, and what it can promise there: the facts that planning goes by.
//!
//! All of it is data. The planner knows no provider, and asks for no more than what is here.

use std::collections::BTreeMap;

use super::{EventSet, EventType, MaskedText};

/// The facts about a provider's API that decide which plans there are, and what they can promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanningFacts {
    /// Whether several webhooks of one environment may be at one URL.
    pub url: UrlRule,
    /// What signs deliveries: what a receiver at a URL must know.
    pub key: KeyScope,
    /// The most webhooks that an account may have, whoever owns them; `None` where no number is known.
    pub most: Option<u32>,
    /// Whether a webhook can be created disabled.
    pub created_disabled: bool,
    /// Whether a webhook can ask for all event types at once.
    pub wildcard: Wildcard,
    /// The fields that a webhook has from its creation on, by the names that manifests and answers give them: no
    /// update changes them.
    pub create_only: &'static [&'static str],
    /// Whether the provider itself disables webhooks whose deliveries keep failing.
    pub disables: bool,
}

/// Whether several webhooks of one environment may be at one URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlRule {
    /// A URL that another webhook has is refused.
    Unique,
    /// Each webhook at a URL delivers there: an event type that two of them have comes twice.
    Shared,
}

/// What signs deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyScope {
    /// One key of the account: who knows it can check whatever comes.
    Account,
    /// Each webhook has its own. It follows the id: an update keeps it, whatever else changes, and what is created
    /// gets a new one.
    Endpoint,
}

/// Whether a webhook can ask for all event types at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wildcard {
    /// It must name each. `*` is then an event type like any other, which nobody sends.
    None,
    /// It can: [`EventType::all`] stands for every event type, also for those that come later.
    All {
        /// The event types that must be asked for by name all the same.
        except: &'static [&'static str],
    },
}

impl Wildcard {
    /// Whether a webhook with these events gets an event of this type.
    pub fn covers(self, events: &EventSet, event: &EventType) -> bool {
        events.contains(event) || self.is_all(events) && self.is_in_all(event)
    }

    /// Whether these events are asked for by the one that stands for all.
    pub fn is_all(self, events: &EventSet) -> bool {
        self != Self::None && events.has_all()
    }

    /// Whether an event type is among those that "all" stands for.
    pub fn is_in_all(self, event: &EventType) -> bool {
        match self {
            Self::None => false,
            Self::All { except } => !except.contains(&event.as_str()),
        }
    }
}

/// The values of the fields that a webhook has from its creation on, by the names that
/// [`PlanningFacts::create_only`] lists. A field that is not there is not managed, or was not reported.
pub type CreateOnly = BTreeMap<&'static str, MaskedText>;
