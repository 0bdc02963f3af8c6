//! `apply PLAN`: exactly what was reviewed, or nothing.
//!
//! The file drives no write. The plan is made anew, and must come out as it was saved.

use std::{collections::BTreeSet, path::Path};

use jiff::Timestamp;

use super::{Reviewed, carry_out, not_applied, plan, show_before};
use crate::{
    cli::{
        args::{ApplyArgs, GlobalArgs, PlanningArgs, StrictnessArgs},
        error::{CliError, ErrorKind},
        exit, inputs,
        planning::{self, Ended, Session},
        probing::{self, Prober},
        saved,
        terminal::Terminal,
    },
    model::EnvironmentName,
    report::{PlannedEnvironment, human, json},
    saved::{Content, EnvironmentRecord, Key, OptionsRecord, SavedPlan, Unsealed},
};

/// How many differences are named.
const NAMED: usize = 10;
/// What to do where a plan cannot be applied any more.
const ANEW: &str = "make the plan anew with `hookwright plan --out`, and review it";

pub(super) async fn run(
    path: &Path,
    global: &GlobalArgs,
    args: &ApplyArgs,
    terminal: &Terminal,
) -> Result<u8, Ended> {
    let file = saved::read(path)?;
    let content = file.content();
    agrees(content, global, args)?;
    check_expiry(content, crate::cli::command::simulator::clock()())?;
    check_outcome(&file)?;
    let sources = inputs::sources(&global.file)?;
    check_manifest(content, &saved::manifest(&sources))?;
    warn_of_commit(content, args, terminal)?;
    let planning = options(&content.options);
    let choose = |document: &_| {
        let names = content.environments.iter().map(|one| one.name.clone());
        // The manifest is the one it was made of, and has them all.
        inputs::selected(document, &names.collect::<Vec<_>>()).map_err(|_| edited())
    };
    let session = planning::open_sources(sources, global, &planning, choose, terminal).await?;
    let keys = saved::keys(&session);
    check_seals(&file, &session, &keys)?;
    let reviewed = review(&file, &session, &keys, global, args, terminal);
    carry_out(&session, reviewed, args, terminal).await
}

/// Plans anew, and compares. Nothing is written.
async fn review(
    file: &SavedPlan,
    session: &Session,
    keys: &[Key],
    global: &GlobalArgs,
    args: &ApplyArgs,
    terminal: &Terminal,
) -> Result<Reviewed, Ended> {
    // It may have expired while a lock was waited for.
    check_expiry(file.content(), crate::cli::command::simulator::clock()())?;
    let kept = session.plan_and_keep().await;
    let now = saved::records(session, &kept, keys);
    let content = file.content();
    let pairs = || content.environments.iter().zip(&now);
    let is_as_saved = pairs().all(|(saved, now)| saved == now);
    let planned: Vec<PlannedEnvironment> = if is_as_saved {
        let prober = Prober::new(&args.probing, global.timeout);
        probing::settle(session, kept, args.probe, &prober, terminal).await
    } else {
        kept.into_iter().map(|(planned, _)| planned).collect()
    };
    let show = || {
        let shown = plan::Shown::of(session, &planned, file.origin());
        plan::show(&shown, global.format, terminal)
    };
    let outcome = plan::outcome(&planned);
    if is_as_saved && outcome == json::Outcome::Changes {
        show_before(&planned, true, terminal)?;
        return Ok(Reviewed::Approved(planned));
    }
    if is_as_saved || outcome == json::Outcome::Failed {
        show()?;
        return Ok(Reviewed::Over(not_applied(&planned, terminal)));
    }
    if pairs().all(|(saved, now)| crate::saved::is_done(saved, now)) {
        show()?;
        let done = "note: this plan was applied already, or someone did the same";
        terminal
            .say(|out| writeln!(out, "{done}"))
            .map_err(anyhow::Error::from)?;
        return Ok(Reviewed::Over(exit::DONE));
    }
    Err(stale(content, &now).into())
}

fn refused(text: impl std::fmt::Display) -> CliError {
    CliError::new(
        ErrorKind::Refused,
        anyhow::anyhow!("{text}; nothing was changed"),
    )
}

/// Options come from the file. One that is given all the same must be the same.
fn agrees(content: &Content, global: &GlobalArgs, args: &ApplyArgs) -> Result<(), CliError> {
    let given = saved::options(&args.planning);
    let kept = &content.options;
    let environments: BTreeSet<&str> = global.environment.iter().map(String::as_str).collect();
    let planned = content.environments.iter().map(|one| one.name.as_str());
    let others = |flag: bool, kept: bool| flag && !kept;
    let conflicts = [
        (
            "--environment",
            !environments.is_empty() && environments != planned.collect(),
        ),
        ("--all", args.all),
        (
            "--target",
            !given.targets.is_empty() && given.targets != kept.targets,
        ),
        ("--strict", others(given.strict, kept.strict)),
        ("--prune", others(given.prune, kept.prune)),
        (
            "--allow-deletes",
            given.allow_deletes.is_some() && given.allow_deletes != kept.allow_deletes,
        ),
        ("--allow-empty", others(given.allow_empty, kept.allow_empty)),
        (
            "--allow-secret-mismatch",
            others(given.allow_secret_mismatch, kept.allow_secret_mismatch),
        ),
        (
            "--allow-live-traffic",
            others(given.allow_live_traffic, kept.allow_live_traffic),
        ),
    ];
    match conflicts.iter().find(|(_, conflicts)| *conflicts) {
        None => Ok(()),
        Some((flag, _)) => Err(CliError::usage(format!(
            "`{flag}` is not what the saved plan was made with"
        ))
        .hint("a saved plan is applied with its own options: leave the flag out, or plan anew")),
    }
}

/// The options of a file, as if they had been given.
fn options(kept: &OptionsRecord) -> PlanningArgs {
    let OptionsRecord {
        targets,
        strict,
        prune,
        allow_deletes,
        allow_empty,
        allow_secret_mismatch,
        allow_live_traffic,
    } = kept.clone();
    PlanningArgs {
        strictness: StrictnessArgs { strict },
        target: targets,
        prune,
        allow_deletes,
        allow_empty,
        allow_secret_mismatch,
        allow_live_traffic,
        with_history: None,
    }
}

fn check_expiry(content: &Content, now: Timestamp) -> Result<(), CliError> {
    match content.expires_at {
        Some(expires_at) if now >= expires_at => {
            Err(refused(format!("the saved plan expired at {expires_at}")).hint(ANEW))
        }
        _ => Ok(()),
    }
}

/// What was refused when it was planned stays so.
fn check_outcome(file: &SavedPlan) -> Result<(), CliError> {
    let (why, way_out) = match plan::outcome(&file.planned()) {
        json::Outcome::Refused => (
            "a guard refused the plan when it was saved",
            "`hookwright show` says which, and how to go on; then plan anew",
        ),
        json::Outcome::Failed => (
            "not every environment could be planned when the plan was saved",
            ANEW,
        ),
        _ => return Ok(()),
    };
    Err(refused(why).hint(way_out))
}

fn check_manifest(content: &Content, now: &crate::saved::ManifestRecord) -> Result<(), CliError> {
    let was = &content.manifest;
    if was.digest == now.digest {
        return Ok(());
    }
    let moved: Vec<String> = was
        .moved(now)
        .into_iter()
        .map(|(path, how)| format!("`{path}` {how}"))
        .collect();
    Err(refused(format!(
        "the saved plan is stale: the manifest is not the one it was made of: {}",
        named(&moved)
    ))
    .hint(ANEW))
}

/// The same manifest may be of several commits.
fn warn_of_commit(content: &Content, args: &ApplyArgs, terminal: &Terminal) -> Result<(), Ended> {
    let now = saved::commit(args.commit.as_ref());
    if let (Some(was), Some(now)) = (&content.commit, &now)
        && was != now
    {
        terminal
            .say(|out| {
                let (was, now) = (human::clean(was), human::clean(now));
                writeln!(
                    out,
                    "warning: the plan was made at commit {was}, and this is {now}; the manifest is the same"
                )
            })
            .map_err(anyhow::Error::from)?;
    }
    Ok(())
}

/// Whether the holder of every environment's secret made the file as it is.
fn check_seals(file: &SavedPlan, session: &Session, keys: &[Key]) -> Result<(), CliError> {
    let kept = file.content().environments.iter();
    let here = session.environments.iter();
    if !kept
        .map(|one| one.name.as_str())
        .eq(here.map(|one| one.view.name.as_str()))
    {
        return Err(edited());
    }
    for (one, key) in file.content().environments.iter().zip(keys) {
        let name = EnvironmentName::new(one.name.as_str());
        match file.unseal(one, key) {
            Unsealed::Whole => {}
            Unsealed::OtherSecret => {
                return Err(refused(format!(
                    "the saved plan was made with another access secret of environment `{name}`: for another account, or before the secret was changed"
                ))
                .hint(ANEW));
            }
            Unsealed::Edited => return Err(edited()),
        }
    }
    Ok(())
}

fn edited() -> CliError {
    CliError::invalid("the saved plan was edited after it was made; nothing was changed")
        .hint("do not trust the file: make the plan anew with `hookwright plan --out`")
}

fn stale(content: &Content, now: &[EnvironmentRecord]) -> CliError {
    let moved: Vec<String> = content
        .environments
        .iter()
        .zip(now)
        .flat_map(|(saved, now)| {
            let differences = crate::saved::differences(saved, now).into_iter();
            differences.map(|one| format!("in `{}`, {one}", saved.name))
        })
        .collect();
    refused(format!("the saved plan is stale: {}", named(&moved))).hint(ANEW)
}

fn named(moved: &[String]) -> String {
    let mut text = moved[..moved.len().min(NAMED)].join("; ");
    if moved.len() > NAMED {
        text.push_str(&format!("; and {} more", moved.len() - NAMED));
    }
    text
}
