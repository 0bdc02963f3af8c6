//! The walls between modules: one package has none, so this test builds them, from an allow-list.
//!
//! A module's own tests stand outside.

mod circles;
mod names;
mod scan;
mod walls;

use std::{
    fs,
    path::{Path, PathBuf},
};

use self::{circles::Files, scan::named, walls::Names};

/// The longest file, in lines that are not tests.
const LONGEST: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

/// The files of the program without those that only hold tests, by their paths below the root.
fn program() -> Vec<(String, String)> {
    let mut found = Vec::new();
    sources(&root().join("src"), &mut found);
    found.sort();
    let relative = |path: &Path| {
        let path = path.strip_prefix(root()).unwrap().to_str().unwrap();
        path.replace('\\', "/")
    };
    found
        .into_iter()
        .map(|path| (relative(&path), fs::read_to_string(&path).unwrap()))
        .filter(|(path, _)| !scan::is_test(path))
        .collect()
}

/// The names that the table of walls is about.
fn names() -> Names {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    Names::of(&program(), &manifest)
}

/// What is wrong with a file.
fn violations(names: &Names, file: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for named in named(file, text) {
        found.extend(names.refuse(file, &named));
    }
    let lines = scan::without_tests(text).lines().count();
    if lines > LONGEST {
        found.push(format!("{file} has {lines} lines; {LONGEST} are the most"));
    }
    found
}

#[test]
fn modules_keep_to_their_walls() {
    let program = program();
    assert!(program.len() > 50, "the sources were not found");
    let names = names();
    let found: Vec<String> = program
        .iter()
        .flat_map(|(file, text)| violations(&names, file, text))
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn no_files_need_each_other() {
    let circles = Files::read(&program()).circles();
    assert!(circles.is_empty(), "\n{}", circles.join("\n\n"));
}

#[test]
fn planted_circles_are_found() {
    let planted = |files: &[(&str, &str)]| {
        let owned = files
            .iter()
            .map(|(file, text)| ((*file).to_owned(), (*text).to_owned()));
        Files::read(&owned.collect::<Vec<_>>()).circles()
    };
    // Behind what only hands on, and over several files; `d` is in no circle.
    let circles = planted(&[
        (
            "src/m/mod.rs",
            "mod a; mod b; mod c; mod d;\npub use a::A;\npub use b::B;",
        ),
        ("src/m/a.rs", "use super::B;\npub struct A;"),
        ("src/m/b.rs", "use super::c::C;\npub struct B;"),
        ("src/m/c.rs", "use crate::m::A;\npub struct C;"),
        ("src/m/d.rs", "use super::{A, B};"),
    ]);
    assert_eq!(
        circles,
        ["src/m/a.rs needs src/m/b.rs\n  \
             src/m/b.rs needs src/m/c.rs\n  \
             src/m/c.rs needs src/m/a.rs"]
    );
    // A file and what is in the folder of its name are one.
    let one = planted(&[
        ("src/m/a.rs", "mod b;\nuse b::B;\npub struct A;"),
        ("src/m/a/b.rs", "use super::A;\npub struct B;"),
    ]);
    assert_eq!(one, [""; 0]);
}

#[test]
fn the_table_allows_nothing_that_is_not_used() {
    let idle = names().idle(&program());
    assert!(idle.is_empty(), "\n{}", idle.join("\n"));
}

#[test]
fn the_table_is_printed() {
    const BEGIN: &str = "<!-- the table of walls -->\n";
    const END: &str = "<!-- the end of the table of walls -->\n";
    let path = root().join("ARCHITECTURE.md");
    let text = fs::read_to_string(&path).unwrap();
    let from = text
        .find(BEGIN)
        .expect("ARCHITECTURE.md has a place for the table")
        + BEGIN.len();
    let to = text.find(END).expect("the table ends");
    let table = format!("\n{}\n", walls::table());
    if std::env::var_os("BLESS").is_some() && text[from..to] != table {
        fs::write(&path, format!("{}{table}{}", &text[..from], &text[to..])).unwrap();
        return;
    }
    assert!(
        text[from..to] == table,
        "ARCHITECTURE.md is stale: write it anew with `BLESS=1 cargo test --test it architecture`"
    );
}

#[test]
fn planted_violations_are_caught() {
    for (file, text, named) in [
        (
            "src/model/url.rs",
            "use serde_json::Value;",
            "serde_json::Value",
        ),
        (
            "src/model/url.rs",
            "use crate::{model, plan::Plan};",
            "crate::plan::Plan",
        ),
        (
            "src/model/url.rs",
            "use super::super::plan::Plan;",
            "crate::plan::Plan",
        ),
        ("src/plan/order.rs", "async fn order() {}", "async"),
        (
            "src/plan/order.rs",
            "fn f() { tracing::info!(1); }",
            "tracing::info",
        ),
        (
            "src/plan/order.rs",
            "use std::{\n    time::{Duration, Instant},\n};",
            "std::time::Instant",
        ),
        ("src/manifest/de.rs", "use std::{env, fmt};", "std::env"),
        (
            "src/provider/request.rs",
            "fn f() { tokio::spawn(x) }",
            "tokio::spawn",
        ),
        (
            "src/provider/client/api.rs",
            "use reqwest::Client;",
            "reqwest::Client",
        ),
        (
            "src/provider/client/api.rs",
            "use crate::simulator::Simulator;",
            "crate::simulator::Simulator",
        ),
        (
            "src/report/human/plan.rs",
            "use crate::net::Transport as T;",
            "crate::net::Transport",
        ),
        (
            "src/report/human/plan.rs",
            "fn f() { println!(); }",
            "println!",
        ),
        (
            "src/simulator/routes.rs",
            "use crate::provider::wire::Page;",
            "crate::provider::wire::Page",
        ),
        ("src/simulator/routes.rs", "use std::fs;", "std::fs"),
        ("src/apply/run.rs", "use crate::report::*;", "crate::report"),
        (
            "src/manifest/shape.rs",
            "use granit_parser::Parser;",
            "granit_parser::Parser",
        ),
        (
            "src/delivery/query.rs",
            "use anyhow::Context;",
            "anyhow::Context",
        ),
        (
            "src/new/mod.rs",
            "use crate::model::Webhook;",
            "crate::model::Webhook",
        ),
    ] {
        let found = violations(&names(), file, text);
        let named = format!("names `{named}`");
        assert!(
            found.iter().any(|one| one.contains(&named)),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn what_is_allowed_is_not_caught() {
    for (file, text) in [
        (
            "src/model/url.rs",
            "// use serde_json::Value;\n/* std::fs */ const A: &str = \"std::fs::read\";",
        ),
        (
            "src/model/url.rs",
            "fn f() {}\n#[cfg(test)]\nmod tests {\n    use serde_json::Value;\n}",
        ),
        (
            "src/model/url.rs",
            "fn f<'a>(c: char) -> bool { c == '\"' || c == '\\'' }",
        ),
        (
            "src/plan/order.rs",
            "use crate::model::Webhook;\nuse std::time::Duration;",
        ),
        ("src/cli/inputs.rs", "use std::{env, fs, process};"),
        ("src/simulator/journal.rs", "use std::fs::File;"),
        (
            "src/report/human/plan.rs",
            "fn planned() { let transport = 1; async_name() }",
        ),
    ] {
        assert_eq!(violations(&names(), file, text), [""; 0], "{text}");
    }
}

#[test]
fn too_long_a_file_is_caught_and_its_tests_do_not_count() {
    let code = "fn f() {}\n".repeat(LONGEST);
    let tests = format!("{code}#[cfg(test)]\nmod tests {{\n{code}}}\n");
    assert_eq!(violations(&names(), "src/cli/exit.rs", &tests), [""; 0]);
    let found = violations(&names(), "src/cli/exit.rs", &format!("{code}fn g() {{}}\n"));
    assert_eq!(found, ["src/cli/exit.rs has 501 lines; 500 are the most"]);
}

#[test]
fn no_test_file_is_forgotten() {
    let folder = root().join("tests/it");
    let mut files = Vec::new();
    sources(&folder, &mut files);
    for path in files {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let above = path.parent().unwrap();
        let parent = if name == "main" {
            continue;
        } else if name == "mod" {
            above.parent().unwrap().join("main.rs")
        } else if above == folder {
            folder.join("main.rs")
        } else {
            let module = above.join("mod.rs");
            if module.exists() {
                module
            } else {
                above.with_extension("rs")
            }
        };
        let name = if name == "mod" {
            above.file_name().unwrap().to_str().unwrap().to_owned()
        } else {
            name
        };
        let text = fs::read_to_string(&parent).unwrap();
        assert!(
            text.lines()
                .any(|line| line.ends_with(&format!("mod {name};"))),
            "{} is part of no test: declare it in {}",
            path.display(),
            parent.display()
        );
    }
}
