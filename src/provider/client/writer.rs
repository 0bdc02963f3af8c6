//! The client that can write.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use serde_json::Value;

use super::{
    Api, compare,
    creating::Creating,
    exchange::{Exchange, failed, not_sendable},
    noting::Noting,
    reader,
};
use crate::{
    model::{
        LiveWebhook, NewWebhook, Rotation, RotationWord, Secret, SigningSecret, WebhookId,
        WebhookKey, WebhookPatch,
    },
    net::{Fate, Permission, Transport},
    provider::{
        Creation, Deletion, InvalidRequest, ProviderError, ProviderErrorKind, WriteWebhooks,
        dialect::Call,
    },
};

/// Writes webhooks. It reads only to find out what became of its own writes.
pub struct Writer<T> {
    pub(super) api: Arc<Api<T>>,
    pub(super) permission: Permission,
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
        self.create_with(new, None).await
    }

    async fn update(
        &self,
        id: &WebhookId,
        patch: &WebhookPatch,
    ) -> Result<LiveWebhook, ProviderError> {
        let request = self.api.requests.update(id, patch);
        let as_sent = |live: &LiveWebhook| compare::updated_as_sent(id, patch, live);
        self.patched(id, request, as_sent).await
    }

    async fn secret_stored(&self, id: &WebhookId, may_send: bool) -> Result<(), ProviderError> {
        let error = |kind| failed(&self.api, Method::POST, kind);
        let taken_out = match may_send {
            true => {
                let call = |live: &Value| self.api.requests.dialect().secret_stored(id, live);
                let as_stored = |live: &LiveWebhook| compare::secret_as_stored(id, live);
                self.noted(id, call, as_stored).await
            }
            false => Err(error(ProviderErrorKind::Stopped)),
        };
        taken_out.map_err(|note| {
            let (id, note) = (id.clone(), Box::new(note));
            error(ProviderErrorKind::NoteStays { id, note })
        })
    }

    async fn rotate(&self, id: &WebhookId, _: &WebhookKey) -> Result<(), ProviderError> {
        // Whoever has only this learns no secret.
        let why = "nobody keeps secrets here".to_owned();
        Err(self.rotation_not_kept(id, why))
    }

    async fn note_rotation(
        &self,
        id: &WebhookId,
        word: &RotationWord,
    ) -> Result<(), ProviderError> {
        let call = |live: &Value| self.api.requests.dialect().note_rotation(id, live, word);
        let as_noted = |live: &LiveWebhook| compare::rotation_as_noted(id, word, live);
        let noted = self.noted(id, call, as_noted).await;
        noted.map_err(|note| {
            let note = Box::new(note);
            let kind = ProviderErrorKind::NotNoted { note };
            failed(&self.api, Method::PATCH, kind)
        })
    }

    async fn delete(&self, id: &WebhookId) -> Result<Deletion, ProviderError> {
        let mut exchange = self.exchange(Method::DELETE, self.api.requests.delete(id))?;
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

impl<T: Transport> Writer<T> {
    /// Creates a webhook, at most once, with the signing secret that its user chose, if any.
    ///
    /// # Errors
    ///
    /// As [`WriteWebhooks::create`]; also where the provider takes no such secret.
    pub(crate) async fn create_with(
        &self,
        new: &NewWebhook,
        secret: Option<&Secret>,
    ) -> Result<Creation, ProviderError> {
        // One for this create, whatever it takes: whoever asks for another has another.
        let request = self.api.requests.create(new, secret, &new_key());
        let exchange = self.exchange(Method::POST, request)?;
        Creating::new(&self.api, new, exchange).run().await
    }

    /// Gives a webhook another secret: this one, or one that the provider makes, and shows where the answer has it.
    ///
    /// # Errors
    ///
    /// [`ProviderErrorKind::RotationUnknown`] where it is not known whether it has one.
    pub(crate) async fn rotate_to(
        &self,
        id: &WebhookId,
        secret: Option<&Secret>,
    ) -> Result<Option<Secret>, ProviderError> {
        let overlap = match self.api.profile.rotation {
            Rotation::Api { overlap } => overlap,
            Rotation::ByHand { .. } => {
                return Err(self.not_sendable(Method::POST, InvalidRequest::NoRotation));
            }
        };
        // One for this rotation: sent again, it is answered as before, and rotates nothing again.
        let requests = &self.api.requests;
        let call = requests.dialect().rotate(id, secret, overlap);
        let request = call.and_then(|call| requests.once(call, &new_key()));
        let mut exchange = self.exchange(Method::POST, request)?;
        let rotated = exchange
            .run(|reading, answer| reading.rotated(answer))
            .await;
        rotated.map_err(|error| match error.fate() {
            Fate::Unknown => error.rotation_unknown(secret.is_some()),
            Fate::NotProcessed | Fate::Processed => error,
        })
    }

    /// Changes what is noted at a webhook, and nothing of what others noted there. Where a change replaces all of it, what others
    /// note between the read and the request is lost: no provider does both in one step.
    async fn noted(
        &self,
        id: &WebhookId,
        call: impl Fn(&Value) -> Result<Call, InvalidRequest> + Send + Sync,
        as_sent: impl Fn(&LiveWebhook) -> Result<(), ProviderErrorKind>,
    ) -> Result<(), ProviderError> {
        let requests = &self.api.requests;
        let request = |live: &Value| call(live).and_then(|call| requests.call(call));
        if !requests.dialect().replaces_metadata() {
            let request = request(&Value::Null);
            return self.patched(id, request, as_sent).await.map(drop);
        }
        let noting = Noting {
            api: &self.api,
            permission: &self.permission,
            id,
            make: request,
        };
        let (exchange, noted) = noting.run().await?;
        self.settled(id, &exchange, noted, as_sent).await.map(drop)
    }

    /// Sends a request that changes a webhook.
    async fn patched(
        &self,
        id: &WebhookId,
        request: Result<Request<Bytes>, InvalidRequest>,
        as_sent: impl Fn(&LiveWebhook) -> Result<(), ProviderErrorKind>,
    ) -> Result<LiveWebhook, ProviderError> {
        let mut exchange = self.exchange(Method::PATCH, request)?;
        let patched = exchange.run(|reading, answer| reading.webhook(answer));
        let patched = patched.await;
        self.settled(id, &exchange, patched, as_sent).await
    }

    /// Whether what came back is what was sent. Where the answer is lost, what is live says whether it was carried out.
    async fn settled(
        &self,
        id: &WebhookId,
        exchange: &Exchange<'_, T>,
        patched: Result<LiveWebhook, ProviderError>,
        as_sent: impl Fn(&LiveWebhook) -> Result<(), ProviderErrorKind>,
    ) -> Result<LiveWebhook, ProviderError> {
        match patched {
            Ok(live) => match as_sent(&live) {
                Ok(()) => Ok(live),
                Err(kind) => Err(exchange.error(kind, None)),
            },
            Err(error) if error.fate() == Fate::Unknown => {
                match reader::retrieve(&self.api, id).await {
                    Ok(live) if as_sent(&live).is_ok() => Ok(live),
                    Ok(_) | Err(_) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the run goes on: what comes before a write may take long, and nothing is sent once the run is to end.
    ///
    /// # Errors
    ///
    /// [`ProviderErrorKind::Stopped`].
    pub(crate) fn goes_on(&self) -> Result<(), ProviderError> {
        if !self.api.rules().stop.is_asked() {
            return Ok(());
        }
        Err(failed(&self.api, Method::POST, ProviderErrorKind::Stopped))
    }

    /// An error for a rotation that was not sent, as its key could not be kept.
    pub(crate) fn rotation_not_kept(&self, _: &WebhookId, why: String) -> ProviderError {
        self.not_sendable(Method::POST, InvalidRequest::SinkOfRotation(why))
    }

    /// An error for a webhook that has another key, which reached nobody.
    pub(crate) fn rotated_secret_lost(&self, id: &WebhookId, why: String) -> ProviderError {
        let id = id.clone();
        let kind = ProviderErrorKind::RotatedSecretLost { id, why };
        failed(&self.api, Method::POST, kind)
    }

    /// An error for a create that was not sent, as its key could not be kept.
    pub(crate) fn not_kept(&self, why: String) -> ProviderError {
        self.not_sendable(Method::POST, InvalidRequest::Sink(why))
    }

    /// An error for a webhook that was created, and whose key is lost.
    pub(crate) fn secret_lost(&self, id: &WebhookId, why: String) -> ProviderError {
        let kind = ProviderErrorKind::SecretLost {
            id: id.clone(),
            why,
            is_readable: matches!(
                self.api.profile.signing_secret,
                SigningSecret::Readable { .. }
            ),
        };
        failed(&self.api, Method::POST, kind)
    }

    fn not_sendable(&self, method: Method, reason: InvalidRequest) -> ProviderError {
        not_sendable(&self.api, method, reason)
    }

    /// An exchange of a request that could be made.
    pub(super) fn exchange(
        &self,
        method: Method,
        request: Result<Request<Bytes>, InvalidRequest>,
    ) -> Result<Exchange<'_, T>, ProviderError> {
        let request = request.map_err(|reason| self.not_sendable(method, reason))?;
        Ok(Exchange::permitted(&self.api, request, &self.permission))
    }
}

/// What makes repeating one request harmless: another one's is another.
pub(super) fn new_key() -> HeaderValue {
    let key = HeaderValue::from_str(&uuid::Uuid::new_v4().to_string());
    key.expect("a UUID is a header's value")
}

impl<T> fmt::Debug for Writer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Writer").field(&self.api).finish()
    }
}
