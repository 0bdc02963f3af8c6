//! A note at a webhook, where a change of its metadata replaces all of it.
//!
//! What others have noted goes along as it was read, and it is read right before each attempt: between a read and its request
//! lies nothing but their way. No wait of a retry lies there, and no sink.

use std::fmt;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;

use super::{
    Api, compare,
    exchange::{Exchange, not_sendable},
};
use crate::{
    model::{LiveWebhook, WebhookId},
    net::{self, Attempt, Failed, Failure, Fate, Permission, RetryPolicy, Sending, Transport},
    provider::{InvalidRequest, ProviderError, ProviderErrorKind},
};

/// What is noted, and at which webhook.
pub(super) struct Noting<'a, T, M> {
    pub(super) api: &'a Api<T>,
    pub(super) permission: &'a Permission,
    pub(super) id: &'a WebhookId,
    /// The request, from the webhook as it came.
    pub(super) make: M,
}

impl<'a, T, M> Noting<'a, T, M>
where
    T: Transport,
    M: Fn(&Value) -> Result<Request<Bytes>, InvalidRequest> + Send + Sync,
{
    /// Sends the note; what came of that, and the request as it was sent the last time.
    ///
    /// # Errors
    ///
    /// The webhook cannot be read before the first attempt, or its metadata is no object.
    pub(super) async fn run(
        &self,
    ) -> Result<(Exchange<'a, T>, Result<LiveWebhook, ProviderError>), ProviderError> {
        let request = self.read().await?;
        let mut exchange = Exchange::permitted(self.api, request, self.permission);
        let mut attempts = Attempts {
            noting: self,
            exchange: &mut exchange,
            is_read: true,
        };
        let noted = match net::repeat(&mut attempts).await {
            Ok(live) => Ok(live),
            Err(Failed {
                failure: NotNoted::NotRead(error),
                gave_up: _,
            }) => Err(*error),
            Err(Failed {
                failure: NotNoted::Sent(kind),
                gave_up,
            }) => Err(exchange.error(*kind, gave_up)),
        };
        Ok((exchange, noted))
    }

    /// The request, from what is there now.
    async fn read(&self) -> Result<Request<Bytes>, ProviderError> {
        let not_sendable = |reason| not_sendable(self.api, Method::PATCH, reason);
        let request = self.api.requests.retrieve(self.id).map_err(not_sendable)?;
        let mut exchange = Exchange::new(self.api, request);
        let live = exchange.run(|reading, answer| reading.as_it_came(answer));
        let live = live.await?;
        // Another one's metadata must not come to this webhook.
        if let Some(read) = self.api.requests.dialect().read_webhook(live.clone()) {
            compare::same(self.id, &read).map_err(|kind| exchange.error(kind, None))?;
        }
        (self.make)(&live).map_err(not_sendable)
    }
}

/// The attempts at a note.
struct Attempts<'n, 'a, T, M> {
    noting: &'n Noting<'a, T, M>,
    exchange: &'n mut Exchange<'a, T>,
    /// Whether the request was made from what was read for this attempt.
    is_read: bool,
}

impl<T, M> Attempt for Attempts<'_, '_, T, M>
where
    T: Transport,
    M: Fn(&Value) -> Result<Request<Bytes>, InvalidRequest> + Send + Sync,
{
    type Done = LiveWebhook;
    type Failure = NotNoted;

    fn sending(&mut self) -> &mut Sending {
        self.exchange.sending()
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    async fn attempt(&mut self) -> Result<LiveWebhook, NotNoted> {
        if !std::mem::take(&mut self.is_read) {
            let request = self.noting.read().await;
            let request = request.map_err(|error| NotNoted::NotRead(Box::new(error)))?;
            self.exchange.replace(request);
        }
        let attempt = self
            .exchange
            .attempt(|reading, answer| reading.webhook(answer));
        attempt.await.map_err(|kind| NotNoted::Sent(Box::new(kind)))
    }
}

/// Why an attempt at a note failed.
enum NotNoted {
    /// What is there could not be read once more, which was attempted as often as it is worth: nothing was sent.
    NotRead(Box<ProviderError>),
    /// What came of the request.
    Sent(Box<ProviderErrorKind>),
}

impl fmt::Display for NotNoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRead(error) => error.fmt(f),
            Self::Sent(kind) => kind.fmt(f),
        }
    }
}

impl NotNoted {
    /// What came of the request, where one was sent.
    fn sent(&self) -> Option<&ProviderErrorKind> {
        match self {
            Self::NotRead(_) => None,
            Self::Sent(kind) => Some(kind),
        }
    }
}

impl Failure for NotNoted {
    fn fate(&self) -> Fate {
        self.sent()
            .map_or(Fate::NotProcessed, ProviderErrorKind::fate)
    }

    fn is_passing(&self) -> bool {
        self.sent().is_some_and(Failure::is_passing)
    }

    fn is_limit(&self) -> bool {
        self.sent().is_some_and(Failure::is_limit)
    }

    fn asked_wait(&self, policy: &RetryPolicy) -> Option<std::time::Duration> {
        self.sent()?.asked_wait(policy)
    }
}
