//! `history replay`: events that were lost, sent again.

mod asking;
mod choosing;
mod sending;

use std::{
    io::{self, Write},
    path::PathBuf,
};

use self::{
    choosing::choose,
    sending::{Sender, Sending},
};
use super::{asked::filter, gaps};
use crate::{
    cli::{
        approval,
        args::{FilterArgs, Format, GlobalArgs, ReplayArgs},
        audit::{self, AuditLog},
        clock::Now,
        connect::Connected,
        context::Context,
        deliveries,
        error::CliError,
        exit, inputs,
        planning::{self, Ended, Session},
        probing::signing_secret,
        replays::{self, Replays},
        terminal::Terminal,
    },
    delivery::{
        replay::{Chosen, Journaled, Letter, Way},
        signature::Signer,
    },
    diagnostic::did_you_mean,
    model::{DesiredWebhook, EnvType, WebhookKey},
    plan::Options,
    report::{ReplayFate, Replayed, ReplayedEvent, human, json},
    run::Outcome,
};

pub(crate) async fn run(context: Context<'_>, args: &ReplayArgs) -> Result<u8, Ended> {
    let Context { global, terminal } = context;
    let now = Now::read();
    // What is wrong with it is wrong at any time.
    let wanted = filter(&times(args), &now)?;
    if !args.auto_approve {
        let hint = "see what was lost with `history gaps`, then run again with `--auto-approve`";
        approval::can_be_asked(terminal, "nothing was sent", hint)?;
    }
    let session = open(context, args).await?;
    let journey = journey(&session, global, args)?;
    let key = WebhookKey::new(args.to.as_str());
    let webhook = declared(journey.into, &key)?;
    let own = journey.from.view.profile.replays;
    if let Some(facts) = own.and_then(|own| own.api) {
        let asking = asking::Asking {
            session: &session,
            one: journey.from,
            key: &key,
            webhook,
            facts,
            args,
            terminal,
        };
        return asking.run(&wanted, &now).await;
    }
    let secret = signing_secret(journey.into, webhook, terminal).await;
    let signer = secret
        .and_then(|secret| Ok(Signer::new(journey.into.view.profile.signature, &secret)?))
        .map_err(|error| anyhow::Error::new(error).context("the events cannot be signed"))?;
    let audit_log = audit_log(args)?;
    let journal = journal(args)?;
    let chosen = choose(&journey, &key, &wanted, &now, args).await?;
    let mut replays = Replays::open(&journal)?;
    let way = Way {
        environment: journey.from.view.name.as_str(),
        into: journey.into.view.name.as_str(),
        webhook: key.as_str(),
    };
    let Chosen {
        letters,
        without_payload,
        unknown,
    } = chosen;
    let mut replayed = Replayed {
        environment: journey.from.view.clone(),
        into: journey.into.view.clone(),
        webhook: key.clone(),
        url: webhook.url.clone(),
        rate: args.rate.get(),
        events: letters
            .iter()
            .map(|letter| event(letter, &replays, way, args.resend_unknown))
            .collect(),
        without_payload,
        unknown_ids: unknown,
    };
    if replayed.count(&[ReplayFate::Waiting]) > 0 {
        let (width, zone) = (terminal.width(), &now.zone);
        let show = |out: &mut dyn Write| human::to_be_replayed(&replayed, zone, width, out);
        approve(
            "Send these events? Only `yes` sends them: ",
            show,
            args,
            terminal,
        )
        .await?;
        let sender = Sender::new(&session, args, global.timeout, terminal);
        let sending = Sending {
            way,
            letters: &letters,
            journey: &journey,
            webhook: (&key, webhook),
            signer: &signer,
            audit_log: audit_log.as_ref(),
        };
        let _interrupt = terminal.interrupts().stop(&session.stop);
        let sent = sender.send(&sending, &mut replays, &mut replayed.events);
        let sent = sent.await;
        CliError::all(audit_log.and_then(AuditLog::failure))?;
        sent?;
    }
    show(&replayed, &now, terminal)
}

fn journal(args: &ReplayArgs) -> Result<PathBuf, CliError> {
    replays::place(&args.archive, args.journal.as_deref()).ok_or_else(|| {
        CliError::usage("a folder or bucket has no place beside it for the journal of replays")
            .hint("name a file with `--journal`, and keep it: it says what receivers took")
    })
}

/// Whose deliveries are sent, and whose webhook they are sent to.
pub(super) struct Journey<'s> {
    pub(super) from: &'s Connected,
    pub(super) into: &'s Connected,
}

fn times(args: &ReplayArgs) -> FilterArgs {
    FilterArgs {
        since: args.since.clone(),
        until: args.until.clone(),
        ..FilterArgs::default()
    }
}

/// Reads the manifest, and connects the environment of the deliveries and that of the webhook.
async fn open(context: Context<'_>, args: &ReplayArgs) -> Result<Session, Ended> {
    let choose = |document: &_| {
        let mut names = inputs::one_selected(document, &context.global.environment)?;
        let into = inputs::selected(document, args.into.as_slice())?;
        if args.into.is_some() {
            names.extend(
                into.into_iter()
                    .filter(|name| !names.contains(name))
                    .collect::<Vec<_>>(),
            );
        }
        Ok(names)
    };
    let session = planning::open(context, &Options::default(), choose).await?;
    deliveries::check_secrets(&session)?;
    Ok(session)
}

/// The two environments of a run.
///
/// # Errors
///
/// What was lost in production goes nowhere else, and nothing else goes there; and where a provider sends again by itself, that
/// is the way.
fn journey<'s>(
    session: &'s Session,
    global: &GlobalArgs,
    args: &ReplayArgs,
) -> Result<Journey<'s>, CliError> {
    let environments = || session.environments.iter();
    let of = |name: &str| environments().find(|one| one.view.name.as_str() == name);
    let into = args.into.as_deref().and_then(of);
    let from = global.environment.first().map(String::as_str).and_then(of);
    let from = from.or_else(|| {
        let others = |one: &&Connected| Some(one.view.name.as_str()) != args.into.as_deref();
        environments().find(others).or(into)
    });
    let none = || CliError::usage("no environment was chosen");
    let from = from.ok_or_else(none)?;
    let journey = Journey {
        from,
        into: into.unwrap_or(from),
    };
    let profile = from.view.profile;
    let title = profile.title;
    let refused = |why: String, hint: String| {
        Err(CliError::refused(format!("{why}; nothing was sent")).hint(hint))
    };
    match profile.replays {
        Some(own) if own.api.is_none() => {
            let by_hand = own.by_hand;
            return refused(
                format!("{title} sends events again by itself"),
                format!("ask it to: {by_hand}; it signs and records them as its own"),
            );
        }
        Some(_) if from.view.name != journey.into.view.name => {
            return refused(
                format!("{title} sends events again by itself, and to their own webhook only"),
                "leave `--into` out".to_owned(),
            );
        }
        Some(_) | None => {}
    }
    let (from, into) = (&journey.from.view, &journey.into.view);
    if from.name == into.name {
        return Ok(journey);
    }
    if from.profile != into.profile {
        let why = format!(
            "environment `{}` is one of {}, and `{}` one of {}",
            from.name, from.profile.title, into.name, into.profile.title
        );
        let hint = "a receiver reads the events of one provider";
        return refused(why, hint.to_owned());
    }
    for one in [from, into] {
        if one.env_type == EnvType::Production {
            let why = format!("environment `{}` is production", one.name);
            let hint = "what was lost in production is sent there, and nothing else is";
            return refused(why, hint.to_owned());
        }
    }
    Ok(journey)
}

/// The webhook as its environment declares it.
fn declared<'s>(one: &'s Connected, key: &WebhookKey) -> Result<&'s DesiredWebhook, CliError> {
    let webhooks = &one.resolved.desired.webhooks;
    webhooks.get(key).ok_or_else(|| {
        let name = &one.view.name;
        let near = did_you_mean(key.as_str(), webhooks.keys().map(WebhookKey::as_str));
        CliError::usage(format!("environment `{name}` declares no webhook `{key}`"))
            .maybe_hint(near)
    })
}

fn audit_log(args: &ReplayArgs) -> Result<Option<AuditLog>, CliError> {
    let actor = audit::actor(args.actor.as_ref());
    AuditLog::open(args.audit_log.as_ref(), actor, audit::commit(None))
}

/// An event, with what is known of it from earlier runs.
fn event(letter: &Letter, replays: &Replays, way: Way<'_>, resends: bool) -> ReplayedEvent {
    let fate = match replays.entries().of(way, letter) {
        Some(Journaled::Acknowledged) => ReplayFate::TakenBefore,
        Some(Journaled::Sending) if !resends => ReplayFate::UnansweredBefore,
        Some(Journaled::Sending | Journaled::NotTaken) | None => ReplayFate::Waiting,
    };
    ReplayedEvent {
        delivery: letter.delivery.clone(),
        event_type: letter.event_type.clone(),
        event_created_at: letter.event_created_at,
        object: letter.object.clone(),
        fate,
        why: None,
    }
}

/// Shows what is to be sent, and asks for it. In text, it is part of the result. In JSON, the result is one document, at the end;
/// who is asked gets to see it all the same.
async fn approve(
    question: &'static str,
    show: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    args: &ReplayArgs,
    terminal: &Terminal,
) -> Result<(), CliError> {
    match terminal.format {
        Format::Text => terminal.result(|out| {
            show(out)?;
            writeln!(out)
        })?,
        Format::Json if args.auto_approve => {}
        Format::Json => terminal.complain(show),
    }
    match args.auto_approve {
        true => Ok(()),
        false => approval::ask(terminal, question, "nothing was sent").await,
    }
}

/// The exit code and the outcome of a run: whether all was done, and whether that was anything.
fn came_to(is_done: bool, is_idle: bool, terminal: &Terminal) -> (u8, Outcome) {
    match (is_done, is_idle) {
        (true, true) => (exit::DONE, Outcome::Nothing),
        (true, false) => (exit::DONE, Outcome::Applied),
        (false, _) => terminal.ledger().sent().unfinished(),
    }
}

fn show(replayed: &Replayed, now: &Now, terminal: &Terminal) -> Result<u8, Ended> {
    let is_idle = replayed.count(&[ReplayFate::Taken]) == 0;
    let (code, outcome) = came_to(replayed.is_done(), is_idle, terminal);
    terminal.show(
        || json::replayed(replayed, outcome),
        |out| human::replayed(replayed, &now.zone, terminal.width(), out),
    )?;
    Ok(code)
}
