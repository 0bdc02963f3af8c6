//! What rules say of a plan.

use super::{Input, Rule, expression};
use crate::model::{Ruling, Verdict};

/// What the rules that are for the plan of an input say of it, in the order of the rules.
///
/// A plan that does nothing is not judged: there is nothing to refuse.
pub fn judge<'r>(rules: impl IntoIterator<Item = &'r Rule>, input: &Input) -> Vec<Ruling> {
    if input.operations.is_empty() {
        return Vec::new();
    }
    let rules: Vec<&Rule> = rules
        .into_iter()
        .filter(|rule| rule.scope.holds(input))
        .collect();
    rulings(&rules, input)
}

/// What rules say of an input, whatever it is.
pub(super) fn rulings(rules: &[&Rule], input: &Input) -> Vec<Ruling> {
    let excepted: Vec<Vec<&str>> = rules.iter().map(|rule| excepted(rule, input)).collect();
    let questions: Vec<expression::Question<'_>> = rules
        .iter()
        .zip(&excepted)
        .map(|(rule, excepted)| expression::Question {
            expression: &rule.deny,
            operations: (!excepted.is_empty()).then(|| {
                let mut left = input.operations.clone();
                let exceptions = &rule.exceptions;
                left.retain(|operation| {
                    !exceptions.iter().any(|exception| {
                        exception.holds_at(input.time) && exception.is_about(operation)
                    })
                });
                left
            }),
        })
        .collect();
    let answers = expression::answer(questions, input);
    let rules = rules.iter().zip(excepted).zip(answers);
    rules
        .map(|((rule, excepted), answer)| Ruling {
            rule: rule.id.clone(),
            level: rule.level,
            say: rule.say.clone(),
            verdict: match answer {
                Ok(false) => Verdict::Passes,
                Ok(true) => Verdict::Denies,
                Err(why) => Verdict::NotEvaluated(why),
            },
            excepted: excepted.into_iter().map(str::to_owned).collect(),
        })
        .collect()
}

/// The webhooks of the plan that a rule does not see.
fn excepted<'r>(rule: &'r Rule, input: &Input) -> Vec<&'r str> {
    let holding = rule
        .exceptions
        .iter()
        .filter(|exception| exception.holds_at(input.time));
    holding
        .filter(|exception| {
            let mut operations = input.operations.iter();
            operations.any(|operation| exception.is_about(operation))
        })
        .map(|exception| exception.key.as_str())
        .collect()
}
