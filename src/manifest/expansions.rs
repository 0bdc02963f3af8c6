//! What event patterns stand for, as far as that was looked for.

use std::collections::{HashMap, HashSet};

use super::de::Spanned;
use crate::model::{EventSet, EventType, ProviderProfile};

/// What was expanded before: a manifest has few different patterns, and many webhooks.
#[derive(Default)]
pub(super) struct Expansions<'d> {
    pub(super) patterns: HashMap<(&'static ProviderProfile, &'d str), Expansion>,
    pub(super) groups: HashMap<(&'static ProviderProfile, &'d str), Group<'d>>,
    /// The last list without a fault: neighbours often subscribe to the same, and then share it.
    pub(super) last: Option<(&'static ProviderProfile, &'d [Spanned<String>], EventSet)>,
}

/// A group, expanded once for all that name it.
#[derive(Clone, Default)]
pub(super) struct Group<'d> {
    pub(super) events: EventSet,
    /// Whether the provider documents all that it stands for.
    pub(super) known: bool,
    /// The environments in which what is wrong with it was reported.
    pub(super) said: HashSet<Option<&'d str>>,
}

/// What a pattern stands for.
pub(super) struct Expansion {
    pub(super) events: Vec<EventType>,
    /// Whether the provider documents what the pattern stands for.
    pub(super) known: bool,
}
