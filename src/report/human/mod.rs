//! Text for people.
//!
//! Everything is written with ANSI styles; whoever owns the stream strips them where they do not
//! belong. Nothing depends on colour: signs and words say it all.

mod after;
mod applied;
#[cfg(feature = "archive")]
mod archived;
mod asked;
mod checkup;
mod commented;
mod diagnostics;
mod drift;
mod emission;
mod environment;
mod excerpt;
mod history;
mod layout;
mod leftovers;
mod listed;
mod operation;
mod plan;
mod policies;
mod probed;
mod replay;
mod signature;
mod stats;
mod takeover;
mod text;
mod watched;

pub use applied::{applied, applied_summary};
#[cfg(feature = "parquet")]
pub use archived::imported_archive;
#[cfg(feature = "archive")]
pub use archived::{compacted, verified_archive};
pub use asked::{asked_replay, to_be_asked};
pub use checkup::checkup;
pub use commented::commented;
pub use diagnostics::{checked, codes, diagnostics, explained};
pub use drift::drift;
pub use emission::emitted;
pub use history::{DeliveryLayout, deliveries, delivery_head, kept, lost, span, unread};
pub(super) use history::{deliveries_of, length, time, zone_name};
pub use layout::{diffs, layouts};
pub use leftovers::leftovers;
pub use listed::listed;
pub use plan::{PlanLayout, plan, summaries, summary};
pub use policies::tested_rules;
pub use probed::probed;
pub use replay::{replayed, to_be_replayed};
pub use signature::verified;
pub use stats::stats;
pub(super) use stats::{reason_text, share, unknown};
pub use takeover::{taken, taken_over};
pub use text::{clean, error, hints};
pub use watched::watched;
