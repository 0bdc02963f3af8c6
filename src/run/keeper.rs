//! Who keeps the keys of webhooks, and gets those that users chose.

use std::future::Future;

use crate::model::{CredentialSource, EnvironmentName, KeyShape, Secret, SecretSink, WebhookKey};

/// Where one key is to go, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'k> {
    /// The environment.
    pub environment: &'k EnvironmentName,
    /// The webhook.
    pub key: &'k WebhookKey,
    /// Where its key goes.
    pub sink: &'k SecretSink,
}

/// Keeps keys that are shown once, and gets those that users chose.
pub trait KeepSecrets: Sync {
    /// Makes sure that a key can be kept there, before there is one.
    ///
    /// # Errors
    ///
    /// Why it cannot. Then nothing is created.
    fn prove(&self, kept: &Kept<'_>) -> impl Future<Output = Result<(), String>> + Send;

    /// Keeps a key.
    ///
    /// # Errors
    ///
    /// Why it could not. Then the key is lost.
    fn keep(
        &self,
        kept: &Kept<'_>,
        secret: &Secret,
    ) -> impl Future<Output = Result<(), String>> + Send;

    /// Gets a key that a user chose, which is masked from then on. What it must be is not looked at.
    ///
    /// # Errors
    ///
    /// Why it cannot. Then nothing is written.
    fn fetch(
        &self,
        source: &CredentialSource,
        shape: KeyShape,
    ) -> impl Future<Output = Result<Secret, String>> + Send;
}
