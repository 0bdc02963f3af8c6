//! What the service that reconciles does with an environment.

use std::{ops::RangeInclusive, time::Duration};

use jiff::Timestamp;

use super::{
    de::Spanned,
    resolved::{Pause, Reconcile},
    schema,
    state::Resolver,
};
use crate::diagnostic::quoted;

const INTERVAL: Duration = Duration::from_secs(10 * 60);
const INTERVALS: RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(24 * 60 * 60);
const WRITES_PER_DAY: u32 = 50;

impl Resolver<'_> {
    pub(super) fn reconcile(
        &mut self,
        declared: &schema::Reconcile,
        max_writes_per_day: Option<u32>,
    ) -> Reconcile {
        Reconcile {
            mode: declared.mode,
            interval: self.interval(declared.interval.as_ref()),
            pause: self.pause(declared),
            max_writes_per_day: max_writes_per_day.unwrap_or(WRITES_PER_DAY),
        }
    }

    fn interval(&mut self, declared: Option<&Spanned<String>>) -> Duration {
        let interval = self.duration("interval", declared);
        if let (Some(interval), Some(written)) = (interval, declared)
            && !INTERVALS.contains(&interval)
        {
            self.invalid_itself(
                written.span,
                format!("`interval` cannot be {}", quoted(&written.value)),
                "it is at least `1s` and at most `24h`",
            );
        }
        interval.unwrap_or(INTERVAL)
    }

    fn pause(&mut self, declared: &schema::Reconcile) -> Option<Pause> {
        let until = declared.until.as_ref();
        let moment = until.and_then(|until| {
            let moment = until.value.parse::<Timestamp>();
            if moment.is_err() {
                self.invalid_itself(
                    until.span,
                    format!("`until` cannot be {}", quoted(&until.value)),
                    "write a moment with its offset, such as `2026-12-01T00:00:00Z`",
                );
            }
            moment.ok()
        });
        let Some(paused) = &declared.paused else {
            if let Some(until) = until {
                self.invalid_itself(
                    until.span,
                    "`until` needs `paused`",
                    "say in `paused` why the environment is left alone until then",
                );
            }
            return None;
        };
        if paused.value.trim().is_empty() {
            self.invalid_itself(
                paused.span,
                "`paused` cannot be empty",
                "say why: a ticket, say; or take the key out, and nothing is paused",
            );
        }
        Some(Pause {
            reason: paused.value.clone(),
            until: moment,
        })
    }
}
