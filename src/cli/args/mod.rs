//! The command line.

mod archive;
mod delivering;
mod forge;
mod format;
mod history;
mod layout;
mod leftovers;
mod moment;
mod notify;
mod planning;
mod policy;
mod reconcile;
mod reference;
mod replay;
mod review;
mod simulator;
mod strictness;
mod takeover;
mod values;

use std::{path::PathBuf, time::Duration};

use clap::{
    ArgAction, ArgMatches, Args, Parser, Subcommand, ValueEnum, error::ErrorKind,
    parser::ValueSource,
};

pub(crate) use self::values::provider;
use self::values::{period, switch};
pub(crate) use self::{
    archive::ArchivePlace,
    delivering::{DoctorArgs, ProbeArgs, TestArgs, Tolerance, VerifySignatureArgs},
    forge::{CommentArgs, PlaceArgs},
    format::{Format, Wanted},
    history::{
        CompactArgs, FilterArgs, GapsArgs, HistoryArgs, HistoryCommand, ImportSqliteArgs, ListArgs,
        StatsArgs, SyncArgs, VerifyArgs,
    },
    layout::FmtArgs,
    leftovers::MigrateArgs,
    moment::Moment,
    notify::{NotifyArgs, NotifyOn},
    planning::{ApplyArgs, AuditArgs, PlanArgs, PlanningArgs, ValidateArgs},
    policy::{PolicyArgs, PolicyCommand, PolicyExplainArgs},
    reconcile::{LogFormat, ReconcileArgs},
    reference::{CompletionsArgs, ExplainArgs, ManArgs, SchemaArgs, SchemaOf},
    replay::{ReplayArgs, ReplayStatus},
    review::{DriftArgs, ListLiveArgs, SaveArgs, ShowArgs},
    simulator::{EmitArgs, SimulatorArgs, SimulatorCommand},
    takeover::{ImportArgs, InitArgs},
};
use super::exit;
use crate::{model::ProviderProfile, report::typed};

/// What the program is for, in a line.
fn about() -> String {
    let mut whose = String::new();
    for (at, provider) in ProviderProfile::all().enumerate() {
        let joint = match ProviderProfile::all().len() - at {
            _ if at == 0 => "",
            1 => " and ",
            _ => ", ",
        };
        whose += joint;
        whose += provider.title;
    }
    format!("Declarative webhook configurations for {whose}: plan, review, apply")
}

/// How it does that.
const MORE: &str = "A YAML manifest says which webhooks each environment should have. hookwright reads what the \
    provider has, plans the difference, shows it for review, and applies it.";

/// The program's arguments.
#[derive(Debug, Parser)]
#[command(about = about(), long_about = format!("{}\n\n{MORE}", about()))]
#[command(name = "hookwright", version, after_help = exit::TABLE, max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Hookwright {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that stand before or after the verb.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Manifest files, folders, or `-` for standard input [default: hookwright.yaml, else hookwright/]
    #[arg(
        short,
        long,
        global = true,
        value_name = "PATH",
        env = "HOOKWRIGHT_FILE"
    )]
    pub(crate) file: Vec<PathBuf>,
    /// Environments to work on; may be given several times
    #[arg(
        short,
        long,
        global = true,
        value_name = "NAME",
        env = "HOOKWRIGHT_ENVIRONMENT",
        value_delimiter = ','
    )]
    pub(crate) environment: Vec<String>,
    /// The format of the result
    #[arg(long, global = true, value_enum, default_value_t = Wanted::Text, env = "HOOKWRIGHT_FORMAT")]
    pub(crate) format: Wanted,
    /// Whether a variable says so, and not the command line.
    #[arg(skip)]
    pub(crate) format_of_variable: bool,
    /// Write the JSON document of the run to this file too
    ///
    /// The same document as `--format json` prints, beside what people read. The file is replaced as a whole, when the run ends.
    #[arg(long, global = true, value_name = "FILE", env = "HOOKWRIGHT_JSON_INTO")]
    pub(crate) json_into: Option<PathBuf>,
    /// The command, by its whole name.
    #[arg(skip)]
    pub(crate) command: String,
    /// When to use colour; `NO_COLOR` is honoured
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto, env = "HOOKWRIGHT_COLOR")]
    pub(crate) color: Color,
    /// How long one request may take, such as `30s`; overrides the manifest
    #[arg(long, global = true, value_name = "DURATION", value_parser = period, env = "HOOKWRIGHT_TIMEOUT")]
    pub(crate) timeout: Option<Duration>,
    /// Say more on standard error: requests; twice: retries and waits; three times: everything
    #[arg(short, long, global = true, action = ArgAction::Count, env = "HOOKWRIGHT_VERBOSE")]
    pub(crate) verbose: u8,
    /// Say nothing on standard error but errors
    #[arg(
        short,
        long,
        global = true,
        env = "HOOKWRIGHT_QUIET",
        value_parser = switch
    )]
    pub(crate) quiet: bool,
}

impl GlobalArgs {
    /// The flags by which another command line chooses environments of this manifest.
    pub(crate) fn choosing<E: AsRef<str>>(
        &self,
        environments: impl IntoIterator<Item = E>,
    ) -> String {
        let files = self.file.iter().map(|file| file.display().to_string());
        typed::flags(files, environments)
    }

    /// The same of all that this command line chooses.
    pub(crate) fn chosen(&self) -> String {
        self.choosing(&self.environment)
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(InitArgs),
    Import(ImportArgs),
    Validate(ValidateArgs),
    Fmt(FmtArgs),
    Explain(ExplainArgs),
    Plan(PlanArgs),
    Apply(ApplyArgs),
    Show(ShowArgs),
    Drift(DriftArgs),
    List(ListLiveArgs),
    Reconcile(Box<ReconcileArgs>),
    Policy(PolicyArgs),
    Migrate(MigrateArgs),
    Audit(AuditArgs),
    Test(TestArgs),
    Doctor(DoctorArgs),
    VerifySignature(VerifySignatureArgs),
    History(Box<HistoryArgs>),
    Comment(CommentArgs),
    Simulator(SimulatorArgs),
    Schema(SchemaArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
    /// Print the version
    Version,
}

impl Hookwright {
    /// Settles flags that exclude or need each other: one on the command line beats one from a variable.
    ///
    /// clap's own conflicts know no such difference, and see no flag that stands before the verb.
    ///
    /// # Errors
    ///
    /// Two that exclude each other came from the same place; one stands without the one it needs.
    pub(crate) fn settle(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let Self { global, command } = self;
        let Some((name, matches)) = matches.subcommand() else {
            return Ok(());
        };
        global.command = match matches.subcommand_name() {
            Some(inner) => format!("{name} {inner}"),
            None => name.to_owned(),
        };
        global.format_of_variable =
            matches.value_source("format") == Some(ValueSource::EnvVariable);
        if matches.value_source("json_into") == Some(ValueSource::EnvVariable)
            && !Wanted::has_document(&global.command)
        {
            global.json_into = None;
        }
        if let Command::History(_) = command {
            misplaced(matches)?;
        }
        if global.quiet && global.verbose > 0 {
            match stronger(matches, "quiet", "verbose")? {
                "quiet" => global.verbose = 0,
                _ => global.quiet = false,
            }
        }
        if let Command::Plan(args) = &*command
            && args.save.out.is_none()
            && matches.value_source("expires") == Some(ValueSource::CommandLine)
        {
            let text = "`--expires` is for a plan that `--out` saves\n";
            return Err(clap::Error::raw(ErrorKind::MissingRequiredArgument, text));
        }
        if let Command::Apply(args) = command
            && args.all
            && !global.environment.is_empty()
        {
            match stronger(matches, "all", "environment")? {
                "all" => global.environment.clear(),
                _ => args.all = false,
            }
        }
        Ok(())
    }
}

/// Refuses flags of `history` itself before a command of its own, where they would mean nothing.
fn misplaced(matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some(name) = matches.subcommand_name() else {
        return Ok(());
    };
    let own = ListArgs::augment_args(clap::Command::new("history"));
    let mut ids = own
        .get_arguments()
        .map(|argument| argument.get_id().as_str());
    match ids.find(|id| matches.value_source(id) == Some(ValueSource::CommandLine)) {
        Some(id) => Err(clap::Error::raw(
            ErrorKind::ArgumentConflict,
            format!("`--{}` must stand behind `{name}`\n", id.replace('_', "-")),
        )),
        None => Ok(()),
    }
}

/// Which of two flags that were both given is on the command line.
fn stronger<'a>(
    matches: &ArgMatches,
    one: &'a str,
    other: &'a str,
) -> Result<&'a str, clap::Error> {
    let typed = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
    match (typed(one), typed(other)) {
        (true, false) => Ok(one),
        (false, true) => Ok(other),
        _ => Err(clap::Error::raw(
            ErrorKind::ArgumentConflict,
            format!("`--{one}` cannot be used with `--{other}`\n"),
        )),
    }
}
