//! Events: to whom they go, how they are signed, and what becomes of a webhook that keeps failing.
//!
//! Only decisions; sending is the dispatcher's. What is sent and how it is signed is the one thing that
//! the simulator does not write down a second time: `delivery` has vectors of its own.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    delivery::DeliveryRecord,
    id,
    quirks::IdShape,
    state::{Mutation, Simulator},
    webhook::StoredWebhook,
};
use crate::{
    delivery::signature::{self, InvalidKey, Message, Signer, message_id},
    model::{Credentials, EnvType, EventSet, EventType, ProviderProfile, Secret},
};

/// An event that is to be sent to whoever subscribes to it; as JSON, the body of `POST /_simulator/emit`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emit {
    /// Its type.
    pub event_type: String,
    /// The account it happens in; `None`: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The environment it happens in; `None`: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env_type: Option<EnvType>,
    /// What its ids are derived from: events of one seed speak of one user, order and link. `None`:
    /// something new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    /// What is waited for.
    #[serde(default)]
    pub wait: Wait,
}

/// What of an emission is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wait {
    /// Nothing: it goes on by itself.
    None,
    /// The first attempt at each webhook; retries go on by themselves.
    #[default]
    First,
    /// All attempts.
    All,
}

/// Why an event cannot be emitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmitError {
    /// The provider has no such event type.
    #[error("{provider} has no event type `{event_type}`")]
    UnknownEvent {
        /// The provider's name.
        provider: &'static str,
        /// What was asked for.
        event_type: String,
    },
}

/// Why an event is not sent to a webhook that subscribes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unsent {
    #[error("its access secret is not known: send one request with it, such as `hookwright plan`")]
    NoSecret,
    #[error(transparent)]
    Key(InvalidKey),
    #[error("it was deleted")]
    Deleted,
    #[error("it is disabled")]
    Disabled,
}

/// An event on its way to one webhook.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    /// The webhook as it was when the event happened.
    pub(super) webhook: StoredWebhook,
    pub(super) event_type: String,
    created_at: Timestamp,
    /// The event's id, the same at each attempt.
    message_id: String,
    payload: Value,
}

/// One attempt to deliver a parcel.
#[derive(Clone, Debug)]
pub(super) struct Shipment {
    pub(super) url: String,
    pub(super) body: Bytes,
    pub(super) signature: signature::Headers,
    pub(super) profile: &'static ProviderProfile,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attempted {
    pub(super) status: Option<u16>,
    pub(super) error: Option<String>,
}

impl Attempted {
    pub(super) fn is_delivered(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }
}

/// Adds another signature: both stand in one header, with a space between.
fn also_signed(
    profile: &ProviderProfile,
    signature: &mut signature::Headers,
    other: signature::Headers,
) {
    let header = signature::header(profile.signature);
    let mut others = other.into_iter().filter(|(name, _)| *name == header);
    let own = signature.iter_mut().find(|(name, _)| *name == header);
    if let (Some((_, value)), Some((_, other))) = (own, others.next()) {
        value.push_str(&format!(" {other}"));
    }
}

impl Simulator {
    fn secret(&self, webhook: &StoredWebhook) -> Option<Secret> {
        if let Some(own) = self.api.signing_secret(webhook) {
            return Some(own);
        }
        let account = (webhook.client_id.clone(), webhook.env_type);
        let accepted = |pair: &&Credentials| {
            self.api.account(pair) == webhook.client_id
                && self.profile.env_type_of(pair.secret()) == Some(webhook.env_type)
        };
        let learnt = self.secrets.get(&account).cloned();
        learnt.or_else(|| {
            let pair = self.accepted.iter().find(accepted)?;
            Some(pair.secret().clone())
        })
    }

    /// Lets an event happen now: one parcel for each webhook that is enabled and subscribes to it.
    pub(super) fn emit(&mut self, emit: &Emit, now: Timestamp) -> Result<Vec<Parcel>, EmitError> {
        let Emit {
            event_type,
            client_id,
            env_type,
            seed,
            wait: _, // The dispatcher's.
        } = emit;
        if !self.knows_event(event_type) {
            return Err(EmitError::UnknownEvent {
                provider: self.profile.title,
                event_type: event_type.clone(),
            });
        }
        // Events are numbered as records are, so that no two have the same ids.
        let number = self.next_serial;
        self.spend(number);
        let seed = seed.clone().unwrap_or_else(|| format!("event {number}"));
        let receives = |webhook: &&StoredWebhook| {
            webhook.enabled
                && self.subscribes(webhook, event_type)
                && client_id.as_ref().is_none_or(|it| webhook.client_id == *it)
                && env_type.is_none_or(|it| webhook.env_type == it)
        };
        let parcel = |webhook: &StoredWebhook| Parcel {
            webhook: webhook.clone(),
            event_type: event_type.clone(),
            created_at: now,
            message_id: message_id(&[&seed, event_type]),
            payload: self.payload(event_type, &seed, number, webhook, now),
        };
        Ok(self.webhooks().filter(receives).map(parcel).collect())
    }

    /// A delivery that is sent again, to the webhook that it was sent to; `None` where either is gone.
    pub(super) fn parcel_of(&self, serial: u64) -> Option<Parcel> {
        let (_, mut from) = self.deliveries_around(serial);
        let delivery = from.next().filter(|found| found.serial == serial)?;
        let webhook = self
            .register()
            .of_id(delivery.endpoint.as_deref()?)
            .next()?;
        Some(Parcel {
            webhook: webhook.clone(),
            event_type: delivery.record.event_type.clone(),
            created_at: delivery.record.event_created_at,
            message_id: delivery.message_id(),
            payload: delivery.record.webhook_payload.clone(),
        })
    }

    /// Whether a webhook asks for events of this type: by name, or because it asks for all.
    fn subscribes(&self, webhook: &StoredWebhook, event_type: &str) -> bool {
        let events: EventSet = webhook.events.iter().map(EventType::new).collect();
        let wildcard = self.profile.planning.wildcard;
        wildcard.covers(&events, &EventType::new(event_type))
    }

    /// An event type that somebody subscribes to: each of them in turn, as `turn` counts.
    pub(super) fn subscribed(&self, turn: usize) -> Option<String> {
        let enabled = self.webhooks().filter(|webhook| webhook.enabled);
        let events: std::collections::BTreeSet<&String> = enabled
            .flat_map(|webhook| &webhook.events)
            .filter(|event| *event != EventType::all().as_str())
            .collect();
        let turn = turn.checked_rem(events.len())?;
        events.into_iter().nth(turn).cloned()
    }

    /// What is sent for a parcel as things are now: its webhook may have moved since it was made.
    pub(super) fn shipment(&self, parcel: &Parcel, now: Timestamp) -> Result<Shipment, Unsent> {
        let webhook = self.receiver(parcel).ok_or(Unsent::Deleted)?;
        if !webhook.enabled {
            return Err(Unsent::Disabled);
        }
        let secret = self.secret(webhook).ok_or(Unsent::NoSecret)?;
        let signer = Signer::new(self.profile.signature, &secret).map_err(Unsent::Key)?;
        let body = Bytes::from(parcel.payload.to_string());
        let message = Message {
            id: &parcel.message_id,
            at: now,
            body: &body,
        };
        let mut signature = signer.sign(&message);
        for old in self.api.old_secrets(webhook, now) {
            let signer = Signer::new(self.profile.signature, &old).map_err(Unsent::Key)?;
            also_signed(self.profile, &mut signature, signer.sign(&message));
        }
        Ok(Shipment {
            url: webhook.webhook_url.clone(),
            signature,
            body,
            profile: self.profile,
        })
    }

    fn receiver(&self, parcel: &Parcel) -> Option<&StoredWebhook> {
        // Its number outlives its changes.
        self.register().get(parcel.webhook.serial)
    }

    /// What an attempt changes: a record of the history, and where it was one failure too many, a
    /// webhook that is disabled.
    pub(super) fn attempted(
        &self,
        parcel: &Parcel,
        shipment: &Shipment,
        attempted: &Attempted,
        now: Timestamp,
    ) -> Vec<Mutation> {
        let webhook = &parcel.webhook;
        let record = DeliveryRecord {
            webhook_id: id::id(u64::MAX, self.next_serial, IdShape::Hex),
            event_type: parcel.event_type.clone(),
            event_created_at: parcel.created_at,
            status_code: attempted.status,
            error_message: attempted.error.clone(),
            webhook_payload: parcel.payload.clone(),
            webhook_url: shipment.url.clone(),
        };
        let mut delivery = self.draft_delivery(&webhook.client_id, webhook.env_type, record);
        delivery.endpoint = Some(webhook.id.clone());
        delivery.message = Some(parcel.message_id.clone());
        delivery.at = Some(now);
        let mut mutations = vec![Mutation::Delivery(delivery)];
        let failing = self
            .receiver(parcel)
            .filter(|_| !attempted.is_delivered())
            .filter(|webhook| self.is_one_too_many(webhook, &shipment.url));
        if let Some(webhook) = failing {
            let mut webhook = webhook.clone();
            webhook.enabled = false;
            webhook.updated_at = now;
            mutations.push(Mutation::Put(webhook));
        }
        mutations
    }

    /// Whether one more failure disables a webhook: only in production, and where that can be said.
    fn is_one_too_many(&self, webhook: &StoredWebhook, url: &str) -> bool {
        let limit = usize::try_from(self.quirks.disable_after).unwrap_or(usize::MAX);
        if limit == 0
            || !self.profile.has_enabled
            || webhook.env_type != EnvType::Production
            || !webhook.enabled
        {
            return false;
        }
        let before = self
            .deliveries()
            .rev()
            .filter(|it| it.client_id == webhook.client_id && it.env_type == webhook.env_type)
            .map(|it| &it.record)
            // What went wrong before it was changed or enabled again counts no more.
            .filter(|it| it.webhook_url == url && it.event_created_at >= webhook.updated_at)
            .take_while(|it| !it.is_delivered())
            .take(limit)
            .count();
        before + 1 >= limit
    }

    /// The body for one webhook: its own id is not that of another webhook's.
    fn payload(
        &self,
        event_type: &str,
        seed: &str,
        number: u64,
        webhook: &StoredWebhook,
        now: Timestamp,
    ) -> Value {
        let payload = (self.profile.sample)(&EventType::new(event_type), seed, now);
        let id = id::id(number, webhook.serial, IdShape::Hex);
        self.api.addressed(payload, id)
    }
}
