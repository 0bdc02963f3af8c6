//! Drift as text.

use std::io::{self, Write};

use super::{
    environment::{failed, heading, refused},
    operation::{named, row},
    text::{BOLD, DIM, GREEN, RED, clean, count, paint, sign, to_go_on, wrap},
};
use crate::{
    report::words::{self, MovedList},
    run::{DriftResult, DriftedEnvironment},
    saved::{FieldMoved, FieldValue, How, MovedWebhook},
};

/// Writes what has moved in all environments: what someone else moved, what the provider disabled, and
/// what the manifest's own authors have not applied yet, kept apart.
///
/// # Errors
///
/// Those of the writer.
pub fn drift(all: &[DriftedEnvironment], width: usize, out: &mut dyn Write) -> io::Result<()> {
    for one in all {
        environment(one, width, out)?;
    }
    writeln!(out, "{}", paint(BOLD, wrap(&words::drifted(all), width, 0)))?;
    match words::advice(all) {
        Some(advice) => writeln!(out, "{}", wrap(advice, width, 0)),
        None => Ok(()),
    }
}

fn environment(one: &DriftedEnvironment, width: usize, out: &mut dyn Write) -> io::Result<()> {
    heading(&one.environment, out)?;
    match &one.result {
        DriftResult::Failed { error, way_out } => {
            failed(error, way_out.as_deref(), width, out)?;
        }
        DriftResult::Refused(_) => {}
        DriftResult::Compared { drift, .. } => {
            let lists = words::lists(drift, one.is_applied_known);
            if lists.is_empty() {
                writeln!(out, "  {}", paint(DIM, "what is live is as declared"))?;
            }
            for list in lists {
                writeln!(out, "  {}", paint(BOLD, list.title))?;
                for moved in list.list {
                    webhook(moved, &list, out)?;
                }
                to_go_on(list.way_out, width, out)?;
            }
        }
    }
    for refusal in one.result.refusals() {
        refused(refusal, "", &one.environment, width, out)?;
    }
    writeln!(out)
}

fn webhook(one: &MovedWebhook, list: &MovedList<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (action, how) = list.how(one);
    let title = named(one.key.as_deref(), &one.name);
    let gap = if how.is_empty() { "" } else { "  " };
    writeln!(out, "    {} {title}{gap}{how}", sign(action))?;
    match &one.how {
        How::Changed(fields) => {
            for moved in fields {
                field(moved, out)?;
            }
        }
        How::Unreadable(fields) => {
            for found in fields {
                row("field", &clean(found), out)?;
            }
        }
        How::Missing | How::Extra | How::SecretLost => {}
    }
    match &one.id {
        Some(id) => row("id", &clean(id), out),
        None => Ok(()),
    }
}

fn field(one: &FieldMoved, out: &mut dyn Write) -> io::Result<()> {
    match (&one.declared, &one.live) {
        (FieldValue::Events(declared), FieldValue::Events(live)) => {
            let mut name = &*one.field;
            for event in words::lacking(declared, live) {
                let text = format!(
                    "{} {} is declared, and not live",
                    paint(RED, '-'),
                    clean(event)
                );
                row(std::mem::take(&mut name), &text, out)?;
            }
            for event in words::lacking(live, declared) {
                let text = format!(
                    "{} {} is live, and not declared",
                    paint(GREEN, '+'),
                    clean(event)
                );
                row(std::mem::take(&mut name), &text, out)?;
            }
            let kept = live.iter().filter(|event| declared.contains(event)).count();
            match kept {
                0 => Ok(()),
                _ => row(
                    "",
                    &paint(DIM, format!("  {} as declared", count(kept, "event"))),
                    out,
                ),
            }
        }
        (declared, live) => {
            let note = words::sensitive_note(declared == live);
            row(
                &one.field,
                &format!("declared  {}", words::value(declared)),
                out,
            )?;
            row("", &format!("live      {}{note}", words::value(live)), out)
        }
    }
}
