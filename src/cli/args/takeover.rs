//! `init` and `import`.

use std::path::PathBuf;

use clap::Args;

use super::values::{provider, switch};
use crate::model::ProviderProfile;

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
    pub(crate) provider: Option<&'static ProviderProfile>,
    /// Where the client id is
    #[arg(long, help = client_id_help(), value_name = "WHERE", env = "HOOKWRIGHT_CLIENT_ID_FROM")]
    pub(crate) client_id_from: Option<String>,
    /// Where the access secret of an environment is
    #[arg(
        long,
        help = access_secret_help(),
        value_name = "ENVIRONMENT=WHERE",
        env = "HOOKWRIGHT_ACCESS_SECRET_FROM",
        value_delimiter = ','
    )]
    pub(crate) access_secret_from: Vec<String>,
    /// Where a credential is, by the provider's own word for it: of all environments, or of one
    #[arg(
        long,
        value_name = "[ENVIRONMENT.]KEY=WHERE",
        env = "HOOKWRIGHT_CREDENTIAL_FROM",
        value_delimiter = ','
    )]
    pub(crate) credential_from: Vec<String>,
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

fn client_id_help() -> String {
    let prefix = ProviderProfile::usual().variable_prefix();
    format!(
        "Where the client id is: `env:NAME` or `file:PATH` [default: env:{prefix}_CLIENT_ID or the like]"
    )
}

fn access_secret_help() -> String {
    let prefix = ProviderProfile::usual().variable_prefix();
    format!(
        "Where the access secret of an environment is, such as `sandbox=env:NAME` or `prod=file:PATH` \
         [default: env:{prefix}_SANDBOX_SECRET or the like]"
    )
}

/// Add live webhooks to the manifest
///
/// Declares live webhooks that the manifest does not declare, as they are: afterwards `plan` has
/// nothing to do for them. Those of several environments that are one become one, with overrides.
/// Everything that is in the file stays as it is, to the byte; where the keys are in order, a new one
/// comes to its place, else to the end. Nothing is sent but reads.
///
/// A webhook that is not ours by `owns` is taken over only where it is named, with `adopt: true`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Names of live webhooks, or globs over them
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Every live webhook that is ours and not declared
    #[arg(long, env = "HOOKWRIGHT_IMPORT_ALL", value_parser = switch)]
    pub(crate) all: bool,
    /// The file of the manifest to add to [default: the one that defines the environments]
    #[arg(long, value_name = "FILE", env = "HOOKWRIGHT_INTO")]
    pub(crate) into: Option<PathBuf>,
    /// Show the difference, and write nothing
    #[arg(long, visible_alias = "diff", env = "HOOKWRIGHT_DRY_RUN", value_parser = switch)]
    pub(crate) dry_run: bool,
}
