//! A simulator that knows who asks, and when.

use jiff::Timestamp;

use super::state::Simulator;

/// A simulator that is asked by somebody whom it knows. What it answers is in the providers' folders.
pub(super) struct Served<'s, C> {
    pub(super) simulator: &'s Simulator,
    pub(super) caller: &'s C,
    pub(super) now: Timestamp,
}
