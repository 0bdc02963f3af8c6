//! `validate`, and every diagnostic: one fixture each, its golden beside it.

#![expect(
    clippy::disallowed_methods,
    reason = "tests read their fixtures where they are"
)]

use std::{collections::BTreeSet, fs, path::PathBuf};

use hookwright::diagnostic::{Code, Severity};

use crate::support::Workspace;

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
