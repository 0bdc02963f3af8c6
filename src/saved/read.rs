//! A record → what is shown. Nothing of this is ever sent: only the masked form of texts is there.

use std::collections::BTreeSet;

use super::{
    file::{Content, SavedPlan},
    record::{
        ActionRecord, AdoptedRecord, ChangeRecord, EnvironmentRecord, LiveRecord, NamedRecord,
        OperationRecord, PairedByRecord, PatchRecord, PlanRecord, ReasonRecord, ResultRecord,
        StepRecord, Text, UnmanagedKindRecord, UnmanagedRecord, WarningRecord, WebhookRecord,
    },
    refusals::refusal,
};
use crate::{
    model::{
        EndpointUrl, EnvType, EnvironmentName, EventSet, EventType, LiveWebhook, MaskedText,
        NewWebhook, Unreadable, WebhookId, WebhookKey, WebhookName, WebhookPatch,
    },
    plan::{
        Absent, Adopted, Change, EnvironmentPlan, Named, Operation, OperationKind, PairedBy,
        Reason, Step, StepRequest, Unmanaged, UnmanagedKind, Warning,
    },
    report::{EnvironmentView, PlanResult, PlannedEnvironment, typed},
};

impl Content {
    /// Whether everything that is pointed to is there.
    pub(super) fn check(&self) -> Result<(), String> {
        // None would stand for all wherever environments are chosen.
        if self.environments.is_empty() {
            return Err("it has no environment".to_owned());
        }
        let names: BTreeSet<&str> = self
            .environments
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        if names.len() < self.environments.len() {
            return Err("it has an environment twice".to_owned());
        }
        for one in &self.environments {
            let ResultRecord::Planned(plan) = &one.result else {
                continue;
            };
            for (index, step) in plan.steps.iter().enumerate() {
                let is_update = match plan.operations.get(step.operation) {
                    Some(operation) => matches!(operation.action, ActionRecord::Update { .. }),
                    None => return Err(format!("step {index} is of no operation")),
                };
                if step.patch.is_some() != is_update || step.after.iter().any(|it| *it >= index) {
                    return Err(format!("step {index} does not fit its operation"));
                }
            }
        }
        Ok(())
    }
}

impl SavedPlan {
    /// The plan, to be shown.
    pub fn planned(&self) -> Vec<PlannedEnvironment> {
        self.content().planned()
    }
}

impl Content {
    /// The plan, to be shown.
    pub fn planned(&self) -> Vec<PlannedEnvironment> {
        self.environments.iter().map(planned).collect()
    }
}

fn planned(one: &EnvironmentRecord) -> PlannedEnvironment {
    PlannedEnvironment {
        environment: EnvironmentView {
            name: EnvironmentName::new(one.name.as_str()),
            profile: one.provider,
            env_type: one.env_type,
            target: one.target.shown.clone(),
            requests_per_minute: one.requests_per_minute,
            // Which file it is of is not known where it is shown.
            chosen_by: typed::flags([""; 0], [one.name.as_str()]),
            planned_by: None,
            account_limit: one.account_limit,
        },
        result: match &one.result {
            ResultRecord::Planned(record) => PlanResult::Planned(plan(record, one.env_type)),
            ResultRecord::Refused(refusals) => {
                PlanResult::Refused(refusals.iter().map(refusal).collect())
            }
            ResultRecord::Failed { error, way_out } => PlanResult::Failed {
                error: error.clone(),
                way_out: way_out.clone().map(Into::into),
            },
        },
        evidence: None,
    }
}

fn text(one: &Text) -> MaskedText {
    MaskedText::plain(one.shown.as_str())
}

pub(super) fn name(one: &Text) -> WebhookName {
    WebhookName::from_live(text(one))
}

fn url(one: &Text) -> EndpointUrl {
    EndpointUrl::from_live(text(one))
}

fn events(names: &[String]) -> EventSet {
    names
        .iter()
        .map(|name| EventType::new(name.as_str()))
        .collect()
}

pub(super) fn keys(keys: &[String]) -> Vec<WebhookKey> {
    keys.iter()
        .map(|key| WebhookKey::new(key.as_str()))
        .collect()
}

pub(super) fn live(one: &LiveRecord) -> LiveWebhook {
    LiveWebhook {
        id: WebhookId::new(one.id.as_str()),
        name: name(&one.webhook.name),
        url: url(&one.webhook.url),
        events: one.webhook.events.as_deref().map(events),
        env_type: one.env_type,
        enabled: one.webhook.enabled,
        created_at: one.created_at,
        updated_at: None,
        unreadable: one
            .unreadable
            .iter()
            .map(|found| Unreadable {
                field: found.field,
                got: found.got.clone(),
            })
            .collect(),
        other: Default::default(),
    }
}

fn new(one: &WebhookRecord, env_type: EnvType) -> NewWebhook {
    NewWebhook {
        name: name(&one.name),
        url: url(&one.url),
        events: one.events.as_deref().map(events).unwrap_or_default(),
        env_type,
        enabled: one.enabled,
    }
}

fn plan(record: &PlanRecord, env_type: EnvType) -> EnvironmentPlan {
    let operation = |one| operation(one, env_type);
    let operations: Vec<Operation> = record.operations.iter().map(operation).collect();
    EnvironmentPlan {
        steps: record
            .steps
            .iter()
            .map(|one| step(one, &operations[one.operation]))
            .collect(),
        operations,
        unchanged: record.unchanged,
        adopted: record.adopted.iter().map(adopted).collect(),
        unmanaged: record.unmanaged.iter().map(unmanaged).collect(),
        left_out: record.left_out.iter().map(operation).collect(),
        trades: record.trades.iter().map(|one| keys(one)).collect(),
        refusals: record.refusals.iter().map(refusal).collect(),
        warnings: record.warnings.iter().map(warning).collect(),
    }
}

fn adopted(one: &AdoptedRecord) -> Adopted {
    Adopted {
        key: WebhookKey::new(one.key.as_str()),
        webhook: live(&one.webhook),
    }
}

fn operation(one: &OperationRecord, env_type: EnvType) -> Operation {
    Operation {
        key: one.key.as_deref().map(WebhookKey::new),
        reason: match &one.reason {
            ReasonRecord::NotLive {
                former_taken,
                named,
            } => Reason::NotLive(Absent {
                former_taken: *former_taken,
                named: named.as_ref().map(|named| match named {
                    NamedRecord::TakenBy(key) => Named::TakenBy(WebhookKey::new(key.clone())),
                    NamedRecord::TakenBySeveral => Named::TakenBySeveral,
                    NamedRecord::NotOurs => Named::NotOurs,
                }),
            }),
            ReasonRecord::Differs => Reason::Differs,
            ReasonRecord::DisabledAtProvider => Reason::DisabledAtProvider,
            ReasonRecord::Adopted => Reason::Adopted,
            ReasonRecord::Removed => Reason::Removed,
            ReasonRecord::NotDeclared => Reason::NotDeclared,
            ReasonRecord::Duplicate { of } => Reason::Duplicate {
                of: WebhookKey::new(of.as_str()),
            },
        },
        kind: match &one.action {
            ActionRecord::Create { webhook } => OperationKind::Create {
                webhook: new(webhook, env_type),
            },
            ActionRecord::Delete { before } => OperationKind::Delete {
                before: live(before),
            },
            ActionRecord::Update {
                before,
                paired_by,
                changes,
            } => OperationKind::Update {
                before: live(before),
                paired_by: match paired_by {
                    PairedByRecord::Url => PairedBy::Url,
                    PairedByRecord::MovedFrom(text) => PairedBy::MovedFrom(url(text)),
                    PairedByRecord::Name => PairedBy::Name,
                    PairedByRecord::Trade(via) => PairedBy::Trade {
                        via: via.iter().map(|key| WebhookKey::new(key.clone())).collect(),
                    },
                },
                changes: changes.iter().map(change).collect(),
            },
        },
    }
}

fn change(one: &ChangeRecord) -> Change {
    match one {
        ChangeRecord::Name { before, after } => Change::Name {
            before: name(before),
            after: name(after),
        },
        ChangeRecord::Url { before, after } => Change::Url {
            before: url(before),
            after: url(after),
        },
        ChangeRecord::Events { before, after } => Change::Events {
            before: before.as_deref().map(events),
            after: events(after),
        },
        ChangeRecord::Enabled { before, after } => Change::Enabled {
            before: *before,
            after: *after,
        },
    }
}

/// A step of an operation; that both fit was checked when the file was read.
fn step(one: &StepRecord, operation: &Operation) -> Step {
    let patch = one.patch.as_ref().map(patch).unwrap_or_default();
    let request = match &operation.kind {
        OperationKind::Create { webhook } => StepRequest::Create(webhook.clone()),
        OperationKind::Delete { before } => StepRequest::Delete {
            id: before.id.clone(),
        },
        OperationKind::Update { before, .. } => StepRequest::Update {
            id: before.id.clone(),
            patch,
        },
    };
    Step {
        operation: one.operation,
        request,
        after: one.after.clone(),
    }
}

fn patch(one: &PatchRecord) -> WebhookPatch {
    WebhookPatch {
        name: one.name.as_ref().map(name),
        url: one.url.as_ref().map(url),
        events: one.events.as_deref().map(events),
        enabled: one.enabled,
    }
}

fn unmanaged(one: &UnmanagedRecord) -> Unmanaged {
    Unmanaged {
        webhook: live(&one.webhook),
        kind: match &one.kind {
            UnmanagedKindRecord::NotDeclared => UnmanagedKind::NotDeclared,
            UnmanagedKindRecord::Duplicate { of } => UnmanagedKind::Duplicate {
                of: WebhookKey::new(of.as_str()),
            },
            UnmanagedKindRecord::NotOurs => UnmanagedKind::NotOurs,
            UnmanagedKindRecord::Unreadable => UnmanagedKind::Unreadable,
        },
    }
}

fn warning(one: &WarningRecord) -> Warning {
    match one {
        WarningRecord::EnabledNotReported { key } => Warning::EnabledNotReported {
            key: WebhookKey::new(key.as_str()),
        },
        WarningRecord::EventsNotReported { key } => Warning::EventsNotReported {
            key: WebhookKey::new(key.as_str()),
        },
        WarningRecord::EnabledAfterProbe { key } => Warning::EnabledAfterProbe {
            key: WebhookKey::new(key.as_str()),
        },
        WarningRecord::LeftDisabled { key, why } => Warning::LeftDisabled {
            key: WebhookKey::new(key.as_str()),
            why: why.clone(),
        },
    }
}
