//! What has moved, and who moved it: the manifest's authors, or someone at the provider.
//!
//! A difference alone does not tell. What a plan that was applied had made of a webhook does: where the
//! live state is still that, the manifest has moved since; where the manifest still says that, the live
//! state has.

use super::record::{
    ActionRecord, ChangeRecord, DesiredRecord, EnvironmentRecord, LiveRecord, OperationRecord,
    ReasonRecord, ResultRecord, WebhookRecord,
};
use crate::{
    model::composed,
    report::{Drift, FieldMoved, FieldValue, How, Moved},
};

/// What an environment was made to be by a plan that was applied.
#[derive(Clone, Copy, Debug)]
pub struct Applied<'a> {
    /// The record of the environment.
    pub environment: &'a EnvironmentRecord,
    /// The keys that the plan was for; empty: all.
    pub targets: &'a [String],
}

impl<'a> Applied<'a> {
    /// What it made of a webhook.
    fn webhook(&self, key: &String) -> Option<&'a WebhookRecord> {
        let covers = self.targets.is_empty() || self.targets.contains(key);
        let desired = self.environment.desired.get(key).filter(|_| covers);
        desired.map(|desired: &DesiredRecord| &desired.webhook)
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
}

/// What has moved in an environment. Without a record of what was applied, all that differs is drift.
pub fn drift(now: &EnvironmentRecord, applied: Option<Applied<'_>>) -> Drift {
    let mut drift = Drift::default();
    if let ResultRecord::Planned(plan) = &now.result {
        for operation in &plan.operations {
            sort(operation, now, applied, &mut drift);
        }
    }
    drift
}

/// Puts one operation's differences into the lists they belong to.
fn sort(
    operation: &OperationRecord,
    now: &EnvironmentRecord,
    applied: Option<Applied<'_>>,
    drift: &mut Drift,
) {
    let key = operation.key.clone();
    let was = applied
        .zip(key.as_ref())
        .and_then(|(applied, key)| applied.webhook(key));
    // Where something was applied and had no such webhook, the manifest has it since.
    let is_new = applied.is_some_and(|applied| applied.targets.is_empty()) && was.is_none();
    match &operation.action {
        ActionRecord::Create { webhook } => {
            let list = if is_new {
                &mut drift.yours
            } else {
                &mut drift.drift
            };
            list.push(Moved {
                key,
                name: webhook.name.shown.clone(),
                id: None,
                how: How::Missing,
            });
        }
        ActionRecord::Delete { before } => {
            let name = &before.webhook.name.shown;
            let is_yours = applied.is_some_and(|applied| match operation.reason {
                ReasonRecord::Removed => !applied
                    .environment
                    .removed
                    .contains(&composed(name).into_owned()),
                _ => applied.had(before, now),
            });
            let list = if is_yours {
                &mut drift.yours
            } else {
                &mut drift.drift
            };
            list.push(moved(key, before, How::Extra));
        }
        ActionRecord::Update {
            before,
            paired_by: _,
            changes,
        } => {
            let is_disabled = operation.reason == ReasonRecord::DisabledAtProvider;
            let mut lists: [Vec<FieldMoved>; 3] = Default::default();
            for change in changes {
                let (is_yours, has_drifted) = match was {
                    Some(was) => who(change, was),
                    None => (is_new, !is_new),
                };
                let by_provider = is_disabled && matches!(change, ChangeRecord::Enabled { .. });
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
fn who(change: &ChangeRecord, was: &WebhookRecord) -> (bool, bool) {
    let (is_declared, is_live) = match change {
        ChangeRecord::Name { before, after } => (was.name.is(after), was.name.is(before)),
        ChangeRecord::Url { before, after } => (was.url.is(after), was.url.is(before)),
        ChangeRecord::Events { before, after } => {
            let was = was.events.as_ref();
            (was == Some(after), was == Some(before))
        }
        ChangeRecord::Enabled { before, after } => {
            (was.enabled == Some(*after), was.enabled == Some(*before))
        }
    };
    (!is_declared, !is_live)
}

fn moved(key: Option<String>, live: &LiveRecord, how: How) -> Moved {
    Moved {
        key,
        name: live.webhook.name.shown.clone(),
        id: Some(live.id.clone()),
        how,
    }
}

fn field(change: &ChangeRecord) -> FieldMoved {
    let (field, live, declared) = match change {
        ChangeRecord::Name { before, after } => (
            "name",
            FieldValue::Text(before.shown.clone()),
            FieldValue::Text(after.shown.clone()),
        ),
        ChangeRecord::Url { before, after } => (
            "url",
            FieldValue::Text(before.shown.clone()),
            FieldValue::Text(after.shown.clone()),
        ),
        ChangeRecord::Events { before, after } => (
            "events",
            FieldValue::Events(before.clone()),
            FieldValue::Events(after.clone()),
        ),
        ChangeRecord::Enabled { before, after } => (
            "enabled",
            FieldValue::Flag(*before),
            FieldValue::Flag(*after),
        ),
    };
    FieldMoved {
        field,
        declared,
        live,
    }
}
