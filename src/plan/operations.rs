//! Pairs of desired and live webhooks → operations.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{DesiredWebhook, KeyScope, LiveWebhook, NewWebhook, WebhookKey, WebhookName};

use super::{
    Adopted, Change, EnvironmentPlan, Inputs, Operation, OperationKind, PairedBy, Reason, Refusal,
    Stops, Unchanged, Unmanaged, UnmanagedKind, compare,
    pairing::{Pair, Pairing},
    replace, rotate, unreadable,
};

/// A plan without its steps, and with what pairing alone refuses.
pub(super) fn operations(inputs: &Inputs<'_>, pairing: Pairing<'_>) -> EnvironmentPlan {
    let mut plan = EnvironmentPlan::default();
    let is_wanted = |key: &WebhookKey| {
        inputs
            .options
            .wanted()
            .is_none_or(|targets| targets.contains(key))
    };
    let mut refusals = pairing.refusals;
    for ((key, desired), pair) in inputs.desired.webhooks.iter().zip(pairing.pairs) {
        if let Pair::Live(live, _) = &pair
            && !live.is_readable()
        {
            if is_wanted(key) {
                refusals.push(Refusal::Unreadable {
                    webhook: (*live).clone(),
                    stops: Stops::Declared(key.clone()),
                });
            }
            continue;
        }
        let operations = match is_wanted(key) {
            true => &mut plan.operations,
            false => &mut plan.left_out,
        };
        if let Pair::Live(live, _) = &pair
            && is_wanted(key)
        {
            plan.warnings.extend(compare::secret_lost(key, live));
        }
        let planned_before = operations.len();
        if let Err(refusal) = add_planned(inputs, key, desired, &pair, operations) {
            let refusal = refusal.filter(|_| is_wanted(key));
            refusals.extend(refusal.map(|refusal| *refusal));
            continue;
        }
        let is_unchanged = operations.len() == planned_before;
        if !is_wanted(key) {
            continue;
        }
        if let Pair::Live(before, _) = &pair {
            let unreported = compare::unreported(key, desired, before, inputs.profile);
            plan.warnings.extend(unreported);
            let healing = compare::healing(key, desired, before, &inputs.policy.heal);
            plan.warnings.extend(healing);
        }
        if is_unchanged {
            plan.unchanged.extend(unchanged(key, desired, &pair));
            plan.adopted.extend(adoption(inputs, key, &pair));
        }
    }
    for (webhook, kind) in pairing.leftovers {
        let reason = deletion(inputs, webhook, &kind);
        let kind = unreadable::kind(webhook, kind);
        let is_unreadable = kind == UnmanagedKind::Unreadable;
        if is_unreadable && reason.is_some() && inputs.options.targets.is_empty() {
            refusals.push(Refusal::Unreadable {
                webhook: webhook.clone(),
                stops: Stops::Delete,
            });
        }
        match reason.filter(|_| !is_unreadable) {
            Some(reason) => {
                let is_left_out = match &reason {
                    Reason::Replaced { by } => !is_wanted(by),
                    _ => inputs.options.wanted().is_some(),
                };
                let those = match is_left_out {
                    true => &mut plan.left_out,
                    false => &mut plan.operations,
                };
                those.push(gone(webhook, reason));
            }
            None => plan.unmanaged.push(Unmanaged {
                webhook: webhook.clone(),
                kind,
            }),
        }
    }
    plan.refusals = refusals;
    plan.refusals.retain(|refusal| match refusal {
        Refusal::Conflict { key, .. } => is_wanted(key),
        Refusal::AmbiguousName { keys, .. } => keys.iter().any(is_wanted),
        _ => true,
    });
    plan.operations.sort();
    plan.left_out.sort();
    plan.unmanaged.sort();
    plan.warnings.sort();
    plan.trades = trades(&plan.operations);
    plan
}

/// The live webhook that is as it should be.
fn unchanged(key: &WebhookKey, desired: &DesiredWebhook, pair: &Pair<'_>) -> Option<Unchanged> {
    let Pair::Live(live, _) = pair else {
        return None;
    };
    Some(Unchanged {
        key: key.clone(),
        enabled: live.enabled,
        rotated: desired
            .rotate
            .clone()
            .filter(|_| rotate::is_done(desired, live)),
    })
}

/// Adds what makes a webhook as it should be: nothing where it is, and two operations where it is replaced.
///
/// # Errors
///
/// What is refused instead, and nothing is added then; `None` where pairing has said so already.
fn add_planned(
    inputs: &Inputs<'_>,
    key: &WebhookKey,
    desired: &DesiredWebhook,
    pair: &Pair<'_>,
    operations: &mut Vec<Operation>,
) -> Result<(), Option<Box<Refusal>>> {
    match pair {
        Pair::Unclear => return Err(None),
        Pair::New(absent) => {
            let reason = Reason::NotLive(absent.clone());
            operations.push(creation(inputs, key, desired, reason)?);
        }
        Pair::Live(before, by) => {
            let fields = replace::differing(desired, before);
            if fields.is_empty() {
                operations.extend(update(inputs, key, desired, before, by));
                operations.extend(rotate::rotation(inputs, key, desired, before));
                return Ok(());
            }
            if let Some(refusal) = replace::objection(inputs, key, desired, before) {
                return Err(Some(Box::new(refusal)));
            }
            let fields = fields.into_iter().map(str::to_owned).collect();
            operations.push(creation(inputs, key, desired, Reason::Replaces { fields })?);
            let by = key.clone();
            operations.push(gone(&desired.beside(before), Reason::Replaced { by }));
        }
    }
    Ok(())
}

/// What deletes a live webhook.
fn gone(before: &LiveWebhook, reason: Reason) -> Operation {
    let before = before.clone();
    Operation::new(None, reason, OperationKind::Delete { before })
}

/// What makes a webhook that is not live.
///
/// # Errors
///
/// It is to be disabled, and would send events before it is.
fn creation(
    inputs: &Inputs<'_>,
    key: &WebhookKey,
    desired: &DesiredWebhook,
    reason: Reason,
) -> Result<Operation, Box<Refusal>> {
    let disabled = !desired.enabled && inputs.profile.has_enabled;
    let webhook = NewWebhook {
        name: desired.name.clone(),
        url: desired.url.clone(),
        events: desired.events.clone(),
        env_type: inputs.env_type,
        enabled: disabled.then_some(false),
        mark: Some(key.clone()),
        rotated: desired.rotate.clone(),
        unstored: desired.secret_to.is_some()
            && desired.secret_from.is_none()
            && inputs.profile.planning.key == KeyScope::Endpoint,
        create_only: desired.create_only.clone(),
    };
    if disabled && !inputs.profile.planning.created_disabled {
        let key = key.clone();
        return Err(Box::new(Refusal::CreatedEnabled { key }));
    }
    let kind = OperationKind::Create { webhook };
    Ok(Operation::new(Some(key.clone()), reason, kind))
}

/// What is taken over as it is; `None` where it was ours.
fn adoption(inputs: &Inputs<'_>, key: &WebhookKey, pair: &Pair<'_>) -> Option<Adopted> {
    match pair {
        Pair::Live(live, _) if !inputs.policy.is_ours(live.name.text().expose()) => Some(Adopted {
            key: key.clone(),
            webhook: (*live).clone(),
        }),
        _ => None,
    }
}

/// What makes a live webhook as it should be; `None` where it is.
fn update(
    inputs: &Inputs<'_>,
    key: &WebhookKey,
    desired: &DesiredWebhook,
    before: &LiveWebhook,
    paired_by: &PairedBy,
) -> Option<Operation> {
    let differing = |before: &LiveWebhook| {
        let mut changes = compare::changes(desired, before, inputs.profile);
        if inputs.policy.heal.failure(key).is_some() {
            changes.retain(|change| !is_healing(change));
        }
        changes
    };
    // What is masked beside what is declared still means the same; most webhooks are as they should be.
    if differing(before).is_empty() {
        return None;
    }
    let before = desired.beside(before);
    let changes = differing(&before);
    let reason = if !inputs.policy.is_ours(before.name.text().expose()) {
        Reason::Adopted
    } else if changes.iter().any(is_healing) && inputs.profile.planning.disables {
        Reason::DisabledAtProvider
    } else {
        Reason::Differs
    };
    let kind = OperationKind::Update {
        before,
        paired_by: paired_by.clone(),
        changes,
    };
    Some(Operation::new(Some(key.clone()), reason, kind))
}

fn is_healing(change: &Change) -> bool {
    matches!(change, Change::Enabled { after: true, .. })
}

/// Why a live webhook that no desired one takes is deleted; `None` where it is left alone.
fn deletion(inputs: &Inputs<'_>, webhook: &LiveWebhook, kind: &UnmanagedKind) -> Option<Reason> {
    let tombstone = inputs.desired.removed.contains(webhook.name.compared());
    match kind {
        UnmanagedKind::NotOurs | UnmanagedKind::Unreadable => None,
        UnmanagedKind::Duplicate { of } if was_replaced(inputs, of, webhook) => {
            Some(Reason::Replaced { by: of.clone() })
        }
        _ if tombstone => Some(Reason::Removed),
        _ if !inputs.policy.prune => None,
        UnmanagedKind::Duplicate { of } => Some(Reason::Duplicate { of: of.clone() }),
        UnmanagedKind::NotDeclared => Some(Reason::NotDeclared),
    }
}

/// Whether a live webhook stands beside the one that replaces it, or is to replace it.
fn was_replaced(inputs: &Inputs<'_>, by: &WebhookKey, webhook: &LiveWebhook) -> bool {
    let desired = inputs.desired.webhooks.get(by);
    desired.is_some_and(|desired| replace::is_replaced(by, desired, webhook))
}

/// The webhooks that, staying at their URLs, take each other's names: seen the other way round, they
/// trade URLs.
fn trades(operations: &[Operation]) -> Vec<Vec<WebhookKey>> {
    let renamed = |operation: &Operation| match &operation.kind {
        OperationKind::Update {
            paired_by: PairedBy::Url,
            changes,
            ..
        } => {
            let renamed = changes.iter().find_map(Change::name);
            renamed.map(|(before, after)| (before.clone(), after.clone()))
        }
        _ => None,
    };
    let mut from: BTreeMap<WebhookName, (WebhookName, &WebhookKey)> = BTreeMap::new();
    for operation in operations {
        if let (Some((before, after)), Some(key)) = (renamed(operation), &operation.key) {
            from.insert(before, (after, key));
        }
    }
    let mut seen: BTreeSet<&WebhookName> = BTreeSet::new();
    let mut trades = Vec::new();
    for start in from.keys() {
        let (mut path, mut keys, mut at) = (Vec::new(), Vec::new(), start);
        while let Some((next, key)) = from.get(at).filter(|_| seen.insert(at)) {
            path.push(at);
            keys.push((*key).clone());
            at = next;
        }
        if let Some(begin) = path.iter().position(|name| *name == at) {
            let mut trade = keys.split_off(begin);
            trade.sort();
            trades.push(trade);
        }
    }
    trades.sort();
    trades
}
