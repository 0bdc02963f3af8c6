//! Operations → steps, in an order in which no event is lost.
//!
//! Creates come first, then updates, then deletes. Beyond that a step waits for another only where
//! an event type depends on it: for every event type that is sent before and after, and that no
//! webhook sends throughout, one webhook that will send it (the *gainer*) must be done before one
//! that sends it now and will not (the *loser*) begins. Whatever runs at once, and whatever fails,
//! either the loser still sends it or the gainer already does.
//!
//! Where updates wait for each other in a circle, one is widened: it gets the union of its old and
//! new events first, and loses the old ones in a second step. Where more receivers are required than
//! one, more may have to be: guarantee 7 is about what holds without `require`.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{EndpointUrl, EventType, LiveWebhook, WebhookId, WebhookKey, WebhookPatch};

use super::{
    Action, Change, Inputs, Operation, OperationKind, Step, StepRequest,
    circle::{self, Swap},
    flow::{Flow, flow, sends},
    require,
};

/// Orders the steps of operations, which are sorted by action.
///
/// # Errors
///
/// The webhooks whose updates wait for each other in a circle of which none can be widened.
pub(super) fn steps(
    operations: &[Operation],
    live: &[&LiveWebhook],
    inputs: &Inputs<'_>,
) -> Result<Vec<Step>, Vec<WebhookKey>> {
    let flows: Vec<Flow> = operations.iter().map(flow).collect();
    let mut edges: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut swaps: Vec<Swap> = Vec::new();
    for (event, roles) in roles(&flows, operations, live) {
        add_edges(event, &roles, &flows, &mut edges, &mut swaps);
    }
    edges.extend(duplicates(operations, &flows));
    let pressed = require::pressed(inputs, live, &flows);
    let loses_pressed = |operation: usize| {
        pressed
            .iter()
            .any(|event| flows[operation].loses.contains(*event))
    };
    let solution = circle::solve(
        &swaps,
        |operation| flows[operation].can_widen,
        loses_pressed,
    )
    .map_err(|circle| {
        let keys = circle
            .iter()
            .filter_map(|index| operations[*index].key.clone());
        keys.collect::<Vec<_>>()
    })?;
    edges.extend(solution.edges);
    let mut widened = solution.widened;
    let mut steps = listed(operations, &edges, &widened, &loses_pressed);
    if !pressed.is_empty() {
        if !require::is_kept(inputs, live, operations, &steps) {
            widened.extend(require::torn(&flows, &pressed));
            steps = listed(operations, &edges, &widened, &loses_pressed);
        }
        require::hold_back(&mut steps, &flows, &pressed);
    }
    Ok(steps)
}

/// The operations by what they do to one event type.
#[derive(Default)]
struct Roles {
    losers: Vec<usize>,
    gainers: Vec<usize>,
}

/// The event types that some operation loses and another gains, while no webhook sends them throughout.
fn roles<'f>(
    flows: &'f [Flow],
    operations: &[Operation],
    live: &[&LiveWebhook],
) -> BTreeMap<&'f EventType, Roles> {
    let mut roles: BTreeMap<&EventType, Roles> = BTreeMap::new();
    for (index, flow) in flows.iter().enumerate() {
        for event in &flow.loses {
            roles.entry(event).or_default().losers.push(index);
        }
        for event in &flow.gains {
            roles.entry(event).or_default().gainers.push(index);
        }
    }
    roles.retain(|_, roles| !roles.losers.is_empty() && !roles.gainers.is_empty());
    for event in flows.iter().flat_map(|flow| &flow.keeps) {
        roles.remove(event);
    }
    if roles.is_empty() {
        return roles;
    }
    let changing: BTreeSet<&WebhookId> = operations
        .iter()
        .filter_map(|operation| operation.before().map(|before| &before.id))
        .collect();
    for webhook in live
        .iter()
        .filter(|webhook| !changing.contains(&webhook.id))
    {
        if roles.is_empty() {
            break;
        }
        for event in sends(webhook) {
            roles.remove(event);
        }
    }
    roles
}

/// Makes losers wait for a gainer, or notes a swap where both are updates.
fn add_edges(
    event: &EventType,
    roles: &Roles,
    flows: &[Flow],
    edges: &mut BTreeSet<(usize, usize)>,
    swaps: &mut Vec<Swap>,
) {
    let is = |action: Action| move |index: &usize| flows[*index].action == action;
    let created = roles
        .gainers
        .iter()
        .copied()
        .find(|index| is(Action::Create)(index));
    let mut deleted = roles
        .losers
        .iter()
        .copied()
        .filter(|index| is(Action::Delete)(index))
        .peekable();
    if deleted.peek().is_some() {
        // Every delete waits, not only one: what takes over must be there before anything goes.
        let gainer = created.unwrap_or(roles.gainers[0]);
        edges.extend(deleted.map(|loser| (gainer, loser)));
    } else if let Some(gainer) = created {
        edges.insert((gainer, roles.losers[0]));
    } else {
        swaps.push(Swap {
            event: event.clone(),
            losers: roles.losers.clone(),
            gainers: roles.gainers.clone(),
        });
    }
}

/// Makes the deletion of a duplicate wait for the webhook that stays at its URL, where that one takes
/// over some of its events: the pair of event type and URL must not have a gap either.
fn duplicates(operations: &[Operation], flows: &[Flow]) -> BTreeSet<(usize, usize)> {
    let mut staying: BTreeMap<&EndpointUrl, usize> = BTreeMap::new();
    if operations
        .last()
        .is_none_or(|operation| operation.action() != Action::Delete)
    {
        return BTreeSet::new();
    }
    for (index, operation) in operations.iter().enumerate() {
        if let OperationKind::Update {
            before, changes, ..
        } = &operation.kind
            && !changes
                .iter()
                .any(|change| matches!(change, Change::Url { .. }))
        {
            staying.insert(&before.url, index);
        }
    }
    let mut edges = BTreeSet::new();
    for (index, operation) in operations.iter().enumerate() {
        if let OperationKind::Delete { before } = &operation.kind
            && let Some(stays) = staying.get(&before.url)
            && !flows[*stays].gains.is_disjoint(&flows[index].loses)
        {
            edges.insert((*stays, index));
        }
    }
    edges
}

/// Lists the steps: creates, widenings, updates, deletes; updates so that each comes after what it
/// waits for, else those to be put off late, else by key.
fn listed(
    operations: &[Operation],
    edges: &BTreeSet<(usize, usize)>,
    widened: &BTreeSet<usize>,
    put_off: &dyn Fn(usize) -> bool,
) -> Vec<Step> {
    let mut waits: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (first, then) in edges {
        waits.entry(*then).or_default().insert(*first);
    }
    let mut steps: Vec<Step> = Vec::with_capacity(operations.len() + widened.len());
    // The step after which an operation sends what it will send.
    let mut gained: BTreeMap<usize, usize> = BTreeMap::new();
    for index in sequence(operations, &waits, widened, put_off) {
        let (operation, is_widening) = index;
        let mut after: Vec<usize> = Vec::new();
        if !is_widening {
            let waited = waits.get(&operation).into_iter().flatten();
            after.extend(waited.filter_map(|first| gained.get(first)));
            if widened.contains(&operation) {
                after.extend(gained.get(&operation));
            }
            after.sort_unstable();
            after.dedup();
        }
        let at = steps.len();
        if is_widening || !widened.contains(&operation) {
            gained.insert(operation, at);
        }
        steps.push(Step {
            operation,
            request: request(&operations[operation], is_widening),
            after,
        });
    }
    steps
}

/// The order of steps as (operation, is it the widening).
fn sequence(
    operations: &[Operation],
    waits: &BTreeMap<usize, BTreeSet<usize>>,
    widened: &BTreeSet<usize>,
    put_off: &dyn Fn(usize) -> bool,
) -> Vec<(usize, bool)> {
    let of = |action: Action| {
        (0..operations.len()).filter(move |index| operations[*index].action() == action)
    };
    let mut sequence: Vec<(usize, bool)> = of(Action::Create).map(|index| (index, false)).collect();
    sequence.extend(widened.iter().map(|index| (*index, true)));
    // Only updates wait for updates; a widened one has already gained, so nobody waits for its end.
    let mut open: BTreeMap<usize, usize> = BTreeMap::new();
    let mut waiting: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in of(Action::Update) {
        let firsts = waits.get(&index).into_iter().flatten().filter(|first| {
            operations[**first].action() == Action::Update && !widened.contains(first)
        });
        let mut count = 0;
        for first in firsts {
            waiting.entry(*first).or_default().push(index);
            count += 1;
        }
        open.insert(index, count);
    }
    let mut ready: BTreeSet<(bool, usize)> = open
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(index, _)| (put_off(*index), *index))
        .collect();
    while let Some((_, index)) = ready.pop_first() {
        sequence.push((index, false));
        for next in waiting.remove(&index).unwrap_or_default() {
            if let Some(count) = open.get_mut(&next) {
                *count -= 1;
                if *count == 0 {
                    ready.insert((put_off(next), next));
                }
            }
        }
    }
    sequence.extend(of(Action::Delete).map(|index| (index, false)));
    sequence
}

fn request(operation: &Operation, is_widening: bool) -> StepRequest {
    match &operation.kind {
        OperationKind::Create { webhook } => StepRequest::Create(webhook.clone()),
        OperationKind::Delete { before } => StepRequest::Delete {
            id: before.id.clone(),
        },
        OperationKind::Update {
            before, changes, ..
        } => {
            let mut patch = WebhookPatch::default();
            for change in changes {
                match change {
                    Change::Events { before, after } if is_widening => {
                        patch.events = Some(before.union(after).cloned().collect());
                    }
                    Change::Events { after, .. } => patch.events = Some(after.clone()),
                    _ if is_widening => {}
                    Change::Name { after, .. } => patch.name = Some(after.clone()),
                    Change::Url { after, .. } => patch.url = Some(after.clone()),
                    Change::Enabled { after, .. } => patch.enabled = Some(*after),
                }
            }
            StepRequest::Update {
                id: before.id.clone(),
                patch,
            }
        }
    }
}
