//! `explain`, and the documentation of codes.

use std::{fmt::Write as _, fs, path::PathBuf};

use hookwright::diagnostic::{Code, Severity};

use crate::support::Workspace;

/// The fenced examples of an explanation that are marked so.
fn examples<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
    let fence = format!("```yaml {mark}\n");
    text.split(fence.as_str())
        .skip(1)
        .map(|rest| rest.split("\n```").next().unwrap())
        .collect()
}

/// An example, which leaves out what all manifests have, as a whole manifest.
fn completed(code: Code, example: &str) -> Vec<u8> {
    let has = |key: &str| example.lines().any(|line| line.starts_with(key));
    if code == Code::EmptyFile && !has("version:") {
        return example.as_bytes().to_vec();
    }
    let mut manifest = example.to_owned() + "\n";
    if !has("version:") {
        manifest.push_str("version: 1\n");
    }
    if !has("environments:") && code != Code::MisplacedPolicies {
        manifest.push_str("environments: { sandbox: { provider: truv, base_url: simulator } }\n");
    }
    if code == Code::NotText {
        return manifest
            .into_bytes()
            .split(|byte| *byte == b'\\')
            .collect::<Vec<_>>()
            .join(&b"\xff"[..]);
    }
    manifest.into_bytes()
}

fn found(code: Code, example: &str) -> Vec<String> {
    let workspace = Workspace::new();
    workspace.write("hookwright.yaml", completed(code, example));
    // What only a value from outside can bring about.
    let outside = matches!(code, Code::UnsetEnvironmentVariable | Code::UnreadableFile);
    let run = workspace.run(&[if outside { "plan" } else { "validate" }]);
    run.shown()
        .lines()
        .filter_map(|line| line.split_once('[')?.1.split_once("]: "))
        .map(|(code, _)| code.to_owned())
        .collect()
}

#[test]
fn every_code_is_explained_by_examples_that_hold() {
    for code in Code::ALL {
        let text = code.explanation();
        let (wrong, right) = (examples(text, "wrong"), examples(text, "right"));
        assert!(!wrong.is_empty() && !right.is_empty(), "{code}");
        for example in wrong {
            let found = found(*code, example);
            assert!(
                found.contains(&code.to_string()),
                "{code}: {found:?}\n{example}"
            );
        }
        for example in right {
            let found = if matches!(code, Code::UnsetEnvironmentVariable | Code::UnreadableFile) {
                Vec::new() // Would run the program that it shows.
            } else {
                found(*code, example)
            };
            assert_eq!(found, Vec::<String>::new(), "{code}\n{example}");
        }
    }
}

#[test]
fn a_code_is_explained_in_either_case() {
    let workspace = Workspace::new();
    let run = workspace.run(&["explain", "hw012"]).code(0);
    insta::assert_snapshot!(run.shown());
    let json = workspace
        .run(&["explain", "HW012", "--format", "json"])
        .code(0)
        .json();
    assert_eq!(json["codes"][0]["code"], "HW012");
    let schema = hookwright::report::json::schemas()
        .remove("explain")
        .unwrap();
    assert!(jsonschema::is_valid(&schema, &json));
}

#[test]
fn without_a_code_all_are_listed() {
    insta::assert_snapshot!(Workspace::new().run(&["explain"]).code(0).stdout);
}

#[test]
fn an_unknown_code_is_wrong_usage() {
    let run = Workspace::new().run(&["explain", "HW912"]).code(64);
    insta::assert_snapshot!(run.shown());
}

/// Bless with `BLESS=1 cargo test`.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads how it is run")]
fn the_list_of_codes_is_fresh() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/diagnostics.md");
    let wanted = documented();
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &wanted).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == wanted,
        "docs/diagnostics.md is stale: run `BLESS=1 cargo test the_list_of_codes`"
    );
}

fn documented() -> String {
    let mut text = "# Diagnostics

What `hookwright` says of a manifest has a code that never changes its meaning. `hookwright explain HW012`
prints what is below for one of them. Errors make a manifest unusable. Warnings ask somebody to look; a
comment silences one on its own line or, alone on a line, on the next:

```yaml
events:
  - order-archived # hookwright: ignore[HW020] announced for next month
```

This page is generated from the program.

| code | kind | about |
|---|---|---|
"
    .to_owned();
    let kind = |code: &Code| match code.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    for code in Code::ALL {
        let anchor = code.as_str().to_lowercase();
        writeln!(
            text,
            "| [{code}](#{anchor}) | {} | {} |",
            kind(code),
            code.title()
        )
        .unwrap();
    }
    for code in Code::ALL {
        let (kind, title, body) = (kind(code), code.title(), code.documentation());
        write!(text, "\n## {code}\n\n*{kind}: {title}*\n\n{body}").unwrap();
    }
    text
}
