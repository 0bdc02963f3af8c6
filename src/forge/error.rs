//! What can go wrong between a comment and its confirmation.

use std::{error::Error, fmt, time::Duration};

use http::Method;

use super::Forge;
use crate::net::{GaveUp, TransportError};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgeErrorKind {
    /// The token is not known.
    #[error("the token is not accepted, status 401: {0}")]
    Unauthenticated(String),
    /// The token may not do this.
    #[error("forbidden, status 403: {0}")]
    Forbidden(String),
    /// There is no such thing, or the token may not see it.
    #[error("not found, status 404: {0}")]
    NotFound(String),
    /// The rate limit is used up.
    #[error("the rate limit is used up{}", asked(.retry_after))]
    RateLimited {
        /// How long to wait.
        retry_after: Option<Duration>,
    },
    /// The request was not accepted.
    #[error("rejected with {status}: {reason}")]
    Rejected {
        /// The status.
        status: u16,
        /// The reasons given.
        reason: String,
    },
    /// It cannot answer now.
    #[error("unavailable, status {status}: {reason}{}", asked(.retry_after))]
    Unavailable {
        /// The status.
        status: u16,
        /// The reasons given.
        reason: String,
        /// How long to wait, if it says so.
        retry_after: Option<Duration>,
    },
    /// The answer is not what the API answers.
    #[error("malformed answer, status {status}: {problem}")]
    Malformed {
        /// The status.
        status: u16,
        /// What is wrong with it.
        problem: String,
    },
    /// The next page is not the API's own.
    #[error("the next page {0} is not on the API's own scheme, host and port")]
    ForeignPage(String),
    /// The list does not end.
    #[error("the list does not end after {0} pages")]
    TooManyPages(usize),
    /// The answer is larger than what is read.
    #[error("the answer is too large")]
    TooLarge(#[source] TransportError),
    /// No answer came. Whether a write was carried out is not known, unless no connection was made.
    #[error("no answer")]
    Unanswered(#[source] TransportError),
}

impl ForgeErrorKind {
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Unavailable { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        }
    }
}

fn asked(wait: &Option<Duration>) -> String {
    wait.map_or_else(String::new, |wait| {
        format!("; it asks to wait {} s", wait.as_secs())
    })
}

/// A request that did not do what it was to do.
#[derive(Debug)]
pub struct ForgeError {
    /// What went wrong.
    pub kind: Box<ForgeErrorKind>,
    /// Whose API it was.
    pub forge: Forge,
    /// The request's method.
    pub method: Method,
    /// The request's path, without its query.
    pub path: String,
    /// How often it was sent.
    pub attempts: u32,
    /// Why it was not attempted again, where that was worth it.
    pub gave_up: Option<GaveUp>,
}

impl fmt::Display for ForgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            forge,
            method,
            path,
            attempts,
            gave_up,
        } = self;
        write!(f, "{}: {method} {path}: {kind}", forge.title())?;
        if *attempts > 1 {
            write!(f, "; {attempts} attempts")?;
        }
        if let Some(GaveUp::Time { wait, allowed }) = gave_up {
            let (wait, allowed) = (wait.as_secs(), allowed.as_secs());
            write!(
                f,
                "; waiting {wait} s more would exceed the {allowed} s allowed"
            )?;
        }
        Ok(())
    }
}

impl Error for ForgeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind.source()
    }
}

impl ForgeError {
    /// What to do next, where there is something to be done.
    pub fn way_out(&self) -> Option<&'static str> {
        match (&*self.kind, self.forge) {
            (ForgeErrorKind::Unauthenticated(_), Forge::GitHub) => Some(
                "check that the variable with the token is passed to the step: `env: GITHUB_TOKEN: ${{ github.token }}`",
            ),
            (ForgeErrorKind::Unauthenticated(_), Forge::GitLab) => Some(
                "use a project or personal access token of scope `api`: a job's own CI_JOB_TOKEN cannot write comments",
            ),
            (ForgeErrorKind::Forbidden(_), Forge::GitHub) => Some(
                "give the job `permissions: pull-requests: write`; the token of a fork's pull request cannot have it: comment from a `workflow_run` workflow then (examples/pipelines/github/fork)",
            ),
            (ForgeErrorKind::Forbidden(_), Forge::GitLab) => Some(
                "the token needs the scope `api`, and its user the role Reporter or a higher one",
            ),
            (ForgeErrorKind::NotFound(_), _) => Some(
                "check `--repository` and `--number`; what a token may not see is not there for it",
            ),
            (ForgeErrorKind::RateLimited { .. } | ForgeErrorKind::Unavailable { .. }, _) => {
                Some("run again later: the comment is updated where it is there already")
            }
            (ForgeErrorKind::Malformed { .. } | ForgeErrorKind::Unanswered(_), _) => {
                Some("check the network, and that the API itself is at `--api-url`")
            }
            (ForgeErrorKind::TooLarge(_), _) => Some(
                "check that the API itself is at `--api-url`; if there are comments of megabytes, delete them",
            ),
            (
                ForgeErrorKind::Rejected { .. }
                | ForgeErrorKind::ForeignPage(_)
                | ForgeErrorKind::TooManyPages(_),
                _,
            ) => None,
        }
    }
}
