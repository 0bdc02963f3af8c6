//! What rules say of a plan.

use super::{Exception, Input, Operation, Rule, expression};
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
    let excepted: Vec<Vec<&Exception>> = rules.iter().map(|rule| holding(rule, input)).collect();
    let questions = rules.iter().zip(&excepted).map(|(rule, exceptions)| {
        let is_seen = |operation: &&Operation| {
            !exceptions
                .iter()
                .any(|exception| exception.is_about(operation))
        };
        let seen = input.operations.iter().filter(is_seen);
        expression::Question {
            expression: &rule.deny,
            operations: (!exceptions.is_empty()).then(|| seen.cloned().collect()),
        }
    });
    let answers = expression::answer(questions.collect(), input);
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
            excepted: excepted.into_iter().map(|one| one.key.clone()).collect(),
        })
        .collect()
}

/// The exceptions that hold for webhooks of the plan: a rule does not see these.
fn holding<'r>(rule: &'r Rule, input: &Input) -> Vec<&'r Exception> {
    let holding = rule.exceptions.iter().filter(|exception| {
        let mut operations = input.operations.iter();
        exception.holds_at(input.time) && operations.any(|one| exception.is_about(one))
    });
    holding.collect()
}
