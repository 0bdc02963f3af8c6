//! Live webhooks as text.

use std::io::{self, Write};

use super::{
    environment::{failed, heading, refused},
    text::{BOLD, DIM, YELLOW, clean, count, paint},
};
use crate::{
    report::words,
    run::{ListResult, ListedEnvironment, ListedWebhook},
};

/// Writes the live webhooks of all environments, each with what the manifest says of it.
///
/// # Errors
///
/// Those of the writer.
pub fn listed(all: &[ListedEnvironment], width: usize, out: &mut dyn Write) -> io::Result<()> {
    for (at, listed) in all.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        let view = &listed.environment;
        heading(view, out)?;
        match &listed.result {
            ListResult::Listed(webhooks) => {
                for webhook in webhooks {
                    one(webhook, out)?;
                }
                let total = count(webhooks.len(), "live webhook");
                writeln!(out, "  {}", paint(DIM, total))?;
            }
            ListResult::Refused(refusals) => {
                for refusal in refusals {
                    refused(refusal, "", view, width, out)?;
                }
            }
            ListResult::Failed { error, way_out } => {
                failed(error, way_out.as_deref(), width, out)?;
            }
        }
    }
    Ok(())
}

fn one(listed: &ListedWebhook, out: &mut dyn Write) -> io::Result<()> {
    let webhook = &listed.webhook;
    let name = clean(webhook.name.text().shown());
    let standing = words::standing(&listed.standing);
    let disabled = match webhook.enabled {
        Some(false) => format!("  {}", paint(YELLOW, "disabled")),
        _ => String::new(),
    };
    let lost = match webhook.is_secret_lost {
        true => format!("  {}", paint(YELLOW, "signing secret may be lost")),
        false => String::new(),
    };
    writeln!(
        out,
        "  {}  {}{disabled}{lost}",
        paint(BOLD, name),
        clean(&standing)
    )?;
    let mut row = |title: &str, text: &str| writeln!(out, "      {title:<8}  {}", clean(text));
    row("url", webhook.url.text().shown())?;
    match &webhook.events {
        Some(events) => row("events", &words::event_list(events))?,
        None => row("events", "not reported")?,
    }
    for unreadable in &webhook.unreadable {
        row("field", &unreadable.to_string())?;
    }
    row("id", webhook.id.shown())
}
