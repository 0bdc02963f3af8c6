//! `require`: enough receivers of an event type at any time, in whatever order steps run.

use std::collections::BTreeSet;

use crate::model::{EventType, LiveWebhook};

use super::{
    Action, Inputs, Operation, Step,
    flow::{Flow, flow, sends},
};

/// The event types of which there may at some time be too few receivers, if steps run in a bad order.
pub(super) fn pressed<'i>(
    inputs: &Inputs<'i>,
    live: &[&LiveWebhook],
    flows: &[Flow],
) -> BTreeSet<&'i EventType> {
    let is_pressed = |event: &EventType, required: u32| {
        let before = count(event, live);
        let loses = flows
            .iter()
            .filter(|flow| flow.loses.contains(event))
            .count();
        let gains = flows.iter().any(|flow| flow.gains.contains(event));
        gains && before.saturating_sub(loses) < before.min(required as usize)
    };
    inputs
        .policy
        .require
        .iter()
        .filter(|(event, required)| is_pressed(event, **required))
        .map(|(event, _)| event)
        .collect()
}

/// The updates that must gain before they lose, as they do both to what there is too little of.
pub(super) fn torn(flows: &[Flow], pressed: &BTreeSet<&EventType>) -> BTreeSet<usize> {
    let any = |events: &BTreeSet<EventType>| pressed.iter().any(|event| events.contains(*event));
    let is_torn = |flow: &Flow| {
        flow.action == Action::Update && flow.can_widen && any(&flow.loses) && any(&flow.gains)
    };
    (0..flows.len())
        .filter(|index| is_torn(&flows[*index]))
        .collect()
}

/// Whether the steps, in the order in which they are listed, keep to what is required as far as the
/// end does.
pub(super) fn is_kept(
    inputs: &Inputs<'_>,
    live: &[&LiveWebhook],
    operations: &[Operation],
    steps: &[Step],
) -> bool {
    inputs.policy.require.iter().all(|(event, required)| {
        let counts = receivers(event, live, operations, steps);
        let after = counts.last().copied().unwrap_or_default();
        let bound = (*required as usize).min(counts[0]).min(after);
        counts.iter().all(|count| *count >= bound)
    })
}

/// Makes each step that loses a pressed event type wait for the loser before it and for what gained
/// the type meanwhile: in whatever order steps run, there are at least as many receivers as in the
/// listed order.
pub(super) fn hold_back(steps: &mut [Step], flows: &[Flow], pressed: &BTreeSet<&EventType>) {
    let mut last = vec![0; flows.len()];
    for (index, step) in steps.iter().enumerate() {
        last[step.operation] = index;
    }
    for event in pressed {
        let mut gained = BTreeSet::new();
        let mut first: Vec<usize> = Vec::new();
        for (index, step) in steps.iter_mut().enumerate() {
            let flow = &flows[step.operation];
            if flow.gains.contains(*event) && gained.insert(step.operation) {
                first.push(index);
            }
            if flow.loses.contains(*event) && last[step.operation] == index {
                step.after.append(&mut first);
                step.after.sort_unstable();
                step.after.dedup();
                first.push(index);
            }
        }
    }
}

fn count(event: &EventType, live: &[&LiveWebhook]) -> usize {
    live.iter()
        .filter(|webhook| sends(webhook).any(|sent| sent == event))
        .count()
}

/// The number of enabled receivers of an event type before the first step and after each one.
pub(super) fn receivers(
    event: &EventType,
    live: &[&LiveWebhook],
    operations: &[Operation],
    steps: &[Step],
) -> Vec<usize> {
    let flows: Vec<Flow> = operations.iter().map(flow).collect();
    let mut last = vec![0; operations.len()];
    for (index, step) in steps.iter().enumerate() {
        last[step.operation] = index;
    }
    let mut now = count(event, live);
    let mut counts = vec![now];
    let mut gained = BTreeSet::new();
    for (index, step) in steps.iter().enumerate() {
        let flow = &flows[step.operation];
        if flow.gains.contains(event) && gained.insert(step.operation) {
            now += 1;
        }
        if flow.loses.contains(event) && last[step.operation] == index {
            now = now.saturating_sub(1);
        }
        counts.push(now);
    }
    counts
}
