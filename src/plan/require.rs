//! How many receivers of an event type there are as steps run.

use std::collections::BTreeSet;

use crate::model::{EventType, LiveWebhook};

use super::{
    Operation, Step,
    flow::{Flow, Twice, flow, sends},
    types::Types,
};

fn count(event: &EventType, live: &[&LiveWebhook], types: &Types) -> usize {
    live.iter()
        .filter(|webhook| sends(webhook, types).any(|sent| sent == event))
        .count()
}

/// The number of enabled receivers of an event type before the first step and after each one.
pub(super) fn receivers(
    event: &EventType,
    live: &[&LiveWebhook],
    operations: &[Operation],
    steps: &[Step],
    types: &Types,
) -> Vec<usize> {
    let flows: Vec<Flow> = operations
        .iter()
        .map(|operation| flow(operation, types))
        .collect();
    // The step in which an operation loses what it loses: the second of two where it is widened.
    let mut loses: Vec<Option<usize>> = vec![None; operations.len()];
    for (index, step) in steps.iter().enumerate() {
        let step = &mut loses[step.operation];
        if step.is_none() || flows[steps[index].operation].twice == Twice::Widen {
            *step = Some(index);
        }
    }
    let mut now = count(event, live, types);
    let mut counts = vec![now];
    let mut gained = BTreeSet::new();
    for (index, step) in steps.iter().enumerate() {
        let flow = &flows[step.operation];
        if flow.gains.contains(event) && gained.insert(step.operation) {
            now += 1;
        }
        if flow.loses.contains(event) && loses[step.operation] == Some(index) {
            now = now.saturating_sub(1);
        }
        counts.push(now);
    }
    counts
}
