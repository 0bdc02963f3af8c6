//! Events of a provider that sends them again itself: it is asked to, and each question is in the journal before and after.

mod found;

use std::{io::Write, num::NonZeroU32, time::Duration};

use tokio::time::{Instant, sleep_until};

use self::found::Found;
use super::{approve, audit_log, came_to, journal, sending::unrecorded};
use crate::{
    apply::audit::AuditOutcome,
    cli::{
        args::{ReplayArgs, ReplayStatus},
        audit::{AuditLog, Resender, Resent},
        clock::{Now, clock},
        connect::Connected,
        deliveries::Source,
        error::CliError,
        planning::{Ended, Session},
        replays::Replays,
        terminal::Terminal,
    },
    delivery::{
        DeliveryFilter,
        replay::{Ask, Due, Entry, Journaled, Way},
    },
    model::{DesiredWebhook, LiveWebhook, ReplayFacts, WebhookId, WebhookKey},
    net::Fate,
    provider::{AskForReplays as _, ProviderError, Writer},
    report::{AskedEvent, AskedReplay, AskedSpan, ReplayFate, human, json},
    run::{ListResult, ListedEnvironment, Standing},
};

/// A run that asks a provider.
pub(super) struct Asking<'s> {
    pub(super) session: &'s Session,
    pub(super) one: &'s Connected,
    pub(super) key: &'s WebhookKey,
    pub(super) webhook: &'s DesiredWebhook,
    pub(super) facts: ReplayFacts,
    pub(super) args: &'s ReplayArgs,
    pub(super) terminal: &'s Terminal,
}

impl Asking<'_> {
    pub(super) async fn run(self, wanted: &DeliveryFilter, now: &Now) -> Result<u8, Ended> {
        let Self { args, terminal, .. } = self;
        let audit_log = audit_log(args)?;
        let journal = journal(args)?;
        let source = Source::open(Some(&args.archive), 1).await?;
        let live = self.live().await?;
        let found = match args.status {
            Some(ReplayStatus::Failed) => self.failed(&source, wanted, now).await?,
            None => self.events(&source, &live.id, wanted, now).await?,
        };
        let mut replays = Replays::open(&journal)?;
        let (mut asked, dues) = self.asked(found, &replays);
        if asked.count(&[ReplayFate::Waiting]) > 0 {
            let (width, zone) = (terminal.width(), &now.zone);
            let show = |out: &mut dyn Write| human::to_be_asked(&asked, zone, width, out);
            approve(
                "Ask for these? Only `yes` asks for them: ",
                show,
                args,
                terminal,
            )
            .await?;
            let _interrupt = terminal.interrupts().stop(&self.session.stop);
            let sent = self.ask_all(
                &live.id,
                &dues,
                &mut replays,
                &mut asked,
                audit_log.as_ref(),
            );
            let sent = sent.await;
            CliError::all(audit_log.and_then(AuditLog::failure))?;
            sent?;
        }
        self.show(&asked, now)
    }

    fn way(&self) -> Way<'_> {
        let name = self.one.view.name.as_str();
        Way {
            environment: name,
            into: name,
            webhook: self.key.as_str(),
        }
    }

    /// The live webhook that the declared one is: at its URL, and enabled.
    async fn live(&self) -> Result<LiveWebhook, CliError> {
        let Self { session, one, .. } = self;
        let (name, title, key) = (&one.view.name, one.view.profile.title, self.key);
        let refused = |why: String, hint: String| {
            let message = format!("{why}; nothing was asked for");
            Err(CliError::refused(message).hint(hint))
        };
        let planned = session.settle_unasked(session.draft().await);
        let mut planned = planned.into_iter();
        let planned = planned.find(|planned| planned.environment.name == *name);
        let listed = planned.map(|planned| ListedEnvironment::new(planned, &one.resolved.desired));
        let webhooks = match listed.map(|listed| listed.result) {
            Some(ListResult::Listed(webhooks)) => webhooks,
            Some(ListResult::Failed { error, way_out }) => {
                let message =
                    format!("the webhooks of environment `{name}` could not be read: {error}");
                return Err(CliError::failed(message).maybe_hint(way_out));
            }
            Some(ListResult::Refused(refusals)) => {
                let refusals: Vec<String> = refusals.iter().map(ToString::to_string).collect();
                let hint = format!("`hookwright plan -e {name}` says how to go on");
                return refused(refusals.join("; "), hint);
            }
            None => Vec::new(),
        };
        let mut webhooks = webhooks.into_iter();
        let found = webhooks.find(|found| {
            let is_it = match &found.standing {
                Standing::AsDeclared(of) | Standing::Differs(of) => of == key,
                _ => false,
            };
            is_it && found.webhook.url == self.webhook.url
        });
        let Some(found) = found else {
            let why = format!("environment `{name}` has no webhook `{key}` at its declared URL");
            let hint = format!("`hookwright plan -e {name}` says what it has");
            return refused(why, hint);
        };
        if found.webhook.enabled == Some(false) {
            let why = format!("`{key}` is disabled, and {title} sends nothing to it");
            let hint =
                format!("enable it: `hookwright apply -e {name}`, where the manifest says so");
            return refused(why, hint);
        }
        Ok(found.webhook)
    }

    /// What is to be asked for, as it is shown and as it is done: in the same order.
    fn asked(&self, found: Found, replays: &Replays) -> (AskedReplay, Vec<Due>) {
        let (entries, way) = (replays.entries(), self.way());
        let failed = found.span.map_or(0, |(_, failed)| failed);
        let spans = found.span.into_iter();
        let spans = spans.flat_map(|(span, _)| entries.of_span(way, span));
        let events = found.events.into_iter();
        let dues: Vec<Due> = spans
            .chain(events.map(|event| entries.of_event(way, event)))
            .collect();
        let mut asked = AskedReplay {
            environment: self.one.view.clone(),
            webhook: self.key.clone(),
            url: self.webhook.url.clone(),
            rate: self.args.rate.get(),
            failed,
            spans: Vec::new(),
            events: Vec::new(),
            unknown_ids: found.unknown,
            forgotten_ids: found.forgotten,
        };
        for due in &dues {
            let fate = match due.known {
                Some(Journaled::Acknowledged) => ReplayFate::AskedBefore,
                Some(Journaled::Sending) if !self.args.resend_unknown => {
                    ReplayFate::UnansweredBefore
                }
                Some(Journaled::Sending | Journaled::NotTaken) | None => ReplayFate::Waiting,
            };
            let why = None;
            match &due.ask {
                Ask::Failed(span) => asked.spans.push(AskedSpan {
                    span: *span,
                    fate,
                    why,
                }),
                Ask::Event {
                    event,
                    delivery,
                    event_type,
                    event_created_at,
                } => asked.events.push(AskedEvent {
                    event: event.clone(),
                    delivery: delivery.clone(),
                    event_type: event_type.clone(),
                    event_created_at: *event_created_at,
                    fate,
                    why,
                }),
            }
        }
        (asked, dues)
    }

    /// Asks for what waits, at the run's pace. Ends early after too many failures in a row, and when the run is asked to stop.
    async fn ask_all(
        &self,
        id: &WebhookId,
        dues: &[Due],
        replays: &mut Replays,
        asked: &mut AskedReplay,
        audit_log: Option<&AuditLog>,
    ) -> Result<(), CliError> {
        let pace = Duration::from_secs(60) / NonZeroU32::get(self.args.rate);
        let (mut failures, mut next) = (0, Instant::now());
        for (due, (fate, why)) in dues.iter().zip(asked.fates()) {
            if *fate != ReplayFate::Waiting {
                continue;
            }
            tokio::select! {
                biased;
                () = self.session.stop.asked() => break,
                () = sleep_until(next) => next = Instant::now() + pace,
            }
            (*fate, *why) = self.ask_for(id, due, replays, audit_log).await?;
            failures = match *fate {
                ReplayFate::Asked => 0,
                _ => failures + 1,
            };
            if failures == self.args.max_failures.get() {
                break;
            }
        }
        Ok(())
    }

    async fn ask_for(
        &self,
        id: &WebhookId,
        due: &Due,
        replays: &mut Replays,
        audit_log: Option<&AuditLog>,
    ) -> Result<(ReplayFate, Option<String>), CliError> {
        let what = due.ask.id();
        let once = due.once.clone();
        // What was asked for without an answer is asked for with the same: who remembers it does it once.
        let once = once.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let about = Resent {
            environment: &self.one.view.name,
            webhook: self.key,
            name: &self.webhook.name,
            by: Resender::Provider,
            delivery: &what,
        };
        let now = clock();
        let entry = |state| Entry::of_ask(now(), self.way(), &due.ask, &once, state);
        let audit = |outcome, why| audit_log.is_none_or(|log| log.resent(&about, outcome, why));
        replays.add(entry(Journaled::Sending))?;
        if !audit(AuditOutcome::Begun, None) {
            replays.add(entry(Journaled::NotTaken))?;
            return Err(unrecorded());
        }
        let writer = Writer::new(self.one.api.clone());
        let answer = match &due.ask {
            Ask::Failed(span) => writer.recover(id, *span, &once).await,
            Ask::Event { event, .. } => writer.resend(id, event, &once).await,
        };
        let (fate, outcome, state) = match answer.as_ref().map_err(ProviderError::fate) {
            Ok(()) => (
                ReplayFate::Asked,
                AuditOutcome::Applied,
                Some(Journaled::Acknowledged),
            ),
            Err(Fate::Unknown | Fate::Processed) => {
                (ReplayFate::Unanswered, AuditOutcome::Unknown, None)
            }
            Err(Fate::NotProcessed) => (
                ReplayFate::Refused,
                AuditOutcome::Failed,
                Some(Journaled::NotTaken),
            ),
        };
        if let Some(state) = state {
            replays.add(entry(state))?;
        }
        let why = answer.err().map(|error| error.to_string());
        if !audit(outcome, why.clone()) {
            return Err(unrecorded());
        }
        Ok((fate, why))
    }

    fn show(&self, asked: &AskedReplay, now: &Now) -> Result<u8, Ended> {
        let terminal = self.terminal;
        let is_idle = asked.count(&[ReplayFate::Asked]) == 0;
        let (code, outcome) = came_to(asked.is_done(), is_idle, terminal);
        terminal.show(
            || json::asked_replay(asked, outcome),
            |out| human::asked_replay(asked, &now.zone, terminal.width(), out),
        )?;
        Ok(code)
    }
}
