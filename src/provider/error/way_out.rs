//! What to do after something went wrong.

use super::{ProviderErrorKind, will_never_do};

/// What to do where something else than the API answers.
const NOT_THE_API: &str =
    "check that the API itself is at `base_url`, and no proxy or sign-on before it";

impl ProviderErrorKind {
    /// What to do next, where there is something to be done.
    pub(super) fn way_out(&self) -> Option<&'static str> {
        match self {
            Self::NotAgain(kind) => kind.way_out(),
            Self::NotFound(_) => Some("run again: the plan is made from what is there now"),
            Self::Conflict(_) => Some("run again: the plan then knows what holds the URL"),
            Self::Unauthenticated(_) | Self::Forbidden(_) => None, // In the provider's own terms.
            Self::RateLimited { .. } => {
                Some("run again later; what else uses this secret shares its limit")
            }
            Self::Rejected { .. } => Some("change in the manifest what the provider objects to"),
            Self::Redirected { .. } => {
                Some("if the API has moved there, make it the `base_url` of this environment")
            }
            Self::MalformedAnswer { .. } => Some(NOT_THE_API),
            Self::TooLarge(_) => Some(
                "check that the API itself is at `base_url`; if the account has so much, raise `limits.max_webhooks` of this environment: an answer may have 1 KiB for each",
            ),
            Self::Unavailable { status, .. } if will_never_do(*status) => Some(NOT_THE_API),
            Self::NotAsSent { .. } => {
                Some("run again; if it stays so, declare what the provider makes of it")
            }
            Self::Unreachable(_) => Some("check the network, and `base_url`"),
            Self::Unavailable { .. } | Self::TimedOut(_) | Self::Interrupted(_) => {
                Some("run again when the provider is well")
            }
            Self::OutcomeUnknown { .. } | Self::NotSeen { .. } | Self::AnswerLost(_) => {
                Some("run again: it looks before it creates")
            }
            Self::SecretLost {
                is_readable: true, ..
            } => Some("read the secret at the provider, and give it to whoever needs it"),
            Self::SecretLost { .. } => Some(
                "delete this webhook at the provider, or give it a new secret there, then run again: nothing else shows the secret",
            ),
            Self::NoteStays { .. } => Some(
                "take `hookwright_secret` out of the webhook's metadata at the provider: nothing else is left to do, and each plan warns of the secret until then",
            ),
            Self::RotatedSecretLost { .. } | Self::RotationUnknown { .. } => Some(
                "run again while the old secret is valid: it rotates once more, and the old one stays valid for as long as before",
            ),
            Self::NotNoted { .. } => Some(
                "run again: it rotates once more, and what receivers know stays valid for a while",
            ),
            Self::NotCorrected { .. } => Some("run again: the plan then has what is left to do"),
            Self::Contradiction(_) => Some(
                "run again when nobody else changes webhooks there; if it stays so, tell the provider",
            ),
            Self::NotSendable(_)
            | Self::Stopped
            | Self::ForeignPage(_)
            | Self::RepeatedPage(_)
            | Self::TooManyPages(_) => None,
            Self::ListTooLarge { .. } => Some(
                "look at what is at `base_url`; if the account has so much, raise `limits.max_webhooks` of this environment",
            ),
        }
    }
}
