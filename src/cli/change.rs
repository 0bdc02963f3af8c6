//! What is known of the change that asks for a plan.

use super::{
    args::PlaceArgs,
    audit,
    context::Context,
    error::CliError,
    forge,
    surroundings::{Surroundings, variable},
};
use crate::{
    forge::{Forge, Reviewed},
    policy::Change,
};

/// The change, as far as the CI system tells.
pub(crate) fn change() -> Change {
    Change {
        commit: audit::commit(variable("HOOKWRIGHT_COMMIT").as_ref()),
        ..Change::default()
    }
}

/// The change, as the forge knows it: who wrote the pull request, who approved it as it is, and its labels. After a merge, it is the
/// pull request that the commit came from.
pub(crate) async fn asked(context: Context<'_>) -> Result<Change, CliError> {
    let place = place()?;
    let surroundings = Surroundings::read(place.forge)?;
    let token = forge::token(&place, surroundings.forge, context.terminal)?;
    let (repository, client) = forge::client(context, &place, &surroundings, &token)?;
    let change = change();
    let is_known = place.number.is_some() || surroundings.subject.is_some();
    let number = match change.commit.as_deref().filter(|_| !is_known) {
        None => forge::number(&place, &surroundings, &repository, &client).await?,
        Some(commit) => {
            let found = client.pull_request_with(commit).await;
            let what = format!("failed to look for the pull request of commit {commit}");
            let found = found.map_err(|error| forge::failed(error, what))?;
            found.ok_or_else(|| {
                let path = &repository.path;
                let text = format!("`{path}` has no pull request that commit {commit} is part of");
                CliError::failed(text)
                    .hint("name one with HOOKWRIGHT_NUMBER, or leave `--ask-forge` out: then rules that need who approved refuse")
            })?
        }
    };
    let reviewed = client.reviewed(number).await;
    let at = forge::place(repository.forge, &repository.path, number);
    let what = format!("failed to ask who approved {at}");
    let Reviewed {
        author,
        approvers,
        labels,
        head: _, // What is planned from is what is checked out.
    } = reviewed.map_err(|error| forge::failed(error, what))?;
    Ok(Change {
        author,
        approvers: Some(approvers),
        labels: Some(labels),
        ..change
    })
}

/// Where the pull request is, as far as variables tell: the same as `comment` goes by.
fn place() -> Result<PlaceArgs, CliError> {
    let forge = variable("HOOKWRIGHT_FORGE").map(|name| match name.as_str() {
        "github" => Ok(Forge::GitHub),
        "gitlab" => Ok(Forge::GitLab),
        _ => Err(CliError::usage("HOOKWRIGHT_FORGE is `github` or `gitlab`")),
    });
    let number = variable("HOOKWRIGHT_NUMBER").map(|number| number.parse::<u64>());
    Ok(PlaceArgs {
        forge: forge.transpose()?,
        api_url: variable("HOOKWRIGHT_API_URL"),
        repository: variable("HOOKWRIGHT_REPOSITORY"),
        number: number
            .transpose()
            .map_err(|_| CliError::usage("HOOKWRIGHT_NUMBER is no number"))?,
        token_variable: variable("HOOKWRIGHT_TOKEN_VARIABLE"),
    })
}
