//! What the page shows of an environment.

use jiff::{Timestamp, tz::TimeZone};

use super::State;
use crate::{
    reconcile::{Condition, EnvironmentRound, EnvironmentStatus, Paused, PausedBy},
    report::{
        html::plan::EnvironmentPart,
        human::{length, time},
        words::{self, clean},
    },
};

pub(super) struct StatusPart {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) state: &'static str,
    /// How the state looks.
    pub(super) mark: &'static str,
    /// Whether its conditions are shown at once: there is something to see.
    pub(super) is_open: bool,
    pub(super) differing: Option<usize>,
    pub(super) last: String,
    pub(super) next: String,
    pub(super) paused: Option<String>,
    pub(super) conditions: Vec<ConditionPart>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) plan: Option<EnvironmentPart>,
    /// The latest first.
    pub(super) rounds: Vec<RoundPart>,
    /// Where the rest is, where not all of it is shown.
    pub(super) more: Option<String>,
}

pub(super) struct ConditionPart {
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    pub(super) mark: &'static str,
    pub(super) reason: &'static str,
    pub(super) message: String,
    pub(super) since: String,
}

pub(super) struct RoundPart {
    pub(super) began: String,
    pub(super) cause: &'static str,
    pub(super) outcome: &'static str,
    pub(super) message: String,
}
/// What is shown of an environment, without its plan.
pub(super) fn part(environment: &EnvironmentStatus, state: State, now: Timestamp) -> StatusPart {
    let look = environment.last_look.as_deref();
    let is_open = !matches!(state, State::InSync | State::StandingBy | State::Off);
    let (state, mark) = state.shown();
    let place = look.map(|look| words::place(&look.environment));
    let rounds = environment.rounds.iter().rev();
    StatusPart {
        name: clean(environment.name.as_str()).into_owned(),
        place: place.unwrap_or_else(|| "no round has shown yet where it is".to_owned()),
        state,
        mark,
        is_open,
        differing: look.map(|_| environment.counts.differing),
        last: environment
            .last_attempt
            .map_or_else(|| "never".to_owned(), |at| distance(at, now)),
        next: next(environment, now),
        paused: environment.paused.as_ref().map(paused),
        conditions: environment.conditions.iter().map(condition).collect(),
        facts: facts(environment, now),
        plan: None,
        rounds: rounds.map(|round| self::round(round, now)).collect(),
        more: None,
    }
}

fn next(environment: &EnvironmentStatus, now: Timestamp) -> String {
    match environment.next {
        Some(at) => distance(at, now),
        None if environment.mode.as_str() == "off" => "never".to_owned(),
        None => "now".to_owned(),
    }
}

fn facts(environment: &EnvironmentStatus, now: Timestamp) -> Vec<(&'static str, String)> {
    let EnvironmentStatus {
        name: _,       // The heading.
        paused: _,     // A note of its own.
        conditions: _, // A table of their own.
        last_look: _,  // Cards.
        manifest,
        rounds: _, // A table of their own.
        mode,
        interval,
        is_leader,
        counts,
        last_attempt,
        last_success,
        next: _, // Beside how often.
        writes_today,
        max_writes_per_day,
        rate_limit,
        rate_used,
    } = environment;
    let at = |at: &Option<Timestamp>| {
        at.map_or_else(
            || "never".to_owned(),
            |at| format!("{} ({})", moment(at), distance(at, now)),
        )
    };
    let every = jiff::SignedDuration::try_from(*interval).unwrap_or_default();
    let webhooks = format!(
        "{} declared, {} live, {} differing, {} disabled by the provider, {} with a lost secret, {} unmanaged, {} of those new",
        counts.declared,
        counts.live,
        counts.differing,
        counts.disabled,
        counts.secret_lost,
        counts.unmanaged,
        counts.foreign_new
    );
    let copy = match is_leader {
        true => "this one looks at it",
        false => "this one does not look at it",
    };
    let mut facts = vec![
        ("mode", mode.as_str().to_owned()),
        ("copy", copy.to_owned()),
        (
            "looks",
            format!(
                "every {}; next: {}",
                length(every),
                self::next(environment, now)
            ),
        ),
        ("last look", at(last_attempt)),
        ("last success", at(last_success)),
    ];
    if environment.last_look.is_some() {
        facts.push(("webhooks", webhooks));
    }
    if let Some(digest) = manifest {
        facts.push(("went by", format!("sha256:{}", clean(digest))));
    }
    facts.push((
        "writes today",
        format!("{writes_today} of {max_writes_per_day}"),
    ));
    facts.push((
        "requests",
        format!("{rate_used} of {rate_limit} in the last minute"),
    ));
    facts
}

fn paused(paused: &Paused) -> String {
    let Paused { pause, by } = paused;
    let until = match pause.until {
        Some(until) => format!("until {}", moment(until)),
        None => "until somebody ends it".to_owned(),
    };
    let by = match by {
        PausedBy::Manifest => "by the manifest",
        PausedBy::Request => "by a request",
    };
    format!("{until}, {by}: {}", clean(&pause.reason))
}

fn condition(condition: &Condition) -> ConditionPart {
    let Condition {
        reason,
        message,
        since,
    } = condition;
    let mark = match reason.kind().is_well(reason.verdict()) {
        Some(true) => "good",
        Some(false) => "bad",
        None => "quiet",
    };
    ConditionPart {
        kind: reason.kind().as_str(),
        status: reason.verdict().as_str(),
        mark,
        reason: reason.as_str(),
        message: clean(message).into_owned(),
        since: moment(*since),
    }
}

fn round(round: &EnvironmentRound, now: Timestamp) -> RoundPart {
    let EnvironmentRound {
        cause,
        began_at,
        took,
        outcome,
        message,
    } = round;
    RoundPart {
        began: format!("{} ({})", moment(*began_at), distance(*began_at, now)),
        cause: cause.as_str(),
        outcome: outcome.as_str(),
        message: format!("{} ({:.1} s)", clean(message), took.as_secs_f64()),
    }
}

/// A moment, for readers wherever they are.
pub(super) fn moment(at: Timestamp) -> String {
    format!("{} UTC", time(at, &TimeZone::UTC))
}

/// How far a moment is from now.
fn distance(at: Timestamp, now: Timestamp) -> String {
    let span = now.duration_since(at);
    let far = length(span.abs());
    match span.as_secs() {
        0 => "now".to_owned(),
        1.. => format!("{far} ago"),
        _ => format!("in {far}"),
    }
}
