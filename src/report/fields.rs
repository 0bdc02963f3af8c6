//! What an operation does to each field, before and after, for all formats.

use std::borrow::Cow;

use super::words::{self, clean};
use crate::plan::{EnvironmentPlan, Operation, OperationKind, Shown, Value, evidence::Evidence};

/// What a field is before and after: none where there is no webhook, or the provider does not report the field.
pub(super) struct Field<'o> {
    pub(super) name: &'o str,
    pub(super) before: Option<Value<'o>>,
    pub(super) after: Option<Value<'o>>,
}

impl Field<'_> {
    /// Whether only what is masked differs.
    pub(super) fn is_sensitive(&self) -> bool {
        let before = self.before.and_then(Value::text);
        let after = self.after.and_then(Value::text);
        before
            .zip(after)
            .is_some_and(|(before, after)| before.shown == after.shown)
    }
}

/// What stands for a value where it is one text, cleaned; `None` for events, and where there is none.
pub(super) fn line(value: Option<Value<'_>>) -> Option<Cow<'_, str>> {
    match value? {
        Value::Text(text) => Some(clean(&text.shown)),
        Value::Flag(flag) => Some(Cow::Borrowed(if flag { "true" } else { "false" })),
        Value::Events(_) => None,
    }
}

/// The events; none where it is something else.
pub(super) fn events(value: Option<Value<'_>>) -> &[String] {
    value.and_then(Value::events).unwrap_or_default()
}

pub(super) fn fields(operation: &Operation<Shown>) -> Vec<Field<'_>> {
    match &operation.kind {
        OperationKind::Create { webhook } => {
            let new = webhook.fields().map(|(name, after)| Field {
                name,
                before: None,
                after: Some(after),
            });
            new.collect()
        }
        OperationKind::Delete { before } => {
            let gone = before.webhook.fields().map(|(name, before)| Field {
                name,
                before: Some(before),
                after: None,
            });
            gone.collect()
        }
        OperationKind::Rotate { .. } => Vec::new(),
        OperationKind::Update {
            before: _,
            paired_by: _,
            changes,
        } => {
            let changed = changes.iter().map(|change| {
                let (before, after) = change.values();
                Field {
                    name: change.field(),
                    before,
                    after: Some(after),
                }
            });
            changed.collect()
        }
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
        facts.extend(words::unchanged(changes.len()).map(|rest| ("unchanged", rest)));
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
