//! What the service says while it works: its log, notifications, and the audit log.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::json;

use crate::{
    cli::{
        announce,
        args::{LogFormat, NotifyOn, ReconcileArgs},
        audit::{self, AuditLog},
        clock::clock,
        error::CliError,
        surroundings,
        terminal::Terminal,
    },
    model::EnvironmentName,
    notify::Address,
    reconcile::{Change, ConditionKind, Verdict},
    report::{self, Announcement, human},
    run::Outcome,
    simulator::Clock,
};

/// How much something that is said matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Info,
    Warning,
    Error,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

pub(super) struct Telling {
    terminal: Terminal,
    format: LogFormat,
    clock: Clock,
    notify: Option<(Address, Vec<NotifyOn>)>,
    audit_log: Option<PathBuf>,
    actor: Option<String>,
    commit: Option<String>,
}

impl Telling {
    pub(super) fn new(
        args: &ReconcileArgs,
        notify: Option<(Address, Vec<NotifyOn>)>,
        terminal: &Terminal,
    ) -> Self {
        Self {
            terminal: terminal.clone(),
            format: args.log_format,
            clock: clock(),
            notify,
            audit_log: args.audit_log.clone(),
            actor: audit::actor(args.actor.as_ref()),
            commit: audit::commit(args.commit.as_ref()),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The commit that the manifest is of.
    pub(super) fn commit(&self) -> Option<&String> {
        self.commit.as_ref()
    }

    pub(super) fn log(
        &self,
        level: Level,
        environment: Option<&EnvironmentName>,
        event: &str,
        text: &str,
    ) {
        let time = self.now();
        match self.format {
            LogFormat::Json => self.terminal.say(|out| {
                let line = json!({
                    "time": time.to_string(),
                    "level": level.as_str(),
                    "event": event,
                    "environment": environment.map(EnvironmentName::as_str),
                    "message": text,
                });
                writeln!(out, "{line}")
            }),
            LogFormat::Text => self.terminal.say(|out| {
                let about = environment.map_or(String::new(), |name| format!("{name}: "));
                let level = match level {
                    Level::Info => String::new(),
                    level => format!("{}: ", level.as_str()),
                };
                let line = format!("{level}{about}{text}");
                writeln!(out, "{time:.0} {}", human::clean(&line))
            }),
        }
    }

    /// Tells of a condition that has changed, in the log.
    pub(super) fn log_change(&self, name: &EnvironmentName, change: &Change) {
        let level = match is_bad(change) {
            true => Level::Warning,
            false => Level::Info,
        };
        let text = format!("{}: {}", told(change), change.after.message);
        self.log(level, Some(name), "condition", &text);
    }

    /// Opens the audit log, where there is to be one.
    pub(super) fn audit_log(&self) -> Result<Option<AuditLog>, CliError> {
        let (actor, commit) = (self.actor.clone(), self.commit.clone());
        AuditLog::open(self.audit_log.as_ref(), actor, commit)
    }

    /// Records conditions that have changed.
    pub(super) fn record(&self, changes: &[(EnvironmentName, Change)]) -> Result<(), CliError> {
        if changes.is_empty() {
            return Ok(());
        }
        let Some(log) = self.audit_log()? else {
            return Ok(());
        };
        for (name, change) in changes {
            log.observed(name, told(change), change.after.message.clone());
        }
        CliError::all(log.failure())
    }

    /// Tells of what has changed in an environment, where somebody wants to know it: once for each change.
    pub(super) async fn notify(
        &self,
        name: EnvironmentName,
        changes: Vec<Change>,
        summary: String,
    ) {
        let Some((address, on)) = &self.notify else {
            return;
        };
        let wanted = changes.iter().filter(|change| on.contains(&about(change)));
        let lines: Vec<String> = wanted
            .map(|change| format!("{}: {}", told(change), change.after.message))
            .collect();
        if lines.is_empty() {
            return;
        }
        let outcome = match changes.iter().any(is_bad) {
            true => Outcome::Changes,
            false => Outcome::Nothing,
        };
        let text = format!("{name}: {}\n{summary}", lines.join("\n"));
        let announcement = Announcement {
            outcome,
            summary: self.terminal.masked(text.trim_end()),
            counts: None,
            findings: Vec::new(),
            markdown: String::new(),
        };
        let (repository, url) = surroundings::place();
        let place = report::Place {
            repository,
            commit: self.commit.clone(),
            url,
        };
        let document = report::notification(&announcement, "reconcile", &place);
        if let Err(error) = announce::send(address, &document).await {
            let text = format!("a notification could not be delivered: {error:#}");
            self.log(Level::Warning, Some(&name), "notification", &text);
        }
    }
}

fn is_bad(change: &Change) -> bool {
    let reason = change.after.reason;
    reason.kind().is_well(reason.verdict()) == Some(false)
}

/// What has changed, in a few words.
fn told(change: &Change) -> String {
    let reason = change.after.reason;
    let verdict = match reason.verdict() {
        Verdict::True => "is true",
        Verdict::False => "is false",
        Verdict::Unknown => "is not known",
    };
    format!("{} {verdict} ({})", reason.kind().as_str(), reason.as_str())
}

/// What a change is news of.
fn about(change: &Change) -> NotifyOn {
    match change.after.reason.kind() {
        ConditionKind::InSync => NotifyOn::Drift,
        ConditionKind::Ready
        | ConditionKind::Stalled
        | ConditionKind::CredentialsValid
        | ConditionKind::EndpointsHealthy => NotifyOn::Failure,
    }
}
