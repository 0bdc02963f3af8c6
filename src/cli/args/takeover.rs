//! `init` and `import`.

use clap::Args;

use super::values::{provider, switch};
use crate::model::Provider;

/// Write a manifest to start from
///
/// Asks for what the flags do not say, where there is a terminal. `--environment` names the
/// environments: `sandbox`, `dev`, `prod`, or another name with the provider's, as in
/// `staging=sandbox`. `--file` names the file [default: hookwright.yaml]; `-` is standard output.
///
/// With `--from-live`, declares what the accounts have, as it is: afterwards `plan` changes nothing.
/// Webhooks that differ between environments only by host become one, with a variable; those that
/// differ only in fields become one, with overrides. What cannot be declared is named, with why.
/// Secrets in URLs are asked of environment variables and never written. Nothing is sent but reads.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Whose webhooks
    #[arg(long, value_parser = provider, env = "HOOKWRIGHT_PROVIDER")]
    pub(crate) provider: Option<Provider>,
    /// Where the client id is: `env:NAME` or `file:PATH` [default: env:TRUV_CLIENT_ID or the like]
    #[arg(long, value_name = "WHERE", env = "HOOKWRIGHT_CLIENT_ID_FROM")]
    pub(crate) client_id_from: Option<String>,
    /// Where the access secret of an environment is, such as `sandbox=env:NAME` or
    /// `prod=file:PATH` [default: env:TRUV_SANDBOX_SECRET or the like]
    #[arg(
        long,
        value_name = "ENVIRONMENT=WHERE",
        env = "HOOKWRIGHT_ACCESS_SECRET_FROM",
        value_delimiter = ','
    )]
    pub(crate) access_secret_from: Vec<String>,
    /// Where the provider's API is; `simulator` is the embedded one [default: the provider's]
    #[arg(long, value_name = "URL", env = "HOOKWRIGHT_BASE_URL")]
    pub(crate) base_url: Option<String>,
    /// Declare what the accounts have now
    #[arg(long, env = "HOOKWRIGHT_FROM_LIVE", value_parser = switch)]
    pub(crate) from_live: bool,
    /// Replace the manifest that is there
    #[arg(long, env = "HOOKWRIGHT_FORCE", value_parser = switch)]
    pub(crate) force: bool,
}
