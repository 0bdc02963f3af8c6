//! What happens during an apply, while it happens.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{terminal::Terminal, waits::Waits};
use crate::{
    apply::{Event, Outcome},
    model::EnvironmentName,
    plan::{Action, EnvironmentPlan, Shown},
    report::human,
};

/// A bar for each environment on a terminal; a line for each operation elsewhere.
pub(crate) struct Progress {
    waits: Waits,
    bars: MultiProgress,
    terminal: Terminal,
}

impl Progress {
    pub(crate) fn new(terminal: &Terminal, waits: &Waits) -> Self {
        let target = if terminal.quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        Self {
            waits: waits.clone(),
            bars: MultiProgress::with_draw_target(target),
            terminal: terminal.clone(),
        }
    }

    pub(crate) fn environment(&self, name: &EnvironmentName, operations: usize) -> Bar {
        let bar = if self.bars.is_hidden() {
            None
        } else {
            let bar = self.bars.add(ProgressBar::new(operations as u64));
            if let Ok(style) =
                ProgressStyle::with_template("{prefix}  {bar:20}  {pos}/{len}  {msg}")
            {
                bar.set_style(style.progress_chars("━━ "));
            }
            bar.set_prefix(name.to_string());
            bar.enable_steady_tick(Duration::from_millis(200));
            self.waits.in_bar(name, bar.clone());
            Some(bar)
        };
        Bar {
            name: name.clone(),
            waits: self.waits.clone(),
            bar,
            terminal: self.terminal.clone(),
        }
    }
}

/// The progress of one environment.
pub(crate) struct Bar {
    name: EnvironmentName,
    waits: Waits,
    bar: Option<ProgressBar>,
    terminal: Terminal,
}

impl Bar {
    pub(crate) fn event(&self, plan: &EnvironmentPlan<Shown>, event: &Event<'_>) {
        let described = |operation: usize| {
            let operation = &plan.operations[operation];
            let sign = match operation.action() {
                Action::Create => '+',
                Action::Update => '~',
                Action::Delete => '-',
            };
            format!("{sign} {}", human::clean(operation.title()))
        };
        match (event, &self.bar) {
            (Event::Began { operation }, Some(bar)) => bar.set_message(described(*operation)),
            (Event::Began { .. }, None) | (Event::Sending { .. } | Event::Answered { .. }, _) => {}
            (Event::Ended { .. }, Some(bar)) => bar.inc(1),
            (Event::Ended { operation, outcome }, None) => {
                let word = match outcome {
                    Outcome::Applied { .. } => "applied",
                    Outcome::Failed { .. } => "failed",
                    Outcome::Skipped { .. } => "skipped",
                    Outcome::SecretLost { .. } => "secret lost",
                    Outcome::Unknown { .. } => "outcome unknown",
                };
                let line = format!("{}: {}: {word}", self.name, described(*operation));
                // Progress that cannot be shown must not end an apply.
                self.terminal.say(|out| writeln!(out, "{line}")).ok();
            }
        }
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            self.waits.in_lines(&self.name);
            bar.finish_and_clear();
        }
    }
}
