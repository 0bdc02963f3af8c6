//! `reconcile`: the service that looks at environments again and again.

mod engine;
mod keeping;
mod leading;
mod manifest;
mod round;
mod supervisor;
mod telling;
mod unit;

use std::sync::Mutex;

use self::{
    engine::{Engine, Service},
    keeping::Keeping,
    manifest::{Look, Manifest, Unusable},
    telling::{Level, Telling},
};
use crate::{
    cli::{
        announce,
        args::{GlobalArgs, ReconcileArgs},
        clock::clock,
        error::CliError,
        exit, inputs,
        lock::Who,
        planning::{self, Ended},
        terminal::Terminal,
    },
    model::EnvironmentName,
    net::Stop,
    reconcile::{Desk, ManifestStatus, Metrics, Status},
    run::Outcome,
};

pub(crate) async fn run(
    global: &GlobalArgs,
    args: &ReconcileArgs,
    terminal: &Terminal,
) -> Result<u8, Ended> {
    if !args.once && global.file.iter().any(|path| inputs::is_stdin(path)) {
        return Err(
            CliError::usage("a manifest on standard input cannot be read anew")
                .hint("name a file or a folder, or look once with `--once`")
                .into(),
        );
    }
    let notify = announce::address(&args.notify, terminal)?;
    let telling = Telling::new(args, notify, terminal);
    let metrics = Metrics::default();
    let mut manifest = Manifest::new(global, args, terminal, &metrics);
    let loaded = match manifest.look().await {
        Look::Loaded(loaded) => loaded,
        Look::Invalid(Unusable::Invalid(found, sources)) => {
            return planning::invalid(&found, &sources, None, terminal);
        }
        Look::Invalid(Unusable::Error(error)) => return Err(error.into()),
        // The first look reads it.
        Look::Same | Look::Settling(_) => return Ok(exit::FAILED),
    };
    if let Some(name) = manifest::without_state(&loaded.units, args) {
        return Err(needs_state(&name).into());
    }
    let keeping = Mutex::new(Keeping::open(args.state.as_deref())?);
    // Before anything is written to a provider: what cannot be recorded is not done.
    drop(telling.audit_log()?);
    let desk = Desk::new(Status {
        started_at: telling.now(),
        manifest: ManifestStatus::default(),
        environments: Vec::new(),
        rounds: Vec::new(),
    });
    let stop = Stop::default();
    let _interrupt = terminal.interrupts().stop(&stop);
    let who = Who::new(args.actor.clone(), clock());
    let service = Service {
        global,
        args,
        terminal,
        telling: &telling,
        who: &who,
        keeping: &keeping,
        desk: &desk,
        metrics: &metrics,
        stop: &stop,
        beat: &supervisor::at_work,
        ending: &supervisor::ending,
    };
    let engine = Engine::new(&service, manifest, loaded);
    if args.once {
        engine.once().await?;
        return finish(&desk, terminal);
    }
    telling.log(Level::Info, None, "started", "the service has begun");
    supervisor::ready();
    engine.run().await?;
    telling.log(Level::Info, None, "stopped", "the service has ended");
    Ok(exit::DONE)
}

/// An environment that is to be applied, and nothing to count its writes in.
fn needs_state(name: &EnvironmentName) -> CliError {
    CliError::usage(format!(
        "environment `{name}` has `mode: apply`, and there is no `--state`: what is written in a day could not be counted over a restart"
    ))
    .hint("name a file with `--state`, or write nothing with `--detect-only`")
}

/// Shows what one look came to, and returns the exit code: that of `drift`.
fn finish(desk: &Desk, terminal: &Terminal) -> Result<u8, Ended> {
    let outcomes: Vec<Outcome> = desk.read(|status| {
        let last = status
            .environments
            .iter()
            .filter_map(|one| one.rounds.last());
        last.map(|round| round.outcome).collect()
    });
    let has = |outcome| outcomes.contains(&outcome);
    let code = match () {
        () if has(Outcome::Partial) => exit::PARTIAL,
        () if has(Outcome::Failed) => exit::FAILED,
        () if has(Outcome::Changes) => exit::CHANGES,
        () if has(Outcome::Refused) => exit::REFUSED,
        () => exit::DONE,
    };
    desk.read(|status| {
        terminal.result(|out| {
            for one in &status.environments {
                let message = one
                    .rounds
                    .last()
                    .map_or("not looked at", |round| &round.message);
                writeln!(out, "{}: {message}", one.name)?;
            }
            Ok(())
        })
    })
    .map_err(anyhow::Error::from)?;
    Ok(code)
}
