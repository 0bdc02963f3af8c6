//! (desired state, live state, policy) → plan. Synchronous, deterministic, without any I/O.
//!
//! [`plan`] pairs desired with live webhooks (`pairing`), compares each pair by meaning
//! (`compare`), orders the steps so that no event is lost on the way (`order`, `circle`), and
//! lets the guards look at the result (`guard`). What it gives is data: all rules of ordering,
//! skipping, pruning and adopting are applied here, so that applying is walking a list.
//!
//! This module must not know manifests, providers' HTTP, the clock, randomness, logging or the
//! terminal.
//!
//! # What holds for every plan
//!
//! 1. *It converges*: after its steps, what is ours in the live state equals the desired state.
//! 2. *No gap*: an event type sent to some URL before and after is sent there after every step, and
//!    one sent anywhere before and after is sent somewhere after every step.
//! 3. *No stray*: after every step, each pair (event type, URL) held before or will hold after.
//! 4. *Never refused*: no step registers a URL that another live webhook holds then.
//! 5. *Nothing else is touched*: no unmanaged webhook, no other environment.
//! 6. *Interruptible*: from the state after any prefix of the steps, a new plan satisfies all of this.
//! 7. *Least*: no shorter sequence of steps does, for the same pairing (exact for circles of the size
//!    that `circle` searches through; beyond that, close).
//! 8. *Deterministic*: the same input gives the same plan, whatever the order of keys or lists.
//!
//! Steps need not run one by one: any order that keeps to their dependencies satisfies the same.

mod circle;
mod compare;
mod guard;
mod operation;
mod order;
mod pairing;

use std::collections::BTreeSet;

use crate::model::{
    DesiredState, EnvType, LiveState, LiveWebhook, NewWebhook, Policy, ProviderProfile, WebhookKey,
};

pub use guard::{Acknowledged, Refusal, RefusalCode, check_secrets};
pub use operation::{
    Action, Change, EnvironmentPlan, Operation, OperationKind, PairedBy, Reason, Step, StepRequest,
    Unmanaged, UnmanagedKind, Warning,
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
    /// The webhooks to plan for; `None`: all, and what is not declared.
    pub targets: Option<&'i BTreeSet<WebhookKey>>,
    /// What the user has said yes to.
    pub acknowledged: &'i Acknowledged,
}

/// Plans the steps from the live to the desired state of one environment.
pub fn plan(inputs: &Inputs<'_>, live: &LiveState) -> EnvironmentPlan {
    let here: Vec<&LiveWebhook> = live
        .webhooks
        .iter()
        .filter(|webhook| {
            webhook
                .env_type
                .is_none_or(|env_type| env_type == inputs.env_type)
        })
        .collect();
    let pairing = pairing::pair(inputs, &here);
    let mut operations = Vec::new();
    let mut refusals = pairing.refusals;
    let mut warnings = Vec::new();
    let mut unchanged = 0;
    let wanted = |key: &WebhookKey| inputs.targets.is_none_or(|targets| targets.contains(key));

    for (key, pair) in &pairing.pairs {
        let desired = &inputs.desired.webhooks[key];
        if !wanted(key) {
            continue;
        }
        match pair {
            None => operations.push(Operation {
                key: Some(key.clone()),
                reason: Reason::NotLive,
                kind: OperationKind::Create {
                    webhook: NewWebhook {
                        name: desired.name.clone(),
                        url: desired.url.clone(),
                        events: desired.events.clone(),
                        env_type: inputs.env_type,
                        enabled: (!desired.enabled && inputs.profile.has_enabled).then_some(false),
                    },
                },
            }),
            Some((before, paired_by)) => {
                let changes = compare::changes(desired, before, inputs.profile);
                warnings.extend(compare::unreported(key, desired, before, inputs.profile));
                if changes.is_empty() {
                    unchanged += 1;
                    continue;
                }
                let reason = if before.enabled == Some(false) && desired.enabled {
                    Reason::DisabledAtProvider
                } else if !inputs.policy.is_ours(before.name.text().expose()) {
                    Reason::Adopted
                } else {
                    Reason::Differs
                };
                operations.push(Operation {
                    key: Some(key.clone()),
                    reason,
                    kind: OperationKind::Update {
                        before: LiveWebhook {
                            url: before.url.shown_like(&desired.url),
                            ..(*before).clone()
                        },
                        paired_by: paired_by.clone(),
                        changes,
                    },
                });
            }
        }
    }
    let mut unmanaged = Vec::new();
    for (webhook, kind) in pairing.leftovers {
        match deletion(inputs, webhook, &kind) {
            Some(reason) => operations.push(Operation {
                key: None,
                reason,
                kind: OperationKind::Delete {
                    before: webhook.clone(),
                },
            }),
            None => unmanaged.push(Unmanaged {
                webhook: webhook.clone(),
                kind,
            }),
        }
    }
    operations.sort();
    unmanaged.sort();
    warnings.sort();

    let steps = match order::steps(&operations, &here, inputs) {
        Ok(steps) => steps,
        Err(keys) => {
            refusals.push(Refusal::Circle { keys });
            Vec::new()
        }
    };
    refusals.extend(guard::check(inputs, &here, &operations, &steps));
    refusals.sort();
    EnvironmentPlan {
        operations,
        steps,
        unchanged,
        unmanaged,
        refusals,
        warnings,
    }
}

/// Why a live webhook that no desired one takes is deleted; `None` where it is left alone.
fn deletion(inputs: &Inputs<'_>, webhook: &LiveWebhook, kind: &UnmanagedKind) -> Option<Reason> {
    if inputs.targets.is_some() {
        return None;
    }
    let tombstone = inputs
        .desired
        .removed
        .contains(webhook.name.text().expose());
    match kind {
        UnmanagedKind::NotOurs => None,
        _ if tombstone => Some(Reason::Removed),
        _ if !inputs.policy.prune => None,
        UnmanagedKind::Duplicate { of } => Some(Reason::Duplicate { of: of.clone() }),
        UnmanagedKind::NotDeclared => Some(Reason::NotDeclared),
    }
}
