//! Says what a run waits for, and until when.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar};
use jiff::SignedDuration;
use tokio::time::Instant;

use super::{countdown::Countdown, terminal::Terminal};
use crate::{
    model::EnvironmentName,
    net::{Wait, WaitCause, WaitWatch},
    simulator::Clock,
};

/// Waits that are shorter are over before they are read.
const SHORTEST: Duration = Duration::from_secs(2);

/// Tells of waits: on a terminal in a line that counts down, which is that of the environment's bar where it has one; else in a
/// line for each.
#[derive(Clone)]
pub(crate) struct Waits {
    terminal: Terminal,
    clock: Clock,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    bars: BTreeMap<EnvironmentName, Countdown>,
    /// Until when each environment is known to wait.
    told: BTreeMap<EnvironmentName, Instant>,
}

impl Waits {
    pub(crate) fn new(terminal: &Terminal, clock: Clock) -> Self {
        Self {
            terminal: terminal.clone(),
            clock,
            state: Arc::default(),
        }
    }

    /// Tells of an environment's waits in this bar from now on.
    pub(crate) fn in_bar(&self, name: &EnvironmentName, countdown: Countdown) {
        self.state().bars.insert(name.clone(), countdown);
    }

    /// Tells of an environment's waits in lines of their own again.
    pub(crate) fn in_lines(&self, name: &EnvironmentName) {
        self.state().bars.remove(name);
    }

    /// What tells of an environment's waits.
    pub(crate) fn of(&self, name: &EnvironmentName) -> WaitWatch {
        let (waits, name) = (self.clone(), name.clone());
        WaitWatch::new(move |wait| waits.tell(&name, wait))
    }

    fn tell(&self, name: &EnvironmentName, Wait { cause, until }: Wait) {
        let left = until.saturating_duration_since(Instant::now());
        let mut state = self.state();
        let known = state.told.get(name).copied();
        // Many requests wait for one thing.
        if left < SHORTEST || known.is_some_and(|known| until <= known + SHORTEST) {
            return;
        }
        state.told.insert(name.clone(), until);
        let cause = match cause {
            WaitCause::RateLimit => "the rate limit",
            WaitCause::Retry => "another attempt",
        };
        let (end, bars) = (self.end(left), self.terminal.bars());
        match state.bars.get(name) {
            Some(countdown) => countdown.begin(cause, until, end),
            None if !bars.is_hidden() => count_down(name, cause, until, end, bars),
            None => self.terminal.say(|out| {
                let seconds = left.as_secs();
                writeln!(out, "{name}: waiting for {cause}: {seconds} s{end}")
            }),
        }
    }

    /// When so much time will have passed. What no calendar can express is not said.
    fn end(&self, left: Duration) -> String {
        SignedDuration::try_from(left)
            .ok()
            .and_then(|left| (self.clock)().checked_add(left).ok())
            .map_or_else(String::new, |end| {
                end.strftime(", until %H:%M:%S UTC").to_string()
            })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows a wait in a line of its own, which goes away when it is over.
fn count_down(
    name: &EnvironmentName,
    cause: &'static str,
    until: Instant,
    end: String,
    bars: &MultiProgress,
) {
    let countdown = Countdown::default();
    countdown.begin(cause, until, end);
    let bar = countdown.bar(bars, ProgressBar::new_spinner(), "{prefix}: {wait}");
    bar.set_prefix(name.to_string());
    let bars = bars.clone();
    tokio::spawn(async move {
        tokio::time::sleep_until(until).await;
        bar.finish_and_clear();
        bars.remove(&bar);
    });
}
