//! The rules' own tests as text.

use std::io::{self, Write};

use super::text::{BOLD, DIM, GREEN, RED, clean, count, paint};
use crate::{diagnostic::listed, policy::Tested, report::TestedRule};

/// Writes what each test came to, and a summary: which tests fail, and which rules have none.
///
/// # Errors
///
/// Those of the writer.
pub fn tested_rules(tested: &[TestedRule], out: &mut dyn Write) -> io::Result<()> {
    for rule in tested {
        writeln!(out, "{}", paint(BOLD, &rule.rule))?;
        if rule.tests.is_empty() {
            writeln!(out, "  {}", paint(DIM, "no test"))?;
        }
        for (name, came) in &rule.tests {
            let name = clean(name);
            match came {
                Tested::Passed => writeln!(out, "  {} {name}", paint(GREEN, "passed"))?,
                Tested::Failed(why) => {
                    writeln!(out, "  {} {name}: {}", paint(RED, "failed"), clean(why))?;
                }
            }
        }
        writeln!(out)?;
    }
    let tests = tested.iter().map(|rule| rule.tests.len()).sum();
    let failed: usize = tested.iter().map(TestedRule::failed).sum();
    let summary = format!(
        "{}, {}: {} passed, {failed} failed.",
        count(tested.len(), "rule"),
        count(tests, "test"),
        tests - failed
    );
    writeln!(out, "{}", paint(BOLD, summary))?;
    let without = tested.iter().filter(|rule| rule.tests.is_empty());
    let without: Vec<&str> = without.map(|rule| rule.rule.as_str()).collect();
    if !without.is_empty() {
        writeln!(out, "Without a test: {}.", listed(without, "and"))?;
    }
    Ok(())
}
