//! The document of `plan`.

mod operation;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use self::operation::{OperationBody, operation};
use super::{
    Document, Environment, Finding, environment, findings,
    radius::{RadiusBody, radius},
    warnings::warnings,
};
use crate::{
    diagnostic::{Diagnostic, Sources},
    model::Ruling,
    plan::{
        Action, EnvironmentPlan, Known as _, PatchRecord, PlanResult, Refusal, Shown, Unchanged,
        UnmanagedKind, evidence::Evidence,
    },
    run::{self, EnvironmentView, PlannedEnvironment},
};

/// A plan.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Planned {
    /// How much is to be done, over all environments.
    summary: Summary,
    /// The environments, by name.
    environments: Vec<PlannedBody>,
    /// Warnings about the manifest.
    diagnostics: Vec<Finding>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
struct Summary {
    create: usize,
    update: usize,
    delete: usize,
    /// How many get another signing secret; absent where none does.
    #[serde(skip_serializing_if = "is_none")]
    #[schemars(default)]
    rotate: usize,
    unchanged: usize,
    unmanaged: usize,
}

/// Whether there is nothing of it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_none(count: &usize) -> bool {
    *count == 0
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PlannedBody {
    environment: Environment,
    /// `changes`, `nothing`, `refused` or `failed`.
    outcome: super::Outcome,
    operations: Vec<OperationBody>,
    /// The requests, in an order that satisfies all dependencies.
    steps: Vec<StepBody>,
    /// How many declared webhooks are as they should be.
    unchanged: usize,
    /// Which those are, in the order of the manifest's keys.
    unchanged_webhooks: Vec<UnchangedBody>,
    /// Those among them that were not ours, and are taken over as they are.
    adopted: Vec<AdoptedBody>,
    /// Live webhooks that are left alone.
    unmanaged: Vec<UnmanagedBody>,
    /// What would happen too, were it not for `--target`.
    left_out: Vec<LeftOutBody>,
    /// The keys of webhooks that trade URLs: each URL keeps its webhook, which changes its name.
    trades: Vec<Vec<String>>,
    /// What the guards refuse; empty unless the outcome is `refused`.
    refusals: Vec<RefusalBody>,
    /// What someone should know.
    warnings: Vec<String>,
    /// What the rules under `policies` say of the plan, in the order of their ids. Not there where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    policies: Vec<RulingBody>,
    /// What it costs.
    cost: Cost,
    /// Why the live state could not be read, if it could not.
    error: Option<String>,
    /// What to do about that.
    way_out: Option<String>,
    /// What the plan would have done to the deliveries of a time, where they were counted: with `--with-history`.
    #[serde(skip_serializing_if = "Option::is_none")]
    blast_radius: Option<RadiusBody>,
    /// Why the request history could not be read, where it was looked at and could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    history_error: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Cost {
    /// How many mutating requests the plan makes.
    write_requests: usize,
    /// How many requests a minute a run may send.
    requests_per_minute: u32,
    /// How long they wait for that, in seconds; a minute's share can be sent at once.
    waits_seconds: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct StepBody {
    /// The operation, by index.
    operation: usize,
    /// `create`, `update` or `delete`.
    request: &'static str,
    /// The fields that are sent.
    fields: Vec<&'static str>,
    /// The steps that must have succeeded before, by index.
    after: Vec<usize>,
}

/// A declared webhook that is as it should be.
#[derive(Debug, Serialize, JsonSchema)]
struct UnchangedBody {
    key: String,
    /// Whether events are sent to it; null where the provider does not report that.
    enabled: Option<bool>,
    /// The rotation of its secret that the manifest asks for, and that is done; absent where it asks for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    rotated: Option<String>,
}

/// A live webhook that is taken over as it is: nothing is sent.
#[derive(Debug, Serialize, JsonSchema)]
struct AdoptedBody {
    /// The declared webhook.
    key: String,
    name: String,
    id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct UnmanagedBody {
    name: String,
    url: String,
    id: String,
    /// `not-declared`, `duplicate`, `not-ours` or `unreadable`.
    kind: &'static str,
    /// The fields that cannot be read, each with what came.
    unreadable: Vec<String>,
}

/// An operation that `--target` leaves out.
#[derive(Debug, Serialize, JsonSchema)]
struct LeftOutBody {
    action: &'static str,
    /// The webhook's key in the manifest; null for what would be deleted.
    key: Option<String>,
    name: String,
}

/// What a rule says of a plan.
#[derive(Debug, Serialize, JsonSchema)]
struct RulingBody {
    /// The rule.
    id: String,
    /// `deny` or `warn`.
    level: &'static str,
    /// `passes`, `denies`, `warns`, or `not-evaluated`, which is against the plan.
    verdict: &'static str,
    /// What it says where it is against the plan.
    say: String,
    /// Why it could not be evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// The webhooks that it left out of account, as an exception holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    excepted: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RefusalBody {
    /// The guard, or `policy/` and the id of a rule.
    code: Cow<'static, str>,
    message: String,
    way_out: String,
}

/// The document of `plan`.
pub fn planned(
    all: &[PlannedEnvironment],
    found: &[Diagnostic],
    sources: &Sources,
) -> Document<Planned> {
    let mut summary = Summary::default();
    for plan in all.iter().filter_map(|one| one.result.plan()) {
        summary.create += plan.count(Action::Create);
        summary.update += plan.count(Action::Update);
        summary.delete += plan.count(Action::Delete);
        summary.rotate += plan.count(Action::Rotate);
        summary.unchanged += plan.unchanged.len();
        summary.unmanaged += plan.unmanaged.len();
    }
    Document::new(
        run::outcome(all),
        Planned {
            summary,
            environments: all.iter().map(planned_body).collect(),
            diagnostics: findings(found, sources),
        },
    )
}

pub(super) fn planned_body(one: &PlannedEnvironment) -> PlannedBody {
    let empty = EnvironmentPlan::default();
    let plan = one.result.plan().unwrap_or(&empty);
    let (error, way_out) = match &one.result {
        PlanResult::Failed { error, way_out } => (Some(error.clone()), way_out.clone()),
        PlanResult::Planned(_) | PlanResult::Refused(_) => (None, None),
    };
    PlannedBody {
        environment: environment(&one.environment),
        outcome: one.outcome().into(),
        operations: plan
            .operations
            .iter()
            .map(|it| operation(it, one.evidence.as_ref()))
            .collect(),
        steps: plan
            .steps
            .iter()
            .map(|step| StepBody {
                operation: step.operation,
                request: plan.operations[step.operation].action().as_str(),
                fields: step.request.iter().flat_map(PatchRecord::sent).collect(),
                after: step.after.clone(),
            })
            .collect(),
        unchanged: plan.unchanged.len(),
        unchanged_webhooks: plan.unchanged.iter().map(unchanged).collect(),
        adopted: plan
            .adopted
            .iter()
            .map(|one| AdoptedBody {
                key: one.key.to_string(),
                name: one.webhook.name().to_string(),
                id: one.webhook.id.clone(),
            })
            .collect(),
        unmanaged: plan
            .unmanaged
            .iter()
            .map(|one| UnmanagedBody {
                name: one.webhook.name().to_string(),
                url: one.webhook.url().to_string(),
                id: one.webhook.id.clone(),
                kind: match one.kind {
                    UnmanagedKind::NotDeclared => "not-declared",
                    UnmanagedKind::Duplicate { .. } => "duplicate",
                    UnmanagedKind::NotOurs => "not-ours",
                    UnmanagedKind::Unreadable => "unreadable",
                },
                unreadable: one.webhook.unreadable(),
            })
            .collect(),
        left_out: plan
            .left_out
            .iter()
            .map(|one| LeftOutBody {
                action: one.action().as_str(),
                key: one.key.as_ref().map(ToString::to_string),
                name: one.shown_name().to_owned(),
            })
            .collect(),
        trades: plan
            .trades
            .iter()
            .map(|keys| keys.iter().map(ToString::to_string).collect())
            .collect(),
        refusals: refusals(one.result.refusals(), &one.environment),
        warnings: warnings(plan),
        policies: plan.rulings.iter().map(ruling).collect(),
        cost: Cost {
            write_requests: plan.write_requests(),
            requests_per_minute: one.environment.requests_per_minute,
            waits_seconds: one.environment.waits(plan.write_requests()).as_secs(),
        },
        error,
        way_out,
        blast_radius: one.radius.as_ref().map(radius),
        history_error: match &one.evidence {
            Some(Evidence::Unread(error) | Evidence::NoHistory(error)) => Some(error.clone()),
            Some(Evidence::Read { .. }) | None => None,
        },
    }
}

fn unchanged(webhook: &Unchanged) -> UnchangedBody {
    let Unchanged {
        key,
        enabled,
        rotated,
    } = webhook;
    UnchangedBody {
        key: key.to_string(),
        enabled: *enabled,
        rotated: rotated.as_ref().map(ToString::to_string),
    }
}

fn ruling(ruling: &Ruling) -> RulingBody {
    RulingBody {
        id: ruling.rule.to_string(),
        level: ruling.level.as_str(),
        verdict: ruling.word(),
        say: ruling.say.clone(),
        why: ruling.why().map(str::to_owned),
        excepted: ruling.excepted.clone(),
    }
}

/// What guards and rules refuse of an environment.
pub(super) fn refusals(all: &[Refusal<Shown>], view: &EnvironmentView) -> Vec<RefusalBody> {
    let bodies = all.iter().map(|refusal| RefusalBody {
        code: refusal.name(),
        message: refusal.to_string(),
        way_out: view.way_out(refusal),
    });
    bodies.collect()
}
