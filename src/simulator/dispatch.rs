//! The edge from which events leave: over real sockets, again where an attempt fails.

use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{
    emission::{Attempted, Emit, EmitError, Parcel, Shipment, Wait},
    shared::SharedSimulator,
};
use crate::{
    model::Destinations,
    probe::{Post, PostError, Poster, Reach, delivery_headers},
};

/// How often a delivery that failed is tried again, by both providers' documentation.
const RETRIES: usize = 3;

/// How long they wait before each of these.
const PAUSE: Duration = Duration::from_secs(30);

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emission {
    /// The event's type.
    pub event_type: String,
    /// The webhooks that subscribe to it, the oldest first.
    pub webhooks: Vec<Emitted>,
}

/// What became of an event at one webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emitted {
    /// The webhook's id.
    pub webhook_id: String,
    /// Its name.
    pub name: String,
    /// Its URL.
    pub webhook_url: String,
    /// How far the delivery is.
    pub state: EmittedState,
    /// Why nothing is sent any more, or was at all.
    pub why: Option<String>,
    /// The attempts so far.
    pub attempts: Vec<EmittedAttempt>,
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmittedState {
    /// It is still to be sent, or to be sent again.
    Pending,
    /// It was answered with 2xx.
    Delivered,
    /// It failed, and is not sent again.
    Failed,
    /// It was not sent at all.
    Unsent,
}

/// One attempt to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmittedAttempt {
    /// What the receiver answered; `None` where it did not.
    pub status_code: Option<u16>,
    /// What went wrong.
    pub error_message: Option<String>,
}

/// Sends the events of a simulator to those that subscribe to them, as the provider does: `POST`, signed,
/// 10 seconds, redirects followed, three more attempts, each of them recorded in the request history.
///
/// Unless told otherwise it sends to this machine only: a manifest that is rehearsed on the simulator names the
/// receivers of real events. What was not sent when the process ends is never sent.
#[derive(Clone, Debug)]
pub struct Dispatcher {
    simulator: SharedSimulator,
    poster: Poster,
    pause: Duration,
}

impl Dispatcher {
    /// A dispatcher that sends to this machine, as often as the providers do.
    pub fn new(simulator: SharedSimulator) -> Self {
        Self {
            simulator,
            poster: Poster::new(Reach::Loopback).for_simulator(),
            pause: PAUSE,
        }
    }

    /// The same, with another poster: how long it waits, and where it may send to.
    #[must_use]
    pub fn with_poster(self, poster: Poster) -> Self {
        Self {
            poster: poster.for_simulator(),
            ..self
        }
    }

    /// The same, with such a pause before each retry.
    #[must_use]
    pub fn with_pause(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// Lets an event happen now, and sends it to every webhook that is enabled and subscribes to it.
    ///
    /// # Errors
    ///
    /// The provider has no such event type.
    pub async fn emit(&self, emit: &Emit) -> Result<Emission, EmitError> {
        let parcels = self.simulator.emit(emit)?;
        let mut deliveries: Vec<Delivery> = parcels.into_iter().map(Delivery::new).collect();
        if emit.wait != Wait::None {
            join_all(deliveries.iter_mut().map(|one| self.attempt(one))).await;
        }
        if emit.wait == Wait::All {
            join_all(deliveries.iter_mut().map(|one| self.finish(one))).await;
        }
        let webhooks = deliveries.iter().map(|one| one.emitted.clone()).collect();
        for mut delivery in deliveries {
            if delivery.is_pending() {
                let dispatcher = self.clone();
                tokio::spawn(async move { dispatcher.finish(&mut delivery).await });
            }
        }
        Ok(Emission {
            event_type: emit.event_type.clone(),
            webhooks,
        })
    }

    /// Sends what was sent before, as often as what is new. It goes on by itself.
    pub(super) fn send_again(&self, serials: &[u64]) {
        let parcels = self.simulator.parcels_of(serials);
        if parcels.is_empty() {
            return;
        }
        let dispatcher = self.clone();
        tokio::spawn(async move {
            let mut deliveries: Vec<Delivery> = parcels.into_iter().map(Delivery::new).collect();
            join_all(deliveries.iter_mut().map(|one| dispatcher.finish(one))).await;
        });
    }

    /// Emits an event of every type that somebody subscribes to in turn, one each time this long has passed.
    pub async fn emit_every(&self, period: Duration) {
        let mut turns = 0..;
        loop {
            tokio::time::sleep(period).await;
            let Some(event_type) = turns.next().and_then(|it| self.simulator.subscribed(it)) else {
                tracing::info!("no event: nobody subscribes to any");
                continue;
            };
            let emit = Emit {
                event_type,
                wait: Wait::None,
                ..Emit::default()
            };
            if let Err(err) = self.emit(&emit).await {
                tracing::warn!(%err, "no event");
            }
        }
    }

    /// Tries until it succeeds, or there was an attempt too many.
    async fn finish(&self, delivery: &mut Delivery) {
        while delivery.is_pending() {
            if !delivery.emitted.attempts.is_empty() {
                tokio::time::sleep(self.pause).await;
            }
            self.attempt(delivery).await;
        }
    }

    async fn attempt(&self, delivery: &mut Delivery) {
        let shipment = match self.simulator.shipment(&delivery.parcel) {
            Ok(shipment) => shipment,
            Err(unsent) => return delivery.give_up(unsent.to_string()),
        };
        let attempted = match self.post(&shipment).await {
            Ok(attempted) => attempted,
            Err(error) => return delivery.give_up(not_sent(&error)),
        };
        let parcel = &delivery.parcel;
        self.simulator.attempted(parcel, &shipment, &attempted);
        tracing::info!(
            event = parcel.event_type,
            webhook = parcel.webhook.name,
            status = attempted.status,
            error = attempted.error,
            "delivery"
        );
        delivery.record(&attempted);
    }

    /// What came of sending it; an error where it must not be sent at all.
    async fn post(&self, shipment: &Shipment) -> Result<Attempted, PostError> {
        let post = Post {
            url: &shipment.url,
            destinations: &Destinations::ANYWHERE,
            headers: delivery_headers(shipment.profile, &shipment.signature),
            body: shipment.body.clone(),
        };
        match self.poster.post(&post).await {
            Ok(answered) => Ok(Attempted {
                status: Some(answered.status),
                error: (!answered.is_success()).then(|| reason(answered.status)),
            }),
            Err(error @ (PostError::OutOfReach { .. } | PostError::Url)) => Err(error),
            Err(error) => Ok(Attempted {
                status: None,
                error: Some(error.with_causes()),
            }),
        }
    }
}

/// Why something is not even tried.
fn not_sent(error: &PostError) -> String {
    format!(
        "{}; `simulator --deliver-to` says where events may be sent",
        error.with_causes()
    )
}

/// A status in words.
fn reason(status: u16) -> String {
    StatusCode::from_u16(status).map_or_else(|_| status.to_string(), |status| status.to_string())
}

/// A parcel, and what became of it so far.
struct Delivery {
    parcel: Parcel,
    emitted: Emitted,
}

impl Delivery {
    fn new(parcel: Parcel) -> Self {
        let webhook = &parcel.webhook;
        Self {
            emitted: Emitted {
                webhook_id: webhook.id.clone(),
                name: webhook.name.clone(),
                webhook_url: webhook.webhook_url.clone(),
                state: EmittedState::Pending,
                why: None,
                attempts: Vec::new(),
            },
            parcel,
        }
    }

    fn is_pending(&self) -> bool {
        self.emitted.state == EmittedState::Pending
    }

    fn give_up(&mut self, why: String) {
        self.emitted.why = Some(why);
        self.emitted.state = if self.emitted.attempts.is_empty() {
            EmittedState::Unsent
        } else {
            EmittedState::Failed
        };
        tracing::info!(
            event = self.parcel.event_type,
            webhook = self.parcel.webhook.name,
            why = self.emitted.why,
            "no delivery"
        );
    }

    fn record(&mut self, attempted: &Attempted) {
        self.emitted.attempts.push(EmittedAttempt {
            status_code: attempted.status,
            error_message: attempted.error.clone(),
        });
        if attempted.is_delivered() {
            self.emitted.state = EmittedState::Delivered;
        } else if self.emitted.attempts.len() > RETRIES {
            self.emitted.state = EmittedState::Failed;
        }
    }
}
