//! `verify-signature`, `test` and `doctor`.

use std::path::PathBuf;

use clap::Args;

use super::values::provider;
use crate::model::Provider;

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
    /// Who signed [default: the environment's provider, else truv]
    #[arg(long, value_parser = provider, env = "HOOKWRIGHT_PROVIDER")]
    pub(crate) provider: Option<Provider>,
}
