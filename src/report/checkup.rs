//! What a checkup of an environment found.

use super::EnvironmentView;

/// What a checkup of an environment found.
#[derive(Debug)]
pub struct CheckedUp {
    /// The environment.
    pub environment: EnvironmentView,
    /// What was looked at.
    pub checks: Vec<Check>,
}

impl CheckedUp {
    /// How many checks ended like this.
    pub fn count(&self, mark: Mark) -> usize {
        self.checks.iter().filter(|one| one.mark == mark).count()
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What; a stable name in JSON.
    pub name: &'static str,
    /// How it is.
    pub mark: Mark,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub way_out: Option<String>,
}

impl Check {
    /// Something that is as it should be.
    pub fn passed(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            mark: Mark::Passed,
            found: found.into(),
            way_out: None,
        }
    }

    /// Something that works, and may not for long.
    pub fn warned(
        name: &'static str,
        found: impl Into<String>,
        way_out: impl Into<String>,
    ) -> Self {
        Self {
            mark: Mark::Warned,
            way_out: Some(way_out.into()),
            ..Self::passed(name, found)
        }
    }

    /// Something by which events are lost, or nothing works.
    pub fn failed(
        name: &'static str,
        found: impl Into<String>,
        way_out: impl Into<String>,
    ) -> Self {
        Self {
            mark: Mark::Failed,
            ..Self::warned(name, found, way_out)
        }
    }
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// As it should be.
    Passed,
    /// It works, and may not for long.
    Warned,
    /// It does not.
    Failed,
}

impl Mark {
    /// The mark as it is shown, and stands in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Failed => "failed",
        }
    }
}
