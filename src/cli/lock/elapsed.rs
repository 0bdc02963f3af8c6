//! How much time has passed, also while the process was stopped or the machine was asleep.

use std::time::Duration;

use tokio::time::Instant;

/// A moment, by clocks that nobody sets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Stands still while a machine sleeps.
    running: Instant,
    /// Goes on meanwhile; the wall clock where there is no such clock.
    passing: Duration,
}

impl Moment {
    pub(super) fn now() -> Self {
        Self {
            running: Instant::now(),
            passing: passing(),
        }
    }

    /// How much time has passed since: the most that any of the clocks says.
    pub(super) fn elapsed(self) -> Duration {
        // A wall clock may be set back: then nothing is certain.
        self.running.elapsed().max(passing().abs_diff(self.passing))
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn passing() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let now = clock_gettime(ClockId::Boottime);
    Duration::try_from(now).unwrap_or_default()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
fn passing() -> Duration {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default()
}
