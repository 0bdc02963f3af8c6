//! What a provider is asked for: what the archive has of it, and what the provider calls it.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::{
    super::choosing::{chosen_from, look_at},
    Asking,
};
use crate::{
    cli::{clock::Now, connect, deliveries::Source, error::CliError},
    delivery::{Delivery, DeliveryFilter, DeliveryQuery, Span, replay::Ask},
    model::WebhookId,
    provider::Reader,
};

/// What the archive and the provider know of what is asked for.
#[derive(Default)]
pub(super) struct Found {
    /// The span, and how many failed deliveries of it the archive has.
    pub(super) span: Option<(Span, usize)>,
    pub(super) events: Vec<Ask>,
    pub(super) unknown: Vec<String>,
    pub(super) forgotten: Vec<String>,
}

impl Asking<'_> {
    /// All that failed in a span: the provider knows best what that is.
    pub(super) async fn failed(
        &self,
        source: &Source,
        wanted: &DeliveryFilter,
        now: &Now,
    ) -> Result<Found, CliError> {
        let until = wanted.until.unwrap_or(now.moment).min(now.moment);
        let span = wanted.since.and_then(|since| Span::new(since, until));
        let span = span
            .filter(|span| span.since < span.until)
            .ok_or_else(|| CliError::usage("`--since` must be before now, and before `--until`"))?;
        let reach = SignedDuration::try_from(self.facts.reach).unwrap_or(SignedDuration::MAX);
        if now.moment.duration_since(span.since) > reach {
            let title = self.one.view.profile.title;
            let days = reach.as_hours() / 24;
            let message = format!(
                "{title} sends again what failed in the last {days} days, and `--since` is before that; nothing was asked for"
            );
            return Err(CliError::refused(message)
                .hint(format!("begin later, or ask for single events: `--gaps` or `--id`, of which {title} has those that it still knows")));
        }
        let choice = chosen_from(self.one, source, self.key, wanted, now, self.args).await?;
        let choice = choice.of_records();
        let choice = look_at(self.one, source, choice, wanted, now, false).await?;
        Ok(Found {
            span: Some((span, choice.records().deliveries.len())),
            ..Found::default()
        })
    }

    /// Single events: those of the records that were chosen.
    pub(super) async fn events(
        &self,
        source: &Source,
        id: &WebhookId,
        wanted: &DeliveryFilter,
        now: &Now,
    ) -> Result<Found, CliError> {
        let choice = chosen_from(self.one, source, self.key, wanted, now, self.args).await?;
        let choice = look_at(self.one, source, choice.of_records(), wanted, now, false).await?;
        let records = choice.records();
        let ids: BTreeSet<String> = records.deliveries.iter().filter_map(record_of).collect();
        let moments = records
            .deliveries
            .iter()
            .map(|found| found.event_created_at);
        let query = DeliveryQuery {
            // Attempts come after their event. One without a moment may be of any time.
            since: moments.min().flatten(),
            ..DeliveryQuery::default()
        };
        let events = match ids.is_empty() {
            true => Default::default(),
            false => {
                let reader = Reader::new(self.one.api.clone());
                let events = reader.events_of(id, &ids, &query).await;
                events.map_err(|error| connect::history_error(self.one, error))?
            }
        };
        let mut found = Found {
            unknown: records.unknown,
            ..Found::default()
        };
        let mut seen = BTreeSet::new();
        for delivery in &records.deliveries {
            let record = record_of(delivery).unwrap_or_default();
            match events.get(&record) {
                None => found.forgotten.push(record),
                Some(event) if seen.insert(event) => found.events.push(Ask::Event {
                    event: event.clone(),
                    delivery: record,
                    event_type: delivery.event_type.clone(),
                    event_created_at: delivery.event_created_at,
                }),
                // Another attempt at the same event.
                Some(_) => {}
            }
        }
        Ok(found)
    }
}

fn record_of(delivery: &Delivery) -> Option<String> {
    delivery.webhook_id.clone()
}
