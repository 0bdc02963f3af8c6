//! The keys that users chose for their webhooks: all that a run needs are got, and looked at, before it writes anything.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt};

use super::{Connected, keeper::KeepSecrets};
use crate::{
    apply::{Approved, NoSecret, NotApproved},
    model::{CredentialSource, EnvironmentName, KeyShape, Secret, WebhookKey},
    plan::Action,
};

const AT_ONCE: usize = 8;

/// The keys that users chose, by environment and webhook.
#[derive(Debug, Default)]
pub(super) struct ChosenSecrets(BTreeMap<(EnvironmentName, WebhookKey), Secret>);

/// A key that a plan needs.
struct Needed<'e> {
    environment: &'e EnvironmentName,
    key: &'e WebhookKey,
    source: &'e CredentialSource,
    provider: &'static str,
    shape: KeyShape,
}

impl ChosenSecrets {
    /// Gets those that these plans need.
    ///
    /// # Errors
    ///
    /// Those that cannot be had, or are not what the provider takes.
    pub(super) async fn get<'e, T: 'e>(
        plans: impl Iterator<Item = (&'e Connected<T>, Approved<'e>)>,
        keeper: &impl KeepSecrets,
    ) -> Result<Self, NotApproved> {
        let needed: Vec<Needed<'_>> = plans
            .flat_map(|(environment, plan)| needed(environment, plan))
            .collect();
        let got = stream::iter(&needed).map(|needed| got(needed, keeper));
        let got: Vec<Result<Secret, String>> = got.buffered(AT_ONCE).collect().await;
        let (mut chosen, mut missing) = (BTreeMap::new(), Vec::new());
        for (needed, got) in needed.into_iter().zip(got) {
            let (environment, key) = (needed.environment.clone(), needed.key.clone());
            match got {
                Ok(secret) => {
                    chosen.insert((environment, key), secret);
                }
                Err(why) => missing.push(NoSecret {
                    environment,
                    key,
                    why,
                }),
            }
        }
        match missing.is_empty() {
            true => Ok(Self(chosen)),
            false => Err(NotApproved::NoSecrets(missing)),
        }
    }

    /// That of a webhook, where its user chose it.
    pub(super) fn of(&self, environment: &EnvironmentName, key: &WebhookKey) -> Option<&Secret> {
        self.0.get(&(environment.clone(), key.clone()))
    }

    /// What nothing may show of those of an environment.
    pub(super) fn sensitive<T>(&self, environment: &Connected<T>) -> Vec<String> {
        let resolved = &environment.resolved;
        let shape = resolved.profile.chosen_secret;
        let own = self
            .0
            .iter()
            .filter(|((name, _), _)| *name == resolved.name);
        let texts = own.flat_map(|(_, secret)| shape.map(|shape| shape.sensitive(secret)));
        texts.flatten().collect()
    }
}

/// What a plan needs: the keys of what it creates, and of what it rotates.
fn needed<'e, T>(
    environment: &'e Connected<T>,
    plan: Approved<'e>,
) -> impl Iterator<Item = Needed<'e>> {
    let resolved = &environment.resolved;
    let operations = plan.plan().operations.iter();
    let new = operations.filter(|operation| match operation.action() {
        Action::Create | Action::Rotate => true,
        Action::Update | Action::Delete => false,
    });
    new.filter_map(|operation| {
        let key = operation.key.as_ref()?;
        Some(Needed {
            environment: &resolved.name,
            key,
            source: resolved.desired.webhooks.get(key)?.secret_from.as_ref()?,
            provider: resolved.profile.title,
            shape: resolved.profile.chosen_secret?,
        })
    })
}

async fn got(needed: &Needed<'_>, keeper: &impl KeepSecrets) -> Result<Secret, String> {
    let secret = keeper.fetch(needed.source, needed.shape).await?;
    match needed.shape.fault(&secret) {
        Some(fault) => Err(format!(
            "it {fault}; {} takes {}",
            needed.provider,
            needed.shape.words()
        )),
        None => Ok(secret),
    }
}
