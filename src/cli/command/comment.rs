//! `comment`: one comment on a pull request.

use crate::{
    cli::{
        args::CommentArgs, clock::clock, context::Context, error::CliError, exit, forge, inputs,
        planning::Ended, saved, surroundings::Surroundings,
    },
    forge::{Comment, CommentName, Done, Forge},
    report::{Commented, human, json, markdown},
    run::{self, Outcome},
    saved::SavedPlan,
};

/// Room for what a comment says around a plan: its marker, and that it is outdated.
const AROUND: usize = 1000;
pub(crate) async fn run(context: Context<'_>, args: &CommentArgs) -> Result<u8, Ended> {
    let terminal = context.terminal;
    let surroundings = Surroundings::read(args.place.forge)?;
    let token = forge::token(&args.place, surroundings.forge, terminal)?;
    let name = CommentName::new(&args.name).map_err(|err| CliError::usage(err.to_string()))?;
    let comment = comment(args, &surroundings)?;
    let (repository, client) = forge::client(context, &args.place, &surroundings, &token)?;
    let number = forge::number(&args.place, &surroundings, &repository, &client).await?;
    let posted = client.post(number, &name, &comment).await.map_err(|err| {
        let what = format!(
            "failed to comment on {}",
            forge::place(repository.forge, &repository.path, number)
        );
        forge::failed(err, what)
    })?;
    let outcome = match posted.done {
        Done::Created | Done::Updated => Outcome::Applied,
        Done::Unchanged | Done::NothingToSay | Done::NewerThere => Outcome::Nothing,
    };
    let commented = Commented {
        place: forge::place(repository.forge, &repository.path, number),
        number,
        name: name.as_str(),
        posted: &posted,
    };
    terminal.show(
        || json::commented(&commented, outcome),
        |out| human::commented(&commented, out),
    )?;
    Ok(exit::DONE)
}

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
    markdown::plan(&planned, &origin, room, false, &mut markdown)?;
    Ok(String::from_utf8_lossy(&markdown).into_owned())
}
