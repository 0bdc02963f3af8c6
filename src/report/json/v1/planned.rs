//! The document of `plan`.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Document, Environment, Finding, environment, findings,
    radius::{RadiusBody, radius},
    warnings::warnings,
};
use crate::{
    diagnostic::{Diagnostic, Sources},
    model::Ruling,
    plan::{
        Action, EnvironmentPlan, Known as _, Note, Operation, OperationKind, PairedBy, PatchRecord,
        PlanResult, Reason, Refusal, Shown, Text, UnmanagedKind,
        evidence::{Carried, Evidence},
    },
    report::{
        fields::{self, Field, Value},
        words,
    },
    run::{self, PlannedEnvironment},
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
    unchanged: usize,
    unmanaged: usize,
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
struct OperationBody {
    action: &'static str,
    /// The webhook's key in the manifest; null for what is deleted.
    key: Option<String>,
    name: String,
    /// The provider's id; null for what is created.
    id: Option<String>,
    /// `not-live`, `differs`, `disabled-at-provider`, `adopted`, `removed`, `not-declared`, `duplicate`,
    /// `replaces` (another webhook in the place of a live one, whose delete stands beside it), `replaced`.
    reason: &'static str,
    /// `url`, `moved-from` or `name`; null where nothing was paired.
    paired_by: Option<&'static str>,
    changes: Vec<ChangeBody>,
    /// What it costs that a plan otherwise does not, and what its receiver must know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    notes: Vec<NoteBody>,
    /// What the live webhook carries, where that was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    carries: Option<CarriesBody>,
}

/// What is to be known of an operation.
#[derive(Debug, Serialize, JsonSchema)]
struct NoteBody {
    /// `new-secret`, `keeps-secret`, `other-secret`, `twice`, `gap`.
    code: &'static str,
    /// The event types that it is about; `*` stands for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    events: Vec<String>,
    /// The webhooks by whose end it ends: their names, or ids where those do not tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    until: Vec<String>,
    /// The same in words.
    text: String,
}

/// The deliveries to a webhook's URL.
#[derive(Debug, Serialize, JsonSchema)]
struct CarriesBody {
    /// How far back they were counted.
    window_seconds: u64,
    deliveries: u64,
    succeeded: u64,
    /// How long ago the event of the last one came to be; null where none is known.
    last_seconds_ago: Option<u64>,
    /// The last failures, the latest first.
    failures: Vec<LastFailureBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LastFailureBody {
    seconds_ago: u64,
    /// Null where the endpoint did not answer.
    status_code: Option<u16>,
    error_message: Option<String>,
}

/// One field that changes. Sensitive parts are masked; `sensitive` says that only such a part changes.
#[derive(Debug, Serialize, JsonSchema)]
struct ChangeBody {
    field: String,
    before: serde_json::Value,
    after: serde_json::Value,
    sensitive: bool,
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
        summary.unchanged += plan.unchanged;
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
    let refusals = one.result.refusals().iter();
    let refusals: Vec<RefusalBody> = refusals
        .map(|it| refusal(it, one.environment.way_out(it)))
        .collect();
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
                request: action(plan.operations[step.operation].action()),
                fields: step.request.as_ref().map(sent).unwrap_or_default(),
                after: step.after.clone(),
            })
            .collect(),
        unchanged: plan.unchanged,
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
                action: action(one.action()),
                key: one.key.as_ref().map(ToString::to_string),
                name: one.shown_name().to_owned(),
            })
            .collect(),
        trades: plan
            .trades
            .iter()
            .map(|keys| keys.iter().map(ToString::to_string).collect())
            .collect(),
        refusals,
        warnings: warnings(plan),
        policies: plan.rulings.iter().map(ruling).collect(),
        cost: Cost {
            write_requests: plan.steps.len(),
            requests_per_minute: one.environment.requests_per_minute,
            waits_seconds: one.environment.waits(plan.steps.len()).as_secs(),
        },
        error,
        way_out,
        blast_radius: one.radius.as_ref().map(radius),
        history_error: match &one.evidence {
            Some(Evidence::Unread(error)) => Some(error.clone()),
            Some(Evidence::Read { .. }) | None => None,
        },
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

pub(super) fn action(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
    }
}

fn operation(one: &Operation<Shown>, evidence: Option<&Evidence<Shown>>) -> OperationBody {
    let paired_by = match &one.kind {
        OperationKind::Create { .. } | OperationKind::Delete { .. } => None,
        OperationKind::Update { paired_by, .. } => Some(match paired_by {
            PairedBy::Url => "url",
            PairedBy::MovedFrom(_) => "moved-from",
            PairedBy::Name => "name",
            PairedBy::Trade(_) => "trade",
        }),
    };
    OperationBody {
        action: action(one.action()),
        key: one.key.as_ref().map(ToString::to_string),
        name: one.shown_name().to_owned(),
        id: one.before().map(|before| before.id.clone()),
        reason: match one.reason {
            Reason::NotLive(_) => "not-live",
            Reason::Differs => "differs",
            Reason::DisabledAtProvider => "disabled-at-provider",
            Reason::Adopted => "adopted",
            Reason::Removed => "removed",
            Reason::NotDeclared => "not-declared",
            Reason::Duplicate { .. } => "duplicate",
            Reason::Replaces { .. } => "replaces",
            Reason::Replaced { .. } => "replaced",
        },
        paired_by,
        changes: fields::fields(one).into_iter().map(change).collect(),
        notes: one.notes.iter().map(note).collect(),
        carries: one
            .before()
            .and_then(|before| carries(evidence?, &before.webhook.url)),
    }
}

fn note(note: &Note<Shown>) -> NoteBody {
    let (code, events, until) = match note {
        Note::NewSecret => ("new-secret", Vec::new(), Vec::new()),
        Note::KeepsSecret => ("keeps-secret", Vec::new(), Vec::new()),
        Note::OtherSecret { events } => ("other-secret", events.clone(), Vec::new()),
        Note::Twice { events, until } => {
            let until = until.iter().map(|name| name.shown.clone());
            ("twice", events.clone(), until.collect())
        }
        Note::Gap { events } => ("gap", events.clone(), Vec::new()),
    };
    NoteBody {
        code,
        events,
        until,
        text: words::note(note),
    }
}

fn carries(evidence: &Evidence<Shown>, url: &Text) -> Option<CarriesBody> {
    let Evidence::Read {
        window: Some(window),
        carried: _,
    } = evidence
    else {
        return None;
    };
    let Carried {
        deliveries,
        succeeded,
        last,
        failures,
    } = evidence.of(url)?;
    let failures = failures.into_iter().map(|failure| LastFailureBody {
        seconds_ago: failure.ago.as_secs(),
        status_code: failure.status,
        error_message: failure.error,
    });
    Some(CarriesBody {
        window_seconds: window.as_secs(),
        deliveries,
        succeeded,
        last_seconds_ago: last.map(|last| last.as_secs()),
        failures: failures.collect(),
    })
}

fn change(field: Field<'_>) -> ChangeBody {
    ChangeBody {
        field: field.name.to_owned(),
        sensitive: field.is_sensitive(),
        before: value(field.before),
        after: value(field.after),
    }
}

fn value(value: Value<'_>) -> serde_json::Value {
    match value {
        Value::Absent => serde_json::Value::Null,
        Value::Text(text) => text.into(),
        Value::Flag(flag) => flag.into(),
        Value::Events(events) => events.into(),
    }
}

/// The fields that an update sends.
fn sent(patch: &PatchRecord) -> Vec<&'static str> {
    let PatchRecord {
        name,
        url,
        events,
        enabled,
    } = patch;
    [
        ("name", name.is_some()),
        ("url", url.is_some()),
        ("events", events.is_some()),
        ("enabled", enabled.is_some()),
    ]
    .into_iter()
    .filter_map(|(field, is_sent)| is_sent.then_some(field))
    .collect()
}

pub(super) fn refusal(one: &Refusal<Shown>, way_out: String) -> RefusalBody {
    RefusalBody {
        code: one.name(),
        message: one.to_string(),
        way_out,
    }
}
