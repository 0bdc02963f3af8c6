//! Carrying plans out: watched, recorded, and proved afterwards.

use std::{collections::BTreeMap, ops::ControlFlow};

use futures_util::future::join_all;
use tokio::sync::watch;

use crate::{
    apply::{self, Approved, Event, Options, Outcome, Report, SkipReason, Stop},
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
    model::EnvironmentName,
    plan::{EnvironmentPlan, Operation},
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
    let turns = Turns::of(session);
    let runs = session
        .environments
        .iter()
        .zip(plans)
        .map(|(one, planned)| run.in_turn(one, planned, &turns));
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

/// Whether each environment of a run was applied and proven; `None` as long as it is not over.
struct Turns<'s>(BTreeMap<&'s EnvironmentName, watch::Sender<Option<bool>>>);

impl<'s> Turns<'s> {
    fn of(session: &'s Session) -> Self {
        let names = session.environments.iter().map(|one| &one.view.name);
        Self(names.map(|name| (name, watch::Sender::new(None))).collect())
    }

    /// Waits for the environments that come before this one. Gives one that was not applied and proven.
    async fn missed(&self, one: &Connected) -> Option<EnvironmentName> {
        for first in &one.resolved.after {
            let Some(turn) = self.0.get(first) else {
                continue; // This run does not apply it.
            };
            let mut turn = turn.subscribe();
            let is_done = turn.wait_for(Option::is_some).await;
            if is_done.is_ok_and(|is_done| *is_done != Some(true)) {
                return Some(first.clone());
            }
        }
        None
    }

    fn end(&self, name: &EnvironmentName, applied: Option<&AppliedEnvironment>) {
        let is_done =
            applied.is_some_and(|one| one.report.is_complete() && one.proof == Proof::Converged);
        if let Some(turn) = self.0.get(name) {
            turn.send_replace(Some(is_done));
        }
    }
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
    /// Applies the plan of an environment once those that come before it are applied and proven.
    async fn in_turn(
        &self,
        one: &Connected,
        planned: PlannedEnvironment,
        turns: &Turns<'_>,
    ) -> Option<AppliedEnvironment> {
        if let Some(first) = turns.missed(one).await {
            // Also where it has nothing to do: what comes after it counts on all before it.
            turns.end(&one.view.name, None);
            return self.skipped(one, planned, &first);
        }
        let applied = self.environment(one, planned).await;
        turns.end(&one.view.name, applied.as_ref());
        applied
    }

    /// Nothing is sent to an environment that comes after one that was not applied and proven.
    fn skipped(
        &self,
        one: &Connected,
        planned: PlannedEnvironment,
        first: &EnvironmentName,
    ) -> Option<AppliedEnvironment> {
        let plan = into_plan(planned.result)?;
        let skipped = |_: &Operation| Outcome::Skipped {
            because: SkipReason::After(first.clone()),
            steps_done: 0,
        };
        let report = Report {
            outcomes: plan.operations.iter().map(skipped).collect(),
        };
        self.terminal.ledger().settle(one.view.name.as_str(), false);
        let names = plan.operations.iter();
        let left: Vec<_> = names.map(|operation| operation.name().clone()).collect();
        let proof = if left.is_empty() {
            Proof::Converged
        } else {
            Proof::Differs(left)
        };
        Some(AppliedEnvironment {
            environment: one.view.clone(),
            plan,
            report,
            proof,
            watched: Vec::new(),
        })
    }

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
        let about = |step, correcting| Recorded {
            environment: &one.view.name,
            plan,
            digest,
            step,
            correcting,
        };
        let recorded = match *event {
            Event::Sending { step, correcting } => log.sending(&about(step, correcting)),
            Event::Answered {
                step,
                correcting,
                result,
            } => log.answered(&about(step, correcting), result),
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
