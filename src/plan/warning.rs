//! What someone should know about a plan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::codes::codes;
use crate::model::WebhookKey;

codes! {
    /// What kind of thing someone should know. The names are stable: they stand in every format for programs.
    WarningCode,
    /// Every one.
    ALL,
    /// The name as it stands in every format for programs.
    as_str,
    /// What it says, in a few words.
    title;
    EnabledNotReported = "enabled-not-reported", "whether a webhook is disabled cannot be compared";
    EventsNotReported = "events-not-reported", "the events of a webhook cannot be compared";
    EnabledAfterProbe = "enabled-after-probe", "a webhook is enabled again only where a probe of it succeeds";
    SecretLost = "secret-lost", "a webhook's signing secret reached nobody, or nobody knows whether it did";
    LeftDisabled = "left-disabled", "a webhook stays disabled, as its probe failed";
    EventTypesUnread = "event-types-unread", "whether the account has the event types is not known";
    PerhapsMoved = "perhaps-moved", "what is created may be what is no longer declared";
}

/// What someone should know about a plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "WarningRecord")]
pub enum Warning {
    /// The webhook is declared as disabled, and the provider does not say whether it is.
    EnabledNotReported {
        /// The declared webhook.
        key: WebhookKey,
    },
    /// The provider does not say which events the live webhook has: those declared are sent, and what it
    /// loses by that is not known.
    EventsNotReported {
        /// The declared webhook.
        key: WebhookKey,
    },
    /// The webhook is enabled again only where a signed probe succeeds.
    EnabledAfterProbe {
        /// The declared webhook.
        key: WebhookKey,
    },
    /// The webhook is there, and its signing secret reached nobody when it was created, or it is not known that it did.
    SecretLost {
        /// The declared webhook.
        key: WebhookKey,
        /// The provider's id of the live one, with what is sensitive masked.
        id: String,
    },
    /// The webhook stays disabled, as its probe failed.
    LeftDisabled {
        /// The declared webhook.
        key: WebhookKey,
        /// What the probe showed.
        why: String,
    },
}

impl Warning {
    /// What kind of thing it says.
    pub fn code(&self) -> WarningCode {
        match self {
            Self::EnabledNotReported { .. } => WarningCode::EnabledNotReported,
            Self::EventsNotReported { .. } => WarningCode::EventsNotReported,
            Self::EnabledAfterProbe { .. } => WarningCode::EnabledAfterProbe,
            Self::SecretLost { .. } => WarningCode::SecretLost,
            Self::LeftDisabled { .. } => WarningCode::LeftDisabled,
        }
    }

    /// The webhook that it is about.
    pub fn key(&self) -> &WebhookKey {
        match self {
            Self::EnabledNotReported { key }
            | Self::EventsNotReported { key }
            | Self::EnabledAfterProbe { key }
            | Self::SecretLost { key, id: _ }
            | Self::LeftDisabled { key, why: _ } => key,
        }
    }
}
