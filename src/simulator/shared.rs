//! A simulator that several connections and a test share.

use std::{
    error::Error,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::json;

#[cfg(feature = "server")]
use super::emission::{Attempted, Emit, EmitError, Parcel, Shipment, Unsent};
use super::{
    answer,
    delivery::{DeliveryRecord, StoredDelivery},
    fault::Exchange,
    fault_rule::{FaultRule, FaultScript},
    journal::{DroppedLine, Journal, JournalError},
    log::{LoggedRequest, RequestLog},
    state::{Mutation, Simulator},
    webhook::{StoredWebhook, WebhookSeed},
};
use crate::model::{Credentials, EnvType};

/// Tells a simulator the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A simulator with what surrounds an API: a clock, latency, faults, a journal and a log of requests.
///
/// Clones share one state. The methods beside those of the transports act behind the API's back:
/// they are neither requests, nor limited, nor logged, nor do faults befall them.
#[derive(Clone)]
pub struct SharedSimulator {
    pub(super) inner: Arc<Mutex<Inner>>,
    pub(super) clock: Clock,
    pub(super) latency: Duration,
    pub(super) dropped_line: Option<DroppedLine>,
}

pub(super) struct Inner {
    pub(super) simulator: Simulator,
    pub(super) journal: Option<Journal>,
    pub(super) faults: FaultScript,
    pub(super) log: RequestLog,
}

impl fmt::Debug for SharedSimulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedSimulator")
            .field("provider", &self.lock().simulator.profile.id)
            .field("latency", &self.latency)
            .finish_non_exhaustive()
    }
}

impl SharedSimulator {
    /// The path of the provider's API.
    pub fn base_path(&self) -> &'static str {
        self.lock().simulator.profile.base_path()
    }

    /// A panic elsewhere leaves the state whole: it changes in one place, after all that can fail.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does one request, faults included. The change it makes is on the disk when this returns.
    ///
    /// This blocks for as long as the disk takes. A simulator serves one developer or one test, and
    /// must answer in the order in which it writes.
    pub(super) fn exchange(&self, request: &Request<Bytes>) -> Exchange {
        let now = (self.clock)();
        let mut inner = self.lock();
        let api = inner.simulator.api;
        let fault = inner.faults.next(request.method(), request.uri().path());
        let mut exchange = match &fault {
            None => Exchange::Answer(inner.process(request, now)),
            Some(fault) => fault.befall(api, now, || inner.process(request, now)),
        };
        let advice = api.retry_advice(inner.simulator.quirks.retry_advice);
        if let (Exchange::Answer(answer), Some((name, value))) = (&mut exchange, advice)
            && !answer.status().is_success()
        {
            answer::add_header(answer, name, value);
        }
        let env_type = inner.simulator.claimed_env_type(request);
        inner
            .log
            .push(request, now, env_type, exchange.status(), fault);
        exchange
    }

    /// The line of the journal that a crash had cut short and that was dropped.
    pub fn dropped_line(&self) -> Option<&DroppedLine> {
        self.dropped_line.as_ref()
    }

    /// Every request so far, in the order of arrival; at most the last 100,000.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.lock().log.to_vec()
    }

    /// Adds a fault, which counts requests from now on.
    pub fn add_fault(&self, rule: FaultRule) {
        self.lock().faults.add(rule);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// The webhooks of one environment, the oldest first.
    pub fn webhooks(&self, client_id: &str, env_type: EnvType) -> Vec<StoredWebhook> {
        let inner = self.lock();
        let theirs = inner.simulator.webhooks_of(client_id, env_type);
        theirs.cloned().collect()
    }

    /// Puts a webhook there, unchecked: also what the API would refuse.
    ///
    /// # Errors
    ///
    /// The journal could not be written.
    pub fn seed(
        &self,
        client_id: &str,
        env_type: EnvType,
        seed: WebhookSeed,
    ) -> Result<StoredWebhook, JournalError> {
        let now = (self.clock)();
        let mut inner = self.lock();
        let webhook = inner.simulator.draft(client_id, env_type, seed, now);
        inner.commit(Mutation::Put(webhook.clone()))?;
        Ok(webhook)
    }

    /// Changes a webhook behind the client's back, as the provider or another user would. Returns
    /// it as it is then, or `None` where there is no such webhook.
    ///
    /// # Errors
    ///
    /// The journal could not be written.
    pub fn edit(
        &self,
        id: &str,
        change: impl FnOnce(&mut StoredWebhook),
    ) -> Result<Option<StoredWebhook>, JournalError> {
        let mut inner = self.lock();
        let found = inner.simulator.register().of_id(id).next().cloned();
        let Some(mut webhook) = found else {
            return Ok(None);
        };
        change(&mut webhook);
        inner.commit(Mutation::Put(webhook.clone()))?;
        Ok(Some(webhook))
    }

    /// Deletes a webhook behind the client's back; one that does not exist is no error.
    ///
    /// # Errors
    ///
    /// The journal could not be written.
    pub fn remove(&self, id: &str) -> Result<(), JournalError> {
        self.lock().commit(Mutation::Delete(id.to_owned()))
    }

    /// Adds to the request history of one environment.
    ///
    /// # Errors
    ///
    /// The journal could not be written.
    pub fn record_delivery(
        &self,
        client_id: &str,
        env_type: EnvType,
        record: DeliveryRecord,
    ) -> Result<StoredDelivery, JournalError> {
        let mut inner = self.lock();
        let delivery = inner.simulator.draft_delivery(client_id, env_type, record);
        inner.commit(Mutation::Delivery(delivery.clone()))?;
        Ok(delivery)
    }

    /// Signs the events of an account's environment with this key from now on. Requests do so by themselves.
    pub fn learn(&self, credentials: &Credentials) {
        let mut inner = self.lock();
        let simulator = &mut inner.simulator;
        let secret = credentials.secret();
        if let Some(env_type) = simulator.profile.env_type_of(secret) {
            let account = simulator.api.account(credentials);
            simulator.learn(&account, env_type, secret);
        }
    }

    /// The account that these credentials name, as what is stored names it.
    pub fn account(&self, credentials: &Credentials) -> String {
        self.lock().simulator.api.account(credentials)
    }

    /// Lets an event happen now.
    #[cfg(feature = "server")]
    pub(super) fn emit(&self, emit: &Emit) -> Result<Vec<Parcel>, EmitError> {
        let now = (self.clock)();
        self.lock().simulator.emit(emit, now)
    }

    /// The deliveries that requests asked to be sent again since this was last asked for.
    pub(super) fn take_outbox(&self) -> Vec<u64> {
        std::mem::take(&mut self.lock().simulator.outbox)
    }

    /// Such deliveries, as they are sent.
    #[cfg(feature = "server")]
    pub(super) fn parcels_of(&self, serials: &[u64]) -> Vec<Parcel> {
        let inner = self.lock();
        let parcels = serials.iter();
        parcels
            .filter_map(|serial| inner.simulator.parcel_of(*serial))
            .collect()
    }

    /// See [`Simulator::subscribed`].
    #[cfg(feature = "server")]
    pub(super) fn subscribed(&self, turn: usize) -> Option<String> {
        self.lock().simulator.subscribed(turn)
    }

    /// What is sent for a parcel as things are now.
    #[cfg(feature = "server")]
    pub(super) fn shipment(&self, parcel: &Parcel) -> Result<Shipment, Unsent> {
        let now = (self.clock)();
        self.lock().simulator.shipment(parcel, now)
    }

    /// Writes down what came of an attempt. A journal that cannot be written loses no delivery, so this
    /// is only said.
    #[cfg(feature = "server")]
    pub(super) fn attempted(&self, parcel: &Parcel, shipment: &Shipment, attempted: &Attempted) {
        let now = (self.clock)();
        let mut inner = self.lock();
        let mutations = inner.simulator.attempted(parcel, shipment, attempted, now);
        for mutation in mutations {
            if let Err(err) = inner.commit(mutation) {
                tracing::warn!(%err, "a delivery could not be recorded");
            }
        }
    }

    /// The answer to a body that is too large to be read.
    #[cfg(feature = "server")]
    pub(super) fn too_large(&self) -> Response<Bytes> {
        self.lock().simulator.api.too_large()
    }

    /// Every delivery, of all accounts and environments, in the order they were recorded.
    pub fn deliveries(&self) -> Vec<StoredDelivery> {
        self.lock().simulator.deliveries().cloned().collect()
    }
}

impl Inner {
    fn process(&mut self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let decision = self.simulator.decide(request, now);
        match decision.mutation.map_or(Ok(()), |it| self.commit(it)) {
            Ok(()) => decision.response,
            Err(err) => not_kept(&err),
        }
    }

    /// Keeps a change, then makes it.
    fn commit(&mut self, mutation: Mutation) -> Result<(), JournalError> {
        if let Some(journal) = &mut self.journal {
            journal.append(&mutation)?;
        }
        self.simulator.apply(mutation);
        Ok(())
    }
}

/// The answer to a request whose change could not be written down.
fn not_kept(err: &JournalError) -> Response<Bytes> {
    let mut message = format!("The simulator could not keep this change: {err}");
    let mut source = err.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    let body = json!({"error": {"code": "simulator_failed", "message": message}});
    answer::with_json(StatusCode::INTERNAL_SERVER_ERROR, &body)
}
