//! `simulator` and `simulator emit`.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Subcommand, ValueEnum};

use super::values::{duration, env_type, period, provider};
use crate::{
    model::{EnvType, ProviderProfile},
    probe::Reach,
    simulator::{FaultRule, Wait},
};

/// Serve a provider's API locally: a sandbox without an account
///
/// Any client id is an account of its own. A secret decides the environment, as at the provider:
/// `sandbox-`, `dev-` or `prod-` and 40 hex digits.
///
/// Events that `simulator emit` or `--emit-every` make up are posted to every webhook that subscribes to
/// them, signed, tried four times, and recorded in the request history; a production endpoint that keeps
/// failing is disabled. They reach this machine only, unless `--deliver-to` says otherwise.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct SimulatorArgs {
    #[command(subcommand)]
    pub(crate) command: Option<SimulatorCommand>,
    /// Whose API to serve
    #[arg(long, value_parser = provider, default_value = ProviderProfile::usual().id, env = "HOOKWRIGHT_PROVIDER")]
    pub(crate) provider: &'static ProviderProfile,
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
    /// Let an event happen each time this long has passed, of each subscribed type in turn
    #[arg(long, value_name = "DURATION", value_parser = period, env = "HOOKWRIGHT_EMIT_EVERY")]
    pub(crate) emit_every: Option<Duration>,
    /// How long to wait before each of the three retries of a delivery
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "30s", env = "HOOKWRIGHT_RETRY_INTERVAL")]
    pub(crate) retry_interval: Duration,
    /// Where events may be sent
    #[arg(long, value_enum, default_value_t = DeliverTo::Loopback, env = "HOOKWRIGHT_DELIVER_TO")]
    pub(crate) deliver_to: DeliverTo,
}

/// What else a simulator can be told.
#[derive(Debug, Subcommand)]
pub(crate) enum SimulatorCommand {
    Emit(EmitArgs),
}

/// Where a simulator's events may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeliverTo {
    /// To this machine
    Loopback,
    /// To this machine and private networks
    Local,
    /// Anywhere: the receivers cannot tell a rehearsal from the real thing but by the signature
    Any,
}

impl DeliverTo {
    /// The addresses it stands for.
    pub(crate) fn reach(self) -> Reach {
        match self {
            Self::Loopback => Reach::Loopback,
            Self::Local => Reach::Local,
            Self::Any => Reach::Any,
        }
    }
}

/// Let an event happen in a simulator that is running
///
/// It is posted to every webhook that is enabled and subscribes to it. Exits with 0 where it was delivered
/// to all of them.
#[derive(Debug, Args)]
pub(crate) struct EmitArgs {
    /// The event's type, such as `order-created`
    #[arg(value_name = "EVENT")]
    pub(crate) event: String,
    /// Where the simulator is
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:8788",
        env = "HOOKWRIGHT_AT"
    )]
    pub(crate) at: String,
    /// The account it happens in, by its client id [default: all]
    #[arg(long, value_name = "CLIENT_ID", env = "HOOKWRIGHT_CLIENT_ID")]
    pub(crate) client_id: Option<String>,
    /// The provider's environment it happens in: sandbox, dev or prod [default: all]
    #[arg(long, value_parser = env_type, env = "HOOKWRIGHT_ENV_TYPE")]
    pub(crate) env_type: Option<EnvType>,
    /// What its ids are derived from: events of one seed speak of one user, order and link
    #[arg(long, value_name = "TEXT", env = "HOOKWRIGHT_SEED")]
    pub(crate) seed: Option<String>,
    /// What to wait for
    #[arg(long, value_enum, default_value_t = WaitFor::First, env = "HOOKWRIGHT_WAIT")]
    pub(crate) wait: WaitFor,
}

/// What `simulator emit` waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WaitFor {
    /// The first attempt at each webhook
    First,
    /// All attempts
    All,
    /// Nothing
    None,
}

impl WaitFor {
    pub(crate) fn is_none(self) -> bool {
        self == Self::None
    }

    pub(crate) fn wait(self) -> Wait {
        match self {
            Self::First => Wait::First,
            Self::All => Wait::All,
            Self::None => Wait::None,
        }
    }
}
