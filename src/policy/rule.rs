//! A rule, as it was declared.

use std::{collections::BTreeSet, sync::Arc};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{Expression, Input, Operation};
use crate::model::{EnvironmentName, Level, RuleId};

/// A rule that compiles.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// Which plans it is for.
    pub scope: Scope,
    /// What is true of a plan that it is against.
    pub deny: Arc<Expression>,
    /// What it says then.
    pub say: String,
    /// What follows.
    pub level: Level,
    /// The webhooks that it leaves out of account for a time.
    pub exceptions: Vec<Exception>,
    /// Its own tests.
    pub tests: Vec<RuleTest>,
}

/// Which plans a rule is for. What is not named restricts nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Those of these environments.
    pub environments: Option<BTreeSet<EnvironmentName>>,
    /// Those of this provider, by its id.
    pub provider: Option<String>,
    /// Those of this environment of a provider, by its name.
    pub env_type: Option<String>,
}

impl Scope {
    /// Whether the plan of an input is among them.
    pub fn holds(&self, input: &Input) -> bool {
        let environment = &input.environment;
        let names = self.environments.as_ref();
        names.is_none_or(|names| names.iter().any(|name| name.as_str() == environment.name))
            && (self.provider.as_ref()).is_none_or(|provider| *provider == environment.provider)
            && (self.env_type.as_ref()).is_none_or(|env_type| *env_type == environment.env_type)
    }
}

/// A webhook whose operations a rule does not see, for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The webhook's key in the manifest, or, where it is declared no more, its name.
    pub key: String,
    /// The last day on which it holds, in UTC.
    pub until: Date,
    /// Why, in somebody's words: a ticket, say.
    pub why: String,
}

impl Exception {
    /// Whether it holds at a moment.
    pub fn holds_at(&self, moment: Timestamp) -> bool {
        moment.to_zoned(TimeZone::UTC).date() <= self.until
    }

    /// Whether it is about an operation.
    pub(super) fn is_about(&self, operation: &Operation) -> bool {
        let name = if operation.key.is_empty() {
            &operation.name
        } else {
            &operation.key
        };
        *name == self.key
    }
}

/// A test of a rule: what it is to say of one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleTest {
    /// Its name.
    pub name: String,
    /// The manifest that has it: the path is relative to its folder.
    pub beside: String,
    /// The file of the input.
    pub path: String,
    /// Whether the rule is to be against it.
    pub denied: bool,
}
