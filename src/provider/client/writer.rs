//! The client that can write.

use std::{fmt, sync::Arc, time::Duration};

use http::Method;

use super::{
    Api, compare,
    exchange::{Exchange, not_sendable},
    reader,
};
use crate::{
    model::{LiveWebhook, NewWebhook, WebhookId, WebhookPatch},
    net::{Course, Decision, Fate, Jitter, Permission, RetryPolicy, Transport, WaitCause},
    provider::{
        Creation, Deletion, InvalidRequest, ProviderError, ProviderErrorKind, Refusal,
        WriteWebhooks, wire,
    },
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

/// Writes webhooks. It reads only to find out what became of its own writes.
pub struct Writer<T> {
    api: Arc<Api<T>>,
    permission: Permission,
}

impl<T> Writer<T> {
    /// A writer to this API: made where writing is wanted, and nowhere else.
    pub fn new(api: Arc<Api<T>>) -> Self {
        Self {
            api,
            permission: Permission::default(),
        }
    }

    /// The same, which sends no request without this permission: it is asked for after every wait.
    #[must_use]
    pub fn permitted(self, permission: Permission) -> Self {
        Self { permission, ..self }
    }
}

impl<T: Transport> WriteWebhooks for Writer<T> {
    async fn create(&self, new: &NewWebhook) -> Result<Creation, ProviderError> {
        let request = self.api.requests.create(new);
        let request = request.map_err(|reason| self.not_sendable(Method::POST, reason))?;
        let mut exchange = Exchange::new(&self.api, request).permitted(&self.permission);
        loop {
            let kind = match exchange
                .attempt(|reading, answer| reading.created(answer))
                .await
            {
                Ok(webhook) => {
                    return match compare::created_as_sent(new, &webhook) {
                        Ok(()) => Ok(Creation::Created(webhook)),
                        Err(kind) => different(new, webhook, exchange.error(kind, None)),
                    };
                }
                Err(kind) if kind.is_lost_success() => {
                    exchange.unknown();
                    return self.seek(new, &exchange, kind).await;
                }
                Err(kind) => kind,
            };
            match kind.decide(&Method::POST) {
                Decision::Repeat => exchange.wait_or_fail(kind).await?,
                Decision::LookUp => {
                    let resend = exchange.wait(&kind).await;
                    match (self.look_up(new, &exchange, kind).await?, resend) {
                        (Sighting::AsSent(webhook), _) => {
                            return Ok(Creation::FoundAfterUnknown(webhook));
                        }
                        (Sighting::Other(holder), _) if holder.name == new.name => {
                            return found_different(new, holder, &exchange);
                        }
                        (Sighting::Other(holder), _) => return Err(held_by(&exchange, &holder)),
                        (Sighting::Absent(_), Ok(())) => {}
                        (Sighting::Absent(kind), Err(gave_up)) => {
                            return Err(exchange.error(kind, Some(gave_up)));
                        }
                    }
                }
                Decision::Stop => return self.refused(new, &mut exchange, kind).await,
            }
        }
    }

    async fn update(
        &self,
        id: &WebhookId,
        patch: &WebhookPatch,
    ) -> Result<LiveWebhook, ProviderError> {
        let request = self.api.requests.update(id, patch);
        let request = request.map_err(|reason| self.not_sendable(Method::PATCH, reason))?;
        let mut exchange = Exchange::new(&self.api, request).permitted(&self.permission);
        let webhook = match exchange
            .run(|reading, answer| reading.webhook(answer))
            .await
        {
            Ok(webhook) => webhook,
            Err(error) if error.fate() == Fate::Unknown => {
                // Whether it was carried out can be seen.
                match reader::retrieve(&self.api, id).await {
                    Ok(live) if compare::updated_as_sent(id, patch, &live).is_ok() => live,
                    Ok(_) | Err(_) => return Err(error),
                }
            }
            Err(error) => return Err(error),
        };
        compare::updated_as_sent(id, patch, &webhook).map_err(|kind| exchange.error(kind, None))?;
        Ok(webhook)
    }

    async fn delete(&self, id: &WebhookId) -> Result<Deletion, ProviderError> {
        let request = self.api.requests.delete(id);
        let request = request.map_err(|reason| self.not_sendable(Method::DELETE, reason))?;
        let mut exchange = Exchange::new(&self.api, request).permitted(&self.permission);
        match exchange
            .run(|reading, answer| reading.deleted(answer))
            .await
        {
            // Gone since an attempt whose answer was lost: that attempt's doing.
            Ok(Deletion::AlreadyGone) if exchange.unknown_before() => Ok(Deletion::Deleted),
            Ok(deletion) => Ok(deletion),
            Err(error) if error.fate() == Fate::Unknown => {
                match reader::retrieve(&self.api, id).await {
                    Err(gone) if matches!(gone.kind(), ProviderErrorKind::NotFound(_)) => {
                        Ok(Deletion::Deleted)
                    }
                    Ok(_) | Err(_) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }
}

/// What the list shows of a webhook that may have been created.
enum Sighting {
    /// There is one at the URL, and it is as it was sent.
    AsSent(LiveWebhook),
    /// There is one at the URL that is not as it was sent; where there are several, one of the sent name.
    Other(LiveWebhook),
    /// There is none at the URL. What the POST ended in comes back.
    Absent(ProviderErrorKind),
}

impl<T: Transport> Writer<T> {
    /// Finds out what became of a POST that ended in `kind`.
    async fn look_up(
        &self,
        new: &NewWebhook,
        exchange: &Exchange<'_, T>,
        kind: ProviderErrorKind,
    ) -> Result<Sighting, ProviderError> {
        tracing::info!(reason = %kind, "looking whether the webhook was created");
        let webhooks = match reader::list(&self.api).await {
            Ok(webhooks) => webhooks,
            Err(lookup) => {
                let kind = ProviderErrorKind::OutcomeUnknown {
                    write: Box::new(kind),
                    lookup: Box::new(lookup),
                };
                return Err(exchange.error(kind, None));
            }
        };
        let mut other: Option<LiveWebhook> = None;
        for live in webhooks.into_iter().filter(|live| live.url == new.url) {
            if compare::created_as_sent(new, &live).is_ok() {
                return Ok(Sighting::AsSent(live));
            }
            if other.is_none() || live.name == new.name {
                other = Some(live);
            }
        }
        Ok(other.map_or(Sighting::Absent(kind), Sighting::Other))
    }

    /// Finds a webhook whose create was answered with success, though the answer was lost. Lists may lag
    /// behind, so they are looked at several times; what succeeded is never sent again.
    async fn seek(
        &self,
        new: &NewWebhook,
        exchange: &Exchange<'_, T>,
        kind: ProviderErrorKind,
    ) -> Result<Creation, ProviderError> {
        let mut patience = Course::new(&RetryPolicy {
            jitter: self.api.retry.jitter,
            ..PATIENCE
        });
        let mut kind = kind;
        loop {
            patience.attempted();
            kind = match self.look_up(new, exchange, kind).await? {
                Sighting::AsSent(webhook) => return Ok(Creation::FoundAfterUnknown(webhook)),
                // What was answered with success is what is there, whatever its name became.
                Sighting::Other(webhook) => return found_different(new, webhook, exchange),
                Sighting::Absent(kind) => kind,
            };
            let waited = match patience.wait(None) {
                Ok(wait) => exchange.pause(wait, WaitCause::Retry).await,
                Err(gave_up) => Err(gave_up),
            };
            if let Err(gave_up) = waited {
                let kind = ProviderErrorKind::NotSeen {
                    write: Box::new(kind),
                    looks: patience.attempts(),
                };
                return Err(exchange.error(kind, Some(gave_up)));
            }
        }
    }

    /// What a refusal means: the holder of a URL that is registered already may be what an earlier
    /// attempt created.
    async fn refused(
        &self,
        new: &NewWebhook,
        exchange: &mut Exchange<'_, T>,
        kind: ProviderErrorKind,
    ) -> Result<Creation, ProviderError> {
        if !exchange.unknown_before() || !matches!(kind, ProviderErrorKind::Conflict(_)) {
            return Err(exchange.error(kind, None));
        }
        match self.look_up(new, exchange, kind).await? {
            Sighting::AsSent(webhook) => Ok(Creation::FoundAfterUnknown(webhook)),
            Sighting::Other(holder) if holder.name == new.name => {
                found_different(new, holder, exchange)
            }
            Sighting::Other(holder) => {
                // Refused, and not in the list: no earlier attempt was carried out.
                exchange.known();
                Err(held_by(exchange, &holder))
            }
            // A URL that is held, but by nothing in the list, is no reason to send it once more.
            Sighting::Absent(kind) => Err(exchange.error(kind, None)),
        }
    }

    fn not_sendable(&self, method: Method, reason: InvalidRequest) -> ProviderError {
        not_sendable(method, self.api.requests.list_url().path(), reason)
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
        Err(kind) => different(new, webhook, exchange.error(kind, None)),
    }
}

/// A webhook that was created other than as sent.
fn different(
    new: &NewWebhook,
    webhook: LiveWebhook,
    error: ProviderError,
) -> Result<Creation, ProviderError> {
    match compare::correction(new, &webhook) {
        Some(patch) => Ok(Creation::Different {
            webhook,
            patch,
            error,
        }),
        None => Err(error),
    }
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

impl<T> fmt::Debug for Writer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Writer").field(&self.api).finish()
    }
}
