//! Whom a run tells what it came to.

use clap::{Args, ValueEnum};

/// A webhook of the user's own.
#[derive(Debug, Args)]
pub(crate) struct NotifyArgs {
    /// Tell this webhook what the run came to, as Slack takes it
    ///
    /// The URL is a secret, so rather set the variable HOOKWRIGHT_NOTIFY_URL.
    #[arg(long, value_name = "URL", env = "HOOKWRIGHT_NOTIFY_URL")]
    pub(crate) notify_url: Option<NotifyUrl>,
    /// Of what to tell
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        env = "HOOKWRIGHT_NOTIFY_ON",
        value_delimiter = ',',
        default_values = ["changes", "drift", "failure"]
    )]
    pub(crate) notify_on: Vec<NotifyOn>,
}

/// A URL that is not shown.
#[derive(Clone)]
pub(crate) struct NotifyUrl(pub(crate) String);

impl From<String> for NotifyUrl {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for NotifyUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// What to tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NotifyOn {
    /// A plan has changes, or some were applied
    Changes,
    /// Live state has moved away from the manifest
    Drift,
    /// A run failed, in whole or in part, or was refused
    Failure,
}
