//! `apply PLAN`: exactly what was reviewed, or nothing.
//!
//! The file drives no write. The plan is made anew, and must come out as it was saved.

use std::{collections::BTreeSet, path::Path};

use futures_util::future::join_all;

use super::{Reviewed, carry_out, not_applied, plan, show_before};
use crate::{
    cli::{
        announce::Told,
        args::{ApplyArgs, GlobalArgs},
        audit,
        clock::clock,
        context::Context,
        drafting,
        error::CliError,
        exit, inputs,
        planning::{self, Ended, Session},
        saved,
        terminal::Terminal,
        time,
    },
    model::{EnvironmentName, EventType},
    provider::Reader,
    report::{Announcement, human, typed},
    run::{self, Outcome},
    saved::{Compared, Content, EnvironmentRecord, Key, Origin, SavedPlan, Unsealed},
};

/// How many differences are named.
const NAMED: usize = 10;

pub(super) async fn run(
    context: Context<'_>,
    path: &Path,
    args: &ApplyArgs,
) -> Result<Told, Ended> {
    let Context { global, terminal } = context;
    let file = saved::read(path)?;
    let content = file.content();
    let saved = &Saved {
        content,
        origin: file.origin(),
        anew: saved::anew(path, content, global),
    };
    agrees(saved, global, args)?;
    saved.check_outcome(path)?;
    let sources = inputs::sources(&global.file)?;
    saved.check_manifest(&saved::manifest(&sources))?;
    warn_of_commit(content, args, terminal);
    let choose = |document: &_| {
        let names = content.environments.iter().map(|one| one.name.clone());
        // The manifest is the one it was made of, and has them all.
        inputs::selected(document, &names.collect::<Vec<_>>()).map_err(|_| edited())
    };
    let mut session = planning::open_sources(context, sources, &content.options, choose).await?;
    session.ask_forge(context, &args.planning).await?;
    let keys = session.keys();
    saved.check_seals(&file, &session, &keys)?;
    if content.expires_at.is_some() {
        // What time it is where it is to be applied. Who does not answer is told of when the plan is made anew.
        let asked = session.environments.iter();
        let asked = asked.map(|one| async { Reader::new(one.api.clone()).time().await.ok() });
        join_all(asked).await;
    }
    saved.check_expiry(&session)?;
    let reviewed = review(context, saved, &session, &keys, args);
    carry_out(&session, reviewed, args, terminal).await
}

/// Plans anew, and compares. Nothing is written.
async fn review(
    context: Context<'_>,
    saved: &Saved<'_>,
    session: &Session,
    keys: &[Key],
    args: &ApplyArgs,
) -> Result<Reviewed, Ended> {
    let Context { global, terminal } = context;
    let content = saved.content;
    let drafts = drafting::drafted(session, &args.planning).await?;
    // It may have expired while a lock was waited for.
    saved.check_expiry(session)?;
    let unasked = session.settle_unasked(drafts.clone());
    let now = session.records(&unasked, keys);
    let compared = compared(content, &now, session);
    let is_as_saved = compared.iter().all(|one| one.stale.is_empty());
    let mut planned = if is_as_saved {
        super::settle(context, session, drafts, args).await?
    } else {
        unasked
    };
    // What is refused now is said yes to where it was planned: that is reviewed again.
    for planned in &mut planned {
        planned.environment.planned_by = Some(saved.anew.clone());
    }
    let outcome = run::outcome(&planned);
    if is_as_saved {
        say_others(content, &compared, terminal);
        if outcome == Outcome::Changes {
            show_before(&planned, true, args.planning.expand, terminal)?;
            return Ok(Reviewed::Approved(planned));
        }
    }
    let shown = plan::shown(session, &planned, saved.origin.clone());
    let shown = shown.expanded(args.planning.expand);
    let told = |code| Told::new(code, Announcement::planned(&shown));
    if is_as_saved || outcome == Outcome::Failed {
        plan::show(&shown, global.format, terminal)?;
        return Ok(Reviewed::Over(told(not_applied(&planned, terminal))));
    }
    let mut pairs = content.environments.iter().zip(&now);
    if pairs.all(|(saved, now)| crate::saved::is_done(saved, now)) {
        plan::show(&shown, global.format, terminal)?;
        let done = "note: this plan was applied already, or someone did the same";
        terminal.say(|out| writeln!(out, "{done}"));
        return Ok(Reviewed::Over(told(exit::DONE)));
    }
    Err(saved.stale(&compared).into())
}

/// What has moved in each environment since the plan was saved.
fn compared(content: &Content, now: &[EnvironmentRecord], session: &Session) -> Vec<Compared> {
    let environments = session.environments.iter();
    let required = environments.map(|one| {
        let events = one.resolved.policy.require.keys();
        events.map(EventType::as_str).collect::<BTreeSet<&str>>()
    });
    content
        .environments
        .iter()
        .zip(now)
        .zip(required)
        .map(|((saved, now), required)| crate::saved::compare(saved, now, &required))
        .collect()
}

/// Says what others have changed meanwhile, which the plan neither touches nor relies on.
fn say_others(content: &Content, compared: &[Compared], terminal: &Terminal) {
    for (saved, compared) in content.environments.iter().zip(compared) {
        let moved: Vec<String> = compared.others.iter().map(ToString::to_string).collect();
        if moved.is_empty() {
            continue;
        }
        let text = format!(
            "note: in `{}`, since the plan was saved, and of no matter to it: {}",
            saved.name,
            named(&moved)
        );
        terminal.say(|out| writeln!(out, "{}", human::clean(&text)));
    }
}

fn refused(text: impl std::fmt::Display) -> CliError {
    CliError::refused(format!("{text}; nothing was changed"))
}

/// Options come from the file. One that is given all the same must be the same.
fn agrees(saved: &Saved<'_>, global: &GlobalArgs, args: &ApplyArgs) -> Result<(), CliError> {
    let content = saved.content;
    let environments: BTreeSet<&str> = global.environment.iter().map(String::as_str).collect();
    let planned = content.environments.iter().map(|one| one.name.as_str());
    let conflict = if !environments.is_empty() && environments != planned.collect() {
        Some("--environment")
    } else if args.all {
        Some("--all")
    } else {
        args.planning.options().conflict(&content.options)
    };
    match conflict {
        None => Ok(()),
        Some(flag) => Err(CliError::usage(format!(
            "`{flag}` is not what the saved plan was made with"
        ))
        .hint(format!(
            "a saved plan is applied with its own options: leave the flag out, or plan with it: `{}`",
            saved.anew
        ))),
    }
}

/// A saved plan that is to be applied.
struct Saved<'p> {
    content: &'p Content,
    origin: Origin,
    /// The command that makes it anew.
    anew: String,
}

impl Saved<'_> {
    fn check_expiry(&self, session: &Session) -> Result<(), CliError> {
        let here = clock()();
        match self.content.expires_at {
            Some(expires_at) if time::is_past(session, expires_at, here) => {
                Err(self.refused(format!("the saved plan expired at {expires_at}")))
            }
            _ => Ok(()),
        }
    }

    /// What was refused when it was planned stays so.
    fn check_outcome(&self, path: &Path) -> Result<(), CliError> {
        match run::outcome(&saved::planned(self.content)) {
            Outcome::Refused => {
                let path = path.display().to_string();
                let show = typed::command(["show", &typed::word(&path)]);
                let why = "a guard refused the plan when it was saved";
                Err(refused(why).hint(format!("{show} says which, and how to go on")))
            }
            Outcome::Failed => {
                Err(self.refused("not every environment could be planned when the plan was saved"))
            }
            _ => Ok(()),
        }
    }

    fn check_manifest(&self, now: &crate::saved::ManifestRecord) -> Result<(), CliError> {
        let was = &self.content.manifest;
        if was.digest == now.digest {
            return Ok(());
        }
        let moved: Vec<String> = was
            .moved(now)
            .into_iter()
            .map(|(path, how)| format!("`{path}` {how}"))
            .collect();
        Err(self.refused(format!(
            "the saved plan is stale: the manifest is not the one it was made of: {}",
            named(&moved)
        )))
    }

    /// Whether the holder of every environment's secret made the file as it is.
    fn check_seals(
        &self,
        file: &SavedPlan,
        session: &Session,
        keys: &[Key],
    ) -> Result<(), CliError> {
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
                    return Err(self.refused(format!(
                        "the saved plan was made with another {} of environment `{name}`: for another account, or before the secret was changed",
                        one.provider.secret().title
                    )));
                }
                Unsealed::Edited => return Err(edited()),
            }
        }
        Ok(())
    }

    fn stale(&self, compared: &[Compared]) -> CliError {
        let moved: Vec<String> = self
            .content
            .environments
            .iter()
            .zip(compared)
            .flat_map(|(saved, compared)| {
                let stale = compared.stale.iter();
                stale.map(|one| format!("in `{}`, {one}", saved.name))
            })
            .collect();
        self.refused(format!("the saved plan is stale: {}", named(&moved)))
    }

    /// A refusal whose way out is another plan.
    fn refused(&self, text: impl std::fmt::Display) -> CliError {
        refused(text).hint(format!(
            "make the plan anew with `{}`, and review it",
            self.anew
        ))
    }
}

/// The same manifest may be of several commits.
fn warn_of_commit(content: &Content, args: &ApplyArgs, terminal: &Terminal) {
    let now = audit::commit(args.commit.as_ref());
    if let (Some(was), Some(now)) = (&content.commit, &now)
        && was != now
    {
        terminal.say(|out| {
            let (was, now) = (human::clean(was), human::clean(now));
            writeln!(
                out,
                "warning: the plan was made at commit {was}, and this is {now}; the manifest is the same"
            )
        });
    }
}

fn edited() -> CliError {
    CliError::invalid("the saved plan was edited after it was made; nothing was changed")
        .hint("do not trust the file: plan anew")
}

fn named(moved: &[String]) -> String {
    let mut text = moved[..moved.len().min(NAMED)].join("; ");
    if moved.len() > NAMED {
        text.push_str(&format!("; and {} more", moved.len() - NAMED));
    }
    text
}
