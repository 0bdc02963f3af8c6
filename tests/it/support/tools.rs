//! Programs that not every machine has.

use std::{path::Path, process::Command};

/// A program that not every machine has: on the path, or where `.ci/run` puts those of PyPI.
#[expect(
    clippy::print_stdout,
    reason = "what is passed over is said, as by other tests"
)]
pub(crate) fn tool(name: &str) -> Option<Command> {
    let pypi = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/lint/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([pypi]);
    let found = folders
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        println!("passed over: there is no {name} here");
    }
    found.map(Command::new)
}
