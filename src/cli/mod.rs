//! The program: arguments in, exit code out.
//!
//! The only home of files, environment variables, processes and the terminal. One file for each
//! command is in `command`.

mod announce;
mod args;
mod audit;
mod checkup;
mod command;
mod connect;
mod deliveries;
mod error;
mod evidence;
mod exit;
mod files;
mod inputs;
mod interrupt;
mod lock;
mod place;
mod planning;
mod probing;
mod progress;
mod questions;
mod replace;
mod saved;
mod sensitive;
mod surroundings;
mod takeover;
mod terminal;
mod transport;
mod variables;
mod waits;
mod watching;

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory, FromArgMatches};

use self::{
    announce::Announcer,
    args::{Color, Command, Format, GlobalArgs, Hookwright, Wanted},
    error::CliError,
    planning::Ended,
    terminal::Terminal,
};
use crate::report::{self, human, json};

/// Runs the program with these arguments, the first of which is its own name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let parsed = variables::without_empty(command_line(), variables::is_empty)
        .try_get_matches_from(&arguments)
        .and_then(|matches| {
            let mut parsed = Hookwright::from_arg_matches(&matches)?;
            parsed.settle(&matches)?;
            Ok(parsed)
        });
    let code = match parsed {
        Ok(parsed) => run(parsed),
        Err(err) => not_parsed(&err, &arguments),
    };
    ExitCode::from(code)
}

/// The command line as it is parsed and documented.
fn command_line() -> clap::Command {
    // A help text that shows the variables' values would be another one on each machine.
    variables::each_flag(Hookwright::command(), &|arg| arg.hide_env_values(true))
        .mut_subcommand("simulator", |simulator| {
            simulator.after_long_help(command::simulator::grammar())
        })
}

fn run(parsed: Hookwright) -> u8 {
    let Hookwright { global, command } = parsed;
    let terminal = Terminal::new(&global);
    terminal.log(global.verbose);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(err) => {
            let error = anyhow::Error::new(err).context("failed to start the runtime");
            return complain(&error.into(), &terminal);
        }
    };
    let code = runtime.block_on(async {
        let announcer = match Announcer::new(&global, &command, &terminal) {
            Ok(announcer) => announcer,
            Err(error) => return complain(&error, &terminal),
        };
        let code = match dispatch(&global, &command, &terminal).await {
            Ok(code) | Err(Ended::Shown(code)) => code,
            Err(Ended::Error(error)) => {
                terminal.note(report::Ended::failed(&format!("{:#}", error.source)));
                complain(&error, &terminal)
            }
        };
        announcer.announce(code).await;
        code
    });
    // A question that was not answered must not keep the program from ending.
    runtime.shutdown_background();
    code
}

async fn dispatch(
    global: &GlobalArgs,
    command: &Command,
    terminal: &Terminal,
) -> Result<u8, Ended> {
    check_format(global.format, command)?;
    match command {
        Command::Import(args) => command::import::run(global, args, terminal).await,
        Command::Init(args) => command::init::run(global, args, terminal).await,
        Command::Validate(args) => command::validate::run(global, args, terminal),
        Command::Fmt(args) => command::fmt::run(global, args, terminal),
        Command::Explain(args) => command::explain::run(args, terminal),
        Command::Plan(args) => command::plan::run(global, args, terminal).await,
        Command::Apply(args) => command::apply::run(global, args, terminal).await,
        Command::Drift(args) => command::drift::run(global, args, terminal).await,
        Command::Show(args) => command::show::run(global, args, terminal),
        Command::Migrate(args) => command::migrate::run(global, args, terminal).await,
        Command::Audit(args) => command::audit::run(args, terminal),
        Command::Test(args) => command::test::run(global, args, terminal).await,
        Command::Doctor(args) => command::doctor::run(global, args, terminal).await,
        Command::VerifySignature(args) => {
            command::verify_signature::run(global, args, terminal).await
        }
        Command::History(args) => command::history::run(global, args, terminal).await,
        Command::Comment(args) => command::comment::run(global, args, terminal).await,
        Command::Simulator(args) => command::simulator::run(args, terminal).await,
        Command::Schema(args) => command::schema::run(args, terminal),
        Command::Completions(args) => command::completions::run(args, terminal),
        Command::Man(args) => command::man::run(args, terminal),
    }
}

/// Refuses a format that a command does not have.
fn check_format(format: Wanted, command: &Command) -> Result<(), CliError> {
    let (only, has) = match format {
        Wanted::Text | Wanted::Json => return Ok(()),
        Wanted::Jsonl | Wanted::Csv => ("`history`", matches!(command, Command::History(_))),
        Wanted::Github => (
            "`validate`, `plan`, `apply` or `drift`",
            matches!(
                command,
                Command::Validate(_) | Command::Plan(_) | Command::Apply(_) | Command::Drift(_)
            ),
        ),
        Wanted::Gitlab | Wanted::Sarif => ("`validate`", matches!(command, Command::Validate(_))),
        Wanted::Markdown => (
            "`plan`, `show` and `drift`",
            matches!(
                command,
                Command::Plan(_) | Command::Show(_) | Command::Drift(_)
            ),
        ),
        Wanted::Html => (
            "`plan`, `show` and `history stats`",
            matches!(
                command,
                Command::Plan(_) | Command::Show(_) | Command::History(_)
            ),
        ),
    };
    if has {
        return Ok(());
    }
    Err(
        CliError::usage(format!("this `--format` is for {only} only"))
            .hint("every command has `text` and `json`"),
    )
}

/// Shows an error with its causes and what to do next.
fn complain(error: &CliError, terminal: &Terminal) -> u8 {
    let text = format!("{:#}", error.source);
    // Nothing is left to tell that an error cannot be shown, but the exit code.
    if terminal.format == Format::Json {
        let document = json::failure(error.kind.outcome(), text.clone(), error.hints.clone());
        terminal.result(|out| json::write(&document, out)).ok();
    }
    terminal
        .complain(|out| human::error(&text, &error.hints, out))
        .ok();
    error.kind.exit_code()
}

/// Help and version are results; everything else is wrong usage, also in JSON.
fn not_parsed(err: &clap::Error, arguments: &[OsString]) -> u8 {
    if !err.use_stderr() {
        // The help names every variable, also one that is set to nothing.
        let help = command_line().try_get_matches_from(arguments).err();
        help.as_ref().unwrap_or(err).print().ok();
        return exit::DONE;
    }
    if wants_json(arguments) {
        let terminal = Terminal::new(&GlobalArgs {
            file: Vec::new(),
            environment: Vec::new(),
            format: Wanted::Json,
            color: Color::Never,
            timeout: None,
            verbose: 0,
            quiet: false,
        });
        let text = err.render().to_string();
        let document = json::failure(
            json::Outcome::Invalid,
            text.trim_end().to_owned(),
            Vec::new(),
        );
        terminal.result(|out| json::write(&document, out)).ok();
    }
    err.print().ok();
    exit::USAGE
}

/// Whether JSON was asked for on a command line that could not be parsed.
fn wants_json(arguments: &[OsString]) -> bool {
    let mut values = arguments.iter().filter_map(|argument| argument.to_str());
    let mut format = surroundings::variable("HOOKWRIGHT_FORMAT");
    while let Some(argument) = values.next() {
        if argument == "--format" {
            format = values.next().map(str::to_owned);
        } else if let Some(value) = argument.strip_prefix("--format=") {
            format = Some(value.to_owned());
        }
    }
    format.as_deref() == Some("json")
}
