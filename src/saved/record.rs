//! What a file says of one environment: structures of their own, so that internal types can change.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{EnvType, LiveField, ProviderProfile};

/// A text as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The text, with what is sensitive masked.
    pub shown: String,
    /// The keyed digest of all of it; of a URL, in its normal form.
    pub digest: String,
}

impl Text {
    /// Whether both are one text, whatever is masked of either.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

/// An environment, what it should have, what it had, and its plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentRecord {
    /// Its name.
    pub name: String,
    /// Its provider.
    pub provider: &'static ProviderProfile,
    /// The provider's environment.
    pub env_type: EnvType,
    /// Where the API is; `simulator` is the embedded one.
    pub target: Text,
    /// How many requests a minute a run may send.
    pub requests_per_minute: u32,
    /// How many of them the provider lets the account send.
    pub account_limit: u32,
    /// Tells whether an access secret is the one that the plan was made with.
    pub key_check: String,
    /// The keyed digest of the account's client id.
    pub account: String,
    /// What it should have, by key.
    pub desired: BTreeMap<String, DesiredRecord>,
    /// The names that are deleted where they are ours.
    pub removed: Vec<String>,
    /// What it had, by id; null where it was not read.
    pub live: Option<Vec<LiveRecord>>,
    /// What planning gave.
    pub result: ResultRecord,
}

/// A webhook that an environment should have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DesiredRecord {
    /// Its name, URL, events, and whether it is enabled.
    pub webhook: WebhookRecord,
    /// URLs it had before.
    pub moved_from: Vec<Text>,
    /// Whether a webhook that is not ours may be taken over.
    pub adopt: bool,
}

/// What a webhook is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookRecord {
    /// Its name.
    pub name: Text,
    /// Where events are sent.
    pub url: Text,
    /// Which events are sent; null where that is not reported.
    pub events: Option<Vec<String>>,
    /// Whether events are sent; null where that is not reported, or left to the provider.
    pub enabled: Option<bool>,
}

/// A live webhook, as far as a plan looks at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveRecord {
    /// The provider's id.
    pub id: String,
    /// Its name, URL, events, and whether it is enabled.
    pub webhook: WebhookRecord,
    /// The provider's environment it belongs to.
    pub env_type: Option<EnvType>,
    /// When it was created, which decides between duplicates.
    #[schemars(with = "Option<String>")]
    pub created_at: Option<Timestamp>,
    /// The fields that cannot be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<UnreadableRecord>,
}

/// A field of a live webhook that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadableRecord {
    /// Which.
    pub field: LiveField,
    /// What came; null where nothing did.
    pub got: Option<String>,
}

/// What planning an environment gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ResultRecord {
    /// A plan, which guards may refuse.
    Planned(Box<PlanRecord>),
    /// Guards that refuse before anything is read.
    Refused(Vec<RefusalRecord>),
    /// The live state could not be read.
    Failed {
        /// What was attempted and what came back.
        error: String,
        /// What to do next.
        way_out: Option<String>,
    },
}

/// The plan of one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRecord {
    /// What happens.
    pub operations: Vec<OperationRecord>,
    /// The requests that make it happen.
    pub steps: Vec<StepRecord>,
    /// How many webhooks are as they should be.
    pub unchanged: usize,
    /// Live webhooks that are taken over as they are.
    pub adopted: Vec<AdoptedRecord>,
    /// Live webhooks that are left alone.
    pub unmanaged: Vec<UnmanagedRecord>,
    /// What would happen too, were it not for `--target`.
    pub left_out: Vec<OperationRecord>,
    /// The keys of webhooks that trade URLs.
    pub trades: Vec<Vec<String>>,
    /// What the guards refuse.
    pub refusals: Vec<RefusalRecord>,
    /// What someone should know.
    pub warnings: Vec<WarningRecord>,
}

/// One webhook that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperationRecord {
    /// Its key in the manifest; null for what is deleted.
    pub key: Option<String>,
    /// Why.
    pub reason: ReasonRecord,
    /// What happens.
    pub action: ActionRecord,
}

/// What happens to a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ActionRecord {
    /// It is created.
    Create {
        /// What it will be.
        webhook: WebhookRecord,
    },
    /// It changes.
    Update {
        /// What it was.
        before: LiveRecord,
        /// How it was found.
        paired_by: PairedByRecord,
        /// What changes.
        changes: Vec<ChangeRecord>,
    },
    /// It is deleted.
    Delete {
        /// What it was.
        before: LiveRecord,
    },
}

/// How a live webhook was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PairedByRecord {
    /// By its URL.
    Url,
    /// By a URL it had before.
    MovedFrom(Text),
    /// By its name.
    Name,
    /// As the place that a trade left, by way of these other declared webhooks.
    Trade(Vec<String>),
}

/// What became of the live webhooks of a new one's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum NamedRecord {
    TakenBy(String),
    TakenBySeveral,
    NotOurs,
}

/// Why an operation is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ReasonRecord {
    NotLive {
        former_taken: bool,
        named: Option<NamedRecord>,
    },
    Differs,
    DisabledAtProvider,
    Adopted,
    Removed,
    NotDeclared,
    Duplicate {
        of: String,
    },
}

/// One field, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ChangeRecord {
    Name {
        before: Text,
        after: Text,
    },
    Url {
        before: Text,
        after: Text,
    },
    Events {
        /// Null where the provider does not report them.
        before: Option<Vec<String>>,
        after: Vec<String>,
    },
    Enabled {
        before: bool,
        after: bool,
    },
}

/// One request. What it does follows from its operation; only what an update sends does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepRecord {
    /// The operation, by index.
    pub operation: usize,
    /// The steps that must have succeeded before, by index.
    pub after: Vec<usize>,
    /// What an update sends.
    pub patch: Option<PatchRecord>,
}

/// The fields that an update sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchRecord {
    pub name: Option<Text>,
    pub url: Option<Text>,
    pub events: Option<Vec<String>>,
    pub enabled: Option<bool>,
}

/// A live webhook that is taken over as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdoptedRecord {
    /// The key of the declared webhook.
    pub key: String,
    /// The live one.
    pub webhook: LiveRecord,
}

/// A live webhook that is left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnmanagedRecord {
    /// The webhook.
    pub webhook: LiveRecord,
    /// Why.
    pub kind: UnmanagedKindRecord,
}

/// Why a live webhook is left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum UnmanagedKindRecord {
    NotDeclared,
    Duplicate { of: String },
    NotOurs,
    Unreadable,
}

/// What a guard refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum RefusalRecord {
    Conflict {
        key: String,
        webhook: LiveRecord,
        former: bool,
    },
    AmbiguousName {
        keys: Vec<String>,
        webhooks: Vec<LiveRecord>,
    },
    Circle {
        keys: Vec<String>,
    },
    Protected {
        webhook: LiveRecord,
        pattern: String,
        removed: bool,
    },
    MaxDeletes {
        deletes: usize,
        allowed: u32,
    },
    Empty {
        deletes: usize,
    },
    Require {
        event: String,
        fewest: usize,
        required: u32,
        on_the_way: bool,
    },
    SecretMismatch {
        env_type: EnvType,
        prefix: EnvType,
    },
    SharedSecret {
        other: String,
    },
    LeftOut {
        event: String,
        keys: Vec<String>,
    },
    LeftBehind {
        key: String,
        takers: Vec<String>,
    },
    LiveTraffic {
        webhook: LiveRecord,
        /// How long ago the event of the last delivery came to be.
        seconds: u64,
    },
    TrafficUnknown {
        webhooks: Vec<Text>,
        error: String,
    },
    ProbeFailed {
        key: String,
        why: String,
    },
    Unreadable {
        webhook: LiveRecord,
        stops: StopsRecord,
    },
}

/// What a plan may not do because a live webhook cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum StopsRecord {
    /// Make it as the desired webhook of this key.
    Declared(String),
    /// Delete it.
    Delete,
    /// Register the URLs of the desired webhooks of these keys.
    Urls(Vec<String>),
}

/// What someone should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum WarningRecord {
    EnabledNotReported { key: String },
    EventsNotReported { key: String },
    EnabledAfterProbe { key: String },
    LeftDisabled { key: String, why: String },
}
