//! What is kept over restarts: what was live when an environment was last in sync, what was written today, who paused it, and
//! what held of it.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Condition, Conditions, Reason};
use crate::{model::EnvironmentName, saved::SavedPlan};

/// The version of the format that this program writes and reads.
const VERSION: u32 = 1;
/// What says that a file is this.
const KIND: &str = "hookwright-state";

/// What is kept of all environments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// By name. Those that the manifest has no more are kept: they may come back, and a writer's day counts on.
    pub environments: BTreeMap<EnvironmentName, KeptEnvironment>,
}

/// What is kept of an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptEnvironment {
    /// What was declared and live when it was last in sync, or first looked at: sealed as a saved plan is, so that what
    /// somebody edited is noticed. It has no secret in it.
    pub baseline: Option<SavedPlan>,
    /// What was written today.
    #[serde(default)]
    pub writes: Writes,
    /// Who asked for it to be left alone, and until when.
    pub pause: Option<KeptPause>,
    /// What held of it.
    #[serde(default)]
    conditions: Vec<KeptCondition>,
}

/// A pause that a request asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptPause {
    /// Why.
    pub reason: String,
    /// When it ends.
    pub until: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptCondition {
    kind: String,
    reason: String,
    message: String,
    since: Timestamp,
}

/// How many requests that change something were sent in a day, in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Writes {
    day: Option<Date>,
    count: u32,
}

impl Writes {
    /// How many were sent today. A clock that goes back starts no new day.
    pub fn of(self, today: Date) -> u32 {
        match self.day {
            Some(day) if today > day => 0,
            Some(_) => self.count,
            None => 0,
        }
    }

    /// How many are left of a day's most.
    pub fn left(self, today: Date, most: u32) -> u32 {
        most.saturating_sub(self.of(today))
    }

    /// Counts writes. They are counted before they are sent: what ends in between was counted too often, never too seldom.
    pub fn add(&mut self, today: Date, writes: u32) {
        let count = self.of(today).saturating_add(writes);
        let day = self.day.map_or(today, |day| day.max(today));
        *self = Self {
            day: Some(day),
            count,
        };
    }
}

impl KeptEnvironment {
    /// Takes down what holds now.
    pub fn keep_conditions(&mut self, conditions: &Conditions) {
        let kept = conditions.iter().map(|condition| KeptCondition {
            kind: condition.reason.kind().as_str().to_owned(),
            reason: condition.reason.as_str().to_owned(),
            message: condition.message.clone(),
            since: condition.since,
        });
        self.conditions = kept.collect();
    }

    /// What held when this was kept: what is unknown to this version is left out.
    pub fn conditions(&self, now: Timestamp) -> Conditions {
        let mut conditions = Conditions::unknown(now);
        for kept in &self.conditions {
            let mut reasons = Reason::ALL.iter().copied();
            let known = reasons.find(|reason| {
                reason.kind().as_str() == kept.kind && reason.as_str() == kept.reason
            });
            if let Some(reason) = known {
                conditions.restore(Condition {
                    reason,
                    message: kept.message.clone(),
                    // A clock that was wrong then must not show a future now.
                    since: kept.since.min(now),
                });
            }
        }
        conditions
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format_version: u32,
    kind: String,
    environments: BTreeMap<EnvironmentName, KeptEnvironment>,
}

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeptError {
    /// It is something else, or damaged.
    #[error("it is not the state of a service: {0}")]
    NotState(String),
    /// It is of another version.
    #[error(
        "another version of hookwright made it: its format is {found}, and this one reads {VERSION}"
    )]
    OtherVersion {
        /// Its version.
        found: u32,
    },
}

#[derive(Deserialize)]
struct Head {
    format_version: u32,
    kind: String,
}

impl Kept {
    /// Reads a file's text.
    ///
    /// # Errors
    ///
    /// A text that is no such file, or of another version.
    pub fn from_json(text: &str) -> Result<Self, KeptError> {
        let not_state = |error: serde_json::Error| KeptError::NotState(error.to_string());
        let head: Head = serde_json::from_str(text).map_err(not_state)?;
        if head.kind != KIND {
            return Err(KeptError::NotState("its `kind` is another".to_owned()));
        }
        if head.format_version != VERSION {
            let found = head.format_version;
            return Err(KeptError::OtherVersion { found });
        }
        let file: File = serde_json::from_str(text).map_err(not_state)?;
        Ok(Self {
            environments: file.environments,
        })
    }

    /// The file's text.
    ///
    /// # Errors
    ///
    /// Those of serialising, which has no reason to fail.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let mut text = serde_json::to_string(&File {
            format_version: VERSION,
            kind: KIND.to_owned(),
            environments: self.environments.clone(),
        })?;
        text.push('\n');
        Ok(text)
    }

    /// What is kept of an environment.
    pub fn of(&mut self, name: &EnvironmentName) -> &mut KeptEnvironment {
        self.environments.entry(name.clone()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// A clock that is wrong for an hour, either way, gives nobody more writes than a day has.
    #[test]
    fn a_clock_that_goes_back_starts_no_new_day() {
        let (before, today, next) = (day("2026-11-28"), day("2026-11-29"), day("2026-11-30"));
        let mut writes = Writes::default();
        writes.add(today, 30);
        assert_eq!((writes.of(today), writes.left(today, 50)), (30, 20));
        assert_eq!(writes.of(before), 30);
        writes.add(before, 5);
        assert_eq!((writes.of(today), writes.of(next)), (35, 0));
        // It jumps over midnight, and back: what was written then counts until that day has passed.
        writes.add(next, 10);
        assert_eq!((writes.of(today), writes.of(next)), (10, 10));
        assert_eq!(writes.left(next, 10), 0);
        writes.add(next, u32::MAX);
        assert_eq!(writes.of(next), u32::MAX);
    }

    #[test]
    fn what_is_kept_comes_back() {
        let now = Timestamp::from_second(1_000).unwrap();
        let mut conditions = Conditions::unknown(Timestamp::UNIX_EPOCH);
        conditions.update([(Reason::LIVE_MOVED, "`a`".to_owned())], now);
        let name = EnvironmentName::new("prod");
        let mut kept = Kept::default();
        kept.of(&name).keep_conditions(&conditions);
        kept.of(&name).writes.add(day("2026-11-29"), 3);
        kept.of(&name).pause = Some(KeptPause {
            reason: "INC-1".to_owned(),
            until: now,
        });
        let mut read = Kept::from_json(&kept.to_json().unwrap()).unwrap();
        assert_eq!(read, kept);
        assert_eq!(read.of(&name).conditions(now), conditions);
        // What a clock that was wrong has written is not in the future now.
        let earlier = Timestamp::from_second(10).unwrap();
        let back = read.of(&name).conditions(earlier);
        assert!(back.iter().all(|condition| condition.since <= earlier));
    }

    #[test]
    fn reasons_that_this_version_does_not_know_are_left_out() {
        let text = r#"{"format_version":1,"kind":"hookwright-state","environments":{"prod":{"baseline":null,"pause":null,
            "conditions":[{"kind":"Ready","reason":"OfAnotherVersion","message":"","since":"2026-01-01T00:00:00Z"}]}}}"#;
        let mut kept = Kept::from_json(text).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let conditions = kept.of(&EnvironmentName::new("prod")).conditions(now);
        assert_eq!(conditions, Conditions::unknown(now));
    }
}
