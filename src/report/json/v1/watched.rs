//! The documents of `reconcile`: environments, one of them, a round, a pause.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Kind, Outcome,
    planned::{PlannedBody, planned_body},
};
use crate::{
    reconcile::{
        Condition, EnvironmentRound, EnvironmentStatus, ManifestStatus, Paused, PausedBy, Round,
        Status,
    },
    run,
};

/// What every document of the service has, around what is its own.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Watched<T: Kind> {
    /// The version of this format: 1.
    #[schemars(extend("const" = 1))]
    format_version: u32,
    /// Which document it is: `hookwright schema KIND` prints its schema.
    #[schemars(extend("const" = T::KIND))]
    kind: &'static str,
    /// How the last round ended of what the document is about, the worst of several; null where none has ended.
    outcome: Option<Outcome>,
    #[serde(flatten)]
    body: T,
}

impl<T: Kind> Watched<T> {
    fn new(outcome: Option<run::Outcome>, body: T) -> Self {
        Self {
            format_version: 1,
            kind: T::KIND,
            outcome: outcome.map(Outcome::from),
            body,
        }
    }
}

/// All environments, as the service knows them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WatchedEnvironments {
    /// When the service began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    started_at: Timestamp,
    /// The manifest in force.
    manifest: ManifestBody,
    /// The environments, in the manifest's order.
    environments: Vec<WatchedBody>,
}

/// An environment, as the service knows it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WatchedEnvironment {
    /// The manifest in force.
    manifest: ManifestBody,
    /// The environment.
    environment: WatchedBody,
    /// Its last rounds, the latest last.
    rounds: Vec<RoundBody>,
    /// What the last look came to; null where there was none.
    plan: Option<PlannedBody>,
}

/// A round that somebody asked for.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WatchedRound {
    /// What it is known by.
    round: String,
    /// When it was asked for.
    #[schemars(with = "String", extend("format" = "date-time"))]
    requested_at: Timestamp,
    /// How many requests asked for it: those that come before it begins are one round.
    requests: u32,
    /// `waiting`, `running` or `ended`.
    state: &'static str,
    /// Its environments, by name.
    environments: Vec<RoundEnvironment>,
}

/// Whether an environment is to be left alone from now on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WatchedPause {
    /// The environment's name.
    environment: String,
    /// Why it is to be left alone; null where it is not to be any more.
    paused: Option<PausedBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ManifestBody {
    /// The SHA-256 digest of all its files, in hex.
    digest: String,
    /// The commit that it is of, where that is known.
    commit: Option<String>,
    /// When it was taken over; null before the first.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    since: Option<Timestamp>,
    /// Why what is there now is not in force; null where it is.
    invalid: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct WatchedBody {
    name: String,
    /// `detect`, `apply` or `off`.
    mode: &'static str,
    /// Whether this copy of the service is the one that looks at it.
    leader: bool,
    /// Why it is left alone; null where it is not.
    paused: Option<PausedBody>,
    /// What holds of it: `Ready`, `InSync`, `Stalled`, `CredentialsValid`, `EndpointsHealthy`.
    conditions: Vec<ConditionBody>,
    /// How many webhooks it has; null where nobody has looked yet.
    webhooks: Option<CountsBody>,
    /// How often it is looked at.
    interval_seconds: u64,
    /// When the last round ended.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    last_attempt: Option<Timestamp>,
    /// When the last round ended that did all that it may do.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    last_success: Option<Timestamp>,
    /// When the next one is due, about; null while one is on its way.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    next: Option<Timestamp>,
    /// The last round; null where none has ended.
    last_round: Option<RoundBody>,
    /// The digest of the manifest that the last round went by; null where none has ended.
    manifest: Option<String>,
    /// How many requests that change something were sent today, in UTC.
    writes_today: u32,
    /// How many may be sent in a day.
    writes_per_day_limit: u32,
    /// How many requests were sent in the last minute.
    requests_last_minute: u32,
    /// How many may be sent in a minute.
    requests_per_minute: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PausedBody {
    /// Why, in somebody's words.
    reason: String,
    /// When it ends; null: when somebody ends it.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    until: Option<Timestamp>,
    /// `manifest` or `request`.
    by: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ConditionBody {
    #[serde(rename = "type")]
    kind: &'static str,
    /// `True`, `False` or `Unknown`.
    status: &'static str,
    /// Why, in a word that stays.
    reason: &'static str,
    /// The same, for people.
    message: String,
    /// Since when it has this status for this reason.
    #[schemars(with = "String", extend("format" = "date-time"))]
    since: Timestamp,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CountsBody {
    /// Declared.
    declared: usize,
    /// Live, whoever's.
    live: usize,
    /// Live and not ours.
    unmanaged: usize,
    /// Live, declared by nobody, and new since the environment was last in sync, whatever its name.
    foreign_new: usize,
    /// Declared as enabled, and disabled by the provider.
    disabled: usize,
    /// Declared and live, and their signing secrets are lost, or perhaps are.
    secret_lost: usize,
    /// Not as they are declared.
    differing: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RoundBody {
    /// `schedule` or `trigger`.
    cause: &'static str,
    #[schemars(with = "String", extend("format" = "date-time"))]
    began_at: Timestamp,
    milliseconds: u64,
    outcome: Outcome,
    /// The same, for people.
    message: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RoundEnvironment {
    environment: String,
    /// What became of it; null while that is not known.
    ended: Option<RoundBody>,
}

/// The document of all environments that the service knows.
pub fn watched_environments(status: &Status) -> Watched<WatchedEnvironments> {
    let rounds = status.environments.iter();
    let outcomes = rounds.filter_map(|environment| environment.rounds.last());
    let outcomes: Vec<_> = outcomes.map(|round| round.outcome).collect();
    let worst = (!outcomes.is_empty()).then(|| run::Outcome::worst(outcomes));
    Watched::new(
        worst,
        WatchedEnvironments {
            started_at: status.started_at,
            manifest: manifest(&status.manifest),
            environments: status.environments.iter().map(body).collect(),
        },
    )
}

/// The document of an environment that the service knows.
pub fn watched_environment(
    environment: &EnvironmentStatus,
    from: &ManifestStatus,
) -> Watched<WatchedEnvironment> {
    Watched::new(
        environment.rounds.last().map(|round| round.outcome),
        WatchedEnvironment {
            manifest: manifest(from),
            environment: body(environment),
            rounds: environment.rounds.iter().map(round_body).collect(),
            plan: environment.last_look.as_deref().map(planned_body),
        },
    )
}

/// The document of a round that somebody asked for.
pub fn watched_round(round: &Round) -> Watched<WatchedRound> {
    let Round {
        id,
        requested_at,
        requests,
        has_begun,
        environments,
    } = round;
    let environments = environments
        .iter()
        .map(|(environment, ended)| RoundEnvironment {
            environment: environment.to_string(),
            ended: ended.as_ref().map(round_body),
        });
    Watched::new(
        round.outcome(),
        WatchedRound {
            round: id.to_string(),
            requested_at: *requested_at,
            requests: *requests,
            state: match (has_begun, round.has_ended()) {
                (false, _) => "waiting",
                (true, false) => "running",
                (true, true) => "ended",
            },
            environments: environments.collect(),
        },
    )
}

/// The document of whether an environment is to be left alone from now on.
pub fn watched_pause(
    environment: &EnvironmentStatus,
    paused: Option<&Paused>,
) -> Watched<WatchedPause> {
    Watched::new(
        environment.rounds.last().map(|round| round.outcome),
        WatchedPause {
            environment: environment.name.to_string(),
            paused: paused.map(paused_body),
        },
    )
}

fn manifest(status: &ManifestStatus) -> ManifestBody {
    let ManifestStatus {
        digest,
        commit,
        since,
        invalid,
    } = status;
    ManifestBody {
        digest: digest.clone(),
        commit: commit.clone(),
        since: *since,
        invalid: invalid.clone(),
    }
}

fn body(environment: &EnvironmentStatus) -> WatchedBody {
    let EnvironmentStatus {
        name,
        mode,
        interval,
        is_leader,
        paused,
        conditions,
        counts,
        manifest,
        last_look,
        rounds,
        last_attempt,
        last_success,
        next,
        writes_today,
        max_writes_per_day,
        rate_limit,
        rate_used,
    } = environment;
    let counts = || CountsBody {
        declared: counts.declared,
        live: counts.live,
        unmanaged: counts.unmanaged,
        foreign_new: counts.foreign_new,
        disabled: counts.disabled,
        secret_lost: counts.secret_lost,
        differing: counts.differing,
    };
    WatchedBody {
        name: name.to_string(),
        mode: mode.as_str(),
        leader: *is_leader,
        paused: paused.as_ref().map(paused_body),
        conditions: conditions.iter().map(condition).collect(),
        webhooks: last_look.is_some().then(counts),
        interval_seconds: interval.as_secs(),
        last_attempt: *last_attempt,
        last_success: *last_success,
        next: *next,
        last_round: rounds.last().map(round_body),
        manifest: manifest.clone(),
        writes_today: *writes_today,
        writes_per_day_limit: *max_writes_per_day,
        requests_last_minute: *rate_used,
        requests_per_minute: *rate_limit,
    }
}

fn paused_body(paused: &Paused) -> PausedBody {
    let Paused { pause, by } = paused;
    PausedBody {
        reason: pause.reason.clone(),
        until: pause.until,
        by: match by {
            PausedBy::Manifest => "manifest",
            PausedBy::Request => "request",
        },
    }
}

fn condition(condition: &Condition) -> ConditionBody {
    let Condition {
        reason,
        message,
        since,
    } = condition;
    ConditionBody {
        kind: reason.kind().as_str(),
        status: reason.verdict().as_str(),
        reason: reason.as_str(),
        message: message.clone(),
        since: *since,
    }
}

fn round_body(round: &EnvironmentRound) -> RoundBody {
    let EnvironmentRound {
        cause,
        began_at,
        took,
        outcome,
        message,
    } = round;
    RoundBody {
        cause: cause.as_str(),
        began_at: *began_at,
        milliseconds: took.as_millis().try_into().unwrap_or(u64::MAX),
        outcome: (*outcome).into(),
        message: message.clone(),
    }
}
