//! All integration tests: one binary, so that a small machine links once.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it stands"
)]

mod cmd_audit;
mod cmd_plan;
mod conformance;
mod faults;
mod planner;
mod readme;
mod support;
