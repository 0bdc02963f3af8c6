//! What an operation does to each field, before and after, for the formats that show it side by side.

use std::borrow::Cow;

use super::words::{self, clean, count};
use crate::{
    model::{EventSet, LiveWebhook, NewWebhook},
    plan::{Change, EnvironmentPlan, Operation, OperationKind, evidence::Evidence},
};

/// How many fields of a webhook a plan compares: name, URL, events, enabled.
const FIELDS: usize = 4;

/// One field.
pub(super) struct Field<'o> {
    pub(super) name: &'static str,
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
pub(super) enum Value<'o> {
    /// There is no webhook, or the provider does not report the field.
    Absent,
    /// This text, cleaned.
    Text(Cow<'o, str>),
    /// These events.
    Events(&'o EventSet),
}

/// The fields that an operation changes.
pub(super) fn fields(operation: &Operation) -> Vec<Field<'_>> {
    match &operation.kind {
        OperationKind::Create { webhook } => created(webhook),
        OperationKind::Delete { before } => deleted(before),
        OperationKind::Update {
            before: _,
            paired_by: _,
            changes,
        } => changes.iter().map(changed).collect(),
    }
}

/// What else is to be said of an operation, each with the name it is shown under.
pub(super) fn facts(
    plan: &EnvironmentPlan,
    steps: &words::StepsOf<'_>,
    evidence: Option<&Evidence>,
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
    if let Some(before) = operation.before() {
        facts.push(("id", clean(before.id.shown()).into_owned()));
    }
    facts.push(("why", words::reason(&operation.reason)));
    facts.extend(words::carries(evidence, operation));
    facts.extend(words::order(plan, steps, index));
    facts
}

fn created(webhook: &NewWebhook) -> Vec<Field<'_>> {
    let NewWebhook {
        name,
        url,
        events,
        env_type: _, // The environment's own.
        enabled,
    } = webhook;
    let new = |name, after| Field {
        name,
        before: Value::Absent,
        after,
    };
    let mut fields = vec![
        new("name", text(name.text().shown())),
        new("url", text(url.text().shown())),
        new("events", Value::Events(events)),
    ];
    fields.extend(enabled.map(|enabled| new("enabled", flag(enabled))));
    fields
}

fn deleted(webhook: &LiveWebhook) -> Vec<Field<'_>> {
    let gone = |name, before| Field {
        name,
        before,
        after: Value::Absent,
    };
    let mut fields = vec![
        gone("name", text(webhook.name.text().shown())),
        gone("url", text(webhook.url.text().shown())),
    ];
    let events = webhook.events.as_ref();
    fields.extend(events.map(|events| gone("events", Value::Events(events))));
    fields.extend(
        webhook
            .enabled
            .map(|enabled| gone("enabled", flag(enabled))),
    );
    fields
}

fn changed(change: &Change) -> Field<'_> {
    let (name, before, after) = match change {
        Change::Name { before, after } => (
            "name",
            text(before.text().shown()),
            text(after.text().shown()),
        ),
        Change::Url { before, after } => (
            "url",
            text(before.text().shown()),
            text(after.text().shown()),
        ),
        Change::Events { before, after } => (
            "events",
            before.as_ref().map_or(Value::Absent, Value::Events),
            Value::Events(after),
        ),
        Change::Enabled { before, after } => ("enabled", flag(*before), flag(*after)),
    };
    Field {
        name,
        before,
        after,
    }
}

fn text(shown: &str) -> Value<'_> {
    Value::Text(clean(shown))
}

fn flag(value: bool) -> Value<'static> {
    Value::Text(Cow::Borrowed(if value { "true" } else { "false" }))
}
