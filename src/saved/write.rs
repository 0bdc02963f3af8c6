//! A planned environment → its record. What is sensitive stays behind.

use std::collections::BTreeMap;

use super::{
    key::{Key, Purpose},
    mask::Writer,
    record::{
        ActionRecord, AdoptedRecord, ChangeRecord, DesiredRecord, EnvironmentRecord, LiveRecord,
        NamedRecord, OperationRecord, PairedByRecord, PatchRecord, PlanRecord, ReasonRecord,
        ResultRecord, StepRecord, UnmanagedKindRecord, UnmanagedRecord, UnreadableRecord,
        WarningRecord, WebhookRecord,
    },
};
use crate::{
    model::{
        DesiredState, DesiredWebhook, LiveState, LiveWebhook, MaskedText, Masker, NewWebhook,
        WebhookId, WebhookKey, WebhookPatch,
    },
    plan::{
        Absent, Adopted, Change, EnvironmentPlan, Named, Operation, OperationKind, PairedBy,
        Reason, Step, StepRequest, Unmanaged, UnmanagedKind, Warning,
    },
    report::{PlanResult, PlannedEnvironment},
};

/// An environment that was planned, and what it was planned from.
#[derive(Clone, Copy, Debug)]
pub struct Planned<'p> {
    /// What planning gave.
    pub planned: &'p PlannedEnvironment,
    /// What it should have.
    pub desired: &'p DesiredState,
    /// What it had; `None` where it was not read.
    pub live: Option<&'p LiveState>,
    /// Where its API is; `None` for the embedded simulator.
    pub base_url: Option<&'p MaskedText>,
    /// The account.
    pub client_id: &'p MaskedText,
    /// The key of its access secret.
    pub key: &'p Key,
    /// What knows every sensitive value of the run.
    pub masker: &'p Masker,
}

/// The record of an environment.
pub fn environment(one: &Planned<'_>) -> EnvironmentRecord {
    let view = &one.planned.environment;
    let writer = Writer::new(one);
    let plain = MaskedText::plain("simulator");
    let desired = one.desired.webhooks.iter();
    // The plan knows which declared webhook a live one stands for, and so what of it is sensitive.
    let operations = one.planned.result.plan().into_iter();
    let operations = operations.flat_map(|plan| plan.operations.iter().chain(&plan.left_out));
    let beside: BTreeMap<&WebhookId, &LiveWebhook> = operations
        .filter_map(Operation::before)
        .map(|before| (&before.id, before))
        .collect();
    let mut live = one.live.map(|live| {
        let webhooks = live.webhooks.iter();
        let webhooks = webhooks.map(|webhook| beside.get(&webhook.id).copied().unwrap_or(webhook));
        webhooks.map(|webhook| writer.live(webhook)).collect()
    });
    if let Some(live) = &mut live {
        let live: &mut Vec<LiveRecord> = live;
        // Providers list them in whatever order.
        live.sort_by(|a, b| a.id.cmp(&b.id));
    }
    EnvironmentRecord {
        name: view.name.to_string(),
        provider: view.profile,
        env_type: view.env_type,
        target: writer.text(one.base_url.unwrap_or(&plain)),
        requests_per_minute: view.requests_per_minute,
        account_limit: view.account_limit,
        key_check: one.key.digest(Purpose::Check, b""),
        account: one
            .key
            .digest(Purpose::Account, one.client_id.expose().as_bytes()),
        desired: desired
            .map(|(key, webhook)| (key.to_string(), writer.desired(webhook)))
            .collect(),
        removed: one
            .desired
            .removed
            .iter()
            .map(|name| writer.plain(name))
            .collect(),
        live,
        result: writer.result(&one.planned.result),
    }
}

impl Writer<'_> {
    fn desired(&self, webhook: &DesiredWebhook) -> DesiredRecord {
        let DesiredWebhook {
            name,
            url,
            events,
            enabled,
            moved_from,
            adopt,
        } = webhook;
        DesiredRecord {
            webhook: WebhookRecord {
                name: self.name(name),
                url: self.url(url),
                events: Some(self.events(events)),
                enabled: Some(*enabled),
            },
            moved_from: moved_from.iter().map(|url| self.url(url)).collect(),
            adopt: *adopt,
        }
    }

    pub(super) fn live(&self, webhook: &LiveWebhook) -> LiveRecord {
        let LiveWebhook {
            id,
            name,
            url,
            events,
            env_type,
            enabled,
            created_at,
            unreadable,
            updated_at: _, // Moves without any of the fields that a plan looks at.
            other: _,      // No plan looks at them.
        } = webhook;
        LiveRecord {
            id: self.plain(id.as_received()),
            webhook: WebhookRecord {
                name: self.name(name),
                url: self.url(url),
                events: events.as_ref().map(|events| self.events(events)),
                enabled: *enabled,
            },
            env_type: *env_type,
            created_at: *created_at,
            unreadable: unreadable
                .iter()
                .map(|found| UnreadableRecord {
                    field: found.field,
                    got: found.got.as_deref().map(|got| self.plain(got)),
                })
                .collect(),
        }
    }

    fn created(&self, webhook: &NewWebhook) -> WebhookRecord {
        let NewWebhook {
            name,
            url,
            events,
            env_type: _, // The environment's.
            enabled,
        } = webhook;
        WebhookRecord {
            name: self.name(name),
            url: self.url(url),
            events: Some(self.events(events)),
            enabled: *enabled,
        }
    }

    fn result(&self, result: &PlanResult) -> ResultRecord {
        match result {
            PlanResult::Planned(plan) => ResultRecord::Planned(Box::new(self.plan(plan))),
            PlanResult::Refused(refusals) => {
                ResultRecord::Refused(refusals.iter().map(|one| self.refusal(one)).collect())
            }
            PlanResult::Failed { error, way_out } => ResultRecord::Failed {
                error: self.plain(error),
                way_out: way_out.as_deref().map(|text| self.plain(text)),
            },
        }
    }

    fn plan(&self, plan: &EnvironmentPlan) -> PlanRecord {
        let EnvironmentPlan {
            operations,
            steps,
            unchanged,
            adopted,
            unmanaged,
            left_out,
            trades,
            refusals,
            warnings,
        } = plan;
        PlanRecord {
            operations: operations.iter().map(|one| self.operation(one)).collect(),
            steps: steps.iter().map(|one| self.step(one)).collect(),
            unchanged: *unchanged,
            adopted: adopted.iter().map(|one| self.adopted(one)).collect(),
            unmanaged: unmanaged.iter().map(|one| self.unmanaged(one)).collect(),
            left_out: left_out.iter().map(|one| self.operation(one)).collect(),
            trades: trades.iter().map(|one| keys(one)).collect(),
            refusals: refusals.iter().map(|one| self.refusal(one)).collect(),
            warnings: warnings.iter().map(warning).collect(),
        }
    }

    fn adopted(&self, one: &Adopted) -> AdoptedRecord {
        let Adopted { key, webhook } = one;
        AdoptedRecord {
            key: key.to_string(),
            webhook: self.live(webhook),
        }
    }

    fn operation(&self, one: &Operation) -> OperationRecord {
        let Operation { key, reason, kind } = one;
        OperationRecord {
            key: key.as_ref().map(ToString::to_string),
            reason: match reason {
                Reason::NotLive(absent) => not_live(absent),
                Reason::Differs => ReasonRecord::Differs,
                Reason::DisabledAtProvider => ReasonRecord::DisabledAtProvider,
                Reason::Adopted => ReasonRecord::Adopted,
                Reason::Removed => ReasonRecord::Removed,
                Reason::NotDeclared => ReasonRecord::NotDeclared,
                Reason::Duplicate { of } => ReasonRecord::Duplicate { of: of.to_string() },
            },
            action: match kind {
                OperationKind::Create { webhook } => ActionRecord::Create {
                    webhook: self.created(webhook),
                },
                OperationKind::Delete { before } => ActionRecord::Delete {
                    before: self.live(before),
                },
                OperationKind::Update {
                    before,
                    paired_by,
                    changes,
                } => ActionRecord::Update {
                    before: self.live(before),
                    paired_by: match paired_by {
                        PairedBy::Url => PairedByRecord::Url,
                        PairedBy::MovedFrom(url) => PairedByRecord::MovedFrom(self.url(url)),
                        PairedBy::Name => PairedByRecord::Name,
                        PairedBy::Trade { via } => {
                            PairedByRecord::Trade(via.iter().map(ToString::to_string).collect())
                        }
                    },
                    changes: changes.iter().map(|one| self.change(one)).collect(),
                },
            },
        }
    }

    fn change(&self, one: &Change) -> ChangeRecord {
        match one {
            Change::Name { before, after } => ChangeRecord::Name {
                before: self.name(before),
                after: self.name(after),
            },
            Change::Url { before, after } => ChangeRecord::Url {
                before: self.url(before),
                after: self.url(after),
            },
            Change::Events { before, after } => ChangeRecord::Events {
                before: before.as_ref().map(|before| self.events(before)),
                after: self.events(after),
            },
            Change::Enabled { before, after } => ChangeRecord::Enabled {
                before: *before,
                after: *after,
            },
        }
    }

    fn step(&self, one: &Step) -> StepRecord {
        let Step {
            operation,
            request,
            after,
        } = one;
        let patch = match request {
            // What these send, and to which webhook, stands at the operation.
            StepRequest::Create(_) | StepRequest::Delete { id: _ } => None,
            StepRequest::Update { id: _, patch } => Some(self.patch(patch)),
        };
        StepRecord {
            operation: *operation,
            after: after.clone(),
            patch,
        }
    }

    fn patch(&self, patch: &WebhookPatch) -> PatchRecord {
        let WebhookPatch {
            name,
            url,
            events,
            enabled,
        } = patch;
        PatchRecord {
            name: name.as_ref().map(|name| self.name(name)),
            url: url.as_ref().map(|url| self.url(url)),
            events: events.as_ref().map(|events| self.events(events)),
            enabled: *enabled,
        }
    }

    fn unmanaged(&self, one: &Unmanaged) -> UnmanagedRecord {
        let Unmanaged { webhook, kind } = one;
        UnmanagedRecord {
            webhook: self.live(webhook),
            kind: match kind {
                UnmanagedKind::NotDeclared => UnmanagedKindRecord::NotDeclared,
                UnmanagedKind::Duplicate { of } => {
                    UnmanagedKindRecord::Duplicate { of: of.to_string() }
                }
                UnmanagedKind::NotOurs => UnmanagedKindRecord::NotOurs,
                UnmanagedKind::Unreadable => UnmanagedKindRecord::Unreadable,
            },
        }
    }
}

fn not_live(absent: &Absent) -> ReasonRecord {
    let Absent {
        former_taken,
        named,
    } = absent;
    ReasonRecord::NotLive {
        former_taken: *former_taken,
        named: named.as_ref().map(|named| match named {
            Named::TakenBy(key) => NamedRecord::TakenBy(key.to_string()),
            Named::TakenBySeveral => NamedRecord::TakenBySeveral,
            Named::NotOurs => NamedRecord::NotOurs,
        }),
    }
}

fn warning(one: &Warning) -> WarningRecord {
    match one {
        Warning::EnabledNotReported { key } => WarningRecord::EnabledNotReported {
            key: key.to_string(),
        },
        Warning::EventsNotReported { key } => WarningRecord::EventsNotReported {
            key: key.to_string(),
        },
        Warning::EnabledAfterProbe { key } => WarningRecord::EnabledAfterProbe {
            key: key.to_string(),
        },
        Warning::LeftDisabled { key, why } => WarningRecord::LeftDisabled {
            key: key.to_string(),
            why: why.clone(),
        },
    }
}

pub(super) fn keys(keys: &[WebhookKey]) -> Vec<String> {
    keys.iter().map(ToString::to_string).collect()
}
