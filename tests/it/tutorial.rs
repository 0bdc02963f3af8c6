//! The tutorial, run as it is printed.

use std::{env, fs, path::Path, process::Command};

use crate::support::Workspace;

/// Runs a command line as the page's reader does: in a shell, both streams on one terminal.
fn run(workspace: &Workspace, line: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_hookwright"));
    let path = env::join_paths([
        program.parent().unwrap(),
        Path::new("/usr/bin"),
        Path::new("/bin"),
    ]);
    let output = Command::new("/bin/sh")
        .args(["-c", &format!("exec 2>&1; {line}")])
        .current_dir(workspace.path())
        .env_clear()
        .env("PATH", path.unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_command_prints_what_the_page_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = root.join("docs/tutorial.md");
    let printed = fs::read_to_string(&page).unwrap();
    let workspace = Workspace::new();
    let account = fs::read(root.join("docs/tutorial/account.jsonl")).unwrap();
    workspace.write("docs/tutorial/account.jsonl", account);
    let (mut made, mut commands, mut fenced, mut skips) = (String::new(), 0, false, false);
    for line in printed.split_inclusive('\n') {
        if line.starts_with("```") {
            fenced = line == "```console\n";
            skips = false;
        }
        if let Some(command) = line.strip_prefix("$ ").filter(|_| fenced) {
            made.push_str(line);
            made.push_str(&run(&workspace, command.trim_end()));
            commands += 1;
            // What is printed below it on the page is what was compared with.
            skips = true;
        } else if !skips {
            made.push_str(line);
        }
    }
    assert!(commands > 8, "{commands}");
    if env::var("BLESS").is_ok_and(|value| value == "1") {
        fs::write(&page, &made).unwrap();
        return;
    }
    assert!(
        printed == made,
        "stale: run `BLESS=1 cargo test --test it tutorial`\n{made}"
    );
}
