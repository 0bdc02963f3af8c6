//! Comma-separated values (RFC 4180), with the API's field names.

use std::io::{self, Write};

use super::ListedDelivery;

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
        let at = delivery.event_created_at.map(|at| at.to_string());
        let status = delivery.status_code.map(|status| status.to_string());
        let text = |text: Option<&str>| formula_free(text.unwrap_or_default());
        writer.write_record([
            text(Some(environment.as_str())),
            text(webhook.as_ref().map(|key| key.as_str())),
            text(delivery.webhook_id.as_deref()),
            text(Some(delivery.event_type.as_str())),
            at.unwrap_or_default(),
            status.unwrap_or_default(),
            text(delivery.error_message.as_deref()),
            text(Some(delivery.webhook_url.text().shown())),
        ])?;
    }
    writer.flush()
}

/// Text that no spreadsheet takes for a formula: what endpoints answer is anybody's text.
fn formula_free(text: &str) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    }
}
