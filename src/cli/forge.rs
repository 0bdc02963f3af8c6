//! Where a pull request is, and who asks its forge about it.

use std::time::Duration;

use super::{
    args::PlaceArgs,
    context::Context,
    error::{CliError, ErrorKind},
    inputs,
    sent::Counted,
    surroundings::{Subject, Surroundings, variable},
    terminal::Terminal,
    transport,
};
use crate::{
    forge::{Client, Forge, ForgeError, Repository},
    model::{Masker, Secret},
    net::{BaseUrl, HttpTransport},
};

/// How long one request may take, unless a flag says so.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) type Asking = Client<Counted<HttpTransport>>;

/// The token, from the variable that is named, else from the first that is set.
pub(super) fn token(
    args: &PlaceArgs,
    forge: Option<Forge>,
    terminal: &Terminal,
) -> Result<Secret, CliError> {
    let names: Vec<&str> = match (&args.token_variable, forge) {
        (Some(name), _) => vec![name],
        (None, Some(Forge::GitHub)) => vec!["GITHUB_TOKEN", "GH_TOKEN"],
        (None, Some(Forge::GitLab)) => vec!["GITLAB_TOKEN"],
        (None, None) => {
            return Err(
                CliError::usage("this is neither GitHub Actions nor GitLab CI/CD")
                    .hint("say where the pull request is: `--forge github` or `--forge gitlab`"),
            );
        }
    };
    let found = names.iter().find_map(|name| variable(name));
    let hint = match forge {
        Some(Forge::GitLab) => {
            "a job's own CI_JOB_TOKEN cannot write comments: store a project access token of scope `api` as a masked variable"
        }
        _ => "pass it to the step: `env: GITHUB_TOKEN: ${{ github.token }}`",
    };
    let token = found.map(Secret::new).ok_or_else(|| {
        let listed = inputs::listed(&names);
        CliError::usage(format!("there is no token: none of {listed} is set")).hint(hint)
    })?;
    terminal.mask(Masker::new([token.expose().to_owned()]));
    Ok(token)
}

pub(super) fn client(
    context: Context<'_>,
    args: &PlaceArgs,
    surroundings: &Surroundings,
    token: &Secret,
) -> Result<(Repository, Asking), CliError> {
    let repository = repository(args, surroundings)?;
    let transport = transport::to(&repository.api, context.global.timeout.unwrap_or(TIMEOUT))?;
    let transport = Counted::new(transport, context.terminal.ledger(), &repository.path);
    let client = Client::new(repository.clone(), token, transport)
        .map_err(|err| CliError::new(ErrorKind::Usage, err))?;
    Ok((repository, client))
}

fn repository(args: &PlaceArgs, surroundings: &Surroundings) -> Result<Repository, CliError> {
    let forge = surroundings
        .forge
        .ok_or_else(|| CliError::usage("say where the pull request is, with `--forge`"))?;
    let api_url = args.api_url.as_ref().or(surroundings.api_url.as_ref());
    let api = BaseUrl::new(api_url.map_or("", String::as_str), false).map_err(|err| {
        let error = anyhow::Error::new(err).context("`--api-url` cannot be used");
        CliError::new(ErrorKind::Usage, error)
    })?;
    let path = args
        .repository
        .as_ref()
        .or(surroundings.repository.as_ref());
    let path = path.ok_or_else(|| {
        CliError::usage("the repository is not known").hint("name it with `--repository`")
    })?;
    if forge == Forge::GitHub && path.split('/').filter(|part| !part.is_empty()).count() != 2 {
        return Err(CliError::usage(format!(
            "`{path}` is no repository of GitHub: it is written `owner/name`"
        )));
    }
    Ok(Repository {
        forge,
        api,
        path: path.clone(),
    })
}

/// The number of the pull request; GitHub is asked for it where a `workflow_run` is not told it.
pub(super) async fn number(
    args: &PlaceArgs,
    surroundings: &Surroundings,
    repository: &Repository,
    client: &Asking,
) -> Result<u64, CliError> {
    match (args.number, &surroundings.subject) {
        (Some(number), _) => Ok(number),
        (None, Some(Subject::Number(number))) => Ok(*number),
        (None, None) => Err(CliError::usage("this run is not of a pull request")
            .hint("run it for pull requests only, or name one with `--number`")),
        (
            None,
            Some(Subject::Branch {
                owner,
                branch,
                commit,
            }),
        ) => {
            let found = client.pull_request_of(owner, branch, commit).await;
            let found = found.map_err(|err| {
                failed(
                    err,
                    format!("failed to look for the pull request of `{owner}:{branch}`"),
                )
            })?;
            found.ok_or_else(|| {
                CliError::failed(format!(
                    "`{}` has no open pull request of `{owner}:{branch}` at {commit}",
                    repository.path
                ))
                .hint("it may have been closed, or pushed to, in the meantime: then a newer run comments")
            })
        }
    }
}

pub(super) fn failed(error: ForgeError, what: String) -> CliError {
    let way_out = error.way_out();
    CliError::from(anyhow::Error::new(error).context(what)).maybe_hint(way_out)
}

pub(super) fn place(forge: Forge, path: &str, number: u64) -> String {
    match forge {
        Forge::GitHub => format!("pull request {number} of `{path}`"),
        Forge::GitLab => format!("merge request {number} of `{path}`"),
    }
}
