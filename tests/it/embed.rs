//! The main job as a library: what `examples/embed.rs` shows.

use std::{path::Path, process::Command};

/// The example, where `cargo test` has built it: `cargo test --test it` alone does not.
fn example() -> Option<Command> {
    let program = Path::new(env!("CARGO_BIN_EXE_hookwright"));
    let name = format!("embed{}", std::env::consts::EXE_SUFFIX);
    let example = program.with_file_name("examples").join(name);
    example.exists().then(|| Command::new(example))
}

#[test]
fn a_manifest_is_planned_applied_and_proven_without_the_program() {
    let Some(mut example) = example() else {
        println!("passed over: the example is not built");
        return;
    };
    let run = example.output().unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    // A library leaves the streams to who uses it.
    assert_eq!(String::from_utf8_lossy(&run.stdout), "");
    assert_eq!(String::from_utf8_lossy(&run.stderr), "");
}

#[test]
fn the_example_is_short() {
    let text = include_str!("../../examples/embed.rs");
    assert!(text.lines().count() < 60, "{}", text.lines().count());
    assert!(!text.contains("hookwright::cli"));
}
