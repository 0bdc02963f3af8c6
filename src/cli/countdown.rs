//! A wait that counts down where it can be seen.

use std::{
    fmt::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use tokio::time::Instant;

/// How often what is drawn is drawn anew.
const TICK: Duration = Duration::from_millis(200);

/// What is waited for and until when. Clones are one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Countdown(Arc<Mutex<Option<Waiting>>>);

#[derive(Debug)]
struct Waiting {
    cause: &'static str,
    until: Instant,
    /// When that is, as people read it.
    end: String,
}

impl Countdown {
    /// Shows this wait until it is over.
    pub(crate) fn begin(&self, cause: &'static str, until: Instant, end: String) {
        *self.waiting() = Some(Waiting { cause, until, end });
    }

    /// How long is still waited at a time; nothing where the wait is over.
    fn text(&self, now: Instant) -> String {
        let mut waiting = self.waiting();
        let Some(Waiting { cause, until, end }) = &*waiting else {
            return String::new();
        };
        let left = until.saturating_duration_since(now);
        if left.is_zero() {
            *waiting = None;
            return String::new();
        }
        let seconds = left.as_millis().div_ceil(1000);
        format!("waiting for {cause}: {seconds} s{end}")
    }

    /// A bar of this layout, in which `{wait}` is what is waited for.
    pub(crate) fn bar(&self, bars: &MultiProgress, bar: ProgressBar, layout: &str) -> ProgressBar {
        let bar = bars.add(bar);
        let countdown = self.clone();
        let wait = move |_: &ProgressState, out: &mut dyn Write| {
            // What cannot be drawn is not missed.
            out.write_str(&countdown.text(Instant::now())).ok();
        };
        if let Ok(style) = ProgressStyle::with_template(layout) {
            bar.set_style(style.progress_chars("━━ ").with_key("wait", wait));
        }
        bar.enable_steady_tick(TICK);
        bar
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_counts_down_and_is_gone_when_it_is_over() {
        let countdown = Countdown::default();
        let now = Instant::now();
        assert_eq!(countdown.text(now), "");
        let until = now + Duration::from_secs(90);
        countdown.begin("the rate limit", until, ", until 12:00:00 UTC".to_owned());
        for (passed, said) in [
            (0, "waiting for the rate limit: 90 s, until 12:00:00 UTC"),
            (500, "waiting for the rate limit: 90 s, until 12:00:00 UTC"),
            (
                1_000,
                "waiting for the rate limit: 89 s, until 12:00:00 UTC",
            ),
            (
                89_999,
                "waiting for the rate limit: 1 s, until 12:00:00 UTC",
            ),
            (90_000, ""),
        ] {
            let now = now + Duration::from_millis(passed);
            assert_eq!(countdown.text(now), said, "{passed}");
        }
    }
}
