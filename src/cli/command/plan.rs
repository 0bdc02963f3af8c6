//! `plan`: what would change.

use crate::{
    cli::{
        args::{GlobalArgs, PlanArgs, Wanted},
        exit, inputs,
        planning::{self, Ended, Session},
        saved,
        terminal::Terminal,
        time,
    },
    diagnostic::{Diagnostic, Sources},
    plan::Warning,
    report::{Ended as Noted, Origin, PlanResult, PlannedEnvironment, html, human, json, markdown},
};

pub(crate) async fn run(
    global: &GlobalArgs,
    args: &PlanArgs,
    terminal: &Terminal,
) -> Result<u8, Ended> {
    let PlanArgs {
        planning,
        detailed_exitcode,
        save,
        notify: _, // The announcer's.
    } = args;
    if let Some(path) = &save.out {
        saved::check_place(path)?;
    }
    let choose = |document: &_| inputs::selected(document, &global.environment);
    let session = planning::open(global, planning, choose, terminal).await?;
    let mut kept = session.plan_and_keep().await;
    // What is saved is to be applied: it shows what `apply` would refuse.
    let guard = save.out.is_some();
    session
        .look(kept.iter_mut().map(|(planned, _)| planned), guard)
        .await;
    if planning.with_history.is_none() {
        // Only the guard has asked.
        kept.iter_mut()
            .for_each(|(planned, _)| planned.evidence = None);
    }
    let file = match &save.out {
        Some(path) => {
            let now = time::of_planning(&session, super::simulator::clock()());
            let file = saved::seal(&session, &kept, planning, save, now)?;
            saved::write(path, &file)?;
            Some(file)
        }
        None => None,
    };
    let planned: Vec<PlannedEnvironment> = kept.into_iter().map(|(planned, _)| planned).collect();
    let origin = match &file {
        Some(file) => file.origin(),
        None => origin(&session, save.commit.as_ref()),
    };
    show(
        &Shown::of(&session, &planned, origin),
        global.format,
        terminal,
    )?;
    Ok(match outcome(&planned) {
        json::Outcome::Failed => exit::FAILED,
        json::Outcome::Refused => exit::REFUSED,
        json::Outcome::Changes if *detailed_exitcode => exit::CHANGES,
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
        json::Outcome::Failed
    } else {
        json::Outcome::Nothing
    }
}

/// What a plan of this run is made of, where it is not saved.
pub(super) fn origin(session: &Session, commit: Option<&String>) -> Origin {
    Origin {
        manifest: saved::manifest(&session.sources).digest,
        commit: saved::commit(commit),
        ..Origin::default()
    }
}

/// A plan as it is shown.
pub(crate) struct Shown<'s> {
    pub(crate) planned: &'s [PlannedEnvironment],
    pub(crate) diagnostics: &'s [Diagnostic],
    pub(crate) sources: &'s Sources,
    pub(crate) origin: Origin,
}

/// Whether a webhook is left as it is, as its probe failed.
pub(super) fn stays_disabled(result: &PlanResult) -> bool {
    let warnings = result.plan().map_or(&[][..], |plan| &plan.warnings);
    let left = |warning: &Warning| matches!(warning, Warning::LeftDisabled { .. });
    warnings.iter().any(left)
}

impl<'s> Shown<'s> {
    /// A plan of this run.
    pub(crate) fn of(
        session: &'s Session,
        planned: &'s [PlannedEnvironment],
        origin: Origin,
    ) -> Self {
        Self {
            planned,
            diagnostics: &session.diagnostics,
            sources: &session.sources,
            origin,
        }
    }
}

/// Shows a plan as the result.
pub(crate) fn show(shown: &Shown<'_>, format: Wanted, terminal: &Terminal) -> Result<(), Ended> {
    let Shown {
        planned,
        diagnostics,
        sources,
        origin,
    } = shown;
    terminal.note(Noted::planned(planned, origin));
    let written = terminal.result(|out| match format {
        Wanted::Json => {
            let document = json::planned(planned, diagnostics, sources, outcome(planned));
            json::write(&document, out)
        }
        Wanted::Markdown => markdown::plan(planned, origin, markdown::GITHUB_LONGEST, out),
        Wanted::Html => html::plan(planned, origin, out),
        // The others are for other commands, and were refused before.
        Wanted::Text
        | Wanted::Github
        | Wanted::Gitlab
        | Wanted::Sarif
        | Wanted::Jsonl
        | Wanted::Csv => human::plan(planned, terminal.width(), out),
    });
    written.map_err(anyhow::Error::from)?;
    Ok(())
}
