//! The audit log as a file: appended to, one run at a time.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{BufReader, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::Context;

use super::error::CliError;
use crate::{
    apply::{
        Event,
        audit::{self, AuditLine, AuditOutcome, Chain},
    },
    diagnostic::Sources,
    files::{Limit, Line, Lines},
    model::{EnvironmentName, Level, WebhookId, WebhookKey, WebhookName},
    net::Fate,
    plan::{Action, EnvironmentPlan, Shown},
    provider::ProviderError,
    report::json,
    run::PlannedEnvironment,
    simulator::Clock,
};

/// An open audit log. Its lock is held for as long as it lives.
pub(crate) struct AuditLog {
    path: PathBuf,
    actor: Option<String>,
    commit: Option<String>,
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    file: File,
    chain: Chain,
    failed: Option<anyhow::Error>,
}

/// What a step's line is about.
struct Recorded<'r> {
    environment: &'r EnvironmentName,
    plan: &'r EnvironmentPlan<Shown>,
    /// The digest of the plan.
    digest: &'r str,
    step: usize,
    /// The webhook, where this is the update that follows a create which came back different.
    correcting: Option<&'r WebhookId>,
}

/// What a line about a condition says.
pub(crate) struct Observed<'r> {
    pub(crate) environment: &'r EnvironmentName,
    /// The condition, its status and its reason.
    pub(crate) what: &'r str,
    /// The same, for people.
    pub(crate) why: &'r str,
}

/// What a line about an event that is sent again says.
pub(crate) struct Resent<'r> {
    pub(crate) environment: &'r EnvironmentName,
    pub(crate) webhook: &'r WebhookKey,
    pub(crate) name: &'r WebhookName,
    /// Who sends it.
    pub(crate) by: Resender,
    /// The delivery's id, or what else a provider is asked for.
    pub(crate) delivery: &'r str,
}

/// Who sends an event again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resender {
    /// This program.
    Program,
    /// The provider, which is asked to.
    Provider,
}

impl AuditLog {
    /// Opens a log to append to, and makes it where there is none.
    pub(crate) fn open(
        path: &Path,
        actor: Option<String>,
        commit: Option<String>,
        clock: Clock,
    ) -> Result<Self, CliError> {
        let failed = || format!("failed to open the audit log `{}`", path.display());
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(path)
            .with_context(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let error = anyhow::anyhow!(
                    "the audit log `{}` is in use by another run",
                    path.display()
                );
                return Err(CliError::from(error)
                    .hint("wait for it to end, or use a log of its own for each"));
            }
            Err(TryLockError::Error(err)) => {
                return Err(anyhow::Error::new(err).context(failed()).into());
            }
        }
        if !file.metadata().with_context(failed)?.is_file() {
            // What cannot be read back cannot be verified, and a device may have no end.
            let error = anyhow::anyhow!("the audit log `{}` is not a file", path.display());
            return Err(error.into());
        }
        let chain = last_link(&mut file).with_context(failed)?;
        Ok(Self {
            path: path.to_owned(),
            actor,
            commit,
            clock,
            state: Mutex::new(State {
                file,
                chain,
                failed: None,
            }),
        })
    }

    /// Records that a step's request is about to be sent; false where it could not be, and so must not.
    #[must_use]
    fn sending(&self, about: &Recorded<'_>) -> bool {
        self.record(about, AuditOutcome::Begun, None)
    }

    /// Records what came of a step's request; false where it could not be.
    #[must_use]
    fn answered(&self, about: &Recorded<'_>, result: Result<(), &ProviderError>) -> bool {
        match result {
            Ok(()) => self.record(about, AuditOutcome::Applied, None),
            Err(error) => {
                let outcome = match error.fate() {
                    Fate::Unknown => AuditOutcome::Unknown,
                    Fate::NotProcessed | Fate::Processed => AuditOutcome::Failed,
                };
                self.record(about, outcome, Some(error.to_string()))
            }
        }
    }

    /// Records a condition of an environment that has changed. That it could not be is told by [`Self::failure`].
    pub(crate) fn observed(&self, about: &Observed<'_>) {
        self.append(AuditLine {
            name: about.what.to_owned(),
            error: Some(about.why.to_owned()),
            ..self.about("observe", about.environment, AuditOutcome::Observed)
        });
    }

    /// Records that an event is about to be sent again, or what came of it; false where it could not be.
    #[must_use]
    pub(crate) fn resent(
        &self,
        about: &Resent<'_>,
        outcome: AuditOutcome,
        error: Option<String>,
    ) -> bool {
        self.append(AuditLine {
            key: Some(about.webhook.to_string()),
            name: about.name.text().to_string(),
            id: Some(about.delivery.to_owned()),
            step: 1,
            error,
            ..self.about(
                match about.by {
                    Resender::Program => "replay",
                    Resender::Provider => "ask-replay",
                },
                about.environment,
                outcome,
            )
        })
    }

    /// Records what the user's own rules say of plans: a line for each rule and plan. That it could not be is told by
    /// [`Self::failure`].
    pub(crate) fn judged(&self, planned: &[PlannedEnvironment]) {
        for planned in planned {
            let Some(plan) = planned.result.plan() else {
                continue;
            };
            let digest = digest(planned);
            for ruling in &plan.rulings {
                let outcome = match (ruling.is_against(), ruling.level) {
                    (false, _) => AuditOutcome::Permitted,
                    (true, Level::Warn) => AuditOutcome::Warned,
                    (true, Level::Deny) => AuditOutcome::Refused,
                };
                self.append(AuditLine {
                    plan: digest.clone(),
                    name: format!("policy/{}", ruling.rule),
                    error: ruling.is_against().then(|| match ruling.why() {
                        None => ruling.say.clone(),
                        Some(why) => format!("{}: not evaluated: {why}", ruling.say),
                    }),
                    ..self.about("judge", &planned.environment.name, outcome)
                });
            }
        }
    }

    /// Why the log could not be written, if it could not.
    pub(crate) fn failure(self) -> Option<CliError> {
        let path = self.path;
        let state = self
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let error = state.failed?;
        let error = error.context(format!(
            "failed to write the audit log `{}`",
            path.display()
        ));
        Some(CliError::from(error).hint("nothing was sent after that; make room, then run again: what is done is not done twice"))
    }

    fn record(&self, about: &Recorded<'_>, outcome: AuditOutcome, error: Option<String>) -> bool {
        self.append(self.line(about, outcome, error))
    }

    fn append(&self, line: AuditLine) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.failed.is_some() {
            return false;
        }
        match state.append(line) {
            Ok(()) => true,
            Err(err) => {
                state.failed = Some(err);
                false
            }
        }
    }

    fn line(
        &self,
        about: &Recorded<'_>,
        outcome: AuditOutcome,
        error: Option<String>,
    ) -> AuditLine {
        let step = &about.plan.steps[about.step];
        let operation = &about.plan.operations[step.operation];
        // The second step of an operation waits for its first.
        let firsts = step.after.iter().map(|first| &about.plan.steps[*first]);
        let earlier = firsts.filter(|first| first.operation == step.operation);
        let action = match operation.action() {
            _ if about.correcting.is_some() => Action::Update.as_str(),
            action => action.as_str(),
        };
        AuditLine {
            plan: about.digest.to_owned(),
            key: operation.key.as_ref().map(ToString::to_string),
            name: operation.shown_name().to_owned(),
            id: match about.correcting {
                Some(id) => Some(id.to_string()),
                None => operation.before().map(|before| before.id.clone()),
            },
            step: earlier.count() + 1 + usize::from(about.correcting.is_some()),
            error,
            ..self.about(action, about.environment, outcome)
        }
    }

    /// A line of this moment and this actor about nothing yet. What chains lines is added when it is written.
    fn about(
        &self,
        action: &str,
        environment: &EnvironmentName,
        outcome: AuditOutcome,
    ) -> AuditLine {
        AuditLine {
            format_version: 1,
            time: (self.clock)(),
            actor: self.actor.clone(),
            commit: self.commit.clone(),
            plan: String::new(),
            environment: environment.to_string(),
            action: action.to_owned(),
            key: None,
            name: String::new(),
            id: None,
            step: 0,
            outcome,
            error: None,
            previous: String::new(),
        }
    }
}

impl State {
    fn append(&mut self, line: AuditLine) -> anyhow::Result<()> {
        let text = self.chain.add(line)?;
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()?;
        Ok(())
    }
}

/// Goes to the end of a log, and gives where its chain has come to.
fn last_link(file: &mut File) -> anyhow::Result<Chain> {
    let mut last = None;
    for line in Lines::new(BufReader::new(&*file), Limit::AUDIT_LINE) {
        let line = line?;
        // A link that somebody planted may lead to any file of this user's.
        anyhow::ensure!(
            last.is_some() || audit::begins_log(&line.bytes),
            "it is not an audit log, and nothing was added to it"
        );
        last = Some(line);
    }
    file.seek(SeekFrom::End(0))?;
    let Some(Line { bytes, ended }) = last else {
        return Ok(Chain::default());
    };
    if !ended {
        // A crash cut it off. It stays, as a line that is none.
        file.write_all(b"\n")?;
    }
    Ok(Chain::behind(&bytes))
}

/// Whether any rule was asked of plans.
pub(crate) fn has_rulings(planned: &[PlannedEnvironment]) -> bool {
    let mut plans = planned.iter().filter_map(|planned| planned.result.plan());
    plans.any(|plan| !plan.rulings.is_empty())
}

/// Records an event of applying a plan; false where it could not be, and so what follows must not be sent.
#[must_use]
pub(crate) fn record(
    log: &AuditLog,
    environment: &EnvironmentName,
    plan: &EnvironmentPlan<Shown>,
    digest: &str,
    event: &Event<'_>,
) -> bool {
    let about = |step, correcting| Recorded {
        environment,
        plan,
        digest,
        step,
        correcting,
    };
    match *event {
        Event::Sending { step, correcting } => log.sending(&about(step, correcting)),
        Event::Answered {
            step,
            correcting,
            result,
        } => log.answered(&about(step, correcting), result),
        Event::Began { .. } | Event::Ended { .. } => true,
    }
}

/// The digest of a plan, as its JSON shows it: sensitive values are masked in it.
pub(crate) fn digest(planned: &PlannedEnvironment) -> String {
    let document = json::planned(std::slice::from_ref(planned), &[], &Sources::default());
    // What is made of texts, numbers and lists has no reason not to be JSON.
    audit::digest(&serde_json::to_vec(&document).unwrap_or_default())
}

/// Who runs this, and which commit it is of, as CI systems say: GitHub, GitLab, Jenkins, Bitbucket,
/// CircleCI, Azure Pipelines, Buildkite; the user's name elsewhere.
pub(crate) fn from_environment() -> (Option<String>, Option<String>) {
    const ACTORS: &[&str] = &[
        "GITHUB_ACTOR",
        "GITLAB_USER_LOGIN",
        "BUILD_USER_ID",
        "BITBUCKET_STEP_TRIGGERER_UUID",
        "CIRCLE_USERNAME",
        "BUILD_REQUESTEDFOREMAIL",
        "BUILDKITE_BUILD_CREATOR_EMAIL",
        "USER",
        "USERNAME",
    ];
    const COMMITS: &[&str] = &[
        "GITHUB_SHA",
        "CI_COMMIT_SHA",
        "GIT_COMMIT",
        "BITBUCKET_COMMIT",
        "CIRCLE_SHA1",
        "BUILD_SOURCEVERSION",
        "BUILDKITE_COMMIT",
    ];
    (first_set(ACTORS), first_set(COMMITS))
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
fn first_set(names: &[&str]) -> Option<String> {
    names
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
}
