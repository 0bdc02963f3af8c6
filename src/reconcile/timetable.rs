//! When each environment is looked at next.

use std::{collections::BTreeMap, time::Duration};

use sha2::{Digest, Sha256};

use crate::model::EnvironmentName;

/// How much later than its interval a round may come, as a part of it.
const JITTER: u32 = 10;
/// The first pause after a failure, where the interval is not shorter. Each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
/// The longest pause after failures, where the interval is not longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// How a round ended, as far as the next one depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It did what it could.
    Well,
    /// It failed: the next one comes later, and later each time.
    Failed {
        /// How long the provider asks to wait, which counts more.
        retry_after: Option<Duration>,
    },
}

/// When each environment is due, in time since the service began: no clock of the world moves it.
///
/// Each environment has a slot of its own in its interval, so rounds stay as evenly spread as they began, however long the
/// service lives. Within its slot a round comes at another moment each time.
#[derive(Clone, Debug, Default)]
pub struct Timetable(BTreeMap<EnvironmentName, Entry>);

#[derive(Clone, Debug)]
struct Entry {
    interval: Duration,
    /// When its slots begin: this, and this and each multiple of the interval.
    begin: Duration,
    /// How long its slot is.
    slot: Duration,
    /// `None` while it is looked at.
    due: Option<Duration>,
    /// Whether somebody has asked for another round while it is looked at, which may have seen what was before.
    is_wanted: bool,
    rounds: u64,
    failures: u32,
}

impl Timetable {
    /// Takes over what a manifest says: environments that are new are due soon, those that are gone are forgotten.
    pub fn set<'e>(
        &mut self,
        environments: impl IntoIterator<Item = (&'e EnvironmentName, Duration)>,
        now: Duration,
    ) {
        let environments: Vec<_> = environments.into_iter().collect();
        let count = u32::try_from(environments.len()).unwrap_or(u32::MAX).max(1);
        let mut before = std::mem::take(&mut self.0);
        for (index, (name, interval)) in (0u32..).zip(environments) {
            let (begin, slot) = (now + interval / count * index, interval / count);
            let entry = match before.remove(name) {
                Some(entry) => Entry {
                    interval,
                    begin,
                    slot,
                    due: entry.due.map(|due| due.min(now + interval)),
                    ..entry
                },
                None => Entry {
                    interval,
                    begin,
                    slot,
                    // Where there are few, nobody waits for the first look.
                    due: Some(begin.min(now + Duration::from_secs(index.into()))),
                    is_wanted: false,
                    rounds: 0,
                    failures: 0,
                },
            };
            self.0.insert(name.clone(), entry);
        }
    }

    /// At most so many of those that are due, the longest waiting first. They are not due again before [`Self::ended`].
    pub fn take_due(&mut self, now: Duration, most: usize) -> Vec<EnvironmentName> {
        let entries = self.0.iter();
        let due = entries.filter_map(|(name, entry)| Some((entry.due?, name)));
        let mut due: Vec<_> = due.filter(|(at, _)| *at <= now).collect();
        due.sort();
        let due = due.into_iter().take(most);
        let due: Vec<EnvironmentName> = due.map(|(_, name)| name.clone()).collect();
        for name in &due {
            if let Some(entry) = self.0.get_mut(name) {
                entry.due = None;
            }
        }
        due
    }

    /// When the next one is due; `None` where none waits.
    pub fn next(&self) -> Option<Duration> {
        self.0.values().filter_map(|entry| entry.due).min()
    }

    /// When an environment is due; `None` while it is looked at.
    pub fn due(&self, name: &EnvironmentName) -> Option<Duration> {
        self.0.get(name)?.due
    }

    /// Makes an environment due now, or as soon as the round has ended that looks at it now.
    pub fn hurry(&mut self, name: &EnvironmentName, now: Duration) {
        let Some(entry) = self.0.get_mut(name) else {
            return; // The manifest has it no more.
        };
        match &mut entry.due {
            Some(due) => *due = now.min(*due),
            None => entry.is_wanted = true,
        }
    }

    /// Whether it is no environment that is looked at.
    pub fn is_unknown(&self, name: &EnvironmentName) -> bool {
        !self.0.contains_key(name)
    }

    /// A round has ended: says when the next one is due.
    pub fn ended(&mut self, name: &EnvironmentName, how: Ended, now: Duration) {
        let Some(entry) = self.0.get_mut(name) else {
            return; // The manifest has it no more.
        };
        entry.rounds += 1;
        let share = share(name, entry.rounds);
        entry.due = Some(match how {
            Ended::Well => {
                entry.failures = 0;
                entry.next_slot(now) + entry.slot.min(entry.interval / JITTER) / 1000 * share
            }
            Ended::Failed { retry_after } => {
                let doubled = 1u32 << entry.failures.min(16);
                entry.failures = entry.failures.saturating_add(1);
                let pause = FIRST_PAUSE.min(entry.interval).saturating_mul(doubled);
                let pause = pause.min(LONGEST_PAUSE.max(entry.interval));
                let pause = pause + pause / JITTER / 1000 * share;
                now + pause.max(retry_after.unwrap_or_default())
            }
        });
        let may_be_asked = !matches!(
            how,
            Ended::Failed {
                retry_after: Some(_)
            }
        );
        if std::mem::take(&mut entry.is_wanted) && may_be_asked {
            entry.due = Some(now);
        }
    }
}

impl Entry {
    /// The begin of the next slot that is not about to come: whoever was looked at out of turn keeps its slot.
    fn next_slot(&self, now: Duration) -> Duration {
        let soon = now + self.interval / JITTER;
        let since = soon.saturating_sub(self.begin).as_nanos();
        let slots = since.div_ceil(self.interval.as_nanos().max(1));
        self.begin
            + self
                .interval
                .saturating_mul(u32::try_from(slots).unwrap_or(u32::MAX))
    }
}

/// From 0 to 999: the same for the same name and round, and another for each round.
fn share(name: &EnvironmentName, round: u64) -> u32 {
    let mut digest = Sha256::new();
    digest.update(name.as_str().as_bytes());
    digest.update(round.to_be_bytes());
    let digest = digest.finalize();
    u32::from(u16::from_be_bytes([digest[0], digest[1]])) % 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<EnvironmentName> {
        (0..count)
            .map(|index| EnvironmentName::new(format!("e{index}")))
            .collect()
    }

    const INTERVAL: Duration = Duration::from_secs(600);

    fn of(names: &[EnvironmentName]) -> Timetable {
        let mut table = Timetable::default();
        table.set(names.iter().map(|name| (name, INTERVAL)), Duration::ZERO);
        table
    }

    /// Runs rounds that take no time, and gives when they came.
    fn run(table: &mut Timetable, until: Duration) -> Vec<(Duration, EnvironmentName)> {
        let mut came = Vec::new();
        while let Some(now) = table.next().filter(|now| *now < until) {
            for name in table.take_due(now, usize::MAX) {
                table.ended(&name, Ended::Well, now);
                came.push((now, name));
            }
        }
        came
    }

    #[test]
    fn rounds_stay_spread_evenly() {
        let names = names(1000);
        let mut table = of(&names);
        let long = INTERVAL * 12;
        let came = run(&mut table, long);
        let mut seconds: BTreeMap<u64, u32> = BTreeMap::new();
        for (at, _) in &came {
            *seconds.entry(at.as_secs()).or_default() += 1;
        }
        let busiest = seconds.values().max().copied().unwrap_or_default();
        // The mean is five in three seconds.
        assert!(busiest <= 5, "{busiest}");
        let expected = 1000.0 * long.as_secs_f64() / INTERVAL.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "twelve thousand is exact")]
        let share = came.len() as f64 / expected;
        assert!((0.99..1.01).contains(&share), "{share}");
    }

    #[test]
    fn nobody_waits_longer_than_interval_and_jitter() {
        let names = names(7);
        let mut table = of(&names);
        let mut last: BTreeMap<EnvironmentName, Duration> = BTreeMap::new();
        for (at, name) in run(&mut table, INTERVAL * 100) {
            let since = at - last.insert(name, at).unwrap_or_default();
            assert!(since <= INTERVAL + INTERVAL / JITTER * 2, "{since:?}");
        }
        assert_eq!(last.len(), 7);
    }

    #[test]
    fn the_first_look_of_a_few_comes_at_once() {
        let names = names(2);
        let table = of(&names);
        assert_eq!(table.due(&names[0]), Some(Duration::ZERO));
        assert_eq!(table.due(&names[1]), Some(Duration::from_secs(1)));
    }

    #[test]
    fn failures_back_off_and_the_providers_word_counts_more() {
        let names = names(1);
        let (name, now) = (&names[0], Duration::from_secs(5));
        let mut table = of(&names);
        let mut pauses = Vec::new();
        for _ in 0..9 {
            table.take_due(Duration::MAX, 9);
            table.ended(name, Ended::Failed { retry_after: None }, now);
            let pause = table.due(name).unwrap() - now;
            pauses.push(pause.as_secs_f64());
        }
        for (pause, least) in std::iter::zip(
            pauses,
            [15, 30, 60, 120, 240, 480, 900, 900, 900].map(f64::from),
        ) {
            assert!((least..least * 1.1).contains(&pause), "{pause} {least}");
        }
        let retry_after = Some(Duration::from_secs(7200));
        table.ended(name, Ended::Failed { retry_after }, now);
        assert_eq!(table.due(name), Some(Duration::from_secs(7205)));
        table.ended(name, Ended::Well, now);
        assert!(table.due(name).unwrap() <= INTERVAL + INTERVAL / JITTER);
    }

    #[test]
    fn who_has_waited_longest_comes_first() {
        let names = names(3);
        let mut table = of(&names);
        let late = Duration::from_secs(100);
        table.hurry(&names[2], Duration::ZERO);
        assert_eq!(
            table.take_due(late, 2),
            [names[0].clone(), names[2].clone()]
        );
        assert_eq!(table.take_due(late, 2), names[1..2]);
    }

    #[test]
    fn what_is_looked_at_is_due_again_only_after_that() {
        let names = names(1);
        let mut table = of(&names);
        assert_eq!(table.take_due(Duration::ZERO, 9), names);
        table.hurry(&names[0], Duration::ZERO);
        assert_eq!(
            (table.next(), table.take_due(Duration::MAX, 9)),
            (None, vec![])
        );
        // Somebody has asked meanwhile: the round may have seen what was before.
        table.ended(&names[0], Ended::Well, Duration::from_secs(1));
        assert_eq!(table.take_due(Duration::from_secs(1), 9), names);
        table.ended(&names[0], Ended::Well, Duration::from_secs(2));
        assert!(table.take_due(Duration::from_secs(3), 9).is_empty());
        table.hurry(&names[0], Duration::from_secs(3));
        assert_eq!(table.take_due(Duration::from_secs(3), 9), names);
        // The provider's word counts more.
        table.hurry(&names[0], Duration::from_secs(4));
        let retry_after = Some(Duration::from_secs(7200));
        table.ended(&names[0], Ended::Failed { retry_after }, Duration::ZERO);
        assert_eq!(table.due(&names[0]), retry_after);
    }

    #[test]
    fn a_manifest_that_moves_keeps_what_it_still_has() {
        let names = names(3);
        let mut table = of(&names[..2]);
        table.take_due(Duration::MAX, 9);
        table.set(
            names[1..].iter().map(|name| (name, INTERVAL)),
            Duration::from_secs(9),
        );
        // The one that is looked at is due only after that; the new one soon; the third is gone.
        assert_eq!(table.due(&names[1]), None);
        assert_eq!(table.due(&names[2]), Some(Duration::from_secs(10)));
        table.ended(&names[0], Ended::Well, Duration::from_secs(9));
        assert_eq!(table.due(&names[0]), None);
    }
}
