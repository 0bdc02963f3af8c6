//! What a plan is made of, besides the live state.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    DesiredState, EnvType, LiveState, LiveWebhook, Policy, ProviderProfile, WebhookKey,
};

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
    /// What is asked for besides the manifest.
    pub options: &'i Options,
}

impl Inputs<'_> {
    /// The live webhooks of the environment, as far as is known.
    pub(super) fn here<'l>(&self, live: &'l LiveState) -> Vec<&'l LiveWebhook> {
        let webhooks = live.webhooks.iter();
        webhooks
            .filter(|webhook| webhook.env_type.is_none_or(|known| known == self.env_type))
            .collect()
    }
}

/// What decides a plan besides the manifest and the live state: what is asked for on the command line. The one list of
/// these options; a saved plan keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OptionsRecord")]
pub struct Options {
    /// `--target`: the keys of the webhooks to plan for; empty: all, and what is not declared.
    #[schemars(with = "Vec<String>")]
    pub targets: BTreeSet<WebhookKey>,
    /// `--strict`: whether event types that no provider documents are errors.
    pub strict: bool,
    /// `--prune`: whether what is ours and not declared is deleted, whatever the manifest says.
    pub prune: bool,
    /// `--allow-deletes`: so many, or fewer, may be deleted in each environment.
    pub allow_deletes: Option<u32>,
    /// `--allow-empty`: whether an environment may end up with nothing declared.
    pub allow_empty: bool,
    /// `--allow-secret-mismatch`: whether a secret may be used for an environment that its prefix does not name.
    pub allow_secret_mismatch: bool,
    /// `--allow-live-traffic`: whether webhooks may be deleted or disabled that had deliveries in the last 24 hours.
    pub allow_live_traffic: bool,
}

impl Options {
    /// The flags of a command line that ask for them, each with its value.
    pub fn flags(&self) -> Vec<(&'static str, Option<String>)> {
        let Self {
            targets,
            strict,
            prune,
            allow_deletes,
            allow_empty,
            allow_secret_mismatch,
            allow_live_traffic,
        } = self;
        let targets = targets
            .iter()
            .map(|key| ("--target", Some(key.to_string())));
        let deletes = allow_deletes.map(|number| ("--allow-deletes", Some(number.to_string())));
        let switches = [
            (*strict, "--strict"),
            (*prune, "--prune"),
            (*allow_empty, "--allow-empty"),
            (*allow_secret_mismatch, "--allow-secret-mismatch"),
            (*allow_live_traffic, "--allow-live-traffic"),
        ];
        let switches = switches.into_iter().filter(|(is_given, _)| *is_given);
        targets
            .chain(deletes)
            .chain(switches.map(|(_, flag)| (flag, None)))
            .collect()
    }

    /// The first flag of these that asks for something else than `others` do.
    pub fn conflict(&self, others: &Self) -> Option<&'static str> {
        let (given, others) = (self.flags(), others.flags());
        let of = |flags: &[(&'static str, Option<String>)], flag| -> Vec<Option<String>> {
            let those = flags.iter().filter(|(name, _)| *name == flag);
            those.map(|(_, value)| value.clone()).collect()
        };
        let mut flags = given.iter().map(|(flag, _)| *flag);
        flags.find(|flag| of(&given, *flag) != of(&others, *flag))
    }

    /// The webhooks to plan for; `None`: all, and what is not declared.
    pub(super) fn wanted(&self) -> Option<&BTreeSet<WebhookKey>> {
        (!self.targets.is_empty()).then_some(&self.targets)
    }
}
