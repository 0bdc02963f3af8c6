//! `apply`: plan, show, ask, apply, prove.

mod carrying;
mod saved;

use std::{future::Future, io::Write};

use anstream::StripStream;
use futures_util::future::join_all;

use self::carrying::{Applied, apply_all, audit_log};
use super::plan;
use crate::{
    cli::{
        announce::Told,
        approval,
        args::{ApplyArgs, Format, GlobalArgs},
        audit,
        clock::clock,
        context::Context,
        deliveries::check_history,
        drafting,
        error::CliError,
        exit, inputs,
        lock::{Locks, Who},
        planning::{self, Ended, Session},
        probing::Prober,
        terminal::Terminal,
        watching::{self, Began},
    },
    manifest::Document,
    model::EnvironmentName,
    report::{Announcement, human, json, typed},
    run::{
        self, AppliedEnvironment, Drafts, Look, Outcome, PlannedEnvironment, Probing, Watched,
        WatchedOutcome,
    },
    saved::Origin,
};

/// What a run says that ends before it has written anything.
const NOTHING: &str = "nothing was changed";

pub(crate) async fn run(context: Context<'_>, args: &ApplyArgs) -> Result<Told, Ended> {
    let Context { global, terminal } = context;
    if let Some(path) = &args.saved {
        return saved::run(context, path, args).await;
    }
    let choose = |document: &_| {
        let selected = selected(document, global, args)?;
        if !args.auto_approve {
            let plan = typed::command(["plan", &global.chosen()]);
            let hint = format!("review with {plan}, then run again with `--auto-approve`");
            approval::can_be_asked(terminal, NOTHING, &hint)?;
        }
        Ok(selected)
    };
    let mut session = planning::open(context, &args.planning.options(), choose).await?;
    session.ask_forge(context, &args.planning).await?;
    let reviewed = review(context, &session, args);
    carry_out(&session, reviewed, args, terminal).await
}

/// Takes the locks, and applies what a review then approves: it begins once they are held. An interrupt
/// ends the review, and stops the run.
async fn carry_out(
    session: &Session,
    review: impl Future<Output = Result<Reviewed, Ended>>,
    args: &ApplyArgs,
    terminal: &Terminal,
) -> Result<Told, Ended> {
    let _interrupt = terminal.interrupts().stop(&session.stop);
    // Before the live state is read that is planned from.
    let patience = args.lock_timeout.unwrap_or_default();
    let who = Who::new(args.actor.as_ref(), clock());
    let environments = &session.environments;
    let locks = Locks::take(environments, &who, patience, &session.stop, terminal).await?;
    let ended = locked(session, review, args, &locks, terminal).await;
    // What is watched can take long, and needs no lock.
    let lost = locks.release(terminal).await;
    let (mut applied, began) = match ended? {
        Worked::Applied { applied, began } => (applied, began),
        Worked::Over(told) => {
            let lost = lost.filter(|_| told.code == exit::DONE);
            return lost.map_or(Ok(told), |lost| Err(lost.into()));
        }
    };
    // What was proven while a lock was lost may not hold any more.
    applied.errors.extend(lost);
    if let Some(longest) = args.watch {
        let environments = &mut applied.environments;
        watching::watch(session, environments, &began, longest, terminal).await;
        let mut watched = environments.iter().flat_map(|one| &one.watched);
        let is_open = watched.any(|one| one.outcome == WatchedOutcome::Unproven);
        if is_open && session.stop.is_asked() {
            let message = "interrupted while the first deliveries were waited for";
            applied.errors.push(CliError::failed(message));
        }
    }
    finish(&applied, terminal)
}

/// What a run came to while it held its locks.
enum Worked {
    /// The plans were applied, as far as that went.
    Applied { applied: Applied, began: Began },
    /// There was nothing to apply; everything was shown.
    Over(Told),
}

/// Plans and applies what is locked.
async fn locked(
    session: &Session,
    review: impl Future<Output = Result<Reviewed, Ended>>,
    args: &ApplyArgs,
    locks: &Locks,
    terminal: &Terminal,
) -> Result<Worked, Ended> {
    let reviewed = tokio::select! {
        biased;
        () = session.stop.asked() => return Err(not_begun(locks)),
        reviewed = review => reviewed?,
    };
    let planned = match reviewed {
        Reviewed::Approved(planned) => planned,
        Reviewed::Over(told) => return Ok(Worked::Over(told)),
    };
    let began = Began::now(session);
    let applied = apply_all(session, planned, args, locks, terminal).await?;
    Ok(Worked::Applied { applied, began })
}

/// How a plan came out of its review.
enum Reviewed {
    /// It is to be applied.
    Approved(Vec<PlannedEnvironment>),
    /// There is nothing to apply; everything was shown.
    Over(Told),
}

/// Plans, shows, and asks. Nothing is written.
async fn review(
    context: Context<'_>,
    session: &Session,
    args: &ApplyArgs,
) -> Result<Reviewed, Ended> {
    let terminal = context.terminal;
    let drafts = drafting::drafted(session, &args.planning).await?;
    let planned = settle(context, session, drafts, args).await?;
    if run::outcome(&planned) != Outcome::Changes {
        let shown = plan::shown(session, &planned, Origin::default());
        let shown = shown.expanded(args.planning.expand);
        plan::show(&shown, context.global.format, terminal)?;
        let code = not_applied(&planned, terminal);
        return Ok(Reviewed::Over(Told::new(
            code,
            Announcement::planned(&shown),
        )));
    }
    show_before(&planned, args.auto_approve, args.planning.expand, terminal)?;
    if !args.auto_approve {
        let question = "Apply this plan? Only `yes` applies it: ";
        approval::ask(terminal, question, NOTHING).await?;
    }
    // What the guard read of the history, and probes, take time, too.
    let looked = args.probe || planned.iter().any(|one| one.evidence.is_some());
    if looked || !args.auto_approve {
        refresh(session, &planned).await?;
    }
    Ok(Reviewed::Approved(planned))
}

/// Learns what the drafts ask for: whether what they delete or disable is in use, and whether receivers are well. What the
/// rules say of the plans is in the audit log before anything follows from it.
async fn settle(
    context: Context<'_>,
    session: &Session,
    drafts: Drafts,
    args: &ApplyArgs,
) -> Result<Vec<PlannedEnvironment>, Ended> {
    // Nothing is applied where what is to come after it cannot be.
    if args.planning.with_history.is_some() || args.watch.is_some() {
        session.environments.iter().try_for_each(check_history)?;
    }
    let prober = Prober::new(
        &args.probing,
        context.global.timeout,
        session,
        context.terminal,
    );
    let look = Look {
        window: args.planning.with_history,
        guard: true,
        judged: false, // The session knows whether rules look.
    };
    let probing = if args.probe {
        Probing::All(&prober)
    } else {
        Probing::Healed(&prober)
    };
    let planned = session.settle(drafts, look, probing).await;
    if audit::has_rulings(&planned)
        && let Some(log) = audit_log(args)?
    {
        log.judged(&planned);
        CliError::all(log.failure())?;
    }
    Ok(planned)
}

/// Why a run ends before it has written anything.
fn not_begun(locks: &Locks) -> Ended {
    let interrupted = || CliError::failed(format!("interrupted; {NOTHING}"));
    locks.lost().unwrap_or_else(interrupted).into()
}

fn selected(
    document: &Document,
    global: &GlobalArgs,
    args: &ApplyArgs,
) -> Result<Vec<EnvironmentName>, CliError> {
    let selected = inputs::selected(document, &global.environment)?;
    if selected.len() > 1 && global.environment.is_empty() && !args.all {
        let names: Vec<&str> = selected.iter().map(EnvironmentName::as_str).collect();
        return Err(
            CliError::usage("the manifest has several environments: which one is meant?").hint(
                format!("name it: {}; or say `--all`", inputs::named(&names)),
            ),
        );
    }
    Ok(selected)
}

/// Says that a plan was only shown, where something should have been applied.
fn not_applied(planned: &[PlannedEnvironment], terminal: &Terminal) -> u8 {
    let disabled = planned.iter().all(|one| one.result.plan().is_some());
    let (why, code) = match run::outcome(planned) {
        Outcome::Nothing => return exit::DONE,
        Outcome::Refused => ("a guard refuses the plan", exit::REFUSED),
        _ if disabled => ("a webhook stays disabled", exit::FAILED),
        _ => ("not every environment could be planned", exit::FAILED),
    };
    let text = format!("{why}; nothing was changed");
    terminal.complain_of(&text, &[]);
    code
}

/// In text, the plan is part of the result. In JSON, the result is one document, at the end; who is
/// asked gets to see the plan all the same.
fn show_before(
    planned: &[PlannedEnvironment],
    is_approved: bool,
    expand: bool,
    terminal: &Terminal,
) -> Result<(), Ended> {
    let layout = human::PlanLayout {
        width: terminal.width(),
        expand,
    };
    let show = |out: &mut dyn Write| {
        human::plan(planned, layout, out)?;
        writeln!(out)
    };
    match terminal.format {
        Format::Text => terminal.result(show)?,
        Format::Json if is_approved => {}
        Format::Json => terminal.complain(show),
    }
    terminal.say_kept();
    Ok(())
}

/// Whoever was asked, and whatever was looked at, took time: the plan must still be the one that was shown.
/// The list right before the first write is what counts.
async fn refresh(session: &Session, planned: &[PlannedEnvironment]) -> Result<(), Ended> {
    let lives = join_all(session.environments.iter().map(run::live)).await;
    for ((one, planned), live) in session.environments.iter().zip(planned).zip(lives) {
        let live = live.map_err(|error| {
            let name = &one.view.name;
            let asked = format!("environment `{name}` could not be read again; {NOTHING}");
            CliError::of_provider(error, asked)
        })?;
        let now = session.draft_from(one, &live);
        if !(planned.plan.as_ref()).is_some_and(|plan| plan.does_the_same_as(&now)) {
            return Err(CliError::refused(format!(
                "the plan is stale: environment `{}` changed while it was reviewed; {NOTHING}",
                one.view.name
            ))
            .hint("run again to see the plan as it is now")
            .into());
        }
    }
    Ok(())
}

/// Shows what a run did, and returns the exit code that follows from it.
fn finish(applied: &Applied, terminal: &Terminal) -> Result<Told, Ended> {
    let Applied {
        environments,
        errors,
    } = applied;
    let converged = environments.iter().all(AppliedEnvironment::is_proven);
    let failing = |one: &Watched| one.outcome == WatchedOutcome::Failing;
    let failing = environments
        .iter()
        .flat_map(|one| &one.watched)
        .any(failing);
    let (code, outcome) = if converged && !failing && errors.is_empty() {
        (exit::DONE, Outcome::Applied)
    } else {
        terminal.ledger().sent().unfinished()
    };
    let announcement = announcement(environments, outcome, terminal);
    for error in errors {
        terminal.complain_of(&error.text(), &error.hints);
    }
    let errors = errors.iter().map(|error| json::RunError {
        error: error.text(),
        hints: error.hints.clone(),
    });
    terminal.show(
        || json::applied(environments, errors.collect(), outcome),
        |out| human::applied(environments, terminal.width(), out),
    )?;
    Ok(Told::new(code, announcement))
}

/// What the run came to, with the text that people get to see.
fn announcement(
    applied: &[AppliedEnvironment],
    outcome: Outcome,
    terminal: &Terminal,
) -> Announcement {
    let mut text = Vec::new();
    // Memory takes whatever is written.
    human::applied(applied, terminal.width(), &mut StripStream::new(&mut text)).ok();
    Announcement::applied(applied, outcome, &String::from_utf8_lossy(&text))
}
