//! Which environments this copy of the service leads.

use tokio::time::Instant;

use super::{ASK_EVERY, Engine};
use crate::{
    cli::command::reconcile::{
        leading::{self, Asked},
        service::Service,
    },
    reconcile::Reason,
};

impl Engine<'_> {
    pub(super) fn ask_for_leads(&mut self) {
        if Instant::now() < self.ask_at || !self.asking.is_empty() {
            return;
        }
        self.ask_at = Instant::now() + ASK_EVERY;
        let Service { who, terminal, .. } = *self.service;
        for (group, place, environments) in self.leading.wanted() {
            self.asking.push(Box::pin(leading::ask(
                group,
                place,
                environments,
                who,
                terminal,
            )));
        }
    }

    pub(super) fn asked(&mut self, asked: Asked) {
        let now = self.now();
        let (environments, held, unwanted) = self.leading.asked(asked);
        if let Some(locks) = unwanted {
            let terminal = self.service.terminal;
            self.telling.push(Box::pin(async move {
                let _ = locks.release(terminal).await;
            }));
        }
        for name in &environments {
            self.show_lead(name);
            match &held {
                Ok(()) => self.table.hurry(name, now),
                Err(why) => {
                    let why = self.service.terminal.masked(why);
                    self.say(name, Reason::STANDING_BY, why);
                }
            }
        }
    }

    pub(super) fn let_go_what_was_lost(&mut self) {
        for name in self.leading.lost() {
            self.show_lead(&name);
            let why = "the lock by which this copy led it was lost".to_owned();
            self.say(&name, Reason::STANDING_BY, why);
        }
    }
}
