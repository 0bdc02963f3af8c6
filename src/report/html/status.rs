//! What the service knows, as a page.

mod part;
mod state;

use std::io::{self, Write};

use askama::Template;
use jiff::Timestamp;

use self::{
    part::{StatusPart, moment, part},
    state::State,
};
use super::plan::{self, Value};
use crate::{
    reconcile::{EnvironmentStatus, ManifestStatus, Status},
    report::words::{self, clean, count},
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
                let plan = part.plan.insert(plan::environment(look, false));
                let webhooks = plan.unmanaged.iter_mut().map(|group| &mut group.webhooks);
                let cards = &mut plan.cards;
                let alike = cards.groups.iter_mut().map(|group| &mut group.webhooks);
                cut(&mut cards.deletes, &mut room)
                    + alike.map(|list| cut(list, &mut room)).sum::<usize>()
                    + cut(&mut cards.others, &mut room)
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
