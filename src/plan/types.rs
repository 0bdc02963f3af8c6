//! The event types that "all" stands for while a plan is made.
//!
//! Where a webhook can ask for all event types at once, what it gets has no end. What plans compare has: of all
//! types, those that anything here names, and one for the rest, which is [`EventType::all`] itself. No two types of the
//! rest are ever treated differently, so that one stands for each.

use crate::model::{EventSet, EventType, LiveWebhook, Wildcard};

use super::Inputs;

/// The event types of one plan.
pub(super) struct Types {
    /// [`Wildcard::None`] where nobody asks for all.
    wildcard: Wildcard,
    /// What "all" stands for.
    all: EventSet,
}

impl Types {
    /// What "all" stands for among what is desired, live and required.
    pub(super) fn of(inputs: &Inputs<'_>, live: &[&LiveWebhook]) -> Self {
        let wildcard = inputs.profile.planning.wildcard;
        let sets = || {
            let desired = inputs.desired.webhooks.values();
            let live = live.iter().filter_map(|webhook| webhook.events.as_ref());
            desired.map(|webhook| &webhook.events).chain(live)
        };
        if wildcard == Wildcard::None || !sets().any(EventSet::has_all) {
            return Self {
                wildcard: Wildcard::None,
                all: EventSet::new(),
            };
        }
        let named = sets().flatten().chain(inputs.policy.require.keys());
        Self {
            wildcard,
            all: named
                .filter(|event| wildcard.is_in_all(event))
                .cloned()
                .collect(),
        }
    }

    /// The event types that a webhook with these events gets.
    pub(super) fn sent<'t>(
        &'t self,
        events: &'t EventSet,
    ) -> impl Iterator<Item = &'t EventType> + 't {
        let all = Some(&self.all).filter(|_| self.wildcard.is_all(events));
        let named = events.iter();
        let named = named.filter(move |event| all.is_none_or(|all| !all.contains(event)));
        named.chain(all.into_iter().flatten())
    }

    /// The same as a set.
    pub(super) fn expanded(&self, events: &EventSet) -> EventSet {
        match self.wildcard.is_all(events) {
            true => self.sent(events).cloned().collect(),
            false => events.clone(),
        }
    }

    /// Both sets in one, as a webhook can ask for it: what "all" stands for is not named beside it. `None` where that
    /// would still mix "all" with names, which nobody says that a provider takes.
    pub(super) fn union(&self, one: &EventSet, other: &EventSet) -> Option<EventSet> {
        let union = self.spelt(one.iter().chain(other));
        (!self.wildcard.is_all(&union) || union.len() == 1).then_some(union)
    }

    /// Whether a webhook can ask for both sets at once.
    pub(super) fn has_union(&self, one: Option<&EventSet>, other: &EventSet) -> bool {
        let union = || one.is_none_or(|one| self.union(one, other).is_some());
        self.wildcard == Wildcard::None || union()
    }

    /// Event types as a webhook would ask for them: "all" instead of what it stands for.
    pub(super) fn spelt<'e>(
        &self,
        events: impl Iterator<Item = &'e EventType> + Clone,
    ) -> EventSet {
        let all = EventType::all();
        let has_all = self.wildcard != Wildcard::None && events.clone().any(|event| *event == all);
        let is_said = |event: &&EventType| !has_all || **event == all || !self.all.contains(*event);
        events.filter(is_said).cloned().collect()
    }
}
