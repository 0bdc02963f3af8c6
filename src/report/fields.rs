//! What an operation does to each field, before and after, for all formats.

use std::borrow::Cow;

use super::words::{self, clean, count};
use crate::plan::{
    Change, EnvironmentPlan, LiveRecord, Operation, OperationKind, Shown, WebhookRecord,
    evidence::Evidence,
};

/// How many fields of a webhook a plan compares: name, URL, events, enabled.
pub(super) const FIELDS: usize = 4;

/// One field.
pub(super) struct Field<'o> {
    pub(super) name: &'o str,
    pub(super) before: Value<'o>,
    pub(super) after: Value<'o>,
}

impl Field<'_> {
    /// Whether only what is masked differs.
    pub(super) fn is_sensitive(&self) -> bool {
        matches!((&self.before, &self.after), (Value::Text(before), Value::Text(after)) if before == after)
    }
}

/// What a field is before or after.
#[derive(Clone, Copy)]
pub(super) enum Value<'o> {
    /// There is no webhook, or the provider does not report the field.
    Absent,
    /// This text, as it came.
    Text(&'o str),
    /// Whether events are sent.
    Flag(bool),
    /// These events.
    Events(&'o [String]),
}

impl<'o> Value<'o> {
    /// What stands for it where it is one text, cleaned; `None` for events, and where there is none.
    pub(super) fn line(self) -> Option<Cow<'o, str>> {
        match self {
            Self::Text(text) => Some(clean(text)),
            Self::Flag(flag) => Some(Cow::Borrowed(if flag { "true" } else { "false" })),
            Self::Absent | Self::Events(_) => None,
        }
    }

    /// The events; none where it is something else.
    pub(super) fn events(self) -> &'o [String] {
        match self {
            Self::Events(events) => events,
            Self::Absent | Self::Text(_) | Self::Flag(_) => &[],
        }
    }
}

/// The fields that an operation changes.
pub(super) fn fields(operation: &Operation<Shown>) -> Vec<Field<'_>> {
    match &operation.kind {
        OperationKind::Create { webhook } => created(webhook),
        OperationKind::Delete { before } => deleted(before),
        OperationKind::Rotate { .. } => Vec::new(),
        OperationKind::Update {
            before: _,
            paired_by: _,
            changes,
        } => changes.iter().map(changed).collect(),
    }
}

/// What else is to be said of an operation, each with the name it is shown under.
pub(super) fn facts(
    plan: &EnvironmentPlan<Shown>,
    steps: &words::StepsOf<'_>,
    notes: words::NotesOf,
    evidence: Option<&Evidence<Shown>>,
    index: usize,
) -> Vec<(&'static str, String)> {
    let operation = &plan.operations[index];
    let mut facts = Vec::new();
    if let OperationKind::Update {
        before: _,
        paired_by,
        changes,
    } = &operation.kind
    {
        if changes.len() < FIELDS {
            facts.push(("unchanged", count(FIELDS - changes.len(), "field")));
        }
        facts.extend(words::pairing(paired_by).map(|text| ("found by", text)));
    }
    if let OperationKind::Rotate { word, overlap, .. } = &operation.kind {
        facts.push(("secret", words::rotates(*overlap)));
        facts.push(("rotate", clean(word.as_str()).into_owned()));
    }
    if let Some(before) = operation.before() {
        facts.push(("id", clean(&before.id).into_owned()));
    }
    facts.push(("why", words::reason(&operation.reason)));
    let notes = notes.own(operation);
    facts.extend(notes.map(|note| ("note", words::note(note))));
    facts.extend(words::carries(evidence, operation));
    facts.extend(words::order(plan, steps, index));
    facts
}

fn created(webhook: &WebhookRecord) -> Vec<Field<'_>> {
    let new = |(name, after)| Field {
        name,
        before: Value::Absent,
        after,
    };
    values(webhook).map(new).collect()
}

fn deleted(webhook: &LiveRecord) -> Vec<Field<'_>> {
    let gone = |(name, before)| Field {
        name,
        before,
        after: Value::Absent,
    };
    values(&webhook.webhook).map(gone).collect()
}

/// The fields of a webhook that are known.
fn values(webhook: &WebhookRecord) -> impl Iterator<Item = (&str, Value<'_>)> {
    let WebhookRecord {
        name,
        url,
        events,
        enabled,
        create_only,
    } = webhook;
    let create_only = create_only.iter();
    let create_only =
        create_only.map(|(field, value)| (field.as_str(), Some(Value::Text(&value.shown))));
    [
        ("name", Some(Value::Text(&name.shown))),
        ("url", Some(Value::Text(&url.shown))),
        ("events", events.as_deref().map(Value::Events)),
        ("enabled", enabled.map(Value::Flag)),
    ]
    .into_iter()
    .chain(create_only)
    .filter_map(|(name, value)| Some((name, value?)))
}

fn changed(change: &Change<Shown>) -> Field<'_> {
    let (name, before, after) = match change {
        Change::Name { before, after } => (
            "name",
            Value::Text(&before.shown),
            Value::Text(&after.shown),
        ),
        Change::Url { before, after } => {
            ("url", Value::Text(&before.shown), Value::Text(&after.shown))
        }
        Change::Events { before, after } => (
            "events",
            before.as_deref().map_or(Value::Absent, Value::Events),
            Value::Events(after),
        ),
        Change::Enabled { before, after } => ("enabled", Value::Flag(*before), Value::Flag(*after)),
    };
    Field {
        name,
        before,
        after,
    }
}
