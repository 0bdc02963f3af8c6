//! What an environment is told from: what was live when it was last in sync.

use std::collections::BTreeSet;

use super::{Looked, Round};
use crate::{
    cli::{clock::whole_seconds, command::reconcile::service::Service},
    plan::PlanResult,
    reconcile::Counts,
    run::PlannedEnvironment,
    saved::{self, Applied, Content, Drift, EnvironmentRecord, Key, SavedPlan, Unsealed},
};

impl Round<'_> {
    pub(super) fn compared(&self, mut planned: Vec<PlannedEnvironment>) -> Looked {
        let keys = self.session.keys();
        let mut records = self.session.records(&planned, &keys);
        // There is one of each.
        let (planned, record) = (planned.remove(0), records.remove(0));
        let mut keeping = self.around.service.keeping();
        let kept = keeping.kept.of(&self.unit.name);
        let baseline = kept
            .baseline
            .as_ref()
            .and_then(|file| applied(file, &record, &keys[0]));
        let drift = saved::drift(
            &record,
            &saved::Look {
                applied: baseline,
                is_narrowed: false,
                is_expected: &planned.is_expected_by(&self.one.resolved.policy),
            },
        );
        let refusals = planned.result.refusals();
        Looked {
            refusals: refusals.iter().map(ToString::to_string).collect(),
            drift,
            record,
            planned,
        }
    }

    /// What the environment is from now on told from: what it is, where that is what was declared, or where nothing is
    /// known yet. Strangers stay news for as long as nobody has said anything of them.
    pub(super) fn baseline(
        &self,
        mut record: EnvironmentRecord,
        drift: &Drift,
        is_clean: bool,
    ) -> Option<SavedPlan> {
        let Service { args, telling, .. } = *self.around.service;
        if args.once && args.state.is_none() {
            return None; // Nobody looks again.
        }
        // What is compared with is what was declared and live, and not the plan, which can be as large.
        record.result = PlanResult::Refused(Vec::new());
        let strangers = drift.strangers();
        let strangers: BTreeSet<&str> = strangers.filter_map(|one| one.id.as_deref()).collect();
        if let Some(live) = &mut record.live {
            live.retain(|live| !strangers.contains(live.id.as_str()));
        }
        let keys = self.session.keys();
        let mut keeping = self.around.service.keeping();
        let kept = keeping.kept.of(&self.unit.name).baseline.as_ref();
        let known = kept.filter(|file| applied(file, &record, &keys[0]).is_some());
        let is_same = known.is_some_and(|known| {
            let before = known.content().environments.first();
            before.is_some_and(|before| {
                before.desired == record.desired && before.live == record.live
            })
        });
        if is_same || (known.is_some() && !is_clean) {
            return None;
        }
        let content = Content {
            hookwright: env!("CARGO_PKG_VERSION").to_owned(),
            created_at: whole_seconds(telling.now()),
            expires_at: None,
            commit: telling.commit().cloned(),
            manifest: (*self.around.manifest).clone(),
            options: crate::plan::Options::default(),
            environments: vec![record],
        };
        Some(SavedPlan::seal(content, &keys))
    }

    pub(super) fn counts(&self, planned: &PlannedEnvironment, drift: &Drift) -> Counts {
        let unmanaged = planned.result.plan().map_or(0, |plan| plan.unmanaged.len());
        Counts {
            declared: self.unit.declared,
            live: planned.live.as_ref().map_or(0, |live| live.webhooks.len()),
            unmanaged,
            foreign_new: drift.strangers().count(),
            disabled: drift.disabled.len(),
            secret_lost: drift.secret_lost.len(),
            differing: drift.drift.len()
                + drift.disabled.len()
                + drift.unreadable.len()
                + drift.yours.len(),
        }
    }
}

/// What was kept of an environment, where the holder of its secret made it, of this account.
fn applied<'f>(file: &'f SavedPlan, now: &EnvironmentRecord, key: &Key) -> Option<Applied<'f>> {
    let content = file.content();
    let environment = content
        .environments
        .iter()
        .find(|one| one.name == now.name)?;
    let is_its = file.unseal(environment, key) == Unsealed::Whole
        && environment.account == now.account
        && environment.target == now.target;
    is_its.then_some(Applied {
        environment,
        targets: &content.options.targets,
    })
}
