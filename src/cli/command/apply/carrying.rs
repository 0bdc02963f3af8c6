//! Carrying plans out: watched and recorded.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    apply::{Event, Report},
    cli::{
        args::ApplyArgs,
        audit::{self, AuditLog},
        connect::{Connected, Route},
        error::CliError,
        lock::Locks,
        planning::{Ended, Session},
        progress::{Bar, Progress},
        sent::Counted,
        sinks::Sinks,
        terminal::Terminal,
    },
    model::EnvironmentName,
    net::Permission,
    plan::{EnvironmentPlan, Shown},
    run::{self, AppliedEnvironment, Attend, PlannedEnvironment},
};

pub(super) struct Applied {
    pub(super) environments: Vec<AppliedEnvironment>,
    /// What went wrong besides: with the locks, with the audit log.
    pub(super) errors: Vec<CliError>,
}

/// Applies the plans side by side, and lists each environment once more.
pub(super) async fn apply_all(
    session: &Session,
    planned: Vec<PlannedEnvironment>,
    args: &ApplyArgs,
    locks: &Locks,
    terminal: &Terminal,
) -> Result<Applied, Ended> {
    let audit_log = audit_log(args)?;
    let digests = planned.iter();
    let attendant = Attendant {
        terminal,
        progress: Progress::new(terminal, &session.waits),
        bars: Mutex::default(),
        audit_log: audit_log.as_ref(),
        digests: digests
            .map(|planned| (planned.environment.name.clone(), audit::digest(planned)))
            .collect(),
        locks,
        sinks: Sinks::new(terminal),
    };
    // Plans that a guard refuses have ended the run before.
    let environments = run::apply(session, planned, &attendant)
        .await
        .map_err(anyhow::Error::new)?;
    Ok(Applied {
        environments,
        errors: audit_log.and_then(AuditLog::failure).into_iter().collect(),
    })
}

/// Opens the audit log, where there is to be one.
pub(super) fn audit_log(args: &ApplyArgs) -> Result<Option<AuditLog>, CliError> {
    let actor = audit::actor(args.actor.as_ref());
    let commit = audit::commit(args.commit.as_ref());
    AuditLog::open(args.audit_log.as_ref(), actor, commit)
}

/// Shows and records what happens, and stops what may not go on.
struct Attendant<'r> {
    terminal: &'r Terminal,
    progress: Progress,
    bars: Mutex<BTreeMap<EnvironmentName, Bar>>,
    audit_log: Option<&'r AuditLog>,
    digests: BTreeMap<EnvironmentName, String>,
    locks: &'r Locks,
    sinks: Sinks,
}

impl Attend<Counted<Route>> for Attendant<'_> {
    type Keeper = Sinks;

    fn keeper(&self) -> &Sinks {
        &self.sinks
    }

    fn permission(&self, one: &Connected) -> Permission {
        self.locks.permission(&one.view.name)
    }

    fn begins(&self, one: &Connected, plan: &EnvironmentPlan<Shown>) {
        let name = &one.view.name;
        let bar = self.progress.environment(name, plan.operations.len());
        self.bars().insert(name.clone(), bar);
    }

    fn event(
        &self,
        one: &Connected,
        plan: &EnvironmentPlan<Shown>,
        event: &Event<'_>,
    ) -> ControlFlow<()> {
        if let Some(bar) = self.bars().get(&one.view.name) {
            bar.event(plan, event);
        }
        let name = &one.view.name;
        if matches!(event, Event::Sending { .. }) && self.locks.lost_of(name).is_some() {
            return ControlFlow::Break(());
        }
        // What cannot be recorded is not sent.
        match self.audit_log.zip(self.digests.get(name)) {
            Some((log, digest)) => log.record(name, plan, digest, event),
            None => ControlFlow::Continue(()),
        }
    }

    fn ends(&self, one: &Connected, report: &Report) {
        let name = &one.view.name;
        let ledger = self.terminal.ledger();
        ledger.settle(name.as_str(), report.changed_something());
        if let Some(bar) = self.bars().remove(name) {
            bar.finish();
        }
    }
}

impl Attendant<'_> {
    fn bars(&self) -> MutexGuard<'_, BTreeMap<EnvironmentName, Bar>> {
        self.bars.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
