//! What somebody wants of the service.

use super::Engine;
use crate::{
    model::EnvironmentName,
    reconcile::{EnvironmentRound, KeptPause, RoundId, Work},
};

impl Engine<'_> {
    pub(super) fn wanted(&mut self, wishes: Vec<Work>) {
        let now = self.now();
        for wish in wishes {
            match wish {
                Work::Round(id) => {
                    for name in self.service.desk.begin(&id) {
                        self.waiting.add(name.clone(), id.clone());
                        self.table.hurry(&name, now);
                        if self.table.is_unknown(&name) {
                            let ids = self.waiting.take(&name);
                            self.not_looked_at(&name, &ids);
                        }
                    }
                }
                Work::Pause(name, paused) => {
                    let Some(until) = paused.pause.until else {
                        continue; // A request's pause has an end.
                    };
                    let reason = paused.pause.reason;
                    let pause = Some(KeptPause { reason, until });
                    self.service.keeping().kept.of(&name).pause = pause;
                    self.moved_by_request(&name);
                }
                Work::Resume(name) => {
                    self.service.keeping().kept.of(&name).pause = None;
                    self.moved_by_request(&name);
                }
            }
        }
    }

    pub(super) fn moved_by_request(&mut self, name: &EnvironmentName) {
        self.keep_soon();
        self.table.hurry(name, self.now());
    }

    /// Says in rounds that somebody asked for that an environment is not looked at.
    pub(super) fn not_looked_at(&self, name: &EnvironmentName, ids: &[RoundId]) {
        let why = "it is not looked at: the manifest has it no more, or says `mode: off`";
        let now = self.service.telling.now();
        let round = EnvironmentRound::passed_over(now, why.to_owned());
        self.service.desk.ended(ids, name, &round);
    }
}
