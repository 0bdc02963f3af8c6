//! Pairing, comparing, ordering and guarding, one after another.

use super::{EnvironmentPlan, Inputs, Refusal, guard, operations, order, pairing, unreadable};
use crate::model::{LiveState, LiveWebhook};

/// The steps from the live to the desired state of one environment, before anything is learned of the world.
pub(super) fn drafted(inputs: &Inputs<'_>, live: &LiveState) -> EnvironmentPlan {
    let here: Vec<&LiveWebhook> = live
        .webhooks
        .iter()
        .filter(|webhook| {
            webhook
                .env_type
                .is_none_or(|env_type| env_type == inputs.env_type)
        })
        .collect();
    let mut plan = operations::operations(inputs, pairing::pair(inputs, &here));
    match order::steps(&plan.operations, &here, inputs) {
        Ok(steps) => plan.steps = steps,
        Err(circles) => {
            let circles = circles.into_iter();
            plan.refusals
                .extend(circles.map(|keys| Refusal::Circle { keys }));
        }
    }
    let refusals = guard::check(inputs, &here, &plan.operations, &plan.steps);
    plan.refusals.extend(refusals);
    let needed = guard::check_left_out(&here, &plan.operations, &plan.left_out);
    plan.refusals.extend(needed);
    let behind = guard::check_left_behind(inputs, &plan.operations, &plan.left_out);
    plan.refusals.extend(behind);
    let blind = unreadable::check_urls(&here, &plan.operations);
    plan.refusals.extend(blind);
    plan.refusals.sort();
    plan
}
