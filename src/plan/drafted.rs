//! Pairing, comparing, ordering and guarding, one after another.

use super::{
    Action, EnvironmentPlan, Inputs, Refusal, RequireWhen, guard, noting, operations,
    order::{NoOrder, Ordering},
    pairing, replace, rotate,
    types::Types,
    unreadable,
};
use crate::model::LiveState;

/// The steps from the live to the desired state of one environment, before anything is learned of the world.
pub(super) fn drafted(inputs: &Inputs<'_>, live: &LiveState) -> EnvironmentPlan {
    let here = inputs.here(live);
    let mut plan = operations::operations(inputs, pairing::pair(inputs, &here));
    let types = Types::of(inputs, &here);
    let room = Room::of(inputs, live, &plan);
    // Rotations send no event and end none: whatever the others wait for, they come last.
    let moving = &plan.operations[..rotate::first(&plan.operations)];
    let ordering = Ordering::new(inputs, &types, moving, &here, room.to_make());
    let (mut steps, mut refusals) = match ordering.steps() {
        Ok(steps) => (steps, Vec::new()),
        Err(NoOrder::NoRoom) => (Vec::new(), vec![room.refusal(RequireWhen::During)]),
        Err(NoOrder::Alike(create, delete)) => {
            let refusal = replace::alike(&moving[create], &moving[delete]);
            (Vec::new(), refusal.into_iter().collect())
        }
        Err(NoOrder::Circles(circles)) => {
            let circles = circles.into_iter();
            (Vec::new(), circles.collect())
        }
    };
    if !room.is_enough() {
        refusals.push(room.refusal(RequireWhen::After));
    }
    let notes = noting::notes(inputs, &types, moving, &ordering, &steps);
    if refusals.is_empty() {
        rotate::add_steps(&plan.operations, &mut steps);
    }
    for (operation, notes) in plan.operations.iter_mut().zip(notes) {
        operation.notes = notes;
    }
    plan.steps = steps;
    let said = guard::check(inputs, &here, &plan.operations, &plan.steps, &types);
    plan.refusals.extend(refusals.into_iter().chain(said));
    let needed = guard::check_left_out(&here, &plan.operations, &plan.left_out, &types);
    plan.refusals.extend(needed);
    let behind = guard::check_left_behind(inputs, &plan.operations, &plan.left_out);
    plan.refusals.extend(behind);
    let blind = unreadable::check_urls(&here, &plan.operations);
    plan.refusals.extend(blind);
    plan.refusals.sort();
    plan
}

/// How many webhooks the account has and may have.
struct Room {
    /// The most at any time; `None` where no number is known.
    most: Option<usize>,
    now: usize,
    creates: usize,
    deletes: usize,
}

impl Room {
    /// Counts everybody's. An account that has more than it may have by all that is known may keep as many.
    fn of(inputs: &Inputs<'_>, live: &LiveState, plan: &EnvironmentPlan) -> Self {
        let now = live.webhooks.len();
        let known = inputs.profile.planning.most;
        let most = known.map(|known| inputs.policy.max_webhooks.unwrap_or(known) as usize);
        Self {
            most: most.map(|most| most.max(now)),
            now,
            creates: plan.count(Action::Create),
            deletes: plan.count(Action::Delete),
        }
    }

    fn after(&self) -> usize {
        (self.now + self.creates).saturating_sub(self.deletes)
    }

    /// Whether there is room for what there is afterwards.
    fn is_enough(&self) -> bool {
        self.most.is_none_or(|most| self.after() <= most)
    }

    /// How many deletes must come before creates; none where that would not be enough either.
    fn to_make(&self) -> usize {
        let over = |most: usize| (self.now + self.creates).saturating_sub(most);
        self.most.filter(|_| self.is_enough()).map_or(0, over)
    }

    fn refusal(&self, when: RequireWhen) -> Refusal {
        Refusal::TooMany {
            most: self.most.unwrap_or(self.now),
            after: self.after(),
            when,
        }
    }
}
