//! A simulator that knows who asks.

use crate::simulator::state::Simulator;

/// A simulator that is asked by somebody whom it knows.
pub(super) struct Served<'s>(pub(super) &'s Simulator);
