//! What people type who come from other programs, and what they mean.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::command_line;

/// Flags of other programs, and what does the same here.
const FLAGS: &[(&str, &str)] = &[
    ("--json", "write `--format json`"),
    ("--yes", "write `--auto-approve`"),
    ("-y", "write `--auto-approve`"),
    (
        "--dry-run",
        "`hookwright plan` shows what would change, and writes nothing",
    ),
    ("--env", "write `-e NAME` or `--environment NAME`"),
    ("--config", "write `-f PATH` or `--file PATH`"),
    ("--manifest", "write `-f PATH` or `--file PATH`"),
    (
        "--output",
        "`plan --out FILE` saves a plan; `--format` chooses a format",
    ),
    ("--no-color", "write `--color never`"),
];

/// Commands of other programs, and what does the same here.
const COMMANDS: &[(&str, &str)] = &[
    ("diff", "`hookwright plan` shows what would change"),
    ("preview", "`hookwright plan` shows what would change"),
    (
        "status",
        "`hookwright drift` says what is live and not as declared",
    ),
    ("lint", "`hookwright validate` checks manifests offline"),
    ("check", "`hookwright validate` checks manifests offline"),
    (
        "pull",
        "`hookwright import` adds live webhooks to the manifest",
    ),
    ("up", "`hookwright apply` plans, shows, asks and applies"),
    ("sync", "`hookwright apply` plans, shows, asks and applies"),
    ("logs", "`hookwright history` lists deliveries"),
    (
        "destroy",
        "take webhooks out of the manifest, and say `--prune`; nothing deletes all at once",
    ),
];

/// What somebody may have meant who wrote this command line.
pub(super) fn hints(err: &clap::Error, arguments: &[OsString]) -> Vec<String> {
    let typed = arguments
        .iter()
        .skip(1)
        .filter_map(|argument| argument.to_str());
    let typed: Vec<&str> = typed.take_while(|argument| *argument != "--").collect();
    if let Some(hint) = typed.iter().find_map(|argument| with_one_dash(argument)) {
        return vec![hint];
    }
    let kind = match err.kind() {
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        _ => return Vec::new(),
    };
    let Some(ContextValue::String(wrong)) = err.get(kind) else {
        return Vec::new();
    };
    let name = wrong.split(['=', ' ']).next().unwrap_or_default();
    let known = FLAGS
        .iter()
        .chain(COMMANDS)
        .find(|(other, _)| *other == name);
    let hint = match known {
        Some((_, hint)) => Some((*hint).to_owned()),
        None if wrong.starts_with('-') || kind == ContextKind::InvalidSubcommand => None,
        None if is_path(wrong) => Some(format!("`--file {wrong}` names a manifest")),
        None => Some(format!(
            "`-e {wrong}` names an environment, `--file {wrong}` a manifest"
        )),
    };
    hint.into_iter().collect()
}

/// Takes away what clap guesses from spelling alone, where it is known what was meant.
pub(super) fn without_guesses(err: &mut clap::Error) {
    for guess in [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
        ContextKind::Suggested,
        // It names the guess.
        ContextKind::Usage,
    ] {
        err.remove(guess);
    }
}

/// A long flag that was typed with one dash, as Go's programs take it.
fn with_one_dash(argument: &str) -> Option<String> {
    let rest = argument
        .strip_prefix('-')
        .filter(|rest| !rest.starts_with('-'))?;
    let name = rest.split('=').next().unwrap_or_default();
    let is_flag = name.len() > 1 && is_long(&command_line(), name);
    is_flag.then(|| format!("a long flag has two dashes: `--{rest}`"))
}

/// Whether a command, or one below it, has this long flag.
fn is_long(command: &clap::Command, name: &str) -> bool {
    let mut flags = command.get_arguments();
    flags.any(|flag| flag.get_long() == Some(name))
        || command.get_subcommands().any(|inner| is_long(inner, name))
}

/// Whether a word looks like a file or a folder.
fn is_path(word: &str) -> bool {
    word.contains('/')
        || [".yaml", ".yml"]
            .iter()
            .any(|ending| word.ends_with(ending))
}
