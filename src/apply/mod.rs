//! A plan → requests: walks the steps, as many at once as their dependencies allow.
//!
//! Nothing is decided here. A step begins when all it depends on has succeeded; one that fails takes
//! down what depends on it and nothing else; every operation ends with its true outcome.
//!
//! This module must not know manifests or output formats.

pub mod audit;
mod outcome;
mod run;

pub use crate::net::Stop;
pub use outcome::{Note, Outcome, Report, SkipReason};
pub use run::{Approved, Event, NoSecret, NotApproved, Pace, Watch, apply};
