//! A create: sent, looked up where its answer was lost, and sent again only where it was not carried out.

use std::time::Duration;

use http::Method;

use super::{Api, compare, exchange::Exchange, reader};
use crate::{
    model::{LiveWebhook, NewWebhook, Secret, UrlRule},
    net::{
        self, Attempt, Failed, Failure, Fate, GaveUp, Jitter, LookedUp, RetryPolicy, Rules,
        Sending, Transport,
    },
    provider::{Creation, ProviderError, ProviderErrorKind, Refusal, wire},
};

/// How often and how long the list is looked at for what was surely created: lists may lag behind by
/// seconds. Some 15 seconds in all.
const PATIENCE: RetryPolicy = RetryPolicy {
    max_attempts: 6,
    max_elapsed: Duration::from_secs(60),
    base: Duration::from_millis(500),
    cap: Duration::from_secs(8),
    jitter: Jitter::Off,
};

/// What the list shows of a webhook that may have been created.
enum Sighting {
    /// There is one at the URL, and it is as it was sent.
    AsSent(LiveWebhook),
    /// There is one at the URL that is not as it was sent; where there are several, one of the sent name.
    Other(LiveWebhook),
    /// There is none at the URL.
    Absent,
}

/// Looks what became of a POST that ended in `kind`.
async fn look<T: Transport>(
    api: &Api<T>,
    new: &NewWebhook,
    kind: &ProviderErrorKind,
) -> Result<Sighting, ProviderError> {
    tracing::info!(reason = %kind, "looking whether the webhook was created");
    let webhooks = reader::list(api).await?;
    let mut other: Option<LiveWebhook> = None;
    let is_at_most_one = api.profile.planning.url == UrlRule::Unique;
    let may_be = |live: &LiveWebhook| {
        // Where a URL is others' too, only the mark tells what this run made.
        live.url == new.url && (is_at_most_one || new.mark.is_some() && live.mark == new.mark)
    };
    for live in webhooks.into_iter().filter(may_be) {
        if compare::created_as_sent(new, &live).is_ok() {
            return Ok(Sighting::AsSent(live));
        }
        if other.is_none() || live.name == new.name {
            other = Some(live);
        }
    }
    Ok(other.map_or(Sighting::Absent, Sighting::Other))
}

/// A create on its way.
pub(super) struct Creating<'c, T> {
    api: &'c Api<T>,
    new: &'c NewWebhook,
    exchange: Exchange<'c, T>,
}

impl<'c, T: Transport> Creating<'c, T> {
    /// A create that `exchange` is about.
    pub(super) fn new(api: &'c Api<T>, new: &'c NewWebhook, exchange: Exchange<'c, T>) -> Self {
        Self { api, new, exchange }
    }

    /// Sends it, and finds out what it came to.
    pub(super) async fn run(mut self) -> Result<Creation, ProviderError> {
        match net::repeat(&mut self).await {
            Ok(created) => created,
            Err(Failed {
                failure,
                gave_up: None,
            }) if !self.is_repeatable() => self.refused(failure).await,
            Err(Failed { failure, gave_up }) if self.is_repeatable() => {
                self.given_up(failure, gave_up).await
            }
            Err(Failed { failure, gave_up }) => Err(self.exchange.error(failure, gave_up)),
        }
    }

    /// Finds a webhook whose create was answered with success, though the answer was lost. Lists may lag
    /// behind, so they are looked at several times; what succeeded is never sent again.
    async fn seek(&self, kind: ProviderErrorKind) -> Result<Creation, ProviderError> {
        let api = self.api;
        let rules = Rules {
            retry: RetryPolicy {
                jitter: api.retry.jitter,
                ..PATIENCE
            },
            ..api.rules()
        };
        let path = api.path(&api.requests.list_url());
        let mut seeking = Seeking {
            api,
            new: self.new,
            kind: &kind,
            sending: Sending::new(rules, Method::GET, path),
        };
        match net::repeat(&mut seeking).await {
            Ok(Ok((webhook, true))) => Ok(Creation::FoundAfterUnknown(webhook)),
            // What was answered with success is what is there, whatever its name became.
            Ok(Ok((webhook, false))) => found_different(self.new, webhook, &self.exchange),
            Ok(Err(lookup)) => Err(self.outcome_unknown(kind, lookup)),
            Err(Failed { gave_up, .. }) => {
                let looks = seeking.sending.attempts();
                let write = Box::new(kind);
                let kind = ProviderErrorKind::NotSeen { write, looks };
                Err(self.exchange.error(kind, gave_up))
            }
        }
    }

    /// What became of a create that was sent again and again, and always the same one. It may be there all the same.
    async fn given_up(
        &self,
        kind: ProviderErrorKind,
        gave_up: Option<GaveUp>,
    ) -> Result<Creation, ProviderError> {
        let error = |kind| self.exchange.error(kind, gave_up);
        if kind.fate() != Fate::Unknown && !self.exchange.unknown_before() {
            return Err(error(kind));
        }
        match look(self.api, self.new, &kind).await {
            Ok(Sighting::AsSent(webhook)) => Ok(Creation::FoundAfterUnknown(webhook)),
            Ok(Sighting::Other(webhook)) if webhook.name == self.new.name => {
                found_different(self.new, webhook, &self.exchange)
            }
            // Lists may lag behind.
            Ok(Sighting::Other(_) | Sighting::Absent) => Err(error(kind)),
            Err(lookup) => Err(self.outcome_unknown(kind, lookup)),
        }
    }

    /// What a refusal means: the holder of a URL that is registered already may be what an earlier
    /// attempt created.
    async fn refused(&mut self, kind: ProviderErrorKind) -> Result<Creation, ProviderError> {
        let new = self.new;
        if !self.exchange.unknown_before() || !matches!(kind, ProviderErrorKind::Conflict(_)) {
            return Err(self.exchange.error(kind, None));
        }
        match look(self.api, new, &kind).await {
            Ok(Sighting::AsSent(webhook)) => Ok(Creation::FoundAfterUnknown(webhook)),
            Ok(Sighting::Other(holder)) if holder.name == new.name => {
                found_different(new, holder, &self.exchange)
            }
            Ok(Sighting::Other(holder)) => {
                // Refused, and not in the list: no earlier attempt was carried out.
                self.exchange.sending().set_unknown(false);
                Err(held_by(&self.exchange, &holder))
            }
            // A URL that is held, but by nothing in the list, is no reason to send it once more.
            Ok(Sighting::Absent) => Err(self.exchange.error(kind, None)),
            Err(lookup) => Err(self.outcome_unknown(kind, lookup)),
        }
    }

    fn outcome_unknown(&self, write: ProviderErrorKind, lookup: ProviderError) -> ProviderError {
        let kind = ProviderErrorKind::OutcomeUnknown {
            write: Box::new(write),
            lookup: Box::new(lookup),
        };
        self.exchange.error(kind, None)
    }
}

impl<T: Transport> Attempt for Creating<'_, T> {
    /// What it came to: more than its own answer may be needed to tell.
    type Done = Result<Creation, ProviderError>;
    type Failure = ProviderErrorKind;

    fn sending(&mut self) -> &mut Sending {
        self.exchange.sending()
    }

    fn is_repeatable(&self) -> bool {
        self.api.requests.is_idempotent()
    }

    async fn attempt(&mut self) -> Result<Self::Done, ProviderErrorKind> {
        let created = self
            .exchange
            .attempt(|reading, answer| Ok((reading.created(answer)?, reading.secret(answer))));
        match created.await {
            Ok((webhook, secret)) => Ok(match compare::created_as_sent(self.new, &webhook) {
                Ok(()) => Ok(Creation::Created { webhook, secret }),
                Err(kind) => {
                    let error = self.exchange.error(kind, None);
                    different(self.new, webhook, secret, error)
                }
            }),
            Err(kind) if kind.is_lost_success() => {
                self.exchange.sending().set_unknown(true);
                match self.api.requests.is_idempotent() {
                    // The same answer comes again.
                    true => Err(ProviderErrorKind::AnswerLost(Box::new(kind))),
                    false => Ok(self.seek(kind).await),
                }
            }
            Err(kind) => Err(kind),
        }
    }

    async fn look_up(
        &mut self,
        kind: ProviderErrorKind,
    ) -> LookedUp<Self::Done, ProviderErrorKind> {
        let new = self.new;
        LookedUp::Done(match look(self.api, new, &kind).await {
            Ok(Sighting::Absent) => return LookedUp::Absent(kind),
            Ok(Sighting::AsSent(webhook)) => Ok(Creation::FoundAfterUnknown(webhook)),
            Ok(Sighting::Other(holder)) if holder.name == new.name => {
                found_different(new, holder, &self.exchange)
            }
            Ok(Sighting::Other(holder)) => Err(held_by(&self.exchange, &holder)),
            Err(lookup) => Err(self.outcome_unknown(kind, lookup)),
        })
    }
}

/// Looks for a webhook that was surely created.
struct Seeking<'s, T> {
    api: &'s Api<T>,
    new: &'s NewWebhook,
    kind: &'s ProviderErrorKind,
    sending: Sending,
}

/// The list does not have what was surely created.
#[derive(Debug, thiserror::Error)]
#[error("the list does not have it yet")]
struct NotYet;

impl Failure for NotYet {
    fn fate(&self) -> Fate {
        Fate::NotProcessed
    }

    fn is_passing(&self) -> bool {
        true
    }

    fn asked_wait(&self, _: &RetryPolicy) -> Option<Duration> {
        None
    }
}

impl<T: Transport> Attempt for Seeking<'_, T> {
    /// The webhook, and whether it is as it was sent.
    type Done = Result<(LiveWebhook, bool), ProviderError>;
    type Failure = NotYet;

    fn sending(&mut self) -> &mut Sending {
        &mut self.sending
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    async fn attempt(&mut self) -> Result<Self::Done, NotYet> {
        match look(self.api, self.new, self.kind).await {
            Ok(Sighting::AsSent(webhook)) => Ok(Ok((webhook, true))),
            Ok(Sighting::Other(webhook)) => Ok(Ok((webhook, false))),
            Ok(Sighting::Absent) => Err(NotYet),
            Err(lookup) => Ok(Err(lookup)),
        }
    }
}

/// A webhook that was found in the list, created other than as sent. Another one's that has the same name and
/// URL is what the next run would take for this one, too.
fn found_different<T: Transport>(
    new: &NewWebhook,
    webhook: LiveWebhook,
    exchange: &Exchange<'_, T>,
) -> Result<Creation, ProviderError> {
    match compare::created_as_sent(new, &webhook) {
        Ok(()) => Ok(Creation::FoundAfterUnknown(webhook)),
        Err(kind) => different(new, webhook, None, exchange.error(kind, None)),
    }
}

/// A webhook that was created other than as sent.
fn different(
    new: &NewWebhook,
    webhook: LiveWebhook,
    secret: Option<Secret>,
    error: ProviderError,
) -> Result<Creation, ProviderError> {
    let patch = compare::correction(new, &webhook);
    if patch.is_none() && secret.is_none() {
        return Err(error);
    }
    Ok(Creation::Different {
        webhook,
        secret,
        patch,
        error,
    })
}

/// The URL is another webhook's.
fn held_by<T: Transport>(exchange: &Exchange<'_, T>, holder: &LiveWebhook) -> ProviderError {
    let holder = wire::excerpt(holder.id.shown());
    let kind = ProviderErrorKind::Conflict(Refusal {
        message: Some(format!(
            "the URL is held by webhook {holder}, which differs from what was sent"
        )),
        ..Refusal::default()
    });
    exchange.error(kind, None)
}
