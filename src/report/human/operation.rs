//! One operation of a plan as text.

use std::io::{self, Write};

use anstyle::Style;

use super::text::{BOLD, DIM, GREEN, RED, clean, paint, sign, wrap};
use crate::{
    plan::{Action, Change, Operation, OperationKind, Shown, Value, WebhookRecord},
    report::words,
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
        OperationKind::Create { webhook } => fields(webhook, one.action(), out)?,
        OperationKind::Delete { before } => {
            fields(&before.webhook, one.action(), out)?;
            field("id", out)?;
            writeln!(out, "{}", clean(&before.id))?;
        }
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
            if let Some(rest) = words::unchanged(changes.len()) {
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

/// Writes the fields of a webhook that comes or goes: texts first. Its name is the title.
fn fields(webhook: &WebhookRecord, action: Action, out: &mut dyn Write) -> io::Result<()> {
    let fields = webhook.fields().filter(|(name, _)| *name != "name");
    let (texts, others): (Vec<_>, Vec<_>) = fields.partition(|(_, value)| value.text().is_some());
    for (name, value) in texts.into_iter().chain(others) {
        match value {
            Value::Text(text) => {
                field(name, out)?;
                writeln!(out, "{}", clean(&text.shown))?;
            }
            Value::Events(events) if action == Action::Delete => event_lines(events, &[], out)?,
            Value::Events(events) => event_lines(&[], events, out)?,
            Value::Flag(false) if action == Action::Create => {
                field(name, out)?;
                writeln!(out, "false")?;
            }
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
            field(change.field(), out)?;
            writeln!(out, "{}", words::flags(before, after))
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
