//! What a request's body asks for.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::answer::Refused;
use crate::{
    manifest::Pause,
    model::EnvironmentName,
    reconcile::{Paused, PausedBy},
};

/// How long a pause may be that a request asks for.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many characters its reason may have.
const LONGEST_REASON: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TriggerBody {
    environments: Option<Vec<EnvironmentName>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PauseBody {
    reason: String,
    until: Timestamp,
}

/// The environments that a round is asked for; empty for all of them.
pub(super) fn environments(body: &[u8]) -> Result<BTreeSet<EnvironmentName>, Refused> {
    if body.trim_ascii().is_empty() {
        return Ok(BTreeSet::new());
    }
    let way_out = "send `{\"environments\": [\"NAME\"]}`, or nothing for all of them";
    let refused = |why: String| {
        let error = format!("no round is asked for: the body cannot be used: {why}");
        Refused::new(StatusCode::BAD_REQUEST, error, way_out)
    };
    let body: TriggerBody =
        serde_json::from_slice(body).map_err(|error| refused(error.to_string()))?;
    match body.environments {
        None => Ok(BTreeSet::new()),
        // All of them would be a surprise.
        Some(named) if named.is_empty() => Err(refused("`environments` names none".to_owned())),
        Some(named) => Ok(named.into_iter().collect()),
    }
}

pub(super) fn pause(body: &[u8], now: Timestamp) -> Result<Paused, Refused> {
    let refused = |why: String| {
        Refused::new(
            StatusCode::BAD_REQUEST,
            format!("nothing is paused: {why}"),
            "send `{\"reason\": \"INC-1234\", \"until\": \"2026-12-01T00:00:00Z\"}`: both are needed",
        )
    };
    let PauseBody { reason, until } = serde_json::from_slice(body)
        .map_err(|error| refused(format!("the body cannot be used: {error}")))?;
    let length = reason.chars().count();
    if reason.trim().is_empty() {
        return Err(refused("`reason` is empty".to_owned()));
    }
    if length > LONGEST_REASON {
        return Err(refused(format!(
            "`reason` has {length} characters, and {LONGEST_REASON} are the most"
        )));
    }
    if until <= now {
        return Err(refused(format!(
            "`until` is {until}, and it is {now} already"
        )));
    }
    if until.duration_since(now) > LONGEST_PAUSE {
        return Err(refused(format!(
            "`until` is {until}, more than 7 days from now, {now}; for longer, write `paused` into the manifest"
        )));
    }
    Ok(Paused {
        pause: Pause {
            reason,
            until: Some(until),
        },
        by: PausedBy::Request,
    })
}
