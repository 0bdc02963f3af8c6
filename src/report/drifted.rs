//! What is shown of drift.

use std::borrow::Cow;

use super::EnvironmentView;
use crate::plan::Refusal;

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

/// What comparing an environment gave.
#[derive(Debug)]
pub enum DriftResult {
    /// What has moved.
    Compared {
        /// What has moved, and who moved it.
        drift: Drift,
        /// What the guards would refuse of a plan that moves it back.
        refusals: Vec<Refusal>,
    },
    /// Guards that refuse before anything is read.
    Refused(Vec<Refusal>),
    /// The live state could not be read.
    Failed {
        /// What was attempted and what came back.
        error: String,
        /// What to do next.
        way_out: Option<Cow<'static, str>>,
    },
}

impl DriftResult {
    /// What the guards refuse.
    pub fn refusals(&self) -> &[Refusal] {
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

/// What has moved, by who moved it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// The manifest moved since the last applied plan; empty where that is not known.
    pub yours: Vec<Moved>,
    /// The live state moved away from the manifest.
    pub drift: Vec<Moved>,
    /// The provider disabled it.
    pub disabled: Vec<Moved>,
    /// It cannot be read, so nobody knows whether it is as declared.
    pub unreadable: Vec<Moved>,
    /// It is live and not ours: named, and no drift.
    pub foreign: Vec<Moved>,
}

impl Drift {
    /// Whether the live state moved, whoever moved it, or cannot be read.
    pub fn has_moved(&self) -> bool {
        !self.drift.is_empty() || !self.disabled.is_empty() || !self.unreadable.is_empty()
    }
}

/// A webhook that has moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Its key in the manifest; `None` where it has none.
    pub key: Option<String>,
    /// Its name, as it may be shown.
    pub name: String,
    /// The provider's id; `None` where it is not live.
    pub id: Option<String>,
    /// How.
    pub how: How,
    /// Whether it is known not to have been live when the last applied plan was made.
    pub is_new: bool,
}

/// How a webhook has moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// It is declared, and not live.
    Missing,
    /// It is live, and not declared.
    Extra,
    /// These of its fields cannot be read; each with what came.
    Unreadable(Vec<String>),
    /// These fields differ.
    Changed(Vec<FieldMoved>),
}

/// A field that has moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMoved {
    /// `name`, `url`, `events` or `enabled`.
    pub field: &'static str,
    /// What the manifest says.
    pub declared: FieldValue,
    /// What is live.
    pub live: FieldValue,
}

/// The value of a field, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// A name or a URL.
    Text(String),
    /// Event types.
    Events(Vec<String>),
    /// Whether it is enabled.
    Flag(bool),
    /// The provider does not report it.
    NotReported,
}
