//! `history sync`: deliveries into an archive.

use futures_util::future::join_all;
use tokio::sync::Mutex;

use super::asked::open;
use crate::{
    cli::{
        archives,
        args::SyncArgs,
        clock::Now,
        connect::{self, Connected},
        context::Context,
        deliveries,
        error::CliError,
        exit,
        planning::Ended,
        terminal::Terminal,
    },
    delivery::{
        KeptSummary,
        archive::{Archive, Payloads},
    },
    history::{KeepError, Keeping, Progress, keep},
    provider::Reader,
    report::{KeptEnvironment, human, json},
};

/// What follows where a provider's answers have no date.
const UNDATED: &str = "the API does not say what time it is (its answers have no `Date`), so nothing is forgotten, and the archive is complete up to 10 minutes before its last record";

pub(crate) async fn run(context: Context<'_>, args: &SyncArgs) -> Result<u8, Ended> {
    let terminal = context.terminal;
    let now = Now::read();
    let session = open(context).await?;
    session
        .environments
        .iter()
        .try_for_each(deliveries::check_history)?;
    let archive = Mutex::new(archives::open(&args.archive).await?);
    let environments = session.environments.iter();
    let results = join_all(environments.map(|one| fetch(one, args, &archive, &now, terminal)));
    let mut kept = Vec::new();
    let mut failed = None;
    for (one, result) in session.environments.iter().zip(results.await) {
        match result {
            Ok(summary) => kept.push(KeptEnvironment {
                environment: one.view.clone(),
                summary,
            }),
            Err(error) => {
                let error = keep_error(one, error);
                // That of another environment ends the run.
                if let Some(before) = failed.replace(error) {
                    terminal.complain_of(&before.text(), &before.hints);
                }
            }
        }
    }
    if let Some(error) = failed {
        // What was kept stays kept, and the next run goes on from there.
        return Err(error.hint("run it again: it goes on where it ended").into());
    }
    let path = args.archive.to_string();
    terminal.show(
        || json::kept(&kept, &path),
        |out| human::kept(&kept, &path, &now.zone, terminal.width(), out),
    )?;
    Ok(exit::DONE)
}

async fn fetch(
    one: &Connected,
    args: &SyncArgs,
    archive: &Mutex<Archive>,
    now: &Now,
    terminal: &Terminal,
) -> Result<KeptSummary, KeepError> {
    let environment = deliveries::archived(one);
    let masker = terminal.masker();
    let keeping = Keeping {
        environment: &environment,
        here: now.moment,
        retention: args.retention,
        page_size: Some(args.page_size),
        payloads: if args.payload {
            Payloads::Kept(&masker)
        } else {
            Payloads::Dropped
        },
    };
    let reader = Reader::new(one.api.clone());
    keep(&reader, archive, &keeping, |progress| {
        let name = &one.view.name;
        let line = match progress {
            Progress::Covered(span) => {
                format!("{name}: archived {}", human::span(&span, &now.zone))
            }
            Progress::Undated => format!("warning: {name}: {UNDATED}"),
        };
        terminal.say(|out| writeln!(out, "{line}"));
    })
    .await
}

fn keep_error(one: &Connected, error: KeepError) -> CliError {
    match error {
        KeepError::Provider(error) => connect::history_error(one, error),
        KeepError::Archive(error) => archives::error(error),
    }
}
