//! What a plan is made of, besides the live state.

use std::collections::BTreeSet;

use crate::model::{DesiredState, EnvType, Policy, ProviderProfile, WebhookKey};

/// What a plan is made of.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'i> {
    /// What the environment should have.
    pub desired: &'i DesiredState,
    /// What the environment may do.
    pub policy: &'i Policy,
    /// What is known of its provider.
    pub profile: &'static ProviderProfile,
    /// The provider's environment.
    pub env_type: EnvType,
    /// The webhooks to plan for; `None`: all, and what is not declared.
    pub targets: Option<&'i BTreeSet<WebhookKey>>,
    /// What the user has said yes to.
    pub acknowledged: &'i Acknowledged,
}

/// What the user has said yes to, on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acknowledged {
    /// The number of deletes that was acknowledged: so many, or fewer, may happen in each environment.
    pub deletes: Option<u32>,
    /// Whether an environment may end up with nothing declared.
    pub empty: bool,
    /// Whether a secret may be used for an environment that its prefix does not name.
    pub secret_mismatch: bool,
    /// Whether webhooks may be deleted or disabled that had deliveries in the last 24 hours.
    pub live_traffic: bool,
}
