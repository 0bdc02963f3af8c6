//! What deliveries come to, as a page.

use std::io::{self, Write};

use askama::Template;
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    delivery::{Bucket, EventStats, WebhookStats},
    report::{
        CountedEnvironment,
        human::{deliveries_of, reason_text, share, span, time, unknown, zone_name},
        words::{self, clean},
    },
};

/// The size of a chart, in its own units; the template has the same.
const WIDTH: usize = 720;
const HEIGHT: u64 = 100;
const BOTTOM: u64 = 110;

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
    is_disabled: bool,
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
    bars: Vec<Bar>,
    unknown: Vec<Bar>,
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
    let total: u64 = all.iter().map(deliveries).sum();
    let page = Page {
        headline: deliveries_of(total),
        zone: zone_name(zone).to_owned(),
        environments: all.iter().map(|one| environment(one, zone)).collect(),
    };
    page.write_into(out)?;
    writeln!(out)
}

fn deliveries(one: &CountedEnvironment) -> u64 {
    one.webhooks.iter().map(|one| one.total().deliveries).sum()
}

fn environment(one: &CountedEnvironment, zone: &TimeZone) -> EnvironmentPart {
    let failed: u64 = one.webhooks.iter().map(|one| one.total().failed()).sum();
    let known = one.webhooks.iter().filter(|one| {
        !one.events.is_empty() || !one.silent.is_empty() || one.receiver.key.is_some()
    });
    EnvironmentPart {
        name: clean(one.environment.name.as_str()).into_owned(),
        place: words::place(&one.environment),
        window: span(&one.window, zone),
        summary: format!("{}, {failed} failed", deliveries_of(deliveries(one))),
        gaps: one.missing.iter().map(|gap| span(gap, zone)).collect(),
        webhooks: known.map(|webhook| part(webhook, one, zone)).collect(),
    }
}

fn part(webhook: &WebhookStats, one: &CountedEnvironment, zone: &TimeZone) -> WebhookPart {
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
        is_disabled: receiver.enabled == Some(false),
        chart: (total.deliveries > 0).then(|| chart(&total, one, zone)),
        events: webhook.events.iter().map(|it| event(it, zone)).collect(),
        failures,
        silent: silent.join(", "),
    }
}

fn event(one: &EventStats, zone: &TimeZone) -> EventPart {
    let when = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| time(at, zone));
    EventPart {
        name: clean(one.event_type.as_str()).into_owned(),
        deliveries: one.deliveries,
        failed: one.failed(),
        share: share(one),
        last_success: when(one.last_success),
        last: when(one.last),
    }
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
            good_y: BOTTOM.saturating_sub(bad + good),
            bad,
            bad_y: BOTTOM - bad,
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
