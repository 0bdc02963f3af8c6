//! What a provider is asked to send again, where it does that itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    super::{Span, missing},
    Entries, Journaled, Way,
};
use crate::model::EventType;

/// What a provider is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// All that failed at the webhook in a span.
    Failed(Span),
    /// One event.
    Event {
        /// The event's id, as the provider has it.
        event: String,
        /// A record of an attempt at it.
        delivery: String,
        /// Its type.
        event_type: EventType,
        /// When it came to be.
        event_created_at: Option<Timestamp>,
    },
}

impl Ask {
    /// What a journal knows it by.
    pub fn id(&self) -> String {
        match self {
            Self::Failed(Span { since, until }) => format!("failed {since} {until}"),
            Self::Event { event, .. } => event.clone(),
        }
    }
}

/// How a provider was asked, for a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    /// What makes asking again harmless, as long as the provider remembers it.
    pub(super) once: String,
    /// The span, where it was asked for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<Timestamp>,
}

impl Asked {
    pub(super) fn new(ask: &Ask, once: &str) -> Self {
        let span = match ask {
            Ask::Failed(span) => Some(*span),
            Ask::Event { .. } => None,
        };
        Self {
            once: once.to_owned(),
            since: span.map(|span| span.since),
            until: span.map(|span| span.until),
        }
    }

    pub(super) fn span(&self) -> Option<Span> {
        Span::new(self.since?, self.until?)
    }
}

/// What is to be asked for, and what a journal knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// What is asked for.
    pub ask: Ask,
    /// What is known of it from earlier runs.
    pub known: Option<Journaled>,
    /// What it was asked with, where nothing is known of the answer.
    pub once: Option<String>,
}

impl Entries {
    /// What a span comes to, in the order of time: the parts of which the provider was asked before, and those of which it was not.
    /// A run that names its span by how long ago it began asks for no moment twice.
    pub fn of_span(&self, way: Way<'_>, whole: Span) -> Vec<Due> {
        let asked = self.asked(way).filter_map(|(asked, state)| {
            let span = asked.span()?;
            let is_known = matches!(state, Journaled::Sending | Journaled::Acknowledged);
            let is_of_it = span.since < whole.until && whole.since < span.until;
            (is_known && is_of_it).then_some((span, state, asked.once.clone()))
        });
        let known: Vec<_> = asked.collect();
        let spans: Vec<Span> = known.iter().map(|(span, ..)| *span).collect();
        let new = missing(&spans, whole).into_iter().map(|span| Due {
            ask: Ask::Failed(span),
            known: None,
            once: None,
        });
        let known = known.into_iter().map(|(span, state, once)| Due {
            ask: Ask::Failed(span),
            known: Some(state),
            once: (state == Journaled::Sending).then_some(once),
        });
        let mut all: Vec<Due> = known.chain(new).collect();
        all.sort_by_key(|due| match due.ask {
            Ask::Failed(span) => Some(span),
            Ask::Event { .. } => None,
        });
        all
    }

    /// An event that is to be asked for, with what is known of it.
    pub fn of_event(&self, way: Way<'_>, ask: Ask) -> Due {
        let known = self.find(way, &ask.id());
        let known = known.and_then(|entry| Some((entry.state, entry.asked.as_ref()?)));
        let once = known.filter(|(state, _)| *state == Journaled::Sending);
        Due {
            ask,
            known: known.map(|(state, _)| state),
            once: once.map(|(_, asked)| asked.once.clone()),
        }
    }
}
