//! Drift as text.

use std::io::{self, Write};

use super::{
    operation::label,
    text::{BOLD, DIM, GREEN, RED, clean, count, paint, sign, titled, to_go_on, wrap},
};
use crate::{
    plan::{Refusal, Shown},
    report::words::{self, MovedList},
    run::{DriftResult, DriftedEnvironment, EnvironmentView},
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
    let view = &one.environment;
    let name = paint(BOLD, clean(view.name.as_str()));
    writeln!(out, "{name}  {}", paint(DIM, words::place(view)))?;
    match &one.result {
        DriftResult::Failed { error, way_out } => {
            writeln!(out, "{}", titled(RED, "failed:", &clean(error), width))?;
            to_go_on(way_out.as_deref().map(clean).as_deref(), width, out)?;
        }
        DriftResult::Refused(refusals) => refused(refusals, view, width, out)?,
        DriftResult::Compared { drift, refusals } => {
            if drift.yours.is_empty() && drift.foreign.is_empty() && !drift.is_drift() {
                writeln!(out, "  {}", paint(DIM, "what is live is as declared"))?;
            }
            for list in words::lists(drift, one.is_applied_known) {
                if !list.list.is_empty() {
                    writeln!(out, "  {}", paint(BOLD, list.title))?;
                }
                for moved in list.list {
                    webhook(moved, &list, out)?;
                }
                if !list.list.is_empty() {
                    to_go_on(list.way_out, width, out)?;
                }
            }
            refused(refusals, view, width, out)?;
        }
    }
    writeln!(out)
}

fn refused(
    refusals: &[Refusal<Shown>],
    view: &EnvironmentView,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for refusal in refusals {
        let title = format!("refused ({}):", refusal.name());
        let text = refusal.to_string();
        writeln!(out, "{}", titled(RED, &title, &clean(&text), width))?;
        to_go_on(Some(&view.way_out(refusal)), width, out)?;
    }
    Ok(())
}

fn webhook(one: &MovedWebhook, list: &MovedList<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (action, how) = list.how(one);
    let name = clean(&one.name);
    let title = match &one.key {
        Some(key) if *key != name => format!("{}  {}", paint(BOLD, clean(key)), paint(DIM, name)),
        _ => paint(BOLD, name),
    };
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
            for event in declared.iter().filter(|event| !live.contains(event)) {
                let text = format!(
                    "{} {} is declared, and not live",
                    paint(RED, '-'),
                    clean(event)
                );
                row(std::mem::take(&mut name), &text, out)?;
            }
            for event in live.iter().filter(|event| !declared.contains(event)) {
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
            let note = if declared == live {
                format!("  ({})", words::SENSITIVE)
            } else {
                String::new()
            };
            row(
                &one.field,
                &format!("declared  {}", words::value(declared)),
                out,
            )?;
            row("", &format!("live      {}{note}", words::value(live)), out)
        }
    }
}

fn row(name: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "      {}{text}", label(name))
}
