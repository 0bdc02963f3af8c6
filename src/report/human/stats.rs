//! What deliveries come to, as text.

use std::io::{self, Write};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{
    history::{deliveries_of, length, missing, span, time, zone_name},
    text::{BOLD, DIM, RED, YELLOW, clean, paint, wrap, wrap_after},
};
use crate::{
    delivery::{Bucket, EventStats, FailureReason, Span, WebhookStats},
    report::{CountedEnvironment, words},
};

/// The width of event types.
const EVENT: usize = 23;
/// How many signs show what happened over time.
const SIGNS: usize = 12;
/// The column at which lists begin.
const LISTS: usize = 13;

/// Writes what deliveries come to, by webhook and event type.
///
/// # Errors
///
/// Those of the writer.
pub fn stats(
    all: &[CountedEnvironment],
    zone: &TimeZone,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for one in all {
        let name = clean(one.environment.name.as_str());
        let window = format!(
            "{} ({}, {})",
            span(&one.window, zone),
            zone_name(zone),
            length(one.window.length())
        );
        writeln!(out, "{}  {}\n", paint(BOLD, &name), paint(DIM, window))?;
        for webhook in one.notable() {
            self::webhook(webhook, one, zone, width, out)?;
        }
        missing(&name, &one.missing, zone, width, out)?;
        let (total, failed) = one.counts();
        let line = format!("{name}: {}, {failed} failed.", deliveries_of(total));
        writeln!(out, "{}", paint(BOLD, line))?;
    }
    Ok(())
}

fn webhook(
    webhook: &WebhookStats,
    one: &CountedEnvironment,
    zone: &TimeZone,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let receiver = &webhook.receiver;
    let title = receiver.title();
    let url = match (&receiver.key, &receiver.name) {
        (None, None) => "no webhook is known there".into(),
        _ => clean(receiver.url.text().shown()),
    };
    let disabled = match receiver.enabled {
        Some(false) => paint(RED, "  disabled"),
        _ => String::new(),
    };
    let title = paint(BOLD, clean(title.shown()));
    writeln!(out, "  {title}  {}{disabled}", paint(DIM, url))?;
    if !webhook.events.is_empty() {
        let head = format!(
            "    {:<EVENT$} {:>10} {:>8} {:<16} over time",
            "event", "deliveries", "success", "last success"
        );
        writeln!(out, "{}", paint(DIM, head))?;
    }
    for event in &webhook.events {
        row(event, one, zone, out)?;
    }
    let total = webhook.total();
    let mut label = "failed";
    let mut failures: Vec<(&FailureReason, &u64)> = total.failures.iter().collect();
    failures.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    for (reason, count) in failures {
        let text = wrap(&format!("{count} × {}", reason_text(reason)), width, LISTS);
        writeln!(out, "    {}{text}", paint(RED, format!("{label:<9}")))?;
        label = "";
    }
    if !webhook.silent.is_empty() {
        let events: Vec<&str> = webhook.silent.iter().map(|event| event.as_str()).collect();
        let text = format!("subscribed, and no delivery: {}", events.join(", "));
        let text = wrap_after(LISTS, &clean(&text), width, LISTS);
        writeln!(
            out,
            "    {}{text}",
            paint(YELLOW, format!("{:<9}", "silent"))
        )?;
    }
    writeln!(out)
}

fn row(
    event: &EventStats,
    one: &CountedEnvironment,
    zone: &TimeZone,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = clean(event.event_type.as_str());
    let last = event.last_success.map_or_else(
        || "never".to_owned(),
        // Minutes will do: the JSON has all.
        |at| time(at, zone)[..16].to_owned(),
    );
    let share = share(event);
    let line = sparkline(&event.series, one);
    writeln!(
        out,
        "    {name:<EVENT$} {:>10} {share:>8} {last:<16} {line}",
        event.deliveries
    )
}

/// The share that succeeded; all only where it is all, and none only where it is none.
pub(in crate::report) fn share(event: &EventStats) -> String {
    match event.success_share() {
        None => "-".to_owned(),
        Some(_) if event.failed() == 0 => "100 %".to_owned(),
        Some(share) => format!(
            "{:.1} %",
            (share * 100.0).clamp(if event.succeeded > 0 { 0.1 } else { 0.0 }, 99.9)
        ),
    }
}

/// Why deliveries failed, in words.
pub(in crate::report) fn reason_text(reason: &FailureReason) -> String {
    words::answered(reason.status, reason.error.as_deref())
}

/// A sign for each part of the window: `·` for none, `?` for what is not known.
fn sparkline(series: &[Bucket], one: &CountedEnvironment) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let parts = series.chunks(series.len().div_ceil(SIGNS).max(1));
    let parts: Vec<u64> = parts
        .map(|part| part.iter().map(|bucket| bucket.deliveries).sum())
        .collect();
    let most = parts.iter().copied().max().unwrap_or(0).max(1);
    let unknown = unknown(one.window, &one.missing, parts.len());
    let signs = parts
        .iter()
        .zip(unknown)
        .map(|(count, unknown)| match count {
            0 if unknown => '?',
            0 => '·',
            count => {
                let height = (count * 8).div_ceil(most).clamp(1, 8);
                BARS[usize::try_from(height - 1).unwrap_or(7)]
            }
        });
    signs.collect()
}

/// Which of so many equal parts of a window nothing is known of: those of which the middle is missing.
pub(in crate::report) fn unknown(window: Span, missing: &[Span], parts: usize) -> Vec<bool> {
    let length = window.length().as_micros();
    let parts = i128::try_from(parts).unwrap_or(1).max(1);
    let middles = (0..parts).map(|part| {
        let offset = length * (2 * part + 1) / (2 * parts);
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        window
            .since
            .checked_add(SignedDuration::from_micros(offset))
    });
    let is_missing = |at: Timestamp| missing.iter().any(|span| span.contains(at));
    middles.map(|middle| middle.is_ok_and(is_missing)).collect()
}
