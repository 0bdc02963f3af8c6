//! Which rounds begin, and with what.

use tokio::time::Instant;

use super::{AT_ONCE, Done, Engine, paused, short};
use crate::{
    cli::command::reconcile::{
        manifest::{self, Look},
        needs_state,
        round::{self, Around},
        telling::Level,
        unit::Unit,
    },
    model::EnvironmentName,
    reconcile::{Cause, Ended, EnvironmentRound, Reason, RoundId},
};

impl<'a> Engine<'a> {
    /// Begins the rounds that are due, with the manifest as it is now.
    pub(super) async fn begin_rounds(&mut self) {
        let room = AT_ONCE.saturating_sub(self.running.len());
        if room == 0 || self.table.next().is_none_or(|due| due > self.now()) {
            return;
        }
        if self.settling.is_some_and(|until| Instant::now() < until) {
            return;
        }
        match self.manifest.look().await {
            Look::Settling(until) => {
                self.settling = Some(until);
                return;
            }
            Look::Same => {}
            Look::Loaded(loaded) => {
                if loaded.record.digest != self.record.digest {
                    let text = format!("the manifest has moved: {}", short(&loaded.record.digest));
                    self.service
                        .telling
                        .log(Level::Info, None, "manifest", &text);
                }
                match manifest::without_state(&loaded.units, self.service.args) {
                    None => self.take_over(loaded),
                    Some(name) => {
                        let why = needs_state(&name).texts();
                        self.manifest_is_invalid(&why);
                    }
                }
            }
            Look::Invalid(unusable) => self.manifest_is_invalid(&unusable.text()),
        }
        self.settling = None;
        for name in self.table.take_due(self.now(), room) {
            self.begin(name);
        }
    }

    pub(super) fn begin(&mut self, name: EnvironmentName) {
        let service = self.service;
        let Some(unit) = self.units.get(&name).cloned() else {
            return;
        };
        let now = service.telling.now();
        let pause = service.keeping().kept.of(&name).pause.clone();
        let pause = paused(&unit, pause.as_ref(), now);
        service
            .desk
            .change(&name, |one| one.paused.clone_from(&pause));
        let waited = self.waiting.take(&name);
        if let Some(pause) = pause {
            let until = pause
                .pause
                .until
                .map_or(String::new(), |until| format!(" until {until}"));
            let why = format!("paused{until}: {}", pause.pause.reason);
            return self.passed_over(&name, Reason::PAUSED, why, &waited);
        }
        if !self.leading.leads(&name) {
            let why = "another copy of the service looks at it".to_owned();
            return self.passed_over(&name, Reason::STANDING_BY, why, &waited);
        }
        self.under_way.insert(name.clone(), unit.clone());
        let around = Around {
            service,
            manifest: self.record.clone(),
            permission: self.leading.permission(&name),
            waits_for: self.waits_for(&unit),
            refused: self.refused.get(&name).cloned(),
            in_sync: self.in_sync.get(&name).cloned(),
        };
        let cause = match waited.is_empty() {
            true => Cause::Schedule,
            false => Cause::Trigger,
        };
        let (began, began_at) = (Instant::now(), now);
        self.running.push(Box::pin(async move {
            let rounded = round::round(&unit, &around).await;
            Done {
                unit,
                cause,
                waited,
                began,
                began_at,
                rounded,
            }
        }));
    }

    /// The first environment that comes before this one, is to be applied by the service too, and is not in sync.
    pub(super) fn waits_for(&self, unit: &Unit) -> Option<EnvironmentName> {
        let mut before = unit.after.iter().filter_map(|name| self.units.get(name));
        let is_in_sync = |unit: &Unit| {
            self.service.desk.read(|status| {
                let one = status.environment(&unit.name)?;
                let is_of_this = one.manifest.as_ref() == Some(&self.record.digest);
                Some(one.is_in_sync() && is_of_this)
            })
        };
        before
            .find(|before| before.may_apply(self.service.args) && is_in_sync(before) != Some(true))
            .map(|before| before.name.clone())
    }

    /// Nothing is looked at: says why, and when it is next.
    pub(super) fn passed_over(
        &mut self,
        name: &EnvironmentName,
        reason: Reason,
        why: String,
        waited: &[RoundId],
    ) {
        let now = self.service.telling.now();
        self.say(name, reason, why.clone());
        let round = EnvironmentRound::passed_over(now, why);
        self.service.desk.ended(waited, name, &round);
        self.table.ended(name, Ended::Well, self.now());
        self.show_next(name);
    }
}
