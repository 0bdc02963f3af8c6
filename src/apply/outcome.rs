//! What became of each operation.

use crate::{model::EnvironmentName, net::Fate, provider::ProviderError};

/// What became of a plan: one outcome for each operation, in the plan's order.
#[derive(Debug)]
#[must_use]
pub struct Report {
    /// The outcomes.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// Whether every operation was applied.
    pub fn is_complete(&self) -> bool {
        self.outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Applied { .. }))
    }

    /// Whether some write took effect, or may have.
    pub fn changed_something(&self) -> bool {
        self.outcomes.iter().any(|outcome| match outcome {
            Outcome::Applied { .. } | Outcome::SecretLost { .. } | Outcome::Unknown { .. } => true,
            Outcome::Failed { error, steps_done } => {
                *steps_done > 0 || error.fate() == Fate::Processed
            }
            Outcome::Skipped { steps_done, .. } => *steps_done > 0,
        })
    }
}

/// What became of one operation.
#[derive(Debug)]
pub enum Outcome {
    /// It is done, and the provider's answer showed it.
    Applied {
        /// What was unusual about it.
        note: Option<Note>,
    },
    /// The provider refused it, could not be reached, or did something else than was asked.
    Failed {
        /// Why.
        error: ProviderError,
        /// How many of its steps were done before.
        steps_done: usize,
    },
    /// It was not tried.
    Skipped {
        /// Why not.
        because: SkipReason,
        /// How many of its steps were done before.
        steps_done: usize,
    },
    /// It was created, or its key was rotated, and the new key, which signs its deliveries, reached nobody.
    SecretLost {
        /// How.
        error: ProviderError,
    },
    /// It was sent, and what became of it could not be found out.
    Unknown {
        /// What came back.
        error: ProviderError,
    },
}

impl Outcome {
    /// The word for it, the same in every format.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Applied { .. } => "applied",
            Self::Failed { .. } => "failed",
            Self::Skipped { .. } => "skipped",
            Self::SecretLost { .. } => "secret lost",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// What was unusual about an operation that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// The answer to the create was lost; the webhook was found in the list, as it was sent.
    FoundAfterUnknown,
    /// The provider created it other than as sent; an update in the same run made it as it was sent.
    Corrected {
        /// The field that came back different, or the first of several, in the provider's spelling.
        field: &'static str,
    },
    /// The webhook to delete was gone already.
    AlreadyGone,
}

/// Why an operation was not tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// Its environment comes after this one, which was not applied, or not proven.
    After(EnvironmentName),
    /// It needs this operation, by index, which was not applied.
    Needs(usize),
    /// The run was stopped.
    Stopped,
}
