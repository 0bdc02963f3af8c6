//! What is sent: exactly the documented fields, as a form.

use std::borrow::Cow;

use crate::{
    model::{EventSet, NewWebhook, WebhookPatch},
    provider::wire::mark,
};

/// A field of a form, and its value.
type Field<'f> = (Cow<'f, str>, Cow<'f, str>);

/// The form that creates an endpoint. That it is to be disabled cannot be said: only an update can do that.
pub(super) fn create(new: &NewWebhook) -> Vec<Field<'_>> {
    let NewWebhook {
        name,
        url,
        events,
        env_type: _, // The key says it.
        enabled: _,
        mark,
        rotated: _, // Its API rotates none.
        unstored,
        create_only,
    } = new;
    let mut fields = vec![field("url", url.text().expose())];
    fields.extend(enabled_events(events));
    fields.push(field("description", name.text().expose()));
    let create_only = create_only.iter();
    fields.extend(create_only.map(|(name, value)| field(name, value.expose())));
    fields.extend(mark.as_ref().map(|key| metadata(mark::MARK, key.as_str())));
    fields.extend(unstored.then(|| metadata(mark::SECRET, mark::UNSTORED)));
    fields
}

/// The form that takes out the note that an endpoint's signing secret is stored nowhere: what else its metadata has stays.
pub(super) fn secret_stored() -> [Field<'static>; 1] {
    [metadata(mark::SECRET, "")]
}

fn metadata<'f>(name: &str, value: &'f str) -> Field<'f> {
    (
        Cow::Owned(format!("metadata[{name}]")),
        Cow::Borrowed(value),
    )
}

/// The form that changes an endpoint. Its metadata is somebody else's too, and stays as it is.
pub(super) fn update(patch: &WebhookPatch) -> Vec<Field<'_>> {
    let WebhookPatch {
        name,
        url,
        events,
        enabled,
    } = patch;
    let mut fields = Vec::new();
    fields.extend(url.as_ref().map(|url| field("url", url.text().expose())));
    fields.extend(events.iter().flat_map(enabled_events));
    let name = name.as_ref();
    fields.extend(name.map(|name| field("description", name.text().expose())));
    fields.extend(enabled.map(|enabled| match enabled {
        true => field("disabled", "false"),
        false => field("disabled", "true"),
    }));
    fields
}

/// The list of events, item by item, as the official clients write it.
fn enabled_events(events: &EventSet) -> impl Iterator<Item = Field<'_>> {
    events.iter().enumerate().map(|(index, event)| {
        let name = Cow::Owned(format!("enabled_events[{index}]"));
        (name, Cow::Borrowed(event.as_str()))
    })
}

fn field<'f>(name: &'f str, value: &'f str) -> Field<'f> {
    (Cow::Borrowed(name), Cow::Borrowed(value))
}
