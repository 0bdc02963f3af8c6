//! Policies: a user's own rules over a plan, beside the guards.
//!
//! A rule is an expression in [CEL](https://cel.dev) over a versioned [`Input`], which is a pure projection of a plan
//! (`projection`). What it costs to compile and to evaluate one is bounded, and whatever cannot be evaluated is
//! against the plan, and says why. [`judge`] gives what rules say of a plan as data; what follows is the planner's.
//!
//! `expression` alone knows the engine. This module must not know providers, I/O, the clock or the terminal: what time it
//! is, is in the input.

mod expression;
mod input;
mod judge;
mod projection;
mod rule;
mod shape;
mod tested;

pub use expression::{Expression, Fault, LONGEST};
pub use input::{
    Blast, Change, Counts, Coverage, Declared, Environment, FORMAT_VERSION, Input, InvalidInput,
    Operation, Traffic, Webhook, Webhooks,
};
pub use judge::judge;
pub use projection::{Setting, input};
pub use rule::{Exception, Rule, RuleTest, Scope};
pub use tested::{Tested, run_test};

#[cfg(test)]
mod tests;
