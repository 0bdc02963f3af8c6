//! What can be done at a provider, apart from how.

use std::future::Future;

use super::ProviderError;
use crate::{
    delivery::{Cursor, DeliveryPage, DeliveryQuery, Span},
    model::{LiveWebhook, NewWebhook, RotationWord, Secret, WebhookId, WebhookKey, WebhookPatch},
};

/// Reads the webhooks of one environment.
pub trait ReadWebhooks: Send + Sync {
    /// Reads all webhooks of the environment, each once, in the provider's order.
    ///
    /// A webhook whose environment the provider does not report is among them.
    ///
    /// # Errors
    ///
    /// Any page that cannot be read: a part of the list is never returned as the whole.
    fn list(&self) -> impl Future<Output = Result<Vec<LiveWebhook>, ProviderError>> + Send;

    /// Reads one webhook.
    ///
    /// # Errors
    ///
    /// Also where there is none.
    fn retrieve(
        &self,
        id: &WebhookId,
    ) -> impl Future<Output = Result<LiveWebhook, ProviderError>> + Send;
}

/// Changes the webhooks of one environment.
///
/// What comes back was compared with what was sent. [`ProviderError::fate`] tells what is known of
/// a write that failed.
pub trait WriteWebhooks: Send + Sync {
    /// Creates a webhook, at most once.
    ///
    /// # Errors
    ///
    /// Also where the URL is registered already.
    fn create(
        &self,
        new: &NewWebhook,
    ) -> impl Future<Output = Result<Creation, ProviderError>> + Send;

    /// Changes a webhook in place, and only the fields of `patch`.
    ///
    /// # Errors
    ///
    /// Also where there is no such webhook, or nothing to change.
    fn update(
        &self,
        id: &WebhookId,
        patch: &WebhookPatch,
    ) -> impl Future<Output = Result<LiveWebhook, ProviderError>> + Send;

    /// Takes out the note that a webhook's signing secret is stored nowhere, which its create left there. Where the run was stopped
    /// (`may_send` is false), nothing is sent, and the error says so.
    ///
    /// # Errors
    ///
    /// Then the note stays, or may: each plan warns of it.
    fn secret_stored(
        &self,
        id: &WebhookId,
        may_send: bool,
    ) -> impl Future<Output = Result<(), ProviderError>> + Send;

    /// Gives a webhook another signing secret, once: the answer, or who gave this writer, says which. The old one stays valid for
    /// a while.
    ///
    /// # Errors
    ///
    /// Also where the new one reached nobody.
    fn rotate(
        &self,
        id: &WebhookId,
        key: &WebhookKey,
    ) -> impl Future<Output = Result<(), ProviderError>> + Send;

    /// Notes at a webhook which rotation of its secret was done. What else is noted there stays.
    ///
    /// # Errors
    ///
    /// Then the next plan rotates once more.
    fn note_rotation(
        &self,
        id: &WebhookId,
        word: &RotationWord,
    ) -> impl Future<Output = Result<(), ProviderError>> + Send;

    /// Deletes a webhook. That there is none is success.
    ///
    /// # Errors
    ///
    /// Whatever else leaves it in place, or leaves that unknown.
    fn delete(
        &self,
        id: &WebhookId,
    ) -> impl Future<Output = Result<Deletion, ProviderError>> + Send;
}

/// Asks a provider to send events again.
///
/// What is asked for is sent by the provider, later, and recorded in its history: that it was asked is all that is known at once.
pub trait AskForReplays: Send + Sync {
    /// Asks for all events that failed at a webhook in a span to be sent again. Whoever asks again with the same `once` asks for
    /// nothing more, as long as the provider remembers it.
    ///
    /// # Errors
    ///
    /// [`ProviderError::fate`] tells whether it may have been taken on.
    fn recover(
        &self,
        id: &WebhookId,
        span: Span,
        once: &str,
    ) -> impl Future<Output = Result<(), ProviderError>> + Send;

    /// Asks for one event to be sent to a webhook again.
    ///
    /// # Errors
    ///
    /// As [`AskForReplays::recover`].
    fn resend(
        &self,
        id: &WebhookId,
        event: &str,
        once: &str,
    ) -> impl Future<Output = Result<(), ProviderError>> + Send;
}

/// Reads the request history.
pub trait ReadDeliveries: Send + Sync {
    /// Reads one page: the first of `query`, or the one at `cursor`, which knows its query.
    ///
    /// # Errors
    ///
    /// Also where the cursor is not one of the API's own.
    fn page(
        &self,
        query: &DeliveryQuery,
        cursor: Option<&Cursor>,
    ) -> impl Future<Output = Result<DeliveryPage, ProviderError>> + Send;
}

/// How a webhook came to be.
#[derive(Debug)]
pub enum Creation {
    /// The provider confirmed that it created it.
    Created {
        /// The webhook.
        webhook: LiveWebhook,
        /// The key that signs its deliveries, where the answer showed it.
        secret: Option<Secret>,
    },
    /// The provider's confirmation was lost; the webhook was found in the list, as it was sent.
    FoundAfterUnknown(LiveWebhook),
    /// The provider created it other than as it was sent.
    Different {
        /// The webhook as it came back.
        webhook: LiveWebhook,
        /// The key that signs its deliveries, where the answer showed it.
        secret: Option<Secret>,
        /// What makes it as it was sent; `None` where no update does, and the answer shows a key that must not be lost.
        patch: Option<WebhookPatch>,
        /// How it differs: what this is where the update is not made.
        error: ProviderError,
    },
}

impl Creation {
    /// The webhook.
    pub fn webhook(&self) -> &LiveWebhook {
        match self {
            Self::Created { webhook, .. }
            | Self::FoundAfterUnknown(webhook)
            | Self::Different { webhook, .. } => webhook,
        }
    }

    /// The key that signs its deliveries, where the provider showed it.
    pub fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Created { secret, .. } | Self::Different { secret, .. } => secret.as_ref(),
            Self::FoundAfterUnknown(_) => None,
        }
    }
}

/// How a webhook came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// This deleted it.
    Deleted,
    /// It was not there.
    AlreadyGone,
}
