//! The audit log as a file: appended to, one run at a time.

use std::{
    fs::{File, OpenOptions},
    io::{BufReader, Seek, SeekFrom, Write},
    ops::ControlFlow,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use anyhow::Context;

use super::{clock::clock, error::CliError, files, surroundings::first_set};
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

/// What a line about an event that is sent again says.
pub(crate) struct Resent<'r> {
    pub(crate) environment: &'r EnvironmentName,
    pub(crate) webhook: &'r WebhookKey,
    pub(crate) name: &'r WebhookName,
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
    /// Opens a log to append to, where there is to be one, and makes it where there is none.
    pub(crate) fn open(
        path: Option<&PathBuf>,
        actor: Option<String>,
        commit: Option<String>,
    ) -> Result<Option<Self>, CliError> {
        let Some(path) = path else {
            return Ok(None);
        };
        let failed = || format!("failed to open the audit log `{}`", path.display());
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(path)
            .with_context(failed)?;
        files::lock(&file, failed, || {
            let shown = path.display();
            CliError::failed(format!("the audit log `{shown}` is in use by another run"))
                .hint("wait for it to end, or use a log of its own for each")
        })?;
        if !file.metadata().with_context(failed)?.is_file() {
            // What cannot be read back cannot be verified, and a device may have no end.
            let error = anyhow::anyhow!("the audit log `{}` is not a file", path.display());
            return Err(error.into());
        }
        let chain = last_link(&mut file).with_context(failed)?;
        Ok(Some(Self {
            path: path.to_owned(),
            actor,
            commit,
            clock: clock(),
            state: Mutex::new(State {
                file,
                chain,
                failed: None,
            }),
        }))
    }

    /// Records an event of applying a plan: that a step's request is about to be sent, and what came of it. Breaks where it could
    /// not be, and so what follows must not be sent.
    pub(crate) fn record(
        &self,
        environment: &EnvironmentName,
        plan: &EnvironmentPlan<Shown>,
        digest: &str,
        event: &Event<'_>,
    ) -> ControlFlow<()> {
        let (step, correcting, result) = match *event {
            Event::Sending { step, correcting } => (step, correcting, None),
            Event::Answered {
                step,
                correcting,
                result,
            } => (step, correcting, Some(result)),
            Event::Began { .. } | Event::Ended { .. } => return ControlFlow::Continue(()),
        };
        let outcome = match result.map(|result| result.map_err(ProviderError::fate)) {
            None => AuditOutcome::Begun,
            Some(Ok(())) => AuditOutcome::Applied,
            Some(Err(Fate::Unknown)) => AuditOutcome::Unknown,
            Some(Err(Fate::NotProcessed | Fate::Processed)) => AuditOutcome::Failed,
        };
        let line = AuditLine {
            plan: digest.to_owned(),
            error: result.and_then(Result::err).map(ToString::to_string),
            ..self.step(environment, plan, step, correcting, outcome)
        };
        match self.append(line) {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }

    /// Records a condition of an environment that has changed: the condition, its status and its reason, and the same for people.
    /// That it could not be is told by [`Self::failure`].
    pub(crate) fn observed(&self, environment: &EnvironmentName, what: String, why: String) {
        self.append(AuditLine {
            name: what,
            error: Some(why),
            ..self.about("observe", environment, AuditOutcome::Observed)
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

    /// A line about a step. `correcting` is the webhook, where this is the update that follows a create which came back different.
    fn step(
        &self,
        environment: &EnvironmentName,
        plan: &EnvironmentPlan<Shown>,
        step: usize,
        correcting: Option<&WebhookId>,
        outcome: AuditOutcome,
    ) -> AuditLine {
        let step = &plan.steps[step];
        let operation = &plan.operations[step.operation];
        // The second step of an operation waits for its first.
        let firsts = step.after.iter().map(|first| &plan.steps[*first]);
        let earlier = firsts.filter(|first| first.operation == step.operation);
        let (action, id) = match correcting {
            Some(id) => (Action::Update, Some(id.to_string())),
            None => {
                let before = operation.before().map(|before| before.id.clone());
                (operation.action(), before)
            }
        };
        AuditLine {
            key: operation.key.as_ref().map(ToString::to_string),
            name: operation.shown_name().to_owned(),
            id,
            step: earlier.count() + 1 + usize::from(correcting.is_some()),
            ..self.about(action.as_str(), environment, outcome)
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

/// The digest of a plan, as its JSON shows it: sensitive values are masked in it.
pub(crate) fn digest(planned: &PlannedEnvironment) -> String {
    let document = json::planned(std::slice::from_ref(planned), &[], &Sources::default());
    // What is made of texts, numbers and lists has no reason not to be JSON.
    audit::digest(&serde_json::to_vec(&document).unwrap_or_default())
}

/// Who runs this, as a flag says, else a CI system: GitHub, GitLab, Jenkins, Bitbucket, CircleCI, Azure Pipelines, Buildkite; the
/// user's name elsewhere.
pub(crate) fn actor(given: Option<&String>) -> Option<String> {
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
    given.cloned().or_else(|| first_set(ACTORS))
}

/// Which commit the manifest is of, as a flag says, else a CI system.
pub(crate) fn commit(given: Option<&String>) -> Option<String> {
    const COMMITS: &[&str] = &[
        "GITHUB_SHA",
        "CI_COMMIT_SHA",
        "GIT_COMMIT",
        "BITBUCKET_COMMIT",
        "CIRCLE_SHA1",
        "BUILD_SOURCEVERSION",
        "BUILDKITE_COMMIT",
    ];
    given.cloned().or_else(|| first_set(COMMITS))
}
