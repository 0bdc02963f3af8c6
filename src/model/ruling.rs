//! What a rule of the user's own says of a plan.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// The longest id of a rule, in characters.
const LONGEST_ID: usize = 64;

/// The id of a rule: its key under `policies`. Refusals carry it as `policy/<id>`, so it is stable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(String);

impl JsonSchema for RuleId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RuleId".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

impl RuleId {
    /// Takes an id; `None` where it is not made of small letters, digits and dashes, or is too long.
    pub fn new(text: &str) -> Option<Self> {
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let begins = text.bytes().next().is_some_and(|byte| byte != b'-');
        (begins && text.len() <= LONGEST_ID && text.bytes().all(is_plain))
            .then(|| Self(text.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What follows where a rule is against a plan.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "RuleLevel")]
pub enum Level {
    /// The plan is refused.
    #[default]
    Deny,
    /// Someone should know.
    Warn,
}

impl Level {
    /// The word for it, the same in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Warn => "warn",
        }
    }
}

/// What one rule says of one plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RulingRecord")]
pub struct Ruling {
    /// Which rule.
    pub rule: RuleId,
    /// What follows where it is against the plan.
    pub level: Level,
    /// What it says then.
    pub say: String,
    /// Whether it is against the plan.
    pub verdict: Verdict,
    /// The webhooks that it left out of account, as an exception holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excepted: Vec<String>,
}

/// Whether a rule is against a plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "VerdictRecord")]
pub enum Verdict {
    /// It is not.
    Passes,
    /// It is.
    Denies,
    /// It could not be evaluated, for this reason, and so is against it.
    NotEvaluated(String),
}

impl Ruling {
    /// Whether the rule is against the plan: whatever cannot be evaluated is.
    pub fn is_against(&self) -> bool {
        self.verdict != Verdict::Passes
    }

    /// Why it could not be evaluated, where it could not.
    pub fn why(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Passes | Verdict::Denies => None,
            Verdict::NotEvaluated(why) => Some(why),
        }
    }

    /// The word for the verdict, the same in every format.
    pub fn word(&self) -> &'static str {
        match (&self.verdict, self.level) {
            (Verdict::Passes, _) => "passes",
            (Verdict::Denies, Level::Deny) => "denies",
            (Verdict::Denies, Level::Warn) => "warns",
            (Verdict::NotEvaluated(_), _) => "not-evaluated",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain_words() {
        for id in ["a", "two-approvers", "9-to-5"] {
            assert_eq!(RuleId::new(id).unwrap().as_str(), id);
        }
        let long = "a".repeat(65);
        for id in ["", "-a", "A", "a b", "a/b", "ä", "a\n", &long] {
            assert_eq!(RuleId::new(id), None, "{id}");
        }
    }
}
