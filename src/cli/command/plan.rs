//! `plan`: what would change.

use crate::{
    cli::{
        args::{GlobalArgs, PlanArgs, Wanted},
        clock::clock,
        exit, inputs,
        planning::{self, Ended, Session},
        probing::Prober,
        saved,
        terminal::Terminal,
        time,
    },
    diagnostic::{Diagnostic, Sources},
    report::{Ended as Noted, html, human, json, markdown},
    run::{self, Look, Outcome, PlannedEnvironment, Probing},
    saved::Origin,
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
    let session = planning::open(global, &planning.options(), choose, terminal).await?;
    let look = Look {
        window: planning.with_history,
        // What is saved is to be applied: it shows what `apply` would refuse.
        guard: save.out.is_some(),
    };
    let drafted = session.draft().await;
    let mut planned = session.settle(drafted, look, Probing::<Prober>::Not).await;
    if planning.with_history.is_none() {
        // Only the guard has asked.
        planned
            .iter_mut()
            .for_each(|planned| planned.evidence = None);
    }
    let file = match &save.out {
        Some(path) => {
            let now = time::of_planning(&session, clock()());
            let file = saved::seal(&session, &planned, planning.options(), save, now)?;
            saved::write(path, &file)?;
            Some(file)
        }
        None => None,
    };
    let origin = match &file {
        Some(file) => file.origin(),
        None => origin(&session, save.commit.as_ref()),
    };
    show(
        &Shown::of(&session, &planned, origin),
        global.format,
        terminal,
    )?;
    Ok(match run::outcome(&planned) {
        Outcome::Failed => exit::FAILED,
        Outcome::Refused => exit::REFUSED,
        Outcome::Changes if *detailed_exitcode => exit::CHANGES,
        _ => exit::DONE,
    })
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
            let document = json::planned(planned, diagnostics, sources);
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
