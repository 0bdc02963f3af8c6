//! `comment`.

use std::path::PathBuf;

use clap::Args;

use super::values::{forge, switch};
use crate::forge::Forge;

/// Post or update one comment on a pull request
///
/// Works with GitHub, and with GitLab's merge requests. The comment is found again by a line that
/// people do not see, and only among those of the token's own user. Where nothing changes, nothing
/// is posted; a comment that is there then says so. What is not given is taken from the variables of
/// GitHub Actions and GitLab CI/CD.
///
/// The comment warns of a plan that has expired. As the provider is not asked, that goes by the clock of this
/// machine; `apply` goes by the provider's.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(false))]
pub(crate) struct CommentArgs {
    /// A plan that `plan --out` saved
    #[arg(value_name = "PLAN", group = "what")]
    pub(crate) plan: Option<PathBuf>,
    /// Markdown to show instead: a file, or `-` for standard input; empty where nothing changes
    #[arg(
        long,
        value_name = "FILE",
        group = "what",
        env = "HOOKWRIGHT_COMMENT_BODY"
    )]
    pub(crate) body: Option<PathBuf>,
    /// Only mark the comment that is there as outdated
    #[arg(long, group = "what")]
    pub(crate) outdated: bool,
    /// Post also where nothing changes
    #[arg(long, env = "HOOKWRIGHT_COMMENT_ALWAYS", value_parser = switch)]
    pub(crate) always: bool,
    /// Which of several comments on one pull request it is
    #[arg(
        long,
        value_name = "NAME",
        default_value = "plan",
        env = "HOOKWRIGHT_COMMENT_NAME"
    )]
    pub(crate) name: String,
    /// The commit of the pull request that `--body` is of [default: what the CI system says]; a saved plan
    /// has its own
    #[arg(long, value_name = "ID", env = "HOOKWRIGHT_COMMIT")]
    pub(crate) commit: Option<String>,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// Where the pull request is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where the pull request is")]
pub(crate) struct PlaceArgs {
    /// `github` or `gitlab` [default: the CI system's]
    #[arg(long, value_name = "NAME", value_parser = forge, env = "HOOKWRIGHT_FORGE")]
    pub(crate) forge: Option<Forge>,
    /// Where its API is [default: GITHUB_API_URL or CI_API_V4_URL]
    #[arg(long, value_name = "URL", env = "HOOKWRIGHT_API_URL")]
    pub(crate) api_url: Option<String>,
    /// `owner/name`, or GitLab's path or number [default: GITHUB_REPOSITORY or CI_PROJECT_ID]
    #[arg(long, value_name = "REPOSITORY", env = "HOOKWRIGHT_REPOSITORY")]
    pub(crate) repository: Option<String>,
    /// The number of the pull request [default: from GITHUB_EVENT_PATH or CI_MERGE_REQUEST_IID]
    #[arg(long, value_name = "NUMBER", env = "HOOKWRIGHT_NUMBER")]
    pub(crate) number: Option<u64>,
    /// The environment variable with the token [default: GITHUB_TOKEN, GH_TOKEN or GITLAB_TOKEN]
    #[arg(long, value_name = "VARIABLE", env = "HOOKWRIGHT_TOKEN_VARIABLE")]
    pub(crate) token_variable: Option<String>,
}
