//! `simulator`.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;

use super::values::{duration, provider};
use crate::{model::Provider, simulator::FaultRule};

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
