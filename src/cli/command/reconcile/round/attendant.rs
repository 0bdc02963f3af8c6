//! Who attends the applying: what cannot be recorded, or is not permitted any more, is not sent.

use std::ops::ControlFlow;

use crate::{
    apply::{Event, Report},
    cli::{
        audit::AuditLog,
        connect::{Connected, Route},
        sent::Counted,
        sinks::Sinks,
        terminal::Terminal,
    },
    net::Permission,
    plan::{EnvironmentPlan, Shown},
    run::Attend,
};

/// Records what happens, and stops what may not go on.
pub(super) struct Attendant<'r> {
    pub(super) terminal: &'r Terminal,
    pub(super) audit_log: Option<&'r AuditLog>,
    pub(super) digest: String,
    pub(super) permission: Permission,
    pub(super) sinks: Sinks,
}

impl Attend<Counted<Route>> for Attendant<'_> {
    type Keeper = Sinks;

    fn keeper(&self) -> &Sinks {
        &self.sinks
    }

    fn permission(&self, _: &Connected) -> Permission {
        self.permission.clone()
    }

    fn begins(&self, _: &Connected, _: &EnvironmentPlan<Shown>) {}

    fn event(
        &self,
        one: &Connected,
        plan: &EnvironmentPlan<Shown>,
        event: &Event<'_>,
    ) -> ControlFlow<()> {
        if matches!(event, Event::Sending { .. }) && !self.permission.is_given() {
            return ControlFlow::Break(());
        }
        match self.audit_log {
            Some(log) => log.record(&one.view.name, plan, &self.digest, event),
            None => ControlFlow::Continue(()),
        }
    }

    fn ends(&self, one: &Connected, report: &Report) {
        let name = &one.view.name;
        let ledger = self.terminal.ledger();
        ledger.settle(name.as_str(), report.changed_something());
    }
}
