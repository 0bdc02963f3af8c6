//! What an operation does to each field, before and after, for all formats.

use std::borrow::Cow;

use super::words::{self, clean};
use crate::plan::{self, EnvironmentPlan, Operation, OperationKind, Shown, evidence::Evidence};

pub(super) struct Field<'o> {
    pub(super) name: &'o str,
    pub(super) before: Value<'o>,
    pub(super) after: Value<'o>,
}

impl<'o> Field<'o> {
    fn of(name: &'o str, before: Option<plan::Value<'o>>, after: Option<plan::Value<'o>>) -> Self {
        let value = |value: Option<plan::Value<'o>>| value.map_or(Value::Absent, Value::from);
        Self {
            name,
            before: value(before),
            after: value(after),
        }
    }

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

impl<'o> From<plan::Value<'o>> for Value<'o> {
    fn from(value: plan::Value<'o>) -> Self {
        match value {
            plan::Value::Text(text) => Self::Text(&text.shown),
            plan::Value::Events(events) => Self::Events(events),
            plan::Value::Flag(flag) => Self::Flag(flag),
        }
    }
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

pub(super) fn fields(operation: &Operation<Shown>) -> Vec<Field<'_>> {
    match &operation.kind {
        OperationKind::Create { webhook } => {
            let new = |(name, after)| Field::of(name, None, Some(after));
            webhook.fields().map(new).collect()
        }
        OperationKind::Delete { before } => {
            let gone = |(name, before)| Field::of(name, Some(before), None);
            before.webhook.fields().map(gone).collect()
        }
        OperationKind::Rotate { .. } => Vec::new(),
        OperationKind::Update {
            before: _,
            paired_by: _,
            changes,
        } => {
            let changes = changes
                .iter()
                .map(|change| (change.field(), change.values()));
            let changed =
                changes.map(|(name, (before, after))| Field::of(name, before, Some(after)));
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
