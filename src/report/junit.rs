//! JUnit's XML, as CI systems read it.
//!
//! <https://github.com/testmoapp/junitxml>

use std::io::{self, Write};

use super::{TestedRule, words};
use crate::policy::Tested;

/// Writes what the rules' own tests came to: a suite for each rule.
///
/// # Errors
///
/// Those of the writer.
pub fn tested(tested: &[TestedRule], out: &mut dyn Write) -> io::Result<()> {
    let tests: usize = tested.iter().map(|rule| rule.tests.len()).sum();
    let failures: usize = tested.iter().map(TestedRule::failed).sum();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="hookwright policy test" tests="{tests}" failures="{failures}">"#
    )?;
    for rule in tested {
        let (name, all, failed) = (&rule.rule, rule.tests.len(), rule.failed());
        writeln!(
            out,
            r#"  <testsuite name="policy/{name}" tests="{all}" failures="{failed}">"#
        )?;
        for (test, came) in &rule.tests {
            let test = escaped(test);
            match came {
                Tested::Passed => writeln!(
                    out,
                    r#"    <testcase classname="policy/{name}" name="{test}"/>"#
                )?,
                Tested::Failed(why) => writeln!(
                    out,
                    "    <testcase classname=\"policy/{name}\" name=\"{test}\">\n      <failure message=\"{}\"/>\n    </testcase>",
                    escaped(why)
                )?,
            }
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// A text as the value of an attribute. What XML cannot hold is written out before.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in words::clean(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
