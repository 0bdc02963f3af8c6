//! Rotations of signing secrets: which there are to be, and their steps.
//!
//! A rotation is done once for each word that the manifest has: what was done is noted at the webhook.

use std::collections::BTreeMap;

use crate::model::{DesiredWebhook, LiveWebhook, Rotation, WebhookKey};

use super::{Action, Inputs, Note, Operation, OperationKind, Reason, Step, StepRequest};

/// Whether the rotation that a webhook declares is noted as done; also where it declares none.
pub(super) fn is_done(desired: &DesiredWebhook, live: &LiveWebhook) -> bool {
    desired.rotate.is_none() || desired.rotate == live.rotated
}

/// The rotation of a live webhook's secret; `None` where none is asked for, or it is done.
pub(super) fn rotation(
    inputs: &Inputs<'_>,
    key: &WebhookKey,
    desired: &DesiredWebhook,
    live: &LiveWebhook,
) -> Option<Operation> {
    let word = desired.rotate.clone()?;
    let Rotation::Api { overlap } = inputs.profile.rotation else {
        return None; // The manifest has said so.
    };
    // What stays disabled for its probe is not touched: its receiver could not be told.
    if is_done(desired, live) || inputs.policy.heal.failure(key).is_some() {
        return None;
    }
    let reason = match inputs.policy.is_ours(live.name.text().expose()) {
        true => Reason::Rotation {
            last: live.rotated.clone(),
        },
        false => Reason::Adopted,
    };
    let chosen = desired.secret_from.as_ref();
    Some(Operation {
        key: Some(key.clone()),
        reason,
        kind: OperationKind::Rotate {
            before: desired.beside(live),
            word,
            overlap: overlap.as_secs(),
        },
        notes: chosen.map(|_| Note::ChosenSecret).into_iter().collect(),
    })
}

/// How many operations there are before the first rotation: those come last.
pub(super) fn first(operations: &[Operation]) -> usize {
    operations.partition_point(|operation| operation.action() != Action::Rotate)
}

/// Adds the steps of rotations, which come after `steps`: what changes the same webhook has succeeded then. Each is noted last, so
/// that a run which ends in between rotates once more, and never not at all.
pub(super) fn add_steps(operations: &[Operation], steps: &mut Vec<Step>) {
    let mut last: BTreeMap<&WebhookKey, usize> = BTreeMap::new();
    for (index, step) in steps.iter().enumerate() {
        let key = operations[step.operation].key.as_ref();
        last.extend(key.map(|key| (key, index)));
    }
    for (index, operation) in operations.iter().enumerate().skip(first(operations)) {
        let (OperationKind::Rotate { before, word, .. }, Some(key)) =
            (&operation.kind, &operation.key)
        else {
            continue;
        };
        steps.push(Step {
            operation: index,
            after: last.get(key).copied().into_iter().collect(),
            takes_note_out: false,
            request: StepRequest::Rotate {
                id: before.id.clone(),
                key: key.clone(),
            },
        });
        steps.push(Step {
            operation: index,
            after: vec![steps.len() - 1],
            takes_note_out: false,
            request: StepRequest::NoteRotation {
                id: before.id.clone(),
                word: word.clone(),
            },
        });
    }
}
