//! What the service knows, as a page.

use std::io::{self, Write};

use askama::Template;
use jiff::{Timestamp, tz::TimeZone};

use super::plan::{self, EnvironmentPart, Value};
use crate::{
    reconcile::{
        Condition, ConditionKind, EnvironmentRound, EnvironmentStatus, ManifestStatus, Paused,
        PausedBy, Reason, Status, Verdict,
    },
    report::{
        human::{length, time},
        words::{self, clean, count},
    },
    run::PlannedEnvironment,
};

/// How many environments have a part of their own. Those that somebody should look at come first.
const PARTS: usize = 200;
/// How many operations and unmanaged webhooks are shown, over all environments: whoever asks for the page again and again is
/// not to fill memory with it.
const DETAILS: usize = 1_000;

#[derive(Template)]
#[template(path = "status.html")]
struct Page {
    headline: String,
    now: String,
    invalid: Option<String>,
    environments: Vec<StatusPart>,
    /// How many environments have a part of their own.
    parts: usize,
    /// Where the others are.
    others: Option<String>,
    sensitive: &'static str,
    origin: Vec<(&'static str, String)>,
}

struct StatusPart {
    name: String,
    place: String,
    state: &'static str,
    /// How the state looks.
    mark: &'static str,
    /// Whether its conditions are shown at once: there is something to see.
    is_open: bool,
    differing: Option<usize>,
    last: String,
    next: String,
    paused: Option<String>,
    conditions: Vec<ConditionPart>,
    facts: Vec<(&'static str, String)>,
    plan: Option<EnvironmentPart>,
    /// The latest first.
    rounds: Vec<RoundPart>,
    /// Where the rest is, where not all of it is shown.
    more: Option<String>,
}

struct ConditionPart {
    kind: &'static str,
    status: &'static str,
    mark: &'static str,
    reason: &'static str,
    message: String,
    since: String,
}

struct RoundPart {
    began: String,
    cause: &'static str,
    outcome: &'static str,
    message: String,
}

/// How an environment is, the worst first: so they stand on the page.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Failing,
    Stalled,
    Differs,
    Unhealthy,
    Paused,
    Waiting,
    StandingBy,
    InSync,
    Off,
}

impl State {
    fn of(environment: &EnvironmentStatus) -> Self {
        let reason = |kind| environment.conditions.get(kind).reason;
        let is_ill = |kind: ConditionKind| kind.is_well(reason(kind).verdict()) == Some(false);
        let ready = reason(ConditionKind::Ready);
        if environment.mode.as_str() == "off" {
            Self::Off
        } else if environment.paused.is_some() {
            Self::Paused
        } else if ready == Reason::STANDING_BY {
            Self::StandingBy
        } else if is_ill(ConditionKind::Stalled) {
            Self::Stalled
        } else if is_ill(ConditionKind::Ready) || is_ill(ConditionKind::CredentialsValid) {
            Self::Failing
        } else if is_ill(ConditionKind::EndpointsHealthy) {
            Self::Unhealthy
        } else if is_ill(ConditionKind::InSync) {
            Self::Differs
        } else if reason(ConditionKind::InSync).verdict() == Verdict::Unknown {
            Self::Waiting
        } else {
            Self::InSync
        }
    }

    /// The words for it, and how they look.
    fn shown(self) -> (&'static str, &'static str) {
        match self {
            Self::Failing => ("failing", "bad"),
            Self::Stalled => ("stalled", "bad"),
            Self::Differs => ("differs", "careful"),
            Self::Unhealthy => ("disabled at the provider", "bad"),
            Self::Paused => ("paused", "careful"),
            Self::Waiting => ("not looked at yet", "quiet"),
            Self::StandingBy => ("another copy looks at it", "quiet"),
            Self::InSync => ("in sync", "good"),
            Self::Off => ("off", "quiet"),
        }
    }
}

/// Writes what the service knows as one page that needs nothing else. What somebody should look at comes first.
///
/// # Errors
///
/// Those of the writer.
pub fn status(status: &Status, now: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    let mut environments: Vec<(State, &EnvironmentStatus)> = (status.environments.iter())
        .map(|environment| (State::of(environment), environment))
        .collect();
    environments.sort_by_key(|(state, _)| *state);
    let page = Page {
        headline: headline(&environments),
        now: moment(now),
        invalid: (status.manifest.invalid.as_deref()).map(|text| clean(text).into_owned()),
        parts: PARTS,
        others: (environments.len() > PARTS).then(|| {
            let others = count(environments.len() - PARTS, "more environment");
            format!("{others}: see /api/v1/environments")
        }),
        environments: parts(&environments, now),
        sensitive: words::SENSITIVE,
        origin: origin(&status.manifest, status.started_at),
    };
    page.write_into(out)?;
    writeln!(out)
}

fn headline(environments: &[(State, &EnvironmentStatus)]) -> String {
    let of = |wanted: State| {
        environments
            .iter()
            .filter(move |(state, _)| *state == wanted)
    };
    let others = [
        State::Failing,
        State::Stalled,
        State::Differs,
        State::Unhealthy,
        State::Paused,
        State::Waiting,
        State::StandingBy,
        State::Off,
    ];
    let in_sync = of(State::InSync).count();
    let watched = count(environments.len(), "environment");
    if in_sync == environments.len() && in_sync > 0 {
        return format!("{watched} in sync");
    }
    let others = others.into_iter().filter_map(|state| {
        let count = of(state).count();
        let word = match state {
            State::Differs => "differing",
            state => state.shown().0,
        };
        (count > 0).then(|| format!("{count} {word}"))
    });
    let mut parts = vec![format!("{in_sync} of {watched} in sync")];
    parts.extend(others);
    parts.join(", ")
}

fn origin(manifest: &ManifestStatus, started_at: Timestamp) -> Vec<(&'static str, String)> {
    let ManifestStatus {
        digest,
        commit,
        since,
        invalid: _, // It stands at the head.
    } = manifest;
    let digest = (!digest.is_empty()).then(|| format!("sha256:{}", clean(digest)));
    let commit = commit.as_deref();
    [
        ("manifest", digest),
        ("commit", commit.map(|commit| clean(commit).into_owned())),
        ("in force since", since.map(moment)),
        ("service began", Some(moment(started_at))),
    ]
    .into_iter()
    .filter_map(|(term, text)| Some((term, text?)))
    .collect()
}

/// The parts of all environments, with as many details as the page has room for.
fn parts(environments: &[(State, &EnvironmentStatus)], now: Timestamp) -> Vec<StatusPart> {
    let mut room = DETAILS;
    let parts = environments.iter().enumerate();
    let parts = parts.map(|(index, (state, environment))| {
        let mut part = part(environment, *state, now);
        let look = environment.last_look.as_deref();
        // Of the others, only the rows are shown.
        let Some(look) = look.filter(|_| index < PARTS) else {
            return part;
        };
        let left_out = match room {
            0 => details(look),
            _ => {
                let plan = part.plan.insert(plan::environment(look));
                let webhooks = plan.unmanaged.iter_mut().map(|group| &mut group.webhooks);
                cut(&mut plan.operations, &mut room)
                    + webhooks.map(|list| cut(list, &mut room)).sum::<usize>()
            }
        };
        part.more = (left_out > 0)
            .then(|| format!("{left_out} more are not shown here: see /api/v1/environments/NAME"));
        part
    });
    parts.collect()
}

/// How many details a look has.
fn details(look: &PlannedEnvironment) -> usize {
    let plan = look.result.plan();
    plan.map_or(0, |plan| plan.operations.len() + plan.unmanaged.len())
}

/// Cuts a list to the room that is left, and says how much that leaves out.
fn cut<T>(list: &mut Vec<T>, room: &mut usize) -> usize {
    let left_out = list.len().saturating_sub(*room);
    list.truncate(*room);
    *room -= list.len();
    left_out
}

fn part(environment: &EnvironmentStatus, state: State, now: Timestamp) -> StatusPart {
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
        "{} declared, {} live, {} differing, {} disabled by the provider, {} unmanaged, {} of those new",
        counts.declared,
        counts.live,
        counts.differing,
        counts.disabled,
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
fn moment(at: Timestamp) -> String {
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
