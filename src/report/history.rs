//! What is shown of the request history.

use jiff::Timestamp;

use super::EnvironmentView;
use crate::{
    delivery::{Delivery, KeptSummary, LostEvent, ObjectId, Span, WebhookStats},
    model::{EndpointUrl, EnvironmentName, EventType, WebhookKey},
};

/// A delivery in a list.
#[derive(Clone, Debug)]
pub struct ListedDelivery {
    /// Whose it is.
    pub environment: EnvironmentName,
    /// The declared webhook it went to.
    pub webhook: Option<WebhookKey>,
    /// The delivery, without its payload.
    pub delivery: Delivery,
    /// What is to be shown of the payload.
    pub payload: Option<serde_json::Value>,
}

/// A list of deliveries of one environment.
#[derive(Clone, Debug)]
pub struct ListedEnvironment {
    /// The environment.
    pub environment: EnvironmentView,
    /// The deliveries; empty where they were written before.
    pub deliveries: Vec<ListedDelivery>,
    /// Whether there are more than were asked for.
    pub more: bool,
    /// The spans of which nothing is known.
    pub missing: Vec<Span>,
}

/// What `history sync` kept of one environment.
#[derive(Clone, Debug)]
pub struct KeptEnvironment {
    /// The environment.
    pub environment: EnvironmentView,
    /// What was kept.
    pub summary: KeptSummary,
}

/// What the deliveries of one environment come to.
#[derive(Clone, Debug)]
pub struct CountedEnvironment {
    /// The environment.
    pub environment: EnvironmentView,
    /// The window that is summed up.
    pub window: Span,
    /// The webhooks.
    pub webhooks: Vec<WebhookStats>,
    /// The spans of the window of which nothing is known.
    pub missing: Vec<Span>,
}

impl CountedEnvironment {
    /// How many deliveries there were, and how many of them failed.
    pub(super) fn counts(&self) -> (u64, u64) {
        let totals = self.webhooks.iter().map(WebhookStats::total);
        totals.fold((0, 0), |(deliveries, failed), total| {
            (deliveries + total.deliveries, failed + total.failed())
        })
    }

    /// The webhooks of which something is to be said.
    pub(super) fn notable(&self) -> impl Iterator<Item = &WebhookStats> {
        self.webhooks.iter().filter(|one| {
            !one.events.is_empty() || !one.silent.is_empty() || one.receiver.key.is_some()
        })
    }
}

/// The events of one environment that were lost.
#[derive(Clone, Debug)]
pub struct LostEnvironment {
    /// The environment.
    pub environment: EnvironmentView,
    /// The events, the earliest first.
    pub events: Vec<LostEvent>,
    /// The spans of which nothing is known.
    pub missing: Vec<Span>,
}

/// What `history replay` sends, and what came of it.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// Whose deliveries they are.
    pub environment: EnvironmentView,
    /// The environment of the webhook.
    pub into: EnvironmentView,
    /// The webhook.
    pub webhook: WebhookKey,
    /// Where it is.
    pub url: EndpointUrl,
    /// The most events in a minute.
    pub rate: u32,
    /// The events, in the order in which they are sent.
    pub events: Vec<ReplayedEvent>,
    /// How many events have no payload in the archive.
    pub without_payload: usize,
    /// The ids that were asked for and are not in the archive.
    pub unknown_ids: Vec<String>,
}

/// An event that is sent again.
#[derive(Clone, Debug)]
pub struct ReplayedEvent {
    /// The delivery's id.
    pub delivery: String,
    /// The event's type.
    pub event_type: EventType,
    /// When it came to be.
    pub event_created_at: Option<Timestamp>,
    /// What it is about.
    pub object: Option<ObjectId>,
    /// What became of it.
    pub fate: ReplayFate,
    /// What was answered, or why nothing was.
    pub why: Option<String>,
}

/// Events that a provider is asked to send again, as it does that itself.
#[derive(Clone, Debug)]
pub struct AskedReplay {
    /// Whose events they are.
    pub environment: EnvironmentView,
    /// The webhook.
    pub webhook: WebhookKey,
    /// Where it is.
    pub url: EndpointUrl,
    /// The most that is asked for in a minute.
    pub rate: u32,
    /// How many failed deliveries of the spans the archive has.
    pub failed: usize,
    /// The spans of which all is asked for that failed.
    pub spans: Vec<AskedSpan>,
    /// The single events that are asked for.
    pub events: Vec<AskedEvent>,
    /// The ids that were asked for and are not in the archive.
    pub unknown_ids: Vec<String>,
    /// The ids of deliveries that the provider does not know any more.
    pub forgotten_ids: Vec<String>,
}

/// A span that a provider is asked for.
#[derive(Clone, Debug)]
pub struct AskedSpan {
    /// The span.
    pub span: Span,
    /// What became of it.
    pub fate: ReplayFate,
    /// What was answered, or why nothing was.
    pub why: Option<String>,
}

/// An event that a provider is asked for.
#[derive(Clone, Debug)]
pub struct AskedEvent {
    /// Its id at the provider.
    pub event: String,
    /// The delivery by which it was chosen.
    pub delivery: String,
    /// Its type.
    pub event_type: EventType,
    /// When it came to be.
    pub event_created_at: Option<Timestamp>,
    /// What became of it.
    pub fate: ReplayFate,
    /// What was answered, or why nothing was.
    pub why: Option<String>,
}

impl AskedReplay {
    /// What became of all spans, then of all events, with why.
    pub fn fates(&mut self) -> impl Iterator<Item = (&mut ReplayFate, &mut Option<String>)> {
        let spans = self.spans.iter_mut();
        let spans = spans.map(|one| (&mut one.fate, &mut one.why));
        let events = self.events.iter_mut();
        spans.chain(events.map(|one| (&mut one.fate, &mut one.why)))
    }

    /// How many spans and events have one of these fates.
    pub fn count(&self, fates: &[ReplayFate]) -> usize {
        let spans = self.spans.iter().map(|one| one.fate);
        let events = self.events.iter().map(|one| one.fate);
        let all = spans.chain(events);
        all.filter(|fate| fates.contains(fate)).count()
    }

    /// Whether the provider was asked for all of it.
    pub fn is_done(&self) -> bool {
        let asked = self.count(&[ReplayFate::Asked, ReplayFate::AskedBefore]);
        asked == self.spans.len() + self.events.len()
            && self.unknown_ids.is_empty()
            && self.forgotten_ids.is_empty()
    }
}

/// What became of an event that is to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayFate {
    /// It was not sent yet.
    Waiting,
    /// Its receiver took it.
    Taken,
    /// Its receiver took it in an earlier run: it was not sent.
    TakenBefore,
    /// Its receiver did not take it.
    NotTaken,
    /// It was sent, and no answer came: its receiver may have taken it.
    Unanswered,
    /// It was sent in an earlier run without an answer, and not again.
    UnansweredBefore,
    /// It was not sent, as an earlier event of its object was not taken.
    HeldBack,
    /// Its provider was asked to send it, and will.
    Asked,
    /// Its provider was asked for it in an earlier run, and was not asked again.
    AskedBefore,
    /// Its provider refused to send it.
    Refused,
}

impl ReplayFate {
    /// The word for it in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Taken => "taken",
            Self::TakenBefore => "taken-before",
            Self::NotTaken => "not-taken",
            Self::Unanswered => "unanswered",
            Self::UnansweredBefore => "unanswered-before",
            Self::HeldBack => "held-back",
            Self::Asked => "asked",
            Self::AskedBefore => "asked-before",
            Self::Refused => "refused",
        }
    }
}

impl Replayed {
    /// How many events have one of these fates.
    pub fn count(&self, fates: &[ReplayFate]) -> usize {
        let events = self.events.iter();
        events.filter(|event| fates.contains(&event.fate)).count()
    }

    /// Whether the receiver has all that was asked for.
    pub fn is_done(&self) -> bool {
        let taken = self.count(&[ReplayFate::Taken, ReplayFate::TakenBefore]);
        taken == self.events.len() && self.without_payload == 0 && self.unknown_ids.is_empty()
    }
}
