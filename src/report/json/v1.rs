//! Version 1 of the JSON output.

mod applied;
mod archived;
mod audited;
mod checkup;
mod commented;
mod drifted;
mod emission;
mod history;
mod layout;
mod leftovers;
mod listed;
mod planned;
mod policies;
mod probed;
mod radius;
mod replayed;
mod signature;
mod stats;
mod takeover;
mod warnings;
mod watched;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

#[cfg(feature = "parquet")]
pub use self::archived::imported_archive;
#[cfg(feature = "archive")]
pub use self::archived::{compacted, verified_archive};
pub use self::{
    applied::{Applied, RunError, applied},
    archived::{CompactedArchive, ImportedArchive, VerifiedArchive},
    audited::{Audited, audited},
    checkup::{Checkup, checkup},
    commented::{CommentedBody, commented},
    drifted::{Drifted, drifted},
    emission::{EmittedEvent, EmittedState, emitted},
    history::{Deliveries, KeptDocument, deliveries, delivery_lines, kept},
    layout::{Formatted, formatted},
    leftovers::{Migrated, migrated},
    listed::{Listed, listed},
    planned::{Planned, planned},
    policies::{PolicyInputs, TestedRules, policy_inputs, tested_rules, write_input},
    probed::{Probes, probed},
    replayed::{AskedDocument, ReplayedDocument, asked_replay, replayed},
    signature::{Verified, verified},
    stats::{LostDocument, StatsDocument, lost, lost_lines, stats},
    takeover::{TakenOverBody, taken_over},
    watched::{
        Watched, WatchedEnvironment, WatchedEnvironments, WatchedPause, WatchedRound,
        watched_environment, watched_environments, watched_pause, watched_round,
    },
};
use crate::{
    apply::audit::AuditLine,
    diagnostic::{self, Code, Diagnostic, Label, Severity, Sources},
    model::ProviderProfile,
    run::{self, EnvironmentView},
};

/// How a run ended. A copy of [`run::Outcome`], so that the document keeps its version when that grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(description = "How a run ended.")]
enum Outcome {
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

impl From<run::Outcome> for Outcome {
    fn from(outcome: run::Outcome) -> Self {
        match outcome {
            run::Outcome::Changes => Self::Changes,
            run::Outcome::Nothing => Self::Nothing,
            run::Outcome::Applied => Self::Applied,
            run::Outcome::Partial => Self::Partial,
            run::Outcome::Refused => Self::Refused,
            run::Outcome::Failed => Self::Failed,
            run::Outcome::Invalid => Self::Invalid,
        }
    }
}

/// A document's own part, and the name of what it is.
pub trait Kind {
    /// The name that `hookwright schema` takes.
    const KIND: &'static str;
}

/// What every document has, around what is its own.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document<T: Kind> {
    /// The version of this format: 1.
    #[schemars(extend("const" = 1))]
    format_version: u32,
    /// Which document it is: `hookwright schema KIND` prints its schema.
    #[schemars(extend("const" = T::KIND))]
    kind: &'static str,
    /// How the run ended.
    outcome: Outcome,
    #[serde(flatten)]
    body: T,
}

impl<T: Kind> Document<T> {
    fn new(outcome: run::Outcome, body: T) -> Self {
        Self {
            format_version: 1,
            kind: T::KIND,
            outcome: outcome.into(),
            body,
        }
    }

    /// The document of a look at something that is as it should be, or is not.
    fn judged(is_well: bool, body: T) -> Self {
        let outcome = match is_well {
            true => run::Outcome::Nothing,
            false => run::Outcome::Failed,
        };
        Self::new(outcome, body)
    }
}

/// Names the documents, and makes their schemas.
macro_rules! documents {
    ($($kind:literal => $document:ident<$body:ty>,)+) => {
        $(impl Kind for $body {
            const KIND: &'static str = $kind;
        })+

        /// The JSON Schemas of all documents, by the name that `hookwright schema` takes.
        pub fn schemas() -> BTreeMap<&'static str, serde_json::Value> {
            let mut all = BTreeMap::from([$(($kind, schema::<$document<$body>>($kind)),)+]);
            all.insert("audit", schema::<AuditLine>("a line of an audit log"));
            all
        }
    };
}

documents! {
    "apply" => Document<Applied>,
    "audit-result" => Document<Audited>,
    "comment" => Document<CommentedBody>,
    "doctor" => Document<Checkup>,
    "drift" => Document<Drifted>,
    "emit" => Document<EmittedEvent>,
    "explain" => Document<Explained>,
    "failure" => Document<Failure>,
    "fmt" => Document<Formatted>,
    "history" => Document<Deliveries>,
    "history-compact" => Document<CompactedArchive>,
    "history-gaps" => Document<LostDocument>,
    "history-import-sqlite" => Document<ImportedArchive>,
    "history-replay" => Document<ReplayedDocument>,
    "history-replay-asked" => Document<AskedDocument>,
    "history-stats" => Document<StatsDocument>,
    "history-sync" => Document<KeptDocument>,
    "history-verify" => Document<VerifiedArchive>,
    "list" => Document<Listed>,
    "migrate" => Document<Migrated>,
    "plan" => Document<Planned>,
    "policy-explain" => Document<PolicyInputs>,
    "policy-test" => Document<TestedRules>,
    "reconcile-environment" => Watched<WatchedEnvironment>,
    "reconcile-environments" => Watched<WatchedEnvironments>,
    "reconcile-pause" => Watched<WatchedPause>,
    "reconcile-round" => Watched<WatchedRound>,
    "takeover" => Document<TakenOverBody>,
    "test" => Document<Probes>,
    "validate" => Document<Validated>,
    "verify-signature" => Document<Verified>,
    "version" => Document<Version>,
}

/// The schema of a document, which editors show under this title.
fn schema<T: JsonSchema>(title: &str) -> serde_json::Value {
    let mut schema = schemars::schema_for!(T);
    schema.insert("title".to_owned(), format!("hookwright: {title}").into());
    schema.to_value()
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
    /// What is wrong with the command line beside that; absent where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
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
    /// How many findings it stands for, where that is not one: of one code in one file, the first
    /// 1,000 are listed, and one more stands for all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    stands_for: Option<u32>,
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

/// What codes mean.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Explained {
    /// The codes, in order.
    codes: Vec<ExplainedCode>,
}

/// What a code means.
#[derive(Debug, Serialize, JsonSchema)]
struct ExplainedCode {
    /// The code, such as `HW003`.
    code: &'static str,
    /// How bad it is, unless a run asks for strictness.
    severity: FindingSeverity,
    /// What it is about, in a few words.
    title: &'static str,
    /// The long form, as Markdown.
    explanation: String,
}

/// Which program this is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Version {
    /// Its version.
    version: &'static str,
}

/// The document of `version`.
pub fn version() -> Document<Version> {
    let version = env!("CARGO_PKG_VERSION");
    Document::new(run::Outcome::Nothing, Version { version })
}

/// What was wrong when nothing else can be said.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Failure {
    /// What failed, with its causes.
    error: String,
    /// What to do next.
    hints: Vec<String>,
}

/// An environment.
#[derive(Debug, Serialize, JsonSchema)]
struct Environment {
    name: String,
    provider: &'static ProviderProfile,
    /// The provider's environment, in its own spelling.
    env_type: String,
    /// Where the API is; `simulator` is the embedded one.
    target: String,
}

/// The document of `validate`, and of what ends for the same reason. `error`: what is wrong with the command line.
pub fn validated(
    found: &[Diagnostic],
    sources: &Sources,
    error: Option<String>,
) -> Document<Validated> {
    let errors = diagnostic::count(found, Severity::Error);
    let outcome = if errors > 0 {
        run::Outcome::Invalid
    } else {
        run::Outcome::Nothing
    };
    Document::new(
        outcome,
        Validated {
            errors,
            warnings: diagnostic::count(found, Severity::Warning),
            diagnostics: findings(found, sources),
            error,
        },
    )
}

/// The document of `explain`.
pub fn explained(codes: &[Code]) -> Document<Explained> {
    let codes = codes.iter().map(|code| ExplainedCode {
        code: code.as_str(),
        severity: severity(code.severity()),
        title: code.title(),
        explanation: code.documentation(),
    });
    let codes = codes.collect();
    Document::new(run::Outcome::Nothing, Explained { codes })
}

fn severity(severity: Severity) -> FindingSeverity {
    match severity {
        Severity::Error => FindingSeverity::Error,
        Severity::Warning => FindingSeverity::Warning,
    }
}

/// The document of a run that ended without anything else to show.
pub fn failure(outcome: run::Outcome, error: String, hints: Vec<String>) -> Document<Failure> {
    Document::new(outcome, Failure { error, hints })
}

fn findings(found: &[Diagnostic], sources: &Sources) -> Vec<Finding> {
    found
        .iter()
        .map(|one| Finding {
            code: one.code.as_str(),
            severity: severity(one.severity),
            message: one.message.clone(),
            location: location(&one.primary, sources),
            related: one
                .related
                .iter()
                .map(|label| location(label, sources))
                .collect(),
            help: one.help.clone(),
            stands_for: (one.stands_for > 1).then_some(one.stands_for),
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
        provider: view.profile,
        env_type: view
            .profile
            .spelling(view.env_type)
            .unwrap_or_default()
            .to_owned(),
        target: view.target.clone(),
    }
}
