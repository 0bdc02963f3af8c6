//! What the README's first command does, in a copy of the example.

use std::{fs, path::Path};

use hookwright::{provider::truv::PROFILE as TRUV, simulator::Simulator};

use crate::support::Workspace;

const APPLY: [&str; 5] = [
    "apply",
    "--file",
    "examples/quickstart/hookwright.yaml",
    "--all",
    "--auto-approve",
];
const STATE: [&str; 2] = ["simulator-transcrypts.jsonl", "simulator-truv.jsonl"];

fn copy() -> Workspace {
    let workspace = Workspace::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let example = fs::read(root.join("examples/quickstart/hookwright.yaml")).unwrap();
    workspace.write("examples/quickstart/hookwright.yaml", example);
    workspace
}

#[test]
fn first_run_applies_and_second_says_that_nothing_changes() {
    let workspace = copy();
    let first = workspace.run(&APPLY).code(0);
    insta::assert_snapshot!(first.shown());
    for name in STATE {
        let path = workspace.path().join(".hookwright").join(name);
        assert!(path.is_file(), "{}", path.display());
    }
    let second = workspace.run(&APPLY).code(0);
    insta::assert_snapshot!(second.shown());
}

#[test]
fn state_folder_is_ignored_by_git() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ignored = fs::read_to_string(root.join(".gitignore")).unwrap();
    assert!(
        ignored
            .lines()
            .any(|line| line.trim_matches('/') == ".hookwright")
    );
}

#[test]
fn two_processes_at_once_are_told_apart() {
    let workspace = copy();
    let _ = workspace.run(&APPLY).code(0);
    let state = workspace.path().join(".hookwright/simulator-truv.jsonl");
    let clock = std::sync::Arc::new(|| "2026-01-02T03:04:05Z".parse().unwrap());
    let other = Simulator::builder(&TRUV, clock).open(&state).unwrap();
    let run = workspace.run(&APPLY).code(1);
    insta::assert_snapshot!(run.shown());
    drop(other);
    let _ = workspace.run(&APPLY).code(0);
}

#[test]
fn interrupted_write_of_the_state_is_dropped_and_done_again() {
    let workspace = copy();
    let _ = workspace.run(&APPLY).code(0);
    // As after a kill in the middle of the last line.
    let state = workspace.path().join(".hookwright/simulator-truv.jsonl");
    let content = fs::read(&state).unwrap();
    fs::write(&state, &content[..content.len() - 20]).unwrap();
    let run = workspace.run(&APPLY).code(0);
    assert!(
        run.stdout.contains("Applied: 1 operation done."),
        "{}",
        run.shown()
    );
    let run = workspace.run(&APPLY).code(0);
    assert!(run.stdout.contains("Nothing to change"), "{}", run.shown());
}

#[test]
fn unreadable_state_is_an_error_that_names_the_line() {
    let workspace = copy();
    let _ = workspace.run(&APPLY).code(0);
    let state = workspace.path().join(".hookwright/simulator-truv.jsonl");
    let content = fs::read_to_string(&state).unwrap();
    fs::write(&state, content.replacen("\"put\"", "\"putt\"", 1)).unwrap();
    let run = workspace.run(&APPLY).code(1);
    insta::assert_snapshot!(run.shown());
}
