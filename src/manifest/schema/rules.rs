//! Rules over plans, as types.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{super::de::Spanned, ProviderEnvType};
use crate::model::ProviderProfile;

/// A rule over plans: what is true of a plan that is refused.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyRule {
    /// Which plans it is for. Default: all.
    #[serde(rename = "for")]
    pub(crate) applies: Option<RuleScope>,
    /// What is true of a plan that it is against, in CEL. What cannot be evaluated counts as true.
    #[schemars(required, extend("examples" = ["counts.delete > 5", "operations.exists(o, o.before.host != o.after.host) && change.approvers.size() < 2"]))]
    pub(crate) deny: Option<Spanned<String>>,
    /// What people read then.
    #[schemars(required, extend("examples" = ["a host in production changes, which takes two approvers"]))]
    pub(crate) say: Option<Spanned<String>>,
    /// What follows: `deny` refuses the plan, `warn` only says so. Default: deny.
    #[serde(default)]
    pub(crate) level: RuleLevel,
    /// Webhooks that it leaves out of account, each for a time and for a reason.
    #[serde(default)]
    #[schemars(extend("examples" = [[{"key": "legacy-orders", "until": "2027-01-31", "why": "LEND-812"}]]))]
    pub(crate) except: Vec<RuleException>,
    /// Its own tests: `hookwright validate` and `hookwright policy test` run them.
    #[serde(default)]
    #[schemars(extend("examples" = [[{"name": "one approver", "input": "tests/one-approver.json", "denied": true}]]))]
    pub(crate) tests: Vec<RuleTest>,
}

/// Which plans a rule is for. What is not named restricts nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleScope {
    /// Those of these environments.
    #[schemars(extend("examples" = [["prod"]]))]
    pub(crate) environments: Option<Vec<Spanned<String>>>,
    /// Those of this provider.
    #[schemars(with = "Option<ProviderProfile>")]
    pub(crate) provider: Option<Spanned<&'static ProviderProfile>>,
    /// Those of this environment of a provider.
    pub(crate) env_type: Option<Spanned<ProviderEnvType>>,
}

/// What follows where a rule is against a plan.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RuleLevel {
    #[default]
    Deny,
    Warn,
}

/// A webhook that a rule leaves out of account for a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleException {
    /// The webhook's key; of one that is not declared any more, its name.
    #[schemars(required, extend("examples" = ["legacy-orders"]))]
    pub(crate) key: Option<Spanned<String>>,
    /// The last day on which it holds, in UTC.
    #[schemars(required, extend("format" = "date", "examples" = ["2027-01-31"]))]
    pub(crate) until: Option<Spanned<String>>,
    /// Why: a ticket, say.
    #[schemars(required, length(min = 1), extend("examples" = ["LEND-812"]))]
    pub(crate) why: Option<Spanned<String>>,
}

/// A test of a rule.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleTest {
    /// What it shows.
    #[schemars(required, length(min = 1), extend("examples" = ["one approver"]))]
    pub(crate) name: Option<Spanned<String>>,
    /// The file of its input, as `hookwright policy explain` prints one. Relative to the manifest's folder, and in it.
    #[schemars(required, extend("examples" = ["tests/one-approver.json"]))]
    pub(crate) input: Option<Spanned<String>>,
    /// Whether the rule is to be against it.
    #[schemars(required)]
    pub(crate) denied: Option<bool>,
}
