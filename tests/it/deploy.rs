//! What runs the service and watches it: everything in `examples/deploy`, looked at by the tools that will read it.

mod booted;
mod grafana;
mod kubernetes;
mod live;
mod metrics;
mod prometheus;
mod service;
mod systemd;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::support::{Workspace, tools::tool};

/// How long something may take to come about on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where everything is.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/deploy")
}

fn text(file: &str) -> String {
    fs::read_to_string(folder().join(file)).unwrap()
}

fn yaml(file: &str) -> Value {
    serde_yaml::from_str(&text(file)).unwrap()
}

/// Runs a tool, which must have nothing to say against what it is shown. Gives its standard output.
#[track_caller]
fn passes(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{command:?}\n{stdout}{stderr}");
    stdout
}

/// Looks until there is what is waited for, and gives it; until then, a look gives what there is instead.
#[track_caller]
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let started = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(instead) => assert!(started.elapsed() < PATIENCE, "in vain: {what}; {instead}"),
        }
        // What is waited for has the processor meanwhile.
        thread::park_timeout(Duration::from_millis(50));
    }
}

/// The commands of hookwright in backquotes or blocks of a text that people copy from.
fn commands(text: &str) -> Vec<Vec<String>> {
    let words = text.replace("{{ $labels.environment }}", "prod");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let quoted = words.split('`').skip(1).step_by(2);
    quoted
        .filter_map(|quoted| quoted.strip_prefix("hookwright "))
        .map(|command| command.split(' ').map(str::to_owned).collect())
        .collect()
}

#[test]
fn the_command_lines_of_the_service_are_understood() {
    let unit = text("systemd/hookwright.service").replace("\\\n", " ");
    let line = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/hookwright "));
    let unit = line
        .unwrap()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let pod = &yaml("kubernetes/base/deployment.yaml")["spec"]["template"]["spec"];
    let pod = pod["containers"][0]["args"].as_array().unwrap().iter();
    let pod = pod.map(|argument| argument.as_str().unwrap().to_owned());
    for mut command in [unit, pod.collect::<Vec<_>>()] {
        assert_eq!(command[0], "reconcile");
        command.push("--help".to_owned());
        let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        let _ = Workspace::new().run(&arguments).code(0);
    }
}

#[test]
fn commands_that_are_named_are_commands_of_the_program() {
    let mut seen = 0;
    for file in [
        "README.md",
        "systemd/README.md",
        "kubernetes/README.md",
        "prometheus/alerts.yaml",
    ] {
        for mut command in commands(&text(file)) {
            seen += 1;
            command.push("--help".to_owned());
            let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
            let _ = Workspace::new().run(&arguments).code(0);
        }
    }
    assert!(seen > 5, "the commands were not found: {seen}");
}
