//! A plan as text.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::{
    after::after,
    environment::{failed, heading},
    operation::{fact, operation},
    text::{BOLD, DIM, GREEN, RED, clean, count, paint, sign, titled, wrap, wrap_after},
};
use crate::{
    plan::{Action, EnvironmentPlan, Operation, PlanResult, Refusal, Shown, evidence::Evidence},
    report::words,
    run::PlannedEnvironment,
};

/// How many webhooks that change alike are named.
pub(super) const MOST_NAMED: usize = 20;

/// The widest a column of names is made.
const NAMES: usize = 32;

/// How a plan is laid out.
#[derive(Clone, Copy, Debug)]
pub struct PlanLayout {
    /// How many columns there are.
    pub width: usize,
    /// Whether each webhook is shown by itself, also where many change alike.
    pub expand: bool,
}

/// Writes the plans of all environments, with a legend above and a summary below. What someone should know comes after that,
/// and last what is refused.
///
/// # Errors
///
/// Those of the writer.
pub fn plan(
    planned: &[PlannedEnvironment],
    layout: PlanLayout,
    out: &mut dyn Write,
) -> io::Result<()> {
    let some = |action| {
        planned
            .iter()
            .filter_map(|one| one.result.plan())
            .any(|plan| plan.count(action) > 0)
    };
    let legend: Vec<String> = [
        (Action::Create, "create"),
        (Action::Update, "update in place"),
        (Action::Delete, "delete"),
        (Action::Rotate, "rotate the signing secret"),
    ]
    .into_iter()
    .filter(|(action, _)| some(*action))
    .map(|(action, word)| format!("{} {word}", sign(action)))
    .collect();
    if !legend.is_empty() {
        writeln!(out, "{}\n", legend.join("   "))?;
    }
    for one in planned {
        environment(one, layout, out)?;
    }
    writeln!(out, "{}", summary(planned))?;
    for line in words::radius(planned) {
        writeln!(out, "{}", wrap(&line, layout.width, 2))?;
    }
    after(planned, layout.width, out)
}

/// Writes a line for each environment, and below how much is to be done in all of them.
///
/// # Errors
///
/// Those of the writer.
pub fn summaries(planned: &[PlannedEnvironment], out: &mut dyn Write) -> io::Result<()> {
    let names = planned
        .iter()
        .map(|one| clean(one.environment.name.as_str()));
    let names: Vec<_> = names.collect();
    let column = names.iter().map(|name| name.width()).max().unwrap_or(0);
    for (name, one) in names.iter().zip(planned) {
        let gap = " ".repeat(column - name.width());
        let text = words::came_to(one);
        writeln!(out, "{}{gap}  {}", paint(BOLD, name), clean(&text))?;
    }
    writeln!(out, "{}", summary(planned))
}

/// The last line of a plan: how much is to be done.
pub fn summary(planned: &[PlannedEnvironment]) -> String {
    paint(BOLD, words::summary(planned))
}

fn environment(
    one: &PlannedEnvironment,
    layout: PlanLayout,
    out: &mut dyn Write,
) -> io::Result<()> {
    heading(&one.environment, out)?;
    match &one.result {
        PlanResult::Failed { error, way_out } => {
            failed(error, way_out.as_deref(), layout.width, out)?;
        }
        PlanResult::Refused(refused) => refused_below(refused, layout.width, out)?,
        PlanResult::Planned(plan) => planned(plan, one, layout, out)?,
    }
    writeln!(out)
}

fn planned(
    plan: &EnvironmentPlan<Shown>,
    planned: &PlannedEnvironment,
    layout: PlanLayout,
    out: &mut dyn Write,
) -> io::Result<()> {
    let width = layout.width;
    operations(plan, planned.evidence.as_ref(), layout, out)?;
    if !plan.unchanged.is_empty() {
        let text = format!("{} unchanged", count(plan.unchanged.len(), "webhook"));
        writeln!(out, "  {}", paint(DIM, text))?;
    }
    if let Some(text) = words::rotated(plan) {
        writeln!(out, "  {}", paint(DIM, wrap(&text, width, 6)))?;
    }
    for one in &plan.adopted {
        let text = words::adopted(one);
        writeln!(out, "{}", titled(GREEN, "adopted", &text, width))?;
    }
    for (title, those) in words::unmanaged(plan) {
        unmanaged(&title, &those, width, out)?;
    }
    left_out(&plan.left_out, width, out)?;
    for note in words::NotesOf::plan(plan).together(plan) {
        writeln!(out, "{}", titled(DIM, "note:", &note, width))?;
    }
    for keys in &plan.trades {
        writeln!(out, "  {}", wrap_after(2, &words::trade(keys), width, 8))?;
    }
    if !plan.steps.is_empty() {
        let cost = words::cost(plan.write_requests(), &planned.environment);
        writeln!(out, "  {}", paint(DIM, cost))?;
    }
    refused_below(&plan.refusals, width, out)
}

/// Writes the operations, and once what many webhooks have in common.
fn operations(
    plan: &EnvironmentPlan<Shown>,
    evidence: Option<&Evidence<Shown>>,
    layout: PlanLayout,
    out: &mut dyn Write,
) -> io::Result<()> {
    let width = layout.width;
    let steps = words::StepsOf::plan(plan);
    let notes = words::NotesOf::plan(plan);
    let (groups, members) = words::alike(plan, evidence, &steps, layout.expand);
    for (index, one) in plan.operations.iter().enumerate() {
        if let Some(group) = groups.get(&index) {
            together(plan, group, width, out)?;
        }
        if members.contains(&index) {
            continue;
        }
        operation(one, notes, width, out)?;
        let order = words::order(plan, &steps, index);
        for (name, text) in words::carries(evidence, one).into_iter().chain(order) {
            fact(name, &text, width, out)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Writes what many webhooks have in common, and which they are.
fn together(
    plan: &EnvironmentPlan<Shown>,
    group: &words::Alike,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (title, more_to_say) = group.heading();
    let title = wrap_after(4, &title, width, 6);
    writeln!(out, "  {} {}", sign(Action::Update), paint(BOLD, title))?;
    let named = group.operations.iter().take(MOST_NAMED);
    let named = named.filter_map(|index| plan.operations.get(*index));
    let mut which: Vec<String> = named.map(|one| clean(one.title()).into_owned()).collect();
    let more = group.operations.len() - which.len();
    if more > 0 {
        which.push(format!("and {more} more (`--expand` shows each)"));
    }
    for (name, text) in more_to_say {
        fact(name, text, width, out)?;
    }
    fact("which", &which.join(", "), width, out)?;
    writeln!(out)
}

/// Names what `--target` leaves out.
fn left_out(operations: &[Operation<Shown>], width: usize, out: &mut dyn Write) -> io::Result<()> {
    if operations.is_empty() {
        return Ok(());
    }
    let title = format!(
        "left out by `--target` ({}):",
        count(operations.len(), "operation")
    );
    writeln!(out, "  {}", wrap(&title, width, 2))?;
    for operation in operations {
        let title = words::title(operation);
        writeln!(out, "      {} {title}", sign(operation.action()))?;
    }
    Ok(())
}

fn unmanaged(
    title: &str,
    those: &[(String, String)],
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "  {}", wrap(&format!("{title}:"), width, 2))?;
    let widths = those.iter().map(|(name, _)| name.width());
    let column = widths.filter(|width| *width <= NAMES).max().unwrap_or(0);
    for (name, place) in those {
        let gap = " ".repeat(column.saturating_sub(name.width()));
        writeln!(out, "      {name}{gap}  {}", paint(DIM, place))?;
    }
    Ok(())
}

/// Says that an environment is refused. Why, and the way on, stand at the end.
fn refused_below(refusals: &[Refusal<Shown>], width: usize, out: &mut dyn Write) -> io::Result<()> {
    if refusals.is_empty() {
        return Ok(());
    }
    let title = format!("refused ({}):", words::refused(refusals));
    writeln!(out, "{}", titled(RED, &title, "see below", width))
}
