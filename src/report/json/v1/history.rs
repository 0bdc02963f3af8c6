//! The documents of `history`.

use std::io::{self, Write};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Document, Environment, environment};
use crate::{
    delivery::Span,
    report::{KeptEnvironment, ListedDelivery, ListedEnvironment, json::line},
    run::Outcome,
};

/// Deliveries.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Deliveries {
    /// The environments, by name.
    environments: Vec<DeliveriesBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DeliveriesBody {
    environment: Environment,
    deliveries: Vec<DeliveryBody>,
    /// Whether there may be more than were asked for.
    more: bool,
    /// Spans of time of which nothing is known: no deliveries there does not mean that there were none.
    missing: Vec<SpanBody>,
}

/// A span of time.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SpanBody {
    #[schemars(with = "String")]
    since: Timestamp,
    #[schemars(with = "String")]
    until: Timestamp,
}

/// A delivery, with the API's field names.
#[derive(Debug, Serialize, JsonSchema)]
struct DeliveryBody {
    /// The provider's id of the record.
    webhook_id: Option<String>,
    event_type: String,
    #[schemars(with = "Option<String>")]
    event_created_at: Option<Timestamp>,
    /// Null where the endpoint did not answer.
    status_code: Option<u16>,
    error_message: Option<String>,
    /// Only with `--payload`; what may be personal is masked without `--reveal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_payload: Option<serde_json::Value>,
    webhook_url: String,
    /// The environment's name in the manifest.
    environment: String,
    /// The key of the declared webhook it went to.
    webhook: Option<String>,
}

/// The document of `history list`.
pub fn deliveries(all: &[ListedEnvironment]) -> Document<Deliveries> {
    let environments = all.iter().map(|one| DeliveriesBody {
        environment: environment(&one.environment),
        deliveries: one.deliveries.iter().map(delivery).collect(),
        more: one.more,
        missing: spans(&one.missing),
    });
    let environments = environments.collect();
    Document::new(Outcome::Nothing, Deliveries { environments })
}

/// Writes each delivery as a document on a line of its own.
///
/// # Errors
///
/// Those of the writer.
pub fn delivery_lines(rows: &[ListedDelivery], out: &mut dyn Write) -> io::Result<()> {
    for row in rows {
        line(&delivery(row), out)?;
    }
    Ok(())
}

pub(super) fn spans(spans: &[Span]) -> Vec<SpanBody> {
    spans.iter().map(SpanBody::new).collect()
}

impl SpanBody {
    pub(super) fn new(span: &Span) -> Self {
        Self {
            since: span.since,
            until: span.until,
        }
    }
}

fn delivery(row: &ListedDelivery) -> DeliveryBody {
    let ListedDelivery {
        environment,
        webhook,
        delivery,
        payload,
    } = row;
    DeliveryBody {
        webhook_id: delivery.webhook_id.clone(),
        event_type: delivery.event_type.to_string(),
        event_created_at: delivery.event_created_at,
        status_code: delivery.status_code,
        error_message: delivery.error_message.clone(),
        webhook_payload: payload.clone(),
        webhook_url: delivery.webhook_url.to_string(),
        environment: environment.to_string(),
        webhook: webhook.as_ref().map(ToString::to_string),
    }
}

/// What `history sync` kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KeptDocument {
    /// The archive.
    archive: String,
    /// The environments, by name.
    environments: Vec<KeptBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct KeptBody {
    environment: Environment,
    /// Deliveries that the archive had not.
    new: u64,
    /// Deliveries that came again.
    known: u64,
    /// How many pages were read.
    pages: u64,
    /// Deliveries that were deleted, as they were older than they are to be kept.
    forgotten: u64,
    /// The spans of which the archive has all deliveries.
    covered: Vec<SpanBody>,
}

/// The document of `history sync`.
pub fn kept(all: &[KeptEnvironment], archive: &str) -> Document<KeptDocument> {
    let environments = all.iter().map(|one| KeptBody {
        environment: environment(&one.environment),
        new: one.summary.new,
        known: one.summary.known,
        pages: one.summary.pages,
        forgotten: one.summary.forgotten,
        covered: spans(&one.summary.covered),
    });
    Document::new(
        Outcome::Applied,
        KeptDocument {
            archive: archive.to_owned(),
            environments: environments.collect(),
        },
    )
}
