//! Event types and sets of them.

use std::{borrow::Cow, collections::BTreeSet, fmt, ops::Deref, sync::Arc};

use serde::Serialize;

use super::interned::interned;

/// One type of event, such as `order-status-updated`.
///
/// Any text is an event type: the providers' lists grow, and a live webhook may subscribe to a type
/// that this version does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct EventType(Cow<'static, str>);

impl EventType {
    /// Takes an event type by its text. Equal types share it.
    pub fn new(text: impl AsRef<str> + Into<String>) -> Self {
        Self(interned(text))
    }

    /// What stands for all event types at once, where a provider has that ([`Wildcard`](super::Wildcard)): a value
    /// of its own kind, and no list of those that are known today.
    pub const fn all() -> Self {
        Self(Cow::Borrowed("*"))
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
///
/// A webhook that asks for all event types has the one that stands for them, [`EventType::all`], spelt `*` wherever it
/// is read or shown. It is compared as it stands: all that are known today, listed, are not "all".
///
/// Clones share it: a plan speaks of one set in several places.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventSet(Arc<BTreeSet<EventType>>);

impl EventSet {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// All event types at once, where a provider has that.
    pub fn all() -> Self {
        Self::from([EventType::all()])
    }

    /// Whether [`EventType::all`] is among them.
    pub fn has_all(&self) -> bool {
        self.contains(&EventType::all())
    }

    /// Whether this event type is asked for, by name or with all others. A few types are asked for by name alone,
    /// which a provider's facts say ([`Wildcard::covers`](super::Wildcard::covers)).
    pub fn asks_for(&self, event: &EventType) -> bool {
        self.contains(event) || self.has_all()
    }

    /// Adds all event types of another; shares it where there were none.
    pub fn extend_from(&mut self, other: &Self) {
        if self.is_empty() {
            self.clone_from(other);
        } else if !Arc::ptr_eq(&self.0, &other.0) {
            self.extend(other.iter().cloned());
        }
    }

    /// The event types that `other` has not.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        if self.is_disjoint(other) {
            return self.clone();
        }
        self.difference(other).cloned().collect()
    }
}

impl Extend<EventType> for EventSet {
    fn extend<I: IntoIterator<Item = EventType>>(&mut self, events: I) {
        Arc::make_mut(&mut self.0).extend(events);
    }
}

impl Deref for EventSet {
    type Target = BTreeSet<EventType>;

    fn deref(&self) -> &BTreeSet<EventType> {
        &self.0
    }
}

impl FromIterator<EventType> for EventSet {
    fn from_iter<I: IntoIterator<Item = EventType>>(events: I) -> Self {
        Self(Arc::new(events.into_iter().collect()))
    }
}

impl<const N: usize> From<[EventType; N]> for EventSet {
    fn from(events: [EventType; N]) -> Self {
        events.into_iter().collect()
    }
}

impl<'e> IntoIterator for &'e EventSet {
    type Item = &'e EventType;
    type IntoIter = std::collections::btree_set::Iter<'e, EventType>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl fmt::Debug for EventSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for EventSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}
