//! `verify-signature`, `test` and `doctor`.

use std::path::PathBuf;

use clap::Args;

use super::values::{provider, switch};
use crate::model::ProviderProfile;

/// Verify the signature of a delivery
///
/// Reads the body from standard input, byte for byte, and says whether the signature is that of this
/// body, and if not, why. The key is an access secret: that of the manifest's environment, or one
/// from a variable or a file. It is never an argument, which every process of the machine could read.
#[derive(Debug, Args)]
pub(crate) struct VerifySignatureArgs {
    /// The value of the header `X-WEBHOOK-SIGN`, as it came
    #[arg(value_name = "SIGNATURE")]
    pub(crate) signature: String,
    /// A variable that holds the access secret; several while keys are rotated
    #[arg(
        long,
        value_name = "NAME",
        env = "HOOKWRIGHT_SECRET_ENV",
        value_delimiter = ','
    )]
    pub(crate) secret_env: Vec<String>,
    /// A file that holds the access secret; several while keys are rotated
    #[arg(long, value_name = "FILE", env = "HOOKWRIGHT_SECRET_FILE")]
    pub(crate) secret_file: Vec<PathBuf>,
    /// Who signed
    #[arg(
        long,
        help = format!("Who signed [default: the environment's provider, else {}]", ProviderProfile::usual().id),
        value_parser = provider,
        env = "HOOKWRIGHT_PROVIDER"
    )]
    pub(crate) provider: Option<&'static ProviderProfile>,
}

/// Send signed sample events to a webhook's URL
///
/// As the provider would: one of each type that the webhook subscribes to, and one with a wrong signature,
/// which a good receiver refuses. The events are made up and carry the header `X-Hookwright-Test`, but are
/// signed with the real access secret. Events travel directly, not through a proxy.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// The webhook, by its key in the manifest
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    /// Only events of this type, subscribed to or not; may be given several times
    #[arg(
        long,
        value_name = "EVENT",
        env = "HOOKWRIGHT_EVENT",
        value_delimiter = ','
    )]
    pub(crate) event: Vec<String>,
    /// What the events' ids are derived from [default: something new]
    #[arg(long, value_name = "TEXT", env = "HOOKWRIGHT_SEED")]
    pub(crate) seed: Option<String>,
    #[command(flatten)]
    pub(crate) probing: ProbeArgs,
}

/// Check what the webhooks depend on
///
/// For each environment: whether the credentials are accepted and the secret is the environment's own, the
/// clock, encryption, the rate limit, webhooks that the provider disabled, deliveries of the last 24
/// hours, and whether receivers are reached and their certificates hold. Reads only; no event is sent. Exits
/// with 1 where something failed.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Look at receivers at private and loopback addresses, too
    #[arg(long, env = "HOOKWRIGHT_ALLOW_PRIVATE", value_parser = switch)]
    pub(crate) allow_private: bool,
}

/// How receivers are probed.
#[derive(Debug, Args)]
pub(crate) struct ProbeArgs {
    /// Let probes connect to private and loopback addresses
    #[arg(long, env = "HOOKWRIGHT_ALLOW_PRIVATE", value_parser = switch)]
    pub(crate) allow_private: bool,
    /// Let probes pass where a wrong signature is answered with 2xx: for receivers that check it later
    #[arg(long, env = "HOOKWRIGHT_ALLOW_UNVERIFIED", value_parser = switch)]
    pub(crate) allow_unverified: bool,
}
