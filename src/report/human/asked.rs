//! Events that a provider is asked to send again.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use super::{
    history::{deliveries_of, moment, span},
    replay::{EVENT, NAMED, by_type, not_named, unknown},
    text::{BOLD, DIM, GREEN, RED, YELLOW, clean, count, paint, titled},
};
use crate::report::{AskedEvent, AskedReplay, ReplayFate};

/// Writes what a provider is to be asked for, and what not.
///
/// # Errors
///
/// Those of the writer.
pub fn to_be_asked(
    all: &AskedReplay,
    zone: &TimeZone,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let title = all.environment.profile.title;
    let webhook = paint(BOLD, clean(all.webhook.as_str()));
    let name = clean(all.environment.name.as_str());
    let url = clean(all.url.text().shown());
    writeln!(
        out,
        "{title} is asked to send again, to {webhook} of {name} at {url}:"
    )?;
    let waiting = |fate| fate == ReplayFate::Waiting;
    for asked in all.spans.iter().filter(|one| waiting(one.fate)) {
        writeln!(out, "  all that failed from {}", span(&asked.span, zone))?;
    }
    if !all.spans.is_empty() {
        let failed = deliveries_of(all.failed as u64);
        writeln!(out, "  of which the archive has {failed}; {title} decides")?;
    }
    let events = all.events.iter().filter(|one| waiting(one.fate));
    by_type(events.map(|event| &event.event_type), out)?;
    writeln!(
        out,
        "  {title} signs and records them as its own, and sends them at its own pace; it is asked at most {} times a minute",
        all.rate
    )?;
    let before = all.count(&[ReplayFate::AskedBefore]);
    if before > 0 {
        let requests = count(before, "request");
        writeln!(out, "  {requests} asked for in an earlier run, not again")?;
    }
    lacking(all, width, out)?;
    let open = all.count(&[ReplayFate::UnansweredBefore]);
    if open > 0 {
        let text = format!(
            "{} asked for in an earlier run without an answer: {title} may have sent them; `--resend-unknown` asks again",
            count(open, "request")
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
pub fn asked_replay(
    all: &AskedReplay,
    zone: &TimeZone,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for fate in [
        ReplayFate::Refused,
        ReplayFate::Unanswered,
        ReplayFate::UnansweredBefore,
    ] {
        named(all, fate, zone, out)?;
    }
    lacking(all, width, out)?;
    let asked = count(all.count(&[ReplayFate::Asked]), "request");
    let mut parts = vec![format!("{asked} asked for")];
    for (fate, words) in [
        (ReplayFate::AskedBefore, "asked for before"),
        (ReplayFate::Refused, "refused"),
        (ReplayFate::Unanswered, "without an answer"),
        (ReplayFate::UnansweredBefore, "without an answer before"),
        (ReplayFate::Waiting, "not asked for"),
    ] {
        match all.count(&[fate]) {
            0 => {}
            count => parts.push(format!("{count} {words}")),
        }
    }
    let style = if all.is_done() { GREEN } else { RED };
    writeln!(out, "{}", paint(style, format!("{}.", parts.join(", "))))?;
    let title = all.environment.profile.title;
    let text = if all.is_done() {
        format!(
            "{title} sends them now; fetch what comes of it with `history sync`, then `history gaps` says what is still lost"
        )
    } else {
        "run it again to go on: what was asked for is not asked for again".to_owned()
    };
    writeln!(out, "{}", titled(DIM, "note:", &text, width))
}

/// What was asked for and cannot be.
fn lacking(all: &AskedReplay, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let title = all.environment.profile.title;
    unknown(&all.unknown_ids, width, out)?;
    let mut note = |text: String| writeln!(out, "{}", titled(YELLOW, "note:", &text, width));
    for id in all.forgotten_ids.iter().take(NAMED) {
        note(format!(
            "{title} does not know the delivery `{}` any more",
            clean(id)
        ))?;
    }
    let more = all.forgotten_ids.len().saturating_sub(NAMED);
    if more > 0 {
        note(format!("and {more} more that it does not know"))?;
    }
    Ok(())
}

fn named(
    all: &AskedReplay,
    fate: ReplayFate,
    zone: &TimeZone,
    out: &mut dyn Write,
) -> io::Result<()> {
    for asked in all.spans.iter().filter(|one| one.fate == fate) {
        let why = clean(asked.why.as_deref().unwrap_or_default());
        let (fate, failed) = (fate.as_str(), span(&asked.span, zone));
        writeln!(
            out,
            "  {fate:<17}  all that failed from {failed}  {}",
            paint(DIM, why)
        )?;
    }
    let events = || all.events.iter().filter(|event| event.fate == fate);
    for asked in events().take(NAMED) {
        let AskedEvent {
            event,
            delivery: _, // The event's id says more.
            event_type,
            event_created_at,
            fate,
            why,
        } = asked;
        writeln!(
            out,
            "  {:<17}  {:<19}  {:<EVENT$}  {}  {}",
            fate.as_str(),
            moment(*event_created_at, zone),
            clean(event_type.as_str()),
            clean(event),
            paint(DIM, clean(why.as_deref().unwrap_or_default()))
        )?;
    }
    not_named(events().count(), out)
}
