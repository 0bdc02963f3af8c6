//! Whether what came back is what was sent.
//!
//! Compared is by meaning: URLs in their normal form, events as sets, ids without dashes. A field
//! that the provider did not report is no difference.

use crate::{
    model::{
        CreateOnly, EndpointUrl, EventSet, LiveField, LiveWebhook, NewWebhook, RotationWord,
        WebhookId, WebhookName, WebhookPatch,
    },
    provider::{ProviderErrorKind, wire},
};

/// Checks a webhook that was created.
pub(super) fn created_as_sent(
    sent: &NewWebhook,
    got: &LiveWebhook,
) -> Result<(), ProviderErrorKind> {
    let NewWebhook {
        name,
        url,
        events,
        env_type,
        enabled,
        mark,
        rotated: _,  // Where it is lost, the secret is rotated once more.
        unstored: _, // It warns, and changes nothing.
        create_only,
    } = sent;
    let check = Check { got };
    check.name(name)?;
    check.url(url)?;
    check.events(events)?;
    check.readable(LiveField::EnvType, || format!("`{env_type}`"))?;
    check.reported("env_type", *env_type, got.env_type)?;
    if let Some(mark) = mark {
        check.reported("mark", mark, got.mark.as_ref())?;
    }
    check.create_only(create_only)?;
    check.enabled(is_enabled(*enabled))
}

/// Checks that nothing notes any more that a secret is stored nowhere.
pub(super) fn secret_as_stored(id: &WebhookId, got: &LiveWebhook) -> Result<(), ProviderErrorKind> {
    same(id, got)?;
    match got.is_secret_lost {
        false => Ok(()),
        true => Err(ProviderErrorKind::NotAsSent {
            id: got.id.clone(),
            field: "metadata",
            sent: format!("no `{}`", wire::mark::SECRET),
            got: "it still".to_owned(),
        }),
    }
}

/// Checks a note of a rotation.
pub(super) fn rotation_as_noted(
    id: &WebhookId,
    word: &RotationWord,
    got: &LiveWebhook,
) -> Result<(), ProviderErrorKind> {
    same(id, got)?;
    Check { got }.reported("rotated", word, got.rotated.as_ref())?;
    match got.rotated {
        Some(_) => Ok(()),
        None => Err(ProviderErrorKind::NotAsSent {
            id: got.id.clone(),
            field: "rotated",
            sent: format!("`{word}`"),
            got: "nothing".to_owned(),
        }),
    }
}

/// What a new webhook is to be: where nothing is sent, it is enabled.
fn is_enabled(sent: Option<bool>) -> Option<bool> {
    Some(sent.unwrap_or(true))
}

/// What makes a webhook that was created as it was sent; `None` where it differs in what no update can set,
/// or cannot be read.
pub(super) fn correction(sent: &NewWebhook, got: &LiveWebhook) -> Option<WebhookPatch> {
    let check = Check { got };
    let is_fixed = check.url(&sent.url).is_ok()
        && check
            .reported("env_type", sent.env_type, got.env_type)
            .is_ok()
        && check.create_only(&sent.create_only).is_ok();
    if !is_fixed || got.unreadable.iter().any(|found| found.got.is_some()) {
        return None;
    }
    Some(WebhookPatch {
        name: check.name(&sent.name).err().map(|_| sent.name.clone()),
        url: None,
        events: check
            .events(&sent.events)
            .err()
            .map(|_| sent.events.clone()),
        enabled: check
            .enabled(is_enabled(sent.enabled))
            .err()
            .and(is_enabled(sent.enabled)),
    })
}

/// Checks a webhook that was changed.
pub(super) fn updated_as_sent(
    id: &WebhookId,
    sent: &WebhookPatch,
    got: &LiveWebhook,
) -> Result<(), ProviderErrorKind> {
    let WebhookPatch {
        name,
        url,
        events,
        enabled,
    } = sent;
    let check = Check { got };
    same(id, got)?;
    name.as_ref().map_or(Ok(()), |name| check.name(name))?;
    url.as_ref().map_or(Ok(()), |url| check.url(url))?;
    events
        .as_ref()
        .map_or(Ok(()), |events| check.events(events))?;
    check.enabled(*enabled)
}

/// Checks that it is the webhook that was asked for: what is noted at another one says nothing of it.
pub(super) fn same(id: &WebhookId, got: &LiveWebhook) -> Result<(), ProviderErrorKind> {
    Check { got }.reported("id", id, Some(&got.id))
}

struct Check<'a> {
    got: &'a LiveWebhook,
}

impl Check<'_> {
    fn name(&self, sent: &WebhookName) -> Result<(), ProviderErrorKind> {
        self.readable(LiveField::Name, || format!("`{sent}`"))?;
        let got = &self.got.name;
        // An absent name decodes as an empty one, which cannot be sent.
        let reported = Some(got).filter(|got| !got.text().expose().is_empty());
        self.reported("name", sent, reported)
    }

    fn url(&self, sent: &EndpointUrl) -> Result<(), ProviderErrorKind> {
        self.readable(LiveField::WebhookUrl, || format!("`{sent}`"))?;
        let got = &self.got.url;
        let reported = Some(got).filter(|got| !got.text().expose().is_empty());
        self.reported("webhook_url", sent, reported)
    }

    fn events(&self, sent: &EventSet) -> Result<(), ProviderErrorKind> {
        self.readable(LiveField::Events, || list(sent))?;
        let Some(got) = self.got.events.as_ref().filter(|got| *got != sent) else {
            return Ok(());
        };
        Err(self.differs("events", list(sent), list(got)))
    }

    fn create_only(&self, sent: &CreateOnly) -> Result<(), ProviderErrorKind> {
        let mut fields = sent.iter();
        fields.try_for_each(|(field, value)| {
            self.reported(field, value, self.got.create_only.get(field))
        })
    }

    fn enabled(&self, sent: Option<bool>) -> Result<(), ProviderErrorKind> {
        sent.map_or(Ok(()), |sent| {
            self.readable(LiveField::Enabled, || format!("`{sent}`"))?;
            self.reported("enabled", sent, self.got.enabled)
        })
    }

    /// What came back and cannot be read is not what was sent.
    fn readable(
        &self,
        field: LiveField,
        sent: impl FnOnce() -> String,
    ) -> Result<(), ProviderErrorKind> {
        let unreadable = self.got.unreadable(field);
        match unreadable.and_then(|found| found.got.clone()) {
            Some(got) => Err(self.differs(field.as_str(), sent(), got)),
            None => Ok(()),
        }
    }

    fn reported<V: PartialEq + ToString>(
        &self,
        field: &'static str,
        sent: V,
        got: Option<V>,
    ) -> Result<(), ProviderErrorKind> {
        match got {
            Some(got) if got != sent => {
                let quoted = |value: &V| format!("`{}`", value.to_string());
                Err(self.differs(field, quoted(&sent), quoted(&got)))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn differs(&self, field: &'static str, sent: String, got: String) -> ProviderErrorKind {
        ProviderErrorKind::NotAsSent {
            id: self.got.id.clone(),
            field,
            // A live text may be long, or written to disturb a terminal.
            sent: wire::excerpt(&sent),
            got: wire::excerpt(&got),
        }
    }
}

fn list(events: &EventSet) -> String {
    let types: Vec<_> = events.iter().map(|event| event.as_str()).collect();
    format!("[{}]", types.join(", "))
}
