//! The planner's guarantees, checked by a model of the provider that shares no code with it.

use std::collections::{BTreeMap, BTreeSet};

use hookwright::{
    model::{
        DesiredState, DesiredWebhook, EndpointUrl, EnvType, EventSet, EventType, LiveState,
        LiveWebhook, MaskedText, Pattern, Policy, TRUV, WebhookId, WebhookKey, WebhookName,
    },
    plan::{Acknowledged, EnvironmentPlan, Inputs, Refusal, StepRequest, plan},
};
use proptest::prelude::*;

/// A webhook as the model of the provider holds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    name: String,
    url: String,
    events: BTreeSet<String>,
    enabled: bool,
}

type Account = BTreeMap<String, Held>;

#[derive(Clone, Debug)]
struct Case {
    live: Vec<Held>,
    desired: Vec<(Held, Vec<String>)>,
    owns_all: bool,
    prune: bool,
}

fn url(text: &str) -> EndpointUrl {
    EndpointUrl::new(MaskedText::plain(text)).unwrap()
}

fn name(text: &str) -> WebhookName {
    WebhookName::new(MaskedText::plain(text)).unwrap()
}

fn events(texts: &BTreeSet<String>) -> EventSet {
    texts
        .iter()
        .map(|text| EventType::new(text.as_str()))
        .collect()
}

fn account(case: &Case) -> Account {
    case.live
        .iter()
        .enumerate()
        .map(|(index, held)| (format!("id{index}"), held.clone()))
        .collect()
}

fn live_state(account: &Account) -> LiveState {
    LiveState {
        webhooks: account
            .iter()
            .map(|(id, held)| LiveWebhook {
                id: WebhookId::new(id.as_str()),
                name: name(&held.name),
                url: url(&held.url),
                events: Some(events(&held.events)),
                env_type: Some(EnvType::Sandbox),
                enabled: Some(held.enabled),
                created_at: None,
                updated_at: None,
                other: BTreeMap::new(),
            })
            .collect(),
    }
}

fn desired_state(case: &Case) -> DesiredState {
    let mut desired = DesiredState::default();
    let mut urls = BTreeSet::new();
    let mut former = BTreeSet::new();
    for (index, (held, moved_from)) in case.desired.iter().enumerate() {
        if !urls.insert(held.url.clone()) {
            continue; // The manifest's checks refuse two webhooks with one URL.
        }
        desired.webhooks.insert(
            WebhookKey::new(format!("key{index}")),
            DesiredWebhook {
                name: name(&held.name),
                url: url(&held.url),
                events: events(&held.events),
                enabled: held.enabled,
                moved_from: moved_from
                    .iter()
                    .filter(|from| former.insert((*from).clone()))
                    .map(|from| url(from))
                    .collect(),
                adopt: false,
            },
        );
    }
    desired
}

fn policy(case: &Case) -> Policy {
    Policy {
        owns: (!case.owns_all).then(|| vec![Pattern::new("a*")]),
        prune: case.prune,
        ..Policy::default()
    }
}

fn plan_for(case: &Case, account: &Account) -> EnvironmentPlan {
    plan(
        &Inputs {
            desired: &desired_state(case),
            policy: &policy(case),
            profile: &TRUV,
            env_type: EnvType::Sandbox,
            targets: None,
            acknowledged: &Acknowledged {
                empty: true,
                ..Acknowledged::default()
            },
        },
        &live_state(account),
    )
}

/// Runs one step as the provider would. Guarantee 4: it never refuses.
fn execute(account: &mut Account, request: &StepRequest) {
    match request {
        StepRequest::Create(webhook) => {
            let held = Held {
                name: webhook.name.text().expose().to_owned(),
                url: webhook.url.text().expose().to_owned(),
                events: webhook
                    .events
                    .iter()
                    .map(|event| event.to_string())
                    .collect(),
                enabled: webhook.enabled.unwrap_or(true),
            };
            assert!(
                account.values().all(|other| other.url != held.url),
                "refused: {held:?} in {account:?}"
            );
            let unused = (0..)
                .map(|n| format!("new{n}"))
                .find(|id| !account.contains_key(id));
            account.insert(unused.unwrap(), held);
        }
        StepRequest::Update { id, patch } => {
            assert!(!patch.is_empty(), "an update that changes nothing");
            if let Some(url) = &patch.url {
                let url = url.text().expose();
                assert!(
                    account
                        .iter()
                        .all(|(other, held)| other == id.as_received() || held.url != url),
                    "refused: {url} in {account:?}"
                );
            }
            let held = account
                .get_mut(id.as_received())
                .expect("an update of what is live");
            if let Some(name) = &patch.name {
                held.name = name.text().expose().to_owned();
            }
            if let Some(url) = &patch.url {
                held.url = url.text().expose().to_owned();
            }
            if let Some(events) = &patch.events {
                held.events = events.iter().map(|event| event.to_string()).collect();
            }
            if let Some(enabled) = patch.enabled {
                held.enabled = enabled;
            }
        }
        StepRequest::Delete { id } => {
            account
                .remove(id.as_received())
                .expect("a delete of what is live");
        }
    }
}

/// What is sent where.
fn flows(account: &Account) -> BTreeSet<(String, String)> {
    account
        .values()
        .filter(|held| held.enabled)
        .flat_map(|held| {
            held.events
                .iter()
                .map(|event| (event.clone(), held.url.clone()))
        })
        .collect()
}

fn types(flows: &BTreeSet<(String, String)>) -> BTreeSet<&String> {
    flows.iter().map(|(event, _)| event).collect()
}

/// Guarantees 2 and 3 for the state after a step.
fn check_flow(
    before: &BTreeSet<(String, String)>,
    now: &BTreeSet<(String, String)>,
    after: &BTreeSet<(String, String)>,
) {
    let kept: BTreeSet<_> = before.intersection(after).cloned().collect();
    assert!(kept.is_subset(now), "a gap: {kept:?} is not in {now:?}");
    let kept: BTreeSet<_> = types(before)
        .intersection(&types(after))
        .copied()
        .cloned()
        .collect();
    let sent = types(now);
    assert!(
        kept.iter().all(|event| sent.contains(event)),
        "a gap: {kept:?} is not all in {now:?}"
    );
    let either: BTreeSet<_> = before.union(after).cloned().collect();
    assert!(
        now.is_subset(&either),
        "a stray: {now:?} is not in {either:?}"
    );
}

/// Runs all steps in an order picked by `choices` among what the dependencies allow.
fn run(account: &Account, plan: &EnvironmentPlan, choices: &[usize]) -> Vec<Account> {
    let mut now = account.clone();
    let mut states = vec![now.clone()];
    let mut done = BTreeSet::new();
    while done.len() < plan.steps.len() {
        let ready: Vec<usize> = (0..plan.steps.len())
            .filter(|index| {
                !done.contains(index)
                    && plan.steps[*index]
                        .after
                        .iter()
                        .all(|first| done.contains(first))
            })
            .collect();
        let pick = choices.get(done.len()).copied().unwrap_or_default() % ready.len();
        let next = ready[pick];
        execute(&mut now, &plan.steps[next].request);
        done.insert(next);
        states.push(now.clone());
    }
    states
}

fn check(case: &Case, choices: &[usize], depth: usize) {
    check_from(case, &account(case), choices, depth);
}

fn check_from(case: &Case, start: &Account, choices: &[usize], depth: usize) {
    let planned = plan_for(case, start);
    if !planned.refusals.is_empty() {
        let known = planned.refusals.iter().all(|refusal| {
            matches!(
                refusal,
                Refusal::Conflict { .. } | Refusal::AmbiguousName { .. } | Refusal::Circle { .. }
            )
        });
        assert!(known, "{:?}", planned.refusals);
        return;
    }
    let listed = run(start, &planned, &[]);
    let picked = run(start, &planned, choices);
    let end = listed.last().unwrap();
    assert_eq!(flows(end), flows(picked.last().unwrap()));
    let (before, after) = (flows(start), flows(end));
    for states in [&listed, &picked] {
        for now in states {
            check_flow(&before, &flows(now), &after);
        }
    }
    check_converged(case, start, end);
    let again = plan_for(case, end);
    assert!(
        again.operations.is_empty() && again.refusals.is_empty(),
        "does not converge: {again:?}"
    );
    if depth > 0 {
        for state in &picked {
            let resumed = plan_for(case, state);
            assert!(
                resumed.refusals.is_empty(),
                "not interruptible: {:?}",
                resumed.refusals
            );
            check_from(case, state, choices, depth - 1);
        }
    }
}

/// Guarantees 1 and 5.
fn check_converged(case: &Case, start: &Account, end: &Account) {
    let desired = desired_state(case);
    let policy = policy(case);
    for webhook in desired.webhooks.values() {
        let wanted = Held {
            name: webhook.name.text().expose().to_owned(),
            url: webhook.url.text().expose().to_owned(),
            events: webhook
                .events
                .iter()
                .map(|event| event.to_string())
                .collect(),
            enabled: webhook.enabled,
        };
        assert!(
            end.values().any(|held| *held == wanted),
            "{wanted:?} is missing in {end:?}"
        );
    }
    for (id, held) in start {
        if !policy.is_ours(&held.name) {
            assert_eq!(end.get(id), Some(held), "what is not ours was touched");
        }
    }
    if case.prune {
        let ours = end
            .values()
            .filter(|held| policy.is_ours(&held.name))
            .count();
        assert_eq!(ours, desired.webhooks.len(), "{end:?}");
    }
}

fn held(names: &'static [&'static str], urls: usize) -> impl Strategy<Value = Held> {
    (
        prop::sample::select(names),
        0..urls,
        prop::collection::btree_set(prop::sample::select(&["e1", "e2", "e3", "e4"][..]), 1..4),
        prop::bool::weighted(0.85),
    )
        .prop_map(|(name, url, events, enabled)| Held {
            name: name.to_owned(),
            url: format!("https://h/{url}"),
            events: events.into_iter().map(str::to_owned).collect(),
            enabled,
        })
}

fn case() -> impl Strategy<Value = Case> {
    let live = prop::collection::vec(held(&["a1", "a2", "a3", "b1"], 6), 0..6);
    let former = prop::collection::vec((0..6usize).prop_map(|n| format!("https://h/{n}")), 0..2);
    let desired = prop::collection::vec((held(&["a1", "a2", "a3"], 6), former), 0..5);
    (live, desired, any::<bool>(), any::<bool>()).prop_map(|(live, desired, owns_all, prune)| {
        Case {
            live,
            desired,
            owns_all,
            prune,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn guarantees_hold_for_random_states(case in case(), choices in prop::collection::vec(0..7usize, 12)) {
        check(&case, &choices, 1);
    }

    #[test]
    fn plans_do_not_depend_on_the_order_of_the_list(case in case(), seed in any::<u64>()) {
        let account = account(&case);
        let mut shuffled = live_state(&account);
        let mut state = seed;
        for index in (1..shuffled.webhooks.len()).rev() {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            shuffled.webhooks.swap(index, (state >> 33) as usize % (index + 1));
        }
        let (desired, policy) = (desired_state(&case), policy(&case));
        let acknowledged = Acknowledged::default();
        let inputs = Inputs {
            desired: &desired,
            policy: &policy,
            profile: &TRUV,
            env_type: EnvType::Sandbox,
            targets: None,
            acknowledged: &acknowledged,
        };
        prop_assert_eq!(plan(&inputs, &live_state(&account)), plan(&inputs, &shuffled));
    }
}

fn webhook(name: &str, url: &str, events: &[&str]) -> Held {
    Held {
        name: name.to_owned(),
        url: format!("https://h/{url}"),
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        enabled: true,
    }
}

fn case_of(live: &[Held], desired: &[Held]) -> Case {
    Case {
        live: live.to_vec(),
        desired: desired
            .iter()
            .map(|held| (held.clone(), Vec::new()))
            .collect(),
        owns_all: true,
        prune: true,
    }
}

#[test]
fn swapped_events_are_widened_once() {
    let case = case_of(
        &[webhook("a1", "1", &["e1"]), webhook("a2", "2", &["e2"])],
        &[webhook("a1", "1", &["e2"]), webhook("a2", "2", &["e1"])],
    );
    assert_eq!(plan_for(&case, &account(&case)).steps.len(), 3);
    check(&case, &[1, 1, 1], 1);
}

#[test]
fn two_alike_updates_need_no_widening() {
    let case = case_of(
        &[
            webhook("a1", "1", &["e1"]),
            webhook("a2", "2", &["e1"]),
            webhook("a3", "3", &["e2"]),
        ],
        &[
            webhook("a1", "1", &["e2"]),
            webhook("a2", "2", &["e2"]),
            webhook("a3", "3", &["e1"]),
        ],
    );
    assert_eq!(plan_for(&case, &account(&case)).steps.len(), 3);
    check(&case, &[2, 1, 0], 1);
}

#[test]
fn rotation_of_three_is_widened_once() {
    let case = case_of(
        &[
            webhook("a1", "1", &["e1"]),
            webhook("a2", "2", &["e2"]),
            webhook("a3", "3", &["e3"]),
        ],
        &[
            webhook("a1", "1", &["e2"]),
            webhook("a2", "2", &["e3"]),
            webhook("a3", "3", &["e1"]),
        ],
    );
    assert_eq!(plan_for(&case, &account(&case)).steps.len(), 4);
    check(&case, &[3, 2, 1, 0], 1);
}

#[test]
fn a_circle_of_moves_is_refused_with_its_way_out() {
    let case = case_of(
        &[webhook("a1", "1", &["e1"]), webhook("a2", "2", &["e2"])],
        &[webhook("a1", "3", &["e2"]), webhook("a2", "4", &["e1"])],
    );
    let planned = plan_for(&case, &account(&case));
    assert_eq!(
        planned.refusals[0].to_string(),
        "`key0`, `key1` move to other URLs and hand event types to each other: in any order some event would be sent nowhere for a moment"
    );
    assert!(planned.steps.is_empty());
}
