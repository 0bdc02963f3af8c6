//! The drafts of a run's plans, and the deliveries that were counted for them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::{
    delivery::Counter,
    model::{EndpointUrl, EnvironmentName, LiveState},
    plan::{Draft, Refusal},
    provider::ProviderError,
    run::Look,
};

/// The drafts of a run's plans, one for each environment of the session that made them: no other can stand in for it.
#[derive(Clone, Debug)]
pub struct Drafts {
    pub(super) all: Vec<Drafted>,
    /// Deliveries that were counted for some of the environments.
    pub(super) counted: BTreeMap<EnvironmentName, Counted>,
}

/// Deliveries that were counted.
#[derive(Clone, Debug)]
pub struct Counted {
    /// How long the time is that they are of, up to now.
    pub window: Duration,
    /// Of how much of that time nothing is known.
    pub unknown: Duration,
    /// The deliveries.
    pub counter: Counter,
}

impl Counted {
    /// What was counted in a look at the provider's own history, which knows all of it.
    pub(super) fn of(counter: Counter, look: Look) -> Option<Self> {
        Some(Self {
            window: look.window?,
            unknown: Duration::ZERO,
            counter,
        })
    }
}

/// What drafting the plan of an environment gave.
#[derive(Clone, Debug)]
pub(super) enum Drafted {
    /// A draft, and the live state that it was made from.
    Draft(Box<Draft>, LiveState),
    /// Guards refuse the secret: it was not used.
    Refused(Vec<Refusal>),
    /// The live state could not be read.
    Failed(Arc<ProviderError>),
}

impl Drafts {
    pub(super) fn of(all: Vec<Drafted>) -> Self {
        Self {
            all,
            counted: BTreeMap::new(),
        }
    }

    /// Whether a plan does something.
    pub fn has_operations(&self) -> bool {
        let mut all = self.all.iter();
        all.any(
            |drafted| matches!(drafted, Drafted::Draft(draft, _) if !draft.operations().is_empty()),
        )
    }

    /// The URLs of the live webhooks.
    pub fn urls(&self) -> impl Iterator<Item = &EndpointUrl> {
        let live = self.all.iter().filter_map(|drafted| match drafted {
            Drafted::Draft(_, live) => Some(&live.webhooks),
            Drafted::Refused(_) | Drafted::Failed(_) => None,
        });
        live.flatten().map(|webhook| &webhook.url)
    }

    /// Takes deliveries of an environment that were counted elsewhere, such as in an archive.
    pub fn count(&mut self, environment: &EnvironmentName, counted: Counted) {
        self.counted.insert(environment.clone(), counted);
    }

    /// Why live states could not be read, of those that could not.
    pub fn errors(&self) -> impl Iterator<Item = &ProviderError> {
        self.all.iter().filter_map(|drafted| match drafted {
            Drafted::Failed(error) => Some(&**error),
            Drafted::Draft(..) | Drafted::Refused(_) => None,
        })
    }
}
