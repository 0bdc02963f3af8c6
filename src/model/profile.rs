//! What the program knows of a provider's API: the facts in which providers differ.
//!
//! What the facts are is in the provider's own folder. Which providers there are, and how a name becomes one, is in
//! `provider/catalogue`.

use std::{
    fmt,
    hash::{Hash, Hasher},
    time::Duration,
};

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    EnvType, EventSet, EventType, KeyShape, PlanningFacts, Rotation, Secret, SigningSecret,
};

/// The facts about one provider's API in which providers differ.
///
/// Each provider has one, and is known by it: two are equal where their ids are.
pub struct ProviderProfile {
    /// What manifests, archives, plan files and audit logs call it: never changed.
    pub id: &'static str,
    /// Its name as prose has it.
    pub title: &'static str,
    /// What it is for, in a sentence for editors.
    pub about: &'static str,
    /// Where its API is, with the version, ending in `/`.
    pub base_url: &'static str,
    /// Where it is instead, by what stands after the last dot of the secret; empty where there is one place.
    pub regions: &'static [(&'static str, &'static str)],
    /// Its environments, and how it spells them in what is sent.
    pub env_types: &'static [(EnvType, &'static str)],
    /// What it takes to be let in, in the provider's own terms and in the order in which it is written. One is the secret.
    pub credentials: &'static [CredentialFact],
    /// What the secret of its credentials begins with, and the environment that this names.
    pub secret_prefixes: &'static [(&'static str, EnvType)],
    /// Whose event types there are.
    pub catalogue: Catalogue,
    /// The event types it documents. The list grows: others are not errors. Empty where they are the account's own.
    pub event_types: &'static [&'static str],
    /// Whether webhooks can be disabled without being deleted.
    pub has_enabled: bool,
    /// Whether a webhook cannot be created without its environment.
    pub requires_env_type: bool,
    /// Whether it can be asked for the deliveries of the last days.
    pub has_history: bool,
    /// How it sends events again itself, where it does that.
    pub replays: Option<OwnReplays>,
    /// How it signs deliveries.
    pub signature: SignatureScheme,
    /// Where the key comes from that signs deliveries.
    pub signing_secret: SigningSecret,
    /// What the secret of a new webhook must be where its user chooses it; `None` where the provider alone chooses.
    pub chosen_secret: Option<KeyShape>,
    /// How the secret that signs deliveries is replaced by a new one.
    pub rotation: Rotation,
    /// What deliveries say that they come from.
    pub user_agent: &'static str,
    /// Makes up the body of an event of this type, of this moment. One seed stands for one person's order; the same
    /// arguments give the same body.
    pub sample: fn(&EventType, &str, Timestamp) -> Value,
    /// Requests a minute, per access secret, over all endpoints together.
    pub requests_per_minute: u32,
    /// What decides which plans there are, and what they can promise.
    pub planning: PlanningFacts,
}

/// How a provider sends events again itself: signed and recorded as its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnReplays {
    /// How a person asks for it.
    pub by_hand: &'static str,
    /// How its API is asked for it, where it can be.
    pub api: Option<ReplayFacts>,
}

/// What a provider's API does when it is asked to send events again: all that failed at a webhook in a span of time, or one event.
///
/// Each record of its history says the moment of its event, the same for each attempt: so attempts at one event can be told from
/// those at another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayFacts {
    /// How far back a span may begin.
    pub reach: Duration,
}

/// One part of what it takes to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialFact {
    /// What a manifest calls it.
    pub key: &'static str,
    /// What prose calls it.
    pub title: &'static str,
    /// What it is, in a sentence for editors that goes on from its title.
    pub about: &'static str,
    /// How the name of the variable ends that it is usually in.
    pub variable: &'static str,
    /// Whether it is *the* secret, of which each provider has one: it authenticates requests, names the environment by its
    /// prefix, seals plans, and the rate limit counts by it. What is no secret says whose webhooks are meant.
    pub secret: bool,
    /// Whether nothing works without it.
    pub required: bool,
}

/// Whose event types there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Catalogue {
    /// The provider's, the same for all: [`ProviderProfile::event_types`] has those it documents.
    Provider,
    /// Each account's own, which only its API tells. What an account does not have, or has put away, cannot be subscribed
    /// to.
    Account,
}

/// How deliveries are signed: always an HMAC-SHA256, of different texts and with different keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureScheme {
    /// Of the raw body, in hex. The key is the secret's text. Nothing says when it was signed.
    HexDigest {
        /// The header that carries it.
        header: &'static str,
        /// What its value begins with, before the digits.
        prefix: &'static str,
    },
    /// Of `TIME.BODY`, in lower-case hex, as `t=TIME,v1=HEX`; `v1` stands there several times while secrets are
    /// rotated. The key is the secret's text as it stands.
    TimedHex {
        /// The header that carries it.
        header: &'static str,
        /// For how many seconds receivers take it. A time in the future is taken.
        tolerance: u32,
    },
    /// Of `ID.TIME.BODY`, in base64, as `v1,BASE64`; several stand there with spaces between while secrets are rotated.
    /// The key is what the secret has after `whsec_`, decoded from base64.
    ///
    /// Source: `standard-webhooks/standard-webhooks`, `spec/standard-webhooks.md`.
    StandardWebhooks {
        /// The headers that carry it, the id and the time. Receivers take the specification's names too.
        headers: StandardHeaders,
        /// How many seconds off the receiver's clock it may be, in either direction.
        tolerance: u32,
    },
}

/// The three headers of [`SignatureScheme::StandardWebhooks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandardHeaders {
    /// The event's id: the same at each attempt.
    pub id: &'static str,
    /// When the attempt was signed, in seconds since 1970.
    pub timestamp: &'static str,
    /// The signatures.
    pub signature: &'static str,
}

impl StandardHeaders {
    /// As the specification names them. A provider may have names of its own.
    pub const SPECIFIED: Self = Self {
        id: "webhook-id",
        timestamp: "webhook-timestamp",
        signature: "webhook-signature",
    };
}

impl CredentialFact {
    /// The variable that it is usually in: of an environment, where each has its own.
    pub fn variable(&self, prefix: &str, environment: Option<&str>) -> String {
        match environment.filter(|_| self.secret) {
            Some(environment) => format!("{prefix}_{environment}_{}", self.variable),
            None => format!("{prefix}_{}", self.variable),
        }
    }
}

impl ProviderProfile {
    /// Where the API is that this secret is for.
    pub fn base_url_of(&self, secret: &Secret) -> &'static str {
        let region = secret.expose().rsplit_once('.').map(|(_, region)| region);
        let mut regions = self.regions.iter();
        let found = regions.find(|(known, _)| Some(*known) == region);
        found.map_or(self.base_url, |(_, url)| url)
    }

    /// The path of its API, ending in `/`: the same wherever it is served.
    pub fn base_path(&self) -> &'static str {
        let host = self
            .base_url
            .split_once("://")
            .map_or(self.base_url, |(_, rest)| rest);
        host.find('/').map_or("/", |begin| &host[begin..])
    }

    /// How the names of the variables begin that its credentials are usually in.
    pub fn variable_prefix(&self) -> String {
        self.id.to_ascii_uppercase()
    }

    /// The credential that is the secret.
    pub fn secret(&self) -> &'static CredentialFact {
        let mut secrets = self.credentials.iter().filter(|fact| fact.secret);
        secrets.next().expect("each provider has a secret")
    }

    /// Whether there is such an event type, as far as is known without asking: of an account's own, all may be there.
    pub fn may_have_event(&self, event: &str) -> bool {
        self.catalogue == Catalogue::Account || self.event_types.contains(&event)
    }

    /// The event types that stand for a set where samples are made: each that it names; where it asks for all, the first
    /// of those that are documented, or one that says that it is a test.
    pub fn sampled(&self, events: &EventSet) -> Vec<EventType> {
        if !self.planning.wildcard.is_all(events) {
            return events.iter().cloned().collect();
        }
        let known = self.event_types.iter().map(|event| EventType::new(*event));
        let mut known = known.filter(|event| self.planning.wildcard.is_in_all(event));
        let any = || EventType::new("test");
        vec![known.next().unwrap_or_else(any)]
    }

    /// How the provider spells this kind of environment; `None` where it has none such.
    pub fn spelling(&self, env_type: EnvType) -> Option<&'static str> {
        self.env_types
            .iter()
            .find(|(known, _)| *known == env_type)
            .map(|(_, spelling)| *spelling)
    }

    /// The provider's environment of this spelling, whichever provider's spelling it is.
    pub fn env_type(&self, spelling: &str) -> Option<EnvType> {
        ENV_TYPE_SPELLINGS
            .iter()
            .find(|(known, _)| *known == spelling)
            .map(|(_, env_type)| *env_type)
            .filter(|env_type| self.spelling(*env_type).is_some())
    }

    /// The environment that an access secret's prefix names.
    pub fn env_type_of(&self, secret: &Secret) -> Option<EnvType> {
        let mut prefixes = self.secret_prefixes.iter();
        prefixes
            .find(|(prefix, _)| secret.expose().starts_with(prefix))
            .map(|(_, env_type)| *env_type)
    }
}

/// Every spelling of an environment that a provider's documentation or examples show.
pub const ENV_TYPE_SPELLINGS: &[(&str, EnvType)] = &[
    ("sandbox", EnvType::Sandbox),
    ("dev", EnvType::Development),
    ("development", EnvType::Development),
    ("prod", EnvType::Production),
    ("production", EnvType::Production),
];

impl PartialEq for ProviderProfile {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for ProviderProfile {}

impl Hash for ProviderProfile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl fmt::Debug for ProviderProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProviderProfile").field(&self.id).finish()
    }
}

impl Serialize for ProviderProfile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id)
    }
}
