//! The client that can write.

use std::{fmt, future::Future, sync::Arc};

use http::{HeaderValue, Method};

use super::{
    Api, compare,
    creating::Creating,
    exchange::{Exchange, failed, not_sendable},
    reader,
};
use crate::{
    model::{LiveWebhook, NewWebhook, Secret, SigningSecret, WebhookId, WebhookKey, WebhookPatch},
    net::{Fate, Permission, Transport},
    provider::{
        Creation, Deletion, InvalidRequest, ProviderError, ProviderErrorKind, WriteWebhooks,
    },
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
        self.create_with(new, None).await
    }

    async fn update(
        &self,
        id: &WebhookId,
        patch: &WebhookPatch,
    ) -> Result<LiveWebhook, ProviderError> {
        let request = self.api.requests.update(id, patch);
        let request = request.map_err(|reason| self.not_sendable(Method::PATCH, reason))?;
        let mut exchange = Exchange::permitted(&self.api, request, &self.permission);
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

    fn note_lost_secret(
        &self,
        id: &WebhookId,
        key: &WebhookKey,
    ) -> Option<impl Future<Output = Result<(), ProviderError>> + Send> {
        let request = self.api.requests.secret_lost(id, key).transpose()?;
        Some(async move {
            let request = request.map_err(|reason| self.not_sendable(Method::PATCH, reason))?;
            let mut exchange = Exchange::permitted(&self.api, request, &self.permission);
            let noted = exchange.run(|reading, answer| reading.webhook(answer));
            noted.await.map(|_| ())
        })
    }

    async fn delete(&self, id: &WebhookId) -> Result<Deletion, ProviderError> {
        let request = self.api.requests.delete(id);
        let request = request.map_err(|reason| self.not_sendable(Method::DELETE, reason))?;
        let mut exchange = Exchange::permitted(&self.api, request, &self.permission);
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
        let key = HeaderValue::from_str(&uuid::Uuid::new_v4().to_string());
        let key = key.expect("a UUID is a header's value");
        let request = self.api.requests.create(new, secret, &key);
        let request = request.map_err(|reason| self.not_sendable(Method::POST, reason))?;
        let exchange = Exchange::permitted(&self.api, request, &self.permission);
        Creating::new(&self.api, new, exchange).run().await
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
        let url = self.api.requests.list_url();
        failed(&self.api, Method::POST, &url, kind)
    }

    fn not_sendable(&self, method: Method, reason: InvalidRequest) -> ProviderError {
        not_sendable(&self.api, method, &self.api.requests.list_url(), reason)
    }
}

impl<T> fmt::Debug for Writer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Writer").field(&self.api).finish()
    }
}
