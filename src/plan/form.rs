//! The two forms of a plan: as it is sent, and as it is shown and kept.
//!
//! What a plan consists of is enumerated once, by the types of [`operation`](super::operation) and
//! [`refusal`](super::refusal), and the fields of a webhook by those of [`fields`]; a [`Form`] says what their texts are. In [`Exact`], they are values that can be
//! sent. In [`Shown`], what is sensitive is masked, and a keyed digest stands for it: nothing of that can be sent,
//! and no type of this program sends it.

mod fields;
mod ink;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use self::{
    fields::{Change, LiveRecord, PatchRecord, Value, WebhookRecord},
    ink::{Ink, Projector},
};
use crate::model::{
    EndpointUrl, EventSet, EventType, LiveWebhook, MaskedText, NewWebhook, RotationWord, WebhookId,
    WebhookKey, WebhookName, WebhookPatch,
};

/// What the texts of a plan are.
pub trait Form: fmt::Debug + Clone + Eq {
    /// The name of a webhook. `Display` shows it with what is sensitive masked.
    type Name: fmt::Debug + fmt::Display + Clone + Eq;
    /// Another text; the same.
    type Value: fmt::Debug + fmt::Display + Clone + Eq;
    /// A URL; the same.
    type Url: fmt::Debug + fmt::Display + Clone + Ord;
    /// An event type.
    type Event: fmt::Debug + fmt::Display + Clone + Eq;
    /// The events that a webhook subscribes to.
    type Events: fmt::Debug + Clone + Eq;
    /// A live webhook.
    type Live: fmt::Debug + Clone + Eq + Known;
    /// A webhook that is created.
    type New: fmt::Debug + Clone + Eq;
    /// What a step sends.
    type Request: fmt::Debug + Clone + Eq;
}

/// What is said of a live webhook, whatever the form.
pub trait Known {
    /// Its name, with what is sensitive masked.
    fn name(&self) -> &dyn fmt::Display;
    /// Where events are sent, with what is sensitive masked.
    fn url(&self) -> &dyn fmt::Display;
    /// The provider's id.
    fn id(&self) -> &dyn fmt::Display;
    /// The fields that cannot be read, with what came, in words.
    fn unreadable(&self) -> Vec<String>;
}

/// What can be sent. Never for output or files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact;

/// What may be shown and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown;

impl Form for Exact {
    type Name = WebhookName;
    type Value = MaskedText;
    type Url = EndpointUrl;
    type Event = EventType;
    type Events = EventSet;
    type Live = LiveWebhook;
    type New = NewWebhook;
    type Request = StepRequest;
}

impl Form for Shown {
    type Name = Text;
    type Value = Text;
    type Url = Text;
    type Event = String;
    type Events = Vec<String>;
    type Live = LiveRecord;
    type New = WebhookRecord;
    type Request = Option<PatchRecord>;
}

/// A form whose texts can be kept in a file.
pub trait Kept:
    Form<
        Name: Serialize + DeserializeOwned + JsonSchema,
        Value: Serialize + DeserializeOwned + JsonSchema,
        Url: Serialize + DeserializeOwned + JsonSchema,
        Event: Serialize + DeserializeOwned + JsonSchema,
        Events: Serialize + DeserializeOwned + JsonSchema,
        Live: Serialize + DeserializeOwned + JsonSchema,
        New: Serialize + DeserializeOwned + JsonSchema,
        Request: Serialize + DeserializeOwned + JsonSchema,
    >
{
}

impl Kept for Shown {}

impl Known for LiveWebhook {
    fn name(&self) -> &dyn fmt::Display {
        &self.name
    }

    fn url(&self) -> &dyn fmt::Display {
        &self.url
    }

    fn id(&self) -> &dyn fmt::Display {
        &self.id
    }

    fn unreadable(&self) -> Vec<String> {
        self.unreadable.iter().map(ToString::to_string).collect()
    }
}

impl Known for LiveRecord {
    fn name(&self) -> &dyn fmt::Display {
        &self.webhook.name
    }

    fn url(&self) -> &dyn fmt::Display {
        &self.webhook.url
    }

    fn id(&self) -> &dyn fmt::Display {
        &self.id
    }

    fn unreadable(&self) -> Vec<String> {
        self.unreadable.iter().map(ToString::to_string).collect()
    }
}

/// What a step sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepRequest {
    /// Creates a webhook.
    Create(NewWebhook),
    /// Changes fields of a webhook.
    Update {
        /// Which.
        id: WebhookId,
        /// The fields.
        patch: WebhookPatch,
    },
    /// Deletes a webhook.
    Delete {
        /// Which.
        id: WebhookId,
    },
    /// Gives a webhook another signing secret.
    Rotate {
        /// Which.
        id: WebhookId,
        /// The declared webhook, which says where the secret goes or comes from.
        key: WebhookKey,
    },
    /// Notes at a webhook that its secret was rotated.
    NoteRotation {
        /// Which.
        id: WebhookId,
        /// Which rotation.
        word: RotationWord,
    },
}

/// A text as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The text, with what is sensitive masked.
    pub shown: String,
    /// The keyed digest of all of it; of a URL, in its normal form.
    pub digest: String,
}

impl Text {
    /// Whether both are one text, whatever is masked of either.
    pub fn is(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown)
    }
}
