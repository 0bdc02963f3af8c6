//! What came of a round, shown and told.

use std::{rc::Rc, sync::Arc};

use super::{Done, Engine, ROUNDS};
use crate::{
    cli::command::reconcile::unit::Unit,
    model::EnvironmentName,
    reconcile::{ConditionKind, EnvironmentRound, EnvironmentStatus, Reason},
};

impl Engine<'_> {
    /// Shows and tells what came of a round.
    pub(super) fn ended(&mut self, done: Done) {
        let Done {
            unit,
            cause,
            waited,
            began,
            began_at,
            rounded,
        } = done;
        let service = self.service;
        let name = &unit.name;
        self.under_way.remove(name);
        self.table.ended(name, rounded.judged.ended, self.now());
        self.show_next(name);
        self.refused.remove(name);
        if let Some(refused) = rounded.refused {
            self.refused.insert(name.clone(), refused);
        }
        self.in_sync.remove(name);
        if let Some(in_sync) = rounded.in_sync.filter(|_| self.is_in_force(&unit)) {
            self.in_sync.insert(name.clone(), in_sync);
        }
        if rounded.is_spent {
            self.manifest.ask();
        }
        let now = service.telling.now();
        let round = EnvironmentRound {
            cause,
            began_at,
            took: began.elapsed(),
            outcome: rounded.judged.outcome,
            message: service.terminal.masked(&rounded.judged.message),
        };
        service.metrics.round(name, round.outcome);
        service.desk.ended(&waited, name, &round);
        let is_success = rounded.judged.is_success();
        let mut said: Vec<(Reason, String)> = rounded
            .judged
            .conditions
            .into_iter()
            .map(|(reason, message)| (reason, service.terminal.masked(&message)))
            .collect();
        self.stalled_by_manifest(&mut said);
        if let Some(text) = self.record().or_else(|| self.unkept.clone()) {
            said.retain(|(reason, _)| reason.kind() != ConditionKind::Ready);
            said.push((Reason::NOT_RECORDED, text));
        }
        if let Some(baseline) = rounded.baseline {
            service.keeping().kept.of(name).baseline = Some(baseline);
            self.keep_soon();
        }
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let writes = service.keeping().kept.of(name).writes.of(today);
        let summary = round.message.clone();
        let manifest = Some(self.record.digest.clone());
        service.desk.change(name, |one| {
            one.last_attempt = Some(now);
            if is_success {
                one.last_success = Some(now);
            }
            one.writes_today = writes;
            one.manifest = manifest;
            if let Some(counts) = rounded.counts {
                one.counts = counts;
            }
            if let Some(look) = rounded.look {
                one.rate_limit = look.environment.requests_per_minute;
                one.last_look = Some(Arc::new(look));
            }
            if let Some((_, connected)) = unit.connected() {
                one.rate_used = connected.api.limiter().used();
            }
            one.rounds.push(round);
            let over = one.rounds.len().saturating_sub(ROUNDS);
            one.rounds.drain(..over);
        });
        self.take_down(name, said, summary);
        self.hurry_what_waited(name);
    }

    /// Whether an environment is still what it was when a round of it began.
    fn is_in_force(&self, unit: &Rc<Unit>) -> bool {
        let now = self.units.get(&unit.name);
        now.is_some_and(|now| Rc::ptr_eq(now, unit))
    }

    /// An invalid manifest keeps everything from being as somebody wants it.
    pub(super) fn stalled_by_manifest(&self, said: &mut Vec<(Reason, String)>) {
        let invalid = self
            .service
            .desk
            .read(|status| status.manifest.invalid.clone());
        if let Some(why) = invalid {
            said.retain(|(reason, _)| reason.kind() != ConditionKind::Stalled);
            said.push((Reason::MANIFEST_INVALID, why));
        }
    }

    /// What comes after an environment that is in sync now is due.
    pub(super) fn hurry_what_waited(&mut self, name: &EnvironmentName) {
        let now = self.now();
        let is_in_sync = self.service.desk.read(|status| {
            let one = status.environment(name);
            one.is_some_and(EnvironmentStatus::is_in_sync)
        });
        let waiting = self.service.desk.read(|status| {
            let kind = ConditionKind::Ready;
            let waiting = status.environments.iter();
            let waiting = waiting.filter(|one| one.conditions.get(kind).reason == Reason::WAITING);
            waiting.map(|one| one.name.clone()).collect::<Vec<_>>()
        });
        for other in waiting.iter().filter(|_| is_in_sync) {
            if self
                .units
                .get(other)
                .is_some_and(|unit| unit.after.contains(name))
            {
                self.table.hurry(other, now);
            }
        }
    }
}
