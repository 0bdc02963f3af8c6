//! A writer that brings the keys of new webhooks to where they are to go.

use std::fmt;

use super::{
    Connected,
    chosen::ChosenSecrets,
    keeper::{KeepSecrets, Kept},
};
use crate::{
    model::{
        LiveWebhook, NewWebhook, RotationWord, Secret, SigningSecret, WebhookId, WebhookKey,
        WebhookPatch,
    },
    net::Transport,
    provider::{Creation, Deletion, ProviderError, Reader, WriteWebhooks, Writer},
};

/// A writer whose new webhooks' keys are kept: proven before a create, and stored right after it.
pub(super) struct Keeping<'k, T, K> {
    environment: &'k Connected<T>,
    writer: Writer<T>,
    keeper: &'k K,
    chosen: &'k ChosenSecrets,
}

impl<'k, T: Transport, K: KeepSecrets> Keeping<'k, T, K> {
    pub(super) fn new(
        environment: &'k Connected<T>,
        writer: Writer<T>,
        keeper: &'k K,
        chosen: &'k ChosenSecrets,
    ) -> Self {
        Self {
            environment,
            writer,
            keeper,
            chosen,
        }
    }

    /// Where the key of a new webhook goes, if the provider gives it one of its own.
    fn kept<'n>(&'n self, new: &'n NewWebhook) -> Option<Kept<'n>> {
        let resolved = &self.environment.resolved;
        let key = new.mark.as_ref()?;
        let sink = resolved.desired.webhooks.get(key)?.secret_to.as_ref()?;
        Some(Kept {
            environment: &resolved.name,
            key,
            sink,
        })
    }

    /// Brings the key of a webhook that was created to its place.
    async fn keep(&self, kept: &Kept<'_>, creation: &Creation) -> Result<(), ProviderError> {
        let id = &creation.webhook().id;
        let lost = |why: String| self.writer.secret_lost(id, why);
        let read;
        let secret = match creation.secret() {
            Some(secret) => secret,
            None => {
                read = self.read(id).await.map_err(lost)?;
                &read
            }
        };
        let stored = self.keeper.keep(kept, secret).await;
        stored.map_err(|why| lost(format!("{} did not take it: {why}", kept.sink)))
    }

    /// Another key for a webhook. Who may not read the one that there is must not make another; and what lags behind shows that
    /// one afterwards, which must not be kept.
    async fn another(&self, id: &WebhookId) -> Result<Secret, ProviderError> {
        let old = match self.environment.resolved.profile.signing_secret {
            SigningSecret::Readable { .. } => {
                let old = self.read(id).await.map_err(|why| {
                    let why = format!("the one that there is cannot be read: {why}");
                    self.writer.rotation_not_kept(id, why)
                })?;
                Some(old)
            }
            SigningSecret::Credentials | SigningSecret::ShownOnce { .. } => None,
        };
        self.writer.goes_on()?;
        let lost = |why: String| self.writer.rotated_secret_lost(id, why);
        let secret = match self.writer.rotate_to(id, None).await? {
            Some(secret) => secret,
            None => self.read(id).await.map_err(lost)?,
        };
        match old {
            Some(old) if old.expose() == secret.expose() => {
                Err(lost("what it shows is still the old one".to_owned()))
            }
            Some(_) | None => Ok(secret),
        }
    }

    /// The key of a webhook, where it can be read at any time.
    async fn read(&self, id: &WebhookId) -> Result<Secret, String> {
        match self.environment.resolved.profile.signing_secret {
            SigningSecret::Readable { .. } => {
                let reader = Reader::new(self.environment.api.clone());
                let read = reader.signing_secret(id).await;
                read.map_err(|error| super::chain(&error))
            }
            SigningSecret::Credentials | SigningSecret::ShownOnce { .. } => {
                Err("no answer shows it".to_owned())
            }
        }
    }
}

impl<T: Transport, K: KeepSecrets> WriteWebhooks for Keeping<'_, T, K> {
    async fn create(&self, new: &NewWebhook) -> Result<Creation, ProviderError> {
        let name = &self.environment.resolved.name;
        let chosen = new.mark.as_ref().and_then(|key| self.chosen.of(name, key));
        if chosen.is_some() {
            // Whoever chose it has it: it goes nowhere else.
            return self.writer.create_with(new, chosen).await;
        }
        let Some(kept) = self.kept(new) else {
            return self.writer.create(new).await;
        };
        let proven = self.keeper.prove(&kept).await;
        proven.map_err(|why| self.writer.not_kept(format!("{}: {why}", kept.sink)))?;
        self.writer.goes_on()?;
        let creation = self.writer.create(new).await?;
        self.keep(&kept, &creation).await?;
        Ok(creation)
    }

    async fn update(
        &self,
        id: &WebhookId,
        patch: &WebhookPatch,
    ) -> Result<LiveWebhook, ProviderError> {
        self.writer.update(id, patch).await
    }

    async fn secret_stored(&self, id: &WebhookId, may_send: bool) -> Result<(), ProviderError> {
        self.writer.secret_stored(id, may_send).await
    }

    /// The sink is proven before the provider makes a new secret, and gets it before anybody notes that it was rotated: a run
    /// that ends in between rotates once more, and the secret that receivers know stays valid. The other way round, it would end
    /// and nobody would know the new one.
    async fn rotate(&self, id: &WebhookId, key: &WebhookKey) -> Result<(), ProviderError> {
        let resolved = &self.environment.resolved;
        if let Some(chosen) = self.chosen.of(&resolved.name, key) {
            // Whoever chose it has it.
            return self.writer.rotate_to(id, Some(chosen)).await.map(|_| ());
        }
        let desired = resolved.desired.webhooks.get(key);
        let Some(sink) = desired.and_then(|desired| desired.secret_to.as_ref()) else {
            return self.writer.rotate(id, key).await;
        };
        let kept = Kept {
            environment: &resolved.name,
            key,
            sink,
        };
        let proven = self.keeper.prove(&kept).await;
        proven.map_err(|why| self.writer.rotation_not_kept(id, format!("{sink}: {why}")))?;
        let secret = self.another(id).await?;
        let lost = |why: String| self.writer.rotated_secret_lost(id, why);
        let stored = self.keeper.keep(&kept, &secret).await;
        stored.map_err(|why| lost(format!("{sink} did not take it: {why}")))
    }

    async fn note_rotation(
        &self,
        id: &WebhookId,
        word: &RotationWord,
    ) -> Result<(), ProviderError> {
        self.writer.note_rotation(id, word).await
    }

    async fn delete(&self, id: &WebhookId) -> Result<Deletion, ProviderError> {
        self.writer.delete(id).await
    }
}

impl<T, K> fmt::Debug for Keeping<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keeping").field(&self.environment).finish()
    }
}
