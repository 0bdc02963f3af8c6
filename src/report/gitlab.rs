//! GitLab's code quality report.
//!
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde_json::{Value, json};

use super::{Checked, fingerprint};
use crate::diagnostic::{Diagnostic, Severity, Sources};

/// Writes what checking gave as a list of issues: empty where nothing is wrong.
///
/// # Errors
///
/// Those of the writer.
pub fn checked(checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut seen = BTreeMap::new();
    let (results, beyond) = checked.results();
    let mut issues: Vec<Value> = results
        .iter()
        .map(|one| issue(one, checked.sources, &mut seen))
        .collect();
    if let Some(first) = results.first().filter(|_| beyond > 0) {
        let mut rest = issue(first, checked.sources, &mut seen);
        rest["description"] = json!(format!(
            "{beyond} more findings are not in this report; the same command with `--format text` shows them"
        ));
        issues.push(rest);
    }
    super::json::pretty(&issues, out)
}

fn issue(one: &Diagnostic, sources: &Sources, seen: &mut BTreeMap<String, usize>) -> Value {
    let source = sources.get(one.primary.span.source);
    let range = one.primary.span.range();
    let (start, end) = (source.position(range.start), source.position(range.end));
    let help = one.help.as_ref();
    let fingerprint = fingerprint(one, sources);
    let times = seen.entry(fingerprint.clone()).or_insert(0);
    *times += 1;
    json!({
        "description": help.map_or_else(
            || one.message.clone(),
            |help| format!("{}; {help}", one.message),
        ),
        "check_name": one.code.as_str(),
        "fingerprint": format!("{fingerprint}-{times}"),
        "severity": match one.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
        },
        "location": {
            // Relative to the repository, and without a leading `./`: GitLab drops the issue else.
            "path": source.label.strip_prefix("./").unwrap_or(&source.label),
            "lines": { "begin": start.line, "end": end.line },
        },
    })
}
