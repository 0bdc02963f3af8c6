//! Version 1 of the JSON output.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    apply::{Note, Outcome as Became, SkipReason, audit::AuditLine},
    diagnostic::{Diagnostic, Label, Severity, Sources},
    model::{EventSet, Provider},
    plan::{
        Action, Change, EnvironmentPlan, Operation, OperationKind, PairedBy, Reason, Refusal,
        StepRequest, UnmanagedKind, Warning,
    },
    report::{AppliedEnvironment, EnvironmentView, PlanResult, PlannedEnvironment, Proof},
};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// There is something to change.
    Changes,
    /// There is nothing to change, or nothing wrong.
    Nothing,
    /// Everything was applied.
    Applied,
    /// Some operations were applied and some were not.
    Partial,
    /// A guard refuses.
    Refused,
    /// It failed, and nothing was changed.
    Failed,
    /// The command line, the manifest or the plan file is not valid.
    Invalid,
}

/// What every document has, around what is its own.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document<T> {
    /// The version of this format: 1.
    #[schemars(extend("const" = 1))]
    format_version: u32,
    /// How the run ended.
    outcome: Outcome,
    #[serde(flatten)]
    body: T,
}

impl<T> Document<T> {
    fn new(outcome: Outcome, body: T) -> Self {
        Self {
            format_version: 1,
            outcome,
            body,
        }
    }
}

/// The JSON Schemas of all documents, by the name that `hookwright schema` takes.
pub fn schemas() -> BTreeMap<&'static str, serde_json::Value> {
    BTreeMap::from([
        ("apply", schemars::schema_for!(Document<Applied>).to_value()),
        ("audit", schemars::schema_for!(AuditLine).to_value()),
        (
            "failure",
            schemars::schema_for!(Document<Failure>).to_value(),
        ),
        ("plan", schemars::schema_for!(Document<Planned>).to_value()),
        (
            "validate",
            schemars::schema_for!(Document<Validated>).to_value(),
        ),
    ])
}

/// What `validate` found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Validated {
    /// How many errors there are.
    errors: usize,
    /// How many warnings there are.
    warnings: usize,
    /// What is wrong, in reading order.
    diagnostics: Vec<Finding>,
}

/// One thing that is wrong with a manifest.
#[derive(Debug, Serialize, JsonSchema)]
struct Finding {
    /// Its stable code, such as `HW003`.
    code: &'static str,
    /// How bad it is.
    severity: FindingSeverity,
    /// What is wrong.
    message: String,
    /// Where.
    location: Location,
    /// Other places that matter.
    related: Vec<Location>,
    /// What would be right.
    help: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum FindingSeverity {
    Error,
    Warning,
}

/// A place in a file. Lines and columns count from 1; columns count characters.
#[derive(Debug, Serialize, JsonSchema)]
struct Location {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    /// What is there.
    label: Option<String>,
}

/// What was wrong when nothing else can be said.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Failure {
    /// What failed, with its causes.
    error: String,
    /// What to do next.
    hints: Vec<String>,
}

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

/// An environment.
#[derive(Debug, Serialize, JsonSchema)]
struct Environment {
    name: String,
    provider: Provider,
    /// The provider's environment, in its own spelling.
    env_type: String,
    /// Where the API is; `simulator` is the embedded one.
    target: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PlannedBody {
    environment: Environment,
    /// `changes`, `nothing`, `refused` or `failed`.
    outcome: Outcome,
    operations: Vec<OperationBody>,
    /// The requests, in an order that satisfies all dependencies.
    steps: Vec<StepBody>,
    /// How many declared webhooks are as they should be.
    unchanged: usize,
    /// Live webhooks that are left alone.
    unmanaged: Vec<UnmanagedBody>,
    /// What the guards refuse; empty unless the outcome is `refused`.
    refusals: Vec<RefusalBody>,
    /// What someone should know.
    warnings: Vec<String>,
    /// What it costs.
    cost: Cost,
    /// Why the live state could not be read, if it could not.
    error: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Cost {
    /// How many mutating requests the plan makes.
    write_requests: usize,
    /// How many requests a minute a run may send.
    requests_per_minute: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
struct OperationBody {
    action: &'static str,
    /// The webhook's key in the manifest; null for what is deleted.
    key: Option<String>,
    name: String,
    /// The provider's id; null for what is created.
    id: Option<String>,
    /// `not-live`, `differs`, `disabled-at-provider`, `adopted`, `removed`, `not-declared`, `duplicate`.
    reason: &'static str,
    /// `url`, `moved-from` or `name`; null where nothing was paired.
    paired_by: Option<&'static str>,
    changes: Vec<ChangeBody>,
}

/// One field that changes. Sensitive parts are masked; `sensitive` says that only such a part changes.
#[derive(Debug, Serialize, JsonSchema)]
struct ChangeBody {
    field: &'static str,
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

#[derive(Debug, Serialize, JsonSchema)]
struct UnmanagedBody {
    name: String,
    url: String,
    id: String,
    /// `not-declared`, `duplicate` or `not-ours`.
    kind: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RefusalBody {
    code: &'static str,
    message: String,
    way_out: String,
}

/// What an apply did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Applied {
    /// How many operations ended how, over all environments.
    summary: Tally,
    /// The environments, by name.
    environments: Vec<AppliedBody>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
struct Tally {
    applied: usize,
    failed: usize,
    skipped: usize,
    unknown: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AppliedBody {
    environment: Environment,
    operations: Vec<AppliedOperation>,
    /// Whether one more list showed the live state as declared.
    converged: bool,
    /// The webhooks that are not as declared.
    differs: Vec<String>,
    /// Why the list could not be read, if it could not.
    error: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AppliedOperation {
    action: &'static str,
    key: Option<String>,
    name: String,
    /// `applied`, `failed`, `skipped` or `unknown`.
    outcome: &'static str,
    /// `found-after-unknown` or `already-gone`.
    note: Option<&'static str>,
    /// What came back, where it was not applied.
    error: Option<String>,
    /// Why it was skipped: `stopped`, or the index of the operation it needs.
    skipped_because: Option<String>,
}

/// The document of `validate`.
pub fn validated(found: &[Diagnostic], sources: &Sources) -> Document<Validated> {
    let errors = found
        .iter()
        .filter(|one| one.severity == Severity::Error)
        .count();
    let outcome = if errors > 0 {
        Outcome::Invalid
    } else {
        Outcome::Nothing
    };
    Document::new(
        outcome,
        Validated {
            errors,
            warnings: found.len() - errors,
            diagnostics: findings(found, sources),
        },
    )
}

/// The document of a run that ended without anything else to show.
pub fn failure(outcome: Outcome, error: String, hints: Vec<String>) -> Document<Failure> {
    Document::new(outcome, Failure { error, hints })
}

/// The document of `plan`.
pub fn planned(
    all: &[PlannedEnvironment],
    found: &[Diagnostic],
    sources: &Sources,
    outcome: Outcome,
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
        outcome,
        Planned {
            summary,
            environments: all.iter().map(planned_body).collect(),
            diagnostics: findings(found, sources),
        },
    )
}

/// The document of `apply`.
pub fn applied(all: &[AppliedEnvironment], outcome: Outcome) -> Document<Applied> {
    let mut summary = Tally::default();
    for outcome in all.iter().flat_map(|one| &one.report.outcomes) {
        match outcome {
            Became::Applied { .. } => summary.applied += 1,
            Became::Failed { .. } => summary.failed += 1,
            Became::Skipped { .. } => summary.skipped += 1,
            Became::Unknown { .. } => summary.unknown += 1,
        }
    }
    Document::new(
        outcome,
        Applied {
            summary,
            environments: all.iter().map(applied_body).collect(),
        },
    )
}

fn findings(found: &[Diagnostic], sources: &Sources) -> Vec<Finding> {
    found
        .iter()
        .map(|one| Finding {
            code: one.code.as_str(),
            severity: match one.severity {
                Severity::Error => FindingSeverity::Error,
                Severity::Warning => FindingSeverity::Warning,
            },
            message: one.message.clone(),
            location: location(&one.primary, sources),
            related: one
                .related
                .iter()
                .map(|label| location(label, sources))
                .collect(),
            help: one.help.clone(),
        })
        .collect()
}

fn location(label: &Label, sources: &Sources) -> Location {
    let source = sources.get(label.span.source);
    let range = label.span.range();
    let (start, end) = (source.position(range.start), source.position(range.end));
    Location {
        file: source.label.clone(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        label: (!label.text.is_empty()).then(|| label.text.clone()),
    }
}

fn environment(view: &EnvironmentView) -> Environment {
    Environment {
        name: view.name.to_string(),
        provider: view.profile.provider,
        env_type: view
            .profile
            .spelling(view.env_type)
            .unwrap_or_default()
            .to_owned(),
        target: view.target.clone(),
    }
}

fn planned_body(one: &PlannedEnvironment) -> PlannedBody {
    let empty = EnvironmentPlan::default();
    let plan = one.result.plan().unwrap_or(&empty);
    let refusals: Vec<RefusalBody> = one.result.refusals().iter().map(refusal).collect();
    let outcome = match &one.result {
        PlanResult::Failed(_) => Outcome::Failed,
        _ if !refusals.is_empty() => Outcome::Refused,
        _ if plan.operations.is_empty() => Outcome::Nothing,
        _ => Outcome::Changes,
    };
    PlannedBody {
        environment: environment(&one.environment),
        outcome,
        operations: plan.operations.iter().map(operation).collect(),
        steps: plan
            .steps
            .iter()
            .map(|step| {
                let (request, fields) = request(&step.request);
                StepBody {
                    operation: step.operation,
                    request,
                    fields,
                    after: step.after.clone(),
                }
            })
            .collect(),
        unchanged: plan.unchanged,
        unmanaged: plan
            .unmanaged
            .iter()
            .map(|one| UnmanagedBody {
                name: one.webhook.name.to_string(),
                url: one.webhook.url.to_string(),
                id: one.webhook.id.to_string(),
                kind: match one.kind {
                    UnmanagedKind::NotDeclared => "not-declared",
                    UnmanagedKind::Duplicate { .. } => "duplicate",
                    UnmanagedKind::NotOurs => "not-ours",
                },
            })
            .collect(),
        refusals,
        warnings: plan.warnings.iter().map(warning).collect(),
        cost: Cost {
            write_requests: plan.steps.len(),
            requests_per_minute: one.environment.requests_per_minute,
        },
        error: match &one.result {
            PlanResult::Failed(error) => Some(error.clone()),
            PlanResult::Planned(_) | PlanResult::Refused(_) => None,
        },
    }
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
    }
}

fn operation(one: &Operation) -> OperationBody {
    let (paired_by, changes) = match &one.kind {
        OperationKind::Create { webhook } => (None, created(webhook)),
        OperationKind::Delete { before } => (None, deleted(before)),
        OperationKind::Update {
            before: _,
            paired_by,
            changes,
        } => (
            Some(match paired_by {
                PairedBy::Url => "url",
                PairedBy::MovedFrom(_) => "moved-from",
                PairedBy::Name => "name",
            }),
            changes.iter().map(change).collect(),
        ),
    };
    OperationBody {
        action: action(one.action()),
        key: one.key.as_ref().map(ToString::to_string),
        name: one.name().to_string(),
        id: one.before().map(|before| before.id.to_string()),
        reason: match one.reason {
            Reason::NotLive => "not-live",
            Reason::Differs => "differs",
            Reason::DisabledAtProvider => "disabled-at-provider",
            Reason::Adopted => "adopted",
            Reason::Removed => "removed",
            Reason::NotDeclared => "not-declared",
            Reason::Duplicate { .. } => "duplicate",
        },
        paired_by,
        changes,
    }
}

fn created(webhook: &crate::model::NewWebhook) -> Vec<ChangeBody> {
    let crate::model::NewWebhook {
        name,
        url,
        events,
        env_type: _,
        enabled,
    } = webhook;
    let new = |field, after| ChangeBody {
        field,
        before: serde_json::Value::Null,
        after,
        sensitive: false,
    };
    let mut changes = vec![
        new("name", name.to_string().into()),
        new("url", url.to_string().into()),
        new("events", event_list(events)),
    ];
    changes.extend(enabled.map(|enabled| new("enabled", enabled.into())));
    changes
}

fn deleted(webhook: &crate::model::LiveWebhook) -> Vec<ChangeBody> {
    let gone = |field, before| ChangeBody {
        field,
        before,
        after: serde_json::Value::Null,
        sensitive: false,
    };
    let mut changes = vec![
        gone("name", webhook.name.to_string().into()),
        gone("url", webhook.url.to_string().into()),
    ];
    changes.extend(
        webhook
            .events
            .as_ref()
            .map(|events| gone("events", event_list(events))),
    );
    changes.extend(
        webhook
            .enabled
            .map(|enabled| gone("enabled", enabled.into())),
    );
    changes
}

fn change(one: &Change) -> ChangeBody {
    let (field, before, after): (_, serde_json::Value, serde_json::Value) = match one {
        Change::Name { before, after } => {
            ("name", before.to_string().into(), after.to_string().into())
        }
        Change::Url { before, after } => {
            ("url", before.to_string().into(), after.to_string().into())
        }
        Change::Events { before, after } => ("events", event_list(before), event_list(after)),
        Change::Enabled { before, after } => ("enabled", (*before).into(), (*after).into()),
    };
    ChangeBody {
        field,
        sensitive: before == after,
        before,
        after,
    }
}

fn event_list(events: &EventSet) -> serde_json::Value {
    events.iter().map(|event| event.as_str()).collect()
}

fn request(request: &StepRequest) -> (&'static str, Vec<&'static str>) {
    match request {
        StepRequest::Create(_) => ("create", Vec::new()),
        StepRequest::Delete { .. } => ("delete", Vec::new()),
        StepRequest::Update { id: _, patch } => {
            let crate::model::WebhookPatch {
                name,
                url,
                events,
                enabled,
            } = patch;
            let fields = [
                ("name", name.is_some()),
                ("url", url.is_some()),
                ("events", events.is_some()),
                ("enabled", enabled.is_some()),
            ];
            (
                "update",
                fields
                    .into_iter()
                    .filter(|(_, sent)| *sent)
                    .map(|(field, _)| field)
                    .collect(),
            )
        }
    }
}

fn refusal(one: &Refusal) -> RefusalBody {
    RefusalBody {
        code: one.code().as_str(),
        message: one.to_string(),
        way_out: one.way_out(),
    }
}

fn warning(one: &Warning) -> String {
    match one {
        Warning::EnabledNotReported { key } => format!("enabled-not-reported: {key}"),
        Warning::EventsNotReported { key } => format!("events-not-reported: {key}"),
    }
}

fn applied_body(one: &AppliedEnvironment) -> AppliedBody {
    let (differs, error) = match &one.proof {
        Proof::Converged => (Vec::new(), None),
        Proof::Differs(names) => (names.iter().map(ToString::to_string).collect(), None),
        Proof::NotRead(error) => (Vec::new(), Some(error.clone())),
    };
    AppliedBody {
        environment: environment(&one.environment),
        operations: one
            .plan
            .operations
            .iter()
            .zip(&one.report.outcomes)
            .map(|(operation, outcome)| applied_operation(operation, outcome))
            .collect(),
        converged: one.proof == Proof::Converged,
        differs,
        error,
    }
}

fn applied_operation(operation: &Operation, outcome: &Became) -> AppliedOperation {
    let (word, note, error, skipped_because) = match outcome {
        Became::Applied { note } => {
            let note = note.map(|note| match note {
                Note::FoundAfterUnknown => "found-after-unknown",
                Note::AlreadyGone => "already-gone",
            });
            ("applied", note, None, None)
        }
        Became::Failed {
            error,
            steps_done: _,
        } => ("failed", None, Some(error.to_string()), None),
        Became::Unknown { error } => ("unknown", None, Some(error.to_string()), None),
        Became::Skipped {
            because,
            steps_done: _,
        } => {
            let because = match because {
                SkipReason::Needs(operation) => operation.to_string(),
                SkipReason::Stopped => "stopped".to_owned(),
            };
            ("skipped", None, None, Some(because))
        }
    };
    AppliedOperation {
        action: action(operation.action()),
        key: operation.key.as_ref().map(ToString::to_string),
        name: operation.name().to_string(),
        outcome: word,
        note,
        error,
        skipped_because,
    }
}
