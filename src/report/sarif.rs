//! SARIF 2.1.0, for code scanning.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde_json::{Value, json};

use super::{Checked, fingerprint};
use crate::diagnostic::{Code, Diagnostic, Label, Severity, Sources};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes what checking gave as a SARIF log of one run, with all codes as its rules.
///
/// # Errors
///
/// Those of the writer.
pub fn checked(checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (results, beyond) = results(checked);
    let mut log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "hookwright",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": Code::ALL.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
                },
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    if beyond > 0 {
        let text = format!("{beyond} more findings are not in this log.");
        log["runs"][0]["invocations"] = json!([{
            "executionSuccessful": true,
            "toolExecutionNotifications": [{ "level": "warning", "message": { "text": text } }],
        }]);
    }
    super::json::pretty(&log, out)
}

/// The results of the log alone, and how many more findings there are than it holds.
///
/// The rules beside them are always the same, and far longer than the results of most manifests.
pub fn results(checked: &Checked<'_>) -> (Vec<Value>, usize) {
    let mut seen = BTreeMap::new();
    let (found, beyond) = checked.results();
    let results = found
        .iter()
        .map(|one| result(one, checked.sources, &mut seen));
    (results.collect(), beyond)
}

fn rule(code: Code) -> Value {
    let long = code.documentation();
    json!({
        "id": code.as_str(),
        "name": format!("{code:?}"),
        "shortDescription": { "text": sentence(code.title()) },
        "fullDescription": { "text": sentence(code.title()) },
        "help": { "text": long, "markdown": long },
        "defaultConfiguration": { "level": level(code.severity()) },
        "properties": { "tags": ["webhooks"] },
    })
}

fn result(one: &Diagnostic, sources: &Sources, seen: &mut BTreeMap<String, usize>) -> Value {
    let mut text = sentence(&one.message);
    if let Some(help) = &one.help {
        text.push(' ');
        text.push_str(&sentence(help));
    }
    let index = Code::ALL.iter().position(|code| *code == one.code);
    let related: Vec<Value> = one
        .related
        .iter()
        .enumerate()
        .map(|(index, label)| {
            let mut location = location(label, sources);
            location["id"] = json!(index + 1);
            location
        })
        .collect();
    let fingerprint = fingerprint(one, sources);
    let times = seen.entry(fingerprint.clone()).or_insert(0);
    *times += 1;
    let mut result = json!({
        "ruleId": one.code.as_str(),
        "ruleIndex": index,
        "level": level(one.severity),
        "message": { "text": text },
        "locations": [location(&one.primary, sources)],
        "partialFingerprints": { "hookwright/v1": format!("{fingerprint}:{times}") },
    });
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    result
}

fn location(label: &Label, sources: &Sources) -> Value {
    let source = sources.get(label.span.source);
    let range = label.span.range();
    let (start, end) = (source.position(range.start), source.position(range.end));
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&source.label) },
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        },
    });
    if !label.text.is_empty() {
        location["message"] = json!({ "text": sentence(&label.text) });
    }
    location
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A fragment as a sentence.
fn sentence(fragment: &str) -> String {
    let mut chars = fragment.chars();
    let first = chars.next().map(char::to_uppercase);
    let text: String = first.into_iter().flatten().chain(chars).collect();
    if text.ends_with(['.', '?', '!']) {
        text
    } else {
        format!("{text}.")
    }
}

/// A path as a relative URI reference (RFC 3986), with `/` between its parts.
fn uri(label: &str) -> String {
    let path = label.strip_prefix("./").unwrap_or(label);
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(byte.into());
            }
            b'\\' if cfg!(windows) => uri.push('/'),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uri_references() {
        assert_eq!(uri("./a b/ü.yaml"), "a%20b/%C3%BC.yaml");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
    }
}
