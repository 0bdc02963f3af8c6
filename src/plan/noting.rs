//! What is to be noted of each operation, found from the steps and what they wait for.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{EventSet, KeyScope, MaskedText, WebhookName};

use super::{
    Inputs, Note, Operation, OperationKind, Step, handover::Handover, order::Ordering, types::Types,
};

/// The notes of each operation, in the order of operations. Without steps, nothing is said of what happens between
/// them.
pub(super) fn notes(
    inputs: &Inputs<'_>,
    types: &Types,
    operations: &[Operation],
    ordering: &Ordering<'_>,
    steps: &[Step],
) -> Vec<Vec<Note>> {
    let has_keys = inputs.profile.planning.key == KeyScope::Endpoint;
    let secret = |operation: &Operation| secret(inputs, operation).filter(|_| has_keys);
    let mut notes: Vec<Vec<Note>> = operations
        .iter()
        .map(|operation| secret(operation).into_iter().collect())
        .collect();
    let times = Times::of(operations, ordering, steps);
    if has_keys {
        for (taker, events) in taken_over(operations, ordering) {
            notes[taker].push(Note::OtherSecret {
                events: types.spelt(events.iter()),
            });
        }
    }
    if ordering.is_shared() && !steps.is_empty() {
        for ((taker, leavers), events) in twice(ordering, &times) {
            let own = operations[taker].name();
            let leavers = leavers.into_iter();
            let names = leavers.filter_map(|leaver| name(&operations[leaver], own));
            notes[taker].push(Note::Twice {
                events: types.spelt(events.iter()),
                until: names.collect(),
            });
        }
    }
    for (create, delete) in &ordering.replacements {
        let events = missing(ordering, &times, *create, *delete);
        if !events.is_empty() {
            notes[*delete].push(Note::Gap {
                events: types.spelt(events.iter()),
            });
        }
    }
    notes
}

/// What does not come to a URL between the delete and the create of what is replaced.
fn missing(ordering: &Ordering<'_>, times: &Times, create: usize, delete: usize) -> EventSet {
    let is_missing = |handover: &&Handover| {
        let mut leavers = handover.leavers.iter();
        handover.taker == create
            && handover.kept == 0
            && handover.leavers.contains(&delete)
            && leavers.all(|leaver| times.is_before(*leaver, create))
    };
    let missing = ordering.handovers.iter().filter(is_missing);
    missing.map(|handover| handover.event.clone()).collect()
}

/// What is to be said of a webhook's own signing secret.
fn secret(inputs: &Inputs<'_>, operation: &Operation) -> Option<Note> {
    match &operation.kind {
        OperationKind::Create { .. } => Some(match is_chosen(inputs, operation) {
            true => Note::ChosenSecret,
            false => Note::NewSecret,
        }),
        OperationKind::Update { .. } => operation.moves().then_some(Note::KeepsSecret),
        OperationKind::Delete { .. } | OperationKind::Rotate { .. } => None,
    }
}

/// Whether a user chose the signing secret of what is created.
fn is_chosen(inputs: &Inputs<'_>, operation: &Operation) -> bool {
    let webhooks = &inputs.desired.webhooks;
    let desired = operation.key.as_ref().and_then(|key| webhooks.get(key));
    desired.is_some_and(|desired| desired.secret_from.is_some())
}

/// The event types that a webhook at a URL takes over from others there; of what is created, its new secret says it.
fn taken_over(operations: &[Operation], ordering: &Ordering<'_>) -> BTreeMap<usize, EventSet> {
    let mut taken: BTreeMap<usize, EventSet> = BTreeMap::new();
    for handover in &ordering.handovers {
        if let OperationKind::Update { .. } = operations[handover.taker].kind {
            let events = taken.entry(handover.taker).or_default();
            events.extend([handover.event.clone()]);
        }
    }
    taken
}

/// The event types that come twice for a while, by who begins to send them and who has not left then.
fn twice(ordering: &Ordering<'_>, times: &Times) -> BTreeMap<(usize, Vec<usize>), EventSet> {
    let mut twice: BTreeMap<(usize, Vec<usize>), EventSet> = BTreeMap::new();
    for handover in &ordering.handovers {
        let taker = handover.taker;
        let mut leavers = handover.leavers.iter();
        if !leavers.any(|leaver| times.is_before(*leaver, taker)) {
            let events = twice.entry((taker, handover.leavers.clone())).or_default();
            events.extend([handover.event.clone()]);
        }
    }
    twice
}

/// What people call a live webhook that goes away, so that it is not taken for the one that stays.
fn name(operation: &Operation, staying: &WebhookName) -> Option<MaskedText> {
    let before = operation.before()?;
    let tells = !before.name.text().expose().is_empty() && before.name != *staying;
    Some(match tells {
        true => before.name.text().clone(),
        false => before.id.clone().into(),
    })
}

/// Which operations are sure to begin before others.
struct Times {
    /// For each operation of interest, those that have begun before it does.
    before: BTreeMap<usize, BTreeSet<usize>>,
}

impl Times {
    /// For the operations that take over from others.
    fn of(operations: &[Operation], ordering: &Ordering<'_>, steps: &[Step]) -> Self {
        let takers = ordering.handovers.iter().map(|handover| handover.taker);
        let creates = ordering.replacements.iter().map(|(create, _)| *create);
        let takers: BTreeSet<usize> = takers.chain(creates).collect();
        let mut first = vec![None; operations.len()];
        for (index, step) in steps.iter().enumerate().filter(|_| !takers.is_empty()) {
            first[step.operation].get_or_insert(index);
        }
        let before = |taker: usize| {
            let mut seen = BTreeSet::new();
            let mut open: Vec<usize> = first[taker].into_iter().collect();
            while let Some(step) = open.pop() {
                let new = steps[step].after.iter().filter(|step| seen.insert(**step));
                open.extend(new.copied().collect::<Vec<usize>>());
            }
            seen.into_iter().map(|step| steps[step].operation).collect()
        };
        Self {
            before: takers
                .into_iter()
                .map(|taker| (taker, before(taker)))
                .collect(),
        }
    }

    fn is_before(&self, operation: usize, taker: usize) -> bool {
        self.before
            .get(&taker)
            .is_some_and(|before| before.contains(&operation))
    }
}
