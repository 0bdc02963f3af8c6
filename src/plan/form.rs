//! The two forms of a plan: as it is sent, and as it is shown and kept.
//!
//! What a plan consists of is enumerated once, by the types of [`operation`](super::operation) and
//! [`refusal`](super::refusal); a [`Form`] says what their texts are. In [`Exact`], they are values that can be
//! sent. In [`Shown`], what is sensitive is masked, and a keyed digest stands for it: nothing of that can be sent,
//! and no type of this program sends it.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::model::{
    EndpointUrl, EnvType, EventSet, EventType, LiveWebhook, MaskedText, NewWebhook, RotationWord,
    Unreadable, WebhookId, WebhookKey, WebhookName, WebhookPatch,
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

/// What a webhook is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookRecord {
    /// Its name.
    pub name: Text,
    /// Where events are sent.
    pub url: Text,
    /// Which events are sent; null where that is not reported.
    pub events: Option<Vec<String>>,
    /// Whether events are sent; null where that is not reported, or left to the provider.
    pub enabled: Option<bool>,
    /// The fields that it has from its creation on, as far as they are reported or given.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub create_only: BTreeMap<String, Text>,
}

/// A live webhook, as far as a plan looks at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveRecord {
    /// The provider's id.
    pub id: String,
    /// Its name, URL, events, and whether it is enabled.
    pub webhook: WebhookRecord,
    /// The provider's environment it belongs to.
    pub env_type: Option<EnvType>,
    /// The key that it was created for, which decides between duplicates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<WebhookKey>,
    /// The last rotation of its secret that is noted there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated: Option<RotationWord>,
    /// When it was created, which decides between duplicates.
    #[schemars(with = "Option<String>")]
    pub created_at: Option<Timestamp>,
    /// The fields that cannot be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<Unreadable>,
}

/// The fields that an update sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchRecord {
    /// The name it gets.
    pub name: Option<Text>,
    /// The URL it gets.
    pub url: Option<Text>,
    /// The events it gets.
    pub events: Option<Vec<String>>,
    /// Whether events are sent.
    pub enabled: Option<bool>,
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
