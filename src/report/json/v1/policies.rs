//! The documents of `policy`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::{Document, Environment, environment};
use crate::{
    policy::{Input, Tested},
    report::{TestedRule, json::pretty},
    run::EnvironmentView,
};

/// What the rules' own tests came to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TestedRules {
    /// How many tests passed.
    passed: usize,
    /// How many failed.
    failed: usize,
    /// The rules that have no test.
    without_tests: Vec<String>,
    /// The rules, in the order of their ids.
    rules: Vec<RuleBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RuleBody {
    id: String,
    tests: Vec<TestBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TestBody {
    name: String,
    passed: bool,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What rules see of the plans of environments.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PolicyInputs {
    /// The environments, in the manifest's order.
    environments: Vec<InputBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct InputBody {
    environment: Environment,
    /// What rules see; what is sensitive is masked. Null where there is no plan.
    input: Option<Input>,
    /// Why there is no plan.
    error: Option<String>,
}

/// The document of `policy test`.
pub fn tested_rules(tested: &[TestedRule]) -> Document<TestedRules> {
    let tests: usize = tested.iter().map(|rule| rule.tests.len()).sum();
    let failed: usize = tested.iter().map(TestedRule::failed).sum();
    let without = tested.iter().filter(|rule| rule.tests.is_empty());
    let rules = tested.iter().map(|rule| RuleBody {
        id: rule.rule.to_string(),
        tests: rule.tests.iter().map(test).collect(),
    });
    Document::judged(
        failed == 0,
        TestedRules {
            passed: tests - failed,
            failed,
            without_tests: without.map(|rule| rule.rule.to_string()).collect(),
            rules: rules.collect(),
        },
    )
}

fn test((name, came): &(String, Tested)) -> TestBody {
    TestBody {
        name: name.clone(),
        passed: *came == Tested::Passed,
        error: match came {
            Tested::Passed => None,
            Tested::Failed(why) => Some(why.clone()),
        },
    }
}

/// The document of `policy explain`.
pub fn policy_inputs(seen: &[(EnvironmentView, Result<Input, String>)]) -> Document<PolicyInputs> {
    let environments = seen.iter().map(|(view, input)| InputBody {
        environment: environment(view),
        input: input.as_ref().ok().cloned(),
        error: input.as_ref().err().cloned(),
    });
    let environments = environments.collect();
    let is_well = seen.iter().all(|(_, input)| input.is_ok());
    Document::judged(is_well, PolicyInputs { environments })
}

/// Writes an input by itself, as the tests of rules take it.
///
/// # Errors
///
/// Those of the writer.
pub fn write_input(input: &Input, out: &mut dyn Write) -> io::Result<()> {
    pretty(input, out)
}
