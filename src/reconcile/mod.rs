//! The service that looks at environments again and again, and says, or mends, what differs.
//!
//! It decides when, and says what state things are in; what a round does is [`crate::run`]'s. Here are the conditions of an
//! environment ([`Conditions`]), when the next round is due ([`Timetable`]), what a round comes to ([`judge`]), what is kept
//! over restarts ([`Kept`]), what others see of it all ([`Desk`]), and whether they know the shared secret ([`Authority`]).

mod authority;
mod condition;
mod desk;
#[cfg(feature = "serve")]
pub mod http;
mod judge;
mod kept;
#[cfg(feature = "serve")]
mod metrics;
mod status;
#[cfg(test)]
mod tests;
mod timetable;

pub use authority::{Asked, Authority, NotAuthorized, Sender};
pub use condition::{Change, Condition, ConditionKind, Conditions, Reason, Verdict};
pub use desk::{Desk, UnknownEnvironment, Waiting, Work};
pub use judge::{Done, Judged, Seen, judge};
pub use kept::{Kept, KeptEnvironment, KeptError, KeptPause, Writes};
#[cfg(feature = "serve")]
pub use metrics::Metrics;
pub use status::{
    Cause, Counts, EnvironmentRound, EnvironmentStatus, ManifestStatus, Paused, PausedBy, Round,
    RoundId, Status,
};
pub use timetable::{Ended, Timetable};
