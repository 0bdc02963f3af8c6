//! The formats that can be asked for, and which commands have them.

use clap::ValueEnum;

use super::Command;
use crate::report::PlanFormat;

/// The format that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wanted {
    /// For people
    Text,
    /// For programs: one document, whatever happens
    Json,
    /// `history` alone: one line for each delivery, with the API's field names
    Jsonl,
    /// `history` alone: a table, for spreadsheets
    Csv,
    /// `validate`, `plan`, `apply` and `drift`: a GitHub workflow's annotations, and the step's summary
    /// and outputs
    Github,
    /// `validate` alone: a code quality report, for GitLab's merge requests
    Gitlab,
    /// `validate` alone: SARIF 2.1.0, for code scanning
    Sarif,
    /// `plan`, `show` and `drift`: for comments on pull and merge requests, within GitHub's length
    Markdown,
    /// `plan`, `show` and `history stats`: one page that needs nothing else
    Html,
}

impl Wanted {
    /// The format of everything that is not the result it was made for.
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Json => Format::Json,
            Self::Text
            | Self::Jsonl
            | Self::Csv
            | Self::Github
            | Self::Gitlab
            | Self::Sarif
            | Self::Markdown
            | Self::Html => Format::Text,
        }
    }

    /// The commands that have it, where this one does not.
    pub(crate) fn others_than(self, command: &Command) -> Option<&'static str> {
        let (only, has) = match self {
            Self::Text | Self::Json => return None,
            Self::Jsonl | Self::Csv => ("`history`", matches!(command, Command::History(_))),
            Self::Github => (
                "`validate`, `plan`, `apply` or `drift`",
                matches!(
                    command,
                    Command::Validate(_) | Command::Plan(_) | Command::Apply(_) | Command::Drift(_)
                ),
            ),
            Self::Gitlab | Self::Sarif => ("`validate`", matches!(command, Command::Validate(_))),
            Self::Markdown => (
                "`plan`, `show` and `drift`",
                matches!(
                    command,
                    Command::Plan(_) | Command::Show(_) | Command::Drift(_)
                ),
            ),
            Self::Html => (
                "`plan`, `show` and `history stats`",
                matches!(
                    command,
                    Command::Plan(_) | Command::Show(_) | Command::History(_)
                ),
            ),
        };
        (!has).then_some(only)
    }

    /// The format of a plan. Those that are for other commands were refused before.
    pub(crate) fn of_plan(self) -> PlanFormat {
        match self {
            Self::Json => PlanFormat::Json,
            Self::Markdown => PlanFormat::Markdown,
            Self::Html => PlanFormat::Html,
            Self::Text | Self::Jsonl | Self::Csv | Self::Github | Self::Gitlab | Self::Sarif => {
                PlanFormat::Text
            }
        }
    }
}

/// The formats that every command has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: one document, whatever happens.
    Json,
}
