//! The document of `doctor`.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Document, Environment, environment};
use crate::report::{self, CheckedUp, Mark};

/// What checkups found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Checkup {
    /// How many checks ended how, over all environments.
    summary: MarkCounts,
    /// The environments, by name.
    environments: Vec<CheckedEnvironment>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MarkCounts {
    passed: usize,
    warned: usize,
    failed: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CheckedEnvironment {
    environment: Environment,
    checks: Vec<CheckBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CheckBody {
    /// What was looked at: `secret`, `credentials`, `clock`, `tls`, `rate`, `disabled`, `deliveries` or
    /// `receivers`.
    check: &'static str,
    /// `passed`, `warned` or `failed`.
    result: &'static str,
    /// What was found.
    found: String,
    /// What to do about it.
    way_out: Option<String>,
}

/// The document of `doctor`.
pub fn checkup(all: &[CheckedUp]) -> Document<Checkup> {
    let total = |mark| all.iter().map(|one| one.count(mark)).sum();
    let summary = MarkCounts {
        passed: total(Mark::Passed),
        warned: total(Mark::Warned),
        failed: total(Mark::Failed),
    };
    let environments = all.iter().map(|one| CheckedEnvironment {
        environment: environment(&one.environment),
        checks: one.checks.iter().map(check).collect(),
    });
    Document::judged(
        summary.failed == 0,
        Checkup {
            summary,
            environments: environments.collect(),
        },
    )
}

fn check(check: &report::Check) -> CheckBody {
    let report::Check {
        name,
        mark,
        found,
        way_out,
    } = check;
    CheckBody {
        check: name,
        result: mark.as_str(),
        found: found.clone(),
        way_out: way_out.clone(),
    }
}
