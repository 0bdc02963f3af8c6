//! Sending events again that were lost: which ones, in which order, and what a journal knows of those that were sent before.
//!
//! An event is told from others by its type, its object and its moment: the records of several attempts to deliver it are
//! one. What is sent is what was kept of it, byte for byte.

mod ask;
mod choice;
mod journal;

pub use ask::{Ask, Due};
pub use choice::{Choice, Chosen, Pick, Records};
pub use journal::{Entries, Entry, JournalFault, Journaled, Way};

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{Delivery, ObjectId, identity::microseconds};
use crate::model::{EventType, MASK};

/// An event that is to be sent again.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// What tells it from all others: the same in every run.
    pub id: String,
    /// What its receiver is told of which delivery it is: the record's id, where it has one.
    pub delivery: String,
    /// The event's type.
    pub event_type: EventType,
    /// When the event came to be.
    pub event_created_at: Option<Timestamp>,
    /// What it is about, as far as that is known.
    pub object: Option<ObjectId>,
    /// What is sent.
    pub body: Vec<u8>,
}

impl Letter {
    /// What was kept of a delivery; `None` where its payload was not, or not as it was: what is masked in it is another event.
    pub fn of(delivery: &Delivery) -> Option<Self> {
        let body = delivery.payload.as_ref()?.to_string();
        let body = Some(body).filter(|body| !body.contains(MASK))?.into_bytes();
        let object = delivery.object.as_ref();
        let created = microseconds(delivery.event_created_at).to_string();
        // Attempts differ in what they say of themselves: of an object at a moment, there is one event of a type.
        let told = match (object, delivery.event_created_at) {
            (Some(object), Some(_)) => [object.kind().as_bytes(), object.id().as_bytes()],
            _ => [&body[..], b""],
        };
        let mut digest = Sha256::new();
        for part in [
            delivery.event_type.as_str().as_bytes(),
            created.as_bytes(),
            told[0],
            told[1],
        ] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let digest = base16ct::lower::encode_string(&digest.finalize());
        let id = format!("event_{}", &digest[..32]);
        let record = delivery.webhook_id.clone();
        let is_plain =
            |text: &String| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        Some(Self {
            delivery: record.filter(is_plain).unwrap_or_else(|| id.clone()),
            id,
            event_type: delivery.event_type.clone(),
            event_created_at: delivery.event_created_at,
            object: delivery.object.clone(),
            body,
        })
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            delivery,
            event_type,
            event_created_at,
            object: _,
            body,
        } = self;
        f.debug_struct("Letter")
            .field("id", id)
            .field("delivery", delivery)
            .field("event_type", event_type)
            .field("event_created_at", event_created_at)
            .field("body", &body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
