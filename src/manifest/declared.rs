//! What all environments declare, as far as that takes nothing from outside: for rules that compare environments.

use std::collections::BTreeMap;

use super::{Document, Offline, placements::Placements, state::Resolver};
use crate::{diagnostic::Sources, policy::Declared};

impl Document {
    /// The webhooks of all environments, by the environments' names, without URLs: those of one environment may need values
    /// that a run over another does not have. What is wrong with them is said elsewhere.
    pub(super) fn declared(&self, sources: &Sources) -> BTreeMap<String, Vec<Declared>> {
        let mut resolver = Resolver::new(self, &Offline, sources, false);
        let environments = self.environments.iter();
        let prepared: Vec<_> = environments
            .map(|(name, environment)| resolver.environment(name, environment))
            .collect();
        let names: Vec<&str> = self
            .environments
            .keys()
            .map(|name| name.value.as_str())
            .collect();
        let default = self.default_environments();
        let placements = Placements::new(
            names.iter().copied(),
            default.map(|names| names.value.as_slice()),
        );
        let mut declared: BTreeMap<String, Vec<Declared>> = names
            .iter()
            .map(|name| ((*name).to_owned(), Vec::new()))
            .collect();
        for (key, webhook) in &self.webhooks {
            for (number, over) in placements.of(webhook) {
                let placed = resolver.webhook(&prepared[number].scope, key, webhook, over);
                let name = placed.name.map(|name| name.text().expose().to_owned());
                let events = placed.events.iter().flatten();
                let found = Declared {
                    key: key.value.clone(),
                    name: name.unwrap_or_default(),
                    events: events.map(|event| event.as_str().to_owned()).collect(),
                    enabled: placed.enabled,
                };
                if let Some(all) = declared.get_mut(names[number]) {
                    all.push(found);
                }
            }
        }
        declared
    }
}
