//! Whether and when a request is sent again.
//!
//! Pure: nothing here sleeps or reads the clock.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// What is known of a write that ended in an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was surely not carried out. Reads are always this.
    NotProcessed,
    /// It was surely carried out, though not as asked.
    Processed,
    /// It may have been carried out: only reading live state again can tell.
    Unknown,
}

/// Why something that is worth another attempt was not attempted again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GaveUp {
    /// All attempts are used up.
    Attempts,
    /// Waiting for another attempt would take longer than allowed.
    Time {
        /// How long the wait would be.
        wait: Duration,
        /// How long all attempts together may take.
        allowed: Duration,
    },
    /// The run was asked to stop.
    Stopped,
}

/// How often and how long a request is attempted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often it is sent, the first time included.
    pub max_attempts: u32,
    /// How long all attempts and the waits between them may take. Waiting for the rate limiter does
    /// not count: that is a matter of how much there is to do.
    pub max_elapsed: Duration,
    /// The first wait at its longest; each following one is twice as long.
    pub base: Duration,
    /// The longest wait that is not the provider's wish.
    pub cap: Duration,
    /// How waits are spread, so that clients that failed together do not come back together.
    pub jitter: Jitter,
}

/// How waits are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// Each wait is drawn between half of its length and all of it.
    Random,
    /// The same, from a seed: the same waits each time.
    Seeded(u64),
    /// Waits have their full length.
    Off,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            max_elapsed: Duration::from_secs(120),
            base: Duration::from_millis(200),
            cap: Duration::from_secs(10),
            jitter: Jitter::Random,
        }
    }
}

impl RetryPolicy {
    /// The waits between attempts.
    fn delays(&self) -> ExponentialBackoff {
        // backon adds up to as much again to a wait, so with jitter start from half.
        let scale = if self.jitter == Jitter::Off { 1 } else { 2 };
        let builder = ExponentialBuilder::new()
            .with_min_delay(self.base / scale)
            .with_max_delay(self.cap / scale)
            .without_max_times();
        match self.jitter {
            Jitter::Off => builder,
            Jitter::Random => builder.with_jitter(),
            Jitter::Seeded(seed) => builder.with_jitter().with_jitter_seed(seed),
        }
        .build()
    }
}

/// What to do about a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Nothing: it would fail again, or must not be repeated.
    Stop,
    Repeat,
    /// Look whether it was carried out, and send it again only where it was not.
    LookUp,
}

/// Decides about a failed attempt, from what is known of its fate, from whether what went wrong may pass by
/// itself, and from whether repeating it does no harm.
pub(crate) fn decide(fate: Fate, is_passing: bool, is_repeatable: bool) -> Decision {
    match fate {
        Fate::Unknown if !is_repeatable => Decision::LookUp,
        Fate::NotProcessed | Fate::Unknown if is_passing => Decision::Repeat,
        Fate::NotProcessed | Fate::Unknown | Fate::Processed => Decision::Stop,
    }
}

/// The attempts of one request, counted and timed.
#[derive(Debug)]
pub(crate) struct Course {
    max_attempts: u32,
    max_elapsed: Duration,
    delays: ExponentialBackoff,
    attempts: u32,
    spent: Duration,
}

impl Course {
    pub(crate) fn new(policy: &RetryPolicy) -> Self {
        Self {
            max_attempts: policy.max_attempts,
            max_elapsed: policy.max_elapsed,
            delays: policy.delays(),
            attempts: 0,
            spent: Duration::ZERO,
        }
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    pub(crate) fn attempted(&mut self) {
        self.attempts += 1;
    }

    /// Counts time spent on an attempt.
    pub(crate) fn spend(&mut self, time: Duration) {
        self.spent = self.spent.saturating_add(time);
    }

    /// The next wait of the backoff, and no shorter than the provider asks for; it counts as spent.
    pub(crate) fn wait(&mut self, retry_after: Option<Duration>) -> Result<Duration, GaveUp> {
        if self.attempts >= self.max_attempts {
            return Err(GaveUp::Attempts);
        }
        let delay = whole_millis(self.delays.next().unwrap_or_default());
        let wait = delay.max(retry_after.unwrap_or_default());
        if self.spent.saturating_add(wait) > self.max_elapsed {
            return Err(GaveUp::Time {
                wait,
                allowed: self.max_elapsed,
            });
        }
        self.spend(wait);
        Ok(wait)
    }
}

/// The backoff reckons in `f32`; timers have milliseconds.
fn whole_millis(delay: Duration) -> Duration {
    Duration::from_millis(delay.as_millis().try_into().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
