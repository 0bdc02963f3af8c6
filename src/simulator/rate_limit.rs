//! The limit of requests a minute, per access secret, over a sliding window.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// How many secrets may be remembered before those without recent requests are forgotten.
const REMEMBERED: usize = 1024;

/// Counts the requests of each access secret.
#[derive(Debug)]
pub(super) struct RateLimit {
    per_minute: u32,
    /// By a digest: the secrets themselves need not lie about in memory.
    admitted: HashMap<[u8; 32], VecDeque<Timestamp>>,
}

impl RateLimit {
    /// A limit of so many requests a minute; 0 means none.
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            admitted: HashMap::new(),
        }
    }

    /// Admits a request, or says after how many whole seconds the next one will be.
    ///
    /// As in Django REST framework, a request that is not admitted does not count.
    pub(super) fn admit(&mut self, secret: &str, now: Timestamp) -> Result<(), u64> {
        let limit = match usize::try_from(self.per_minute) {
            Ok(0) => return Ok(()),
            Ok(limit) => limit,
            Err(_) => usize::MAX,
        };
        if self.admitted.len() >= REMEMBERED {
            self.admitted
                .retain(|_, window| window.back().is_some_and(|last| !has_left(*last, now)));
        }
        let window = self
            .admitted
            .entry(Sha256::digest(secret).into())
            .or_default();
        while window.front().is_some_and(|first| has_left(*first, now)) {
            window.pop_front();
        }
        if window.len() < limit {
            window.push_back(now);
            return Ok(());
        }
        let oldest = window.front().copied().unwrap_or(now);
        let wait = WINDOW
            - now
                .duration_since(oldest)
                .clamp(SignedDuration::ZERO, WINDOW);
        Err(u64::try_from(wait.as_millis())
            .unwrap_or(0)
            .div_ceil(1000)
            .max(1))
    }
}

fn has_left(admitted: Timestamp, now: Timestamp) -> bool {
    now.duration_since(admitted) >= WINDOW
}
