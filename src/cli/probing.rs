//! Probing receivers: for `test`, `apply --probe` and `heal: probe`.

use std::time::Duration;

use futures_util::future::join_all;

use super::{
    args::ProbeArgs,
    command::{plan::outcome, simulator::clock},
    connect::Connected,
    planning::Session,
    terminal::Terminal,
};
use crate::{
    delivery::{Probed, Verdict},
    model::{DesiredWebhook, EventType, LiveState, WebhookKey, WebhookName},
    plan::{Change, EnvironmentPlan, Operation, OperationKind, Refusal, Warning},
    probe::{Poster, Probe, Reach, probe},
    report::{PlanResult, PlannedEnvironment, json},
    simulator::Clock,
};

/// Sends signed samples to receivers.
pub(crate) struct Prober {
    poster: Poster,
    tolerant: bool,
    seed: String,
    clock: Clock,
}

impl Prober {
    pub(crate) fn new(args: &ProbeArgs, timeout: Option<Duration>, session: &Session) -> Self {
        let poster = Poster::new(if args.allow_private {
            Reach::Any
        } else {
            Reach::Public
        })
        .with_sockets(session.sockets.clone());
        Self {
            poster: match timeout {
                Some(timeout) => poster.with_timeout(timeout),
                None => poster,
            },
            tolerant: args.allow_unverified,
            seed: uuid::Uuid::new_v4().to_string(),
            clock: clock(),
        }
    }

    /// The same, with ids derived from this seed.
    pub(crate) fn seeded(self, seed: Option<&String>) -> Self {
        Self {
            seed: seed.cloned().unwrap_or(self.seed),
            ..self
        }
    }

    /// Probes the URL that a webhook is to have.
    pub(crate) async fn probe(
        &self,
        one: &Connected,
        webhook: &DesiredWebhook,
        events: &[EventType],
    ) -> Probed {
        let wanted = Probe {
            profile: one.view.profile,
            secret: &one.secret,
            url: webhook.url.text().expose(),
            destinations: &one.resolved.destinations,
            events,
            seed: &self.seed,
            now: (self.clock)(),
            tolerant: self.tolerant,
        };
        probe(&self.poster, &wanted).await
    }

    /// Probes a webhook with all that it subscribes to: why it failed, if it did. Says what works and
    /// should be better.
    async fn check(
        &self,
        one: &Connected,
        key: &WebhookKey,
        terminal: &Terminal,
    ) -> Result<(), String> {
        let Some(webhook) = one.resolved.desired.webhooks.get(key) else {
            return Ok(());
        };
        let name = &one.view.name;
        terminal
            .say(|out| writeln!(out, "probing `{key}` of environment `{name}`"))
            .ok();
        let events: Vec<EventType> = webhook.events.iter().cloned().collect();
        let probed = self.probe(one, webhook, &events).await;
        for attempt in &probed.attempts {
            if let Verdict::Warned(why) = &attempt.verdict {
                let title = attempt.title();
                terminal
                    .say(|out| writeln!(out, "warning: probe of `{key}`, {title}: {why}"))
                    .ok();
            }
        }
        probed.failure().map_or(Ok(()), Err)
    }
}

/// Settles what plans leave open: probes what is to be enabled again where an environment says
/// `heal: probe`; looks whether what is deleted or disabled is in use; and where `all` says so, probes what
/// is created or moved. The plans stay those of the live states that they were made from.
pub(crate) async fn settle(
    session: &Session,
    kept: Vec<(PlannedEnvironment, Option<LiveState>)>,
    all: bool,
    prober: &Prober,
    terminal: &Terminal,
) -> Vec<PlannedEnvironment> {
    let healed = session.environments.iter().zip(kept);
    let healed = healed.map(|(one, (mut planned, live))| async {
        if let (Some(live), Some(plan)) = (live, planned.result.plan())
            && heal(session, one, plan, prober, terminal).await
        {
            planned.result = PlanResult::Planned(session.plan_from(one, &live));
        }
        planned
    });
    let mut planned = join_all(healed).await;
    session.look(planned.iter_mut(), true).await;
    if all && outcome(&planned) == json::Outcome::Changes {
        guard(session, &mut planned, prober, terminal).await;
    }
    planned
}

/// Probes the webhooks that are to be enabled again where their environment says `heal: probe`, and keeps
/// what that showed for the next plan. Returns whether there were any.
async fn heal(
    session: &Session,
    one: &Connected,
    plan: &EnvironmentPlan,
    prober: &Prober,
    terminal: &Terminal,
) -> bool {
    let keys: Vec<&WebhookKey> = plan
        .warnings
        .iter()
        .filter_map(|warning| match warning {
            Warning::EnabledAfterProbe { key } => Some(key),
            _ => None,
        })
        .collect();
    let probes = keys.iter().map(|key| prober.check(one, key, terminal));
    let shown = join_all(probes).await;
    let any = !keys.is_empty();
    session.probed(one, keys.into_iter().cloned().zip(shown));
    any
}

/// Probes what would be created or moved, and refuses the plans in which a receiver fails.
async fn guard(
    session: &Session,
    planned: &mut [PlannedEnvironment],
    prober: &Prober,
    terminal: &Terminal,
) {
    for (one, planned) in session.environments.iter().zip(planned) {
        let PlanResult::Planned(plan) = &mut planned.result else {
            continue;
        };
        let keys = plan.operations.iter().filter_map(|operation| {
            let key = operation.key.as_ref()?;
            let webhook = one.resolved.desired.webhooks.get(key)?;
            (webhook.enabled && has_new_url(operation)).then_some(key)
        });
        let probes = keys.map(|key| async move {
            let why = prober.check(one, key, terminal).await.err()?;
            Some(Refusal::ProbeFailed {
                key: key.clone(),
                why,
            })
        });
        let refusals: Vec<Option<Refusal>> = join_all(probes).await;
        plan.refusals.extend(refusals.into_iter().flatten());
        plan.refusals.sort();
    }
}

/// The webhooks that are declared as enabled and stay disabled, as their probe failed.
pub(crate) fn left_disabled(one: &Connected, plan: &EnvironmentPlan) -> Vec<WebhookName> {
    let keys = plan.warnings.iter().filter_map(|warning| match warning {
        Warning::LeftDisabled { key, .. } => Some(key),
        _ => None,
    });
    let webhooks = &one.resolved.desired.webhooks;
    keys.filter_map(|key| Some(webhooks.get(key)?.name.clone()))
        .collect()
}

fn has_new_url(operation: &Operation) -> bool {
    match &operation.kind {
        OperationKind::Create { .. } => true,
        OperationKind::Update { changes, .. } => changes
            .iter()
            .any(|change| matches!(change, Change::Url { .. })),
        OperationKind::Delete { .. } => false,
    }
}
