//! What a journal knows of events that were sent again.
//!
//! A line is written before a request is sent, and one when it was answered. So an event that is only begun was sent and
//! perhaps taken, or was never sent: nobody knows. What is acknowledged is never sent again.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{super::ObjectId, Ask, Letter, ask::Asked};

/// The version of the format.
const VERSION: u32 = 1;
/// How each line begins.
const BEGIN: &[u8] = b"{\"format_version\":";

/// What is known of an event that was sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Journaled {
    /// It was about to be sent, and what came of that is not known.
    Sending,
    /// Its receiver took it.
    Acknowledged,
    /// Its receiver did not take it, or it was not sent.
    NotTaken,
}

/// A line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    format_version: u32,
    at: Timestamp,
    environment: String,
    /// The environment and the webhook that it is sent to.
    into: String,
    webhook: String,
    event: String,
    delivery: String,
    event_type: String,
    event_created_at: Option<Timestamp>,
    object: Option<(String, String)>,
    /// Where the provider was asked to send it: whether its receiver took it, only the history tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) asked: Option<Asked>,
    pub(super) state: Journaled,
}

/// The events of one environment that are sent to one webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way<'w> {
    /// The environment whose deliveries they are.
    pub environment: &'w str,
    /// The environment of the webhook.
    pub into: &'w str,
    /// The webhook's key.
    pub webhook: &'w str,
}

impl Entry {
    /// What came of an event, for a journal.
    pub fn new(at: Timestamp, way: Way<'_>, letter: &Letter, state: Journaled) -> Self {
        let object = letter.object.as_ref();
        Self {
            delivery: letter.delivery.clone(),
            event_type: letter.event_type.to_string(),
            event_created_at: letter.event_created_at,
            object: object.map(|object| (object.kind().to_owned(), object.id().to_owned())),
            ..Self::of_event(at, way, letter.id.clone(), state)
        }
    }

    /// What came of asking the provider, for a journal. `once` is what makes asking again harmless.
    pub fn of_ask(at: Timestamp, way: Way<'_>, ask: &Ask, once: &str, state: Journaled) -> Self {
        let mut entry = Self::of_event(at, way, ask.id(), state);
        entry.asked = Some(Asked::new(ask, once));
        if let Ask::Event {
            event: _, // Its id.
            delivery,
            event_type,
            event_created_at,
        } = ask
        {
            entry.delivery.clone_from(delivery);
            entry.event_type = event_type.to_string();
            entry.event_created_at = *event_created_at;
        }
        entry
    }

    /// What came of an event of which no more than its id is known.
    fn of_event(at: Timestamp, way: Way<'_>, event: String, state: Journaled) -> Self {
        Self {
            format_version: VERSION,
            at,
            environment: way.environment.to_owned(),
            into: way.into.to_owned(),
            webhook: way.webhook.to_owned(),
            event,
            delivery: String::new(),
            event_type: String::new(),
            event_created_at: None,
            object: None,
            asked: None,
            state,
        }
    }

    /// The webhook that it was sent to, of the environment whose event it was.
    pub fn webhook(&self) -> &str {
        &self.webhook
    }

    /// The event's type.
    pub fn event_type(&self) -> &str {
        &self.event_type
    }

    /// When the event came to be.
    pub fn event_created_at(&self) -> Option<Timestamp> {
        self.event_created_at
    }

    /// What the event is about.
    pub fn object(&self) -> Option<ObjectId> {
        let (kind, id) = self.object.clone()?;
        Some(ObjectId::new(kind, id))
    }
}

/// Why a text is no journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalFault {
    /// A line is none of a journal.
    #[error("line {line} is no line of a journal of replays")]
    NoLine {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// It was written by a later version of the program.
    #[error("line {line} has version {version}, and this hookwright reads {VERSION}")]
    Newer {
        /// Its number, from 1.
        line: usize,
        /// Its version.
        version: u32,
    },
}

/// What a journal says of each event, and way it was sent: its last line.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    last: BTreeMap<[String; 4], Entry>,
    lines: usize,
}

impl Entries {
    /// Takes the next line. One that is not ended was cut off by a crash, before what it is about was sent.
    ///
    /// # Errors
    ///
    /// It is no line of a journal.
    pub fn line(&mut self, bytes: &[u8], ended: bool) -> Result<(), JournalFault> {
        self.lines += 1;
        let line = self.lines;
        // A file that is no journal is not to lose its only line as if it had been cut off.
        let is_cut = !ended && (bytes.starts_with(BEGIN) || BEGIN.starts_with(bytes));
        if is_cut || bytes.is_empty() {
            return Ok(());
        }
        let entry: Entry = serde_json::from_slice(bytes)
            .map_err(|source| JournalFault::NoLine { line, source })?;
        if entry.format_version != VERSION {
            let version = entry.format_version;
            return Err(JournalFault::Newer { line, version });
        }
        self.add(entry);
        Ok(())
    }

    /// Adds what came of an event.
    pub fn add(&mut self, entry: Entry) {
        let Entry {
            environment,
            into,
            webhook,
            event,
            ..
        } = &entry;
        let key = [environment, into, webhook, event].map(Clone::clone);
        self.last.insert(key, entry);
    }

    /// What is known of an event on a way; `None` where it was never sent.
    pub fn of(&self, way: Way<'_>, letter: &Letter) -> Option<Journaled> {
        self.find(way, &letter.id).map(|entry| entry.state)
    }

    pub(super) fn find(&self, way: Way<'_>, event: &str) -> Option<&Entry> {
        let Way {
            environment,
            into,
            webhook,
        } = way;
        let key = [environment, into, webhook, event].map(str::to_owned);
        self.last.get(&key)
    }

    /// How a provider was asked on a way, and what is known of each.
    pub(super) fn asked(&self, way: Way<'_>) -> impl Iterator<Item = (&Asked, Journaled)> {
        let is_its = move |entry: &&Entry| {
            (&*entry.environment, &*entry.into, &*entry.webhook)
                == (way.environment, way.into, way.webhook)
        };
        let entries = self.last.values().filter(is_its);
        entries.filter_map(|entry| Some((entry.asked.as_ref()?, entry.state)))
    }

    /// The events of an environment that its own webhooks took when they were sent again.
    pub fn acknowledged<'e>(&'e self, environment: &'e str) -> impl Iterator<Item = &'e Entry> {
        self.last.values().filter(move |entry| {
            entry.environment == environment
                && entry.into == environment
                // What a provider was asked for, its history tells.
                && entry.asked.is_none()
                && entry.state == Journaled::Acknowledged
        })
    }
}
