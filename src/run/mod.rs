//! What all commands have in common, as a library: open a session, read the live state, settle a plan, approve it,
//! apply it, prove it.
//!
//! Here plan, provider, probe, delivery and apply meet. This module must not know arguments, output formats, the
//! terminal or exit codes.

mod apply;
mod chosen;
mod connect;
mod drifted;
mod environment;
mod evidence;
mod keeper;
mod keeping;
mod listed;
mod outcome;
mod policies;
mod radius;
mod session;

pub use apply::{Attend, Unattended, apply};
pub use connect::{Connected, Way};
pub use drifted::{DriftResult, DriftedEnvironment};
pub use environment::EnvironmentView;
pub use evidence::Look;
pub use keeper::{KeepSecrets, Kept};
pub use listed::{ListResult, ListedEnvironment, ListedWebhook, Standing};
pub use outcome::{
    AppliedEnvironment, Outcome, PlannedEnvironment, Proof, Watched, WatchedOutcome, outcome,
};
pub use policies::Policies;
pub use radius::BlastRadius;
pub use session::{Counted, Drafts, NotProbed, ProbeReceivers, Probing, Session, live};

/// An error with its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(&format!(": {next}"));
        cause = next.source();
    }
    text
}
