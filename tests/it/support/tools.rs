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

/// A program that runs scripts of providers' official clients, which `.ci/run` puts below `target/clients`.
#[expect(
    clippy::print_stdout,
    reason = "what is passed over is said, as by other tests"
)]
pub(crate) fn client(name: &str) -> Option<Command> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/clients");
    let modules = folder.join("node_modules");
    let (command, is_there) = match name {
        "node" => (tool(name), modules.is_dir()),
        _ => {
            let own = folder.join("bin").join(name);
            let is_there = own.is_file();
            (Some(Command::new(own)), is_there)
        }
    };
    if !is_there {
        println!("passed over: the official clients are not in target/clients");
        return None;
    }
    let mut command = command?;
    command.env("NODE_PATH", modules);
    Some(command)
}
