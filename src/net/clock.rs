//! What time it is at a server.
//!
//! A machine's own clock can be hours off, and what a server keeps is dated by the server. So what depends on a
//! server's time takes a [`ServerTime`], which only an answer of that server can make.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use http::{HeaderMap, header};
use jiff::Timestamp;
use tokio::time::Instant;

/// A moment by a server's clock, as far as its last answer tells.
///
/// An answer says when it was made, in whole seconds, and took some time to arrive: so a moment has a bound on
/// either side. Which of the two is right to use depends on which mistake does harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerTime {
    earliest: Timestamp,
    latest: Timestamp,
}

impl ServerTime {
    /// It is not earlier there than this.
    pub fn earliest(self) -> Timestamp {
        self.earliest
    }

    /// It is not later there than this.
    pub fn latest(self) -> Timestamp {
        self.latest
    }
}

/// Learns a server's time from the `Date` of its answers (RFC 9110, section 6.6.1). Clones are one.
#[derive(Clone, Debug, Default)]
pub struct ServerClock(Arc<Mutex<Option<Seen>>>);

/// The last dated answer.
#[derive(Clone, Copy, Debug)]
struct Seen {
    date: Timestamp,
    asked: Instant,
    answered: Instant,
}

impl ServerClock {
    /// Takes notice of an answer to a request that was sent at `asked`, and has just come.
    pub(crate) fn saw(&self, headers: &HeaderMap, asked: Instant) {
        if let Some(date) = date(headers) {
            let answered = Instant::now();
            *self.seen() = Some(Seen {
                date,
                asked,
                answered,
            });
        }
    }

    /// What time it is there; `None` where no answer had a date so far.
    pub fn now(&self) -> Option<ServerTime> {
        let Seen {
            date,
            asked,
            answered,
        } = (*self.seen())?;
        let now = Instant::now();
        // A date has no fractions of its second.
        let longest = now.duration_since(asked) + Duration::from_secs(1);
        Some(ServerTime {
            earliest: date.checked_add(now.duration_since(answered)).ok()?,
            latest: date.checked_add(longest).ok()?,
        })
    }

    fn seen(&self) -> MutexGuard<'_, Option<Seen>> {
        // It is whole at any time, so a panic elsewhere does not matter.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When an answer says that it was made.
fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    let time: SystemTime = httpdate::parse_http_date(text).ok()?;
    Timestamp::try_from(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dated(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::DATE, text.parse().unwrap())])
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_dated_answer_tells_the_time() {
        let clock = ServerClock::default();
        for undated in [HeaderMap::new(), dated("soon"), dated("")] {
            clock.saw(&undated, Instant::now());
            assert_eq!(clock.now(), None);
        }
        clock.saw(&dated("Tue, 31 Mar 2026 12:00:00 GMT"), Instant::now());
        let now = clock.now().unwrap();
        assert_eq!(now.earliest().to_string(), "2026-03-31T12:00:00Z");
        assert_eq!(now.latest().to_string(), "2026-03-31T12:00:01Z");
    }

    #[tokio::test(start_paused = true)]
    async fn time_goes_on_after_an_answer_and_its_way_makes_it_less_certain() {
        let clock = ServerClock::default();
        let asked = Instant::now();
        tokio::time::advance(Duration::from_secs(3)).await;
        clock.saw(&dated("Tue, 31 Mar 2026 12:00:00 GMT"), asked);
        tokio::time::advance(Duration::from_secs(60)).await;
        let now = clock.now().unwrap();
        assert_eq!(now.earliest().to_string(), "2026-03-31T12:01:00Z");
        assert_eq!(now.latest().to_string(), "2026-03-31T12:01:04Z");
        // What does not say when it was made changes nothing.
        clock.saw(&HeaderMap::new(), Instant::now());
        assert_eq!(clock.now(), Some(now));
    }
}
