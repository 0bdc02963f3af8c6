//! Event types and sets of them.

use std::{borrow::Cow, collections::BTreeSet, fmt};

use serde::Serialize;

use super::{TRANSCRYPTS, TRUV};

/// One type of event, such as `order-status-updated`.
///
/// Any text is an event type: the providers' lists grow, and a live webhook may subscribe to a type
/// that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct EventType(Cow<'static, str>);

impl EventType {
    /// Takes an event type by its text. Known types share their text.
    pub fn new(text: impl AsRef<str> + Into<String>) -> Self {
        let known = TRUV
            .event_types
            .iter()
            .chain(TRANSCRYPTS.event_types)
            .find(|known| **known == text.as_ref());
        Self(match known {
            Some(known) => Cow::Borrowed(known),
            None => Cow::Owned(text.into()),
        })
    }

    /// The type's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The event types a webhook subscribes to: a set, as order and repetition mean nothing.
pub type EventSet = BTreeSet<EventType>;
