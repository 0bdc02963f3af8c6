//! `migrate`: what scripts left behind.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use futures_util::future::try_join_all;
use jiff::Timestamp;

use crate::{
    cli::{
        args::MigrateArgs,
        connect::Connected,
        context::Context,
        error::CliError,
        exit, files, inputs,
        planning::{self, Ended, Session},
        takeover as live,
        terminal::Terminal,
    },
    delivery::DeliveryQuery,
    diagnostic::{Source, SourceId, Sources},
    leftovers::{self, Leftovers, Looked, Traffic},
    manifest::{self, Document, Tombstone},
    model::LiveWebhook,
    net::ServerTime,
    plan::EnvironmentPlan,
    plan::Options,
    provider::Reader,
    report::{human, json, tombstone_reason, typed},
    run::live,
};

pub(crate) async fn run(context: Context<'_>, args: &MigrateArgs) -> Result<u8, Ended> {
    let Context { global, terminal } = context;
    if !global.environment.is_empty() {
        return Err(CliError::usage(
            "a tombstone deletes in all environments, so `migrate` looks at all of them",
        )
        .hint("leave the environment out")
        .into());
    }
    let choose = |document: &_| inputs::selected(document, &[]);
    let session = planning::open(context, &Options::default(), choose).await?;
    for one in &session.environments {
        if let Some((refusal, way_out)) = session.refusal(one) {
            let message = format!("{}: {refusal}", one.view.name);
            return Err(CliError::refused(message).hint(way_out).into());
        }
    }
    let found = find(&session).await?;
    let tombstones: Vec<Tombstone> = found
        .proposals
        .iter()
        .map(|proposal| Tombstone {
            name: proposal.name.clone(),
            comment: tombstone_reason(proposal),
        })
        .collect();
    let write_to = match args.write && !tombstones.is_empty() {
        true => {
            let path = write(&session, &tombstones)?;
            terminal.ledger().changed();
            Some(path)
        }
        false => None,
    };
    show(&found, &tombstones, write_to.is_some(), terminal)?;
    if let Some(path) = write_to {
        let shown = path.display();
        terminal.say(|out| {
            writeln!(
                out,
                "Added to `{shown}`. See what it means: {}.",
                typed::command(["plan", &global.chosen()])
            )
        });
    }
    Ok(exit::DONE)
}

/// Reads all environments, side by side, and finds what is left over.
async fn find(session: &Session) -> Result<Leftovers, CliError> {
    let read = try_join_all(session.environments.iter().map(|one| read(session, one))).await?;
    let looked: Vec<Looked<'_>> = session
        .environments
        .iter()
        .zip(&read)
        .map(|(one, read)| Looked {
            environment: &one.resolved.name,
            desired: &one.resolved.desired,
            policy: &one.resolved.policy,
            live: &read.live,
            plan: &read.plan,
            traffic: &read.traffic,
            until: read.until,
        })
        .collect();
    Ok(leftovers::find(&looked))
}

/// What was read of an environment.
struct Read {
    live: Vec<LiveWebhook>,
    plan: EnvironmentPlan,
    traffic: Traffic,
    /// Not later than the request history was asked for, by the provider's clock.
    until: Option<Timestamp>,
}

async fn read(session: &Session, one: &Connected) -> Result<Read, CliError> {
    let name = &one.resolved.name;
    let failed =
        |error, what: &str| CliError::of_provider(error, format!("{name}: failed to read {what}"));
    let mut live = live(one)
        .await
        .map_err(|error| failed(error, "the webhooks"))?;
    let plan = session.draft_from(one, &live).into_plan();
    let here = |webhook: &LiveWebhook| {
        let env_type = webhook.env_type;
        env_type.is_none_or(|env_type| env_type == one.resolved.env_type)
    };
    live.webhooks.retain(here);
    let until = one.api.clock().now().map(ServerTime::earliest);
    let reader = Reader::new(one.api.clone());
    // Without bounds it is the whole window; a bound of just 30 days would be too early on arrival.
    let query = DeliveryQuery::default();
    let mut traffic = Traffic::default();
    let mut pages = reader.deliveries(query);
    // What is unread could have been accepted: all of it is read, or none counts.
    while let Some(page) =
        (pages.next().await).map_err(|error| failed(error, "the request history"))?
    {
        page.iter().for_each(|delivery| traffic.add(delivery));
    }
    Ok(Read {
        live: live.webhooks,
        plan,
        traffic,
        until,
    })
}

/// Adds the tombstones to the file that has some, else to the only one.
fn write(session: &Session, tombstones: &[Tombstone]) -> Result<PathBuf, CliError> {
    let sources = &session.sources;
    let has_some = |text: &str| text.lines().any(|line| line.starts_with("removed:"));
    let all = || sources.iter();
    let mut candidates: Vec<_> = all().filter(|(_, source)| has_some(&source.text)).collect();
    if candidates.is_empty() {
        candidates = all().collect();
    }
    let by_hand = |error: anyhow::Error| {
        CliError::from(error)
            .hint("nothing was written; run without `--write`, and add the list yourself")
    };
    let [(id, source)] = candidates.as_slice() else {
        return Err(by_hand(anyhow!(
            "the manifest has several files that the tombstones could stand in"
        )));
    };
    let shown = &source.label;
    if shown == inputs::STDIN {
        return Err(by_hand(anyhow!("standard input cannot be written to")));
    }
    let changed = manifest::add_tombstones(&source.text, tombstones)
        .ok_or_else(|| by_hand(anyhow!("the tombstones do not fit into `{shown}` as it is")))?;
    prove(session, *id, &changed, tombstones)
        .context(format!(
            "with the tombstones, `{shown}` would not say what it should"
        ))
        .map_err(by_hand)?;
    let path = PathBuf::from(shown);
    files::edit(&path, &source.text, &changed)?;
    Ok(path)
}

/// Reads the manifest as it would be: it has to be valid, and to say what it said before, with these names removed.
fn prove(
    session: &Session,
    changed: SourceId,
    text: &str,
    tombstones: &[Tombstone],
) -> anyhow::Result<()> {
    let mut sources = Sources::default();
    for (id, source) in session.sources.iter() {
        let text = if id == changed { text } else { &source.text };
        sources.add(Source::new(source.label.as_str(), text));
    }
    let environments = session.environments.iter();
    let names: Vec<_> = environments.map(|one| one.resolved.name.clone()).collect();
    let resolution = Document::read(&sources).resolve(&names, &inputs::Outside, &sources);
    live::no_errors(&resolution.diagnostics, &sources)?;
    let added = tombstones.iter().map(|one| one.name.as_str());
    for one in &session.environments {
        let before = &one.resolved;
        let after = resolution
            .environments
            .iter()
            .find(|after| after.name == before.name);
        let mut expected = before.desired.clone();
        expected.removed.extend(added.clone().map(str::to_owned));
        anyhow::ensure!(
            after.is_some_and(|after| after.desired == expected),
            "environment `{}` would not be what it is",
            before.name
        );
    }
    Ok(())
}

fn show(
    found: &Leftovers,
    tombstones: &[Tombstone],
    written: bool,
    terminal: &Terminal,
) -> Result<(), Ended> {
    let section = match tombstones {
        [] => String::new(),
        all => manifest::tombstones(all),
    };
    terminal.show(
        || json::migrated(found, &section, written),
        |out| human::leftovers(found, &section, terminal.width(), out),
    )?;
    Ok(())
}
