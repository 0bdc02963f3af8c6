//! Carrying plans out: watched, recorded, and proved afterwards.

use std::ops::ControlFlow;

use futures_util::future::join_all;

use crate::{
    apply::{self, Approved, Event, Options, Stop},
    cli::{
        args::ApplyArgs,
        audit::{self, AuditLog, Recorded},
        command::simulator,
        connect::Connected,
        error::CliError,
        lock::Locks,
        planning::{self, Ended, Session},
        probing,
        progress::Progress,
        terminal::Terminal,
    },
    plan::EnvironmentPlan,
    provider::Writer,
    report::{AppliedEnvironment, PlanResult, PlannedEnvironment, Proof},
};

/// What was applied.
pub(super) struct Applied {
    pub(super) environments: Vec<AppliedEnvironment>,
    /// What went wrong besides: with the locks, with the audit log.
    pub(super) errors: Vec<CliError>,
}

/// Applies the plans side by side, and lists each environment once more.
pub(super) async fn apply_all(
    session: &Session,
    plans: Vec<PlannedEnvironment>,
    args: &ApplyArgs,
    locks: &Locks,
    terminal: &Terminal,
) -> Result<Applied, Ended> {
    let audit_log = audit_log(args)?;
    let run = Run {
        session,
        stop: &session.stop,
        terminal,
        progress: &Progress::new(terminal, &session.waits),
        audit_log: audit_log.as_ref(),
        locks,
    };
    let runs = session
        .environments
        .iter()
        .zip(plans)
        .map(|(one, planned)| run.environment(one, planned));
    let environments = join_all(runs).await.into_iter().flatten().collect();
    Ok(Applied {
        environments,
        errors: audit_log.and_then(AuditLog::failure).into_iter().collect(),
    })
}

fn audit_log(args: &ApplyArgs) -> Result<Option<AuditLog>, CliError> {
    let Some(path) = &args.audit_log else {
        return Ok(None);
    };
    let (actor, commit) = audit::from_environment();
    let actor = args.actor.clone().or(actor);
    let commit = args.commit.clone().or(commit);
    AuditLog::open(path, actor, commit, simulator::clock()).map(Some)
}

/// What the environments of a run share.
struct Run<'r> {
    session: &'r Session,
    terminal: &'r Terminal,
    stop: &'r Stop,
    progress: &'r Progress,
    audit_log: Option<&'r AuditLog>,
    locks: &'r Locks,
}

impl Run<'_> {
    async fn environment(
        &self,
        one: &Connected,
        planned: PlannedEnvironment,
    ) -> Option<AppliedEnvironment> {
        let digest = audit::digest(&planned);
        let plan = into_plan(planned.result)?;
        let bar = self
            .progress
            .environment(&one.view.name, plan.operations.len());
        let watch = |event: Event<'_>| {
            bar.event(&plan, &event);
            if matches!(event, Event::Sending { .. })
                && self.locks.lost_of(&one.view.name).is_some()
            {
                return ControlFlow::Break(());
            }
            self.recorded(one, &plan, &digest, &event)
        };
        let permission = self.locks.permission(&one.view.name);
        let writer = Writer::new(one.api.clone()).permitted(permission);
        // Plans that a guard refuses have ended the run before.
        let approved = Approved::new(&plan).ok()?;
        let report = apply::apply(approved, &writer, Options::default(), self.stop, &watch).await;
        let ledger = self.terminal.ledger();
        ledger.settle(one.view.name.as_str(), report.changed_something());
        bar.finish();
        let disabled = probing::left_disabled(one, &plan);
        let proof = if !disabled.is_empty() {
            Proof::Differs(disabled)
        } else if plan.operations.is_empty() {
            Proof::Converged
        } else {
            prove(self.session, one).await
        };
        Some(AppliedEnvironment {
            environment: one.view.clone(),
            plan,
            report,
            proof,
            watched: Vec::new(),
        })
    }

    /// Breaks where the audit log cannot be written: what cannot be recorded is not sent.
    fn recorded(
        &self,
        one: &Connected,
        plan: &EnvironmentPlan,
        digest: &str,
        event: &Event<'_>,
    ) -> ControlFlow<()> {
        let Some(log) = self.audit_log else {
            return ControlFlow::Continue(());
        };
        let about = |step| Recorded {
            environment: &one.view.name,
            plan,
            digest,
            step,
        };
        let recorded = match *event {
            Event::Sending { step } => log.sending(&about(step)),
            Event::Answered { step, result } => log.answered(&about(step), result),
            Event::Began { .. } | Event::Ended { .. } => true,
        };
        if recorded {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}

/// Plans once more from what is live now: nothing may be left to do.
async fn prove(session: &Session, one: &Connected) -> Proof {
    match planning::live(one).await {
        Ok(live) => {
            let unsettled = session.plan_from(one, &live).unsettled();
            if unsettled.is_empty() {
                Proof::Converged
            } else {
                Proof::Differs(unsettled)
            }
        }
        Err(error) => Proof::NotRead(format!("{:#}", anyhow::Error::new(error))),
    }
}

fn into_plan(result: PlanResult) -> Option<EnvironmentPlan> {
    match result {
        PlanResult::Planned(plan) => Some(plan),
        PlanResult::Refused(_) | PlanResult::Failed { .. } => None,
    }
}
