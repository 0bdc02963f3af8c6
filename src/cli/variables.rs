//! Variables that stand for flags.
//!
//! One that is set to nothing counts as one that is not set: pipelines set `HOOKWRIGHT_ENVIRONMENT: ""` where
//! they have nothing to say. That holds for every flag of every command, as it is done to the command line as a
//! whole, before it is parsed.

use std::ffi::OsStr;

use clap::{Arg, Command};

/// The command line, without the variables that are set to nothing.
pub(super) fn without_empty(command: Command, is_empty: impl Fn(&OsStr) -> bool) -> Command {
    each_flag(command, &|arg| match arg.get_env() {
        Some(name) if is_empty(name) => arg.env(None::<&'static str>),
        _ => arg,
    })
}

/// Whether a variable is set to nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
pub(super) fn is_empty(name: &OsStr) -> bool {
    std::env::var_os(name).is_some_and(|value| value.is_empty())
}

/// Changes every flag of a command and of all commands below it.
pub(super) fn each_flag(command: Command, change: &dyn Fn(Arg) -> Arg) -> Command {
    command
        .mut_args(change)
        .mut_subcommands(|below| each_flag(below, change))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::program::command_line;

    /// The flags that a variable stands for, each with its command.
    fn with_variables(command: &Command, path: &str, found: &mut Vec<String>) {
        let path = format!("{path} {}", command.get_name());
        for arg in command.get_arguments() {
            if let Some(name) = arg.get_env() {
                found.push(format!("{path} {}", name.display()));
            }
        }
        for below in command.get_subcommands() {
            with_variables(below, &path, found);
        }
    }

    fn listed(command: &Command) -> Vec<String> {
        let mut found = Vec::new();
        with_variables(command, "", &mut found);
        found
    }

    #[test]
    fn no_flag_of_any_command_sees_an_empty_variable() {
        let all = listed(&command_line());
        let has = |command: &str| all.iter().any(|flag| flag.contains(command));
        assert!(has(" hookwright HOOKWRIGHT_"), "{all:?}");
        assert!(has(" history sync HOOKWRIGHT_"), "{all:?}");
        assert_eq!(
            listed(&without_empty(command_line(), |_| true)),
            Vec::<String>::new()
        );
    }

    #[test]
    fn flags_keep_variables_that_say_something() {
        let all = listed(&command_line());
        assert_eq!(listed(&without_empty(command_line(), |_| false)), all);
        let but_format = without_empty(command_line(), |name| name == "HOOKWRIGHT_FORMAT");
        let mut expected = all.clone();
        expected.retain(|flag| !flag.ends_with(" HOOKWRIGHT_FORMAT"));
        assert_eq!(listed(&but_format), expected);
        assert_eq!(all.len(), expected.len() + 1);
    }
}
