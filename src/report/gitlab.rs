//! GitLab's code quality report.
//!
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde_json::{Value, json};

use super::{Checked, Finding, Findings};
use crate::diagnostic::Severity;

/// Writes what checking gave as a list of issues: empty where nothing is wrong.
///
/// # Errors
///
/// Those of the writer.
pub fn checked(checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
    findings(&checked.findings(), out)
}

/// Writes findings as a list of issues.
pub(super) fn findings(findings: &Findings, out: &mut dyn Write) -> io::Result<()> {
    let Findings { held, beyond } = findings;
    let mut seen = BTreeMap::new();
    let mut issues: Vec<Value> = held.iter().map(|one| issue(one, &mut seen)).collect();
    if let Some(first) = held.first().filter(|_| *beyond > 0) {
        let mut rest = issue(first, &mut seen);
        rest["description"] = json!(format!(
            "{beyond} more findings are not in this report; the same command with `--format text` shows them"
        ));
        issues.push(rest);
    }
    super::json::pretty(&issues, out)
}

fn issue(finding: &Finding, seen: &mut BTreeMap<String, usize>) -> Value {
    let Finding {
        rule,
        severity,
        environment: _, // The message names it.
        message,
        help,
        location,
        related: _,    // An issue has one place.
        identity: _,   // In the fingerprint.
        stands_for: _, // Counted where it is shown.
    } = finding;
    let fingerprint = finding.fingerprint();
    let times = seen.entry(fingerprint.clone()).or_insert(0);
    *times += 1;
    let (path, begin, end) = match location {
        Some(location) => (&*location.path, location.start.line, location.end.line),
        None => ("", 1, 1),
    };
    json!({
        "description": match help {
            None => message.clone(),
            Some(help) => format!("{message}; {help}"),
        },
        "check_name": rule.id(),
        "fingerprint": format!("{fingerprint}-{times}"),
        "severity": match severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
        },
        "location": {
            // Relative to the repository, and without a leading `./`: GitLab drops the issue else.
            "path": path,
            "lines": { "begin": begin, "end": end },
        },
    })
}
