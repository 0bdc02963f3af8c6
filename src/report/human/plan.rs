//! A plan as text.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use unicode_width::UnicodeWidthStr;

use super::{
    operation::{VALUES, field, operation},
    text::{BOLD, DIM, RED, YELLOW, clean, count, paint, sign, titled, to_go_on, wrap, wrap_after},
};
use crate::{
    plan::{
        Action, EnvironmentPlan, Operation, Refusal, Step, StepRequest, Unmanaged, UnmanagedKind,
        Warning,
    },
    report::{EnvironmentView, PlanResult, PlannedEnvironment},
};

/// How many operations are named that one waits for.
const WAITS: usize = 3;
/// The widest a column of names is made.
const NAMES: usize = 32;

/// Writes the plans of all environments, with a legend above and a summary below.
///
/// # Errors
///
/// Those of the writer.
pub fn plan(planned: &[PlannedEnvironment], width: usize, out: &mut dyn Write) -> io::Result<()> {
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
    ]
    .into_iter()
    .filter(|(action, _)| some(*action))
    .map(|(action, word)| format!("{} {word}", sign(action)))
    .collect();
    if !legend.is_empty() {
        writeln!(out, "{}\n", legend.join("   "))?;
    }
    for one in planned {
        environment(one, width, out)?;
    }
    writeln!(out, "{}", summary(planned))
}

/// The last line of a plan: how much is to be done.
pub fn summary(planned: &[PlannedEnvironment]) -> String {
    let plans = || planned.iter().filter_map(|one| one.result.plan());
    let total = |action| plans().map(|plan| plan.count(action)).sum::<usize>();
    let (creates, updates, deletes) = (
        total(Action::Create),
        total(Action::Update),
        total(Action::Delete),
    );
    let failed = planned
        .iter()
        .filter(|one| matches!(one.result, PlanResult::Failed { .. }))
        .count();
    let refused = planned
        .iter()
        .filter(|one| !one.result.refusals().is_empty())
        .count();
    let mut line = if creates + updates + deletes == 0 && failed + refused == 0 {
        "Nothing to change: what is live is what the manifest says.".to_owned()
    } else {
        format!("Plan: {creates} to create, {updates} to update, {deletes} to delete.")
    };
    if refused > 0 {
        line.push_str(&format!(" {} refused.", count(refused, "environment")));
    }
    if failed > 0 {
        line.push_str(&format!(
            " {} could not be planned.",
            count(failed, "environment")
        ));
    }
    paint(BOLD, line)
}

fn environment(one: &PlannedEnvironment, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let view = &one.environment;
    let target = match view.target.as_str() {
        "simulator" => "the embedded simulator",
        url => url,
    };
    writeln!(
        out,
        "{}  {}",
        paint(BOLD, &view.name),
        paint(
            DIM,
            format!("{} {} at {target}", view.profile.title, view.env_type)
        )
    )?;
    match &one.result {
        PlanResult::Failed { error, way_out } => {
            writeln!(out, "{}", titled(RED, "failed:", &clean(error), width))?;
            to_go_on(*way_out, width, out)?;
            writeln!(out)
        }
        PlanResult::Refused(refused) => {
            refusals(refused, width, out)?;
            writeln!(out)
        }
        PlanResult::Planned(plan) => planned(plan, view, width, out),
    }
}

fn planned(
    plan: &EnvironmentPlan,
    view: &EnvironmentView,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (index, one) in plan.operations.iter().enumerate() {
        operation(one, width, out)?;
        order(plan, index, width, out)?;
        writeln!(out)?;
    }
    if plan.unchanged > 0 {
        writeln!(
            out,
            "  {}",
            paint(
                DIM,
                format!("{} unchanged", count(plan.unchanged, "webhook"))
            )
        )?;
    }
    for (kind, title) in [
        (
            0,
            "ours, but not declared; deleted only with `prune` or when named in `removed`",
        ),
        (
            1,
            "ours, at a URL that another webhook already stands for; deleted only with `prune`",
        ),
        (2, "not ours; never touched"),
    ] {
        unmanaged(plan, kind, title, width, out)?;
    }
    left_out(&plan.left_out, width, out)?;
    for keys in &plan.trades {
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let text = format!(
            "note: {} trade URLs. A webhook keeps its URL, its id and its history of deliveries, so each shows as a change of name and of what comes with it.",
            keys.join(", ")
        );
        writeln!(out, "  {}", wrap_after(2, &text, width, 8))?;
    }
    if !plan.steps.is_empty() {
        writeln!(out, "  {}", paint(DIM, cost(plan.steps.len(), view)))?;
    }
    refusals(&plan.refusals, width, out)?;
    for warning in &plan.warnings {
        let text = warning_text(warning);
        writeln!(out, "{}", titled(YELLOW, "warning:", &text, width))?;
    }
    writeln!(out)
}

/// Says what an operation waits for, and why it takes two steps where it does.
fn order(
    plan: &EnvironmentPlan,
    index: usize,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut steps = plan.steps.iter().filter(|step| step.operation == index);
    let (Some(first), last) = (steps.next(), steps.next_back()) else {
        return Ok(());
    };
    if let Some(waits) = waits(plan, first) {
        field("waits for", out)?;
        writeln!(out, "{}", wrap(&waits, width, VALUES))?;
    }
    if let (Some(last), StepRequest::Update { patch, .. }) = (last, &first.request)
        && let Some(events) = &patch.events
    {
        let then =
            waits(plan, last).map_or_else(String::new, |waits| format!(", once {waits} is done,"));
        let text = format!(
            "2: first all {} of its old and new events, then{then} only the new ones: so none is sent nowhere meanwhile",
            events.len()
        );
        field("steps", out)?;
        writeln!(out, "{}", wrap(&text, width, VALUES))?;
    }
    Ok(())
}

/// The other operations that must be done before a step.
fn waits(plan: &EnvironmentPlan, step: &Step) -> Option<String> {
    let firsts = step.after.iter().map(|first| plan.steps[*first].operation);
    let firsts: BTreeSet<usize> = firsts.filter(|first| *first != step.operation).collect();
    let title = |one: &usize| {
        let operation = &plan.operations[*one];
        let name = operation.name().text().shown();
        let name = operation.key.as_ref().map_or(name, |key| key.as_str());
        format!("`{}`", clean(name))
    };
    let mut text = firsts
        .iter()
        .take(WAITS)
        .map(title)
        .collect::<Vec<_>>()
        .join(", ");
    if firsts.len() > WAITS {
        text.push_str(&format!(" and {} more", firsts.len() - WAITS));
    }
    (!firsts.is_empty()).then_some(text)
}

/// What the requests cost in time: a run may send a minute's share at once, and waits then.
fn cost(requests: usize, view: &EnvironmentView) -> String {
    let (share, limit) = (view.requests_per_minute, view.profile.requests_per_minute);
    let of = match (share.checked_mul(2), share) {
        (_, all) if all == limit => "all".to_owned(),
        (Some(double), _) if double == limit => "half".to_owned(),
        _ => share.to_string(),
    };
    let waits = match view.waits(requests).as_secs() / 60 {
        0 => "no waiting".to_owned(),
        minutes => format!("about {}", count(minutes as usize, "minute")),
    };
    let title = view.profile.title;
    format!(
        "{}, {waits} at {of} of {title}'s {limit} a minute",
        count(requests, "write request")
    )
}

/// Names what `--target` leaves out.
fn left_out(operations: &[Operation], width: usize, out: &mut dyn Write) -> io::Result<()> {
    if operations.is_empty() {
        return Ok(());
    }
    let title = format!(
        "left out by `--target` ({}):",
        count(operations.len(), "operation")
    );
    writeln!(out, "  {}", wrap(&title, width, 2))?;
    for operation in operations {
        let name = operation.name().text().shown();
        let name = operation.key.as_ref().map_or(name, |key| key.as_str());
        writeln!(out, "      {} {}", sign(operation.action()), clean(name))?;
    }
    Ok(())
}

fn warning_text(warning: &Warning) -> String {
    match warning {
        Warning::EnabledNotReported { key } => format!(
            "`{key}` is declared as disabled, and the provider does not report whether it is: this cannot be compared"
        ),
        Warning::EventsNotReported { key } => {
            format!("the provider does not report the events of `{key}`: they cannot be compared")
        }
    }
}

fn unmanaged(
    plan: &EnvironmentPlan,
    kind: u8,
    title: &str,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let is_kind = |one: &&Unmanaged| match one.kind {
        UnmanagedKind::NotDeclared => kind == 0,
        UnmanagedKind::Duplicate { .. } => kind == 1,
        UnmanagedKind::NotOurs => kind == 2,
    };
    let those: Vec<&Unmanaged> = plan.unmanaged.iter().filter(is_kind).collect();
    if those.is_empty() {
        return Ok(());
    }
    let title = format!(
        "{} unmanaged ({title}):",
        count(those.len(), "live webhook")
    );
    writeln!(out, "  {}", wrap(&title, width, 2))?;
    let name = |one: &Unmanaged| clean(one.webhook.name.text().shown()).into_owned();
    let widths = those.iter().map(|one| name(one).width());
    let column = widths.filter(|width| *width <= NAMES).max().unwrap_or(0);
    for one in those {
        let name = name(one);
        let gap = " ".repeat(column.saturating_sub(name.width()));
        let url = paint(DIM, clean(one.webhook.url.text().shown()));
        writeln!(out, "      {name}{gap}  {url}")?;
    }
    Ok(())
}

fn refusals(refusals: &[Refusal], width: usize, out: &mut dyn Write) -> io::Result<()> {
    for refusal in refusals {
        let title = format!("refused ({}):", refusal.code().as_str());
        let text = refusal.to_string();
        writeln!(out, "{}", titled(RED, &title, &clean(&text), width))?;
        to_go_on(Some(&refusal.way_out()), width, out)?;
    }
    Ok(())
}
