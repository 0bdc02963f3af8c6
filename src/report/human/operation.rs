//! One operation of a plan as text.

use std::io::{self, Write};

use anstyle::Style;

use super::text::{BOLD, DIM, GREEN, RED, clean, count, paint, sign, wrap};
use crate::{
    plan::{Change, LiveRecord, Operation, OperationKind, Shown, WebhookRecord},
    report::{fields::FIELDS, words},
};

/// The column at which the values of fields begin.
pub(super) const VALUES: usize = 16;

/// Writes one operation: what it does to which webhook, and why.
pub(super) fn operation(
    one: &Operation<Shown>,
    notes: words::NotesOf,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = clean(one.shown_name()).into_owned();
    let title = match &one.key {
        Some(key) if key.as_str() == name => paint(BOLD, &name),
        Some(key) => {
            let key = clean(key.as_str());
            format!("{}  {}", paint(BOLD, key), paint(DIM, &name))
        }
        None => paint(BOLD, &name),
    };
    writeln!(out, "  {} {title}", sign(one.action()))?;
    match &one.kind {
        OperationKind::Create { webhook } => created(webhook, out)?,
        OperationKind::Delete { before } => deleted(before, out)?,
        OperationKind::Rotate {
            before,
            word,
            overlap,
        } => {
            field("secret", out)?;
            writeln!(out, "{}", wrap(&words::rotates(*overlap), width, VALUES))?;
            field("rotate", out)?;
            writeln!(out, "{}", clean(word.as_str()))?;
            field("id", out)?;
            writeln!(out, "{}", clean(&before.id))?;
        }
        OperationKind::Update {
            before,
            paired_by,
            changes,
        } => {
            for change in changes {
                changed(change, out)?;
            }
            if changes.len() < FIELDS {
                let rest = count(FIELDS - changes.len(), "field");
                writeln!(out, "      {}", paint(DIM, format!("{rest} unchanged")))?;
            }
            field("id", out)?;
            writeln!(out, "{}", clean(&before.id))?;
            if let Some(text) = words::pairing(paired_by) {
                field("found by", out)?;
                writeln!(out, "{}", wrap(&text, width, VALUES))?;
            }
        }
    }
    field("why", out)?;
    writeln!(out, "{}", wrap(&words::reason(&one.reason), width, VALUES))?;
    for note in notes.own(one) {
        field("note", out)?;
        writeln!(out, "{}", wrap(&words::note(note), width, VALUES))?;
    }
    Ok(())
}

fn created(webhook: &WebhookRecord, out: &mut dyn Write) -> io::Result<()> {
    let WebhookRecord {
        name: _,
        url,
        events,
        enabled,
        create_only: _, // Written by `fixed`.
    } = webhook;
    field("url", out)?;
    writeln!(out, "{}", clean(&url.shown))?;
    fixed(webhook, out)?;
    event_lines(&[], events.as_deref().unwrap_or_default(), out)?;
    if *enabled == Some(false) {
        field("enabled", out)?;
        writeln!(out, "false")?;
    }
    Ok(())
}

/// The fields that it has from its creation on.
fn fixed(webhook: &WebhookRecord, out: &mut dyn Write) -> io::Result<()> {
    for (name, value) in &webhook.create_only {
        field(name, out)?;
        writeln!(out, "{}", clean(&value.shown))?;
    }
    Ok(())
}

fn deleted(before: &LiveRecord, out: &mut dyn Write) -> io::Result<()> {
    field("url", out)?;
    writeln!(out, "{}", clean(&before.webhook.url.shown))?;
    fixed(&before.webhook, out)?;
    if let Some(events) = &before.webhook.events {
        event_lines(events, &[], out)?;
    }
    field("id", out)?;
    writeln!(out, "{}", clean(&before.id))
}

fn changed(change: &Change<Shown>, out: &mut dyn Write) -> io::Result<()> {
    match change {
        Change::Name { before, after } => {
            field("name", out)?;
            before_after(&before.shown, &after.shown, out)
        }
        Change::Url { before, after } => {
            field("url", out)?;
            before_after(&before.shown, &after.shown, out)
        }
        Change::Events {
            before: Some(before),
            after,
        } => event_lines(before, after, out),
        Change::Events {
            before: None,
            after,
        } => {
            event_lines(&[], after, out)?;
            let indent = " ".repeat(VALUES);
            let note = "the provider does not report those it has";
            writeln!(out, "{indent}{}", paint(DIM, note))
        }
        Change::Enabled { before, after } => {
            field("enabled", out)?;
            writeln!(out, "{before} → {after}")
        }
    }
}

/// Writes both values, one above the other, with what differs between them marked.
fn before_after(before: &str, after: &str, out: &mut dyn Write) -> io::Result<()> {
    let note = if before == after {
        format!("  ({})", words::SENSITIVE)
    } else {
        String::new()
    };
    let side = |parts: Vec<words::Part>, mark: Style| -> String {
        parts
            .into_iter()
            .map(|(text, is_changed)| if is_changed { paint(mark, text) } else { text })
            .collect()
    };
    let (old, new) = words::before_after(before, after);
    let (old, new) = (side(old, RED.underline()), side(new, GREEN.underline()));
    writeln!(out, "{} {old}", paint(RED, "-"))?;
    let indent = " ".repeat(VALUES);
    writeln!(out, "{indent}{} {new}{note}", paint(GREEN, "+"))
}

fn event_lines(before: &[String], after: &[String], out: &mut dyn Write) -> io::Result<()> {
    let added = after
        .iter()
        .filter(|event| !before.contains(event))
        .map(|event| (paint(GREEN, "+"), event));
    let removed = before
        .iter()
        .filter(|event| !after.contains(event))
        .map(|event| (paint(RED, "-"), event));
    let kept = before.iter().filter(|event| after.contains(event)).count();
    field("events", out)?;
    let mut indent = String::new();
    for (sign, event) in added.chain(removed) {
        writeln!(out, "{indent}{sign} {}", clean(event))?;
        indent = " ".repeat(VALUES);
    }
    match (kept, indent.is_empty()) {
        (0, true) => writeln!(out, "none"),
        (0, false) => Ok(()),
        _ => writeln!(out, "{indent}{}", paint(DIM, format!("  {kept} unchanged"))),
    }
}

/// Writes the name of a field, so that its value can follow.
pub(super) fn field(name: &str, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "      {}", label(name))
}

/// The name of a field in its column. A longer name still stands apart from its value.
pub(super) fn label(name: &str) -> String {
    let name = format!("{name} ");
    paint(DIM, format!("{name:<width$}", width = VALUES - 6))
}
