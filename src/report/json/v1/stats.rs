//! The documents of `history stats` and `history gaps`.

use std::io::{self, Write};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Document, Environment, environment,
    history::{SpanBody, spans},
};
use crate::{
    delivery::{Bucket, EventStats, LostEvent, Receiver, WebhookStats, WhyLost},
    report::{CountedEnvironment, LostEnvironment, json::line},
    run::Outcome,
};

/// What deliveries come to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StatsDocument {
    /// The environments, by name.
    environments: Vec<StatsBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct StatsBody {
    environment: Environment,
    /// The window that is summed up.
    window: SpanBody,
    webhooks: Vec<WebhookBody>,
    /// Spans of the window of which nothing is known: no deliveries there does not mean that there were none.
    missing: Vec<SpanBody>,
}

/// A webhook, or a URL at which none is known.
#[derive(Debug, Serialize, JsonSchema)]
struct ReceiverBody {
    /// Its key in the manifest; null where it is not declared.
    webhook: Option<String>,
    /// Its name; null where no webhook is known at the URL.
    name: Option<String>,
    webhook_url: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct WebhookBody {
    #[serde(flatten)]
    receiver: ReceiverBody,
    /// Whether events are sent to it; null where that is not known.
    enabled: Option<bool>,
    /// All event types together; its `event_type` is null.
    total: CountsBody,
    events: Vec<CountsBody>,
    /// The event types that it subscribes to and that were not delivered to it.
    silent: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CountsBody {
    event_type: Option<String>,
    deliveries: u64,
    succeeded: u64,
    /// From 0 to 1; null where there were no deliveries.
    success_share: Option<f64>,
    failures: Vec<FailureBody>,
    #[schemars(with = "Option<String>")]
    last: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    last_success: Option<Timestamp>,
    /// The window in equal parts, the earliest first.
    series: Vec<BucketBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FailureBody {
    /// Null where the endpoint did not answer.
    status_code: Option<u16>,
    error_message: Option<String>,
    count: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct BucketBody {
    deliveries: u64,
    failed: u64,
}

/// The document of `history stats`.
pub fn stats(all: &[CountedEnvironment]) -> Document<StatsDocument> {
    let environments = all.iter().map(|one| StatsBody {
        environment: environment(&one.environment),
        window: SpanBody::new(&one.window),
        webhooks: one.webhooks.iter().map(webhook).collect(),
        missing: spans(&one.missing),
    });
    let environments = environments.collect();
    Document::new(Outcome::Nothing, StatsDocument { environments })
}

fn webhook(one: &WebhookStats) -> WebhookBody {
    WebhookBody {
        receiver: receiver(&one.receiver),
        enabled: one.receiver.enabled,
        total: CountsBody {
            event_type: None,
            ..counts(&one.total())
        },
        events: one.events.iter().map(counts).collect(),
        silent: one.silent.iter().map(ToString::to_string).collect(),
    }
}

fn receiver(one: &Receiver) -> ReceiverBody {
    ReceiverBody {
        webhook: one.key.as_ref().map(ToString::to_string),
        name: one.name.as_ref().map(ToString::to_string),
        webhook_url: one.url.to_string(),
    }
}

fn counts(one: &EventStats) -> CountsBody {
    let EventStats {
        event_type,
        deliveries,
        succeeded,
        failures,
        last,
        last_success,
        series,
    } = one;
    let failures = failures.iter().map(|(reason, count)| FailureBody {
        status_code: reason.status,
        error_message: reason.error.clone(),
        count: *count,
    });
    let series = series.iter().map(|bucket| {
        let Bucket { deliveries, failed } = *bucket;
        BucketBody { deliveries, failed }
    });
    CountsBody {
        event_type: Some(event_type.to_string()),
        deliveries: *deliveries,
        succeeded: *succeeded,
        success_share: one.success_share(),
        failures: failures.collect(),
        last: *last,
        last_success: *last_success,
        series: series.collect(),
    }
}

/// Events that were lost.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LostDocument {
    /// The environments, by name.
    environments: Vec<LostBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LostBody {
    environment: Environment,
    /// The earliest first.
    events: Vec<LostEventBody>,
    /// Spans of time of which nothing is known: what was lost or made up for there is not known either.
    missing: Vec<SpanBody>,
}

/// An event that did not reach a webhook, and will not.
#[derive(Debug, Serialize, JsonSchema)]
struct LostEventBody {
    /// The environment's name in the manifest.
    environment: String,
    #[serde(flatten)]
    receiver: ReceiverBody,
    event_type: String,
    /// The payload's field that names the object, such as `order_id`; null where that is not known.
    object: Option<String>,
    object_id: Option<String>,
    /// When the last such event came to be.
    #[schemars(with = "String")]
    event_created_at: Timestamp,
    /// `failed`: all deliveries did; `not-sent`: another webhook got it, and this one nothing.
    why: &'static str,
    /// How many deliveries failed.
    deliveries: u64,
    /// What the endpoint answered the last time; null where it did not.
    status_code: Option<u16>,
    error_message: Option<String>,
}

/// The document of `history gaps`.
pub fn lost(all: &[LostEnvironment]) -> Document<LostDocument> {
    let environments = all.iter().map(|one| LostBody {
        environment: environment(&one.environment),
        events: one
            .events
            .iter()
            .map(|event| lost_event(one, event))
            .collect(),
        missing: spans(&one.missing),
    });
    let environments = environments.collect();
    Document::new(Outcome::Nothing, LostDocument { environments })
}

/// Writes each lost event as a document on a line of its own.
///
/// # Errors
///
/// Those of the writer.
pub fn lost_lines(all: &[LostEnvironment], out: &mut dyn Write) -> io::Result<()> {
    for one in all {
        for event in &one.events {
            line(&lost_event(one, event), out)?;
        }
    }
    Ok(())
}

fn lost_event(one: &LostEnvironment, event: &LostEvent) -> LostEventBody {
    let (why, deliveries, status_code, error_message) = match &event.why {
        WhyLost::Failed {
            deliveries,
            status,
            error,
        } => ("failed", *deliveries, *status, error.clone()),
        WhyLost::NotSent => ("not-sent", 0, None, None),
    };
    LostEventBody {
        environment: one.environment.name.to_string(),
        receiver: receiver(&event.receiver),
        event_type: event.event_type.to_string(),
        object: event.object.as_ref().map(|object| object.kind().to_owned()),
        object_id: event.object.as_ref().map(|object| object.id().to_owned()),
        event_created_at: event.event_created_at,
        why,
        deliveries,
        status_code,
        error_message,
    }
}
