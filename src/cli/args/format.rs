//! The formats that can be asked for, and which commands have them.

use clap::ValueEnum;

use crate::report::PlanFormat;

/// The format that is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wanted {
    /// For people
    #[default]
    Text,
    /// For people in a hurry: a line for each environment
    Summary,
    /// For programs: one document, whatever happens
    Json,
    /// One line for each delivery, with the API's field names
    Jsonl,
    /// A table, for spreadsheets
    Csv,
    /// A GitHub workflow's annotations, and the step's summary and outputs
    Github,
    /// A code quality report, for GitLab's merge requests
    Gitlab,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// A JUnit report, for CI systems
    Junit,
    /// For comments on pull and merge requests, within GitHub's length
    Markdown,
    /// One page that needs nothing else
    Html,
}

impl Wanted {
    /// The format of everything that is not the result it was made for.
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Json => Format::Json,
            _ => Format::Text,
        }
    }

    /// The formats of a command, by its whole name; none where what it prints has a form of its own.
    pub(crate) fn of(command: &str) -> &'static [Self] {
        match command {
            "plan" => &[
                Self::Text,
                Self::Summary,
                Self::Json,
                Self::Markdown,
                Self::Html,
                Self::Github,
                Self::Gitlab,
                Self::Sarif,
            ],
            "show" => &[
                Self::Text,
                Self::Summary,
                Self::Json,
                Self::Markdown,
                Self::Html,
            ],
            "apply" => &[Self::Text, Self::Json, Self::Github],
            "drift" => &[Self::Text, Self::Json, Self::Markdown, Self::Github],
            "validate" => &[
                Self::Text,
                Self::Json,
                Self::Github,
                Self::Gitlab,
                Self::Sarif,
            ],
            "policy test" => &[Self::Text, Self::Json, Self::Junit],
            "history" | "history list" => &[Self::Text, Self::Json, Self::Jsonl, Self::Csv],
            // In text, gaps are JSON lines.
            "history gaps" => &[Self::Text, Self::Json, Self::Jsonl],
            "list" => &[Self::Text, Self::Json, Self::Csv],
            "history stats" => &[Self::Text, Self::Json, Self::Html],
            "completions" | "man" | "schema" => &[],
            _ => &[Self::Text, Self::Json],
        }
    }

    /// Whether a command ends with a JSON document. What serves until it is stopped has none.
    pub(crate) fn has_document(command: &str) -> bool {
        Self::of(command).contains(&Self::Json) && command != "simulator"
    }

    /// Its name on the command line.
    pub(crate) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// The format of a plan. Those that are for other commands were refused before.
    pub(crate) fn of_plan(self) -> PlanFormat {
        match self {
            Self::Json => PlanFormat::Json,
            Self::Markdown => PlanFormat::Markdown,
            Self::Html => PlanFormat::Html,
            Self::Summary => PlanFormat::Summary,
            Self::Sarif => PlanFormat::Sarif,
            Self::Gitlab => PlanFormat::Gitlab,
            Self::Text | Self::Jsonl | Self::Csv | Self::Github | Self::Junit => PlanFormat::Text,
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
