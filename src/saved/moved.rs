//! What has moved, as data.

use std::borrow::Cow;

use crate::plan::Value;

/// What has moved, by who moved it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// The manifest moved since the last applied plan; empty where that is not known.
    pub yours: Vec<MovedWebhook>,
    /// The live state moved away from the manifest.
    pub drift: Vec<MovedWebhook>,
    /// The provider disabled it.
    pub disabled: Vec<MovedWebhook>,
    /// It cannot be read, so nobody knows whether it is as declared.
    pub unreadable: Vec<MovedWebhook>,
    /// It is declared and live, and its signing secret reached nobody, or nobody knows whether it did.
    pub secret_lost: Vec<MovedWebhook>,
    /// It is live and not ours: named, and no drift.
    pub foreign: Vec<MovedWebhook>,
}

impl Drift {
    /// The list of what the manifest moved, or else of what moved away from it.
    pub(super) fn list(&mut self, is_yours: bool) -> &mut Vec<MovedWebhook> {
        match is_yours {
            true => &mut self.yours,
            false => &mut self.drift,
        }
    }

    /// Whether the live state moved, whoever moved it, or cannot be read.
    pub fn has_moved(&self) -> bool {
        !self.drift.is_empty() || !self.disabled.is_empty() || !self.unreadable.is_empty()
    }

    /// Whether someone should look: the live state moved, or a receiver cannot check what it gets.
    pub fn is_drift(&self) -> bool {
        self.has_moved() || !self.secret_lost.is_empty()
    }

    /// The live webhooks that nobody declared and that are new: somebody added them since. A name like ours makes none of
    /// them ours.
    pub fn strangers(&self) -> impl Iterator<Item = &MovedWebhook> {
        let all = self.foreign.iter().chain(&self.drift);
        all.chain(&self.unreadable).filter(|one| one.is_new)
    }
}

/// A webhook that has moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedWebhook {
    /// Its key in the manifest; `None` where it has none.
    pub key: Option<String>,
    /// Its name, as it may be shown.
    pub name: String,
    /// The provider's id; `None` where it is not live.
    pub id: Option<String>,
    /// How.
    pub how: How,
    /// Whether it is known not to have been live when the last applied plan was made.
    pub is_new: bool,
}

/// How a webhook has moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// It is declared, and not live.
    Missing,
    /// It is live, and not declared.
    Extra,
    /// These of its fields cannot be read; each with what came.
    Unreadable(Vec<String>),
    /// Its signing secret is lost, or perhaps is: its fields do not tell.
    SecretLost,
    /// These fields differ.
    Changed(Vec<FieldMoved>),
}

/// A field that has moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMoved {
    /// `name`, `url`, `events`, `enabled`, or one that only a create can set.
    pub field: Cow<'static, str>,
    /// What the manifest says.
    pub declared: FieldValue,
    /// What is live.
    pub live: FieldValue,
}

/// The value of a field, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// A name or a URL.
    Text(String),
    /// Event types.
    Events(Vec<String>),
    /// Whether it is enabled.
    Flag(bool),
    /// The provider does not report it.
    NotReported,
}

impl From<Value<'_>> for FieldValue {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Text(text) => Self::Text(text.shown.clone()),
            Value::Events(events) => Self::Events(events.to_vec()),
            Value::Flag(flag) => Self::Flag(flag),
        }
    }
}
