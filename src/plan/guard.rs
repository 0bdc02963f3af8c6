//! The guards: a second pass over a plan that refuses what is likely to be an accident.
//!
//! Each refusal names what it refuses and the exact way to say "yes, this".

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    EnvType, EnvironmentName, EventType, LiveWebhook, ProviderProfile, Secret, SigningSecret,
    WebhookKey, WebhookName,
};

use super::{
    Action, Inputs, Operation, Options, Reason, Refusal, Step,
    demand::changing,
    flow::{Flow, flow, flows, sends},
    order,
    refusal::RequireWhen,
    require,
    types::Types,
};

/// The event types that would end because `--target` leaves out what is to send them.
pub(super) fn check_left_out(
    live: &[&LiveWebhook],
    operations: &[Operation],
    left_out: &[Operation],
    types: &Types,
) -> Vec<Refusal> {
    let mut gains: BTreeMap<EventType, Vec<WebhookKey>> = BTreeMap::new();
    for operation in left_out {
        for event in &flow(operation, types).gains {
            gains
                .entry(event.clone())
                .or_default()
                .extend(operation.key.clone());
        }
    }
    let flows = flows(operations, types);
    gains.retain(|event, _| {
        let goes = flows.iter().any(|flow| flow.loses.contains(event));
        let stays = |flow: &Flow| flow.gains.contains(event) || flow.keeps.contains(event);
        goes && !flows.iter().any(stays)
    });
    if gains.is_empty() {
        return Vec::new();
    }
    let changing = changing(operations);
    for webhook in live
        .iter()
        .filter(|webhook| !changing.contains(&webhook.id))
    {
        for event in sends(webhook, types) {
            gains.remove(event);
        }
    }
    gains
        .into_iter()
        .map(|(event, keys)| Refusal::LeftOut { event, keys })
        .collect()
}

/// The places that trades left and `--target` leaves out, while something changes the names that tell
/// them.
pub(super) fn check_left_behind(
    inputs: &Inputs<'_>,
    operations: &[Operation],
    left_out: &[Operation],
) -> Vec<Refusal> {
    let mut takers: BTreeMap<&WebhookName, Vec<&WebhookKey>> = BTreeMap::new();
    if !inputs.options.targets.is_empty() {
        for operation in operations {
            for name in order::renames(operation) {
                takers.entry(name).or_default().extend(&operation.key);
            }
        }
    }
    left_out
        .iter()
        .filter_map(|operation| {
            let names = order::telling_names(inputs, operation);
            let takers: BTreeSet<&WebhookKey> = names
                .filter_map(|name| takers.get(name))
                .flatten()
                .copied()
                .collect();
            let key = operation.key.clone()?;
            (!takers.is_empty()).then(|| Refusal::LeftBehind {
                key,
                takers: takers.into_iter().cloned().collect(),
            })
        })
        .collect()
}

/// What the guards say of the operations of one environment.
pub(super) fn check(
    inputs: &Inputs<'_>,
    live: &[&LiveWebhook],
    operations: &[Operation],
    steps: &[Step],
    types: &Types,
) -> Vec<Refusal> {
    let policy = inputs.policy;
    let mut refusals = Vec::new();
    refusals.extend(check_sinks(inputs, operations));
    let deleted: Vec<(&Operation, &LiveWebhook)> = operations
        .iter()
        .filter(|operation| operation.action() == Action::Delete)
        .filter_map(|operation| operation.before().map(|before| (operation, before)))
        .collect();
    for (operation, before) in &deleted {
        if let Some(pattern) = policy.protection(before.name.text().expose()) {
            refusals.push(Refusal::Protected {
                webhook: (*before).clone(),
                pattern: pattern.to_string(),
                removed: operation.reason == Reason::Removed,
            });
        }
    }
    let deletes = deleted.len();
    if let Some(allowed) = policy.max_deletes
        && deletes > allowed as usize
        && inputs
            .options
            .allow_deletes
            .is_none_or(|said| (said as usize) < deletes)
    {
        refusals.push(Refusal::MaxDeletes { deletes, allowed });
    }
    if deletes > 0 && inputs.desired.webhooks.is_empty() && !inputs.options.allow_empty {
        refusals.push(Refusal::Empty { deletes });
    }
    for (event, required) in &policy.require {
        let counts = require::receivers(event, live, operations, steps, types);
        let after = counts.last().copied().unwrap_or_default();
        let fewest = counts.iter().skip(1).copied().min().unwrap_or(after);
        // What is already too few before the first step is for the plan to mend, not to refuse.
        let bound = (*required as usize).min(counts[0]);
        if after < *required as usize {
            refusals.push(Refusal::Require {
                event: event.clone(),
                fewest: after,
                required: *required,
                when: RequireWhen::After,
            });
        } else if fewest < bound {
            refusals.push(Refusal::Require {
                event: event.clone(),
                fewest,
                required: *required,
                when: RequireWhen::During,
            });
        }
    }
    refusals
}

/// The creates whose key would be shown once, to nobody.
fn check_sinks(inputs: &Inputs<'_>, operations: &[Operation]) -> Vec<Refusal> {
    if !matches!(
        inputs.profile.signing_secret,
        SigningSecret::ShownOnce { .. }
    ) {
        return Vec::new();
    }
    let creates = operations
        .iter()
        .filter(|operation| operation.action() == Action::Create);
    let has_sink = |key: &&WebhookKey| {
        let desired = inputs.desired.webhooks.get(*key);
        desired.is_some_and(|desired| desired.secret_to.is_some())
    };
    creates
        .filter_map(|operation| operation.key.as_ref())
        .filter(|key| !has_sink(key))
        .map(|key| Refusal::NoSink { key: key.clone() })
        .collect()
}

/// What the guards say of the secrets of all environments of a run, before any of them is used: the
/// secret decides the environment that a request runs in.
pub fn check_secrets<'s>(
    secrets: impl IntoIterator<
        Item = (
            &'s EnvironmentName,
            &'s ProviderProfile,
            EnvType,
            &'s Secret,
        ),
    >,
    options: &Options,
) -> BTreeMap<EnvironmentName, Vec<Refusal>> {
    let secrets: Vec<_> = secrets.into_iter().collect();
    let mut refusals: BTreeMap<EnvironmentName, Vec<Refusal>> = BTreeMap::new();
    for (name, provider, env_type, secret) in &secrets {
        let title = || provider.secret().title.to_owned();
        let prefix = provider.env_type_of(secret);
        let prefix = prefix.filter(|prefix| prefix != env_type && !options.allow_secret_mismatch);
        let mismatch = prefix.map(|prefix| Refusal::SecretMismatch {
            env_type: *env_type,
            prefix,
            secret: title(),
        });
        let same = secrets.iter().filter(|(_, _, _, same)| same == secret);
        let others = same.filter(|(other, ..)| other != name);
        let shared = others.map(|(other, ..)| Refusal::SharedSecret {
            other: (*other).clone(),
            secret: title(),
        });
        let found: Vec<Refusal> = mismatch.into_iter().chain(shared).collect();
        if !found.is_empty() {
            refusals.entry((*name).clone()).or_default().extend(found);
        }
    }
    refusals
}
