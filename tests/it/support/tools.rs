//! Programs that not every machine has.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

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

/// A program that runs scripts of providers' official clients, which `.ci/run` puts below `target/clients`.
#[expect(
    clippy::print_stdout,
    reason = "what is passed over is said, as by other tests"
)]
pub(crate) fn client(name: &str) -> Option<Command> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("target/clients");
    let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
    // What is there may be of another version, or of fewer clients.
    let wanted = read(root.join(".ci/clients.txt")) + &read(root.join(".ci/clients-npm.txt"));
    if read(folder.join("installed.txt")) != wanted {
        println!("passed over: `.ci/run` has not put these official clients into target/clients");
        return None;
    }
    let mut command = match name {
        "node" => tool(name)?,
        _ => Command::new(folder.join("bin").join(name)),
    };
    command.env("NODE_PATH", folder.join("node_modules"));
    Some(command)
}

/// Python with the engines that read Parquet files, which `.ci/run` puts below `target/engines`.
#[expect(
    clippy::print_stdout,
    reason = "what is passed over is said, as by other tests"
)]
pub(crate) fn engines() -> Option<Command> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("target/engines");
    let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
    if read(folder.join("installed.txt")) != read(root.join(".ci/engines.txt")) {
        println!("passed over: `.ci/run` has not put engines into target/engines");
        return None;
    }
    Some(Command::new(folder.join("bin/python")))
}

/// The folder below `target` into which `.ci/run` puts stores that others wrote.
#[expect(
    clippy::print_stdout,
    reason = "what is passed over is said, as by other tests"
)]
pub(crate) fn stores() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("target/stores");
    let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
    if read(folder.join("installed.txt")) != read(root.join(".ci/stores-npm.txt")) {
        println!("passed over: `.ci/run` has not put stores into target/stores");
        return None;
    }
    Some(folder)
}
