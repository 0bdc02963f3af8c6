//! The document of `history replay`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Document, Environment, environment};
use crate::{
    report::{AskedEvent, AskedReplay, AskedSpan, ReplayFate, Replayed, ReplayedEvent},
    run::Outcome,
};

/// What was sent again, and what came of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReplayedDocument {
    /// Whose deliveries they are.
    environment: Environment,
    /// The environment of the webhook that they are sent to.
    into: Environment,
    /// The webhook's key in the manifest.
    webhook: String,
    /// Where it is.
    webhook_url: String,
    /// The most events in a minute.
    rate: u32,
    /// How many events the receiver took in this run.
    taken: usize,
    /// How many it took in earlier runs: they were not sent again.
    taken_before: usize,
    /// How many of those that were asked for it has not taken, as far as is known.
    open: usize,
    /// How many events have no payload in the archive, or one in which a secret is masked: they cannot be sent.
    without_payload: usize,
    /// The ids that were asked for and are not in the archive.
    unknown_ids: Vec<String>,
    /// The events, in their order.
    events: Vec<ReplayedBody>,
}

/// What a provider was asked to send again, where it does that itself.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AskedDocument {
    /// Whose events they are.
    environment: Environment,
    /// The webhook's key in the manifest.
    webhook: String,
    /// Where it is.
    webhook_url: String,
    /// The most requests in a minute.
    rate: u32,
    /// How many spans and events the provider was asked for in this run.
    asked: usize,
    /// For how many it was asked in earlier runs: it was not asked again.
    asked_before: usize,
    /// For how many of those that were asked for it was not asked, as far as is known.
    open: usize,
    /// How many failed deliveries of the spans the archive has.
    failed: usize,
    /// The ids that were asked for and are not in the archive.
    unknown_ids: Vec<String>,
    /// The ids of deliveries that the provider does not know any more.
    forgotten_ids: Vec<String>,
    /// The spans of which all is asked for that failed.
    spans: Vec<AskedSpanBody>,
    /// The single events that are asked for.
    events: Vec<AskedEventBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AskedSpanBody {
    #[schemars(with = "String")]
    since: Timestamp,
    #[schemars(with = "String")]
    until: Timestamp,
    /// `asked`, `asked-before`, `refused`, `unanswered`, `unanswered-before` or `waiting`.
    fate: &'static str,
    /// What was answered, or why nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AskedEventBody {
    /// The event's id at the provider.
    event: String,
    /// The id of the delivery by which it was chosen.
    delivery: String,
    event_type: String,
    #[schemars(with = "Option<String>")]
    event_created_at: Option<Timestamp>,
    /// As of a span.
    fate: &'static str,
    /// What was answered, or why nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// The document of `history replay` at a provider that sends events itself.
pub fn asked_replay(all: &AskedReplay, outcome: Outcome) -> Document<AskedDocument> {
    let AskedReplay {
        environment: of,
        webhook,
        url,
        rate,
        failed,
        spans,
        events,
        unknown_ids,
        forgotten_ids,
    } = all;
    let (asked, asked_before) = (
        all.count(&[ReplayFate::Asked]),
        all.count(&[ReplayFate::AskedBefore]),
    );
    let lacking = unknown_ids.len() + forgotten_ids.len();
    Document::new(
        outcome,
        AskedDocument {
            environment: environment(of),
            webhook: webhook.to_string(),
            webhook_url: url.to_string(),
            rate: *rate,
            asked,
            asked_before,
            open: spans.len() + events.len() - asked - asked_before + lacking,
            failed: *failed,
            unknown_ids: unknown_ids.clone(),
            forgotten_ids: forgotten_ids.clone(),
            spans: spans.iter().map(asked_span).collect(),
            events: events.iter().map(asked_event).collect(),
        },
    )
}

fn asked_span(one: &AskedSpan) -> AskedSpanBody {
    let AskedSpan { span, fate, why } = one;
    AskedSpanBody {
        since: span.since,
        until: span.until,
        fate: fate.as_str(),
        why: why.clone(),
    }
}

fn asked_event(one: &AskedEvent) -> AskedEventBody {
    let AskedEvent {
        event,
        delivery,
        event_type,
        event_created_at,
        fate,
        why,
    } = one;
    AskedEventBody {
        event: event.clone(),
        delivery: delivery.clone(),
        event_type: event_type.to_string(),
        event_created_at: *event_created_at,
        fate: fate.as_str(),
        why: why.clone(),
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct ReplayedBody {
    /// What `X-Hookwright-Replay` said: the delivery's id.
    delivery: String,
    event_type: String,
    #[schemars(with = "Option<String>")]
    event_created_at: Option<Timestamp>,
    /// The payload's field that names what it is about.
    object: Option<String>,
    /// Its id there.
    object_id: Option<String>,
    /// `taken`, `taken-before`, `not-taken`, `unanswered`, `unanswered-before`, `held-back` or `waiting`.
    fate: &'static str,
    /// What was answered, or why nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// The document of `history replay`.
pub fn replayed(all: &Replayed, outcome: Outcome) -> Document<ReplayedDocument> {
    let taken = all.count(&[ReplayFate::Taken]);
    let taken_before = all.count(&[ReplayFate::TakenBefore]);
    let lacking = all.without_payload + all.unknown_ids.len();
    Document::new(
        outcome,
        ReplayedDocument {
            environment: environment(&all.environment),
            into: environment(&all.into),
            webhook: all.webhook.to_string(),
            webhook_url: all.url.to_string(),
            rate: all.rate,
            taken,
            taken_before,
            open: all.events.len() - taken - taken_before + lacking,
            without_payload: all.without_payload,
            unknown_ids: all.unknown_ids.clone(),
            events: all.events.iter().map(body).collect(),
        },
    )
}

fn body(event: &ReplayedEvent) -> ReplayedBody {
    let ReplayedEvent {
        delivery,
        event_type,
        event_created_at,
        object,
        fate,
        why,
    } = event;
    ReplayedBody {
        delivery: delivery.clone(),
        event_type: event_type.to_string(),
        event_created_at: *event_created_at,
        object: object.as_ref().map(|object| object.kind().to_owned()),
        object_id: object.as_ref().map(|object| object.id().to_owned()),
        fate: fate.as_str(),
        why: why.clone(),
    }
}
