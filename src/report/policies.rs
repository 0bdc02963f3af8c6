//! What the rules' own tests came to.

use crate::{model::RuleId, policy::Tested};

/// A rule, and what its tests came to.
#[derive(Clone, Debug)]
pub struct TestedRule {
    /// The rule.
    pub rule: RuleId,
    /// Its tests by name, each with what it came to.
    pub tests: Vec<(String, Tested)>,
}

impl TestedRule {
    /// How many of its tests fail.
    pub fn failed(&self) -> usize {
        let failed = |(_, came): &&(String, Tested)| matches!(came, Tested::Failed(_));
        self.tests.iter().filter(failed).count()
    }
}
