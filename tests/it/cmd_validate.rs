//! `validate`, and every diagnostic: one fixture each, its golden beside it.

#![expect(
    clippy::disallowed_methods,
    reason = "tests read their fixtures where they are"
)]

use std::{collections::BTreeSet, fs, path::PathBuf};

use hookwright::diagnostic::{Code, Severity};

use crate::support::{Workspace, sarif::assert_valid};

fn folder(kind: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/manifests")
        .join(kind)
}

/// The manifests of a folder, by name.
fn cases(kind: &str) -> Vec<(String, Vec<u8>)> {
    let mut cases: Vec<_> = fs::read_dir(folder(kind))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect();
    cases.sort();
    cases
}

/// Runs every manifest of a folder, compares with the goldens, and returns all that was shown.
fn goldens(kind: &str, code: u8) -> String {
    let mut all = String::new();
    for (name, manifest) in cases(kind) {
        let workspace = Workspace::new();
        workspace.write("hookwright.yaml", &manifest);
        // What only a value from outside can bring about is shown by planning, which fails before
        // anything is sent.
        let verb = if manifest.starts_with(b"# run: plan\n") {
            "plan"
        } else {
            "validate"
        };
        let run = workspace.run(&[verb]);
        assert_eq!(run.code, i32::from(code), "{name}\n{}", run.shown());
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(folder(kind));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, run.shown()));
        all.push_str(&run.stdout);
        all.push_str(&run.stderr);
    }
    all
}

#[test]
fn invalid_manifests_are_explained() {
    let shown = goldens("invalid", 65);
    for code in Code::ALL {
        if code.severity() == Severity::Error {
            let tag = format!("error[{code}]");
            assert!(shown.contains(&tag), "no fixture shows {tag}");
        }
    }
}

#[test]
fn valid_manifests_may_have_warnings() {
    let shown = goldens("valid", 0);
    for code in Code::ALL {
        if code.severity() == Severity::Warning {
            let tag = format!("warning[{code}]");
            assert!(shown.contains(&tag), "no fixture shows {tag}");
        }
    }
}

#[test]
fn every_golden_has_its_manifest() {
    for kind in ["valid", "invalid"] {
        let names: BTreeSet<String> = cases(kind).into_iter().map(|(name, _)| name).collect();
        for entry in fs::read_dir(folder(kind)).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "snap")
            {
                let name = path.file_stem().unwrap().to_str().unwrap();
                assert!(names.contains(name), "{} has no manifest", path.display());
            }
        }
    }
}

const ENVIRONMENTS: &str = "version: 1
environments:
  sandbox: { provider: truv, base_url: simulator }
";

#[test]
fn a_broken_file_does_not_hide_what_is_wrong_in_others() {
    let workspace = Workspace::new();
    workspace.write("hookwright/a.yaml", "version: 1\nwebhooks: [\n");
    workspace.write("hookwright/b.yaml", ENVIRONMENTS);
    workspace.write(
        "hookwright/c.yaml",
        "version: 1\nwebhooks:\n  loans: { url: ftp://x/, events: [group:unknown] }\n  tasks: { ulr: x }\n",
    );
    workspace.write("hookwright/d.yaml", "");
    workspace.write("hookwright/e.yaml", b"version: 1 # \xff\n");
    let run = workspace.run(&["validate"]).code(65);
    // The group may be defined in what could not be read.
    insta::assert_snapshot!(run.shown());
}

#[test]
fn files_are_merged_and_a_key_twice_shows_both_places() {
    let workspace = Workspace::new();
    workspace.write(
        "a.yaml",
        format!("{ENVIRONMENTS}defaults: {{ events: [order-created] }}\nwebhooks:\n  loans: {{ url: https://hooks.example.com/a }}\n"),
    );
    workspace.write(
        "b.yaml",
        "version: 1\ndefaults: { enabled: false }\nwebhooks:\n  loans: { url: https://hooks.example.com/b }\n",
    );
    let run = workspace.run(&["validate", "-f", "a.yaml", "-f", "b.yaml"]);
    insta::assert_snapshot!(run.code(65).shown());
}

#[test]
fn strict_makes_errors_of_unknown_event_types() {
    let workspace = Workspace::with(&format!(
        "{ENVIRONMENTS}webhooks:\n  loans:\n    url: https://webhook.site/loans\n    events:\n      - order-archived\n      - order-lost # hookwright: ignore[HW020] announced\n"
    ));
    let _ = workspace.run(&["validate"]).code(0);
    let run = workspace.run(&["validate", "--strict"]).code(65);
    assert!(run.stdout.contains("error[HW020]"), "{}", run.shown());
    assert!(run.stdout.contains("warning[HW026]"), "{}", run.shown());
    assert!(!run.stdout.contains("order-lost"), "{}", run.shown());
    let run = workspace.run(&["plan", "--strict"]).code(65);
    assert!(run.stderr.contains("error[HW020]"), "{}", run.shown());
    let run = workspace.run(&["plan"]).code(0);
    assert!(run.stderr.contains("warning[HW020]"), "{}", run.shown());
}

#[test]
fn what_is_wrong_is_said_before_what_is_asked_for_is_missed() {
    let workspace = Workspace::with("version: 1\nenvironments:\n  prod: { provdier: truv }\n");
    for arguments in [
        &["validate", "-e", "prod"][..],
        &["plan", "-e", "prod", "--target", "loans"],
    ] {
        let run = workspace.run(arguments).code(65);
        assert!(
            run.shown().contains("did you mean `provider`?"),
            "{}",
            run.shown()
        );
    }
    let workspace = Workspace::with("version: 1\nenvironments: [\n");
    let run = workspace.run(&["plan", "-e", "prod"]).code(65);
    assert!(run.stderr.contains("error[HW001]"), "{}", run.shown());
}

#[test]
fn secrets_in_a_manifest_are_never_shown() {
    let secret = "prod-0123456789abcdef0123456789abcdef01234567";
    let workspace = Workspace::with(&format!(
        "version: 1
environments:
  prod:
    provider: truv
    allowed_hosts: []
    credentials: {{ client_id: a, access_secret: {secret} }}
  dev:
    provider: truv
    credentials: {{ client_id: a, acces_secret: {secret} }}
webhooks:
  loans: {{ url: \"https://acme:c4nary-pass@hooks.example.com/?token=c4nary-t0ken\", events: [] }}
  tasks: {{ url: \"https://acme:c4nary-pass@hooks.example.com:x/\", events: [order-created] }}
"
    ));
    for arguments in [
        &["validate"][..],
        &["validate", "--format", "json"],
        &["validate", "--format", "github"],
        &["validate", "--format", "gitlab"],
        &["validate", "--format", "sarif"],
        &["plan"],
        &["plan", "--format", "json", "-vvv"],
    ] {
        let shown = workspace.run(arguments).code(65).shown();
        assert!(!shown.contains(&secret[5..]), "{shown}");
        assert!(!shown.contains("c4nary"), "{shown}");
    }
}

#[test]
fn sensitive_parts_of_a_url_are_masked_and_only_they() {
    let manifest = "version: 1
environments:
  sandbox:
    provider: truv
    base_url: simulator
    allowed_hosts: [other.example.com]
    vars: { path: \"in/${env:LOANS_TOKEN}\" }
webhooks:
  loans: { url: \"http://hooks.example.com/${var:path}/x\", events: [order-created] }
";
    let workspace = Workspace::with(manifest).env("LOANS_TOKEN", "c4nary");
    let run = workspace.run(&["plan"]).code(65);
    assert!(
        run.stderr
            .contains("`http://hooks.example.com/in/•••/x` is not encrypted"),
        "{}",
        run.shown()
    );
    assert!(!run.shown().contains("c4nary"), "{}", run.shown());
    // Without the value, its text is not judged.
    let run = workspace.run(&["validate"]).code(0);
    assert_eq!(run.stdout, "Valid: 1 webhook, 1 environment.\n");
}

#[test]
fn only_what_finds_something_has_formats_for_findings() {
    let workspace = Workspace::with(ENVIRONMENTS);
    for verb in ["apply", "drift", "list", "schema", "explain"] {
        let run = workspace.run(&[verb, "--format", "sarif"]).code(64);
        assert!(
            run.stderr.contains("has no format `sarif`"),
            "{}",
            run.shown()
        );
    }
}

const FINDINGS: &str = "version: 1
environments:
  sandbox: { provider: truv, base_url: simulator }
event_groups:
  orders: [order-created]
webhooks:
  loans: { url: \"https://webhook.site/1,2:3\", events: [group:ordres, order-archived] }
  tasks: { url: \"https://webhook.site/1,2:3\", events: [group:orders] }
";

#[test]
fn json_is_a_document_of_its_own() {
    let run = Workspace::with(FINDINGS).run(&["validate", "--format", "json"]);
    let run = run.code(65);
    let schema = hookwright::report::json::schemas()
        .remove("validate")
        .unwrap();
    assert!(jsonschema::is_valid(&schema, &run.json()));
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn github_annotations_name_place_and_code() {
    let run = Workspace::with(FINDINGS).run(&["validate", "--format", "github"]);
    insta::assert_snapshot!(run.code(65).stdout);
}

#[test]
fn code_quality_of_gitlab_names_place_and_code() {
    let run = Workspace::with(FINDINGS).run(&["validate", "--format", "gitlab"]);
    let issues = run.code(65).json();
    let mut fingerprints = std::collections::BTreeSet::new();
    for issue in issues.as_array().unwrap() {
        // All that GitLab requires, and each issue once.
        for field in ["description", "check_name", "fingerprint", "severity"] {
            assert!(issue[field].as_str().is_some_and(|text| !text.is_empty()));
        }
        assert!(issue["location"]["lines"]["begin"].is_u64());
        assert!(fingerprints.insert(issue["fingerprint"].as_str().unwrap()));
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&issues).unwrap());
    let valid = FINDINGS.replace("group:ordres, order-archived", "group:orders");
    let valid = valid
        .replacen("1,2:3", "4", 1)
        .replace("webhook.site", "h.example.com");
    let run = Workspace::with(&valid).run(&["validate", "--format", "gitlab"]);
    assert_eq!(run.code(0).stdout, "[]\n");
}

#[test]
fn sarif_is_valid_under_its_official_schema() {
    let mut shown = None;
    for manifest in [FINDINGS, ENVIRONMENTS, "", "version: 1\nwebhooks: [\n"] {
        let run = Workspace::with(manifest).run(&["validate", "--format", "sarif"]);
        let log = run.json();
        assert_valid(&log);
        shown.get_or_insert(log["runs"][0]["results"].clone());
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&shown).unwrap());
}

#[test]
fn nothing_from_outside_is_needed_or_run() {
    let workspace = Workspace::with(
        "version: 1
environments:
  prod:
    provider: truv
    credentials:
      client_id: { command: [touch, ran] }
      access_secret: ${file:nowhere}
    vars: { host: \"${env:NOT_SET}\" }
webhooks:
  loans: { url: \"https://${var:host}/loans\", events: [order-created] }
",
    );
    let _ = workspace.run(&["validate"]).code(0);
    assert!(!workspace.path().join("ran").exists());
}

#[test]
fn defaults_are_overridden_field_by_field() {
    let workspace = Workspace::with(
        "version: 1
environments:
  sandbox: { provider: truv, base_url: simulator }
  dev: { provider: truv, base_url: simulator }
defaults:
  events: [order-created, task-status-updated]
  enabled: false
  environments: [sandbox]
webhooks:
  a: { url: https://hooks.example.com/a }
  b:
    url: https://hooks.example.com/b
    enabled: true
  c:
    url: https://hooks.example.com/c
    events: [link-deleted]
    environments: { dev: { enabled: true }, sandbox: { url: https://sandbox.example.com/c } }
",
    );
    let plan = workspace.run(&["plan", "--format", "json"]).code(0).json();
    let mut declared = Vec::new();
    for environment in plan["environments"].as_array().unwrap() {
        for operation in environment["operations"].as_array().unwrap() {
            let (name, key) = (&environment["environment"]["name"], &operation["key"]);
            for change in operation["changes"].as_array().unwrap() {
                let (field, after) = (&change["field"], &change["after"]);
                declared.push(format!("{name} {key} {field} {after}").replace('"', ""));
            }
        }
    }
    insta::assert_snapshot!(declared.join("\n"));
}
