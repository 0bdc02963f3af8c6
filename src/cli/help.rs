//! What `--help` and `-h` show on a terminal: little, in groups, with examples. The manual pages, the completions and the
//! reference are made of the whole command line ([`super::command_line`]).

use std::fmt::Write as _;

use clap::{Arg, Command};

use super::{args::Wanted, exit, variables::each_flag};

/// The commands by what people want. One that stands nowhere is shown among the last.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "Every day",
        &[
            "plan", "apply", "drift", "list", "validate", "fmt", "doctor",
        ],
    ),
    ("Review", &["show", "comment", "policy", "explain", "audit"]),
    ("Traffic", &["history", "test", "verify-signature"]),
    ("Taking over", &["init", "import", "migrate"]),
    ("Service", &["reconcile"]),
    ("Tools", &["simulator"]),
];

/// Commands that need no line of their own.
const TOGETHER: (&[&str], &str) = (
    &["schema", "completions", "man", "version", "help"],
    "Print schemas, shell completions, manual pages, the version, help",
);

/// Each command, and two lines that show how it is used.
const EXAMPLES: &[[&str; 3]] = &[
    [
        "plan",
        "plan -e sandbox",
        "plan -e prod --out prod.plan --expires 24h",
    ],
    ["apply", "apply -e sandbox", "apply prod.plan"],
    [
        "drift",
        "drift -e prod",
        "drift --applied prod.plan --format json",
    ],
    ["list", "list -e prod", "list --format csv > webhooks.csv"],
    [
        "validate",
        "validate",
        "validate --format sarif > hookwright.sarif",
    ],
    ["fmt", "fmt", "fmt --check --diff"],
    ["doctor", "doctor", "doctor -e prod --format json"],
    [
        "show",
        "show prod.plan",
        "show prod.plan --format html > plan.html",
    ],
    ["comment", "comment prod.plan", "comment --outdated"],
    ["policy", "policy test", "policy explain -e prod"],
    [
        "policy test",
        "policy test",
        "policy test --format junit > policies.xml",
    ],
    [
        "policy explain",
        "policy explain -e prod > tests/now.json",
        "policy explain --format json",
    ],
    ["explain", "explain HW012", "explain"],
    [
        "audit",
        "audit audit.log",
        "audit audit.log --digest SHA256",
    ],
    [
        "history",
        "history -e prod --failed --since 2h",
        "history --follow",
    ],
    [
        "history list",
        "history list --status 5xx --format csv",
        "history list --webhook orders",
    ],
    [
        "history sync",
        "history sync --archive history.db",
        "history sync --archive history.db --retention 400d",
    ],
    [
        "history stats",
        "history stats -e prod --since 7d",
        "history stats --format html > stats.html",
    ],
    [
        "history gaps",
        "history gaps -e prod --since 2d",
        "history gaps --since 30d --archive history.db",
    ],
    [
        "history replay",
        "history replay --gaps --to orders --since 2d --archive history.db",
        "history replay --id ID --to orders --archive history.db",
    ],
    [
        "history verify",
        "history verify --archive history.db",
        "history verify --archive s3://bucket/hooks",
    ],
    [
        "history compact",
        "history compact --archive s3://bucket/hooks",
        "history compact --archive file:///var/lib/hooks",
    ],
    [
        "history import-sqlite",
        "history import-sqlite history.db --archive s3://bucket/hooks",
        "history import-sqlite history.db --archive file:///var/lib/hooks",
    ],
    [
        "test",
        "test orders -e sandbox",
        "test orders --event order-created --allow-private",
    ],
    [
        "verify-signature",
        "verify-signature -e prod \"$SIGNATURE\" < body.json",
        "verify-signature --secret-env OLD --secret-env NEW \"$SIGNATURE\" < body.json",
    ],
    ["init", "init", "init --from-live -e sandbox,prod"],
    ["import", "import --all --dry-run", "import 'acme-*'"],
    ["migrate", "migrate -e prod", "migrate --write"],
    [
        "reconcile",
        "reconcile --state state.json",
        "reconcile --once",
    ],
    [
        "simulator",
        "simulator --state simulator.jsonl",
        "simulator --fault post:2=reset-after",
    ],
    [
        "simulator emit",
        "simulator emit order-created",
        "simulator emit order-created --wait all",
    ],
    ["schema", "schema > manifest.schema.json", "schema plan"],
    [
        "completions",
        "completions bash",
        "completions zsh > _hookwright",
    ],
    [
        "man",
        "man plan > hookwright-plan.1",
        "man --into /usr/local/share/man/man1",
    ],
];

/// Where flags stand among a command's, by their ids.
const HEADINGS: &[(&str, &[&str])] = &[
    (
        "Safety",
        &[
            "allow_deletes",
            "allow_empty",
            "allow_live_traffic",
            "allow_private",
            "allow_secret_mismatch",
            "allow_unverified",
            "auto_approve",
            "detect_only",
            "expires",
            "lock_timeout",
            "max_failures",
            "probe",
            "resend_unknown",
            "unlocked",
        ],
    ),
    (
        "Output",
        &[
            "actor",
            "audit_log",
            "commit",
            "detailed_exitcode",
            "expand",
            "log_format",
            "notify_on",
            "notify_url",
            "out",
            "watch",
            "with_history",
        ],
    ),
    ("Connection", &["listen", "page_size", "shared_secret_file"]),
];

/// Flags that few need: `-h` leaves them out.
const RARE: &[&str] = &[
    "actor",
    "allow_unverified",
    "commit",
    "interval",
    "notify_on",
    "page_size",
    "retry_interval",
    "reveal",
    "seed",
    "strict",
];

/// The command line, as its help is shown on a terminal.
pub(super) fn on_terminal(program: Command) -> Command {
    let global = named(&program);
    let program = each_flag(program, &|flag| placed(flag).hide_env(true));
    let groups = grouped(&program, &global);
    below(program, "").after_help("").help_template(format!(
        "{{about}}\n\n{{usage-heading}} {{usage}}\n{groups}"
    ))
}

/// A flag under its heading, and out of the short help where few need it.
fn placed(flag: Arg) -> Arg {
    let id = flag.get_id().as_str().to_owned();
    let heading = HEADINGS.iter().find(|(_, ids)| ids.contains(&id.as_str()));
    let is_rare = flag.is_global_set() || RARE.contains(&id.as_str());
    let flag = match heading {
        Some((heading, _)) => flag.help_heading(*heading),
        None => flag,
    };
    // Each command's own formats stand below its flags.
    let hides_values = id == "format";
    flag.hide_short_help(is_rare)
        .hide_possible_values(hides_values)
}

/// What stands below the flags of each command.
fn below(command: Command, path: &str) -> Command {
    command.mut_subcommands(|inner| {
        let name = format!("{path}{}", inner.get_name());
        let mut text = String::new();
        let examples = EXAMPLES.iter().find(|[command, ..]| *command == name);
        if let Some([_, examples @ ..]) = examples {
            text.push_str("Examples:\n");
            for example in examples {
                writeln!(text, "  hookwright {example}").ok();
            }
            text.push('\n');
        }
        let formats = Wanted::of(&name).iter().map(|format| format.name());
        let formats: Vec<String> = formats.collect();
        if !formats.is_empty() {
            writeln!(text, "Formats (--format): {}", formats.join(", ")).ok();
        }
        let mut more = text.clone();
        text.push_str("Global options, more options and more words: --help");
        // What a command says of its own accord, such as a grammar, stays in the long help.
        if let Some(own) = inner.get_after_long_help() {
            more = format!("{own}\n{more}");
        }
        if has_exit_codes(&name) {
            more = format!("{more}\n{}", exit::TABLE);
        }
        let inner = inner
            .after_help(text)
            .after_long_help(more.trim_end().to_owned());
        below(inner, &format!("{name} "))
    })
}

/// Whether people ask what this command ends with.
fn has_exit_codes(name: &str) -> bool {
    matches!(name, "plan" | "apply" | "drift" | "reconcile")
}

/// The global options, named.
fn named(program: &Command) -> String {
    let global = program.get_arguments().filter(|flag| flag.is_global_set());
    let names = global.filter_map(|flag| {
        let long = flag.get_long()?;
        Some(match flag.get_short() {
            Some(short) => format!("-{short}/--{long}"),
            None => format!("--{long}"),
        })
    });
    names.collect::<Vec<_>>().join(", ")
}

fn grouped(program: &Command, global: &str) -> String {
    let header = program.get_styles().get_header();
    let mut left: Vec<&Command> = program.get_subcommands().collect();
    left.retain(|command| !TOGETHER.0.contains(&command.get_name()) && !command.is_hide_set());
    let mut text = String::new();
    let line = |text: &mut String, name: &str, about: &str| {
        writeln!(text, "  {name:<17} {about}").ok();
    };
    for (at, (title, names)) in GROUPS.iter().enumerate() {
        writeln!(text, "\n{header}{title}:{header:#}").ok();
        for name in *names {
            let found = left.iter().position(|command| command.get_name() == *name);
            if let Some(found) = found {
                let command = left.remove(found);
                let about = command.get_about().map(ToString::to_string);
                line(&mut text, name, &about.unwrap_or_default());
            }
        }
        if at + 1 == GROUPS.len() {
            for command in left.drain(..) {
                let about = command.get_about().map(ToString::to_string);
                line(&mut text, command.get_name(), &about.unwrap_or_default());
            }
            let (names, about) = TOGETHER;
            writeln!(text, "  {}\n{:20}{about}", names.join(", "), "").ok();
        }
    }
    let text = text.replace("\n\n", "\n");
    format!(
        "{text}\nGlobal options: {global}\n`hookwright COMMAND --help` explains a command; `-h` is short. Exit codes: `hookwright plan --help`.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command_line;

    /// All commands, by their whole names.
    fn names(command: &Command, path: &str, found: &mut Vec<String>) {
        for inner in command.get_subcommands() {
            let name = format!("{path}{}", inner.get_name());
            names(inner, &format!("{name} "), found);
            found.push(name);
        }
    }

    #[test]
    fn every_command_has_its_place_and_examples() {
        let program = command_line();
        let mut all = Vec::new();
        names(&program, "", &mut all);
        all.retain(|name| !matches!(name.as_str(), "version" | "help"));
        for name in &all {
            let first = name.split(' ').next().unwrap_or_default();
            let groups = GROUPS.iter().map(|(_, names)| *names).chain([TOGETHER.0]);
            let places = groups.flatten().filter(|known| **known == first).count();
            assert_eq!(places, 1, "{name} stands in {places} groups");
            assert!(
                EXAMPLES.iter().any(|[known, ..]| known == name),
                "{name} has no examples"
            );
        }
        for [name, ..] in EXAMPLES {
            assert!(
                all.iter().any(|known| known == name),
                "{name} is no command"
            );
        }
    }

    #[test]
    fn every_example_is_a_command_line() {
        for example in EXAMPLES.iter().flat_map(|[_, examples @ ..]| examples) {
            let typed = example
                .split([' '])
                .take_while(|word| !matches!(*word, "<" | ">"));
            let typed: Vec<String> = typed
                .map(|word| word.trim_matches(['\'', '"']).to_owned())
                .collect();
            let parsed = command_line()
                .try_get_matches_from([&["hookwright".to_owned()], &typed[..]].concat());
            // The digest stands for one.
            assert!(
                parsed.is_ok() || example.contains("SHA256"),
                "{example}: {:?}",
                parsed.err()
            );
        }
    }
}
