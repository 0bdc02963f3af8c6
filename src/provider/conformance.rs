//! The contract that every implementation of the provider's traits must keep, as checks.
//!
//! The tests run them against the simulator, in process and over loopback. Who has an account can run
//! them against the real API: every webhook they make has a name of their own and is deleted at the
//! end, whatever happened, and no other webhook is touched.

use super::{Creation, Deletion, ProviderError, ProviderErrorKind, ReadWebhooks, WriteWebhooks};
use crate::model::{
    EndpointUrl, EnvType, EventSet, EventType, LiveWebhook, MaskedText, NewWebhook,
    ProviderProfile, UrlRule, WebhookId, WebhookName, WebhookPatch,
};

/// Where the checks run.
#[derive(Debug)]
pub struct Ground<R, W> {
    /// What reads.
    pub reader: R,
    /// What writes.
    pub writer: W,
    /// What is known of the provider.
    pub profile: &'static ProviderProfile,
    /// The environment.
    pub env_type: EnvType,
    /// How the names of the webhooks begin that the checks make, and which nothing else may have.
    pub prefix: String,
    /// Below which URL they send; nothing needs to answer there.
    pub url: String,
}

/// What one check found.
#[derive(Debug)]
pub struct Verdict {
    /// What must hold.
    pub rule: &'static str,
    /// What was seen instead.
    pub result: Result<(), String>,
}

type Checked = Result<(), Breach>;

/// Why a check did not pass.
enum Breach {
    /// The provider answered, and not as the contract has it.
    Seen(String),
    /// A request failed that must not.
    Failed(ProviderError),
}

impl From<ProviderError> for Breach {
    fn from(error: ProviderError) -> Self {
        Self::Failed(error)
    }
}

fn ensure(holds: bool, seen: impl FnOnce() -> String) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(Breach::Seen(seen()))
    }
}

macro_rules! checks {
    ($ground:expr; $($rule:literal => $check:ident,)+) => {{
        let mut verdicts = Vec::new();
        $(
            let result = $ground.$check().await.map_err(|breach| match breach {
                Breach::Seen(seen) => seen,
                Breach::Failed(error) => error.to_string(),
            });
            // What one check left must not trouble the next.
            let result = match ($ground.clean_up().await, result) {
                (Err(error), Ok(())) => Err(format!("what it made could not be deleted: {error}")),
                (_, result) => result,
            };
            verdicts.push(Verdict { rule: $rule, result });
        )+
        verdicts
    }};
}

impl<R: ReadWebhooks, W: WriteWebhooks> Ground<R, W> {
    /// Runs every check, and deletes what they made.
    ///
    /// # Errors
    ///
    /// Webhooks with the prefix are there already: they may be somebody's.
    pub async fn check(&self) -> Result<Vec<Verdict>, NotChecked> {
        let present = self.made().await?;
        if !present.is_empty() {
            return Err(NotChecked::Present(present.len()));
        }
        Ok(checks! { self;
            "what is created is what was sent, and is in the list" => creates,
            "the list has every webhook once" => lists_all,
            "a URL can be registered once, or more often, as the profile says" => registers_a_second,
            "an update changes what it names and nothing else" => updates,
            "a webhook can be disabled and enabled again" => disables,
            "an update of what is not there is refused" => updates_nothing,
            "what is deleted is gone, and deleting it again is no error" => deletes,
        })
    }

    async fn creates(&self) -> Checked {
        let new = self.webhook(1, 2);
        let created = self.create(&new).await?;
        let listed = self.find(&created.id).await?;
        let retrieved = self.reader.retrieve(&created.id).await?;
        for (whence, webhook) in [
            ("POST", &created),
            ("the list", &listed),
            ("GET", &retrieved),
        ] {
            ensure(webhook.name == new.name && webhook.url == new.url, || {
                format!(
                    "{whence} has name `{}` and URL {}",
                    webhook.name, webhook.url
                )
            })?;
            ensure(
                webhook
                    .events
                    .as_ref()
                    .is_none_or(|events| *events == new.events),
                || format!("{whence} has events {:?}", webhook.events),
            )?;
        }
        Ok(())
    }

    async fn lists_all(&self) -> Checked {
        // More than a page of the providers' own default, as far as that is known, and as far as there may be as many.
        const MANY: usize = 25;
        let most = self.profile.planning.most.unwrap_or(u32::MAX);
        let room = usize::try_from(most)
            .unwrap_or(usize::MAX)
            .saturating_sub(self.reader.list().await?.len());
        let many = MANY.min(room);
        let mut ids = Vec::new();
        for n in 0..many {
            ids.push(self.create(&self.webhook(n, 1)).await?.id);
        }
        let made = self.made().await?;
        ensure(made.len() == many, || {
            format!("{} of {many} are listed", made.len())
        })?;
        let missing = ids
            .iter()
            .filter(|id| !made.iter().any(|one| one.id == **id))
            .count();
        ensure(missing == 0, || {
            format!("{missing} are not listed under the id they were given")
        })
    }

    async fn registers_a_second(&self) -> Checked {
        let first = self.webhook(1, 1);
        let one = self.create(&first).await?;
        let second = NewWebhook {
            name: self.webhook(2, 1).name,
            ..first
        };
        if self.profile.planning.url == UrlRule::Shared {
            let other = self.create(&second).await?;
            let made = self.made().await?;
            let both = [&one.id, &other.id].map(|id| made.iter().any(|it| it.id == *id));
            return ensure(both == [true, true] && made.len() == 2, || {
                format!("two were created at one URL, and {} are listed", made.len())
            });
        }
        match self.writer.create(&second).await {
            Err(error) if matches!(error.kind(), ProviderErrorKind::Conflict(_)) => Ok(()),
            Err(error) => Err(Breach::Seen(format!("it is refused as: {error}"))),
            Ok(_) => Err(Breach::Seen("a second one was created".to_owned())),
        }
    }

    async fn updates(&self) -> Checked {
        let before = self.create(&self.webhook(1, 1)).await?;
        let wanted = self.webhook(2, 3);
        let patch = WebhookPatch {
            events: Some(wanted.events.clone()),
            ..WebhookPatch::default()
        };
        let after = self.writer.update(&before.id, &patch).await?;
        ensure(after.name == before.name && after.url == before.url, || {
            format!(
                "with new events it has name `{}` and URL {}",
                after.name, after.url
            )
        })?;
        let patch = WebhookPatch {
            name: Some(wanted.name.clone()),
            url: Some(wanted.url.clone()),
            ..WebhookPatch::default()
        };
        self.writer.update(&before.id, &patch).await?;
        let listed = self.find(&before.id).await?;
        ensure(
            listed.name == wanted.name && listed.url == wanted.url,
            || format!("the list has name `{}` and URL {}", listed.name, listed.url),
        )?;
        ensure(
            listed
                .events
                .as_ref()
                .is_none_or(|events| *events == wanted.events),
            || format!("the list has events {:?}", listed.events),
        )
    }

    async fn disables(&self) -> Checked {
        if !self.profile.has_enabled {
            return Ok(());
        }
        let created = self.create(&self.webhook(1, 1)).await?;
        for enabled in [false, true] {
            let patch = WebhookPatch {
                enabled: Some(enabled),
                ..WebhookPatch::default()
            };
            self.writer.update(&created.id, &patch).await?;
            let listed = self.find(&created.id).await?;
            ensure(
                listed.enabled.is_none_or(|reported| reported == enabled),
                || {
                    format!(
                        "with `enabled: {enabled}` the list has {:?}",
                        listed.enabled
                    )
                },
            )?;
        }
        Ok(())
    }

    async fn updates_nothing(&self) -> Checked {
        let created = self.create(&self.webhook(1, 1)).await?;
        self.writer.delete(&created.id).await?;
        let patch = WebhookPatch {
            name: Some(self.webhook(2, 1).name),
            ..WebhookPatch::default()
        };
        match self.writer.update(&created.id, &patch).await {
            Err(error) if matches!(error.kind(), ProviderErrorKind::NotFound(_)) => Ok(()),
            Err(error) => Err(Breach::Seen(format!("it is refused as: {error}"))),
            Ok(_) => Err(Breach::Seen("it was updated".to_owned())),
        }
    }

    async fn deletes(&self) -> Checked {
        let created = self.create(&self.webhook(1, 1)).await?;
        let deletion = self.writer.delete(&created.id).await?;
        ensure(deletion == Deletion::Deleted, || {
            "it was gone before".to_owned()
        })?;
        let left = self.made().await?.len();
        ensure(left == 0, || format!("{left} are listed still"))?;
        let again = self.writer.delete(&created.id).await?;
        ensure(again == Deletion::AlreadyGone, || {
            "it was deleted twice".to_owned()
        })
    }

    async fn create(&self, new: &NewWebhook) -> Result<LiveWebhook, Breach> {
        match self.writer.create(new).await? {
            Creation::Created { webhook, .. } | Creation::FoundAfterUnknown(webhook) => Ok(webhook),
            Creation::Different { error, .. } => Err(error.into()),
        }
    }

    async fn find(&self, id: &WebhookId) -> Result<LiveWebhook, Breach> {
        let mut webhooks = self.reader.list().await?.into_iter();
        webhooks
            .find(|webhook| webhook.id == *id)
            .ok_or_else(|| Breach::Seen(format!("the list has no webhook {id}")))
    }

    /// The webhooks that the checks made.
    async fn made(&self) -> Result<Vec<LiveWebhook>, ProviderError> {
        let mut webhooks = self.reader.list().await?;
        webhooks.retain(|webhook| webhook.name.text().expose().starts_with(&self.prefix));
        Ok(webhooks)
    }

    async fn clean_up(&self) -> Result<(), ProviderError> {
        for webhook in self.made().await? {
            self.writer.delete(&webhook.id).await?;
        }
        Ok(())
    }

    /// The `n`-th webhook of the checks, with the first `events` of the provider's event types.
    fn webhook(&self, n: usize, events: usize) -> NewWebhook {
        let types = self.profile.event_types.iter().take(events);
        let mut events: EventSet = types.map(|event| EventType::new(*event)).collect();
        if events.is_empty() {
            // Which there are, only the account knows.
            events.extend([EventType::all()]);
        }
        let name = WebhookName::from_live(MaskedText::plain(format!("{}{n}", self.prefix)));
        let url = EndpointUrl::from_live(MaskedText::plain(format!("{}{n}", self.url)));
        NewWebhook::new(name, url, events, self.env_type)
    }
}

/// Why the checks did not run.
#[derive(Debug, thiserror::Error)]
pub enum NotChecked {
    /// The list could not be read.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// Webhooks with the prefix are there already.
    #[error("{0} webhooks with this prefix are there already, and may be somebody's")]
    Present(usize),
}
