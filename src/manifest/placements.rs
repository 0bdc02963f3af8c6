//! Which environments have a webhook, and what they have otherwise.

use std::collections::{HashMap, HashSet};

use super::{
    de::Spanned,
    schema::{Override, Placement, Webhook},
};

/// Up to so many names, comparing each costs less than a table.
const FEW: usize = 16;

pub(super) static NOTHING: Override = Override {
    name: None,
    url: None,
    events: None,
    enabled: None,
    moved_from: None,
    adopt: None,
};

/// A list of environments: to be asked once for each environment.
pub(super) enum Named<'d> {
    Few(&'d [Spanned<String>]),
    Many(HashSet<&'d str>),
}

impl<'d> Named<'d> {
    pub(super) fn new(names: &'d [Spanned<String>]) -> Self {
        match names.len() {
            0..=FEW => Self::Few(names),
            _ => Self::Many(names.iter().map(|name| name.value.as_str()).collect()),
        }
    }

    fn contains(&self, name: &str) -> bool {
        match self {
            Self::Few(names) => names.iter().any(|few| few.value == name),
            Self::Many(names) => names.contains(name),
        }
    }
}

/// The environments that have a webhook.
pub(super) enum Placements<'p, 'd> {
    All,
    Default(&'p Named<'d>),
    Only(Named<'d>),
    FewOverridden(&'d [(Spanned<String>, Override)]),
    Overridden(HashMap<&'d str, &'d Override>),
}

impl<'p, 'd> Placements<'p, 'd> {
    /// Those of a webhook, where all webhooks have these by default.
    pub(super) fn new(webhook: &'d Webhook, default: Option<&'p Named<'d>>) -> Self {
        match (webhook.environments.as_ref().map(|all| &all.value), default) {
            (Some(Placement::Overridden(entries)), _) if entries.len() <= FEW => {
                Self::FewOverridden(entries)
            }
            (Some(Placement::Overridden(entries)), _) => {
                let entries = entries.iter();
                Self::Overridden(
                    entries
                        .map(|(name, over)| (name.value.as_str(), over))
                        .collect(),
                )
            }
            (Some(Placement::Only(only)), _) => Self::Only(Named::new(only)),
            (None, Some(default)) => Self::Default(default),
            (None, None) => Self::All,
        }
    }

    /// What the environment has otherwise; `None` where it does not have the webhook.
    pub(super) fn of(&self, name: &str) -> Option<&'d Override> {
        match self {
            Self::All => Some(&NOTHING),
            Self::Default(names) => names.contains(name).then_some(&NOTHING),
            Self::Only(names) => names.contains(name).then_some(&NOTHING),
            Self::FewOverridden(entries) => {
                let mut entries = entries.iter();
                entries
                    .find(|(few, _)| few.value == name)
                    .map(|(_, over)| over)
            }
            Self::Overridden(entries) => entries.get(name).copied(),
        }
    }
}
