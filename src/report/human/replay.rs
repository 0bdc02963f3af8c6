//! Events that are sent again.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use jiff::{SignedDuration, tz::TimeZone};

use super::{
    history::{length, moment, span},
    text::{BOLD, DIM, GREEN, RED, YELLOW, clean, paint, titled},
};
use crate::{
    delivery::Span,
    model::EventType,
    report::{ReplayFate, Replayed, ReplayedEvent, words},
};

/// The width of most event types.
pub(super) const EVENT: usize = 28;
/// How many events are named.
pub(super) const NAMED: usize = 20;

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
    let events = words::count(count, "event");
    writeln!(out, "{events} of {from} to send to {webhook} at {url}")?;
    by_type(waiting().map(|event| &event.event_type), out)?;
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
        let events = words::count(before, "event");
        writeln!(out, "  {events} taken in an earlier run, not sent again")?;
    }
    lacking(all, width, out)?;
    let open = all.count(&[ReplayFate::UnansweredBefore]);
    if open > 0 {
        let text = format!(
            "{} sent in an earlier run without an answer: the receiver may have taken them; `--resend-unknown` sends them again",
            words::count(open, "event")
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
    let taken = words::count(all.count(&[ReplayFate::Taken]), "event");
    let mut parts = vec![format!("{taken} taken")];
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
    let text = format!("Replayed: {}.", parts.join(", "));
    let style = if all.is_done() { GREEN } else { RED };
    writeln!(out, "{}", paint(style, text))?;
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
            words::count(all.without_payload, "event")
        );
        writeln!(out, "{}", titled(YELLOW, "note:", &text, width))?;
    }
    unknown(&all.unknown_ids, width, out)
}

/// The ids that were asked for and are not in the archive.
pub(super) fn unknown(ids: &[String], width: usize, out: &mut dyn Write) -> io::Result<()> {
    for id in ids.iter().take(NAMED) {
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
        writeln!(
            out,
            "  {:<17}  {:<19}  {:<EVENT$}  {}  {}",
            fate.as_str(),
            moment(*event_created_at, zone),
            clean(event_type.as_str()),
            clean(delivery),
            paint(DIM, clean(why.as_deref().unwrap_or_default()))
        )?;
    }
    not_named(events().count(), out)
}

/// How many events of so many are not named.
pub(super) fn not_named(events: usize, out: &mut dyn Write) -> io::Result<()> {
    match events.saturating_sub(NAMED) {
        0 => Ok(()),
        more => writeln!(out, "  and {more} more"),
    }
}

/// Writes how many events there are of each type.
pub(super) fn by_type<'e>(
    types: impl Iterator<Item = &'e EventType>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for event_type in types {
        *counts.entry(event_type.as_str()).or_default() += 1;
    }
    for (event_type, count) in counts {
        writeln!(out, "  {:<EVENT$}  {count:>6}", clean(event_type))?;
    }
    Ok(())
}
