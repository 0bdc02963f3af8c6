//! A plan as text.

use std::io::{self, Write};

use super::text::{BOLD, DIM, GREEN, RED, YELLOW, clean, count, paint, sign, titled, wrap};
use crate::{
    model::{EventSet, LiveWebhook, NewWebhook},
    plan::{
        Action, Change, EnvironmentPlan, Operation, OperationKind, PairedBy, Reason, Refusal,
        StepRequest, Unmanaged, UnmanagedKind, Warning,
    },
    report::{PlanResult, PlannedEnvironment},
};

/// How many fields of a webhook a plan compares: name, URL, events, enabled.
const FIELDS: usize = 4;
/// The column at which the values of fields begin.
const VALUES: usize = 16;

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
        .filter(|one| matches!(one.result, PlanResult::Failed(_)))
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
        PlanResult::Failed(error) => {
            writeln!(out, "{}\n", titled(RED, "failed:", &clean(error), width))
        }
        PlanResult::Refused(refused) => {
            refusals(refused, width, out)?;
            writeln!(out)
        }
        PlanResult::Planned(plan) => planned(plan, view.requests_per_minute, width, out),
    }
}

fn planned(
    plan: &EnvironmentPlan,
    per_minute: u32,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (index, one) in plan.operations.iter().enumerate() {
        let steps = plan.steps.iter().filter(|step| step.operation == index);
        let widening = steps.clone().count() > 1;
        operation(one, width, out)?;
        if widening
            && let Some(StepRequest::Update { patch, .. }) = steps.map(|step| &step.request).next()
            && let Some(events) = &patch.events
        {
            field("steps", out)?;
            let text = format!(
                "2: first all {} of its old and new events, then only the new ones, so that none is sent nowhere meanwhile",
                events.len()
            );
            writeln!(out, "{}", wrap(&text, width, VALUES))?;
        }
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
    if !plan.steps.is_empty() {
        let requests = plan.steps.len();
        let minutes = (requests.saturating_sub(1)) / per_minute.max(1) as usize;
        let time = match minutes {
            0 => format!("within the {per_minute} a minute that a run may use"),
            more => format!("at {per_minute} a minute: about {}", count(more, "minute")),
        };
        writeln!(
            out,
            "  {}",
            paint(DIM, format!("{}, {time}", count(requests, "write request")))
        )?;
    }
    for warning in &plan.warnings {
        let text = warning_text(warning);
        writeln!(out, "{}", titled(YELLOW, "warning:", &text, width))?;
    }
    refusals(&plan.refusals, width, out)?;
    writeln!(out)
}

fn operation(one: &Operation, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let name = clean(one.name().text().shown()).into_owned();
    let title = match &one.key {
        Some(key) if key.as_str() == name => paint(BOLD, &name),
        Some(key) => format!("{}  {}", paint(BOLD, key), paint(DIM, &name)),
        None => paint(BOLD, &name),
    };
    writeln!(out, "  {} {title}", sign(one.action()))?;
    match &one.kind {
        OperationKind::Create { webhook } => created(webhook, out)?,
        OperationKind::Delete { before } => deleted(before, out)?,
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
            writeln!(out, "{}", clean(before.id.as_received()))?;
            if let Some(text) = pairing_text(paired_by) {
                field("found by", out)?;
                writeln!(out, "{}", wrap(&text, width, VALUES))?;
            }
        }
    }
    field("why", out)?;
    writeln!(out, "{}", wrap(&reason_text(&one.reason), width, VALUES))
}

fn created(webhook: &NewWebhook, out: &mut dyn Write) -> io::Result<()> {
    let NewWebhook {
        name: _,
        url,
        events,
        env_type: _,
        enabled,
    } = webhook;
    field("url", out)?;
    writeln!(out, "{}", clean(url.text().shown()))?;
    event_lines(&EventSet::new(), events, out)?;
    if *enabled == Some(false) {
        field("enabled", out)?;
        writeln!(out, "false")?;
    }
    Ok(())
}

fn deleted(before: &LiveWebhook, out: &mut dyn Write) -> io::Result<()> {
    field("url", out)?;
    writeln!(out, "{}", clean(before.url.text().shown()))?;
    if let Some(events) = &before.events {
        event_lines(events, &EventSet::new(), out)?;
    }
    field("id", out)?;
    writeln!(out, "{}", clean(before.id.as_received()))
}

fn changed(change: &Change, out: &mut dyn Write) -> io::Result<()> {
    match change {
        Change::Name { before, after } => {
            field("name", out)?;
            before_after(before.text().shown(), after.text().shown(), out)
        }
        Change::Url { before, after } => {
            field("url", out)?;
            before_after(before.text().shown(), after.text().shown(), out)
        }
        Change::Events { before, after } => event_lines(before, after, out),
        Change::Enabled { before, after } => {
            field("enabled", out)?;
            writeln!(out, "{before} → {after}")
        }
    }
}

fn before_after(before: &str, after: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} {}", paint(RED, "-"), clean(before))?;
    let note = if before == after {
        "  (a sensitive part changes)"
    } else {
        ""
    };
    writeln!(
        out,
        "{}{} {}{note}",
        " ".repeat(VALUES),
        paint(GREEN, "+"),
        clean(after)
    )
}

fn event_lines(before: &EventSet, after: &EventSet, out: &mut dyn Write) -> io::Result<()> {
    let added = after
        .difference(before)
        .map(|event| (paint(GREEN, "+"), event));
    let removed = before
        .difference(after)
        .map(|event| (paint(RED, "-"), event));
    let kept = before.intersection(after).count();
    field("events", out)?;
    let mut indent = String::new();
    for (sign, event) in added.chain(removed) {
        writeln!(out, "{indent}{sign} {}", clean(event.as_str()))?;
        indent = " ".repeat(VALUES);
    }
    if kept > 0 {
        writeln!(out, "{indent}{}", paint(DIM, format!("  {kept} unchanged")))?;
    }
    Ok(())
}

fn field(name: &str, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "      {}",
        paint(DIM, format!("{name:<width$}", width = VALUES - 6))
    )
}

fn pairing_text(paired_by: &PairedBy) -> Option<String> {
    match paired_by {
        PairedBy::Url => None,
        PairedBy::MovedFrom(url) => Some(format!("its former URL {}", clean(url.text().shown()))),
        PairedBy::Name => Some("its name; no other declared webhook takes it".to_owned()),
    }
}

fn reason_text(reason: &Reason) -> String {
    match reason {
        Reason::NotLive => "no live webhook has its URL, a former URL, or its name".to_owned(),
        Reason::Differs => "it is not as declared".to_owned(),
        Reason::DisabledAtProvider => {
            "disabled at the provider, which does that to endpoints that keep failing".to_owned()
        }
        Reason::Adopted => "it was not ours; `adopt: true` takes it over".to_owned(),
        Reason::Removed => "`removed` names it".to_owned(),
        Reason::NotDeclared => "it is ours and not declared, and pruning is on".to_owned(),
        Reason::Duplicate { of } => {
            format!("another webhook stands for `{of}` at its URL, and pruning is on")
        }
    }
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
    for Unmanaged { webhook, kind: _ } in those {
        writeln!(
            out,
            "      {}  {}",
            clean(webhook.name.text().shown()),
            paint(DIM, clean(webhook.url.text().shown()))
        )?;
    }
    Ok(())
}

fn refusals(refusals: &[Refusal], width: usize, out: &mut dyn Write) -> io::Result<()> {
    for refusal in refusals {
        let title = format!("refused ({}):", refusal.code().as_str());
        let text = refusal.to_string();
        writeln!(out, "{}", titled(RED, &title, &clean(&text), width))?;
        writeln!(
            out,
            "      {}",
            wrap(&format!("to go on: {}", refusal.way_out()), width, 6)
        )?;
    }
    Ok(())
}
