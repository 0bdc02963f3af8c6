//! One request to a forge, and what its failures mean for another attempt.

use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use serde_json::Value;

use super::{Forge, ForgeError, ForgeErrorKind, response};
use crate::{
    model::Masker,
    net::{
        Attempt, Failed, Failure, Fate, GaveUp, RetryPolicy, Rules, Sending, Transport,
        TransportErrorKind,
    },
};

pub(super) struct Exchange<'c, T> {
    transport: &'c T,
    masker: &'c Masker,
    forge: Forge,
    request: http::Request<Bytes>,
    sending: Sending,
}

impl<'c, T: Transport> Exchange<'c, T> {
    pub(super) fn new(
        transport: &'c T,
        masker: &'c Masker,
        forge: Forge,
        retry: &RetryPolicy,
        request: http::Request<Bytes>,
    ) -> Self {
        let rules = Rules {
            retry: retry.clone(),
            ..Rules::default()
        };
        let uri = request.uri();
        let whole = uri
            .path_and_query()
            .map_or(uri.path(), PathAndQuery::as_str);
        let path = masker.address(whole);
        Self {
            transport,
            masker,
            forge,
            sending: Sending::new(rules, request.method().clone(), path),
            request,
        }
    }

    pub(super) async fn send(&mut self) -> Result<(http::Response<Bytes>, Value), ForgeErrorKind> {
        let request = self.request.clone();
        let sent = self.sending.send(self.transport, request).await;
        let answer = sent.answer.as_ref().ok();
        let status = answer.map(|response| response.status().as_u16());
        let attempt = self.sending.attempts();
        tracing::info!(method = %self.sending.method(), path = self.sending.path(), status, attempt, "forge");
        let response = sent.answer.map_err(|error| match error.kind {
            TransportErrorKind::TooLarge => ForgeErrorKind::TooLarge(error),
            _ => ForgeErrorKind::Unanswered(error),
        })?;
        let value = response::json(&response, self.masker)?;
        Ok((response, value))
    }

    pub(super) fn failed(&self, failed: Failed<ForgeErrorKind>) -> ForgeError {
        self.error(failed.failure, failed.gave_up)
    }

    pub(super) fn error(&self, kind: ForgeErrorKind, gave_up: Option<GaveUp>) -> ForgeError {
        ForgeError {
            kind: Box::new(kind),
            forge: self.forge,
            method: self.sending.method().clone(),
            path: self.sending.path().to_owned(),
            attempts: self.sending.attempts(),
            gave_up,
        }
    }
}

impl<T: Transport> Attempt for Exchange<'_, T> {
    type Done = (http::Response<Bytes>, Value);
    type Failure = ForgeErrorKind;

    fn sending(&mut self) -> &mut Sending {
        &mut self.sending
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    async fn attempt(&mut self) -> Result<Self::Done, ForgeErrorKind> {
        self.send().await
    }
}

impl Failure for ForgeErrorKind {
    fn fate(&self) -> Fate {
        match self {
            Self::Unanswered(error) if !error.kind.is_unsent() => Fate::Unknown,
            Self::Unavailable { .. } => Fate::Unknown,
            // An answer came, and another one would be as that: the next run finds what was made.
            Self::Malformed { .. } | Self::TooLarge(_) => Fate::Processed,
            _ => Fate::NotProcessed,
        }
    }

    fn is_passing(&self) -> bool {
        match self {
            Self::Unanswered(error) => error.kind.is_passing(),
            Self::RateLimited { .. } | Self::Unavailable { .. } => true,
            _ => false,
        }
    }

    fn is_limit(&self) -> bool {
        matches!(self, Self::RateLimited { .. })
    }

    fn asked_wait(&self, _: &RetryPolicy) -> Option<Duration> {
        // GitHub asks for a minute at least where it does not say how long.
        let unsaid = self.is_limit().then_some(Duration::from_secs(60));
        self.retry_after().or(unsaid)
    }
}
