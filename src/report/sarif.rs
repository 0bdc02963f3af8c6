//! SARIF 2.1.0, for code scanning.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde_json::{Value, json};

use super::{Checked, Finding, Findings, Location, Rule};
use crate::diagnostic::{Code, Severity};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What tells the log of a plan from others of the same commit: code scanning keeps one of each.
const PLANS: &str = "hookwright/plan/";

/// Writes what checking gave as a SARIF log of one run, with all codes as its rules.
///
/// # Errors
///
/// Those of the writer.
pub fn checked(checked: &Checked<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rules = Code::ALL.iter().map(|code| Rule::Code(*code)).collect();
    super::json::pretty(&log(&checked.findings(), rules, None), out)
}

/// Writes what guards and rules say of a plan as a SARIF log of one run, with all guards and the rules that it breaks as
/// its rules. Where the live state of an environment could not be read, the run did not succeed.
pub(super) fn planned(findings: &Findings, out: &mut dyn Write) -> io::Result<()> {
    super::json::pretty(&log(findings, Rule::of_plans(), Some(PLANS)), out)
}

/// Writes that a command failed before it found anything as a SARIF log of one run without results.
///
/// # Errors
///
/// Those of the writer.
pub fn failed(error: &str, hints: &[String], out: &mut dyn Write) -> io::Result<()> {
    let findings = Findings {
        held: Vec::new(),
        beyond: 0,
    };
    let mut log = log(&findings, Vec::new(), None);
    let hints = hints.iter().map(String::as_str);
    let said: Vec<String> = [error].into_iter().chain(hints).map(sentence).collect();
    log["runs"][0]["invocations"] = invocation(false, vec![notification("error", &said.join(" "))]);
    super::json::pretty(&log, out)
}

/// The results of the log alone, and how many more findings there are than it holds.
///
/// The rules beside them are always the same, and far longer than the results of most manifests.
pub fn results(checked: &Checked<'_>) -> (Vec<Value>, usize) {
    let findings = checked.findings();
    (
        results_of(&findings.held, &BTreeMap::new()),
        findings.beyond,
    )
}

/// The log of a run that knows these rules, and those that its findings break.
fn log(findings: &Findings, mut rules: Vec<Rule>, category: Option<&str>) -> Value {
    let Findings { held, beyond } = findings;
    let known: BTreeMap<Rule, Severity> = held
        .iter()
        .map(|finding| (finding.rule.clone(), finding.severity))
        .collect();
    let new = known.keys().filter(|rule| !rules.contains(rule));
    let new: Vec<Rule> = new.cloned().collect();
    rules.extend(new);
    let numbers = rules.iter().enumerate();
    let numbers: BTreeMap<&Rule, usize> = numbers.map(|(index, rule)| (rule, index)).collect();
    let mut log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "hookwright",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules.iter().map(rule).collect::<Vec<_>>(),
                },
            },
            "columnKind": "unicodeCodePoints",
            "results": results_of(held, &numbers),
        }],
    });
    if let Some(category) = category {
        log["runs"][0]["automationDetails"] = json!({ "id": category });
    }
    let unread = held
        .iter()
        .filter(|finding| finding.rule == Rule::NotPlanned);
    let mut said: Vec<Value> = unread
        .map(|finding| notification("error", &sentence(&finding.message)))
        .collect();
    let succeeded = said.is_empty();
    if *beyond > 0 {
        let text = format!("{beyond} more findings are not in this log.");
        said.push(notification("warning", &text));
    }
    if !said.is_empty() {
        log["runs"][0]["invocations"] = invocation(succeeded, said);
    }
    log
}

fn invocation(succeeded: bool, notifications: Vec<Value>) -> Value {
    json!([{
        "executionSuccessful": succeeded,
        "toolExecutionNotifications": notifications,
    }])
}

fn notification(level: &str, text: &str) -> Value {
    json!({ "level": level, "message": { "text": text } })
}

fn rule(rule: &Rule) -> Value {
    let title = sentence(rule.title());
    let long = rule.documentation().unwrap_or_else(|| title.clone());
    json!({
        "id": rule.id(),
        "name": rule.name(),
        "shortDescription": { "text": title },
        "fullDescription": { "text": title },
        "help": { "text": long, "markdown": long },
        "defaultConfiguration": { "level": rule.severity().as_str() },
        "properties": { "tags": ["webhooks"] },
    })
}

fn results_of(findings: &[Finding], rules: &BTreeMap<&Rule, usize>) -> Vec<Value> {
    let mut seen = BTreeMap::new();
    let results = findings.iter();
    results
        .map(|finding| {
            let fingerprint = finding.fingerprint();
            let times = seen.entry(fingerprint.clone()).or_insert(0);
            *times += 1;
            result(finding, rules, &format!("{fingerprint}:{times}"))
        })
        .collect()
}

fn result(finding: &Finding, rules: &BTreeMap<&Rule, usize>, fingerprint: &str) -> Value {
    let Finding {
        rule,
        severity,
        environment,
        message,
        help,
        location,
        related,
        identity: _,   // In the fingerprint.
        stands_for: _, // Counted beside the results.
    } = finding;
    let mut text = sentence(message);
    if let Some(help) = help {
        text.push(' ');
        text.push_str(&sentence(help));
    }
    let locations: Vec<Value> = location.iter().map(place).collect();
    let mut result = json!({
        "ruleId": rule.id(),
        "ruleIndex": rules.get(rule),
        "level": severity.as_str(),
        "message": { "text": without_links(&text) },
        "locations": locations,
        "partialFingerprints": { "hookwright/v1": fingerprint },
    });
    let related: Vec<Value> = related
        .iter()
        .enumerate()
        .map(|(index, location)| {
            let mut place = place(location);
            place["id"] = json!(index + 1);
            place
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    if let Some(environment) = environment {
        result["properties"] = json!({ "environment": environment.as_str() });
    }
    result
}

fn place(location: &Location) -> Value {
    let Location {
        path,
        start,
        end,
        text,
    } = location;
    let mut place = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(path) },
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        },
    });
    if !text.is_empty() {
        place["message"] = json!({ "text": without_links(&sentence(text)) });
    }
    place
}

/// A message whose brackets are no link (§3.11.6): names in it are others', and a link would be theirs.
fn without_links(text: &str) -> String {
    text.replace("](", "] (")
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

/// A path as a URI reference (RFC 3986), with `/` between its parts. One from the root of the file system on is a URI, which says
/// that it is in no repository.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    match path.as_bytes() {
        [b'/', ..] => uri.push_str("file://"),
        [_, b':', ..] if cfg!(windows) => uri.push_str("file:///"),
        _ => {}
    }
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
        assert_eq!(uri("a b/ü.yaml"), "a%20b/%C3%BC.yaml");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
        assert_eq!(uri("c:d/e?#%.yaml"), "c%3Ad/e%3F%23%25.yaml");
        assert_eq!(uri("/tmp/a b.yaml"), "file:///tmp/a%20b.yaml");
    }

    #[test]
    fn what_others_call_a_webhook_is_no_link() {
        assert_eq!(
            without_links("`[look](https://evil.test)` is in use."),
            "`[look] (https://evil.test)` is in use."
        );
    }
}
