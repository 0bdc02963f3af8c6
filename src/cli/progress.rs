//! What happens during an apply, while it happens.

use std::{cell::Cell, time::Duration};

use indicatif::ProgressBar;
use tokio::time::Instant;

use super::{countdown::Countdown, terminal::Terminal, waits::Waits};
use crate::{
    apply::Event,
    model::EnvironmentName,
    plan::{Action, EnvironmentPlan, Shown},
    report::human,
};

/// How often, at most, it is said elsewhere than on a terminal how far an environment is.
const OFTEN: Duration = Duration::from_secs(10);

/// A bar for each environment on a terminal. Elsewhere a line now and then: what became of each operation is the result's to
/// say.
pub(crate) struct Progress {
    waits: Waits,
    terminal: Terminal,
}

impl Progress {
    pub(crate) fn new(terminal: &Terminal, waits: &Waits) -> Self {
        Self {
            waits: waits.clone(),
            terminal: terminal.clone(),
        }
    }

    pub(crate) fn environment(&self, name: &EnvironmentName, operations: usize) -> Bar {
        let bars = self.terminal.bars();
        let bar = (!bars.is_hidden()).then(|| {
            let countdown = Countdown::default();
            let bar = ProgressBar::new(operations as u64);
            let layout = "{prefix}  {bar:20}  {pos}/{len}  {msg}  {wait}";
            let bar = countdown.bar(bars, bar, layout);
            bar.set_prefix(name.to_string());
            self.waits.in_bar(name, countdown);
            bar
        });
        Bar {
            name: name.clone(),
            waits: self.waits.clone(),
            bar,
            said: Cell::new(Instant::now()),
            done: Cell::new(0),
            operations,
            terminal: self.terminal.clone(),
        }
    }
}

/// The progress of one environment.
pub(crate) struct Bar {
    name: EnvironmentName,
    waits: Waits,
    bar: Option<ProgressBar>,
    /// When it was last said how far this is.
    said: Cell<Instant>,
    done: Cell<usize>,
    operations: usize,
    terminal: Terminal,
}

impl Bar {
    pub(crate) fn event(&self, plan: &EnvironmentPlan<Shown>, event: &Event<'_>) {
        match (event, &self.bar) {
            (Event::Began { operation }, Some(bar)) => {
                let operation = &plan.operations[*operation];
                let (sign, title) = (sign(operation.action()), human::clean(operation.title()));
                bar.set_message(format!("{sign} {title}"));
            }
            (Event::Ended { .. }, Some(bar)) => bar.inc(1),
            (Event::Ended { .. }, None) => self.one_more(),
            (Event::Began { .. }, None) | (Event::Sending { .. } | Event::Answered { .. }, _) => {}
        }
    }

    /// Counts an operation that has ended, and says now and then how many have.
    fn one_more(&self) {
        let done = self.done.get() + 1;
        self.done.set(done);
        if done == self.operations || self.said.get().elapsed() < OFTEN {
            return;
        }
        self.said.set(Instant::now());
        let (name, all) = (&self.name, self.operations);
        self.terminal
            .say(|out| writeln!(out, "{name}: {done} of {all} operations have ended"));
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            self.waits.in_lines(&self.name);
            bar.finish_and_clear();
            self.terminal.bars().remove(bar);
        }
    }
}

fn sign(action: Action) -> char {
    match action {
        Action::Create => '+',
        Action::Update => '~',
        Action::Delete => '-',
        Action::Rotate => '%',
    }
}
