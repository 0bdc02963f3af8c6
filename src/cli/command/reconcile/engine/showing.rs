//! What is shown and told of environments, whoever found it out.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Engine, paused};
use crate::{
    cli::command::reconcile::{telling::Level, unit::Unit},
    manifest::ReconcileMode,
    model::EnvironmentName,
    reconcile::{Change, EnvironmentStatus, ManifestStatus, Reason},
    saved::ManifestRecord,
};

/// How many changes wait to be recorded at most.
const UNRECORDED: usize = 10_000;

impl Engine<'_> {
    pub(super) fn show_manifest(
        &mut self,
        record: &ManifestRecord,
        units: &[Unit],
        now: Timestamp,
    ) {
        let service = self.service;
        let mut keeping = service.keeping();
        service.desk.update(|status| {
            let is_new = status.manifest.digest != record.digest;
            status.manifest = ManifestStatus {
                digest: record.digest.clone(),
                commit: service.telling.commit().cloned(),
                since: match is_new {
                    true => Some(now),
                    false => status.manifest.since,
                },
                invalid: None,
            };
            let mut known: BTreeMap<EnvironmentName, EnvironmentStatus> =
                std::mem::take(&mut status.environments)
                    .into_iter()
                    .map(|one| (one.name.clone(), one))
                    .collect();
            status.environments = units
                .iter()
                .map(|unit| {
                    let mut one = known.remove(&unit.name).unwrap_or_else(|| {
                        let name = unit.name.clone();
                        let mut one = EnvironmentStatus::new(name, unit.mode, unit.interval, now);
                        one.conditions = keeping.kept.of(&unit.name).conditions(now);
                        one
                    });
                    one.mode = match service.args.detect_only && unit.mode == ReconcileMode::Apply {
                        true => ReconcileMode::Detect,
                        false => unit.mode,
                    };
                    one.interval = unit.interval;
                    one.max_writes_per_day = unit.max_writes_per_day;
                    one.is_leader = self.leading.leads(&unit.name);
                    one.paused = paused(unit, keeping.kept.of(&unit.name).pause.as_ref(), now);
                    one
                })
                .collect();
        });
    }

    /// Records what was not recorded yet. Says why that cannot be done.
    pub(super) fn record(&mut self) -> Option<String> {
        let service = self.service;
        match service.telling.record(&self.unrecorded) {
            Ok(()) => {
                self.unrecorded.clear();
                None
            }
            Err(error) => {
                // Where nothing can be recorded for long, the latest is what counts.
                let over = self.unrecorded.len().saturating_sub(UNRECORDED);
                self.unrecorded.drain(..over);
                Some(service.terminal.masked(&error.texts()))
            }
        }
    }

    /// Takes over what holds of an environment: it is shown, told and kept. `summary` is what the round came to.
    pub(super) fn take_down(
        &mut self,
        name: &EnvironmentName,
        said: Vec<(Reason, String)>,
        summary: String,
    ) {
        let service = self.service;
        let now = service.telling.now();
        let update = |said| {
            service.desk.change(name, |one| {
                let changes = one.conditions.update(said, now);
                (changes, one.conditions.clone())
            })
        };
        let Some((mut changes, mut conditions)) = update(said) else {
            return; // The manifest has it no more.
        };
        for change in &changes {
            self.unrecorded.push((name.clone(), change.clone()));
        }
        if let Some(text) = self.record()
            && let Some((unrecorded, all)) = update(vec![(Reason::NOT_RECORDED, text)])
        {
            changes.extend(unrecorded);
            conditions = all;
        }
        if changes.is_empty() {
            return;
        }
        for change in &changes {
            service.telling.log_change(name, change);
        }
        service.keeping().kept.of(name).keep_conditions(&conditions);
        self.keep_soon();
        changes.retain(Change::is_news);
        if !changes.is_empty() {
            let told = service.telling.notify(name.clone(), changes, summary);
            self.telling.push(Box::pin(told));
        }
    }

    pub(super) fn manifest_is_invalid(&mut self, why: &str) {
        let why = self.service.terminal.masked(why);
        let known = self
            .service
            .desk
            .read(|status| status.manifest.invalid.clone());
        if known.as_ref() == Some(&why) {
            return;
        }
        let text =
            format!("the manifest cannot be used, and the last valid one stays in force: {why}");
        self.service
            .telling
            .log(Level::Error, None, "manifest", &text);
        self.service
            .desk
            .update(|status| status.manifest.invalid = Some(why.clone()));
        self.say_of_all(Reason::MANIFEST_INVALID, &text);
    }

    /// Says of all environments that are looked at what no round has found out.
    pub(super) fn say_of_all(&mut self, reason: Reason, text: &str) {
        let units = self.units.values();
        let units = units.filter(|unit| unit.mode != ReconcileMode::Off);
        let names: Vec<EnvironmentName> = units.map(|unit| unit.name.clone()).collect();
        for name in names {
            self.say(&name, reason, text.to_owned());
        }
    }

    /// Says of an environment what no round has found out.
    pub(super) fn say(&mut self, name: &EnvironmentName, reason: Reason, text: String) {
        self.take_down(name, vec![(reason, text)], String::new());
    }

    pub(super) fn show_lead(&self, name: &EnvironmentName) {
        let leads = self.leading.leads(name);
        self.service.desk.change(name, |one| one.is_leader = leads);
    }

    /// Shows when an environment is looked at next.
    pub(super) fn show_next(&self, name: &EnvironmentName) {
        let (now, offset) = (self.service.telling.now(), self.now());
        let due = self.table.due(name);
        let next = due.and_then(|due| now.checked_add(due.saturating_sub(offset)).ok());
        self.service.desk.change(name, |one| one.next = next);
    }
}
