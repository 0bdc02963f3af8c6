//! hookwright: a declarative reconciler for webhook configurations.
//!
//! **Desired state and live state go in, a plan comes out as data, and only then does anything touch
//! the network.**
//!
//! - [`model`] has the nouns. [`diagnostic`] describes what is wrong with a manifest, and where.
//! - [`manifest`] reads manifests into desired state.
//! - [`plan`] compares desired with live state, orders the steps and guards against accidents.
//! - [`net`] sends requests, and again where that does no harm. [`provider`] reads and writes webhooks over it.
//! - [`apply`] carries a plan out; [`report`] shows plans and results.
//! - [`run`] is all of that as a library: from a manifest to a proven apply.
//! - [`lock`] keeps two runs from working on one environment at once.
//! - [`saved`] keeps a plan in a file, until it is applied as it was reviewed.
//! - [`simulator`] is a provider's API as a state machine: a sandbox without an account.
//! - [`delivery`] has what is sent, how it is signed, the records of the request history, what they come to,
//!   and an archive of them.
//! - `probe` sends signed events to receivers, and says what came back.
//! - [`takeover`] declares what is already live.
//! - [`forge`] writes a comment on a pull request.
//! - [`notify`] tells a webhook of the user's own what a run came to.
//! - [`leftovers`] finds what scripts left behind.

#[macro_use]
mod providers;

pub mod apply;
#[cfg(feature = "cli")]
pub mod cli;
pub mod delivery;
pub mod diagnostic;
#[cfg_attr(
    not(feature = "cli"),
    allow(
        dead_code,
        unused_imports,
        reason = "the program reads more than the simulator"
    )
)]
mod files;
pub mod forge;
#[cfg(feature = "archive")]
pub mod history;
mod json;
pub mod leftovers;
pub mod lock;
pub mod manifest;
pub mod model;
pub mod net;
pub mod notify;
pub mod plan;
pub mod policy;
#[cfg(feature = "probe")]
pub mod probe;
pub mod provider;
pub mod reconcile;
pub mod report;
pub mod run;
pub mod saved;
pub mod simulator;
pub mod takeover;
