//! What comes of comparing what is live with what is declared.

use super::{EnvironmentView, Outcome};
use crate::{
    plan::{Refusal, Shown},
    saved::Drift,
};

/// An environment, and how its live state is from what the manifest says.
#[derive(Debug)]
pub struct DriftedEnvironment {
    /// The environment.
    pub environment: EnvironmentView,
    /// Whether it is known what was applied there last: where not, nobody knows who moved what differs.
    pub is_applied_known: bool,
    /// What comparing gave.
    pub result: DriftResult,
}

impl DriftedEnvironment {
    /// How comparing it ended.
    pub fn outcome(&self) -> Outcome {
        match &self.result {
            DriftResult::Failed { .. } => Outcome::Failed,
            DriftResult::Refused(_) => Outcome::Refused,
            DriftResult::Compared { drift, .. } if drift.is_drift() => Outcome::Changes,
            DriftResult::Compared { refusals, .. } if !refusals.is_empty() => Outcome::Refused,
            DriftResult::Compared { .. } => Outcome::Nothing,
        }
    }

    /// What comparing several came to. What could not be looked at comes first; what has moved comes before what
    /// is only refused to be moved back.
    pub fn worst(all: &[Self]) -> Outcome {
        let unread = all.iter().filter(|one| one.result.drift().is_none());
        let outcome = Outcome::worst(unread.map(Self::outcome));
        let outcomes = || all.iter().map(Self::outcome);
        match outcome {
            Outcome::Nothing if outcomes().any(|outcome| outcome == Outcome::Changes) => {
                Outcome::Changes
            }
            Outcome::Nothing => Outcome::worst(outcomes()),
            outcome => outcome,
        }
    }
}

/// What comparing an environment gave.
#[derive(Debug)]
pub enum DriftResult {
    /// What has moved.
    Compared {
        /// What has moved, and who moved it.
        drift: Drift,
        /// What the guards would refuse of a plan that moves it back.
        refusals: Vec<Refusal<Shown>>,
    },
    /// Guards that refuse before anything is read.
    Refused(Vec<Refusal<Shown>>),
    /// The live state could not be read.
    Failed {
        /// What was attempted and what came back.
        error: String,
        /// What to do next.
        way_out: Option<String>,
    },
}

impl DriftResult {
    /// What the guards refuse.
    pub fn refusals(&self) -> &[Refusal<Shown>] {
        match self {
            Self::Compared { drift: _, refusals } | Self::Refused(refusals) => refusals,
            Self::Failed { .. } => &[],
        }
    }

    /// What has moved, where that is known.
    pub fn drift(&self) -> Option<&Drift> {
        match self {
            Self::Compared { drift, refusals: _ } => Some(drift),
            Self::Refused(_) | Self::Failed { .. } => None,
        }
    }
}
