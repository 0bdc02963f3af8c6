//! Carrying plans out, and proving that they did what they said.

use std::{collections::BTreeMap, ops::ControlFlow, sync::Arc};

use futures_util::future::join_all;
use tokio::sync::watch;

use super::{
    AppliedEnvironment, Connected, KeepSecrets, Kept, PlannedEnvironment, Proof, Session, chain,
    chosen::ChosenSecrets, keeping::Keeping, live,
};
use crate::{
    apply::{self, Approved, Event, NotApproved, Outcome, Pace, Report, SkipReason},
    model::{CredentialSource, EnvironmentName, KeyShape, Secret, WebhookName},
    net::{Permission, Transport},
    plan::{EnvironmentPlan, Operation, PlanResult, Settled, Shown, Warning},
    provider::Writer,
};

/// Who attends a run: is told what happens, may stop it, and keeps the keys that are shown once.
pub trait Attend<T>: Sync {
    /// Who keeps keys.
    type Keeper: KeepSecrets;

    /// Who keeps the keys of new webhooks.
    fn keeper(&self) -> &Self::Keeper;

    /// Whether requests to an environment may still be sent. It is asked after every wait.
    fn permission(&self, environment: &Connected<T>) -> Permission;

    /// The plan of an environment is about to be applied.
    fn begins(&self, environment: &Connected<T>, plan: &EnvironmentPlan<Shown>);

    /// Something happens in an environment. Breaking stops the run: a step that is about to be sent is not.
    fn event(
        &self,
        environment: &Connected<T>,
        plan: &EnvironmentPlan<Shown>,
        event: &Event<'_>,
    ) -> ControlFlow<()>;

    /// What became of the plan is known.
    fn ends(&self, environment: &Connected<T>, report: &Report);
}

/// Nobody attends.
#[derive(Clone, Copy, Debug)]
pub struct Unattended;

impl KeepSecrets for Unattended {
    async fn prove(&self, _: &Kept<'_>) -> Result<(), String> {
        Err("nobody keeps secrets here".to_owned())
    }

    async fn keep(&self, _: &Kept<'_>, _: &Secret) -> Result<(), String> {
        Err("nobody keeps secrets here".to_owned())
    }

    async fn fetch(&self, source: &CredentialSource, _: KeyShape) -> Result<Secret, String> {
        match source {
            CredentialSource::Value(value) => Ok(Secret::new(value.expose())),
            CredentialSource::Command(_) => Err("nobody runs programs here".to_owned()),
            CredentialSource::Withheld => Err("it is not known".to_owned()),
        }
    }
}

impl<T> Attend<T> for Unattended {
    type Keeper = Self;

    fn keeper(&self) -> &Self {
        self
    }

    fn permission(&self, _: &Connected<T>) -> Permission {
        Permission::default()
    }

    fn begins(&self, _: &Connected<T>, _: &EnvironmentPlan<Shown>) {}

    fn event(
        &self,
        _: &Connected<T>,
        _: &EnvironmentPlan<Shown>,
        _: &Event<'_>,
    ) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn ends(&self, _: &Connected<T>, _: &Report) {}
}

/// Applies the plans of a run side by side, an environment after those that it comes after, and lists each once more:
/// nothing may be left to do. `planned` is what the session has settled, one for each environment, in its order.
///
/// # Errors
///
/// A plan that may not be applied, or an environment without one. Nothing was sent then.
pub async fn apply<T: Transport>(
    session: &Session<T>,
    planned: Vec<PlannedEnvironment>,
    attend: &impl Attend<T>,
) -> Result<Vec<AppliedEnvironment>, NotApproved> {
    check_environments(session, &planned)?;
    let plans = planned.into_iter().map(plan_and_record);
    let plans: Vec<(Settled, EnvironmentPlan<Shown>)> = plans.collect::<Result<_, _>>()?;
    let approved = plans.iter().map(|(plan, _)| Approved::new(plan));
    let approved: Vec<Approved<'_>> = approved.collect::<Result<_, _>>()?;
    let turns = Turns::of(session);
    let given = session.environments.iter().zip(approved.iter().copied());
    let chosen = ChosenSecrets::get(given, attend.keeper()).await?;
    let runs = session.environments.iter().zip(approved).zip(&plans);
    let runs = runs.map(|((environment, approved), (_, record))| {
        let approved = (approved, &chosen);
        in_turn(session, environment, approved, record, &turns, attend)
    });
    let ended = join_all(runs).await;
    let environments = session.environments.iter().zip(plans).zip(ended);
    Ok(environments
        .map(
            |((environment, (plan, record)), (report, proof))| AppliedEnvironment {
                environment: environment.view.clone(),
                plan,
                record,
                report,
                proof,
                watched: Vec::new(),
            },
        )
        .collect())
}

/// Refuses plans that are not those of the session's environments: one environment's plan must never reach another.
fn check_environments<T>(
    session: &Session<T>,
    planned: &[PlannedEnvironment],
) -> Result<(), NotApproved> {
    let mut given = planned.iter().map(|planned| &planned.environment.name);
    for environment in &session.environments {
        let name = &environment.view.name;
        let why = match given.next() {
            Some(given) if given == name => continue,
            Some(given) => format!("the plan of `{given}` stands where its own is to be"),
            None => "it has no plan".to_owned(),
        };
        let environment = name.clone();
        return Err(NotApproved::NotPlanned { environment, why });
    }
    match given.next() {
        Some(other) => Err(NotApproved::NotPlanned {
            environment: other.clone(),
            why: "it is none of this run".to_owned(),
        }),
        None => Ok(()),
    }
}

fn plan_and_record(
    planned: PlannedEnvironment,
) -> Result<(Settled, EnvironmentPlan<Shown>), NotApproved> {
    match (planned.plan, planned.result) {
        (Some(plan), PlanResult::Planned(record)) => Ok((plan, *record)),
        (_, result) => Err(NotApproved::NotPlanned {
            environment: planned.environment.name,
            why: result.why_not(),
        }),
    }
}

/// Whether each environment of a run was applied and proven; `None` as long as it is not over.
struct Turns<'s>(BTreeMap<&'s EnvironmentName, watch::Sender<Option<bool>>>);

impl<'s> Turns<'s> {
    fn of<T>(session: &'s Session<T>) -> Self {
        let environments = session.environments.iter();
        let names = environments.map(|environment| &environment.view.name);
        Self(names.map(|name| (name, watch::Sender::new(None))).collect())
    }

    /// Waits for the environments that come before this one. Gives one that was not applied and proven.
    async fn missed<T>(&self, environment: &Connected<T>) -> Option<EnvironmentName> {
        for first in &environment.resolved.after {
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

    fn end(&self, name: &EnvironmentName, is_done: bool) {
        if let Some(turn) = self.0.get(name) {
            turn.send_replace(Some(is_done));
        }
    }
}

/// Applies the plan of an environment once those that come before it are applied and proven.
async fn in_turn<T: Transport>(
    session: &Session<T>,
    environment: &Connected<T>,
    (approved, chosen): (Approved<'_>, &ChosenSecrets),
    record: &EnvironmentPlan<Shown>,
    turns: &Turns<'_>,
    attend: &impl Attend<T>,
) -> (Report, Proof) {
    let missed = turns.missed(environment).await;
    let (report, proof) = match &missed {
        Some(first) => skipped(environment, approved.plan(), first, attend),
        None => carried_out(session, environment, (approved, chosen), record, attend).await,
    };
    // Also where a skipped one has nothing to do: what comes after it counts on all before it.
    let is_done = missed.is_none() && report.is_complete() && proof == Proof::Converged;
    turns.end(&environment.view.name, is_done);
    (report, proof)
}

/// Nothing is sent to an environment that comes after one that was not applied and proven.
fn skipped<T>(
    environment: &Connected<T>,
    plan: &EnvironmentPlan,
    first: &EnvironmentName,
    attend: &impl Attend<T>,
) -> (Report, Proof) {
    let outcome = |_: &Operation| Outcome::Skipped {
        because: SkipReason::After(first.clone()),
        steps_done: 0,
    };
    let report = Report {
        outcomes: plan.operations.iter().map(outcome).collect(),
    };
    attend.ends(environment, &report);
    let left: Vec<WebhookName> = plan.operations.iter().map(|it| it.name().clone()).collect();
    (report, Proof::that_none_is(left))
}

async fn carried_out<T: Transport>(
    session: &Session<T>,
    environment: &Connected<T>,
    (approved, chosen): (Approved<'_>, &ChosenSecrets),
    record: &EnvironmentPlan<Shown>,
    attend: &impl Attend<T>,
) -> (Report, Proof) {
    let plan = approved.plan();
    attend.begins(environment, record);
    let watch = |event: Event<'_>| attend.event(environment, record, &event);
    let permission = attend.permission(environment);
    let api = match chosen.sensitive(environment) {
        none if none.is_empty() => environment.api.clone(),
        values => Arc::new(environment.api.knowing(values)),
    };
    let writer = Writer::new(api).permitted(permission);
    let writer = Keeping::new(environment, writer, attend.keeper(), chosen);
    let stop = &session.stop;
    let report = apply::apply(approved, &writer, Pace::default(), stop, &watch).await;
    attend.ends(environment, &report);
    let disabled = left_disabled(environment, plan);
    let proof = if !disabled.is_empty() {
        Proof::Differs(disabled)
    } else if plan.operations.is_empty() {
        Proof::Converged
    } else {
        prove(session, environment).await
    };
    (report, proof)
}

/// The webhooks that are declared as enabled and stay disabled, as their probe failed.
fn left_disabled<T>(environment: &Connected<T>, plan: &EnvironmentPlan) -> Vec<WebhookName> {
    let keys = plan.warnings.iter().filter_map(|warning| match warning {
        Warning::LeftDisabled { key, .. } => Some(key),
        _ => None,
    });
    let webhooks = &environment.resolved.desired.webhooks;
    keys.filter_map(|key| Some(webhooks.get(key)?.name.clone()))
        .collect()
}

/// Plans once more from what is live now: nothing may be left to do.
async fn prove<T: Transport>(session: &Session<T>, environment: &Connected<T>) -> Proof {
    match live(environment).await {
        Ok(live) => Proof::that_none_is(session.draft_from(environment, &live).differing()),
        Err(error) => Proof::NotRead(chain(&error)),
    }
}
