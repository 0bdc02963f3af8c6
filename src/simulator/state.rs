//! The state machine: `(state, request, now) → response`.

pub(super) mod api;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use http::{Request, Response, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::api::Api;
use super::{
    answer, api_of,
    delivery::{DeliveryRecord, StoredDelivery},
    quirks::{Dates, Quirks, Verdict},
    rate_limit::RateLimit,
    register::Register,
    webhook::{StoredWebhook, WebhookSeed},
};
use crate::model::{Credentials, EnvType, ProviderProfile, Secret};

/// How many deliveries are remembered unless it is said otherwise, so that a simulator that runs for
/// months stays small.
const DELIVERIES: usize = 100_000;

/// The largest body, in bytes, that is read.
pub(super) const LARGEST_BODY: usize = 1024 * 1024;

/// A provider's webhook API, without clock, network or randomness.
///
/// What it answers depends on nothing but its settings, the requests before, and the moments they
/// were made at; ids are derived from serial numbers.
#[derive(Debug)]
pub struct Simulator {
    pub(super) profile: &'static ProviderProfile,
    pub(super) api: &'static dyn Api,
    pub(super) quirks: Quirks,
    pub(super) accepted: Vec<Credentials>,
    pub(super) rate_limit: RateLimit,
    pub(super) next_serial: u64,
    webhooks: Register,
    deliveries: VecDeque<StoredDelivery>,
    /// What a provider keeps besides, by names that its folder chooses.
    kept: BTreeMap<String, Value>,
    /// The deliveries that whoever serves this is to send again, by their serial numbers.
    pub(super) outbox: Vec<u64>,
    /// How many of them are remembered.
    pub(super) remembered: usize,
    /// The keys that sign events; never written down, so they are learnt anew in each life.
    pub(super) secrets: BTreeMap<(String, EnvType), Secret>,
}

/// One change of the state: what the journal holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Mutation {
    /// A webhook as it is from now on.
    Put(StoredWebhook),
    /// The id of a webhook that is gone.
    Delete(String),
    /// A new delivery.
    Delivery(StoredDelivery),
    /// The serial numbers below this one are spent, whatever became of their records.
    NextSerial(u64),
    /// What a provider keeps under a name from now on; nothing where it has no value.
    Kept {
        /// The name.
        name: String,
        /// What is kept.
        value: Option<Value>,
    },
    /// These deliveries are sent again, by their serial numbers. What was not sent when the process ends is never sent.
    Resend(Vec<u64>),
    /// Several changes that are one: all of them happen, or none.
    All(Vec<Self>),
}

/// What a request comes to: an answer, and a change that must be kept before it is given.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) response: Response<Bytes>,
    pub(super) mutation: Option<Mutation>,
}

impl Decision {
    /// An answer to a change.
    pub(super) fn change(response: Response<Bytes>, mutation: Mutation) -> Self {
        Self {
            response,
            mutation: Some(mutation),
        }
    }

    /// The same, with what comes of keeping it under a name, so that the same request gets the same answer again.
    pub(super) fn and_kept(self, name: String, value: Value) -> Self {
        let kept = Mutation::Kept {
            name,
            value: Some(value),
        };
        let all = self.mutation.into_iter().chain([kept]).collect();
        Self::change(self.response, Mutation::All(all))
    }
}

/// An answer without a change.
impl From<Response<Bytes>> for Decision {
    fn from(response: Response<Bytes>) -> Self {
        Self {
            response,
            mutation: None,
        }
    }
}

impl Simulator {
    /// An empty account of this provider, with the provider's own rate limit.
    ///
    /// # Panics
    ///
    /// The provider is none of [`ProviderProfile::all`].
    pub fn new(profile: &'static ProviderProfile, quirks: Quirks) -> Self {
        Self {
            profile,
            api: api_of(profile),
            quirks,
            accepted: Vec::new(),
            rate_limit: RateLimit::new(profile.requests_per_minute),
            next_serial: 0,
            webhooks: Register::default(),
            deliveries: VecDeque::new(),
            kept: BTreeMap::new(),
            outbox: Vec::new(),
            remembered: DELIVERIES,
            secrets: BTreeMap::new(),
        }
    }

    /// Answers a request that is made at this moment.
    pub fn respond(&mut self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let Decision { response, mutation } = self.decide(request, now);
        if let Some(mutation) = mutation {
            self.apply(mutation);
        }
        response
    }

    /// Decides on a request without changing anything but the count of requests, so that the change
    /// can be written down before it happens.
    pub(super) fn decide(&mut self, request: &Request<Bytes>, now: Timestamp) -> Decision {
        let mut decision = self.api.decide(self, request, now);
        if self.quirks.dates == Dates::Sent {
            answer::add_header(&mut decision.response, header::DATE, &answer::date_of(now));
        }
        decision
    }

    /// The environment that a request's secret names, accepted or not.
    pub(super) fn claimed_env_type(&self, request: &Request<Bytes>) -> Option<EnvType> {
        self.api.claimed_env_type(request.headers(), self.profile)
    }

    /// Makes a change that was decided on, here or in an earlier life.
    pub(super) fn apply(&mut self, mutation: Mutation) {
        match mutation {
            Mutation::Put(webhook) => {
                self.spend(webhook.serial);
                self.webhooks.put(webhook);
            }
            Mutation::Delete(id) => self.webhooks.delete(&id),
            Mutation::Delivery(delivery) => {
                self.spend(delivery.serial);
                if self.deliveries.len() >= self.remembered {
                    self.deliveries.pop_front();
                }
                self.deliveries.push_back(delivery);
            }
            Mutation::NextSerial(serial) => self.next_serial = self.next_serial.max(serial),
            Mutation::Kept { name, value } => {
                match value {
                    Some(value) => self.kept.insert(name, value),
                    None => self.kept.remove(&name),
                };
            }
            Mutation::Resend(serials) => self.outbox.extend(serials),
            Mutation::All(mutations) => {
                for mutation in mutations {
                    self.apply(mutation);
                }
            }
        }
    }

    pub(super) fn spend(&mut self, serial: u64) {
        self.next_serial = self.next_serial.max(serial.saturating_add(1));
    }

    /// Signs the events of an account's environment with this key from now on. The last that was used
    /// counts: which of two that are alive signs is documented nowhere.
    pub(super) fn learn(&mut self, client_id: &str, env_type: EnvType, secret: &Secret) {
        let account = (client_id.to_owned(), env_type);
        self.secrets.insert(account, secret.clone());
    }

    /// The shortest list of changes that leads from the empty state to this one.
    pub(super) fn snapshot(&self) -> Vec<Mutation> {
        let serial = (self.next_serial > 0).then_some(Mutation::NextSerial(self.next_serial));
        let webhooks = self.webhooks.all().cloned().map(Mutation::Put);
        let deliveries = self.deliveries.iter().cloned().map(Mutation::Delivery);
        let kept = self.kept.iter().map(|(name, value)| Mutation::Kept {
            name: name.clone(),
            value: Some(value.clone()),
        });
        serial
            .into_iter()
            .chain(kept)
            .chain(webhooks)
            .chain(deliveries)
            .collect()
    }

    /// The webhooks of one environment of an account, the oldest first.
    pub(super) fn webhooks_of(
        &self,
        client_id: &str,
        env_type: EnvType,
    ) -> impl DoubleEndedIterator<Item = &StoredWebhook> {
        let theirs =
            move |it: &&StoredWebhook| it.client_id == client_id && it.env_type == env_type;
        self.webhooks.all().filter(theirs)
    }

    /// Whether an account may have one more webhook, where 0 means any number.
    pub(super) fn has_room(&self, client_id: &str, most: u32) -> bool {
        let count = self.webhooks.count(client_id);
        most == 0 || u32::try_from(count).is_ok_and(|count| count < most)
    }

    /// What the provider keeps under names that begin so, in their order.
    pub(super) fn kept_under(&self, prefix: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.kept
            .range(prefix.to_owned()..)
            .take_while(move |(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.as_str(), value))
    }

    /// What the provider keeps under this name.
    pub(super) fn kept(&self, name: &str) -> Option<&Value> {
        self.kept.get(name)
    }

    /// Every webhook, of all accounts and environments, the oldest first.
    pub fn webhooks(&self) -> impl DoubleEndedIterator<Item = &StoredWebhook> {
        self.webhooks.all()
    }

    /// The same, found by what they have.
    pub(super) fn register(&self) -> &Register {
        &self.webhooks
    }

    /// Every delivery, of all accounts and environments, as they were recorded.
    pub fn deliveries(&self) -> impl DoubleEndedIterator<Item = &StoredDelivery> {
        self.deliveries.iter()
    }

    /// The deliveries by their serial numbers: those up to one, the latest first, and those from it on.
    pub(super) fn deliveries_around(
        &self,
        serial: u64,
    ) -> (
        impl Iterator<Item = &StoredDelivery>,
        impl Iterator<Item = &StoredDelivery>,
    ) {
        let middle = self.deliveries.partition_point(|it| it.serial < serial);
        let before = self.deliveries.range(..middle).rev();
        (before, self.deliveries.range(middle..))
    }

    /// A new webhook, numbered and with an id, that is not yet part of the state.
    pub(super) fn draft(
        &self,
        client_id: &str,
        env_type: EnvType,
        seed: WebhookSeed,
        now: Timestamp,
    ) -> StoredWebhook {
        let WebhookSeed {
            name,
            webhook_url,
            events,
            enabled,
        } = seed;
        let mut webhook = StoredWebhook {
            serial: self.next_serial,
            id: self.api.id(self.next_serial, &self.quirks),
            client_id: client_id.to_owned(),
            env_type,
            name,
            webhook_url,
            events,
            enabled,
            created_at: now,
            updated_at: now,
            own: Map::new(),
        };
        self.api.complete(&mut webhook);
        webhook
    }

    /// A new delivery, numbered, that is not yet part of the state.
    pub(super) fn draft_delivery(
        &self,
        client_id: &str,
        env_type: EnvType,
        record: DeliveryRecord,
    ) -> StoredDelivery {
        let endpoint = self
            .webhooks
            .at_url(&record.webhook_url)
            .find(|it| it.client_id == client_id && it.env_type == env_type)
            .map(|webhook| webhook.id.clone());
        StoredDelivery {
            serial: self.next_serial,
            client_id: client_id.to_owned(),
            env_type,
            endpoint,
            message: None,
            at: None,
            record,
        }
    }

    /// Whether the provider takes this event type.
    pub(super) fn knows_event(&self, event: &str) -> bool {
        self.quirks.unknown_events == Verdict::Accepted || self.api.has_event(self, event)
    }
}
