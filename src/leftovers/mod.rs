//! What scripts left behind: live webhooks that nobody declares and nothing arrives at.
//!
//! [`find`] looks at the live webhooks of all environments, at what the plan says of them and at the
//! request history, and proposes tombstones, each with the evidence. It proposes nothing that is
//! declared, protected, or accepted an event within the window; and as a tombstone deletes every
//! webhook of its name, in every environment, it is proposed only where all of them are left over.
//!
//! This module must not know providers' HTTP, files, the network, the clock or the terminal.

mod find;
mod runs;
mod traffic;

pub use find::{Evidence, Kept, Leftover, Leftovers, Looked, Proposal, WINDOW, Why, find};
pub use traffic::{Received, Traffic};
