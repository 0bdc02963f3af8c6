//! What an apply did, as text.

use std::io::{self, Write};

use super::plan::MOST_NAMED;
use super::stats::reason_text;
use super::text::{
    BOLD, DIM, GREEN, RED, YELLOW, clean, count, paint, sign, titled, to_go_on, wrap,
};
use crate::{
    apply::{Note, Outcome, SkipReason},
    plan::{Action, EnvironmentPlan, Shown},
    report::words,
    run::{AppliedEnvironment, Proof, Watched, WatchedOutcome, chain},
};

/// Writes every operation's true outcome, and whether the live state is now as desired.
///
/// # Errors
///
/// Those of the writer.
pub fn applied(all: &[AppliedEnvironment], width: usize, out: &mut dyn Write) -> io::Result<()> {
    for one in all {
        writeln!(out, "{}", paint(BOLD, &one.environment.name))?;
        if one.record.operations.is_empty() {
            // It was not listed again, and nothing is claimed that was not seen.
            writeln!(out, "  {}\n", paint(DIM, "nothing to change"))?;
            continue;
        }
        operations(one, width, out)?;
        proof(&one.proof, width, out)?;
        for webhook in &one.watched {
            watched(webhook, &one.environment.chosen_by, width, out)?;
        }
        writeln!(out)?;
    }
    writeln!(
        out,
        "{}",
        paint(BOLD, wrap(&applied_summary(all), width, 0))
    )
}

/// How an apply ended, in a line.
pub fn applied_summary(all: &[AppliedEnvironment]) -> String {
    let (mut applied, mut failed, mut skipped, mut lost, mut unknown) = (0, 0, 0, 0, 0);
    for outcome in all.iter().flat_map(|one| &one.report.outcomes) {
        *match outcome {
            Outcome::Applied { .. } => &mut applied,
            Outcome::Failed { .. } => &mut failed,
            Outcome::Skipped { .. } => &mut skipped,
            Outcome::SecretLost { .. } => &mut lost,
            Outcome::Unknown { .. } => &mut unknown,
        } += 1;
    }
    let mut line = format!("Applied: {} done", count(applied, "operation"));
    for (n, word) in [
        (failed, "failed"),
        (skipped, "skipped"),
        (lost, "with its secret lost"),
        (unknown, "with unknown outcome"),
    ] {
        if n > 0 {
            line.push_str(&format!(", {n} {word}"));
        }
    }
    line.push('.');
    if all.iter().any(|one| one.proof != Proof::Converged) {
        line.push_str(" Run again to converge.");
    }
    line
}

/// Writes what became of each operation. What is the same of several in a row stands once, below the last of them.
fn operations(one: &AppliedEnvironment, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let (mut stopped, mut said) = (Vec::new(), String::new());
    for (index, outcome) in one.report.outcomes.iter().enumerate() {
        if let Outcome::Skipped {
            because: SkipReason::Stopped,
            steps_done: 0,
        } = outcome
        {
            stopped.push(index);
            continue;
        }
        let operation = &one.record.operations[index];
        let (word, details) = became(&one.record, operation.action(), outcome, width)?;
        if details != said {
            out.write_all(std::mem::replace(&mut said, details).as_bytes())?;
        }
        let (sign, title) = (sign(operation.action()), words::title(operation));
        writeln!(out, "  {sign} {title}  {word}")?;
    }
    out.write_all(said.as_bytes())?;
    not_begun(&one.record, &stopped, width, out)
}

/// Says once of all operations that did not begin as the run was stopped.
fn not_begun(
    plan: &EnvironmentPlan<Shown>,
    operations: &[usize],
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    if operations.is_empty() {
        return Ok(());
    }
    let named = operations.iter().map(|index| {
        let operation = &plan.operations[*index];
        let sign = words::sign(operation.action());
        format!("{sign} {}", words::title(operation))
    });
    let text = format!(
        "{}, as the run was stopped: {}",
        count(operations.len(), "operation"),
        words::first_of(named, MOST_NAMED)
    );
    writeln!(out, "{}", titled(YELLOW, "skipped:", &text, width))
}

/// What became of an operation in a word, and the lines that say more.
fn became(
    plan: &EnvironmentPlan<Shown>,
    action: Action,
    outcome: &Outcome,
    width: usize,
) -> io::Result<(String, String)> {
    let style = match outcome {
        Outcome::Applied { .. } => GREEN,
        Outcome::Skipped { .. } => YELLOW,
        Outcome::Failed { .. } | Outcome::SecretLost { .. } | Outcome::Unknown { .. } => RED,
    };
    let (detail, error) = match outcome {
        Outcome::Applied { note } => (note.map(unusual), None),
        Outcome::Failed { error, steps_done } => (
            Some(format!("{}{}", chain(error), half(*steps_done))),
            Some(error),
        ),
        Outcome::SecretLost { error } | Outcome::Unknown { error } => {
            (Some(chain(error)), Some(error))
        }
        Outcome::Skipped {
            because,
            steps_done,
        } => (Some(skipped(plan, action, because, *steps_done)), None),
    };
    let mut details = Vec::new();
    if let Some(detail) = detail {
        writeln!(details, "      {}", wrap(&clean(&detail), width, 6))?;
    }
    let way_out = error.and_then(|error| error.way_out());
    to_go_on(way_out.as_deref(), width, &mut details)?;
    let details = String::from_utf8_lossy(&details).into_owned();
    Ok((paint(style, outcome.as_str()), details))
}

/// What was unusual about an operation that was applied.
fn unusual(note: Note) -> String {
    match note {
        Note::FoundAfterUnknown => {
            "the answer was lost; it was found in the list, as it was sent".to_owned()
        }
        Note::Corrected { field } => format!(
            "the provider created it with another `{field}` than was asked for; an update set that right"
        ),
        Note::AlreadyGone => "it was gone already".to_owned(),
    }
}

/// Why an operation was skipped.
fn skipped(
    plan: &EnvironmentPlan<Shown>,
    action: Action,
    because: &SkipReason,
    steps_done: usize,
) -> String {
    match because {
        SkipReason::Needs(other) => format!(
            "it needs `{}`, which was not applied{}",
            clean(plan.operations[*other].title()),
            half(steps_done)
        ),
        SkipReason::After(first) => {
            format!("its environment comes after `{first}`, which was not applied and proven")
        }
        SkipReason::Stopped if steps_done > 0 && action == Action::Rotate => "the run was stopped after the secret was rotated, and before that was noted at the webhook: the next run rotates once more".to_owned(),
        SkipReason::Stopped => format!("the run was stopped{}", half(steps_done)),
    }
}

fn half(steps_done: usize) -> &'static str {
    if steps_done > 0 {
        " (its first step is done)"
    } else {
        ""
    }
}

/// Says what was seen of a new or moved webhook.
fn watched(one: &Watched, chosen_by: &str, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let name = one
        .key
        .as_ref()
        .map_or(one.url.text().shown(), |key| key.as_str());
    let name = clean(name);
    let failures: Vec<String> = one
        .failures
        .iter()
        .map(|(reason, count)| format!("{count} × {}", reason_text(reason)))
        .collect();
    let (style, word, text) = match one.outcome {
        WatchedOutcome::Proven => (GREEN, "proven:", "a delivery succeeded".to_owned()),
        WatchedOutcome::Unproven => {
            let why = one.unread.as_ref().map_or_else(
                || format!("no delivery came; look later with `hookwright history {chosen_by}`"),
                |error| format!("the request history could not be read: {error}"),
            );
            (YELLOW, "unproven:", why)
        }
        WatchedOutcome::Failing => (RED, "failing:", failures.join("; ")),
    };
    writeln!(
        out,
        "{}",
        titled(style, word, &clean(&format!("`{name}`: {text}")), width)
    )
}

fn proof(proof: &Proof, width: usize, out: &mut dyn Write) -> io::Result<()> {
    match proof {
        Proof::Converged => writeln!(
            out,
            "  {}",
            paint(DIM, "listed again: what is live is what the manifest says")
        ),
        Proof::Differs(names) => {
            let names: Vec<String> = names
                .iter()
                .map(|name| format!("`{}`", clean(name.text().shown())))
                .collect();
            let text = format!("not as declared: {}", names.join(", "));
            writeln!(out, "{}", titled(RED, "listed again:", &text, width))
        }
        Proof::NotRead(error) => {
            let title = "could not be listed again:";
            writeln!(out, "{}", titled(RED, title, &clean(error), width))
        }
    }
}
