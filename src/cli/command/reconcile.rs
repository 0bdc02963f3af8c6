//! `reconcile`: the service that looks at environments again and again.

mod engine;
mod keeping;
mod leading;
mod manifest;
mod round;
mod service;
mod supervisor;
mod telling;
mod unit;

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};

use anyhow::Context as _;

use self::{
    engine::Engine,
    keeping::Keeping,
    manifest::{Look, Manifest, Unusable},
    service::Service,
    telling::{Level, Telling},
};
use crate::{
    cli::{
        announce,
        args::{Format, ReconcileArgs},
        clock::clock,
        context::Context,
        error::CliError,
        exit, inputs,
        lock::Who,
        planning::{self, Ended},
        terminal::Terminal,
        views::Reports,
    },
    files::{self, Limit},
    model::{EnvironmentName, Masker, Secret},
    net::Stop,
    reconcile::{
        Desk, ManifestStatus, Metrics, Status,
        http::{self, Views as _},
    },
    report::human,
    run::Outcome,
};

/// A shorter secret can be guessed.
const SHORTEST_SECRET: usize = 16;

pub(crate) async fn run(context: Context<'_>, args: &ReconcileArgs) -> Result<u8, Ended> {
    let Context { global, terminal } = context;
    if !args.once && global.file.iter().any(|path| inputs::is_stdin(path)) {
        return Err(
            CliError::usage("a manifest on standard input cannot be read anew")
                .hint("name a file or a folder, or look once with `--once`")
                .into(),
        );
    }
    if global.json_into.is_some() && !args.once {
        return Err(
            CliError::usage("a service has no end, and so no document for `--json-into`")
                .hint("look once with `--once`, or ask the service for its documents over HTTP")
                .into(),
        );
    }
    let notify = announce::address(&args.notify, terminal)?;
    let telling = Telling::new(args, notify, terminal);
    let metrics = Metrics::default();
    let mut manifest = Manifest::new(context, args, &metrics);
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
    // What it does when it is asked to end is a line of its own log.
    let _interrupt = terminal.interrupts().end(&stop);
    let who = Who::new(args.actor.as_ref(), clock());
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
    };
    if args.once {
        Engine::new(&service, manifest, loaded).once().await?;
        if stop.is_asked() {
            // What was not looked at must not look like peace.
            return Err(anyhow::anyhow!("interrupted before the round was over").into());
        }
        return finish(&desk, terminal);
    }
    let secret = args.shared_secret_file.as_deref();
    let secret = secret
        .map(|path| shared_secret(path, terminal))
        .transpose()?;
    let (listener, url) = listen(args.listen, terminal).await?;
    telling.log(Level::Info, None, "listening", &format!("listens at {url}"));
    let engine = Engine::new(&service, manifest, loaded);
    let served = http::Service {
        desk: desk.clone(),
        metrics: metrics.clone(),
        views: Arc::new(Reports),
        secret,
        listens_on_loopback: args.listen.ip().is_loopback(),
        now: clock(),
    };
    telling.log(Level::Info, None, "started", "the service has begun");
    supervisor::tell(supervisor::State::Ready);
    // It answers until the last round has ended.
    let ended = Stop::default();
    let work = async {
        let worked = engine.run().await;
        ended.now();
        worked
    };
    let (worked, served) = tokio::join!(work, http::serve(listener, served, ended.clone()));
    worked?;
    served.map_err(anyhow::Error::new)?;
    telling.log(Level::Info, None, "stopped", "the service has ended");
    Ok(exit::DONE)
}

/// The secret that whoever triggers a round or pauses an environment must know; masked from now on.
fn shared_secret(path: &Path, terminal: &Terminal) -> Result<Secret, CliError> {
    let shown = path.display();
    let text = files::text(path, Limit::SECRET)
        .with_context(|| format!("failed to read the shared secret in `{shown}`"))?;
    let secret = text.trim();
    if secret.len() < SHORTEST_SECRET {
        return Err(CliError::invalid(format!(
            "the shared secret in `{shown}` has fewer than {SHORTEST_SECRET} characters"
        ))
        .hint("make one nobody can guess, such as with `openssl rand -hex 32`"));
    }
    terminal.mask(Masker::new([secret.to_owned()]));
    Ok(Secret::new(secret))
}

/// Takes the port, and says where the service is.
async fn listen(
    address: SocketAddr,
    terminal: &Terminal,
) -> Result<(http::Listener, String), Ended> {
    let listener = http::bind(address).await;
    let listener = listener.map_err(|error| CliError::not_listening(error, address))?;
    let address = listener.local_addr().map_err(anyhow::Error::new)?;
    let url = format!("http://{address}/");
    let shown = format!("reconcile at {url}\nStop it with Ctrl-C.");
    terminal.serves_at(&url, &shown)?;
    Ok((listener, url))
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
        terminal.keep(|| Reports.environments(status))?;
        terminal.result(|out| match terminal.format {
            Format::Json => out.write_all(Reports.environments(status)?.as_bytes()),
            Format::Text => human::watched(status, out),
        })?;
        Ok::<_, Ended>(())
    })?;
    Ok(code)
}
