//! `policy`: the rules of the user's own.

use clap::{Args, Subcommand};

use super::PlanningArgs;

/// Test the rules under `policies`, and show what they see
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    pub(crate) command: PolicyCommand,
}

/// What is done with the rules.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    Test(PolicyTestArgs),
    Explain(Box<PolicyExplainArgs>),
}

/// Run the rules' own tests, offline
///
/// Says which tests pass and which fail, and which rules have none. Exits with 1 where a test fails. Formats: `text`, `json` and
/// `junit`.
#[derive(Debug, Args)]
pub(crate) struct PolicyTestArgs {}

/// Show what the rules see of a plan
///
/// Plans one environment, and prints the policy input, as the tests of rules take it: JSON after
/// `hookwright schema policy-input`. What is sensitive is masked; the rules themselves see values as they are. With
/// `--format json`, the inputs of all environments in one document. Writes nothing.
#[derive(Debug, Args)]
pub(crate) struct PolicyExplainArgs {
    #[command(flatten)]
    pub(crate) planning: PlanningArgs,
}
