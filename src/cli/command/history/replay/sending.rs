//! Events on their way: one after another, paced, each in the journal before and after.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use tokio::time::{Instant, sleep_until};

use super::Journey;
use crate::{
    apply::audit::AuditOutcome,
    cli::{
        args::ReplayArgs,
        audit::{AuditLog, Resender, Resent},
        clock::clock,
        error::CliError,
        planning::Session,
        probing::poster,
        replays::Replays,
        sent::Ledger,
        terminal::Terminal,
    },
    delivery::{
        Answered, ObjectId, Signed, Verdict,
        replay::{Entry, Journaled, Letter, Way},
        signature::{Message, Signer},
    },
    model::{DesiredWebhook, Masker, WebhookKey},
    net::Stop,
    probe::{Post, PostError, Poster, delivery_headers},
    report::{ReplayFate, ReplayedEvent},
    simulator::Clock,
};

/// Tells a receiver which delivery it is that comes again.
const MARK: HeaderName = HeaderName::from_static("x-hookwright-replay");

/// What is sent, and where to.
pub(super) struct Sending<'s> {
    pub(super) way: Way<'s>,
    pub(super) letters: &'s [Letter],
    pub(super) journey: &'s Journey<'s>,
    pub(super) webhook: (&'s WebhookKey, &'s DesiredWebhook),
    pub(super) signer: &'s Signer,
    pub(super) audit_log: Option<&'s AuditLog>,
}

/// Sends events at its own pace.
pub(super) struct Sender {
    poster: Poster,
    clock: Clock,
    /// How far apart events are.
    pace: Duration,
    max_failures: u32,
    stop: Stop,
    ledger: Ledger,
}

impl Sender {
    pub(super) fn new(
        session: &Session,
        args: &ReplayArgs,
        timeout: Option<Duration>,
        terminal: &Terminal,
    ) -> Self {
        let masker = Masker::new(session.sensitive.iter().cloned());
        Self {
            poster: poster(args.allow_private, timeout, &session.sockets).with_masker(masker),
            clock: clock(),
            pace: Duration::from_secs(60) / args.rate.get(),
            max_failures: args.max_failures.get(),
            stop: session.stop.clone(),
            ledger: terminal.ledger().clone(),
        }
    }

    /// Sends what waits, and says of each event what became of it. Ends early after too many failures in a row, and when the run
    /// is asked to stop.
    ///
    /// # Errors
    ///
    /// The journal or the audit log cannot be written: then nothing more is sent.
    pub(super) async fn send(
        &self,
        sending: &Sending<'_>,
        replays: &mut Replays,
        events: &mut [ReplayedEvent],
    ) -> Result<(), CliError> {
        let mut held: BTreeSet<&ObjectId> = BTreeSet::new();
        let mut failures = 0;
        let mut next = Instant::now();
        for (letter, event) in sending.letters.iter().zip(events) {
            let object = letter.object.as_ref();
            match event.fate {
                ReplayFate::Waiting if object.is_some_and(|object| held.contains(object)) => {
                    event.fate = ReplayFate::HeldBack;
                    continue;
                }
                ReplayFate::Waiting => {}
                ReplayFate::UnansweredBefore => {
                    held.extend(object);
                    continue;
                }
                _ => continue,
            }
            tokio::select! {
                biased;
                () = self.stop.asked() => break,
                () = sleep_until(next) => next = Instant::now() + self.pace,
            }
            (event.fate, event.why) = self.one(sending, letter, replays).await?;
            if event.fate == ReplayFate::Taken {
                failures = 0;
                continue;
            }
            // What follows of this object is not to overtake it.
            held.extend(object);
            failures += 1;
            if failures == self.max_failures {
                break;
            }
        }
        Ok(())
    }

    async fn one(
        &self,
        sending: &Sending<'_>,
        letter: &Letter,
        replays: &mut Replays,
    ) -> Result<(ReplayFate, Option<String>), CliError> {
        let Sending {
            way,
            webhook: (key, webhook),
            journey,
            audit_log,
            ..
        } = sending;
        let resent = Resent {
            environment: &journey.into.view.name,
            webhook: key,
            name: &webhook.name,
            by: Resender::Program,
            delivery: &letter.delivery,
        };
        let entry = |state| Entry::new((self.clock)(), *way, letter, state);
        let audit = |outcome, why| audit_log.is_none_or(|log| log.resent(&resent, outcome, why));
        replays.add(entry(Journaled::Sending))?;
        if !audit(AuditOutcome::Begun, None) {
            replays.add(entry(Journaled::NotTaken))?;
            return Err(unrecorded());
        }
        self.ledger.sending(&letter.id);
        let (fate, why) = fate(self.post(sending, letter).await);
        let outcome = match fate {
            ReplayFate::Taken => AuditOutcome::Applied,
            ReplayFate::Unanswered => AuditOutcome::Unknown,
            _ => AuditOutcome::Failed,
        };
        if outcome != AuditOutcome::Unknown {
            self.ledger
                .settle(&letter.id, outcome == AuditOutcome::Applied);
            replays.add(entry(match outcome {
                AuditOutcome::Applied => Journaled::Acknowledged,
                _ => Journaled::NotTaken,
            }))?;
        }
        if !audit(outcome, why.clone()) {
            return Err(unrecorded());
        }
        Ok((fate, why))
    }

    async fn post(&self, sending: &Sending<'_>, letter: &Letter) -> Result<Answered, PostError> {
        let body = Bytes::from(letter.body.clone());
        let signature = sending.signer.sign(&Message {
            id: &letter.id,
            at: (self.clock)(),
            body: &body,
        });
        let mut headers = delivery_headers(sending.journey.into.view.profile, &signature);
        // An id that no header can hold is told apart by the event's own, which is hexadecimal.
        let id = HeaderValue::from_str(&letter.delivery);
        if let Ok(id) = id.or_else(|_| HeaderValue::from_str(&letter.id)) {
            headers.insert(MARK, id);
        }
        let (_, webhook) = sending.webhook;
        let post = Post {
            url: webhook.url.text().expose(),
            destinations: &sending.journey.into.resolved.destinations,
            headers,
            body,
        };
        self.poster.post(&post).await
    }
}

/// That nothing is sent of which there is no record. Why it could not be written, the log itself says.
pub(super) fn unrecorded() -> CliError {
    anyhow::anyhow!("the audit log could not be written; nothing more was sent").into()
}

/// What became of an event, by what came back.
fn fate(answer: Result<Answered, PostError>) -> (ReplayFate, Option<String>) {
    match answer {
        Ok(answer) => match Verdict::of(Signed::Rightly, &answer, false) {
            Verdict::Passed => (ReplayFate::Taken, None),
            Verdict::Warned(why) => (ReplayFate::Taken, Some(why)),
            Verdict::Failed(why) => (ReplayFate::NotTaken, Some(why)),
        },
        Err(error) if error.leaves_open() => (ReplayFate::Unanswered, Some(error.with_causes())),
        Err(error) => (ReplayFate::NotTaken, Some(error.with_causes())),
    }
}
