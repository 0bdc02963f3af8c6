//! What a file says of one environment: structures of their own, so that internal types can change.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    model::{EnvType, ProviderProfile, RotationWord},
    plan::{LiveRecord, PlanResult, Text, WebhookRecord},
};

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
    pub result: PlanResult,
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
    /// Whether it may be replaced where a field differs that only a create can set.
    #[serde(default, skip_serializing_if = "is_not")]
    pub replace: bool,
    /// The rotation of its secret that is to have been done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate: Option<RotationWord>,
    /// The program or the file that its key goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_to: Option<Text>,
}

/// Whether a switch that a manifest may leave out is off.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_not(switch: &bool) -> bool {
    !*switch
}
