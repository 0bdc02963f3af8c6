//! What the guards refuse.

mod about;
mod code;
mod words;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{EnvType, EnvironmentName, Level, RuleId, Ruling, WebhookKey};

pub use self::about::About;
pub use self::code::RefusalCode;
pub(crate) use self::words::Ago;
use super::form::{Exact, Form, Ink, Kept, Projector, Shown};

/// What is refused. `Display` says what and why; [`Refusal::way_out`] says how to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, bound = "F: Kept")]
#[schemars(rename = "RefusalRecord", bound = "F: Kept")]
pub enum Refusal<F: Form = Exact> {
    /// A desired URL, or one it had before, is held by a live webhook that is not ours.
    Conflict {
        /// The desired webhook.
        key: WebhookKey,
        /// What holds the URL.
        webhook: F::Live,
        /// Whether it is a URL of `moved_from`.
        former: bool,
    },
    /// Several desired or live webhooks have one name, and nothing else tells which is which.
    AmbiguousName {
        /// The desired webhooks.
        keys: Vec<WebhookKey>,
        /// The live webhooks.
        webhooks: Vec<F::Live>,
    },
    /// Updates move to other URLs and hand event types to each other in a circle.
    Circle {
        /// The desired webhooks.
        keys: Vec<WebhookKey>,
    },
    /// Updates hand event types to each other in a circle, all event types at once and others by name, which none of
    /// them can have together.
    Mixed {
        /// The desired webhooks.
        keys: Vec<WebhookKey>,
    },
    /// A protected webhook would be deleted.
    Protected {
        /// The webhook.
        webhook: F::Live,
        /// The pattern that protects it.
        pattern: String,
        /// Whether `removed` names it.
        removed: bool,
    },
    /// More webhooks would be deleted than `limits.max_deletes` allows.
    MaxDeletes {
        /// How many would be.
        deletes: usize,
        /// How many may be.
        allowed: u32,
    },
    /// Every webhook of ours would be deleted, and none declared.
    Empty {
        /// How many would be deleted.
        deletes: usize,
    },
    /// Fewer enabled webhooks than required would receive an event type.
    Require {
        /// The event type.
        event: F::Event,
        /// The fewest there would be.
        fewest: usize,
        /// How many are required.
        required: u32,
        /// When.
        #[serde(rename = "on_the_way")]
        when: RequireWhen,
    },
    /// A secret's prefix names another environment than the one it is used for.
    SecretMismatch {
        /// The environment it is used for.
        env_type: EnvType,
        /// The environment its prefix names.
        prefix: EnvType,
        /// What the provider calls it.
        #[serde(default = "usual_secret")]
        secret: String,
    },
    /// One secret is used for two environments.
    SharedSecret {
        /// The other environment.
        #[schemars(with = "String")]
        other: EnvironmentName,
        /// What the provider calls it.
        #[serde(default = "usual_secret")]
        secret: String,
    },
    /// An event type would be sent nowhere any more, as `--target` leaves out what is to send it.
    LeftOut {
        /// The event type.
        event: F::Event,
        /// The desired webhooks that are left out and are to send it.
        keys: Vec<WebhookKey>,
    },
    /// The place that a trade left would be forgotten, as `--target` leaves out what is to take it.
    LeftBehind {
        /// The desired webhook that is left out.
        key: WebhookKey,
        /// Those that change the names which tell its place.
        takers: Vec<WebhookKey>,
    },
    /// A webhook that had deliveries in the last 24 hours would be deleted or disabled.
    LiveTraffic {
        /// The webhook.
        webhook: F::Live,
        /// How long ago the event of the last delivery came to be.
        #[serde(rename = "seconds", with = "whole_seconds")]
        #[schemars(with = "u64")]
        last: Duration,
    },
    /// Webhooks would be deleted or disabled of which it is not known whether they are in use.
    TrafficUnknown {
        /// Their names.
        webhooks: Vec<F::Name>,
        /// Why the request history could not be read.
        error: String,
        /// Whether waiting does not help: the provider has no request history.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        never_known: bool,
    },
    /// A webhook would be created or moved to a URL where events would get lost, or forged ones taken.
    ProbeFailed {
        /// The desired webhook.
        key: WebhookKey,
        /// What the probe showed.
        why: String,
    },
    /// A live webhook has a field that cannot be read, and the plan would change or delete it, or register
    /// a URL at which it may be.
    Unreadable {
        /// The live webhook.
        webhook: F::Live,
        /// What is refused for that.
        stops: Stops,
    },
    /// A live webhook differs in a field that only a create can set.
    Unchangeable {
        /// The desired webhook.
        key: WebhookKey,
        /// The live one.
        webhook: F::Live,
        /// The field.
        field: String,
        /// What it has; `None` where it has none.
        before: Option<F::Value>,
        /// What is declared.
        after: F::Value,
        /// Why it is not replaced.
        because: Unchangeable,
    },
    /// A webhook is declared as disabled and does not exist, and the provider creates none that is disabled.
    CreatedEnabled {
        /// The desired webhook.
        key: WebhookKey,
    },
    /// The account would have more webhooks than it may.
    TooMany {
        /// The most that it may have.
        most: usize,
        /// How many there would be afterwards.
        after: usize,
        /// When there would be too many.
        #[serde(rename = "on_the_way")]
        when: RequireWhen,
    },
    /// A webhook would be created whose key the provider shows once, and nothing says where it is to go.
    NoSink {
        /// The desired webhook.
        key: WebhookKey,
    },
    /// Webhooks would subscribe to an event type that the account does not have, or has put away.
    NoEventType {
        /// The event type.
        event: F::Event,
        /// The desired webhooks that would send it.
        keys: Vec<WebhookKey>,
        /// Whether the account had it, and put it away.
        archived: bool,
        /// The one that may be meant.
        near: Option<F::Event>,
    },
    /// A rule of the user's own is against the plan.
    Policy {
        /// Which rule.
        rule: RuleId,
        /// What it says.
        say: String,
        /// Why it could not be evaluated, where it could not: then it is against the plan.
        why: Option<String>,
    },
}

/// Why a webhook that differs in a field which only a create can set is not replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "UnchangeableRecord")]
pub enum Unchangeable {
    /// Nobody said that it may be.
    NotAsked,
    /// It is not ours: to take it over and to replace it are two things.
    NotOurs,
    /// Its URL changes as well.
    Moves,
    /// It has to be deleted first, and after a stop there another live webhook would be taken for it.
    Alike,
    /// Its name changes as well, and it has no mark: after a stop on the way, nothing would tell which one it is.
    Renamed,
}

/// What a plan may not do because it cannot be read what a live webhook is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "StopsRecord")]
pub enum Stops {
    /// Make it as this desired webhook, which it is.
    Declared(WebhookKey),
    /// Delete it.
    Delete,
    /// Register the URLs of these desired webhooks: it may be at one of them.
    Urls(Vec<WebhookKey>),
}

/// When a requirement is not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "bool", into = "bool")]
#[schemars(with = "bool", inline)]
pub enum RequireWhen {
    /// While the plan is applied.
    During,
    /// Once it is applied, or, where the plan is empty, now.
    After,
}

impl From<bool> for RequireWhen {
    fn from(is_on_the_way: bool) -> Self {
        if is_on_the_way {
            Self::During
        } else {
            Self::After
        }
    }
}

impl From<RequireWhen> for bool {
    fn from(when: RequireWhen) -> Self {
        when == RequireWhen::During
    }
}

/// What a record calls a secret that does not say what its provider calls it.
fn usual_secret() -> String {
    "access secret".to_owned()
}

/// A length of time as a record has it: in whole seconds.
mod whole_seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        length: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(length.as_secs())
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}

impl<F: Form> Refusal<F> {
    /// Which guard this is.
    pub fn code(&self) -> RefusalCode {
        match self {
            Self::Conflict { .. } => RefusalCode::Conflict,
            Self::AmbiguousName { .. } => RefusalCode::AmbiguousName,
            Self::Circle { .. } | Self::Mixed { .. } => RefusalCode::Circle,
            Self::Protected { .. } => RefusalCode::Protected,
            Self::MaxDeletes { .. } => RefusalCode::MaxDeletes,
            Self::Empty { .. } => RefusalCode::Empty,
            Self::Require { .. } => RefusalCode::Require,
            Self::SecretMismatch { .. } => RefusalCode::SecretMismatch,
            Self::SharedSecret { .. } => RefusalCode::SharedSecret,
            Self::LeftOut { .. } | Self::LeftBehind { .. } => RefusalCode::LeftOut,
            Self::LiveTraffic { .. } => RefusalCode::LiveTraffic,
            Self::TrafficUnknown { .. } => RefusalCode::TrafficUnknown,
            Self::ProbeFailed { .. } => RefusalCode::ProbeFailed,
            Self::Unreadable { .. } => RefusalCode::Unreadable,
            Self::Unchangeable { .. } => RefusalCode::CreateOnly,
            Self::CreatedEnabled { .. } => RefusalCode::CreatedEnabled,
            Self::TooMany { .. } => RefusalCode::TooMany,
            Self::NoSink { .. } => RefusalCode::SecretSink,
            Self::NoEventType { .. } => RefusalCode::EventType,
            Self::Policy { .. } => RefusalCode::Policy,
        }
    }
}

impl Refusal {
    /// What follows from what a rule says, where that is a refusal.
    pub(super) fn of_ruling(ruling: &Ruling) -> Option<Self> {
        let refuses = ruling.is_against() && ruling.level == Level::Deny;
        refuses.then(|| Self::Policy {
            rule: ruling.rule.clone(),
            say: ruling.say.clone(),
            why: ruling.why().map(str::to_owned),
        })
    }

    /// What is refused, as it may be shown and kept.
    pub fn shown<I: Ink>(&self, projector: &Projector<'_, I>) -> Refusal<Shown> {
        match self {
            Self::Conflict {
                key,
                webhook,
                former,
            } => Refusal::Conflict {
                key: key.clone(),
                webhook: projector.live(webhook),
                former: *former,
            },
            Self::AmbiguousName { keys, webhooks } => Refusal::AmbiguousName {
                keys: keys.clone(),
                webhooks: webhooks
                    .iter()
                    .map(|webhook| projector.live(webhook))
                    .collect(),
            },
            Self::Circle { keys } => Refusal::Circle { keys: keys.clone() },
            Self::Mixed { keys } => Refusal::Mixed { keys: keys.clone() },
            Self::Protected {
                webhook,
                pattern,
                removed,
            } => Refusal::Protected {
                webhook: projector.live(webhook),
                pattern: projector.0.plain(pattern),
                removed: *removed,
            },
            Self::MaxDeletes { deletes, allowed } => Refusal::MaxDeletes {
                deletes: *deletes,
                allowed: *allowed,
            },
            Self::Empty { deletes } => Refusal::Empty { deletes: *deletes },
            Self::Require {
                event,
                fewest,
                required,
                when,
            } => Refusal::Require {
                event: projector.0.plain(event.as_str()),
                fewest: *fewest,
                required: *required,
                when: *when,
            },
            Self::SecretMismatch {
                env_type,
                prefix,
                secret,
            } => Refusal::SecretMismatch {
                env_type: *env_type,
                prefix: *prefix,
                secret: secret.clone(),
            },
            Self::SharedSecret { other, secret } => Refusal::SharedSecret {
                other: other.clone(),
                secret: secret.clone(),
            },
            Self::LeftOut { event, keys } => Refusal::LeftOut {
                event: projector.0.plain(event.as_str()),
                keys: keys.clone(),
            },
            Self::LeftBehind { key, takers } => Refusal::LeftBehind {
                key: key.clone(),
                takers: takers.clone(),
            },
            Self::LiveTraffic { webhook, last } => Refusal::LiveTraffic {
                webhook: projector.live(webhook),
                // As a file has it.
                last: Duration::from_secs(last.as_secs()),
            },
            Self::TrafficUnknown {
                webhooks,
                error,
                never_known,
            } => Refusal::TrafficUnknown {
                webhooks: webhooks.iter().map(|name| projector.0.name(name)).collect(),
                error: projector.0.plain(error),
                never_known: *never_known,
            },
            Self::ProbeFailed { key, why } => Refusal::ProbeFailed {
                key: key.clone(),
                why: projector.0.plain(why),
            },
            Self::Unreadable { webhook, stops } => Refusal::Unreadable {
                webhook: projector.live(webhook),
                stops: stops.clone(),
            },
            Self::Unchangeable {
                key,
                webhook,
                field,
                before,
                after,
                because,
            } => Refusal::Unchangeable {
                key: key.clone(),
                webhook: projector.live(webhook),
                field: field.clone(),
                before: before.as_ref().map(|before| projector.0.text(before)),
                after: projector.0.text(after),
                because: *because,
            },
            Self::NoSink { key } => Refusal::NoSink { key: key.clone() },
            Self::NoEventType {
                event,
                keys,
                archived,
                near,
            } => Refusal::NoEventType {
                event: projector.0.plain(event.as_str()),
                keys: keys.clone(),
                archived: *archived,
                near: near.as_ref().map(|near| projector.0.plain(near.as_str())),
            },
            Self::CreatedEnabled { key } => Refusal::CreatedEnabled { key: key.clone() },
            Self::TooMany { most, after, when } => Refusal::TooMany {
                most: *most,
                after: *after,
                when: *when,
            },
            Self::Policy { rule, say, why } => Refusal::Policy {
                rule: rule.clone(),
                say: projector.0.plain(say),
                why: why.as_ref().map(|why| projector.0.plain(why)),
            },
        }
    }
}

impl<F: Form> Ord for Refusal<F> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.code(), self.name(), self.to_string()).cmp(&(
            other.code(),
            other.name(),
            other.to_string(),
        ))
    }
}

impl<F: Form> PartialOrd for Refusal<F> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
