//! How many receivers of an event type there are as steps run.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{EventType, LiveState, LiveWebhook};

use super::{
    EnvironmentPlan, Inputs, Operation, Step,
    flow::{Flow, Twice, flows, sends},
    types::Types,
};

/// How many enabled webhooks receive an event type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receivers {
    /// How many do before the first step.
    pub before: usize,
    /// How many do after the last one.
    pub after: usize,
    /// The fewest there are at any moment, the first and the last included.
    pub fewest: usize,
}

/// How many receivers each event type has that is sent before or after a plan, which was made from these.
pub fn coverage(
    inputs: &Inputs<'_>,
    live: &LiveState,
    plan: &EnvironmentPlan,
) -> BTreeMap<EventType, Receivers> {
    let here = inputs.here(live);
    let types = &Types::of(inputs, &here);
    let mut coverage: BTreeMap<EventType, Receivers> = BTreeMap::new();
    for webhook in &here {
        for event in sends(webhook, types) {
            coverage.entry(event.clone()).or_default().before += 1;
        }
    }
    for receivers in coverage.values_mut() {
        receivers.after = receivers.before;
        receivers.fewest = receivers.before;
    }
    let flows = flows(&plan.operations, types);
    let loses = losing_steps(&flows, &plan.steps);
    let mut gained = BTreeSet::new();
    for (index, step) in plan.steps.iter().enumerate() {
        let flow = &flows[step.operation];
        if gained.insert(step.operation) {
            for event in &flow.gains {
                coverage.entry(event.clone()).or_default().after += 1;
            }
        }
        if loses[step.operation] == Some(index) {
            for event in &flow.loses {
                let receivers = coverage.entry(event.clone()).or_default();
                receivers.after = receivers.after.saturating_sub(1);
                receivers.fewest = receivers.fewest.min(receivers.after);
            }
        }
    }
    coverage
}

/// The step in which each operation loses what it loses: the second of two where it is widened.
fn losing_steps(flows: &[Flow], steps: &[Step]) -> Vec<Option<usize>> {
    let mut loses: Vec<Option<usize>> = vec![None; flows.len()];
    for (index, step) in steps.iter().enumerate() {
        let is_widened = flows[step.operation].twice == Twice::Widen;
        let step = &mut loses[step.operation];
        if step.is_none() || is_widened {
            *step = Some(index);
        }
    }
    loses
}

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
    let flows = flows(operations, types);
    let loses = losing_steps(&flows, steps);
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
