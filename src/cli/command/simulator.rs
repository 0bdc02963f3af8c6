//! `simulator`: a provider's API on a port.

use crate::{
    apply::Stop,
    cli::{
        args::{SimulatorArgs, SimulatorCommand},
        clock::clock,
        error::CliError,
        exit,
        planning::Ended,
        terminal::Terminal,
    },
    diagnostic::did_you_mean,
    model::ProviderProfile,
    probe::Poster,
    simulator::{Dispatcher, FaultRule, InvalidQuirk, Quirks, Server, SharedSimulator, Simulator},
};

/// What `--fault` and `--quirk` take; the lists are those of the simulator itself.
pub(crate) fn grammar() -> String {
    let mut text = String::from(
        "Faults: METHOD[ PATH]:WHICH=FAULT
  METHOD is get, post, patch, delete or *; PATH a glob over the path; WHICH counts the requests that
  match: `2`, `1..3`, `4..` or `*`; FAULT is one of
",
    );
    for (fault, meaning) in FaultRule::FAULTS {
        text.push_str(&format!("    {fault:<22} {meaning}\n"));
    }
    text.push_str("\nQuirks: KEY=VALUE, the default first where it is a word\n");
    let defaults = Quirks::default();
    for quirk in Quirks::KEYS {
        let default = defaults.get(quirk.key).unwrap_or_default();
        text.push_str(&format!(
            "  {:<18} {}\n  {:<18} {} [default: {default}]\n",
            quirk.key,
            quirk.doc,
            "",
            quirk.allowed.join(", "),
        ));
    }
    text
}

pub(crate) async fn run(args: &SimulatorArgs, terminal: &Terminal) -> Result<u8, Ended> {
    if let Some(SimulatorCommand::Emit(args)) = &args.command {
        return super::emit::run(args, terminal).await;
    }
    let profile = args.provider;
    let simulator = open(args, profile)?;
    if let Some(dropped) = simulator.dropped_line() {
        terminal.say(|out| {
            writeln!(
                out,
                "an interrupted write was dropped from the state file: line {}, {} bytes",
                dropped.line, dropped.bytes
            )
        });
    }
    let dispatcher = Dispatcher::new(simulator.clone())
        .with_poster(Poster::new(args.deliver_to.reach()))
        .with_pause(args.retry_interval);
    let server = Server::bind(args.listen, simulator).await;
    let server = server.map_err(|error| CliError::not_listening(error, args.listen))?;
    let url = server.base_url();
    // Whoever reads the line below may stop this at once.
    let stop = Stop::default();
    let _interrupt = terminal.interrupts().end(&stop);
    let stopped = async move { stop.asked().await };
    let title = profile.title;
    let shown = format!("{title} simulator at {url}\nUse it as `base_url`; stop it with Ctrl-C.");
    terminal.serves_at(&url, &shown)?;
    let served = server.with_dispatcher(dispatcher.clone()).serve(stopped);
    let Some(period) = args.emit_every else {
        served.await;
        return Ok(exit::DONE);
    };
    tokio::select! {
        () = served => Ok(exit::DONE),
        () = dispatcher.emit_every(period) => Ok(exit::DONE),
    }
}

fn open(
    args: &SimulatorArgs,
    profile: &'static ProviderProfile,
) -> Result<SharedSimulator, CliError> {
    let mut quirks = Quirks::default();
    for text in &args.quirk {
        quirks.set_all(text).map_err(not_a_quirk)?;
    }
    let mut builder = Simulator::builder(profile, clock())
        .quirks(quirks)
        .faults(args.fault.iter().cloned());
    if let Some(limit) = args.rate_limit {
        builder = builder.rate_limit(limit);
    }
    if let Some(latency) = args.latency {
        builder = builder.latency(latency);
    }
    match &args.state {
        None => Ok(builder.build()),
        Some(path) => Ok(builder.open(path).map_err(anyhow::Error::new)?),
    }
}

fn not_a_quirk(err: InvalidQuirk) -> CliError {
    let nearest = match &err {
        InvalidQuirk::UnknownKey { key } => {
            did_you_mean(key, Quirks::KEYS.iter().map(|quirk| quirk.key))
        }
        InvalidQuirk::NoValue(_) | InvalidQuirk::UnknownValue { .. } => None,
    };
    CliError::usage(err.to_string()).maybe_hint(nearest)
}
