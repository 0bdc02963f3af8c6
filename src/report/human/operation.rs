//! One operation of a plan as text.

use std::io::{self, Write};

use anstyle::Style;

use super::text::{BOLD, DIM, GREEN, RED, clean, paint, sign, wrap};
use crate::{
    model::WebhookKey,
    plan::{Action, Change, Operation, OperationKind, Shown, Value, WebhookRecord},
    report::words,
};

/// The column at which the values of fields begin.
const VALUES: usize = 16;

/// Writes one operation: what it does to which webhook, and why.
pub(super) fn operation(
    one: &Operation<Shown>,
    notes: words::NotesOf,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let title = named(one.key.as_ref().map(WebhookKey::as_str), one.shown_name());
    writeln!(out, "  {} {title}", sign(one.action()))?;
    let mut found_by = None;
    match &one.kind {
        OperationKind::Create { webhook } => fields(webhook, one.action(), out)?,
        OperationKind::Delete { before } => fields(&before.webhook, one.action(), out)?,
        OperationKind::Rotate { word, overlap, .. } => {
            fact("secret", &words::rotates(*overlap), width, out)?;
            row("rotate", &clean(word.as_str()), out)?;
        }
        OperationKind::Update {
            before: _, // Its id stands below.
            paired_by,
            changes,
        } => {
            for change in changes {
                changed(change, out)?;
            }
            if let Some(rest) = words::unchanged(changes.len()) {
                writeln!(out, "      {}", paint(DIM, format!("{rest} unchanged")))?;
            }
            found_by = words::pairing(paired_by);
        }
    }
    if let Some(before) = one.before() {
        row("id", &clean(&before.id), out)?;
    }
    if let Some(text) = found_by {
        fact("found by", &text, width, out)?;
    }
    fact("why", &words::reason(&one.reason), width, out)?;
    for note in notes.own(one) {
        fact("note", &words::note(note), width, out)?;
    }
    Ok(())
}

/// What people call a webhook: its key, and its name where that says more.
pub(super) fn named(key: Option<&str>, name: &str) -> String {
    let name = clean(name);
    match key {
        Some(key) if key != name => format!("{}  {}", paint(BOLD, clean(key)), paint(DIM, name)),
        _ => paint(BOLD, name),
    }
}

/// Writes the fields of a webhook that comes or goes: texts first. Its name is the title.
fn fields(webhook: &WebhookRecord, action: Action, out: &mut dyn Write) -> io::Result<()> {
    let fields = webhook.fields().filter(|(name, _)| *name != "name");
    let (texts, others): (Vec<_>, Vec<_>) = fields.partition(|(_, value)| value.text().is_some());
    for (name, value) in texts.into_iter().chain(others) {
        match value {
            Value::Text(text) => row(name, &clean(&text.shown), out)?,
            Value::Events(events) if action == Action::Delete => event_lines(events, &[], out)?,
            Value::Events(events) => event_lines(&[], events, out)?,
            Value::Flag(false) if action == Action::Create => row(name, "false", out)?,
            Value::Flag(_) => {}
        }
    }
    Ok(())
}

fn changed(change: &Change<Shown>, out: &mut dyn Write) -> io::Result<()> {
    let (before, after) = change.values();
    match after {
        Value::Text(after) => {
            let before = before.and_then(Value::text);
            field(change.field(), out)?;
            before_after(before.map_or("", |before| &before.shown), &after.shown, out)
        }
        Value::Events(after) => {
            let before = before.and_then(Value::events);
            event_lines(before.unwrap_or_default(), after, out)?;
            if before.is_none() {
                let indent = " ".repeat(VALUES);
                let note = "the provider does not report those it has";
                writeln!(out, "{indent}{}", paint(DIM, note))?;
            }
            Ok(())
        }
        Value::Flag(after) => {
            let before = before.and_then(Value::flag);
            row(change.field(), &words::flags(before, after), out)
        }
    }
}

/// Writes both values, one above the other, with what differs between them marked.
fn before_after(before: &str, after: &str, out: &mut dyn Write) -> io::Result<()> {
    let note = words::sensitive_note(before == after);
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
    let added = words::lacking(after, before).map(|event| (paint(GREEN, "+"), event));
    let removed = words::lacking(before, after).map(|event| (paint(RED, "-"), event));
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

/// Writes a field and a text, on as many lines as that takes.
pub(super) fn fact(name: &str, text: &str, width: usize, out: &mut dyn Write) -> io::Result<()> {
    row(name, &wrap(text, width, VALUES), out)
}

/// Writes a field and its value.
pub(super) fn row(name: &str, value: &str, out: &mut dyn Write) -> io::Result<()> {
    field(name, out)?;
    writeln!(out, "{value}")
}

/// Writes the name of a field in its column, so that its value can follow. A longer name still stands apart from its value.
fn field(name: &str, out: &mut dyn Write) -> io::Result<()> {
    let name = format!("{name} ");
    let label = paint(DIM, format!("{name:<width$}", width = VALUES - 6));
    write!(out, "      {label}")
}
