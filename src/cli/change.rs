//! What is known of the change that asks for a plan.

use super::{audit, surroundings};
use crate::policy::Change;

/// The change, as far as the CI system tells.
pub(crate) fn change() -> Change {
    let (_, commit) = audit::from_environment();
    Change {
        commit: surroundings::variable("HOOKWRIGHT_COMMIT").or(commit),
        ..Change::default()
    }
}
