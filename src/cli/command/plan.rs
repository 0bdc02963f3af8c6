//! `plan`: what would change.

use crate::{
    cli::{
        args::{Format, GlobalArgs, PlanArgs, Wanted},
        audit, exit, inputs,
        planning::{self, Ended, Session},
        terminal::Terminal,
    },
    plan::Warning,
    report::{Origin, PlanResult, PlannedEnvironment, html, human, json, markdown},
};

pub(crate) async fn run(
    global: &GlobalArgs,
    args: &PlanArgs,
    terminal: &Terminal,
) -> Result<u8, Ended> {
    let choose = |document: &_| inputs::selected(document, &global.environment);
    let session = planning::open(global, &args.planning, choose, terminal).await?;
    let planned = session.plan(false).await;
    match global.format {
        Wanted::Markdown | Wanted::Html => {
            let origin = origin(&session, args.commit.clone());
            show_for_review(global.format, &planned, &origin, terminal)?;
        }
        _ => show(&session, &planned, terminal)?,
    }
    Ok(match outcome(&planned) {
        json::Outcome::Failed => exit::FAILED,
        json::Outcome::Refused => exit::REFUSED,
        json::Outcome::Changes if args.detailed_exitcode => exit::CHANGES,
        _ => exit::DONE,
    })
}

/// How planning all environments ended: the worst of all.
pub(crate) fn outcome(planned: &[PlannedEnvironment]) -> json::Outcome {
    let any = |is: fn(&PlanResult) -> bool| planned.iter().any(|one| is(&one.result));
    if any(|result| matches!(result, PlanResult::Failed { .. })) {
        json::Outcome::Failed
    } else if any(|result| !result.refusals().is_empty()) {
        json::Outcome::Refused
    } else if any(|result| {
        result
            .plan()
            .is_some_and(|plan| !plan.operations.is_empty())
    }) {
        json::Outcome::Changes
    } else if any(stays_disabled) {
        json::Outcome::Partial
    } else {
        json::Outcome::Nothing
    }
}

/// What a plan of this run is made of.
fn origin(session: &Session, commit: Option<String>) -> Origin {
    let (_, known) = audit::from_environment();
    Origin {
        manifest: inputs::digest(&session.sources),
        commit: commit.or(known),
        ..Origin::default()
    }
}

/// Shows the plan to those who review it elsewhere.
fn show_for_review(
    format: Wanted,
    planned: &[PlannedEnvironment],
    origin: &Origin,
    terminal: &Terminal,
) -> Result<(), Ended> {
    let shown = terminal.result(|out| match format {
        Wanted::Html => html::plan(planned, origin, out),
        _ => markdown::plan(planned, origin, markdown::GITHUB_LONGEST, out),
    });
    shown.map_err(anyhow::Error::from)?;
    Ok(())
}

/// Whether a webhook is left as it is, as its probe failed.
fn stays_disabled(result: &PlanResult) -> bool {
    let warnings = result.plan().map_or(&[][..], |plan| &plan.warnings);
    let left = |warning: &Warning| matches!(warning, Warning::LeftDisabled { .. });
    warnings.iter().any(left)
}

/// Shows the plan as the result.
pub(crate) fn show(
    session: &Session,
    planned: &[PlannedEnvironment],
    terminal: &Terminal,
) -> Result<(), Ended> {
    let shown = terminal.result(|out| match terminal.format {
        Format::Text => human::plan(planned, terminal.width(), out),
        Format::Json => {
            let document = json::planned(
                planned,
                &session.diagnostics,
                &session.sources,
                outcome(planned),
            );
            json::write(&document, out)
        }
    });
    shown.map_err(anyhow::Error::from)?;
    Ok(())
}
