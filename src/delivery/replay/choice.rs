//! Which events are sent again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    super::{Delivery, LostEvent, ObjectId, WhyLost},
    Letter,
};
use crate::model::{EndpointUrl, EventType};

/// What was asked for.
#[derive(Clone, Debug)]
pub enum Pick {
    /// What the webhook lost for good.
    Lost(Vec<LostEvent>),
    /// What failed at the webhook.
    Failed,
    /// The deliveries with these ids.
    Ids(BTreeSet<String>),
}

/// Chooses among deliveries that come one by one, in any order.
#[derive(Debug)]
pub struct Choice {
    pick: Picking,
    /// The URLs of the webhook, present and former.
    urls: BTreeSet<EndpointUrl>,
    found: BTreeMap<Place, Delivery>,
    /// The last success of each event of an object at the webhook.
    made_good: BTreeMap<(EventType, ObjectId), Timestamp>,
    missing: BTreeSet<String>,
    /// Where the events went that the webhook was not sent.
    sources: BTreeMap<(EventType, ObjectId), EndpointUrl>,
    /// Whether each record counts, as its provider knows which event it is an attempt at.
    by_record: bool,
}

/// The records that were chosen, where their provider is asked to send their events.
#[derive(Debug, Default)]
pub struct Records {
    /// The records, in the order of their events.
    pub deliveries: Vec<Delivery>,
    /// The ids of which no delivery was found.
    pub unknown: Vec<String>,
}

/// What was chosen.
#[derive(Debug, Default)]
pub struct Chosen {
    /// The events, in their order.
    pub letters: Vec<Letter>,
    /// How many events have no payload in the archive: they cannot be sent.
    pub without_payload: usize,
    /// The ids of which no delivery was found.
    pub unknown: Vec<String>,
}

/// Where an event stands in the order: by its moment, then by what it is.
type Place = (Option<Timestamp>, EventType, Option<ObjectId>, String);

/// What is looked for.
#[derive(Debug)]
enum Picking {
    Lost {
        /// Of each lost event of an object: whether the webhook was sent it at all.
        events: BTreeMap<(EventType, ObjectId), Sent>,
        nameless: BTreeSet<(EventType, Timestamp)>,
    },
    Failed,
    Ids(BTreeSet<String>),
}

/// Whether a webhook was sent an event that it lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    Yes,
    /// It was disabled: what others were sent is what it lost, the last of it at this moment.
    No(Timestamp),
}

impl Choice {
    /// Nothing seen yet. `urls` are those of the webhook that lost events.
    pub fn new(pick: Pick, urls: BTreeSet<EndpointUrl>) -> Self {
        let mut missing = BTreeSet::new();
        let pick = match pick {
            Pick::Failed => Picking::Failed,
            Pick::Ids(ids) => {
                missing.clone_from(&ids);
                Picking::Ids(ids)
            }
            Pick::Lost(lost) => {
                let (mut events, mut nameless) = (BTreeMap::new(), BTreeSet::new());
                for event in lost {
                    let LostEvent {
                        receiver: _, // The webhook.
                        event_type,
                        object,
                        event_created_at,
                        why,
                    } = event;
                    let sent = match why {
                        WhyLost::Failed { .. } => Sent::Yes,
                        WhyLost::NotSent => Sent::No(event_created_at),
                    };
                    match object {
                        Some(object) => drop(events.insert((event_type, object), sent)),
                        None => drop(nameless.insert((event_type, event_created_at))),
                    }
                }
                Picking::Lost { events, nameless }
            }
        };
        Self {
            pick,
            urls,
            found: BTreeMap::new(),
            made_good: BTreeMap::new(),
            missing,
            sources: BTreeMap::new(),
            by_record: false,
        }
    }

    /// The same, for a provider that sends events itself: which event a record is of, it knows.
    #[must_use]
    pub fn of_records(self) -> Self {
        Self {
            by_record: true,
            ..self
        }
    }

    /// Looks at a delivery.
    pub fn add(&mut self, delivery: Delivery) {
        let is_own = self.urls.contains(&delivery.webhook_url);
        if is_own && delivery.has_succeeded() {
            self.note_success(&delivery);
        }
        let is_wanted = match &self.pick {
            Picking::Failed => is_own && !delivery.has_succeeded(),
            Picking::Ids(ids) => delivery.webhook_id.as_ref().is_some_and(|id| {
                self.missing.remove(id);
                ids.contains(id)
            }),
            Picking::Lost { events, nameless } => match delivery.object.clone() {
                Some(object) => match events.get(&(delivery.event_type.clone(), object.clone())) {
                    Some(Sent::Yes) => is_own && !delivery.has_succeeded(),
                    Some(Sent::No(last)) => {
                        // What one of the others was sent: each of them has a record of its own of the same event.
                        let event = (delivery.event_type.clone(), object);
                        let url = &delivery.webhook_url;
                        !is_own
                            && self.sources.entry(event).or_insert_with(|| url.clone()) == url
                            && delivery.event_created_at.is_some_and(|at| at <= *last)
                    }
                    None => false,
                },
                None => {
                    let at = delivery.event_created_at;
                    let is_lost =
                        at.is_some_and(|at| nameless.contains(&(delivery.event_type.clone(), at)));
                    is_own && !delivery.has_succeeded() && is_lost
                }
            },
        };
        if is_wanted {
            self.keep(delivery);
        }
    }

    fn note_success(&mut self, delivery: &Delivery) {
        if let (Some(object), Some(at)) = (&delivery.object, delivery.event_created_at) {
            let event = (delivery.event_type.clone(), object.clone());
            let last = self.made_good.entry(event).or_insert(at);
            *last = at.max(*last);
        }
    }

    /// Keeps one record of each event: one with a payload before one without.
    fn keep(&mut self, delivery: Delivery) {
        let own = match (&self.pick, &delivery.object, Letter::of(&delivery)) {
            _ if self.by_record => delivery.webhook_id.clone().unwrap_or_default(),
            (Picking::Ids(_), _, _) => delivery.webhook_id.clone().unwrap_or_default(),
            (_, Some(_), _) => String::new(),
            (_, None, letter) => letter.map(|letter| letter.id).unwrap_or_default(),
        };
        let place = (
            delivery.event_created_at,
            delivery.event_type.clone(),
            delivery.object.clone(),
            own,
        );
        match self.found.get_mut(&place) {
            Some(known) if known.payload.is_some() || delivery.payload.is_none() => {}
            Some(known) => *known = delivery,
            None => drop(self.found.insert(place, delivery)),
        }
    }

    /// The records that were chosen, in the order of their events.
    pub fn records(self) -> Records {
        Records {
            deliveries: self.found.into_values().collect(),
            unknown: self.missing.into_iter().collect(),
        }
    }

    /// What was chosen, in the order of the events.
    pub fn finish(self) -> Chosen {
        let mut chosen = Chosen {
            unknown: self.missing.into_iter().collect(),
            ..Chosen::default()
        };
        for ((at, event_type, object, _), delivery) in self.found {
            let event = object.map(|object| (event_type, object));
            let made_good = event.and_then(|event| self.made_good.get(&event));
            let is_lost = matches!(self.pick, Picking::Lost { .. });
            // What came later to the webhook, of the same type and object, made up for it.
            if is_lost && made_good.is_some_and(|good| at <= Some(*good)) {
                continue;
            }
            match Letter::of(&delivery) {
                Some(letter) => chosen.letters.push(letter),
                None => chosen.without_payload += 1,
            }
        }
        let mut seen = BTreeSet::new();
        chosen
            .letters
            .retain(|letter| seen.insert(letter.id.clone()));
        chosen
    }
}
