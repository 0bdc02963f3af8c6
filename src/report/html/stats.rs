//! What deliveries come to, as a page.

use std::io::{self, Write};

use askama::Template;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use crate::{
    delivery::{Bucket, EventStats, Span, WebhookStats},
    report::{
        CountedEnvironment,
        human::{deliveries_of, reason_text, share, span, time, unknown, zone_name},
        words::{self, clean},
    },
};

/// The size of a chart, in its own units; the template has the same.
const WIDTH: usize = 720;
const HEIGHT: u64 = 100;
/// The most days that are named below a chart.
const MOST_DAYS: i64 = 6;

#[derive(Template)]
#[template(path = "stats.html")]
struct Page {
    headline: String,
    zone: String,
    environments: Vec<EnvironmentPart>,
}

struct EnvironmentPart {
    name: String,
    place: String,
    window: String,
    summary: String,
    gaps: Vec<String>,
    webhooks: Vec<WebhookPart>,
}

struct WebhookPart {
    title: String,
    url: String,
    /// Where on the page it is.
    anchor: String,
    is_disabled: bool,
    failed: u64,
    share: String,
    last_success: String,
    chart: Option<Chart>,
    events: Vec<EventPart>,
    failures: Vec<(u64, String)>,
    silent: String,
}

struct EventPart {
    name: String,
    deliveries: u64,
    failed: u64,
    share: String,
    last_success: String,
    last: String,
}

struct Chart {
    label: String,
    most: String,
    begin: String,
    end: String,
    days: Vec<Day>,
    bars: Vec<Bar>,
    unknown: Vec<Bar>,
}

/// The beginning of a day.
struct Day {
    label: String,
    x: usize,
    percent: usize,
}

struct Bar {
    title: String,
    x: usize,
    width: usize,
    good: u64,
    good_y: u64,
    bad: u64,
    bad_y: u64,
}

/// Writes what deliveries come to as one page that needs nothing else.
///
/// # Errors
///
/// Those of the writer.
pub fn stats(all: &[CountedEnvironment], zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let total: u64 = all.iter().map(|one| one.counts().0).sum();
    let page = Page {
        headline: deliveries_of(total),
        zone: zone_name(zone).to_owned(),
        environments: all
            .iter()
            .enumerate()
            .map(|(at, one)| environment(at, one, zone))
            .collect(),
    };
    page.write_into(out)?;
    writeln!(out)
}

fn environment(at: usize, one: &CountedEnvironment, zone: &TimeZone) -> EnvironmentPart {
    let (total, failed) = one.counts();
    let mut known: Vec<&WebhookStats> = one.notable().collect();
    known.sort_by_cached_key(|webhook| badness(webhook));
    EnvironmentPart {
        name: clean(one.environment.name.as_str()).into_owned(),
        place: words::place(&one.environment),
        window: span(&one.window, zone),
        summary: format!("{}, {failed} failed", deliveries_of(total)),
        gaps: one.missing.iter().map(|gap| span(gap, zone)).collect(),
        webhooks: known
            .into_iter()
            .enumerate()
            .map(|(nth, webhook)| part(format!("webhook-{at}-{nth}"), webhook, one, zone))
            .collect(),
    }
}

/// Sorts the worst first: what is disabled, then by the share of what failed, in thousandths.
fn badness(webhook: &WebhookStats) -> (bool, std::cmp::Reverse<u64>, String) {
    let total = webhook.total();
    let share = total.failed() * 1000 / total.deliveries.max(1);
    let is_enabled = webhook.receiver.enabled != Some(false);
    let title = clean(webhook.receiver.title().shown()).into_owned();
    (is_enabled, std::cmp::Reverse(share), title)
}

fn part(
    anchor: String,
    webhook: &WebhookStats,
    one: &CountedEnvironment,
    zone: &TimeZone,
) -> WebhookPart {
    let total = webhook.total();
    let receiver = &webhook.receiver;
    let mut failures: Vec<(u64, String)> = total
        .failures
        .iter()
        .map(|(reason, count)| (*count, reason_text(reason)))
        .collect();
    failures.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let silent: Vec<_> = webhook.silent.iter().map(|it| clean(it.as_str())).collect();
    WebhookPart {
        title: clean(receiver.title().shown()).into_owned(),
        url: clean(receiver.url.text().shown()).into_owned(),
        anchor,
        is_disabled: receiver.enabled == Some(false),
        failed: total.failed(),
        share: share(&total),
        last_success: when(total.last_success, zone),
        chart: (total.deliveries > 0).then(|| chart(&total, one, zone)),
        events: webhook.events.iter().map(|it| event(it, zone)).collect(),
        failures,
        silent: silent.join(", "),
    }
}

fn event(one: &EventStats, zone: &TimeZone) -> EventPart {
    EventPart {
        name: clean(one.event_type.as_str()).into_owned(),
        deliveries: one.deliveries,
        failed: one.failed(),
        share: share(one),
        last_success: when(one.last_success, zone),
        last: when(one.last, zone),
    }
}

fn when(at: Option<Timestamp>, zone: &TimeZone) -> String {
    at.map_or_else(|| "never".to_owned(), |at| time(at, zone))
}

/// Where days begin in a window, few enough to be named.
fn days(window: &Span, zone: &TimeZone) -> Vec<Day> {
    let length = window.until.duration_since(window.since).as_secs().max(1);
    let step = (length / (86_400 * MOST_DAYS) + 1).max(1);
    let first = window.since.to_zoned(zone.clone()).tomorrow();
    let mut next = first.and_then(|day| day.start_of_day());
    let mut days = Vec::new();
    while let Ok(day) = next {
        let passed = day.timestamp().duration_since(window.since).as_secs();
        if passed >= length {
            break;
        }
        let place = |whole: i64| usize::try_from(passed * whole / length).unwrap_or_default();
        days.push(Day {
            label: day.strftime("%b %-d").to_string(),
            x: place(WIDTH as i64),
            percent: place(100),
        });
        next = day.checked_add(step.days());
    }
    days
}

fn chart(total: &EventStats, one: &CountedEnvironment, zone: &TimeZone) -> Chart {
    let series = &total.series;
    let most = series
        .iter()
        .map(|it| it.deliveries)
        .max()
        .unwrap_or(0)
        .max(1);
    let step = WIDTH / series.len().max(1);
    // Few must not look like none.
    let height = |count: u64| match count {
        0 => 0,
        count => (count * HEIGHT / most).max(1),
    };
    let bar = |index: usize, bucket: Bucket, title: String| {
        let (good, bad) = (
            height(bucket.deliveries - bucket.failed),
            height(bucket.failed),
        );
        Bar {
            title,
            x: index * step,
            width: step.saturating_sub(2),
            good,
            good_y: HEIGHT.saturating_sub(bad + good),
            bad,
            bad_y: HEIGHT - bad,
        }
    };
    let filled = series
        .iter()
        .enumerate()
        .filter(|(_, it)| it.deliveries > 0);
    let unknown = unknown(one.window, &one.missing, series.len());
    let unknown = unknown.into_iter().enumerate().filter(|(_, it)| *it);
    Chart {
        label: format!(
            "{} deliveries over time, {} failed",
            total.deliveries,
            total.failed()
        ),
        most: format!("{most} at most in a bar"),
        begin: time(one.window.since, zone),
        end: time(one.window.until, zone),
        days: days(&one.window, zone),
        bars: filled
            .map(|(index, bucket)| {
                let title = format!("{} deliveries, {} failed", bucket.deliveries, bucket.failed);
                bar(index, *bucket, title)
            })
            .collect(),
        unknown: unknown
            .map(|(index, _)| bar(index, Bucket::default(), "nothing is known".to_owned()))
            .collect(),
    }
}
