//! What is done to any rule and input of rules: by the fuzzer, and by the tests with the fuzzer's corpus.

use std::{collections::BTreeSet, sync::Arc};

use hookwright::{
    model::{Level, RuleId, Verdict},
    policy::{Expression, Input, Rule, Scope, judge as judged},
};

/// No fault and no reason is longer, however long a rule is.
const LONGEST: usize = 4_096;
/// What a rule is asked of where nothing else follows it.
const INPUT: &str = include_str!("../../examples/policies/tests/host-change-two-approvers.json");

/// Compiles a text, and asks it of an input: of what follows an empty line, or of one that is always the same. Nothing may
/// panic or hang, every place must be one of the text, and whatever is a rule says something of the input.
pub(crate) fn judge(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (rule, input) = text.split_once("\n\n").unwrap_or((text, INPUT));
    let expression = match Expression::compile(rule) {
        Ok(expression) => expression,
        Err(fault) => {
            assert!(fault.problem.len() <= LONGEST, "{fault:?}");
            let is_there = |at| rule.get(at).is_some();
            assert!(fault.at.clone().is_none_or(is_there), "{fault:?}");
            return;
        }
    };
    let input = Input::from_json(input).or_else(|error| {
        assert!(error.to_string().len() <= LONGEST, "{error}");
        Input::from_json(INPUT)
    });
    let input = input.expect("the example's own input");
    let rule = Rule {
        id: RuleId::new("fuzz").expect("a plain id"),
        scope: Scope::default(),
        deny: Arc::new(expression),
        say: String::new(),
        level: Level::Deny,
        exceptions: Vec::new(),
        tests: Vec::new(),
    };
    let said = judged([&rule], &input);
    assert_eq!(said.len(), usize::from(!input.operations.is_empty()));
    for ruling in &said {
        if let Verdict::NotEvaluated(why) = &ruling.verdict {
            assert!(!why.is_empty() && why.len() <= LONGEST, "{why}");
        }
    }
    let again: BTreeSet<String> = [&said, &judged([&rule], &input)]
        .map(|rulings| format!("{rulings:?}"))
        .into();
    assert_eq!(
        again.len(),
        1,
        "the same rule and input, and another answer"
    );
}
