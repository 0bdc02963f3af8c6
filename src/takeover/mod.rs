//! Live webhooks → declarations, and declarations → a manifest's text.
//!
//! [`take_over`] says how webhooks that are live can be declared so that nothing has to change: what can
//! be declared, merged over environments by meaning, and what cannot, with why. [`starter`] writes a
//! whole manifest; [`insert()`] adds to one, and touches nothing else of it.
//!
//! This module must not know providers' HTTP, plans, files, the network, environment variables, the clock
//! or the terminal.

mod address;
mod declare;
mod found;
mod insert;
mod lines;
mod merge;
mod names;
mod render;
mod starter;
mod variables;

pub use declare::{Declaration, Fields, Placement, Takeover, Token, Whole};
pub use found::{Left, Surroundings, Why};
pub use insert::{NotInserted, insert};
pub use merge::take_over;
pub use starter::{Starter, StarterEnvironment, section, starter};
