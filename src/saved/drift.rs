//! What has moved, and who moved it: the manifest's authors, or someone at the provider.
//!
//! A difference alone does not tell. What a plan that was applied had made of a webhook does: where the
//! live state is still that, the manifest has moved since; where the manifest still says that, the live
//! state has.

use std::collections::BTreeSet;

use super::{
    moved::{Drift, FieldMoved, FieldValue, How, MovedWebhook},
    record::EnvironmentRecord,
};
use crate::{
    model::{WebhookKey, composed},
    plan::{
        Change, EnvironmentPlan, Known as _, LiveRecord, Operation, OperationKind, PlanResult,
        Reason, Refusal, Shown, Stops, Unmanaged, UnmanagedKind, Value, Warning, WebhookRecord,
    },
};

/// What an environment was made to be by a plan that was applied.
#[derive(Clone, Copy, Debug)]
pub struct Applied<'a> {
    /// The record of the environment.
    pub environment: &'a EnvironmentRecord,
    /// The keys that the plan was for; empty: all.
    pub targets: &'a BTreeSet<WebhookKey>,
}

impl<'a> Applied<'a> {
    /// What it made of a webhook.
    fn webhook(&self, key: &WebhookKey) -> Option<&'a WebhookRecord> {
        let covers = self.targets.is_empty() || self.targets.contains(key);
        let desired = self.environment.desired.get(key.as_str());
        desired.filter(|_| covers).map(|desired| &desired.webhook)
    }

    /// Whether it had a webhook that was this one, and that is declared no more.
    fn had(&self, live: &LiveRecord, now: &EnvironmentRecord) -> bool {
        let mut those = self.environment.desired.iter();
        those.any(|(key, desired)| {
            let webhook = &desired.webhook;
            let is_it = webhook.url.is(&live.webhook.url) || webhook.name.is(&live.webhook.name);
            is_it && !now.desired.contains_key(key)
        })
    }

    /// Whether a live webhook was not there when the plan was made; not known of a plan without live state.
    fn is_new(&self, live: &LiveRecord) -> bool {
        let before = self.environment.live.as_ref();
        before.is_some_and(|before| !before.iter().any(|known| known.id == live.id))
    }
}

/// What is looked at of an environment.
#[derive(Clone, Copy)]
pub struct Look<'l> {
    /// What was applied last, where that is known.
    pub applied: Option<Applied<'l>>,
    /// Whether only some of the declared webhooks are looked at: then nothing is said of others.
    pub is_narrowed: bool,
    /// Whether an unmanaged webhook that is not ours, by its index, is expected by `ignore`.
    pub is_expected: &'l dyn Fn(usize) -> bool,
}

/// What differs in an environment, and who moved it. Without a record of what was applied, that is not
/// known, and all that differs is drift.
pub fn drift(now: &EnvironmentRecord, look: &Look<'_>) -> Drift {
    let mut drift = Drift::default();
    if let PlanResult::Planned(plan) = &now.result {
        for operation in &plan.operations {
            sort(operation, now, look.applied, &mut drift);
        }
        unreadable(plan, &mut drift);
        drift.secret_lost.extend(secret_lost(plan, now));
        if !look.is_narrowed {
            for (index, one) in plan.unmanaged.iter().enumerate() {
                undeclared(one, index, now, look, &mut drift);
            }
        }
    }
    drift
}

/// The declared webhooks whose live ones cannot be read.
fn unreadable(plan: &EnvironmentPlan<Shown>, drift: &mut Drift) {
    let found = plan.refusals.iter().filter_map(|refusal| match refusal {
        Refusal::Unreadable {
            webhook,
            stops: Stops::Declared(key),
        } => Some(moved(
            Some(key.to_string()),
            webhook,
            How::Unreadable(webhook.unreadable()),
        )),
        _ => None,
    });
    drift.unreadable.extend(found);
}

/// The declared webhooks whose signing secrets are lost, or perhaps are.
fn secret_lost<'r>(
    plan: &'r EnvironmentPlan<Shown>,
    now: &'r EnvironmentRecord,
) -> impl Iterator<Item = MovedWebhook> + 'r {
    plan.warnings.iter().filter_map(|warning| {
        let Warning::SecretLost { key, id } = warning else {
            return None;
        };
        let live = now.live.iter().flatten().find(|live| live.id == *id);
        let declared = now.desired.get(key.as_str());
        let webhook = live.map(|live| &live.webhook);
        let webhook = webhook.or(declared.map(|declared| &declared.webhook))?;
        Some(MovedWebhook {
            key: Some(key.to_string()),
            name: webhook.name.shown.clone(),
            id: Some(id.clone()),
            how: How::SecretLost,
            is_new: false,
        })
    })
}

/// Puts a live webhook that nobody declared, and that no operation deletes, into the list it belongs to.
fn undeclared(
    one: &Unmanaged<Shown>,
    index: usize,
    now: &EnvironmentRecord,
    look: &Look<'_>,
    drift: &mut Drift,
) {
    let live = &one.webhook;
    let applied = look.applied;
    let extra = MovedWebhook {
        is_new: applied.is_some_and(|applied| applied.is_new(live) && !applied.had(live, now)),
        ..moved(None, live, How::Extra)
    };
    match &one.kind {
        UnmanagedKind::Unreadable => drift.unreadable.push(MovedWebhook {
            how: How::Unreadable(live.unreadable()),
            ..extra
        }),
        UnmanagedKind::NotOurs if (look.is_expected)(index) => {}
        UnmanagedKind::NotOurs => drift.foreign.push(extra),
        UnmanagedKind::NotDeclared | UnmanagedKind::Duplicate { .. } => {
            let is_yours = applied.is_some_and(|applied| applied.had(live, now));
            drift.list(is_yours).push(extra);
        }
    }
}

/// Puts one operation's differences into the lists they belong to.
fn sort(
    operation: &Operation<Shown>,
    now: &EnvironmentRecord,
    applied: Option<Applied<'_>>,
    drift: &mut Drift,
) {
    let key = operation.key.as_ref().map(ToString::to_string);
    let was = applied
        .zip(operation.key.as_ref())
        .and_then(|(applied, key)| applied.webhook(key));
    // Where something was applied and had no such webhook, the manifest has it since.
    let is_new = applied.is_some_and(|applied| applied.targets.is_empty()) && was.is_none();
    match &operation.kind {
        // Nobody moved anything.
        OperationKind::Rotate { .. } => {}
        // Its delete says what differs.
        OperationKind::Create { .. } if matches!(operation.reason, Reason::Replaces { .. }) => {}
        OperationKind::Delete { before } if let Reason::Replaced { by } = &operation.reason => {
            let declared = now.desired.get(by.as_str());
            let fields = declared.map_or_else(Vec::new, |declared| {
                created_otherwise(&before.webhook, &declared.webhook)
            });
            let was = applied.and_then(|applied| applied.webhook(by));
            let is_yours = applied.is_some()
                && was.is_none_or(|was| was.create_only == before.webhook.create_only);
            let moved = moved(Some(by.to_string()), before, How::Changed(fields));
            drift.list(is_yours).push(moved);
        }
        OperationKind::Create { webhook } => drift.list(is_new).push(MovedWebhook {
            key,
            name: webhook.name.shown.clone(),
            id: None,
            how: How::Missing,
            is_new: false,
        }),
        OperationKind::Delete { before } => {
            let name = &before.webhook.name.shown;
            let is_yours = applied.is_some_and(|applied| match operation.reason {
                Reason::Removed => !applied
                    .environment
                    .removed
                    .contains(&composed(name).into_owned()),
                _ => applied.had(before, now),
            });
            drift.list(is_yours).push(MovedWebhook {
                is_new: !is_yours && applied.is_some_and(|applied| applied.is_new(before)),
                ..moved(key, before, How::Extra)
            });
        }
        OperationKind::Update {
            before,
            paired_by: _,
            changes,
        } => {
            let is_disabled = operation.reason == Reason::DisabledAtProvider;
            let mut lists: [Vec<FieldMoved>; 3] = Default::default();
            for change in changes {
                let (is_yours, has_drifted) = match was {
                    Some(was) => who(change, was),
                    None => (is_new, !is_new),
                };
                let by_provider = is_disabled && matches!(change, Change::Enabled { .. });
                for (list, belongs) in lists.iter_mut().zip([
                    is_yours,
                    has_drifted && !by_provider,
                    has_drifted && by_provider,
                ]) {
                    list.extend(belongs.then(|| field(change)));
                }
            }
            let [yours, drifted, disabled] = lists;
            for (list, fields) in [
                (&mut drift.yours, yours),
                (&mut drift.drift, drifted),
                (&mut drift.disabled, disabled),
            ] {
                if !fields.is_empty() {
                    list.push(moved(key.clone(), before, How::Changed(fields)));
                }
            }
        }
    }
}

/// Whether the manifest has moved a field since a webhook was made this, and whether live has.
fn who(change: &Change<Shown>, was: &WebhookRecord) -> (bool, bool) {
    let (live, declared) = change.values();
    let mut fields = was.fields();
    let was = fields.find(|(field, _)| *field == change.field());
    let was = |value: Value<'_>| was.is_some_and(|(_, was)| was.is(value));
    (!was(declared), !live.is_some_and(was))
}

fn moved(key: Option<String>, live: &LiveRecord, how: How) -> MovedWebhook {
    MovedWebhook {
        key,
        name: live.webhook.name.shown.clone(),
        id: Some(live.id.clone()),
        how,
        is_new: false,
    }
}

/// The fields in which a webhook is not as declared, and which only a create can set.
fn created_otherwise(live: &WebhookRecord, declared: &WebhookRecord) -> Vec<FieldMoved> {
    let fields = declared.create_only.iter().filter_map(|(field, value)| {
        let before = live.create_only.get(field);
        (!before.is_some_and(|before| before.is(value))).then(|| FieldMoved {
            field: field.clone().into(),
            declared: Value::Text(value).into(),
            live: before.map_or(FieldValue::NotReported, |live| Value::Text(live).into()),
        })
    });
    fields.collect()
}

fn field(change: &Change<Shown>) -> FieldMoved {
    let (live, declared) = change.values();
    FieldMoved {
        field: change.field().into(),
        declared: declared.into(),
        live: live.map_or(FieldValue::NotReported, FieldValue::from),
    }
}
