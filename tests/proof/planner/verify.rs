//! Every guarantee that one plan can be held to.

use std::cell::Cell;

use hookwright_proof::plan::{EnvironmentPlan, Refusal, RefusalCode, RequireWhen};

use super::{
    facts::{All, REST},
    least::{self, Costs, Detours},
    model::{
        Account, Case, Hook, Rules, Step, announced, doubles, execute, flows, is_safe, keeps_keys,
        key_number, plan_for, receivers, steps, types,
    },
    pairing::{Is, Place, expected, held, left, pair, paired},
};

/// Up to so many steps, every set of them is gone through.
const EVERY: usize = 10;

/// What was gone through.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) pairs: u64,
    pub(super) plans: u64,
    pub(super) states: u64,
    pub(super) searched: u64,
    /// Plans that say that something comes twice, or not at all, for a while.
    pub(super) announced: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.pairs += other.pairs;
        self.plans += other.plans;
        self.states += other.states;
        self.searched += other.searched;
        self.announced += other.announced;
    }
}

/// Plans for one pair of states and checks the guarantees in every state that a run can reach.
pub(super) fn verify(case: &Case, start: &Account) -> Result<Tally, String> {
    let mut tally = Tally {
        pairs: 1,
        ..Tally::default()
    };
    let plan = plan_for(case, start);
    let (pairs, places) = match paired(case, start) {
        Ok(found) => found,
        Err(code) => {
            let mut codes = plan.refusals.iter().map(|refusal| refusal.code().as_str());
            return if codes.any(|other| other == code) {
                Ok(tally)
            } else {
                Err(format!("{code} is not refused: {plan:#?}"))
            };
        }
    };
    let refused = |code| plan.refusals.iter().find(|refusal| refusal.code() == code);
    let is_needed = needs_left_out(case, start, &pairs) || forgets(case, start, &pairs, &places);
    if is_needed != refused(RefusalCode::LeftOut).is_some() {
        return Err(format!("what is left out is needed, or is not: {plan:#?}"));
    }
    let is_too_many = room(case, start, &expected(case, start, &pairs)) == Some(RequireWhen::After);
    let too_many = refused(RefusalCode::TooMany);
    if too_many.is_some() || is_too_many {
        let when = too_many.map(|refusal| matches!(refusal, Refusal::TooMany { when, .. } if *when == RequireWhen::After));
        tally.searched += u64::from(when == Some(false));
        return match when {
            Some(true) if is_too_many => Ok(tally),
            Some(false) if !is_too_many => {
                refused_rightly(case, start, &pairs, &places).map(|()| tally)
            }
            _ => Err(format!(
                "there is room or is not, and the plan is refused or is not: {plan:#?}"
            )),
        };
    }
    if refused(RefusalCode::Circle).is_some() {
        tally.searched += 1;
        refused_rightly(case, start, &pairs, &places)?;
        if refused(RefusalCode::LeftOut).is_none() {
            tally += follow(case, start, &plan)?;
        }
        return Ok(tally);
    }
    if refused(RefusalCode::Require).is_some() || refused(RefusalCode::LeftOut).is_some() {
        return requires_rightly(case, start, &pairs, &places, &plan).map(|()| tally);
    }
    if let Some(refusal) = plan.refusals.first() {
        return Err(format!("{refusal:?} is refused"));
    }
    let steps = steps(case, &plan, start);
    let (twice, gaps) = announced(case, &plan);
    let run = Run {
        case,
        start,
        steps: &steps,
        rules: Rules::of(case, start),
        end: settle(expected(case, start, &pairs)),
        pairs: &pairs,
        twice,
        gaps,
        doubled: Cell::new(0),
    };
    tally.plans += 1;
    tally.states += run.reach()?;
    if steps.len() > plan.operations.len() {
        tally.searched += 1;
        least(case, start, &plan, (&pairs, &places), steps.len() - 1)?;
    }
    if twice | gaps != 0 {
        tally.announced += 1;
        let doubled = run.doubled.get();
        if (twice != 0) != (doubled != 0) && steps.len() <= EVERY {
            return Err(format!(
                "nothing comes twice, and the plan says so: {plan:#?}"
            ));
        }
        costs_least(case, start, &plan, (&pairs, &places), doubled)?;
    }
    Ok(tally)
}

/// When an account would have too many webhooks, for all that is known without an order.
fn room(case: &Case, start: &Account, end: &[(Option<usize>, Hook)]) -> Option<RequireWhen> {
    (end.len() > Rules::of(case, start).most()).then_some(RequireWhen::After)
}

/// What a plan says that it costs, no other way of as many steps costs less of: none is without any gap, where it has
/// one; and of what it sends twice, none sends less twice, with the same gaps.
fn costs_least(
    case: &Case,
    start: &Account,
    plan: &EnvironmentPlan,
    (pairs, places): (&[Is], &[Place]),
    twice: u64,
) -> Result<(), String> {
    let end = expected(case, start, pairs);
    let (_, gaps) = announced(case, plan);
    let steps = plan.steps.len();
    let search = |costs| least::search(case, start, &end, places, steps, Detours::OwnFlows, costs);
    if gaps != 0 && search(Costs::with_gaps(0)) == least::Found::Way {
        return Err(format!("there is a way without a gap: {plan:#?}"));
    }
    let mut rest = twice;
    while rest != 0 {
        let flow = rest & rest.wrapping_neg();
        rest &= !flow;
        let costs = Costs {
            gaps,
            twice: twice & !flow,
        };
        if search(costs) == least::Found::Way {
            return Err(format!(
                "there is a way in which less comes twice: {plan:#?}"
            ));
        }
    }
    Ok(())
}

/// What those that are replaced send, and may stop to send for a while: those that nothing else is taken for when
/// they are gone.
fn replaced(case: &Case, start: &Account) -> u64 {
    let kept = held(case, start, true);
    let all = held(case, start, false).into_iter();
    let told = all.filter(|(mark, _)| kept.iter().all(|(other, _)| other != mark));
    let ids = told.flat_map(|(_, ids)| ids);
    let flows = ids.map(|id| start[id].map_or(0, |hook| hook.flows()));
    flows.fold(0, |all, flows| all | flows)
}

/// Guarantee 7: nothing shorter does the same, nor does any way in which webhooks stand in for each other.
/// Only where webhooks share a URL would that be shorter, and it is no way of the same pairing.
fn least(
    case: &Case,
    start: &Account,
    plan: &EnvironmentPlan,
    (pairs, places): (&[Is], &[Place]),
    most: usize,
) -> Result<(), String> {
    let end = expected(case, start, pairs);
    let detours = if case.shares_urls {
        Detours::OwnFlows
    } else {
        Detours::Anywhere
    };
    let (_, gaps) = announced(case, plan);
    let costs = Costs::with_gaps(gaps);
    match least::search(case, start, &end, places, most, detours, costs) {
        least::Found::None | least::Found::TooLarge => Ok(()),
        least::Found::Way => Err(format!("{most} steps are enough: {plan:#?}")),
    }
}

/// Whether a circle that is refused has no way out, not even with three steps more. To stand in for each
/// other is none.
fn refused_rightly(
    case: &Case,
    start: &Account,
    pairs: &[Is],
    places: &[Place],
) -> Result<(), String> {
    let detours = if case.shares_urls {
        Detours::OwnFlows
    } else {
        Detours::OwnUrls
    };
    let end = expected(case, start, pairs);
    // Nothing takes a detour between names and all: the search would find one over some more names.
    let hooks = start
        .iter()
        .flatten()
        .chain(end.iter().map(|(_, hook)| hook));
    if case.facts.all == All::Except && hooks.into_iter().any(|hook| hook.events & REST != 0) {
        return Ok(());
    }
    let most = end.len() + 3;
    let costs = Costs::with_gaps(replaced(case, start));
    match least::search(case, start, &end, places, most, detours, costs) {
        least::Found::None | least::Found::TooLarge => Ok(()),
        least::Found::Way => Err("there is a way where a plan is refused".to_owned()),
    }
}

/// Follows the way out of every circle that is refused: moves all of its webhooks with their present
/// events, and nothing else; then plans again. No event type may have a gap on the way.
fn follow(case: &Case, start: &Account, plan: &EnvironmentPlan) -> Result<Tally, String> {
    let mut tally = Tally::default();
    let mut now = start.clone();
    for refusal in &plan.refusals {
        let Refusal::Circle { keys } = refusal else {
            continue;
        };
        let keys: Vec<usize> = keys.iter().map(key_number).collect();
        let pairs = pair(case, &now).map_err(|code| format!("{code} on the way out"))?;
        let mut moves = case.clone();
        for key in &keys {
            let Is::Live(id) = pairs[*key] else {
                return Err(format!("{key} of a circle is not live: {plan:#?}"));
            };
            let live = now[id].unwrap();
            let wanted = &mut moves.desired[*key].hook;
            (wanted.events, wanted.enabled) = (live.events, live.enabled);
        }
        moves.targets = Some(keys);
        // What is required and missing already is not for the way out to mend.
        moves.require.clear();
        tally += verify(&moves, &now).map_err(|why| format!("on the way out: {why}"))?;
        let plan = plan_for(&moves, &now);
        if !plan.refusals.is_empty() {
            return Err(format!("the way out is refused: {plan:#?}"));
        }
        let sent = types(flows(&now));
        let rules = Rules::of(&moves, &now);
        for step in steps(&moves, &plan, &now) {
            execute(&mut now, &step, &rules)?;
            if types(flows(&now)) != sent {
                return Err(format!("a gap on the way out: {plan:#?}"));
            }
        }
    }
    let again = plan_for(case, &now);
    // Who asks for all and who for names is not changed by a move: that circle has a way out of another kind.
    let is_circle = |refusal: &Refusal| matches!(refusal, Refusal::Circle { .. });
    if again.refusals.iter().any(is_circle) {
        return Err(format!("the way out ends in a circle: {again:#?}"));
    }
    if now != *start {
        tally += verify(case, &now).map_err(|why| format!("after the way out: {why}"))?;
    }
    Ok(tally)
}

/// Whether `--target` leaves out what a trade left a place for, and not what takes over its name.
fn forgets(case: &Case, start: &Account, pairs: &[Is], places: &[Place]) -> bool {
    let Some(targets) = &case.targets else {
        return false;
    };
    let changes = |id: &usize| {
        let key = pairs.iter().position(|is| *is == Is::Live(*id)).unwrap();
        targets.contains(&key) && start[*id] != Some(case.desired[key].hook)
    };
    let is_left_out = |place: &&Place| {
        let key = pairs.iter().position(|is| *is == Is::Live(place.place));
        !targets.contains(&key.unwrap())
    };
    places
        .iter()
        .filter(is_left_out)
        .any(|place| place.names.iter().any(changes))
}

/// Whether an event type ends only because `--target` leaves something out.
fn needs_left_out(case: &Case, start: &Account, pairs: &[Is]) -> bool {
    let whole = Case {
        targets: None,
        ..case.clone()
    };
    let sent = |case: &Case| {
        let end = expected(case, start, pairs);
        types(end.iter().fold(0, |flows, (_, hook)| flows | hook.flows()))
    };
    types(flows(start)) & !sent(case) & sent(&whole) != 0
}

/// Whether a requirement is refused as what it is: not met in the end, or in no way on the way.
fn requires_rightly(
    case: &Case,
    start: &Account,
    pairs: &[Is],
    places: &[Place],
    plan: &EnvironmentPlan,
) -> Result<(), String> {
    let settled = expected(case, start, pairs);
    let end: Account = settled.iter().map(|(_, hook)| Some(*hook)).collect();
    let unmet = |(event, required): &(u8, u32)| receivers(&end, *event) < *required;
    for refusal in &plan.refusals {
        if let Refusal::Require { event, when, .. } = refusal {
            let is_named = |(other, _): &&(u8, u32)| event.as_str() == format!("e{other}");
            let one = case.require.iter().find(is_named).expect("it is required");
            if unmet(one) != (*when == RequireWhen::After) {
                return Err(format!("{refusal:?} is refused"));
            }
        }
    }
    let on_the_way = |refusal: &Refusal| {
        let during = RequireWhen::During;
        matches!(refusal, Refusal::Require { when, .. } if *when == during)
    };
    if plan.refusals.iter().all(on_the_way) {
        refused_rightly(case, start, pairs, places)?;
    }
    Ok(())
}

/// The webhooks by id, and those that are created.
type Settled = (Vec<(usize, Hook)>, Vec<Hook>);

fn settle(expected: Vec<(Option<usize>, Hook)>) -> Settled {
    let mut settled = Settled::default();
    for (id, hook) in expected {
        match id {
            Some(id) => settled.0.push((id, hook)),
            None => settled.1.push(hook),
        }
    }
    settled
}

struct Run<'r> {
    case: &'r Case,
    start: &'r Account,
    steps: &'r [Step],
    rules: Rules,
    end: Settled,
    pairs: &'r [Is],
    /// What the plan says that comes twice for a while, and what does not come.
    twice: u64,
    gaps: u64,
    /// What did come twice.
    doubled: Cell<u64>,
}

impl Run<'_> {
    /// Goes through every set of steps of which each one's dependencies are in the set: whatever runs
    /// at once, and whatever fails, the state is that of such a set. Where there are too many, orders
    /// are sampled.
    fn reach(&self) -> Result<u64, String> {
        let before = flows(self.start);
        let mut after = self.start.clone();
        for step in self.steps {
            execute(&mut after, step, &self.rules)?;
        }
        self.check_gaps()?;
        self.check_end(&after)?;
        let after_flows = flows(&after);
        let least: Vec<(u8, u32)> = self
            .case
            .require
            .iter()
            .map(|(event, least)| (*event, (*least).min(receivers(self.start, *event))))
            .collect();
        let check = |now: &Account| {
            if !is_safe(before, flows(now), after_flows, self.gaps) {
                return Err(format!("a gap or a stray in {now:?}"));
            }
            if !keeps_keys(self.start, now, &after) {
                return Err(format!("a gap or a stray with some key in {now:?}"));
            }
            if self.case.facts.shared {
                let doubled = doubles(self.start, now, &after);
                if doubled & !self.twice != 0 {
                    return Err(format!("something comes twice in {now:?}"));
                }
                self.doubled.set(self.doubled.get() | doubled);
            }
            if least
                .iter()
                .any(|(event, least)| receivers(now, *event) < *least)
            {
                return Err(format!("too few receivers in {now:?}"));
            }
            self.check_untouched(now)
        };
        if self.steps.len() <= EVERY {
            self.every_set(&check)
        } else {
            self.some_orders(&check)
        }
    }

    fn every_set(&self, check: &dyn Fn(&Account) -> Result<(), String>) -> Result<u64, String> {
        let waits: Vec<usize> = self
            .steps
            .iter()
            .map(|step| step.after.iter().map(|first| 1 << first).sum())
            .collect();
        let mut states: Vec<Option<Account>> = Vec::with_capacity(1 << self.steps.len());
        states.push(Some(self.start.clone()));
        let mut reached = 1;
        // Taking the last step out of such a set leaves such a set.
        for set in 1_usize..1 << self.steps.len() {
            let last = set.ilog2() as usize;
            let rest = set & !(1 << last);
            let state = match &states[rest] {
                Some(state) if waits[last] & !rest == 0 => {
                    let mut state = state.clone();
                    execute(&mut state, &self.steps[last], &self.rules)?;
                    check(&state)?;
                    reached += 1;
                    self.check_interruptible(&state)?;
                    Some(state)
                }
                _ => None,
            };
            states.push(state);
        }
        Ok(reached)
    }

    fn some_orders(&self, check: &dyn Fn(&Account) -> Result<(), String>) -> Result<u64, String> {
        let mut reached = 0;
        let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
        for _ in 0..24 {
            let mut state = self.start.clone();
            let mut done = vec![false; self.steps.len()];
            for _ in 0..self.steps.len() {
                let ready: Vec<usize> = (0..self.steps.len())
                    .filter(|step| !done[*step])
                    .filter(|step| self.steps[*step].after.iter().all(|first| done[*first]))
                    .collect();
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let next = ready[(random >> 33) as usize % ready.len()];
                execute(&mut state, &self.steps[next], &self.rules)?;
                check(&state)?;
                done[next] = true;
                reached += 1;
            }
        }
        Ok(reached)
    }

    /// Only what is replaced may have a gap.
    fn check_gaps(&self) -> Result<(), String> {
        match self.gaps & !replaced(self.case, self.start) {
            0 => Ok(()),
            gaps => Err(format!("a gap that is no replacement's: {gaps:x}")),
        }
    }

    /// Guarantee 6: a new plan is not refused, and leaves nothing behind that this one does not.
    fn check_interruptible(&self, state: &Account) -> Result<(), String> {
        let pairs = match pair(self.case, state) {
            Ok(pairs) => pairs,
            Err(code) => return Err(format!("not interruptible, {code}: {state:?}")),
        };
        let known = left(self.case, self.start, self.pairs);
        let left = left(self.case, state, &pairs);
        match left.iter().find(|id| !known.contains(id)) {
            Some(id) => Err(format!(
                "{:?} is left behind after a stop in {state:?}",
                state[*id]
            )),
            None => Ok(()),
        }
    }

    /// Guarantee 1, and that every live webhook became what it was to become.
    fn check_end(&self, end: &Account) -> Result<(), String> {
        let known = |id: &usize| *id < self.start.len();
        let (mut kept, mut created) = Settled::default();
        for (id, hook) in end.iter().enumerate() {
            match hook {
                Some(hook) if known(&id) => kept.push((id, *hook)),
                Some(hook) => created.push(*hook),
                None => {}
            }
        }
        created.sort();
        if (&kept, &created) != (&self.end.0, &self.end.1) {
            return Err(format!("ends as {end:?}, and not as {:?}", self.end));
        }
        let again = plan_for(self.case, end);
        if again.operations.is_empty() && again.refusals.is_empty() {
            Ok(())
        } else {
            Err(format!("does not converge: {again:#?}"))
        }
    }

    /// Guarantee 5.
    fn check_untouched(&self, now: &Account) -> Result<(), String> {
        for (id, hook) in self.start.iter().enumerate() {
            let foreign = hook.is_some_and(|hook| !hook.is_ours());
            if foreign && !self.pairs.contains(&Is::Live(id)) && now[id] != *hook {
                return Err(format!("{hook:?} is not ours and was touched"));
            }
        }
        Ok(())
    }
}
