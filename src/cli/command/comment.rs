//! `comment`: one comment on a pull request.

use std::time::Duration;

use crate::{
    cli::{
        args::{CommentArgs, Format, GlobalArgs, PlaceArgs},
        clock::clock,
        error::{CliError, ErrorKind},
        exit, inputs,
        planning::Ended,
        proxies, saved,
        sent::Counted,
        surroundings::{Subject, Surroundings, variable},
        terminal::Terminal,
    },
    forge::{Client, Comment, CommentName, Done, Forge, ForgeError, Repository},
    model::{Masker, Secret},
    net::{BaseUrl, HttpConfig, HttpTransport},
    report::{Commented, human, json, markdown},
    run::{self, Outcome},
    saved::SavedPlan,
};

/// Room for what a comment says around a plan: its marker, and that it is outdated.
const AROUND: usize = 1000;
/// How long one request may take, unless a flag says so.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) async fn run(
    global: &GlobalArgs,
    args: &CommentArgs,
    terminal: &Terminal,
) -> Result<u8, Ended> {
    let surroundings = Surroundings::read(args.place.forge)?;
    let token = token(&args.place, surroundings.forge)?;
    terminal.mask(Masker::new([token.expose().to_owned()]));
    let name = CommentName::new(&args.name).map_err(|err| CliError::usage(err.to_string()))?;
    let comment = comment(args, &surroundings)?;
    let repository = repository(&args.place, &surroundings)?;
    let config = HttpConfig {
        timeout: global.timeout.unwrap_or(TIMEOUT),
        read_timeout: global.timeout.unwrap_or(TIMEOUT),
        route: proxies::route(&repository.api)?,
        ..HttpConfig::default()
    };
    let transport = HttpTransport::new(&repository.api, &config).map_err(anyhow::Error::from)?;
    let transport = Counted::new(transport, terminal.ledger(), &repository.path);
    let client = Client::new(repository.clone(), &token, transport)
        .map_err(|err| CliError::new(ErrorKind::Usage, err))?;
    let number = number(&args.place, &surroundings, &repository, &client).await?;
    let posted = client.post(number, &name, &comment).await.map_err(|err| {
        let what = format!(
            "failed to comment on {}",
            place(repository.forge, &repository.path, number)
        );
        failed(err, what)
    })?;
    let outcome = match posted.done {
        Done::Created | Done::Updated => Outcome::Applied,
        Done::Unchanged | Done::NothingToSay | Done::NewerThere => Outcome::Nothing,
    };
    let commented = Commented {
        place: place(repository.forge, &repository.path, number),
        number,
        name: name.as_str(),
        posted: &posted,
    };
    terminal
        .result(|out| match terminal.format {
            Format::Text => human::commented(&commented, out),
            Format::Json => json::write(&json::commented(&commented, outcome), out),
        })
        .map_err(anyhow::Error::from)?;
    Ok(exit::DONE)
}

/// What the comment is to say.
fn comment(args: &CommentArgs, surroundings: &Surroundings) -> Result<Comment, CliError> {
    let (markdown, commit) = match (&args.plan, &args.body) {
        (Some(path), _) => {
            let file = saved::read(path)?;
            let commit = surroundings.pushed(file.origin().commit);
            (of_plan(&file, surroundings.forge)?, commit)
        }
        (None, Some(path)) => {
            let commit = args.commit.clone().or_else(|| surroundings.head.clone());
            (inputs::text(path)?, commit)
        }
        (None, None) => return Ok(Comment::Outdated),
    };
    Ok(if markdown.trim().is_empty() {
        Comment::Nothing {
            commit,
            always: args.always,
        }
    } else {
        Comment::Text { markdown, commit }
    })
}

/// A saved plan as Markdown; empty where nothing changes.
fn of_plan(file: &SavedPlan, forge: Option<Forge>) -> Result<String, CliError> {
    let planned = saved::planned(file.content());
    if run::outcome(&planned) == Outcome::Nothing {
        return Ok(String::new());
    }
    let origin = file.origin();
    let mut markdown = Vec::new();
    // No provider is asked, so nothing tells its time. The warning is for people: `apply` judges by the provider's clock.
    if let Some(expired) = origin.expires_at.filter(|at| *at <= clock()()) {
        let warning = format!(
            "> [!WARNING]\n> **This plan expired at {expired}.** Make it anew before it is approved.\n\n"
        );
        markdown.extend_from_slice(warning.as_bytes());
    }
    let longest = forge.map_or(Forge::GitHub.longest_comment(), Forge::longest_comment);
    let room = longest.saturating_sub(AROUND + markdown.len());
    markdown::plan(&planned, &origin, room, &mut markdown).map_err(anyhow::Error::from)?;
    Ok(String::from_utf8_lossy(&markdown).into_owned())
}

/// The token, from the variable that is named, else from the first that is set.
fn token(args: &PlaceArgs, forge: Option<Forge>) -> Result<Secret, CliError> {
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
    found.map(Secret::new).ok_or_else(|| {
        let listed = inputs::listed(&names);
        CliError::usage(format!("there is no token: none of {listed} is set")).hint(hint)
    })
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
async fn number(
    args: &PlaceArgs,
    surroundings: &Surroundings,
    repository: &Repository,
    client: &Client<Counted<HttpTransport>>,
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
                CliError::from(anyhow::anyhow!(
                    "`{}` has no open pull request of `{owner}:{branch}` at {commit}",
                    repository.path
                ))
                .hint("it may have been closed, or pushed to, in the meantime: then a newer run comments")
            })
        }
    }
}

fn failed(error: ForgeError, what: String) -> CliError {
    let way_out = error.way_out().map(str::to_owned);
    CliError::from(anyhow::Error::new(error).context(what)).maybe_hint(way_out)
}

fn place(forge: Forge, path: &str, number: u64) -> String {
    match forge {
        Forge::GitHub => format!("pull request {number} of `{path}`"),
        Forge::GitLab => format!("merge request {number} of `{path}`"),
    }
}
