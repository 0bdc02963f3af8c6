//! The clock of this machine: the only place where the program reads it.
//!
//! What counts at a provider is the provider's own time: see [`super::time`].

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};

use crate::simulator::Clock;

/// The time of the machine, for what records when it happened.
#[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
pub(crate) fn clock() -> Clock {
    Arc::new(jiff::Timestamp::now)
}

/// A moment without the fraction of its second: whole seconds will do, and are what every API reads.
pub(crate) fn whole_seconds(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}

/// The moment at which a command runs, and the zone of whoever runs it.
#[derive(Clone)]
pub(crate) struct Now {
    pub(crate) moment: Timestamp,
    pub(crate) zone: TimeZone,
}

impl Now {
    #[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
    pub(crate) fn read() -> Self {
        Self {
            moment: whole_seconds(Timestamp::now()),
            zone: TimeZone::try_system().unwrap_or(TimeZone::UTC),
        }
    }
}
