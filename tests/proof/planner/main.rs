//! The planner's guarantees, checked by a model of the provider that shares no code with it.
//!
//! `model` runs a plan's steps one by one and looks at every state that some run can reach: whatever
//! order the dependencies allow, and whatever step fails. `pairing` says once more, on its own, which
//! live webhook a desired one is. `verify` holds a plan to all guarantees. `least` looks for a shorter way. `exhaustive` takes every small pair
//! of states, `random` large ones, `cases` those that have a name.

mod allowed;
mod cases;
mod exhaustive;
mod facts;
mod least;
mod model;
mod pairing;
mod random;
mod verify;

/// Whether to go through all that there is: see `exhaustive`.
#[expect(
    clippy::disallowed_methods,
    reason = "how much to go through is for who runs the tests"
)]
fn is_whole() -> bool {
    std::env::var("HOOKWRIGHT_EXHAUSTIVE").is_ok_and(|value| value == "all")
}
