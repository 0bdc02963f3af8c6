//! Waiting for the first deliveries to what was applied.

use std::{collections::BTreeMap, time::Duration};

use futures_util::future::join_all;
use jiff::Timestamp;

use super::{clock::Now, connect::Connected, planning::Session, terminal::Terminal};
use crate::{
    apply::Outcome,
    delivery::{Delivery, DeliveryQuery, FailureReason},
    model::{EndpointUrl, EnvironmentName},
    plan::{Change, Operation, OperationKind},
    provider::Reader,
    run::{AppliedEnvironment, Watched, WatchedOutcome},
};

/// How often is looked, at most and at least.
const OFTEN: Duration = Duration::from_secs(1);
const SELDOM: Duration = Duration::from_secs(10);
/// How many deliveries are asked for at once.
const PAGE: u32 = 100;

/// When applying began, at each provider: deliveries are dated by their clocks.
pub(crate) struct Began {
    there: BTreeMap<EnvironmentName, Timestamp>,
    here: Timestamp,
}

impl Began {
    /// It begins now. The plans were made from answers that say what time it is.
    pub(crate) fn now(session: &Session) -> Self {
        let environments = session.environments.iter();
        let told = |one: &Connected| {
            let now = one.api.clock().now()?;
            Some((one.view.name.clone(), now.earliest()))
        };
        Self {
            there: environments.filter_map(told).collect(),
            here: Now::read().moment,
        }
    }

    /// When it began for an environment. Where the provider does not say what time it is, that is told.
    fn of(&self, one: &Connected, terminal: &Terminal) -> Timestamp {
        let name = &one.view.name;
        if let Some(there) = self.there.get(name) {
            return *there;
        }
        let why = "the API does not say what time it is (its answers have no `Date`), so deliveries count from this machine's time on";
        terminal.say(|out| writeln!(out, "warning: {name}: {why}"));
        self.here
    }
}

/// Waits until each new or moved webhook had a delivery that succeeded, but no longer than this.
/// Whoever interrupts gets to know what was seen by then.
pub(crate) async fn watch(
    session: &Session,
    applied: &mut [AppliedEnvironment],
    began: &Began,
    longest: Duration,
    terminal: &Terminal,
) {
    let environments = applied.iter_mut().map(|done| async move {
        let name = &done.environment.name;
        let mut environments = session.environments.iter();
        if let Some(one) = environments.find(|one| one.view.name == *name) {
            let began = began.of(one, terminal);
            done.watched = environment(session, one, done, began, longest, terminal).await;
        }
    });
    join_all(environments).await;
}

async fn environment(
    session: &Session,
    one: &Connected,
    done: &AppliedEnvironment,
    began: Timestamp,
    longest: Duration,
    terminal: &Terminal,
) -> Vec<Watched> {
    let outcomes = done.plan.operations.iter().zip(&done.report.outcomes);
    let mut watched: Vec<Watched> = outcomes
        .filter(|(_, outcome)| matches!(outcome, Outcome::Applied { .. }))
        .filter_map(|(operation, _)| begins(operation))
        .collect();
    if watched.is_empty() {
        return watched;
    }
    let note = format!(
        "{}: waiting for the first delivery to {} new or moved webhooks",
        one.view.name,
        watched.len()
    );
    terminal.say(|out| writeln!(out, "{note}"));
    let reader = Reader::new(one.api.clone());
    let query = DeliveryQuery {
        since: Some(began),
        page_size: Some(PAGE),
        ..DeliveryQuery::default()
    };
    let every = (longest / 20).clamp(OFTEN, SELDOM);
    let mut following = reader.follow(query, every);
    let mut unread = None;
    let look = async {
        while watched
            .iter()
            .any(|one| one.outcome != WatchedOutcome::Proven)
        {
            match following.next().await {
                Ok(new) => {
                    unread = None;
                    new.iter().for_each(|delivery| see(&mut watched, delivery));
                }
                // The client has tried several times; the next look is another chance.
                Err(error) => unread = Some(format!("{:#}", anyhow::Error::new(error))),
            }
        }
    };
    tokio::select! {
        biased;
        () = session.stop.asked() => {}
        _ = tokio::time::timeout(longest, look) => {}
    }
    for one in &mut watched {
        one.unread = unread
            .clone()
            .filter(|_| one.outcome == WatchedOutcome::Unproven);
    }
    watched
}

/// What is watched of an operation: a new webhook, or one that moved.
fn begins(operation: &Operation) -> Option<Watched> {
    let url = match &operation.kind {
        // Nothing is sent to what is created as disabled.
        OperationKind::Create { webhook } => {
            (webhook.enabled != Some(false)).then(|| webhook.url.clone())
        }
        OperationKind::Update { changes, .. } => {
            let moved = changes.iter().find_map(Change::url);
            moved.map(|(_, after)| after.clone())
        }
        OperationKind::Delete { .. } | OperationKind::Rotate { .. } => None,
    }?;
    Some(Watched {
        key: operation.key.clone(),
        url,
        outcome: WatchedOutcome::Unproven,
        failures: BTreeMap::new(),
        unread: None,
    })
}

fn see(watched: &mut [Watched], delivery: &Delivery) {
    let is_it = |url: &EndpointUrl| *url == delivery.webhook_url;
    for one in watched.iter_mut().filter(|one| is_it(&one.url)) {
        if delivery.has_succeeded() {
            one.outcome = WatchedOutcome::Proven;
        } else {
            let reason = FailureReason {
                status: delivery.status_code,
                error: delivery.error_message.clone(),
            };
            *one.failures.entry(reason).or_default() += 1;
            if one.outcome == WatchedOutcome::Unproven {
                one.outcome = WatchedOutcome::Failing;
            }
        }
    }
}
