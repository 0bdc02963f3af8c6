//! Output formats: one file for each, a function from what is shown to a writer.
//!
//! Formats compute nothing and decide nothing: they show what planning and applying gave. This module
//! must not know providers' HTTP, transports, environment variables or exit codes.

mod announcement;
mod checkup;
pub mod commands;
pub mod csv;
mod fields;
mod finding;
pub mod github;
pub mod gitlab;
mod history;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
mod leftovers;
pub mod markdown;
mod policies;
mod rule;
pub mod sarif;
mod shown;
mod takeover;
pub mod typed;
mod words;

pub use self::{
    announcement::{Announcement, Place, annotations, notification, outputs},
    checkup::{Check, CheckedUp, Mark},
    finding::{Finding, Location},
    history::{
        AskedEvent, AskedReplay, AskedSpan, CountedEnvironment, KeptEnvironment, ListedDelivery,
        ListedEnvironment, LostEnvironment, ReplayFate, Replayed, ReplayedEvent,
    },
    leftovers::tombstone_reason,
    policies::TestedRule,
    rule::Rule,
    shown::{PlanFormat, ShownPlan},
    takeover::{TakenOver, Touch, TouchedFile},
    words::SECRET_LOST_WAY_OUT,
};
use crate::{
    delivery::Probed,
    diagnostic::{self, Diagnostic, Severity, Sources},
    forge::Posted,
    model::{EndpointUrl, WebhookKey},
    run::EnvironmentView,
    saved::Origin,
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

    /// The findings for a forge's report.
    fn findings(&self) -> Findings {
        let found = self.diagnostics.iter();
        Findings::of(found.map(|one| Finding::of(one, self.sources)).collect())
    }
}

/// How many findings the reports for forges hold. GitHub takes 25,000 in one upload and shows 5,000
/// (<https://docs.github.com/code-security/code-scanning/troubleshooting-sarif/results-exceed-limit>);
/// GitLab has no number, but 100 MB for a job's artifacts.
const MOST_RESULTS: usize = 5_000;

/// What a report for a forge holds.
struct Findings {
    /// The findings; errors come first where there are more than it takes.
    held: Vec<Finding>,
    /// How many more there are.
    beyond: usize,
}

impl Findings {
    fn of(mut held: Vec<Finding>) -> Self {
        if held.len() > MOST_RESULTS {
            // Stable: each severity stays in reading order.
            held.sort_by_key(|finding| finding.severity);
        }
        let beyond = held.split_off(held.len().min(MOST_RESULTS));
        Self {
            held,
            beyond: beyond.iter().map(|finding| finding.stands_for).sum(),
        }
    }
}

/// What is known of a plan's origin, each with the name it is shown under.
fn facts(origin: &Origin) -> Vec<(&'static str, String)> {
    let Origin {
        manifest,
        commit,
        plan,
        created_at,
        expires_at,
    } = origin;
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
