//! Output formats: one file for each, a function from what is shown to a writer.
//!
//! Formats compute nothing and decide nothing: they show what planning and applying gave. This module
//! must not know providers' HTTP, transports, environment variables or exit codes.

mod checkup;
pub mod commands;
pub mod csv;
mod drifted;
mod ended;
mod fields;
pub mod github;
pub mod gitlab;
mod history;
pub mod html;
pub mod human;
pub mod json;
mod leftovers;
pub mod markdown;
pub mod sarif;
mod takeover;
pub mod typed;
mod words;

use std::{borrow::Cow, collections::BTreeMap};

pub use self::{
    checkup::{Check, CheckedUp, Mark},
    drifted::{Drift, DriftResult, DriftedEnvironment, FieldMoved, FieldValue, How, Moved},
    ended::{Ended, Place, annotations, notification, outputs},
    history::{
        CountedEnvironment, KeptEnvironment, ListedDelivery, ListedEnvironment, LostEnvironment,
    },
    leftovers::tombstone_reason,
    takeover::{TakenOver, Touch, TouchedFile},
};
use crate::{
    apply::Report,
    delivery::{FailureReason, Probed},
    diagnostic::{self, Diagnostic, Severity, Sources},
    forge::Posted,
    model::{EndpointUrl, EnvType, EnvironmentName, ProviderProfile, WebhookKey, WebhookName},
    plan::{EnvironmentPlan, Refusal, evidence::Evidence},
};

/// What checking manifests gave.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'r> {
    /// What is wrong, in reading order.
    pub diagnostics: &'r [Diagnostic],
    /// What it points into.
    pub sources: &'r Sources,
    /// How many environments were checked.
    pub environments: usize,
    /// How many webhooks the manifests declare.
    pub webhooks: usize,
}

impl Checked<'_> {
    /// How many findings are this bad.
    pub fn count(&self, severity: Severity) -> usize {
        diagnostic::count(self.diagnostics, severity)
    }
}

/// How many findings the reports for forges hold. GitHub takes 25,000 in one upload and shows 5,000
/// (<https://docs.github.com/code-security/code-scanning/troubleshooting-sarif/results-exceed-limit>);
/// GitLab has no number, but 100 MB for a job's artifacts.
const MOST_RESULTS: usize = 5_000;

impl<'r> Checked<'r> {
    /// The findings for a forge's report, errors before warnings where there are more than it takes,
    /// and how many more there are.
    fn results(&self) -> (Vec<&'r Diagnostic>, usize) {
        let mut results: Vec<&Diagnostic> = self.diagnostics.iter().collect();
        if results.len() > MOST_RESULTS {
            // Stable: each severity stays in reading order.
            results.sort_by_key(|one| one.severity);
        }
        let beyond = results.split_off(results.len().min(MOST_RESULTS));
        let beyond = beyond.iter().map(|one| one.stands_for as usize).sum();
        (results, beyond)
    }
}

/// What a plan was made of, for those who review it elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The SHA-256 digest of the manifest, in hex.
    pub manifest: String,
    /// The commit the manifest is of.
    pub commit: Option<String>,
    /// The SHA-256 digest of the saved plan, in hex; `None` where it was not saved.
    pub plan: Option<String>,
    /// When the saved plan was made.
    pub created_at: Option<jiff::Timestamp>,
    /// Until when the saved plan can be applied; `None`: as long as nothing has moved.
    pub expires_at: Option<jiff::Timestamp>,
}

impl Origin {
    /// What is known, each with the name it is shown under.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let Self {
            manifest,
            commit,
            plan,
            created_at,
            expires_at,
        } = self;
        let digest = |digest: &String| format!("sha256:{digest}");
        let commit = commit
            .as_deref()
            .map(|commit| words::clean(commit).into_owned());
        let time = |time: &Option<jiff::Timestamp>| time.map(|time| time.to_string());
        [
            ("manifest", Some(digest(manifest))),
            ("commit", commit),
            ("plan", plan.as_ref().map(digest)),
            ("made", time(created_at)),
            ("expires", time(expires_at)),
        ]
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)))
        .collect()
    }
}

/// A file, and its canonical layout.
#[derive(Clone, Debug)]
pub struct Layout<'r> {
    /// What people know the file by.
    pub file: &'r str,
    /// What is in it.
    pub before: &'r str,
    /// The same in the canonical layout.
    pub after: String,
}

impl Layout<'_> {
    /// Whether the file is laid out otherwise.
    pub fn changes(&self) -> bool {
        self.before != self.after
    }

    /// What changes, as a unified diff; empty where nothing does.
    fn diff(&self) -> String {
        similar::TextDiff::from_lines(self.before, self.after.as_str())
            .unified_diff()
            .header(self.file, self.file)
            .to_string()
    }
}

/// An environment, and what planning it gave.
#[derive(Debug)]
pub struct PlannedEnvironment {
    /// The environment.
    pub environment: EnvironmentView,
    /// What planning it gave.
    pub result: PlanResult,
    /// What its webhooks carry, where that was looked at.
    pub evidence: Option<Evidence>,
}

/// What is shown of an environment itself.
#[derive(Clone, Debug)]
pub struct EnvironmentView {
    /// Its name.
    pub name: EnvironmentName,
    /// What is known of its provider.
    pub profile: &'static ProviderProfile,
    /// The provider's environment.
    pub env_type: EnvType,
    /// Where its API is, as it may be shown; `simulator` is the embedded one.
    pub target: String,
    /// How many requests a minute a run may send.
    pub requests_per_minute: u32,
    /// The flags by which a command line chooses it: see [`typed::flags`].
    pub chosen_by: String,
    /// The command that makes its plan, where flags that decide a plan are not those of this run.
    pub planned_by: Option<String>,
    /// How many of them the provider lets the account send.
    pub account_limit: u32,
}

impl EnvironmentView {
    /// The way out of a refusal, as it can be typed.
    pub fn way_out(&self, refusal: &Refusal) -> String {
        match &self.planned_by {
            None => refusal.way_out(&self.chosen_by),
            Some(plan) => refusal.way_out_by(plan, &self.chosen_by),
        }
    }

    /// How long a run has to wait for its share of the provider's rate limit: a minute's share can be
    /// sent at once, in any 60 seconds. Answers take their time on top.
    pub fn waits(&self, requests: usize) -> std::time::Duration {
        let full_minutes = requests.saturating_sub(1) / self.requests_per_minute.max(1) as usize;
        std::time::Duration::from_secs(60)
            .saturating_mul(full_minutes.try_into().unwrap_or(u32::MAX))
    }
}

/// What planning an environment gave.
#[derive(Debug)]
pub enum PlanResult {
    /// A plan, which the guards may refuse.
    Planned(EnvironmentPlan),
    /// Guards that refuse before anything is read.
    Refused(Vec<Refusal>),
    /// The live state could not be read.
    Failed {
        /// What was attempted and what came back.
        error: String,
        /// What to do next.
        way_out: Option<Cow<'static, str>>,
    },
}

impl PlanResult {
    /// What the guards refuse.
    pub fn refusals(&self) -> &[Refusal] {
        match self {
            Self::Planned(plan) => &plan.refusals,
            Self::Refused(refusals) => refusals,
            Self::Failed { .. } => &[],
        }
    }

    /// The plan, where there is one.
    pub fn plan(&self) -> Option<&EnvironmentPlan> {
        match self {
            Self::Planned(plan) => Some(plan),
            Self::Refused(_) | Self::Failed { .. } => None,
        }
    }
}

/// An environment, and what applying its plan gave.
#[derive(Debug)]
pub struct AppliedEnvironment {
    /// The environment.
    pub environment: EnvironmentView,
    /// The plan that was applied.
    pub plan: EnvironmentPlan,
    /// What became of its operations.
    pub report: Report,
    /// What one more list showed afterwards.
    pub proof: Proof,
    /// The new and moved webhooks whose first delivery was waited for.
    pub watched: Vec<Watched>,
}

/// A new or moved webhook whose first delivery was waited for.
#[derive(Debug)]
pub struct Watched {
    /// Its key.
    pub key: Option<WebhookKey>,
    /// Where it is now.
    pub url: EndpointUrl,
    /// What was seen.
    pub outcome: WatchedOutcome,
    /// Deliveries that failed, by reason.
    pub failures: BTreeMap<FailureReason, u64>,
    /// Why the history could not be read the last time, where nothing was seen.
    pub unread: Option<String>,
}

/// What was seen of a new or moved webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchedOutcome {
    /// A delivery succeeded.
    Proven,
    /// There was none.
    Unproven,
    /// There were some, and all failed.
    Failing,
}

/// A comment on a pull request, and what came of it.
#[derive(Clone, Debug)]
pub struct Commented<'r> {
    /// Which pull request of which repository, in words.
    pub place: String,
    /// The number of the pull request.
    pub number: u64,
    /// Which comment it is.
    pub name: &'r str,
    /// What came of it.
    pub posted: &'r Posted,
}

/// Whether the live state is as desired after an apply.
#[derive(Debug, PartialEq, Eq)]
pub enum Proof {
    /// It is.
    Converged,
    /// These webhooks are not as desired.
    Differs(Vec<WebhookName>),
    /// The list could not be read.
    NotRead(String),
}

/// A webhook, and what probing its URL showed.
#[derive(Debug)]
pub struct ProbedWebhook {
    /// The environment.
    pub environment: EnvironmentView,
    /// The webhook.
    pub key: WebhookKey,
    /// Its URL.
    pub url: EndpointUrl,
    /// What was sent, and what came of it.
    pub probed: Probed,
}

/// What stays when lines move: the code and the message. Messages never hold sensitive values. The
/// same at several places is counted.
fn fingerprint(one: &Diagnostic, sources: &Sources) -> String {
    use sha2::{Digest, Sha256};
    let label = &sources.get(one.primary.span.source).label;
    let text = format!("{}\0{label}\0{}", one.code, one.message);
    let digest = Sha256::digest(text.as_bytes());
    digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(&format!(": {next}"));
        cause = next.source();
    }
    text
}
