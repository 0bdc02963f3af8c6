//! Keeping to a provider's rate limit: never more than so many requests in any 60 seconds.

use std::{
    collections::VecDeque,
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// The span over which providers count.
const WINDOW: Duration = Duration::from_secs(60);

/// A sliding window over the requests of one access secret.
///
/// Providers count per access secret, over all endpoints together: everything that uses one secret
/// shares one limiter. There is no burst beyond the limit after idling, as a bucket of tokens would
/// allow. Permits are given in the order in which they were asked for; giving up a wait costs nothing.
#[derive(Debug)]
pub struct RateLimiter {
    per_minute: usize,
    /// Its queue is the queue of those who wait: tokio's mutex is fair.
    turn: tokio::sync::Mutex<()>,
    window: Mutex<Window>,
}

#[derive(Debug, Default)]
struct Window {
    /// When the permits of the last 60 seconds were given, oldest first.
    given: VecDeque<Instant>,
    paused_until: Option<Instant>,
}

impl RateLimiter {
    /// At most `permits` requests in any 60 seconds.
    pub fn per_minute(permits: NonZeroU32) -> Self {
        Self {
            per_minute: permits.get().try_into().unwrap_or(usize::MAX),
            turn: tokio::sync::Mutex::default(),
            window: Mutex::default(),
        }
    }

    /// A share, between 0 and 1, of a limit, and at least one request a minute: the rest
    /// is left to what else uses the same secret.
    pub fn share_of(requests_per_minute: u32, share: f64) -> Self {
        let permits = f64::from(requests_per_minute) * share.clamp(0.0, 1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and a u32"
        )]
        let permits = NonZeroU32::new(permits as u32).unwrap_or(NonZeroU32::MIN);
        Self::per_minute(permits)
    }

    /// How many requests it lets through in 60 seconds.
    pub fn limit(&self) -> u32 {
        u32::try_from(self.per_minute).unwrap_or(u32::MAX)
    }

    /// Waits until another request may be sent, and counts it as sent.
    ///
    /// Safe to cancel: who gives up waiting has used no permit.
    pub async fn acquire(&self) {
        self.acquire_telling(|_| ()).await;
    }

    /// [`Self::acquire`], and tells until when it waits, each time it begins to.
    pub(crate) async fn acquire_telling(&self, told: impl Fn(Instant)) {
        let _turn = self.turn.lock().await;
        // A pause may come while waiting, so look again after each wait.
        while let Some(free) = self.take() {
            tracing::debug!(wait = ?free - Instant::now(), "waiting for the rate limit");
            told(free);
            tokio::time::sleep_until(free).await;
        }
    }

    /// When the next request may be sent; `None` for at once. Those who wait already come first.
    pub fn next_free(&self) -> Option<Instant> {
        self.window().next_free(Instant::now(), self.per_minute)
    }

    /// How many requests it has let through in the last 60 seconds.
    pub fn used(&self) -> u32 {
        let mut window = self.window();
        let _ = window.next_free(Instant::now(), self.per_minute);
        u32::try_from(window.given.len()).unwrap_or(u32::MAX)
    }

    /// Lets no request through for this long: the provider asked to wait.
    pub fn pause_for(&self, wait: Duration) {
        // A wait beyond what the clock can express is for ever; callers refuse long ones before.
        let Some(until) = Instant::now().checked_add(wait) else {
            return;
        };
        let mut window = self.window();
        window.paused_until = window.paused_until.max(Some(until));
    }

    /// Takes a permit, or says when to ask again.
    fn take(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut window = self.window();
        let free = window.next_free(now, self.per_minute);
        if free.is_none() {
            window.given.push_back(now);
        }
        free
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        // The window is whole between any two statements, so a panic elsewhere does not matter.
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Window {
    fn next_free(&mut self, now: Instant, per_minute: usize) -> Option<Instant> {
        while self.given.front().is_some_and(|at| *at + WINDOW <= now) {
            self.given.pop_front();
        }
        let paused = self.paused_until.filter(|until| *until > now);
        let full = self
            .given
            .front()
            .filter(|_| self.given.len() >= per_minute);
        paused.max(full.map(|oldest| *oldest + WINDOW))
    }
}

#[cfg(test)]
mod tests;
