//! `schema`, `completions` and `man`: what is printed is made from the command line itself.

use crate::support::Workspace;

const COMMANDS: [&str; 7] = [
    "apply",
    "completions",
    "man",
    "plan",
    "schema",
    "simulator",
    "validate",
];

fn printed(arguments: &[&str]) -> String {
    let run = Workspace::new().run(arguments).code(0);
    assert_eq!(run.stderr, "", "{arguments:?}");
    run.stdout
}

#[test]
fn schema_is_the_manifests_unless_another_is_named() {
    assert_eq!(printed(&["schema"]), printed(&["schema", "manifest"]));
    assert_ne!(printed(&["schema"]), printed(&["schema", "plan"]));
}

#[test]
fn completions_know_every_command_and_flag() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(&["completions", shell]);
        for word in COMMANDS
            .into_iter()
            .chain(["auto-approve", "environment", "rate-limit"])
        {
            assert!(script.contains(word), "{shell} does not complete {word}");
        }
    }
}

#[test]
fn manual_pages_are_there_for_the_program_and_every_command() {
    let page = printed(&["man"]);
    assert!(page.contains(".TH hookwright 1"), "{page}");
    for command in COMMANDS {
        assert!(page.contains(command), "the page does not list {command}");
        let page = printed(&["man", command]);
        assert!(
            page.contains(&format!(".TH hookwright-{command} 1")),
            "{page}"
        );
        let help = printed(&[command, "--help"]);
        // Examples show flags of other commands, too.
        let help = help.split("\nExamples:").next().unwrap_or_default();
        for flag in help
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("--"))
        {
            let flag = flag.trim_end_matches(|end: char| !end.is_ascii_alphanumeric());
            let escaped = flag.replace('-', "\\-");
            assert!(
                page.contains(&escaped),
                "{command}: the page lacks --{flag}"
            );
        }
    }
}

#[test]
fn all_manual_pages_are_written_for_packages() {
    let workspace = Workspace::new();
    let _ = workspace.run(&["man", "--into", "man"]).code(0);
    let names: Vec<String> = workspace
        .files()
        .iter()
        .map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    for page in [
        "hookwright.1",
        "hookwright-plan.1",
        "hookwright-history-sync.1",
    ] {
        assert!(names.iter().any(|name| name == page), "{page}: {names:?}");
    }
    workspace.write("taken", "");
    let run = workspace.run(&["man", "--into", "taken"]).code(1);
    assert!(
        run.stderr
            .contains("failed to write manual pages into `taken`"),
        "{}",
        run.shown()
    );
}

#[test]
fn what_is_printed_does_not_depend_on_variables() {
    let workspace = Workspace::new()
        .env("HOOKWRIGHT_TARGET", "of-this-machine")
        .env("HOOKWRIGHT_LISTEN", "127.0.0.1:1");
    for arguments in [
        &["completions", "bash"][..],
        &["man", "plan"],
        &["man", "simulator"],
        &["plan", "--help"],
    ] {
        let run = workspace.run(arguments).code(0);
        assert_eq!(run.stdout, printed(arguments), "{arguments:?}");
    }
}
