//! What became of an event that a simulator emitted.

use std::io::{self, Write};

use super::text::{BOLD, GREEN, RED, YELLOW, clean, count, paint};
use crate::report::{
    json::{EmittedEvent, EmittedState},
    words,
};

/// Shows each webhook that subscribes to the event, and each attempt.
///
/// # Errors
///
/// Those of the writer.
pub fn emitted(event: &EmittedEvent, out: &mut dyn Write) -> io::Result<()> {
    let head = format!(
        "{}: {} subscribed and enabled",
        clean(&event.event_type),
        count(event.webhooks.len(), "webhook")
    );
    writeln!(out, "{}", paint(BOLD, head))?;
    for webhook in &event.webhooks {
        let (style, state) = match webhook.state {
            EmittedState::Delivered => (GREEN, "delivered"),
            EmittedState::Pending => (YELLOW, "pending"),
            EmittedState::Failed => (RED, "failed"),
            EmittedState::Unsent => (RED, "not sent"),
        };
        let (name, url) = (clean(&webhook.name), clean(&webhook.webhook_url));
        let state = paint(style, format!("{state:<9}"));
        writeln!(out, "  {state}  {name}  {url}")?;
        for attempt in &webhook.attempts {
            let what = words::answered(attempt.status_code, attempt.error_message.as_deref());
            writeln!(out, "    attempt  {what}")?;
        }
        if let Some(why) = &webhook.why {
            writeln!(out, "    why      {}", clean(why))?;
        }
    }
    Ok(())
}
