//! The command line.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{
    ArgAction, ArgMatches, Args, Parser, Subcommand, ValueEnum, error::ErrorKind,
    parser::ValueSource,
};

use super::exit;
use crate::{model::Provider, simulator::FaultRule};

/// Declarative webhook configurations for Truv and Transcrypts: plan, review, apply
///
/// A YAML manifest says which webhooks each environment should have. hookwright reads what the
/// provider has, plans the difference, shows it for review, and applies it.
#[derive(Debug, Parser)]
#[command(name = "hookwright", version, after_help = exit::TABLE, max_term_width = 100)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Hookwright {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that stand before or after the verb.
#[derive(Clone, Debug, Args)]
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
    /// When to use colour; `NO_COLOR` is honoured
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto, env = "HOOKWRIGHT_COLOR")]
    pub(crate) color: Color,
    /// How long one request may take, such as `30s`; overrides the manifest
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration, env = "HOOKWRIGHT_TIMEOUT")]
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

/// The format that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wanted {
    /// For people
    Text,
    /// For programs: one document, whatever happens
    Json,
    /// `validate` alone: annotations of a GitHub workflow
    Github,
    /// `validate` alone: SARIF 2.1.0, for code scanning
    Sarif,
}

impl Wanted {
    /// The format of everything that is not a finding of `validate`.
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Json => Format::Json,
            Self::Text | Self::Github | Self::Sarif => Format::Text,
        }
    }
}

/// The formats that every command has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: one document, whatever happens.
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Validate(ValidateArgs),
    Explain(ExplainArgs),
    Plan(PlanArgs),
    Apply(ApplyArgs),
    Audit(AuditArgs),
    Simulator(SimulatorArgs),
    Schema(SchemaArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// Check manifests offline
///
/// Needs no network, no environment variable and no secret: values that come from outside the
/// manifest are not looked at, and checks that need them are passed over.
#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) strictness: StrictnessArgs,
}

/// How severe a run is.
#[derive(Debug, Args)]
pub(crate) struct StrictnessArgs {
    /// Take event types that the provider does not document for errors, not warnings
    #[arg(long, env = "HOOKWRIGHT_STRICT")]
    pub(crate) strict: bool,
}

/// Explain a diagnostic by its code
///
/// Says why it matters, and shows an example of wrong and one of right. Without a code, lists them
/// all.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The code, such as `HW012`
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
}

/// Show what would change
///
/// Reads live state and writes nothing: the client it holds cannot.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) planning: PlanningArgs,
    /// Exit with 2 where there are changes, and with 0 only where there are none
    #[arg(long, env = "HOOKWRIGHT_DETAILED_EXITCODE", value_parser = switch)]
    pub(crate) detailed_exitcode: bool,
}

/// Plan, show, ask, and apply
///
/// Nothing is written before all environments are planned and no guard refuses. Afterwards the live
/// state is listed once more, to prove that it is as declared.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    #[command(flatten)]
    pub(crate) planning: PlanningArgs,
    /// Apply to all environments of the manifest
    #[arg(long, env = "HOOKWRIGHT_ALL", value_parser = switch)]
    pub(crate) all: bool,
    /// Apply without asking; needed where there is no terminal
    #[arg(long, env = "HOOKWRIGHT_AUTO_APPROVE", value_parser = switch)]
    pub(crate) auto_approve: bool,
    /// Append a JSON line to this file before and after every mutating request
    #[arg(long, value_name = "FILE", env = "HOOKWRIGHT_AUDIT_LOG")]
    pub(crate) audit_log: Option<PathBuf>,
    /// Who runs this, for the audit log [default: what the CI system or the user's session says]
    #[arg(long, value_name = "NAME", env = "HOOKWRIGHT_ACTOR")]
    pub(crate) actor: Option<String>,
    /// The commit the manifest is of, for the audit log [default: what the CI system says]
    #[arg(long, value_name = "ID", env = "HOOKWRIGHT_COMMIT")]
    pub(crate) commit: Option<String>,
}

/// Verify that an audit log is whole
///
/// Each line of a log carries the digest of the line before it. Lines cut off the end cannot be found
/// in the log alone: compare the digest that is printed with one kept elsewhere.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// The audit log
    pub(crate) log: PathBuf,
}

/// What `plan` and `apply` have in common.
#[derive(Debug, Args)]
pub(crate) struct PlanningArgs {
    #[command(flatten)]
    pub(crate) strictness: StrictnessArgs,
    /// Only these webhooks, by their key in the manifest; nothing is deleted then, and what is
    /// left out is named
    #[arg(
        long,
        value_name = "KEY",
        env = "HOOKWRIGHT_TARGET",
        value_delimiter = ','
    )]
    pub(crate) target: Vec<String>,
    /// Delete what is ours and not declared
    #[arg(long, env = "HOOKWRIGHT_PRUNE", value_parser = switch)]
    pub(crate) prune: bool,
    /// Allow so many deletes, and no more, in each environment, above its `limits.max_deletes`
    #[arg(long, value_name = "NUMBER", env = "HOOKWRIGHT_ALLOW_DELETES")]
    pub(crate) allow_deletes: Option<u32>,
    /// Allow a manifest without webhooks to delete all that is ours
    #[arg(long, env = "HOOKWRIGHT_ALLOW_EMPTY", value_parser = switch)]
    pub(crate) allow_empty: bool,
    /// Allow a secret whose prefix names another environment
    #[arg(long, env = "HOOKWRIGHT_ALLOW_SECRET_MISMATCH", value_parser = switch)]
    pub(crate) allow_secret_mismatch: bool,
}

/// Serve a provider's API locally: a sandbox without an account
///
/// Any client id is an account of its own. A secret decides the environment, as at the provider:
/// `sandbox-`, `dev-` or `prod-` and 40 hex digits.
#[derive(Debug, Args)]
pub(crate) struct SimulatorArgs {
    /// Whose API to serve
    #[arg(long, value_parser = provider, default_value = "truv", env = "HOOKWRIGHT_PROVIDER")]
    pub(crate) provider: Provider,
    /// The address to listen on; port 0 takes a free one
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8788",
        env = "HOOKWRIGHT_LISTEN"
    )]
    pub(crate) listen: SocketAddr,
    /// The file that keeps the state; without it, nothing survives the process
    #[arg(long, value_name = "FILE", env = "HOOKWRIGHT_STATE")]
    pub(crate) state: Option<PathBuf>,
    /// How long every answer takes, such as `50ms`
    #[arg(long, value_name = "DURATION", value_parser = duration, env = "HOOKWRIGHT_LATENCY")]
    pub(crate) latency: Option<Duration>,
    /// Requests a minute for each secret; 0 for no limit [default: the provider's]
    #[arg(long, value_name = "NUMBER", env = "HOOKWRIGHT_RATE_LIMIT")]
    pub(crate) rate_limit: Option<u32>,
    /// A fault, such as `post:2=reset-after`; may be given several times
    #[arg(long, value_name = "RULE", env = "HOOKWRIGHT_FAULT")]
    pub(crate) fault: Vec<FaultRule>,
    /// One of the behaviours that the provider does not document, such as `list-scope=account`
    #[arg(long, value_name = "KEY=VALUE", env = "HOOKWRIGHT_QUIRK")]
    pub(crate) quirk: Vec<String>,
}

/// Print a JSON Schema
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Whose schema: the manifest's, or that of a command's JSON output
    #[arg(value_enum, default_value_t = SchemaOf::Manifest)]
    pub(crate) of: SchemaOf,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// The manifest
    Manifest,
    /// `plan --format json`
    Plan,
    /// `apply --format json`
    Apply,
    /// `validate --format json`
    Validate,
    /// A line of an audit log
    Audit,
    /// `explain --format json`
    Explain,
    /// Any command that ended without another result
    Failure,
}

/// Print shell completions
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// Print the manual page of hookwright, or of one of its commands
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The command
    pub(crate) command: Option<String>,
}

impl Hookwright {
    /// Settles flags that exclude each other: one on the command line beats one from a variable.
    ///
    /// clap's own conflicts know no such difference, and see no flag that stands before the verb.
    ///
    /// # Errors
    ///
    /// Two that exclude each other came from the same place.
    pub(crate) fn settle(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let Self { global, command } = self;
        let Some((_, matches)) = matches.subcommand() else {
            return Ok(());
        };
        if global.quiet && global.verbose > 0 {
            match stronger(matches, "quiet", "verbose")? {
                "quiet" => global.verbose = 0,
                _ => global.quiet = false,
            }
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

/// The value of a variable that stands for a flag.
fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "" | "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("it is `true` or `false`".to_owned()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    text.parse::<jiff::SignedDuration>()
        .ok()
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| "write a duration such as `30s`, `50ms` or `1m 30s`".to_owned())
}

fn provider(text: &str) -> Result<Provider, String> {
    match text {
        "truv" => Ok(Provider::Truv),
        "transcrypts" => Ok(Provider::Transcrypts),
        _ => Err("it is `truv` or `transcrypts`".to_owned()),
    }
}
