//! `plan`: what would change.

use crate::{
    cli::{
        announce::Told,
        args::{PlanArgs, Wanted},
        audit,
        clock::clock,
        context::Context,
        deliveries::check_history,
        drafting, exit, inputs,
        planning::{self, Ended, Session},
        probing::Prober,
        saved,
        terminal::Terminal,
        time,
    },
    report::{Announcement, ShownPlan},
    run::{self, Look, PlannedEnvironment, Probing},
    saved::Origin,
};

pub(crate) async fn run(context: Context<'_>, args: &PlanArgs) -> Result<Told, Ended> {
    let global = context.global;
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
    let mut session = planning::open(context, &planning.options(), choose).await?;
    if planning.with_history.is_some() {
        session.environments.iter().try_for_each(check_history)?;
    }
    session.ask_forge(context, planning).await?;
    let look = Look {
        window: planning.with_history,
        // What is saved is to be applied: it shows what `apply` would refuse.
        guard: save.out.is_some(),
        judged: false, // The session knows whether rules look.
    };
    let drafts = drafting::drafted(&session, planning).await?;
    let mut planned = session.settle(drafts, look, Probing::<Prober>::Not).await;
    if planning.with_history.is_none() {
        // Only guards and rules have asked.
        planned
            .iter_mut()
            .for_each(|planned| planned.evidence = None);
    }
    let origin = match &save.out {
        Some(path) => {
            let now = time::of_planning(&session, clock()());
            let file = saved::seal(&session, &mut planned, planning.options(), save, now)?;
            saved::write(path, &file)?;
            file.origin()
        }
        None => origin(&session, save.commit.as_ref()),
    };
    let shown = shown(&session, &planned, origin).expanded(planning.expand);
    show(&shown, global.format, context.terminal)?;
    let changes = match detailed_exitcode {
        true => exit::CHANGES,
        false => exit::DONE,
    };
    let code = exit::of_look(run::outcome(&planned), changes);
    Ok(Told::new(code, Announcement::planned(&shown)))
}

/// What a plan of this run is made of, where it is not saved.
pub(super) fn origin(session: &Session, commit: Option<&String>) -> Origin {
    Origin {
        manifest: saved::manifest(&session.sources).digest,
        commit: audit::commit(commit),
        ..Origin::default()
    }
}

/// A plan of this run as it is shown.
pub(crate) fn shown<'s>(
    session: &'s Session,
    planned: &'s [PlannedEnvironment],
    origin: Origin,
) -> ShownPlan<'s> {
    ShownPlan {
        planned,
        diagnostics: &session.diagnostics,
        sources: &session.sources,
        places: &session.places,
        origin,
        expand: false,
    }
}

/// Shows a plan as the result.
pub(crate) fn show(
    shown: &ShownPlan<'_>,
    format: Wanted,
    terminal: &Terminal,
) -> Result<(), Ended> {
    terminal.show(
        || shown.document(),
        |out| shown.write(format.of_plan(), terminal.width(), out),
    )?;
    terminal.say_kept();
    Ok(())
}
