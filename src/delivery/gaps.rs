//! Events that were lost for good.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::{Delivery, ObjectId, Receiver, Receivers, Span};
use crate::model::{EndpointUrl, EventType};

/// How far apart the records of one event to several webhooks may be: whether their times are exactly
/// equal is documented nowhere.
const ONE_EVENT: SignedDuration = SignedDuration::from_mins(5);

/// Why an event is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyLost {
    /// All its deliveries failed, and none of the same type and object succeeded later.
    Failed {
        /// How many there were.
        deliveries: u64,
        /// What the endpoint answered the last time.
        status: Option<u16>,
        /// What went wrong the last time.
        error: Option<String>,
    },
    /// Another webhook got it, and this one, which subscribes to it, got nothing: it was disabled.
    NotSent,
}

/// An event that did not reach a webhook, and will not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostEvent {
    /// The webhook.
    pub receiver: Receiver,
    /// The event's type.
    pub event_type: EventType,
    /// What it is about; `None` where its payload is not known.
    pub object: Option<ObjectId>,
    /// When the last such event came to be.
    pub event_created_at: Timestamp,
    /// Why it is lost.
    pub why: WhyLost,
}

/// Finds lost events in deliveries that come one by one, in any order.
///
/// It keeps one entry for each webhook and event of an object, not the deliveries.
#[derive(Debug)]
pub struct LostEvents {
    receivers: Receivers,
    seen: HashMap<(EventType, ObjectId), BTreeMap<usize, Seen>>,
    /// Failures of which nobody knows what they were about: nothing later can make up for them.
    nameless: Vec<(usize, EventType, Timestamp, WhyLost)>,
    /// Those that were delivered, where attempts at one event can be told from those at another by its moment.
    delivered: Option<HashSet<(usize, EventType, Timestamp)>>,
    first: BTreeMap<usize, Timestamp>,
}

/// What was seen of one event of one object at one webhook.
#[derive(Clone, Debug)]
struct Seen {
    last: Timestamp,
    last_success: Option<Timestamp>,
    failed: u64,
    last_failure: Option<(Timestamp, Option<u16>, Option<String>)>,
}

impl Seen {
    fn at(at: Timestamp) -> Self {
        Self {
            last: at,
            last_success: None,
            failed: 0,
            last_failure: None,
        }
    }
}

impl LostEvents {
    /// Nothing seen yet.
    pub fn new(receivers: Receivers) -> Self {
        Self {
            receivers,
            seen: HashMap::new(),
            nameless: Vec::new(),
            delivered: None,
            first: BTreeMap::new(),
        }
    }

    /// The same, of a provider whose records of one webhook, event type and moment are attempts at one event: then one that
    /// succeeded makes up for those that failed, whatever they are about.
    #[must_use]
    pub fn telling_events_by_moment(self) -> Self {
        Self {
            delivered: Some(HashSet::new()),
            ..self
        }
    }

    /// Looks at a delivery. One that does not say when its event came to be tells nothing.
    pub fn add(&mut self, delivery: &Delivery) {
        let Some(at) = delivery.event_created_at else {
            return;
        };
        let receiver = self.receivers.at(&delivery.webhook_url);
        let first = self.first.entry(receiver).or_insert(at);
        *first = at.min(*first);
        let (status, error) = (delivery.status_code, delivery.error_message.clone());
        let Some(object) = delivery.object.clone() else {
            if delivery.has_succeeded() {
                let delivered = self.delivered.as_mut();
                delivered.map(|known| known.insert((receiver, delivery.event_type.clone(), at)));
            } else {
                let why = WhyLost::Failed {
                    deliveries: 1,
                    status,
                    error,
                };
                self.nameless
                    .push((receiver, delivery.event_type.clone(), at, why));
            }
            return;
        };
        let event = (delivery.event_type.clone(), object);
        let seen = self.seen.entry(event).or_default();
        let seen = seen.entry(receiver).or_insert(Seen::at(at));
        seen.last = at.max(seen.last);
        if delivery.has_succeeded() {
            seen.last_success = seen.last_success.max(Some(at));
            return;
        }
        seen.failed += 1;
        let is_later = |(last, _, _): &(Timestamp, _, _)| at >= *last;
        if seen.last_failure.as_ref().is_none_or(is_later) {
            seen.last_failure = Some((at, status, error));
        }
    }

    /// Notes that a webhook took an event when it was sent again: it is not lost any more.
    pub fn made_good(
        &mut self,
        url: &EndpointUrl,
        event_type: EventType,
        object: Option<ObjectId>,
        at: Timestamp,
    ) {
        let receiver = self.receivers.at(url);
        let Some(object) = object else {
            self.nameless.retain(|(lost_to, event, moment, _)| {
                (*lost_to, event, *moment) != (receiver, &event_type, at)
            });
            return;
        };
        // Of an event that was not looked at, nothing follows for others.
        let Some(seen) = self.seen.get_mut(&(event_type, object)) else {
            return;
        };
        let seen = seen.entry(receiver).or_insert(Seen::at(at));
        seen.last = at.max(seen.last);
        seen.last_success = seen.last_success.max(Some(at));
    }

    /// The events lost in `window`, the earliest first.
    ///
    /// That an event was not sent is claimed only in `known`, the spans of which all deliveries were
    /// seen, and only from a webhook's creation or first delivery on.
    pub fn finish(self, window: Span, known: &[Span]) -> Vec<LostEvent> {
        let Self {
            receivers,
            seen,
            nameless,
            delivered,
            first,
        } = self;
        let nameless = match delivered {
            Some(delivered) => by_event(nameless, &delivered),
            None => nameless,
        };
        let receivers = receivers.all();
        let mut lost = Vec::new();
        for ((event_type, object), by_receiver) in seen {
            let latest = by_receiver.values().map(|seen| seen.last).max();
            for (number, receiver) in receivers.iter().enumerate() {
                let seen = by_receiver.get(&number);
                let found = failed(seen).or_else(|| {
                    let at = latest.filter(|at| known.iter().any(|span| span.contains(*at)))?;
                    let start = receiver
                        .created_at
                        .or_else(|| first.get(&number).copied())?;
                    let missed = receiver.subscribed.asks_for(&event_type)
                        && start <= at
                        && seen.is_none_or(|seen| seen.last + ONE_EVENT < at);
                    missed.then_some((at, WhyLost::NotSent))
                });
                if let Some((at, why)) = found.filter(|(at, _)| window.contains(*at)) {
                    lost.push(LostEvent {
                        receiver: receiver.clone(),
                        event_type: event_type.clone(),
                        object: Some(object.clone()),
                        event_created_at: at,
                        why,
                    });
                }
            }
        }
        let nameless = nameless.into_iter();
        lost.extend(nameless.filter(|(_, _, at, _)| window.contains(*at)).map(
            |(number, event_type, at, why)| LostEvent {
                receiver: receivers[number].clone(),
                event_type,
                object: None,
                event_created_at: at,
                why,
            },
        ));
        lost.sort_by(|a, b| {
            let order = |one: &LostEvent| (one.event_created_at, one.event_type.clone());
            (order(a), &a.object, &a.receiver.url).cmp(&(order(b), &b.object, &b.receiver.url))
        });
        lost
    }
}

/// The events that these attempts were at, without those that were delivered.
fn by_event(
    attempts: Vec<(usize, EventType, Timestamp, WhyLost)>,
    delivered: &HashSet<(usize, EventType, Timestamp)>,
) -> Vec<(usize, EventType, Timestamp, WhyLost)> {
    let mut events: BTreeMap<(usize, EventType, Timestamp), WhyLost> = BTreeMap::new();
    for (receiver, event_type, at, why) in attempts {
        let event = (receiver, event_type, at);
        if delivered.contains(&event) {
            continue;
        }
        match (events.get_mut(&event), why) {
            (
                Some(WhyLost::Failed { deliveries, .. }),
                WhyLost::Failed {
                    deliveries: more, ..
                },
            ) => {
                *deliveries += more;
            }
            (_, why) => drop(events.insert(event, why)),
        }
    }
    let events = events.into_iter();
    events
        .map(|((receiver, event_type, at), why)| (receiver, event_type, at, why))
        .collect()
}

/// When and why all failed, where none succeeded at that time or later.
fn failed(seen: Option<&Seen>) -> Option<(Timestamp, WhyLost)> {
    let seen = seen?;
    let (at, status, error) = seen.last_failure.clone()?;
    if seen.last_success.is_some_and(|success| success >= at) {
        return None;
    }
    let why = WhyLost::Failed {
        deliveries: seen.failed,
        status,
        error,
    };
    Some((at, why))
}

#[cfg(test)]
mod tests;
