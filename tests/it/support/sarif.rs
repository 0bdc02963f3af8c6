//! SARIF logs, under their official schema and as lines.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let schema = include_str!("../../fixtures/sarif-2.1.0-rtm.5.json");
    // A stray `]` makes these patterns of the schema no regular expressions.
    let stray = "[a-zA-Z]{2}]?$";
    assert_eq!(schema.matches(stray).count(), 2);
    let schema = schema.replace(stray, "[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    jsonschema::draft4::new(&schema).unwrap()
});

/// Asserts that a log is valid under the official schema, that each result names a rule that is there, and that no two
/// have one fingerprint.
#[track_caller]
pub(crate) fn assert_valid(log: &Value) {
    let errors = VALIDATOR.iter_errors(log).map(|err| err.to_string());
    let errors: Vec<String> = errors.collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let run = &log["runs"][0];
    let rules = &run["tool"]["driver"]["rules"];
    let mut fingerprints = std::collections::BTreeSet::new();
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"], "{result}");
        let fingerprint = result["partialFingerprints"]["hookwright/v1"].as_str();
        assert!(fingerprints.insert(fingerprint.unwrap()), "{result}");
    }
}

/// The results of a log: level, rule, place and text of each, and below it the other places.
pub(crate) fn lines(log: &Value) -> String {
    let mut lines = Vec::new();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        lines.push(format!(
            "{} {} at {}: {}",
            text(&result["level"]),
            text(&result["ruleId"]),
            place(&result["locations"][0]),
            text(&result["message"]["text"])
        ));
        for other in result["relatedLocations"].as_array().into_iter().flatten() {
            let said = text(&other["message"]["text"]);
            lines.push(format!("  also {}: {said}", place(other)));
        }
    }
    lines.join("\n")
}

fn place(location: &Value) -> String {
    let physical = &location["physicalLocation"];
    let (uri, region) = (&physical["artifactLocation"]["uri"], &physical["region"]);
    let (line, column) = (&region["startLine"], &region["startColumn"]);
    format!("{}:{line}:{column}", uri.as_str().unwrap_or("nowhere"))
}
