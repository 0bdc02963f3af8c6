//! The service that looks at environments again and again, and says, or mends, what differs.
//!
//! It decides when, and says what state things are in; what a round does is [`crate::run`]'s. Here are the conditions of an
//! environment ([`Conditions`]), when the next round is due ([`Timetable`]), what a round comes to ([`judge`]), what is kept
//! over restarts ([`Kept`]), and what others see of it all ([`Desk`]).

mod condition;
mod desk;
mod judge;
mod kept;
mod status;
mod timetable;

pub use condition::{Change, Condition, ConditionKind, Conditions, Reason, Verdict};
pub use desk::{Desk, UnknownEnvironment, Waiting, Work};
pub use judge::{Done, Judged, Seen, judge};
pub use kept::{Kept, KeptEnvironment, KeptError, KeptPause, Writes};
pub use status::{
    Cause, Counts, EnvironmentRound, EnvironmentStatus, ManifestStatus, Paused, PausedBy, Round,
    RoundId, Status,
};
pub use timetable::{Ended, Timetable};
