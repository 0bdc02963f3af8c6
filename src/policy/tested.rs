//! The rules' own tests.

use super::{Input, Rule, RuleTest, judge::rulings};
use crate::model::Verdict;

/// What a test of a rule came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tested {
    /// The rule says of the input what the test expects.
    Passed,
    /// It does not; what it says instead.
    Failed(String),
}

/// Tests a rule with the text of an input. A rule that cannot be evaluated is against the input, as it is against a plan.
pub fn run_test(rule: &Rule, test: &RuleTest, text: &str) -> Tested {
    let input = match Input::from_json(text) {
        Ok(input) => input,
        Err(error) => return Tested::Failed(error.to_string()),
    };
    if !rule.scope.holds(&input) {
        let environment = &input.environment.name;
        return match test.denied {
            false => Tested::Passed,
            true => Tested::Failed(format!(
                "the rule is not `for` the environment `{environment}` of the input"
            )),
        };
    }
    let rulings = rulings(&[rule], &input);
    let verdict = rulings.first().map(|ruling| &ruling.verdict);
    match (verdict, test.denied) {
        (Some(Verdict::Denies), true) | (Some(Verdict::Passes), false) => Tested::Passed,
        (Some(Verdict::Denies), false) => Tested::Failed("the rule denies it".to_owned()),
        (Some(Verdict::NotEvaluated(_)), true) => Tested::Passed,
        (Some(Verdict::NotEvaluated(why)), false) => Tested::Failed(format!(
            "the rule cannot be evaluated, and so denies it: {why}"
        )),
        (Some(Verdict::Passes) | None, true) => Tested::Failed("the rule lets it pass".to_owned()),
        (None, false) => Tested::Passed,
    }
}
