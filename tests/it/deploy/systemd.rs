//! The unit for systemd.

use std::process::Command;

use super::{passes, text, tool};
use crate::support::Workspace;

const UNIT: &str = "systemd/hookwright.service";
const MANIFEST: &str = "systemd/hookwright.yaml";
const INSTALLED: &str = "/usr/local/bin/hookwright";

/// A command of `systemd-analyze` over the unit, as if the program were installed.
fn analyze(arguments: &[&str]) -> Option<(Workspace, Command)> {
    let mut command = tool("systemd-analyze")?;
    let workspace = Workspace::new();
    let unit = text(UNIT).replace(INSTALLED, env!("CARGO_BIN_EXE_hookwright"));
    let unit = workspace.write("hookwright.service", unit);
    command.args(arguments).arg(unit);
    Some((workspace, command))
}

#[test]
fn the_unit_is_understood_and_nothing_in_it_is_passed_over() {
    let Some((_workspace, mut command)) = analyze(&["verify", "--man=no"]) else {
        return;
    };
    // What it does not know is a warning alone.
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert_eq!(String::from_utf8_lossy(&said), "");
    assert!(output.status.success());
}

#[test]
fn the_unit_is_exposed_by_2_of_10_at_most() {
    let arguments = ["security", "--offline=true", "--threshold=20", "--no-pager"];
    if let Some((_workspace, mut command)) = analyze(&arguments) {
        let said = passes(&mut command);
        assert!(said.contains("Overall exposure level"), "{said}");
    }
}

#[test]
fn the_manifest_is_valid_and_names_the_credentials_that_the_unit_loads() {
    let manifest = text(MANIFEST);
    let run = Workspace::with(&manifest).run(&["validate"]).code(0);
    assert_eq!(run.stderr, "");
    let unit = text(UNIT);
    let named = manifest
        .split("${file:/run/credentials/hookwright.service/")
        .skip(1);
    let named: Vec<&str> = named.map(|rest| rest.split_once('}').unwrap().0).collect();
    assert!(named.len() > 2, "{named:?}");
    for name in named {
        let loaded = format!("\nLoadCredential={name}:/etc/credstore/hookwright.{name}\n");
        assert!(unit.contains(&loaded), "{name}");
        let made = format!("/etc/credstore/hookwright.{name}");
        assert!(text("systemd/README.md").contains(&made), "{name}");
    }
}
