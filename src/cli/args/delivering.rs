//! `verify-signature`, `test` and `doctor`.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use jiff::Timestamp;

use super::{
    moment::Moment,
    values::{duration, provider, switch},
};
use crate::model::ProviderProfile;

/// Verify the signature of a delivery
///
/// Reads the body from standard input, byte for byte, and says whether the signature is that of this
/// body, and if not, why. The key is what the receiver has: the account's access secret or the endpoint's signing secret,
/// from a variable, a file or the manifest. It is never an argument, which every process of the machine could read.
#[derive(Debug, Args)]
pub(crate) struct VerifySignatureArgs {
    /// The value of the header with the signature, as it came; or `--header`
    #[arg(value_name = "SIGNATURE")]
    pub(crate) signature: Option<String>,
    /// A header of the delivery, as it came
    ///
    /// Others than those that sign it are passed over.
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    /// When the delivery came, for signatures that have a time
    ///
    /// Seconds since 1970, a time, or how long ago.
    #[arg(long, value_name = "TIME", value_parser = received_at, env = "HOOKWRIGHT_RECEIVED_AT", default_value = "now")]
    pub(crate) at: Moment,
    /// How far off that time the signature may be, or `any`
    ///
    /// [default: what the provider's own libraries take]
    #[arg(long, value_name = "DURATION", value_parser = tolerance, env = "HOOKWRIGHT_TOLERANCE")]
    pub(crate) tolerance: Option<Tolerance>,
    /// A variable that holds the secret; several while keys are rotated
    #[arg(
        long,
        value_name = "NAME",
        env = "HOOKWRIGHT_SECRET_ENV",
        value_delimiter = ','
    )]
    pub(crate) secret_env: Vec<String>,
    /// A file that holds the secret; several while keys are rotated
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

/// How far off a signature's time may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tolerance {
    Any,
    Within(Duration),
}

fn tolerance(text: &str) -> Result<Tolerance, String> {
    match text {
        "any" => Ok(Tolerance::Any),
        _ => duration(text).map(Tolerance::Within),
    }
}

/// A moment, also as signatures have it.
fn received_at(text: &str) -> Result<Moment, String> {
    match text.parse().map(Timestamp::from_second) {
        Ok(Ok(at)) => Ok(Moment::At(at)),
        _ => text.parse(),
    }
}

/// A header as `NAME: VALUE`, or as `NAME=VALUE`.
fn header(text: &str) -> Result<(String, String), String> {
    let split = text.split_once([':', '=']);
    let (name, value) = split.ok_or("write it as it came: `NAME: VALUE`")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
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
    /// Only events of this type, subscribed to or not; repeatable
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
    /// Let probes pass where a wrong signature is taken
    ///
    /// With 2xx: for receivers that check it later.
    #[arg(long, env = "HOOKWRIGHT_ALLOW_UNVERIFIED", value_parser = switch)]
    pub(crate) allow_unverified: bool,
}
