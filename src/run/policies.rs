//! The user's own rules, and what they are asked with.

use std::{collections::BTreeMap, fmt, sync::Arc};

use jiff::Timestamp;

use crate::policy::{Change, Declared, Rule};

/// The user's own rules, and what they see beside a plan.
#[derive(Clone)]
pub struct Policies {
    /// The rules.
    pub rules: Arc<[Rule]>,
    /// What all environments declare.
    pub declared: Arc<BTreeMap<String, Vec<Declared>>>,
    /// Who asks for the plan.
    pub change: Change,
    /// What time it is, where no provider says so.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Policies {
    /// The rules of a manifest, and what its environments declare. Of the change nothing is known.
    pub fn of(
        rules: Vec<Rule>,
        declared: BTreeMap<String, Vec<Declared>>,
        clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Self {
        Self {
            rules: rules.into(),
            declared: Arc::new(declared),
            change: Change::default(),
            clock,
        }
    }

    /// No rules.
    pub fn none() -> Self {
        Self::of(
            Vec::new(),
            BTreeMap::new(),
            Arc::new(|| Timestamp::UNIX_EPOCH),
        )
    }

    /// Whether a rule looks at what webhooks carry: then that is read.
    pub(super) fn look_at_traffic(&self) -> bool {
        let mut rules = self.rules.iter();
        rules.any(|rule| rule.deny.text().contains("traffic"))
    }
}

impl fmt::Debug for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policies")
            .field("rules", &self.rules.len())
            .finish_non_exhaustive()
    }
}
