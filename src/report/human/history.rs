//! Deliveries as a table.

use std::io::{self, Write};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use unicode_width::UnicodeWidthStr;

use super::text::{BOLD, DIM, GREEN, RED, YELLOW, clean, paint, titled, wrap};
use crate::{
    delivery::{Delivery, Span},
    report::{KeptEnvironment, ListedDelivery, ListedEnvironment, LostEnvironment},
};

/// The width of most event types.
const EVENT: usize = 22;
/// The width of the names of environments.
const ENVIRONMENT: usize = 10;
/// The column at which details begin.
const DETAILS: usize = 21;

/// How a table of deliveries is laid out.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryLayout<'l> {
    /// The zone that times are shown in.
    pub zone: &'l TimeZone,
    /// Whether there is a column for the environment.
    pub environments: bool,
    /// How wide text is laid out.
    pub width: usize,
}

impl DeliveryLayout<'_> {
    /// The column of an environment, where there is one.
    fn environment(&self, text: &str) -> String {
        match self.environments {
            true => format!("{text:<ENVIRONMENT$}  "),
            false => String::new(),
        }
    }
}

/// Writes the head of a table.
///
/// # Errors
///
/// Those of the writer.
pub fn delivery_head(layout: &DeliveryLayout<'_>, out: &mut dyn Write) -> io::Result<()> {
    let environment = layout.environment("env");
    let zone = zone_name(layout.zone);
    // A long name of a zone must not push the columns aside.
    let time = format!("time ({zone})");
    let (note, time) = if time.width() <= 19 {
        (None, time)
    } else {
        (Some(zone), "time".to_owned())
    };
    if let Some(zone) = note {
        writeln!(out, "{}", paint(DIM, format!("times are those of {zone}")))?;
    }
    let head = format!(
        "{time:<19}  {environment}status  {:<EVENT$}  webhook",
        "event"
    );
    writeln!(out, "{}", paint(DIM, head))
}

/// Writes rows of a table.
///
/// # Errors
///
/// Those of the writer.
pub fn deliveries(
    rows: &[ListedDelivery],
    layout: &DeliveryLayout<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for row in rows {
        let ListedDelivery {
            environment,
            webhook,
            delivery,
            payload,
        } = row;
        let at = moment(delivery.event_created_at, layout.zone);
        let environment = layout.environment(&clean(environment.as_str()));
        let webhook = match webhook {
            Some(key) => paint(BOLD, clean(key.as_str())),
            None => clean(delivery.webhook_url.text().shown()).into_owned(),
        };
        let event = clean(delivery.event_type.as_str());
        let status = status(delivery);
        writeln!(
            out,
            "{at:<19}  {environment}{status}  {event:<EVENT$}  {webhook}"
        )?;
        if let Some(error) = delivery
            .error_message
            .as_deref()
            .filter(|it| !it.is_empty())
        {
            let error = wrap(&clean(error), layout.width, DETAILS);
            writeln!(out, "{}{}", " ".repeat(DETAILS), paint(DIM, error))?;
        }
        if let Some(payload) = payload {
            for line in format!("{payload:#}").lines() {
                writeln!(out, "{}{}", " ".repeat(DETAILS), paint(DIM, clean(line)))?;
            }
        }
    }
    Ok(())
}

fn status(delivery: &Delivery) -> String {
    let (style, text) = match delivery.status_code {
        Some(status) if delivery.has_succeeded() => (GREEN, status.to_string()),
        Some(status) => (RED, status.to_string()),
        None => (RED, "none".to_owned()),
    };
    paint(style, format!("{text:<6}"))
}

/// Writes, behind a table, what it does not show: more deliveries, and spans that nothing is known of.
///
/// # Errors
///
/// Those of the writer.
pub fn unread(
    all: &[ListedEnvironment],
    limit: usize,
    zone: &TimeZone,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for one in all {
        let name = clean(one.environment.name.as_str()).into_owned();
        if one.more {
            let are = if limit == 1 { "is" } else { "are" };
            let text = format!(
                "{name}: {} {are} shown, and there are more; `--limit 0` lists all",
                deliveries_of(limit as u64)
            );
            writeln!(out, "{}", titled(DIM, "note:", &text, width))?;
        }
        missing(&name, &one.missing, zone, width, out)?;
    }
    Ok(())
}

/// Names spans that nothing is known of.
pub(super) fn missing(
    environment: &str,
    spans: &[Span],
    zone: &TimeZone,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for span in spans {
        let text = format!(
            "{environment}: nothing is known of {} ({})",
            self::span(span, zone),
            length(span.length()),
        );
        writeln!(out, "{}", titled(YELLOW, "gap:", &text, width))?;
    }
    Ok(())
}

/// A span on the clock of whoever reads it.
pub fn span(span: &Span, zone: &TimeZone) -> String {
    format!("{} to {}", time(span.since, zone), time(span.until, zone))
}

/// Writes what was kept, and of which time an archive now has all deliveries.
///
/// # Errors
///
/// Those of the writer.
pub fn kept(
    all: &[KeptEnvironment],
    archive: &str,
    zone: &TimeZone,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for one in all {
        let name = clean(one.environment.name.as_str());
        let summary = &one.summary;
        let mut line = format!("{} new", deliveries_of(summary.new));
        if summary.known > 0 {
            line.push_str(&format!(", {} known already", summary.known));
        }
        if summary.forgotten > 0 {
            line.push_str(&format!(", {} too old and deleted", summary.forgotten));
        }
        writeln!(out, "{}  {line}", paint(BOLD, &name))?;
        for covered in &summary.covered {
            writeln!(out, "  complete  {}", span(covered, zone))?;
        }
        let between = summary.covered.windows(2).map(|pair| Span {
            since: pair[0].until,
            until: pair[1].since,
        });
        missing(&name, &between.collect::<Vec<_>>(), zone, width, out)?;
    }
    writeln!(out, "Archived in {}", clean(archive))
}

/// Says how many events were lost, and of which time that is not known.
///
/// # Errors
///
/// Those of the writer.
pub fn lost(
    all: &[LostEnvironment],
    zone: &TimeZone,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for one in all {
        let name = clean(one.environment.name.as_str());
        missing(&name, &one.missing, zone, width, out)?;
        let lost = match one.events.len() {
            0 => "no event was lost".to_owned(),
            1 => "1 event was lost".to_owned(),
            n => format!("{n} events were lost"),
        };
        let known = if one.missing.is_empty() {
            ""
        } else {
            ", as far as is known"
        };
        writeln!(out, "{name}: {lost}{known}")?;
    }
    Ok(())
}

/// `1 delivery`, `2 deliveries`.
pub(in crate::report) fn deliveries_of(n: u64) -> String {
    match n {
        1 => "1 delivery".to_owned(),
        n => format!("{n} deliveries"),
    }
}

/// A moment on the clock of whoever reads it, to the second.
pub(in crate::report) fn time(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    local.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The moment of an event, where it is known.
pub(super) fn moment(at: Option<Timestamp>, zone: &TimeZone) -> String {
    at.map_or_else(|| "not said".to_owned(), |at| time(at, zone))
}

/// What people call a zone.
pub(in crate::report) fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("local")
}

/// A length of time in its largest unit.
pub(in crate::report) fn length(length: SignedDuration) -> String {
    let (unit, word) = match length.as_secs() {
        ..60 => (1, "s"),
        60..3_600 => (60, "min"),
        3_600..172_800 => (3_600, "h"),
        _ => (86_400, "days"),
    };
    format!("{} {word}", length.as_secs() / unit)
}
