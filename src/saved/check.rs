//! What a file says fits together.

use std::collections::BTreeSet;

use super::Content;
use crate::plan::{Action, PlanResult};

impl Content {
    /// Whether everything that is pointed to is there.
    pub(super) fn check(&self) -> Result<(), String> {
        // None would stand for all wherever environments are chosen.
        if self.environments.is_empty() {
            return Err("it has no environment".to_owned());
        }
        let names = self.environments.iter().map(|record| record.name.as_str());
        let names: BTreeSet<&str> = names.collect();
        if names.len() < self.environments.len() {
            return Err("it has an environment twice".to_owned());
        }
        for record in &self.environments {
            let PlanResult::Planned(plan) = &record.result else {
                continue;
            };
            for (index, step) in plan.steps.iter().enumerate() {
                let is_update = match plan.operations.get(step.operation) {
                    Some(operation) => operation.action() == Action::Update,
                    None => return Err(format!("step {index} is of no operation")),
                };
                let is_before = |first: &usize| *first < index;
                if step.request.is_some() != is_update || !step.after.iter().all(is_before) {
                    return Err(format!("step {index} does not fit its operation"));
                }
            }
        }
        Ok(())
    }
}
