//! Events that are sent again.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use jiff::{SignedDuration, tz::TimeZone};

use super::{
    history::{length, span, time},
    text::{BOLD, DIM, GREEN, RED, YELLOW, clean, paint, titled},
};
use crate::{
    delivery::Span,
    report::{ReplayFate, Replayed, ReplayedEvent},
};

/// The width of most event types.
const EVENT: usize = 28;
/// How many events are named.
const NAMED: usize = 20;

/// Writes what is to be sent, and what not.
///
/// # Errors
///
/// Those of the writer.
pub fn to_be_replayed(
    all: &Replayed,
    zone: &TimeZone,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let waiting = || {
        let events = all.events.iter();
        events.filter(|event| event.fate == ReplayFate::Waiting)
    };
    let count = waiting().count();
    let (from, into) = (
        clean(all.environment.name.as_str()),
        clean(all.into.name.as_str()),
    );
    let webhook = format!("{} of {into}", paint(BOLD, clean(all.webhook.as_str())));
    let url = clean(all.url.text().shown());
    writeln!(
        out,
        "{} of {from} to send to {webhook} at {url}",
        events_of(count)
    )?;
    let mut by_type: BTreeMap<&str, usize> = BTreeMap::new();
    for event in waiting() {
        *by_type.entry(event.event_type.as_str()).or_default() += 1;
    }
    for (event_type, count) in by_type {
        writeln!(out, "  {:<EVENT$}  {count:>6}", clean(event_type))?;
    }
    let moments = || waiting().filter_map(|event| event.event_created_at);
    let whole = moments().min().zip(moments().max());
    if let Some(whole) = whole.and_then(|(since, until)| Span::new(since, until)) {
        writeln!(out, "  from {}", span(&whole, zone))?;
    }
    if count > 0 {
        let seconds = (count - 1) * 60 / all.rate.max(1) as usize;
        let least = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        writeln!(
            out,
            "  in their order, signed with the present secret, at most {} a minute: {} at least",
            all.rate,
            length(least)
        )?;
    }
    let before = all.count(&[ReplayFate::TakenBefore]);
    if before > 0 {
        writeln!(
            out,
            "  {} taken in an earlier run, not sent again",
            events_of(before)
        )?;
    }
    lacking(all, width, out)?;
    let open = all.count(&[ReplayFate::UnansweredBefore]);
    if open > 0 {
        let text = format!(
            "{} sent in an earlier run without an answer: the receiver may have taken them; `--resend-unknown` sends them again",
            events_of(open)
        );
        writeln!(out, "{}", titled(YELLOW, "note:", &text, width))?;
        named(all, ReplayFate::UnansweredBefore, zone, out)?;
    }
    Ok(())
}

/// Writes what came of it.
///
/// # Errors
///
/// Those of the writer.
pub fn replayed(
    all: &Replayed,
    zone: &TimeZone,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for fate in [
        ReplayFate::NotTaken,
        ReplayFate::Unanswered,
        ReplayFate::UnansweredBefore,
        ReplayFate::HeldBack,
    ] {
        named(all, fate, zone, out)?;
    }
    lacking(all, width, out)?;
    let taken = all.count(&[ReplayFate::Taken]);
    let mut parts = vec![format!("{} taken", events_of(taken))];
    for (fate, words) in [
        (ReplayFate::TakenBefore, "taken before"),
        (ReplayFate::NotTaken, "not taken"),
        (ReplayFate::Unanswered, "without an answer"),
        (ReplayFate::UnansweredBefore, "without an answer before"),
        (ReplayFate::HeldBack, "held back"),
        (ReplayFate::Waiting, "not sent"),
    ] {
        match all.count(&[fate]) {
            0 => {}
            count => parts.push(format!("{count} {words}")),
        }
    }
    let style = if all.is_done() { GREEN } else { RED };
    writeln!(
        out,
        "{}",
        paint(style, format!("Replayed: {}.", parts.join(", ")))
    )?;
    if !all.is_done() {
        let text = "run it again to go on: what was taken is not sent again; `history gaps` with this archive says what is still lost";
        writeln!(out, "{}", titled(DIM, "note:", text, width))?;
    }
    Ok(())
}

/// What was asked for and cannot be sent.
fn lacking(all: &Replayed, width: usize, out: &mut dyn Write) -> io::Result<()> {
    if all.without_payload > 0 {
        let text = format!(
            "{} cannot be sent: the archive has no payload of them, or one in which a secret is masked; `history sync --payload` keeps those that the provider still has",
            events_of(all.without_payload)
        );
        writeln!(out, "{}", titled(YELLOW, "note:", &text, width))?;
    }
    for id in all.unknown_ids.iter().take(NAMED) {
        let text = format!("the archive has no delivery `{}`", clean(id));
        writeln!(out, "{}", titled(YELLOW, "note:", &text, width))?;
    }
    Ok(())
}

fn named(all: &Replayed, fate: ReplayFate, zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let events = || all.events.iter().filter(|event| event.fate == fate);
    for event in events().take(NAMED) {
        let ReplayedEvent {
            delivery,
            event_type,
            event_created_at,
            object: _, // It may say whose event it is.
            fate,
            why,
        } = event;
        let at = event_created_at.map_or_else(|| "not said".to_owned(), |at| time(at, zone));
        let why = why.as_deref().unwrap_or_default();
        writeln!(
            out,
            "  {:<17}  {at:<19}  {:<EVENT$}  {}  {}",
            fate.as_str(),
            clean(event_type.as_str()),
            clean(delivery),
            paint(DIM, clean(why))
        )?;
    }
    match events().count() {
        count if count > NAMED => writeln!(out, "  and {} more", count - NAMED),
        _ => Ok(()),
    }
}

fn events_of(count: usize) -> String {
    match count {
        1 => "1 event".to_owned(),
        count => format!("{count} events"),
    }
}
