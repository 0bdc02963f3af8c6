//! `tests/scenarios`: a manifest, a live state, and the plan as a reviewer and as a program see it.
//!
//! Each folder's `manifest.yaml` begins with what it shows and with the command that is run, through
//! the real binary, against a provider that holds what `live.json` has. `BLESS=1 cargo test scenarios`
//! writes the plans anew.

#![expect(
    clippy::disallowed_methods,
    reason = "scenarios are files, and are blessed by an environment variable"
)]

use std::{fs, path::Path};

use hookwright::{
    model::EnvType,
    report::json,
    simulator::{Quirks, Verdict, WebhookSeed},
};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::support::{Api, CLIENT_ID, Run, Workspace};

/// The width of a pipe.
const COLUMNS: usize = 80;

#[test]
fn plans_are_as_the_scenarios_have_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut scenarios: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    scenarios.sort();
    assert!(scenarios.len() >= 20, "scenarios are missing in {folder:?}");
    let schema = &json::schemas()["plan"];
    let schema = jsonschema::validator_for(schema).unwrap();
    let stale: Vec<String> = scenarios
        .iter()
        .flat_map(|scenario| check(scenario, &schema))
        .collect();
    assert!(
        stale.is_empty(),
        "review, then run `BLESS=1 cargo test --test it scenarios`:\n\n{}",
        stale.join("\n")
    );
}

/// What is not as it stands there.
fn check(folder: &Path, schema: &jsonschema::Validator) -> Vec<String> {
    let api = Api::start(|builder| {
        builder.quirks(Quirks {
            duplicate_urls: Verdict::Accepted,
            ..Quirks::default()
        })
    });
    for one in read(&folder.join("live.json")).as_array().unwrap() {
        let text = |field: &str| one[field].as_str().unwrap().to_owned();
        let events = one["events"].as_array().unwrap().iter();
        let events = events.map(|event| event.as_str().unwrap());
        let mut seed = WebhookSeed::new(text("name"), text("webhook_url"), events);
        seed.enabled = one["enabled"].as_bool().unwrap_or(true);
        api.simulator
            .seed(CLIENT_ID, EnvType::Sandbox, seed)
            .unwrap();
    }
    let manifest = fs::read_to_string(folder.join("manifest.yaml")).unwrap();
    let workspace = api.workspace(&manifest);
    let command = manifest
        .lines()
        .find_map(|line| line.strip_prefix("# $ hookwright "));
    let arguments: Vec<&str> = command.unwrap().split(' ').collect();

    let text = workspace.run(&arguments);
    let document = workspace.run(&[arguments.as_slice(), &["--format", "json"]].concat());
    let value = document.json();
    if let Err(error) = schema.validate(&value) {
        panic!("{}: {error}\n{}", folder.display(), document.shown());
    }
    let code = if value["outcome"] == "refused" { 3 } else { 0 };
    let (text, document) = (text.code(code), document.code(code));
    check_layout(folder, &text);
    let save = [arguments.as_slice(), &["--out", "saved.plan"]].concat();
    let _ = workspace.run(&save).code(code);
    check_saved(folder, &workspace, &text, value);
    let document = format!(
        "{:#}\n",
        serde_json::from_str::<Value>(&document.stdout).unwrap()
    );
    [("plan.txt", text.stdout), ("plan.json", document)]
        .into_iter()
        .filter_map(|(name, plan)| compare(&folder.join(name), &plan))
        .collect()
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A saved plan is shown as the plan was, with nothing but its file.
fn check_saved(folder: &Path, workspace: &Workspace, text: &Run, mut value: Value) {
    let shown = workspace.run(&["show", "saved.plan"]).code(0);
    assert_eq!(shown.stdout, text.stdout, "{}", folder.display());
    let shown = workspace.run(&["show", "saved.plan", "--format", "json"]);
    // Warnings about the manifest are not part of a plan.
    value["diagnostics"] = Value::Array(Vec::new());
    assert_eq!(shown.code(0).json(), value, "{}", folder.display());
}

/// Prose keeps to the width; names, URLs and ids are never broken.
fn check_layout(folder: &Path, run: &Run) {
    assert!(
        run.stderr.is_empty(),
        "{}: {}",
        folder.display(),
        run.stderr
    );
    for line in run.stdout.lines() {
        assert_eq!(
            line,
            line.trim_end(),
            "{}: blank at the end",
            folder.display()
        );
        assert!(!line.contains('\u{1b}'), "{}: {line:?}", folder.display());
        let words: Vec<&str> = line.split_whitespace().collect();
        let longest = words.iter().map(|word| word.width()).max().unwrap_or(0);
        assert!(
            line.width() <= COLUMNS || longest > 40,
            "{}: {} columns: {line}",
            folder.display(),
            line.width()
        );
    }
}

fn compare(path: &Path, plan: &str) -> Option<String> {
    let known = fs::read_to_string(path).unwrap_or_default();
    if known == plan {
        return None;
    }
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, plan).unwrap();
        return None;
    }
    let diff = similar::TextDiff::from_lines(known.as_str(), plan);
    Some(format!("{}\n{}", path.display(), diff.unified_diff()))
}
