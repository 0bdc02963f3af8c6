//! Comma-separated values (RFC 4180), with the API's field names.

use std::io::{self, Write};

use super::{
    ListedDelivery,
    words::{self, clean},
};
use crate::run::{ListResult, ListedEnvironment, ListedWebhook};

/// Writes deliveries, and before them the names of the columns where `head` says so.
///
/// # Errors
///
/// Those of the writer.
pub fn deliveries(rows: &[ListedDelivery], head: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    if head {
        writer.write_record([
            "environment",
            "webhook",
            "webhook_id",
            "event_type",
            "event_created_at",
            "status_code",
            "error_message",
            "webhook_url",
        ])?;
    }
    for row in rows {
        let ListedDelivery {
            environment,
            webhook,
            delivery,
            payload: _,
        } = row;
        let text = |text: Option<&str>| cell(text.unwrap_or_default());
        writer.write_record([
            text(Some(environment.as_str())),
            text(webhook.as_ref().map(|key| key.as_str())),
            text(delivery.webhook_id.as_deref()),
            text(Some(delivery.event_type.as_str())),
            known(delivery.event_created_at),
            known(delivery.status_code),
            text(delivery.error_message.as_deref()),
            text(Some(delivery.webhook_url.text().shown())),
        ])?;
    }
    writer.flush()
}

/// Writes live webhooks, and before them the names of the columns.
///
/// # Errors
///
/// Those of the writer, and an environment that could not be listed: a table has no place for that.
pub fn webhooks(all: &[ListedEnvironment], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record([
        "environment",
        "key",
        "standing",
        "name",
        "webhook_url",
        "events",
        "enabled",
        "id",
        "created_at",
        "updated_at",
    ])?;
    for listed in all {
        let ListResult::Listed(webhooks) = &listed.result else {
            continue;
        };
        for ListedWebhook { webhook, standing } in webhooks {
            let events = webhook.events.as_ref().map(words::event_list);
            writer.write_record([
                cell(listed.environment.name.as_str()),
                cell(standing.key().map_or("", |key| key.as_str())),
                standing.as_str().to_owned(),
                cell(webhook.name.text().shown()),
                cell(webhook.url.text().shown()),
                cell(&events.unwrap_or_default()),
                known(webhook.enabled),
                cell(webhook.id.shown()),
                known(webhook.created_at),
                known(webhook.updated_at),
            ])?;
        }
    }
    writer.flush()
}

/// A value where it is known.
fn known(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// Text on one line that no spreadsheet takes for a formula: what endpoints answer is anybody's text.
///
/// <https://owasp.org/www-community/attacks/CSV_Injection>
fn cell(text: &str) -> String {
    let text = clean(text);
    let begins_formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    if text.trim_start().starts_with(begins_formula) {
        return format!("'{text}");
    }
    text.into_owned()
}
