//! The parts of the reference that are made from the program. Stale ones fail here; `BLESS=1` writes them anew.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use clap::{Arg, ArgAction, Command};
use hookwright::simulator::{FaultRule, Quirks};
use serde_json::Value;

use crate::support::Workspace;

/// Compares what stands in a page between a marker and the next end with what was made.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a test reads how it is run")]
pub(crate) fn is_fresh(page: &str, marker: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(page);
    let text = fs::read_to_string(&path).unwrap();
    let begin = format!("<!-- {marker} -->\n");
    let (before, rest) = text.split_once(&begin).expect("the page has the marker");
    let (shown, after) = rest
        .split_once("<!-- end -->")
        .expect("the part has an end");
    let made = format!("\n{}\n\n", made.trim());
    if shown == made {
        return;
    }
    assert!(
        std::env::var("BLESS").is_ok_and(|value| value == "1"),
        "docs/{page} is stale: run `BLESS=1 cargo test --test it reference`"
    );
    fs::write(&path, format!("{before}{begin}{made}<!-- end -->{after}")).unwrap();
}

/// A text as a cell of a table.
pub(crate) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn table<'a>(heads: [&str; 2], rows: impl IntoIterator<Item = (String, &'a str)>) -> String {
    let mut table = format!("| {} | {} |\n|---|---|\n", heads[0], heads[1]);
    for (name, text) in rows {
        writeln!(table, "| {} | {} |", cell(&name), cell(text)).unwrap();
    }
    table
}

#[test]
fn faults_and_quirks_are_those_of_the_simulator() {
    let faults = FaultRule::FAULTS.iter();
    let faults = faults.map(|(usage, does)| (format!("`{usage}`"), *does));
    is_fresh("simulator.md", "faults", &table(["fault", "does"], faults));
    let quirks = Quirks::KEYS.iter().map(|quirk| {
        // Some are described: a number has no list.
        let values = quirk.allowed.iter().map(|value| match value.contains(' ') {
            true => (*value).to_owned(),
            false => format!("`{value}`"),
        });
        let values = values.collect::<Vec<_>>().join(", ");
        (
            format!("`{}`", quirk.key),
            format!("{} {values}", quirk.doc),
        )
    });
    let quirks: Vec<_> = quirks.collect();
    let rows = quirks
        .iter()
        .map(|(key, does)| (key.clone(), does.as_str()));
    is_fresh(
        "simulator.md",
        "quirks",
        &table(["switch", "decides, and takes"], rows),
    );
}

#[test]
fn exit_codes_are_those_of_the_help() {
    let help = Workspace::new().run(&["plan", "--help"]).code(0).stdout;
    let (_, codes) = help.split_once("Exit codes:\n").unwrap();
    let mut rows: Vec<(String, String)> = Vec::new();
    for line in codes.lines() {
        let (code, text) = line.split_at(line.len().min(6));
        match (code.trim(), rows.last_mut()) {
            ("", Some((_, before))) => *before += &format!(" {}", text.trim()),
            (code, _) => rows.push((code.to_owned(), text.trim().to_owned())),
        }
    }
    let rows = rows
        .iter()
        .map(|(code, text)| (code.clone(), text.as_str()));
    is_fresh(
        "exit-codes.md",
        "exit codes",
        &table(["exit", "means"], rows),
    );
}

/// How an argument is typed.
fn typed(argument: &Arg) -> String {
    let values: Vec<&str> = argument
        .get_value_names()
        .unwrap_or_default()
        .iter()
        .map(|name| name.as_str())
        .collect();
    let takes_value = argument
        .get_num_args()
        .is_some_and(|range| range.takes_values());
    let value = match takes_value {
        true => format!(" <{}>", values.join("> <")),
        false => String::new(),
    };
    match (argument.get_short(), argument.get_long()) {
        (Some(short), Some(long)) => format!("`-{short}`, `--{long}{value}`"),
        (None, Some(long)) => format!("`--{long}{value}`"),
        (Some(short), None) => format!("`-{short}{value}`"),
        (None, None) => format!("`{}`", value.trim()),
    }
}

/// What an argument does, with its values and its default.
fn described(argument: &Arg) -> String {
    let help = argument.get_long_help().or(argument.get_help());
    let mut text = help
        .map(ToString::to_string)
        .unwrap_or_default()
        .replace("\n\n", " ");
    let is_switch = matches!(argument.get_action(), ArgAction::SetTrue | ArgAction::Count);
    let shown = argument.get_possible_values();
    let values: Vec<_> = shown.iter().filter(|value| !value.is_hide_set()).collect();
    if !values.is_empty() && !is_switch && !argument.is_hide_possible_values_set() {
        let names: Vec<String> = values
            .iter()
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        write!(text, ". One of {}", names.join(", ")).unwrap();
    }
    let defaults: Vec<_> = argument
        .get_default_values()
        .iter()
        .filter_map(|value| value.to_str())
        .collect();
    if !defaults.is_empty() && !is_switch {
        write!(text, " [default: `{}`]", defaults.join(" ")).unwrap();
    }
    text
}

/// The commands of the program, each with its whole name, in the order of the help.
fn commands() -> Vec<(String, Command)> {
    fn visit(command: &Command, name: &str, found: &mut Vec<(String, Command)>) {
        for inner in command
            .get_subcommands()
            .filter(|inner| !inner.is_hide_set())
        {
            let name = format!("{name}{}", inner.get_name());
            if matches!(inner.get_name(), "help" | "version") {
                continue;
            }
            found.push((name.clone(), inner.clone()));
            visit(inner, &format!("{name} "), found);
        }
    }
    let mut found = Vec::new();
    visit(&program(), "", &mut found);
    found
}

/// The command line, with what clap adds to it.
fn program() -> Command {
    let mut program = hookwright::cli::command_line();
    program.build();
    program
}

/// The arguments of a command that people see, but for those that all commands have.
fn own_arguments(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|argument| {
        !argument.is_hide_set()
            && !argument.is_global_set()
            && !matches!(argument.get_id().as_str(), "help" | "version")
    })
}

#[test]
fn commands_are_those_of_the_program() {
    let mut page = String::new();
    let program = program();
    let global = program
        .get_arguments()
        .filter(|argument| argument.is_global_set());
    let rows: Vec<_> = global
        .map(|argument| (typed(argument), described(argument)))
        .collect();
    page += "## Global flags\n\n";
    page += &table(
        ["flag", "does"],
        rows.iter()
            .map(|(flag, text)| (flag.clone(), text.as_str())),
    );
    for (name, mut command) in commands() {
        let about = command.get_long_about().or(command.get_about());
        let about = about.map(ToString::to_string).unwrap_or_default();
        let usage = command.render_usage().to_string().replace("Usage: ", "");
        write!(
            page,
            "\n## {name}\n\n{about}\n\n```text\n{}\n```\n",
            usage.trim()
        )
        .unwrap();
        let rows: Vec<_> = own_arguments(&command)
            .map(|argument| (typed(argument), described(argument)))
            .collect();
        if !rows.is_empty() {
            page.push('\n');
            page += &table(
                ["argument", "does"],
                rows.iter()
                    .map(|(flag, text)| (flag.clone(), text.as_str())),
            );
        }
    }
    is_fresh("commands.md", "commands", &page);
}

#[test]
fn variables_are_those_of_the_flags() {
    let mut variables: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    let mut note = |argument: &Arg, whose: &str| {
        if let Some(variable) = argument.get_env().and_then(|name| name.to_str()) {
            let known = variables
                .entry(variable.to_owned())
                .or_insert((typed(argument), Vec::new()));
            // One that meant something else to each command could not be set for both.
            assert_eq!(known.0, typed(argument), "{variable} of {whose}");
            known.1.push(whose.to_owned());
        }
    };
    for argument in program().get_arguments() {
        note(argument, "all commands");
    }
    for (name, command) in commands() {
        for argument in own_arguments(&command) {
            note(argument, &format!("`{name}`"));
        }
    }
    let rows: Vec<_> = variables.into_iter().collect();
    let rows = rows.iter().map(|(variable, (flag, whose))| {
        (
            format!("`{variable}`"),
            format!("{flag} of {}", whose.join(", ")),
        )
    });
    let rows: Vec<_> = rows.collect();
    let rows = rows
        .iter()
        .map(|(variable, text)| (variable.clone(), text.as_str()));
    is_fresh(
        "environment-variables.md",
        "variables",
        &table(["variable", "is the flag"], rows),
    );
}

/// The part of the schema that a reference leads to.
fn resolved<'s>(schema: &'s Value, part: &'s Value) -> &'s Value {
    let alternatives = ["anyOf", "oneOf"]
        .iter()
        .filter_map(|key| part[*key].as_array())
        .flatten();
    let mut references = alternatives
        .chain([part])
        .filter_map(|part| part["$ref"].as_str());
    match references.next() {
        Some(reference) => schema.pointer(reference.trim_start_matches('#')).unwrap(),
        None => part,
    }
}

fn first_paragraph(part: &Value) -> &str {
    let text = part["description"].as_str().unwrap_or_default();
    text.split("\n\n").next().unwrap_or_default()
}

/// Writes the keys of a part, and of the parts below it.
fn keys(schema: &Value, part: &Value, path: &str, rows: &mut Vec<(String, String)>) {
    let inner = part["additionalProperties"]
        .is_object()
        .then_some(&part["additionalProperties"]);
    for (key, value) in part["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}{key}");
        let aim = resolved(schema, value);
        let text = match first_paragraph(value) {
            "" => first_paragraph(aim),
            text => text,
        };
        rows.push((format!("`{path}`"), text.to_owned()));
        // The overrides of a webhook have the keys of the webhook.
        if !path.ends_with("NAME.environments") {
            keys(schema, aim, &format!("{path}."), rows);
        }
    }
    if let Some(inner) = inner {
        keys(
            schema,
            resolved(schema, inner),
            &format!("{path}NAME."),
            rows,
        );
    }
}

#[test]
fn keys_are_those_of_the_schema() {
    let printed = Workspace::new().run(&["schema", "manifest"]).code(0).stdout;
    let schema: Value = serde_json::from_str(&printed).unwrap();
    let mut rows = Vec::new();
    keys(&schema, &schema, "", &mut rows);
    assert!(rows.len() > 40, "{rows:?}");
    let rows = rows.iter().map(|(key, text)| (key.clone(), text.as_str()));
    is_fresh("manifest.md", "keys", &table(["key", "means"], rows));
}
