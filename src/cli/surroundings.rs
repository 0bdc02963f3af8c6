//! What the CI system says of the run: which pull request it is for.

use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use super::error::CliError;
use crate::{
    files::{self, Limit},
    forge::Forge,
};

/// The pull request that a run is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Number(u64),
    /// A branch of GitHub, which may be a fork's: all that a `workflow_run` is told.
    Branch {
        owner: String,
        branch: String,
        commit: String,
    },
}

/// What the CI system says.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    pub(crate) forge: Option<Forge>,
    pub(crate) api_url: Option<String>,
    pub(crate) repository: Option<String>,
    pub(crate) subject: Option<Subject>,
    /// The commit that was pushed. What is checked out may be its merge with the target branch.
    pub(crate) head: Option<String>,
    /// The commit that is checked out.
    checked_out: Option<String>,
}

impl Surroundings {
    /// Reads GitHub's or GitLab's variables.
    ///
    /// # Errors
    ///
    /// An event of GitHub that cannot be read.
    pub(crate) fn read(forge: Option<Forge>) -> Result<Self, CliError> {
        let detected = if is_set("GITHUB_ACTIONS") {
            Some(Forge::GitHub)
        } else if is_set("GITLAB_CI") {
            Some(Forge::GitLab)
        } else {
            None
        };
        match forge.or(detected) {
            Some(Forge::GitHub) => Self::github(),
            Some(Forge::GitLab) => Ok(Self::gitlab()),
            None => Ok(Self::default()),
        }
    }

    /// The commit of the pull request that a plan is of. CI systems check its merge with the target
    /// branch out, and call that the commit.
    pub(crate) fn pushed(&self, planned: Option<String>) -> Option<String> {
        if planned.is_some() && planned == self.checked_out && self.head.is_some() {
            return self.head.clone();
        }
        planned
    }

    fn github() -> Result<Self, CliError> {
        let event = match variable("GITHUB_EVENT_PATH") {
            Some(path) => event(&path)?,
            None => Value::Null,
        };
        let text = |pointer: &str| event.pointer(pointer)?.as_str().map(str::to_owned);
        let run_head = text("/workflow_run/head_sha");
        Ok(Self {
            forge: Some(Forge::GitHub),
            api_url: variable("GITHUB_API_URL").or(Some("https://api.github.com".to_owned())),
            repository: variable("GITHUB_REPOSITORY"),
            subject: github_subject(&event),
            head: text("/pull_request/head/sha").or(run_head),
            checked_out: variable("GITHUB_SHA"),
        })
    }

    fn gitlab() -> Self {
        let number = variable("CI_MERGE_REQUEST_IID").and_then(|text| text.parse().ok());
        Self {
            forge: Some(Forge::GitLab),
            api_url: variable("CI_API_V4_URL").or(Some("https://gitlab.com/api/v4".to_owned())),
            // A pipeline of a fork runs in the fork; its merge request is in the target.
            repository: variable("CI_MERGE_REQUEST_PROJECT_ID").or(variable("CI_PROJECT_ID")),
            subject: number.map(Subject::Number),
            // Set where the merge result is built.
            head: variable("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").or(variable("CI_COMMIT_SHA")),
            checked_out: variable("CI_COMMIT_SHA"),
        }
    }
}

/// The repository of the run, and where its log is.
pub(crate) fn place() -> (Option<String>, Option<String>) {
    let repository = variable("GITHUB_REPOSITORY").or(variable("CI_PROJECT_PATH"));
    (repository, github_run().or(variable("CI_JOB_URL")))
}

/// Where the run of a GitHub workflow can be looked at.
pub(crate) fn github_run() -> Option<String> {
    let server = variable("GITHUB_SERVER_URL")?;
    let (repository, run) = (variable("GITHUB_REPOSITORY")?, variable("GITHUB_RUN_ID")?);
    Some(format!("{server}/{repository}/actions/runs/{run}"))
}

/// The pull request of an event.
fn github_subject(event: &Value) -> Option<Subject> {
    let number = |pointer: &str| event.pointer(pointer).and_then(Value::as_u64);
    let of_issue = || {
        event.pointer("/issue/pull_request")?;
        number("/issue/number")
    };
    if let Some(number) = number("/pull_request/number").or_else(of_issue) {
        return Some(Subject::Number(number));
    }
    let run = event.get("workflow_run")?;
    let text = |pointer: &str| run.pointer(pointer)?.as_str().map(str::to_owned);
    if !text("/event")?.starts_with("pull_request") {
        return None;
    }
    Some(Subject::Branch {
        owner: text("/head_repository/owner/login")?,
        branch: text("/head_branch")?,
        commit: text("/head_sha")?,
    })
}

fn event(path: &str) -> Result<Value, CliError> {
    let failed = || format!("failed to read the event `{path}` that GITHUB_EVENT_PATH names");
    let text = files::read(Path::new(path), Limit::EVENT).with_context(failed)?;
    Ok(serde_json::from_slice(&text).with_context(failed)?)
}

fn is_set(name: &str) -> bool {
    variable(name).is_some_and(|value| value != "false")
}

/// The first of these variables that is set to something.
pub(crate) fn first_set(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| variable(name))
}

/// A variable that is set to something.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_name_their_pull_request() {
        for (event, expected) in [
            (json!({"pull_request": {"number": 7}}), Some(7)),
            (json!({"issue": {"number": 8, "pull_request": {}}}), Some(8)),
            (json!({"issue": {"number": 9}}), None),
            (json!({"ref": "refs/heads/main"}), None),
            (Value::Null, None),
        ] {
            let expected = expected.map(Subject::Number);
            assert_eq!(github_subject(&event), expected, "{event}");
        }
    }

    #[test]
    fn a_workflow_run_names_a_branch_and_only_that_of_a_pull_request() {
        let run = |event: &str| {
            json!({"workflow_run": {
                "event": event, "head_sha": "c0ffee1", "head_branch": "main",
                "head_repository": {"owner": {"login": "stranger"}},
                "pull_requests": [],
            }})
        };
        assert_eq!(
            github_subject(&run("pull_request")),
            Some(Subject::Branch {
                owner: "stranger".to_owned(),
                branch: "main".to_owned(),
                commit: "c0ffee1".to_owned(),
            })
        );
        assert_eq!(github_subject(&run("push")), None);
    }
}
