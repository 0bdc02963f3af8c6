//! The names of what someone should know about a plan.

use super::{Warning, codes::codes};
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
