//! The document of `comment`.

use schemars::JsonSchema;
use serde::Serialize;

use super::Document;
use crate::{forge::Done, report::Commented, run::Outcome};

/// What came of a comment on a pull request.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CommentedBody {
    /// What was done.
    action: Action,
    /// The number of the pull request.
    number: u64,
    /// Which comment it is.
    name: String,
    /// Where people see it; null where there is none, or the forge does not say.
    url: Option<String>,
    /// Whether what was to be said is of another commit than the newest of the pull request.
    outdated: bool,
    /// How many more comments of this name there were, which are marked as outdated.
    doubles: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Action {
    /// There was none; now there is one.
    Created,
    /// It says something else now.
    Updated,
    /// It says what it is to say already.
    Unchanged,
    /// There is none, and nothing to say.
    NothingToSay,
    /// It speaks of the newest commit, and this run of an older one.
    NewerThere,
}

/// The document of `comment`.
pub fn commented(commented: &Commented<'_>, outcome: Outcome) -> Document<CommentedBody> {
    let Commented {
        place: _, // In other words below.
        number,
        name,
        posted,
    } = commented;
    Document::new(
        outcome,
        CommentedBody {
            action: match posted.done {
                Done::Created => Action::Created,
                Done::Updated => Action::Updated,
                Done::Unchanged => Action::Unchanged,
                Done::NothingToSay => Action::NothingToSay,
                Done::NewerThere => Action::NewerThere,
            },
            number: *number,
            name: (*name).to_owned(),
            url: posted.url.clone(),
            outdated: posted.outdated,
            doubles: posted.doubles,
        },
    )
}
