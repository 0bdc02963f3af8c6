//! A round of one environment: list, plan, compare; and where it may: lock, list again, apply, prove.

mod attendant;
mod comparing;

use std::{sync::Arc, time::Duration};

use jiff::tz::TimeZone;
use tokio::time::Instant;

use self::attendant::Attendant;
use super::{service::Service, unit::Unit};
use crate::{
    apply,
    cli::{
        audit::{self, AuditLog},
        connect::{Connected, Route},
        error::CliError,
        lock::Locks,
        probing::Prober,
        sent::Counted,
        sinks::Sinks,
    },
    model::{EnvironmentName, Heal, LiveState},
    net::Permission,
    plan::PlanResult,
    provider::ProviderError,
    reconcile::{Counts, Done, Judged, Seen, judge},
    run::{self, Look, Outcome, PlannedEnvironment, Probing, Proof, Session},
    saved::{Drift, EnvironmentRecord, ManifestRecord, SavedPlan},
};

/// How long what guards said of a plan is good for, as long as the plan stays the same: they look at what webhooks carry, which
/// moves by itself.
const REFUSAL_LASTS: Duration = Duration::from_secs(60 * 60);

/// What a round needs to know of everything around it.
pub(super) struct Around<'a> {
    pub(super) service: &'a Service<'a>,
    pub(super) manifest: Arc<ManifestRecord>,
    /// That this copy leads the environment still.
    pub(super) permission: Permission,
    /// An environment that comes before this one and is not in sync.
    pub(super) waits_for: Option<EnvironmentName>,
    /// What guards refused the last time.
    pub(super) refused: Option<Refused>,
    /// What was in sync the last time.
    pub(super) in_sync: Option<Arc<InSync>>,
}

/// A live state that was in sync, and what that came to: the same comes to the same, as long as the manifest and what it is
/// told from are the same.
pub(super) struct InSync {
    live: LiveState,
    judged: Judged,
    counts: Counts,
}

/// What guards refused, of which plan and when.
#[derive(Clone)]
pub(super) struct Refused {
    digest: String,
    since: Instant,
    refusals: Vec<String>,
}

pub(super) struct Rounded {
    pub(super) judged: Judged,
    pub(super) counts: Option<Counts>,
    /// What the look came to, as it may be shown.
    pub(super) look: Option<PlannedEnvironment>,
    /// What the environment was when it was in sync, where that is news.
    pub(super) baseline: Option<SavedPlan>,
    pub(super) refused: Option<Refused>,
    pub(super) in_sync: Option<Arc<InSync>>,
    /// Whether the session cannot go on: it is to be made anew.
    pub(super) is_spent: bool,
}

impl Rounded {
    fn of(seen: Seen<'_>) -> Self {
        Self {
            judged: judge(seen),
            counts: None,
            look: None,
            baseline: None,
            refused: None,
            in_sync: None,
            is_spent: false,
        }
    }
}

/// What looking at an environment gave.
struct Looked {
    planned: PlannedEnvironment,
    record: EnvironmentRecord,
    drift: Drift,
    refusals: Vec<String>,
}

pub(super) async fn round(unit: &Unit, around: &Around<'_>) -> Rounded {
    let Some((session, one)) = unit.connected() else {
        let why = unit.without_credentials.clone();
        let why = why.unwrap_or_else(|| "there is no way to the provider".to_owned());
        return Rounded {
            is_spent: true,
            ..Rounded::of(Seen::NoCredentials(why))
        };
    };
    let refused = session.refused(one);
    if !refused.is_empty() {
        let refusals = refused.iter().map(ToString::to_string).collect();
        return Rounded::of(Seen::SecretRefused(refusals));
    }
    Round {
        unit,
        session,
        one,
        around,
    }
    .carry_out()
    .await
}

struct Round<'r> {
    unit: &'r Unit,
    session: &'r Session<Counted<Route>>,
    one: &'r Connected,
    around: &'r Around<'r>,
}

impl Round<'_> {
    async fn carry_out(&self) -> Rounded {
        let looked = match self.look(self.around.in_sync.as_ref()).await {
            Ok(looked) => looked,
            Err(ended) => return ended,
        };
        let may_apply = self.unit.may_apply(self.around.service.args);
        let operations = operations(&looked.planned);
        if may_apply && !looked.refusals.is_empty() {
            return self.ended(looked, Done::Refused, None);
        }
        if !may_apply || operations == 0 {
            return self.ended(looked, Done::Nothing, None);
        }
        let digest = audit::digest(&looked.planned);
        let known = self.around.refused.as_ref();
        if let Some(known) = known.filter(|known| known.is_of(&digest)) {
            let refusals = known.refusals.clone();
            return self.ended(
                Looked { refusals, ..looked },
                Done::Refused,
                Some(known.clone()),
            );
        }
        if let Some(why) = self.obstacle(&looked.planned) {
            return self.ended(looked, why, None);
        }
        self.under_lock(looked, digest).await
    }

    /// Lists, and compares with what is declared. Nothing is learned that would cost requests.
    async fn look(&self, known: Option<&Arc<InSync>>) -> Result<Looked, Rounded> {
        let read = run::live(self.one).await;
        if self.session.stop.is_asked() {
            return Err(Rounded {
                is_spent: true,
                ..Rounded::of(Seen::Stopped)
            });
        }
        let live = read.map_err(|error| self.not_read(&error))?;
        if let Some(known) = known.filter(|known| known.live == live) {
            return Err(Rounded {
                judged: known.judged.clone(),
                counts: Some(known.counts),
                in_sync: Some(known.clone()),
                ..Rounded::of(Seen::Stopped)
            });
        }
        match self.session.draft_read(live) {
            Some(drafts) => Ok(self.compared(self.session.settle_unasked(drafts))),
            // A unit has one environment, whose secret was looked at before.
            None => Err(Rounded::of(Seen::Stopped)),
        }
    }

    fn not_read(&self, error: &ProviderError) -> Rounded {
        let rounded = Rounded::of(Seen::NotRead(error));
        // A program that prints the credentials may print others now.
        let is_spent = rounded.judged.is_about_credentials();
        Rounded {
            is_spent,
            ..rounded
        }
    }

    /// What stands in the way of applying a plan that no guard refuses, as far as that is known without asking anybody.
    fn obstacle(&self, planned: &PlannedEnvironment) -> Option<Done> {
        if self.unit.lock.is_none() && !self.around.service.args.unlocked {
            return Some(Done::NoLock);
        }
        if let Some(first) = &self.around.waits_for {
            return Some(Done::Waits(first.clone()));
        }
        let (needed, most) = (writes(planned), self.unit.max_writes_per_day);
        let writes = self
            .around
            .service
            .keeping()
            .kept
            .of(&self.unit.name)
            .writes;
        let left = writes.left(self.today(), most);
        (needed > left).then_some(Done::WritesSpent { needed, left, most })
    }

    fn today(&self) -> jiff::civil::Date {
        let now = self.around.service.telling.now();
        now.to_zoned(TimeZone::UTC).date()
    }

    /// Takes the lock, lists again, learns what the guards want to know, and applies.
    async fn under_lock(&self, looked: Looked, digest: String) -> Rounded {
        let Service { who, terminal, .. } = *self.around.service;
        let (environments, stop) = (&self.session.environments, &self.session.stop);
        let locks = Locks::take(environments, who, Duration::ZERO, stop, terminal).await;
        let locks = match locks {
            Ok(locks) => locks,
            Err(error) => {
                return self.ended(looked, Done::NotLocked(error.texts()), None);
            }
        };
        let applied = self.apply(looked, digest, &locks).await;
        let lost = locks.release(terminal).await;
        let (looked, mut done, refused) = match applied {
            Ok(applied) => applied,
            Err(ended) => return ended,
        };
        if let Some(lost) = lost {
            let changed = matches!(
                done,
                Done::Applied { .. } | Done::NotApplied { changed: true, .. }
            );
            let why = lost.texts();
            done = Done::NotApplied { changed, why };
        }
        if matches!(done, Done::Applied { .. }) {
            // What was proven is what was declared; what is live besides is told from it the next time.
            return match self.look(None).await {
                Ok(now) if operations(&now.planned) == 0 => self.ended(now, done, None),
                Ok(now) => self.ended(now, Done::Nothing, None),
                Err(ended) => ended,
            };
        }
        self.ended(looked, done, refused)
    }

    async fn apply(
        &self,
        before: Looked,
        digest: String,
        locks: &Locks,
    ) -> Result<(Looked, Done, Option<Refused>), Rounded> {
        let Service {
            global,
            args,
            terminal,
            ..
        } = *self.around.service;
        let drafts = self.session.draft().await;
        if let Some(error) = drafts.errors().next() {
            return Err(self.not_read(error));
        }
        let unit = self.unit;
        let prober = Prober::of(
            &args.probing,
            global.timeout,
            &unit.sockets,
            &unit.sensitive,
            terminal,
        );
        let planned = self
            .session
            .settle(drafts, Look::GUARD, Probing::Healed(&prober))
            .await;
        if let Err(error) = self.record_rulings(&planned) {
            return Ok((before, Done::NotRecorded(error.texts()), None));
        }
        let outcome = run::outcome(&planned);
        if outcome != Outcome::Changes {
            let looked = self.compared(planned);
            if looked.refusals.is_empty() {
                return Ok((looked, Done::Nothing, None));
            }
            let refused = Refused {
                digest,
                since: Instant::now(),
                refusals: looked.refusals.clone(),
            };
            return Ok((looked, Done::Refused, Some(refused)));
        }
        if let Some(obstacle) = planned.first().and_then(|planned| self.obstacle(planned)) {
            return Ok((before, obstacle, None));
        }
        if let Some(why) = self.moved_meanwhile(&planned).await {
            let changed = false;
            return Ok((before, Done::NotApplied { changed, why }, None));
        }
        if let Err(error) = self.reserve(&planned) {
            return Ok((before, Done::NotRecorded(error.texts()), None));
        }
        Ok((before, self.carried_out(planned, locks).await, None))
    }

    /// Records what the rules say of plans, before anything follows from it.
    fn record_rulings(&self, planned: &[PlannedEnvironment]) -> Result<(), CliError> {
        if !audit::has_rulings(planned) {
            return Ok(());
        }
        let Some(log) = self.around.service.telling.audit_log()? else {
            return Ok(());
        };
        log.judged(planned);
        CliError::all(log.failure())
    }

    /// Why a plan may not be applied as it is any more: reading the history and probing take time, and the list right before
    /// the first write is what counts.
    async fn moved_meanwhile(&self, planned: &[PlannedEnvironment]) -> Option<String> {
        let has_read = planned.iter().any(|one| one.evidence.is_some());
        let may_probe = matches!(self.one.resolved.policy.heal, Heal::AfterProbe(_));
        if !has_read && !may_probe {
            return None;
        }
        let live = match run::live(self.one).await {
            Ok(live) => live,
            Err(error) => return Some(run::chain(&error)),
        };
        let now = self.session.draft_from(self.one, &live);
        let mut plans = planned.iter().filter_map(|one| one.plan.as_ref());
        let is_same = plans.all(|plan| plan.does_the_same_as(&now));
        (!is_same).then(|| {
            "the environment changed while the guards looked at it; nothing was changed".to_owned()
        })
    }

    /// Counts the writes of a plan before they are sent, and keeps that: what cannot be counted is not sent.
    fn reserve(&self, planned: &[PlannedEnvironment]) -> Result<(), CliError> {
        let writes = planned.iter().map(writes).sum();
        let mut keeping = self.around.service.keeping();
        let before = keeping.kept.of(&self.unit.name).writes;
        let today = self.today();
        keeping.kept.of(&self.unit.name).writes.add(today, writes);
        let written = keeping.write();
        if written.is_err() {
            keeping.kept.of(&self.unit.name).writes = before;
        }
        written
    }

    async fn carried_out(&self, planned: Vec<PlannedEnvironment>, locks: &Locks) -> Done {
        let service = self.around.service;
        let audit_log = match service.telling.audit_log() {
            Ok(audit_log) => audit_log,
            Err(error) => return Done::NotRecorded(error.texts()),
        };
        let operations = planned.iter().map(operations).sum();
        let attendant = Attendant {
            terminal: service.terminal,
            audit_log: audit_log.as_ref(),
            digest: planned.first().map(audit::digest).unwrap_or_default(),
            permission: both(
                self.around.permission.clone(),
                locks.permission(&self.unit.name),
            ),
            sinks: Sinks::new(service.terminal),
        };
        let applied = match run::apply(self.session, planned, &attendant).await {
            Ok(applied) => applied,
            Err(error) => {
                return Done::NotApplied {
                    changed: false,
                    why: error.to_string(),
                };
            }
        };
        for one in &applied {
            let operations = one.record.operations.iter().zip(&one.report.outcomes);
            for (operation, outcome) in operations {
                let (action, outcome) = (operation.action().as_str(), outcome.as_str());
                let name = &self.unit.name;
                service.metrics.operation(name, action, outcome);
            }
        }
        let unrecorded = audit_log.and_then(AuditLog::failure);
        let changed = applied.iter().any(|one| one.report.changed_something());
        if let Some(error) = unrecorded {
            let why = error.texts();
            return match changed {
                true => Done::NotApplied { changed, why },
                false => Done::NotRecorded(why),
            };
        }
        match applied.iter().find_map(not_proven) {
            None => Done::Applied { operations },
            Some(why) => Done::NotApplied { changed, why },
        }
    }

    /// What came of the round, with what is known of the environment now.
    fn ended(&self, looked: Looked, done: Done, refused: Option<Refused>) -> Rounded {
        let Looked {
            planned,
            record,
            drift,
            refusals,
        } = looked;
        let is_clean = operations(&planned) == 0 && refusals.is_empty();
        let counts = self.counts(&planned, &drift);
        let is_steady = is_clean && done == Done::Nothing;
        let judged = judge(Seen::Compared {
            drift: &drift,
            refusals,
            done,
        });
        let baseline = self.baseline(record, &drift, is_clean);
        let is_steady = is_steady && judged.is_in_sync() && baseline.is_none();
        let in_sync = planned.live.filter(|_| is_steady).map(|live| InSync {
            live,
            judged: judged.clone(),
            counts,
        });
        Rounded {
            counts: Some(counts),
            baseline,
            look: Some(PlannedEnvironment {
                plan: None,
                live: None,
                ..planned
            }),
            refused,
            in_sync: in_sync.map(Arc::new),
            is_spent: self.session.stop.is_asked(),
            judged,
        }
    }
}

impl Refused {
    fn is_of(&self, digest: &str) -> bool {
        self.digest == digest && self.since.elapsed() < REFUSAL_LASTS
    }
}

fn operations(planned: &PlannedEnvironment) -> usize {
    match &planned.result {
        PlanResult::Planned(plan) => plan.operations.len(),
        PlanResult::Refused(_) | PlanResult::Failed { .. } => 0,
    }
}

fn writes(planned: &PlannedEnvironment) -> u32 {
    let plan = planned.result.plan();
    let requests = plan.map_or(0, |plan| plan.write_requests());
    u32::try_from(requests).unwrap_or(u32::MAX)
}

fn not_proven(applied: &run::AppliedEnvironment) -> Option<String> {
    if applied.is_proven() {
        return None;
    }
    Some(match &applied.proof {
        Proof::NotRead(error) => format!("applied, and could not be read again: {error}"),
        Proof::Converged | Proof::Differs(_) => {
            let mut outcomes = applied.report.outcomes.iter();
            let failure = outcomes.find_map(|outcome| match outcome {
                apply::Outcome::Failed { error, .. }
                | apply::Outcome::SecretLost { error }
                | apply::Outcome::Unknown { error } => Some(run::chain(error)),
                apply::Outcome::Applied { .. } | apply::Outcome::Skipped { .. } => None,
            });
            let otherwise = "what is live after it was applied is not what was declared";
            failure.unwrap_or_else(|| otherwise.to_owned())
        }
    })
}

fn both(one: Permission, other: Permission) -> Permission {
    Permission::new(move || one.is_given() && other.is_given())
}
