//! What the service shows of itself: data, for whatever renders it.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{ConditionKind, Conditions, Reason};
use crate::{
    manifest::{Pause, ReconcileMode},
    model::EnvironmentName,
    run::{Outcome, PlannedEnvironment},
};

/// What the service knows at a moment. Nothing in it is secret: all texts are as they may be shown.
#[derive(Clone, Debug)]
pub struct Status {
    /// When the service began.
    pub started_at: Timestamp,
    /// What it goes by.
    pub manifest: ManifestStatus,
    /// The environments, in the manifest's order.
    pub environments: Vec<EnvironmentStatus>,
    /// The rounds that somebody asked for, the latest last.
    pub rounds: Vec<Round>,
}

impl Status {
    /// The environment of this name.
    pub fn environment(&self, name: &EnvironmentName) -> Option<&EnvironmentStatus> {
        self.environments.iter().find(|one| one.name == *name)
    }
}

/// The manifest in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManifestStatus {
    /// The SHA-256 digest of all its files, in hex.
    pub digest: String,
    /// The commit that it is of, where that is known.
    pub commit: Option<String>,
    /// When it was taken over.
    pub since: Option<Timestamp>,
    /// Why what is there now is not in force, where it is not.
    pub invalid: Option<String>,
}

/// An environment, and what is known of it.
#[derive(Clone, Debug)]
pub struct EnvironmentStatus {
    /// Its name.
    pub name: EnvironmentName,
    /// What the service may do with it.
    pub mode: ReconcileMode,
    /// How often it looks.
    pub interval: Duration,
    /// Whether this copy of the service is the one that looks at it.
    pub is_leader: bool,
    /// Why it is left alone, where it is.
    pub paused: Option<Paused>,
    /// What holds of it.
    pub conditions: Conditions,
    /// How many webhooks there are, where that is known.
    pub counts: Counts,
    /// The digest of the manifest that the last round went by.
    pub manifest: Option<String>,
    /// What the last look came to, as it may be shown: without what drives a write.
    pub last_look: Option<Arc<PlannedEnvironment>>,
    /// The last rounds, the latest last.
    pub rounds: Vec<EnvironmentRound>,
    /// When the last round ended.
    pub last_attempt: Option<Timestamp>,
    /// When the last round ended that did all that it may do.
    pub last_success: Option<Timestamp>,
    /// When the next one is due, about; `None` while one is on its way.
    pub next: Option<Timestamp>,
    /// How many requests that change something were sent today, in UTC.
    pub writes_today: u32,
    /// How many may be sent in a day.
    pub max_writes_per_day: u32,
    /// How many requests a minute this service may send.
    pub rate_limit: u32,
    /// How many it has sent in the last minute.
    pub rate_used: u32,
}

impl EnvironmentStatus {
    /// Whether the service does not look at it.
    pub fn is_off(&self) -> bool {
        self.mode == ReconcileMode::Off
    }

    /// Whether what was live at the last look was what is declared.
    pub fn is_in_sync(&self) -> bool {
        self.conditions.get(ConditionKind::InSync).reason == Reason::IN_SYNC
    }

    /// One that nobody has looked at yet.
    pub fn new(
        name: EnvironmentName,
        mode: ReconcileMode,
        interval: Duration,
        now: Timestamp,
    ) -> Self {
        Self {
            name,
            mode,
            interval,
            is_leader: false,
            paused: None,
            conditions: Conditions::unknown(now),
            counts: Counts::default(),
            manifest: None,
            last_look: None,
            rounds: Vec::new(),
            last_attempt: None,
            last_success: None,
            next: None,
            writes_today: 0,
            max_writes_per_day: 0,
            rate_limit: 0,
            rate_used: 0,
        }
    }
}

/// How many webhooks an environment has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Declared.
    pub declared: usize,
    /// Live, whoever's.
    pub live: usize,
    /// Live and not ours.
    pub unmanaged: usize,
    /// Live, declared by nobody, and new since the environment was last in sync, whatever its name.
    pub foreign_new: usize,
    /// Declared as enabled, and disabled by the provider.
    pub disabled: usize,
    /// Declared and live, and their signing secrets are lost, or perhaps are.
    pub secret_lost: usize,
    /// Not as they are declared.
    pub differing: usize,
}

/// Why an environment is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paused {
    /// Why, and until when.
    pub pause: Pause,
    /// Who said so.
    pub by: PausedBy,
}

/// Who has paused an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PausedBy {
    /// The manifest.
    Manifest,
    /// Somebody who knows the shared secret, by a request.
    Request,
}

/// What brought a round about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its time had come.
    Schedule,
    /// Somebody asked for it.
    Trigger,
}

impl Cause {
    /// The word for it, the same in every format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Trigger => "trigger",
        }
    }
}

/// A round of one environment that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentRound {
    /// What brought it about.
    pub cause: Cause,
    /// When it began.
    pub began_at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub outcome: Outcome,
    /// The same, for people.
    pub message: String,
}

impl EnvironmentRound {
    /// One that somebody asked for, and in which nothing was looked at.
    pub fn passed_over(now: Timestamp, why: String) -> Self {
        Self {
            cause: Cause::Trigger,
            began_at: now,
            took: Duration::ZERO,
            outcome: Outcome::Nothing,
            message: why,
        }
    }
}

/// What a round that somebody asked for is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoundId(pub String);

impl fmt::Display for RoundId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A round that somebody asked for.
#[derive(Clone, Debug)]
pub struct Round {
    /// What it is known by.
    pub id: RoundId,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// How many requests asked for it: those that come before it begins are one.
    pub requests: u32,
    /// Whether it has begun.
    pub has_begun: bool,
    /// What became of each of its environments; `None` while that is not known.
    pub environments: BTreeMap<EnvironmentName, Option<EnvironmentRound>>,
}

impl Round {
    /// Whether all of its environments were looked at.
    pub fn has_ended(&self) -> bool {
        self.has_begun && self.environments.values().all(Option::is_some)
    }

    /// What it came to; `None` while it is not over.
    pub fn outcome(&self) -> Option<Outcome> {
        let rounds = self.environments.values().flatten();
        self.has_ended()
            .then(|| Outcome::worst(rounds.map(|round| round.outcome)))
    }
}
