//! The program: arguments in, exit code out.
//!
//! The only home of files, environment variables, processes and the terminal. One file for each
//! command is in `command`.

mod announce;
mod approval;
mod archives;
mod args;
mod audit;
mod beside;
mod change;
mod checkup;
mod clock;
mod command;
mod connect;
mod context;
mod countdown;
mod deliveries;
mod descriptors;
mod drafting;
mod error;
mod exit;
mod files;
mod forge;
mod help;
mod inputs;
mod interrupt;
mod lock;
mod place;
mod planning;
mod probing;
mod program;
mod progress;
mod proxies;
mod questions;
mod replays;
mod repository;
mod saved;
mod sensitive;
mod sent;
mod signals;
mod sinks;
#[cfg(feature = "object-store")]
mod stores;
mod surroundings;
mod takeover;
mod terminal;
mod time;
mod transport;
mod typos;
mod variables;
mod views;
mod waits;
mod watching;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::FromArgMatches;

pub use self::program::command_line;
use self::{
    announce::{Announcer, Told},
    args::{Color, Command, GlobalArgs, Hookwright, Wanted},
    context::Context,
    error::CliError,
    planning::Ended,
    sent::Sent,
    terminal::Terminal,
};
use crate::{
    report::{self, human},
    run::Outcome,
};

/// Runs the program with these arguments, the first of which is its own name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let parsed = variables::without_empty(help::on_terminal(command_line()), variables::is_empty)
        .try_get_matches_from(&arguments)
        .and_then(|matches| {
            let mut parsed = Hookwright::from_arg_matches(&matches)?;
            parsed.settle(&matches)?;
            Ok(parsed)
        });
    let code = match parsed {
        Ok(parsed) => run(parsed),
        Err(err) => not_parsed(err, &arguments),
    };
    ExitCode::from(code)
}

fn run(parsed: Hookwright) -> u8 {
    let Hookwright { global, command } = parsed;
    let terminal = Terminal::new(&global);
    terminal.log(global.verbose);
    let runtime = descriptors::check().and_then(|()| {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
    });
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(err) => {
            let error = anyhow::Error::new(err).context("failed to start the runtime");
            let error = CliError::from(error).hint(
                "see how many files a process may have open (`ulimit -n`): 256 do for anything",
            );
            return complain(&error, &terminal);
        }
    };
    if let Err(err) = signals::listen(&terminal) {
        let error = anyhow::Error::new(err).context("failed to listen for signals");
        return complain(&error.into(), &terminal);
    }
    let context = Context {
        global: &global,
        terminal: &terminal,
    };
    let code = unless_it_panics(&terminal, || runtime.block_on(carry_out(context, &command)));
    // A question that was not answered must not keep the program from ending.
    runtime.shutdown_background();
    code
}

/// Runs a command, and tells what it came to.
async fn carry_out(context: Context<'_>, command: &Command) -> u8 {
    let terminal = context.terminal;
    let announcer = match Announcer::new(context, command) {
        Ok(announcer) => announcer,
        Err(error) => return complain(&error, terminal),
    };
    let ended = tokio::select! {
        biased;
        ended = dispatch(context, command) => Some(ended),
        () = terminal.interrupts().over() => None,
    };
    terminal.clear_bars();
    terminal.say_kept();
    let with_sent = |told: Told| Told {
        code: terminal.ledger().sent().code(told.code),
        ..told
    };
    let told = match ended {
        Some(Ok(told)) => with_sent(told),
        Some(Err(Ended::Invalid(announcement))) => {
            with_sent(Told::new(exit::INVALID, *announcement))
        }
        Some(Err(Ended::Error(error))) => {
            let announcement = report::Announcement::failed(&error.texts());
            Told::new(complain(&error, terminal), announcement)
        }
        None => signals::ended_at_once(terminal).into(),
    };
    let code = told.code;
    terminal.settle(code);
    tokio::select! {
        biased;
        () = announcer.announce(told) => {}
        () = terminal.interrupts().over() => {}
    }
    code
}

/// Runs it. A panic, which is a mistake in this program, ends as every other failure does: what was sent
/// was sent.
fn unless_it_panics(terminal: &Terminal, run: impl FnOnce() -> u8) -> u8 {
    let shown = terminal.clone();
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // The usual words may show what is to be masked.
        let text = format!("internal error: {panic}");
        let hint = "this is a mistake in hookwright: report it with these words".to_owned();
        shown.complain_of(&text, &[hint]);
    }));
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    std::panic::set_hook(usual);
    ended.unwrap_or_else(|_| {
        let (code, outcome) = terminal.ledger().sent().unfinished();
        terminal.last_document(outcome, "internal error; standard error has more", &[]);
        terminal.settle(code)
    })
}

async fn dispatch(context: Context<'_>, command: &Command) -> Result<Told, Ended> {
    let Context { global, terminal } = context;
    check_format(global)?;
    if let Some(path) = &global.json_into {
        beside::check(path, &global.command)?;
    }
    terminal.check_beside()?;
    let code = match command {
        Command::Import(args) => command::import::run(context, args).await?,
        Command::Init(args) => command::init::run(context, args).await?,
        Command::Validate(args) => command::validate::run(context, args)?,
        Command::Fmt(args) => command::fmt::run(context, args)?,
        Command::Explain(args) => command::explain::run(args, terminal)?,
        Command::Plan(args) => return command::plan::run(context, args).await,
        Command::Apply(args) => return command::apply::run(context, args).await,
        Command::Drift(args) => return command::drift::run(context, args).await,
        Command::List(args) => command::list::run(context, args).await?,
        Command::Reconcile(args) => command::reconcile::run(context, args).await?,
        Command::Show(args) => command::show::run(context, args)?,
        Command::Policy(args) => command::policy::run(context, args).await?,
        Command::Migrate(args) => command::migrate::run(context, args).await?,
        Command::Audit(args) => command::audit::run(args, terminal)?,
        Command::Test(args) => command::test::run(context, args).await?,
        Command::Doctor(args) => command::doctor::run(context, args).await?,
        Command::VerifySignature(args) => command::verify_signature::run(context, args).await?,
        Command::History(args) => command::history::run(context, args).await?,
        Command::Comment(args) => command::comment::run(context, args).await?,
        Command::Simulator(args) => command::simulator::run(args, terminal).await?,
        Command::Schema(args) => command::schema::run(args, terminal)?,
        Command::Completions(args) => command::completions::run(args, terminal)?,
        Command::Man(args) => command::man::run(args, terminal)?,
        Command::Version => command::man::version(terminal)?,
    };
    Ok(code.into())
}

/// Refuses a format that a command does not have.
fn check_format(global: &GlobalArgs) -> Result<(), CliError> {
    let formats = Wanted::of(&global.command);
    let is_of_all = matches!(global.format, Wanted::Text | Wanted::Json);
    let is_nobodys = formats.is_empty() && (global.format_of_variable || is_of_all);
    if is_nobodys || formats.contains(&global.format) {
        return Ok(());
    }
    let (command, wanted) = (&global.command, global.format.name());
    let error = if global.format_of_variable {
        CliError::usage(format!(
            "`{command}` has no format `{wanted}`, which `HOOKWRIGHT_FORMAT` sets"
        ))
        .hint("`--format text` overrides it")
    } else {
        CliError::usage(format!("`{command}` has no format `{wanted}`"))
    };
    let names: Vec<String> = formats
        .iter()
        .map(|format| format!("`{}`", format.name()))
        .collect();
    let has = match names.is_empty() {
        true => "what it prints has a form of its own".to_owned(),
        false => format!("it has {}", names.join(", ")),
    };
    Err(error.hint(has))
}

/// Shows an error with its causes and what to do next, and returns the exit code: what the error says, and
/// what was sent before.
fn complain(error: &CliError, terminal: &Terminal) -> u8 {
    let sent = terminal.ledger().sent();
    let (code, outcome) = match sent {
        Sent::Nothing => (error.kind.exit_code(), error.kind.outcome()),
        Sent::Perhaps | Sent::Something => sent.unfinished(),
    };
    let last = (sent > Sent::Nothing).then(|| CHANGED.to_owned());
    let mut hints: Vec<String> = Vec::new();
    for hint in error.each().flat_map(|error| &error.hints).chain(&last) {
        if !hints.contains(hint) {
            hints.push(hint.clone());
        }
    }
    terminal.last_document(outcome, &error.texts(), &hints);
    let count = error.each().count();
    for (index, error) in error.each().enumerate() {
        let last = last.iter().filter(|_| index + 1 == count);
        let hints: Vec<String> = error.hints.iter().chain(last).cloned().collect();
        terminal.complain_of(&error.text(), &hints);
    }
    code
}

/// What is said of an error after which a run cannot say that it changed nothing.
const CHANGED: &str =
    "something was changed before that: run again, which shows and does what is left";

/// Help and version are results; everything else is wrong usage, also in JSON.
fn not_parsed(mut err: clap::Error, arguments: &[OsString]) -> u8 {
    if !err.use_stderr() {
        return match err.print() {
            Err(lost) if lost.kind() != std::io::ErrorKind::BrokenPipe => {
                let terminal = Terminal::new(&without_any(Wanted::Text));
                let error = anyhow::Error::new(lost)
                    .context("the result could not be written to standard output");
                complain(&error.into(), &terminal)
            }
            _ => exit::DONE,
        };
    }
    let hints = typos::hints(&err, arguments);
    if !hints.is_empty() {
        typos::without_guesses(&mut err);
    }
    let wanted = match given(arguments, "--format", "HOOKWRIGHT_FORMAT").as_deref() {
        Some("json") => Wanted::Json,
        _ => Wanted::Text,
    };
    let into = given(arguments, "--json-into", "HOOKWRIGHT_JSON_INTO");
    let terminal = Terminal::new(&GlobalArgs {
        json_into: into.map(PathBuf::from),
        ..without_any(wanted)
    });
    let text = err.render().to_string();
    terminal.last_document(Outcome::Invalid, text.trim_end(), &hints);
    err.print().ok();
    if !hints.is_empty() {
        let terminal = Terminal::new(&without_any(Wanted::Text));
        terminal.complain(|out| human::hints(&hints, out));
    }
    exit::USAGE
}

/// The flags of a command line that has none but a format.
fn without_any(format: Wanted) -> GlobalArgs {
    GlobalArgs {
        format,
        color: Color::Never,
        ..GlobalArgs::default()
    }
}

/// The value of a flag, or of its variable, on a command line that could not be parsed.
fn given(arguments: &[OsString], flag: &str, variable: &str) -> Option<String> {
    let mut values = arguments.iter().filter_map(|argument| argument.to_str());
    let mut found = surroundings::variable(variable).filter(|value| !value.is_empty());
    while let Some(argument) = values.next() {
        if argument == flag {
            found = values.next().map(str::to_owned);
        } else if let Some(value) = argument
            .strip_prefix(flag)
            .and_then(|rest| rest.strip_prefix('='))
        {
            found = Some(value.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_as_what_was_sent_before_says() {
        for (changes, code) in [(false, exit::FAILED), (true, exit::PARTIAL)] {
            let terminal = Terminal::new(&without_any(Wanted::Text));
            let ended = unless_it_panics(&terminal, || {
                if changes {
                    terminal.ledger().changed();
                }
                panic!("a mistake")
            });
            assert_eq!(ended, code);
        }
    }
}
