//! A planned environment → its record. What is sensitive stays behind.

use std::collections::BTreeMap;

use super::{
    ink::KeyedInk,
    key::{Key, Purpose},
    record::{DesiredRecord, EnvironmentRecord},
};
use crate::{
    model::{
        DesiredState, DesiredWebhook, EnvType, EnvironmentName, LiveState, LiveWebhook, MaskedText,
        Masker, ProviderProfile, SecretSink, WebhookId,
    },
    plan::{EnvironmentPlan, Ink as _, LiveRecord, Operation, PlanResult, Projector},
};

/// An environment that was planned, and what it was planned from.
#[derive(Clone, Copy, Debug)]
pub struct Planned<'p> {
    /// Its name.
    pub name: &'p EnvironmentName,
    /// What is known of its provider.
    pub profile: &'static ProviderProfile,
    /// The provider's environment.
    pub env_type: EnvType,
    /// How many requests a minute a run may send.
    pub requests_per_minute: u32,
    /// How many of them the provider lets the account send.
    pub account_limit: u32,
    /// What planning gave.
    pub result: &'p PlanResult,
    /// The plan that this is the record of; `None` where there is none.
    pub plan: Option<&'p EnvironmentPlan>,
    /// What it should have.
    pub desired: &'p DesiredState,
    /// What it had; `None` where it was not read.
    pub live: Option<&'p LiveState>,
    /// Where its API is; `None` for the embedded simulator.
    pub base_url: Option<&'p MaskedText>,
    /// What says whose account it is; empty where the secret alone does.
    pub account: &'p MaskedText,
    /// The key of its access secret.
    pub key: &'p Key,
    /// What knows every sensitive value of the run.
    pub masker: &'p Masker,
}

/// The record of an environment.
pub fn environment(planned: &Planned<'_>) -> EnvironmentRecord {
    let Planned {
        name,
        profile,
        env_type,
        requests_per_minute,
        account_limit,
        result,
        plan,
        desired,
        live,
        base_url,
        account,
        key,
        masker,
    } = *planned;
    let ink = &KeyedInk::new(desired, key, masker);
    let live = live.map(|live| live_records(live, plan, ink));
    EnvironmentRecord {
        name: name.to_string(),
        provider: profile,
        env_type,
        target: ink.text(base_url.unwrap_or(&MaskedText::plain("simulator"))),
        requests_per_minute,
        account_limit,
        key_check: key.digest(Purpose::Check, b""),
        account: key.digest(Purpose::Account, account.expose().as_bytes()),
        desired: desired
            .webhooks
            .iter()
            .map(|(key, webhook)| (key.to_string(), desired_record(webhook, ink)))
            .collect(),
        removed: desired.removed.iter().map(|name| ink.plain(name)).collect(),
        live,
        result: result.clone(),
    }
}

/// The records of live webhooks, by id: providers list them in whatever order.
fn live_records(
    live: &LiveState,
    plan: Option<&EnvironmentPlan>,
    ink: &KeyedInk<'_>,
) -> Vec<LiveRecord> {
    // The plan knows which declared webhook a live one stands for, and so what of it is sensitive.
    let operations = plan
        .into_iter()
        .flat_map(|plan| plan.operations.iter().chain(&plan.left_out));
    let beside: BTreeMap<&WebhookId, &LiveWebhook> = operations
        .filter_map(Operation::before)
        .map(|before| (&before.id, before))
        .collect();
    let webhooks = live.webhooks.iter();
    let webhooks = webhooks.map(|webhook| beside.get(&webhook.id).copied().unwrap_or(webhook));
    let mut records: Vec<LiveRecord> = webhooks
        .map(|webhook| Projector(ink).live(webhook))
        .collect();
    records.sort_by(|a, b| a.id.cmp(&b.id));
    records
}

fn desired_record(webhook: &DesiredWebhook, ink: &KeyedInk<'_>) -> DesiredRecord {
    let DesiredWebhook {
        moved_from,
        adopt,
        replace,
        secret_to,
        rotate,
        secret_from: _, // Where it comes from is in the manifest, which is bound as a whole; its value is in no file.
        .. // What it is: the projector takes that apart.
    } = webhook;
    DesiredRecord {
        webhook: Projector(ink).declared(webhook),
        moved_from: moved_from.iter().map(|url| ink.url(url)).collect(),
        adopt: *adopt,
        replace: *replace,
        rotate: rotate.as_ref().map(|word| Projector(ink).word(word)),
        secret_to: secret_to.as_ref().map(|sink| match sink {
            SecretSink::Command(argv) => ink.text(&MaskedText::plain(argv.join("\0"))),
            SecretSink::File { beside: _, path } => ink.text(path),
        }),
    }
}
