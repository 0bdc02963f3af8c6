//! The document of `apply`.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Document, Environment, environment};
use crate::{
    apply::{Note, Outcome as Became, SkipReason},
    plan::{Operation, Shown},
    run::Outcome,
    run::{AppliedEnvironment, Proof, Watched, WatchedOutcome, chain},
};

/// What an apply did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Applied {
    /// How many operations ended how, over all environments.
    summary: Tally,
    /// The environments, by name.
    environments: Vec<AppliedBody>,
    /// What went wrong besides the operations: with a lock, or with the audit log.
    errors: Vec<RunError>,
}

/// What went wrong in a run, besides its operations.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunError {
    /// What failed, with its causes.
    pub error: String,
    /// What to do next.
    pub hints: Vec<String>,
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
    /// The new and moved webhooks whose first delivery was waited for, with `--watch`.
    watched: Vec<WatchedBody>,
}

/// A new or moved webhook whose first delivery was waited for.
#[derive(Debug, Serialize, JsonSchema)]
struct WatchedBody {
    key: Option<String>,
    url: String,
    /// `proven`: a delivery succeeded; `unproven`: there was none; `failing`: all failed.
    outcome: &'static str,
    /// The deliveries that failed.
    failures: Vec<WatchedFailure>,
    /// Why the request history could not be read, where nothing was seen.
    error: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct WatchedFailure {
    /// Null where the endpoint did not answer.
    status_code: Option<u16>,
    error_message: Option<String>,
    count: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AppliedOperation {
    action: &'static str,
    key: Option<String>,
    name: String,
    /// `applied`, `failed`, `skipped`, `secret-lost` or `unknown`. `secret-lost`: it was created, or its secret rotated, and
    /// the new signing secret did not come to where it was to go. The summary counts it as failed.
    outcome: &'static str,
    /// `found-after-unknown` or `already-gone`.
    note: Option<&'static str>,
    /// What came back, where it was not applied.
    error: Option<String>,
    /// What to do about that.
    way_out: Option<Cow<'static, str>>,
    /// Why it was skipped: `stopped`; the index of the operation it needs; or `after` and the name of the environment
    /// that its environment comes after, which was not applied and proven.
    skipped_because: Option<String>,
}

/// The document of `apply`.
pub fn applied(
    all: &[AppliedEnvironment],
    errors: Vec<RunError>,
    outcome: Outcome,
) -> Document<Applied> {
    let mut summary = Tally::default();
    for outcome in all.iter().flat_map(|one| &one.report.outcomes) {
        match outcome {
            Became::Applied { .. } => summary.applied += 1,
            Became::Failed { .. } | Became::SecretLost { .. } => summary.failed += 1,
            Became::Skipped { .. } => summary.skipped += 1,
            Became::Unknown { .. } => summary.unknown += 1,
        }
    }
    Document::new(
        outcome,
        Applied {
            summary,
            environments: all.iter().map(applied_body).collect(),
            errors,
        },
    )
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
            .record
            .operations
            .iter()
            .zip(&one.report.outcomes)
            .map(|(operation, outcome)| applied_operation(operation, outcome))
            .collect(),
        converged: one.proof == Proof::Converged,
        differs,
        error,
        watched: one.watched.iter().map(watched).collect(),
    }
}

fn watched(one: &Watched) -> WatchedBody {
    let failures = one.failures.iter().map(|(reason, count)| WatchedFailure {
        status_code: reason.status,
        error_message: reason.error.clone(),
        count: *count,
    });
    WatchedBody {
        key: one.key.as_ref().map(ToString::to_string),
        url: one.url.to_string(),
        outcome: match one.outcome {
            WatchedOutcome::Proven => "proven",
            WatchedOutcome::Unproven => "unproven",
            WatchedOutcome::Failing => "failing",
        },
        failures: failures.collect(),
        error: one.unread.clone(),
    }
}

fn applied_operation(operation: &Operation<Shown>, outcome: &Became) -> AppliedOperation {
    let (word, note, error, skipped_because) = match outcome {
        Became::Applied { note } => {
            let note = note.map(|note| match note {
                Note::FoundAfterUnknown => "found-after-unknown",
                Note::Corrected { .. } => "corrected",
                Note::AlreadyGone => "already-gone",
            });
            ("applied", note, None, None)
        }
        Became::Failed {
            error,
            steps_done: _,
        } => ("failed", None, Some(error), None),
        Became::SecretLost { error } => ("secret-lost", None, Some(error), None),
        Became::Unknown { error } => ("unknown", None, Some(error), None),
        Became::Skipped {
            because,
            steps_done: _,
        } => {
            let because = match because {
                SkipReason::Needs(operation) => operation.to_string(),
                SkipReason::Stopped => "stopped".to_owned(),
                SkipReason::After(first) => format!("after {first}"),
            };
            ("skipped", None, None, Some(because))
        }
    };
    AppliedOperation {
        action: operation.action().as_str(),
        key: operation.key.as_ref().map(ToString::to_string),
        name: operation.shown_name().to_owned(),
        outcome: word,
        note,
        error: error.map(|error| chain(error)),
        way_out: error.and_then(|error| error.way_out()),
        skipped_because,
    }
}
