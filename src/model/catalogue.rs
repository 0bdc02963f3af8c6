//! The event types that an account has, where they are its own.

use std::collections::BTreeMap;

use super::EventType;

/// The event types of an account: those that a webhook can subscribe to, and those that were put away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountEvents(BTreeMap<EventType, Standing>);

/// Whether an account's event type can be subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can.
    InUse,
    /// It was put away: nothing new can subscribe to it, and whoever sends a list that has it is refused.
    Archived,
}

impl AccountEvents {
    /// What is known of this event type; `None` where the account does not have it.
    pub fn standing(&self, event: &EventType) -> Option<Standing> {
        self.0.get(event).copied()
    }

    /// The event types that can be subscribed to.
    pub fn in_use(&self) -> impl Iterator<Item = &EventType> {
        let all = self.0.iter();
        all.filter(|(_, standing)| **standing == Standing::InUse)
            .map(|(event, _)| event)
    }
}

impl FromIterator<(EventType, Standing)> for AccountEvents {
    fn from_iter<I: IntoIterator<Item = (EventType, Standing)>>(events: I) -> Self {
        Self(events.into_iter().collect())
    }
}
