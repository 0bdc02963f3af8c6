//! The two forms of a plan: as it is sent, and as it is shown and kept.
//!
//! What a plan consists of is enumerated once, by the types of [`operation`](super::operation) and
//! [`refusal`](super::refusal); a [`Form`] says what their texts are. In [`Exact`], they are values that can be
//! sent. In [`Shown`], what is sensitive is masked, and a keyed digest stands for it: nothing of that can be sent,
//! and no type of this program sends it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    StepRequest,
    record::{LiveRecord, PatchRecord, Text, WebhookRecord},
};
use crate::model::{EndpointUrl, EventSet, EventType, LiveWebhook, NewWebhook, WebhookName};

/// What the texts of a plan are.
pub trait Form: fmt::Debug + Clone + Eq {
    /// The name of a webhook. `Display` shows it with what is sensitive masked.
    type Name: fmt::Debug + fmt::Display + Clone + Eq;
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
    type Url = EndpointUrl;
    type Event = EventType;
    type Events = EventSet;
    type Live = LiveWebhook;
    type New = NewWebhook;
    type Request = StepRequest;
}

impl Form for Shown {
    type Name = Text;
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
