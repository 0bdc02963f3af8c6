//! A provider in bits: names, URLs and event types are small numbers, so that millions of states can
//! be gone through.

use std::{collections::BTreeMap, sync::LazyLock};

use hookwright_proof::{
    model::{
        CreateOnly, DesiredState, DesiredWebhook, EndpointUrl, EnvType, EventSet, EventType,
        LiveState, LiveWebhook, MaskedText, Pattern, Policy, WebhookId, WebhookKey, WebhookName,
    },
    plan::{Answers, EnvironmentPlan, Inputs, Note, OperationKind, Options, StepRequest, draft},
};

use super::facts::{Facts, REST};

/// Names from this number on are not ours.
pub(super) const FOREIGN: u8 = 6;
/// How many URLs and event types there can be: a flow is one bit of a `u64`.
const WIDTH: u8 = 8;

/// A webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Hook {
    pub(super) name: u8,
    pub(super) url: u8,
    /// One bit for each event type.
    pub(super) events: u8,
    pub(super) enabled: bool,
    /// What only a create can set; 0: it has none, or nobody declares one.
    pub(super) version: u8,
    /// The number of the key that it was created for, and one more; 0: nobody knows.
    pub(super) mark: u8,
}

impl Hook {
    pub(super) fn is_ours(&self) -> bool {
        self.name < FOREIGN
    }

    /// Whether it is without what only a create can set, and another is to have.
    pub(super) fn cannot_be(&self, wanted: &Self) -> bool {
        wanted.version != 0 && self.version != wanted.version
    }

    /// What it sends where: bit `url * 8 + event`.
    pub(super) fn flows(&self) -> u64 {
        if self.enabled {
            u64::from(self.events) << (self.url * WIDTH)
        } else {
            0
        }
    }
}

/// What the provider holds, by id.
pub(super) type Account = Vec<Option<Hook>>;

/// A desired webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) hook: Hook,
    pub(super) moved_from: Vec<u8>,
    pub(super) adopt: bool,
    pub(super) replace: bool,
}

impl Wanted {
    /// A webhook, and nothing else that a manifest can say of it.
    pub(super) fn plain(hook: Hook) -> Self {
        Self {
            hook,
            moved_from: Vec::new(),
            adopt: false,
            replace: false,
        }
    }
}

/// Desired state and policy; the live state stands beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) desired: Vec<Wanted>,
    pub(super) prune: bool,
    pub(super) removed: Vec<u8>,
    /// Whether there may be several live webhooks at one URL, whatever the provider takes now.
    pub(super) shares_urls: bool,
    pub(super) facts: Facts,
    pub(super) require: Vec<(u8, u32)>,
    pub(super) targets: Option<Vec<usize>>,
}

/// What stands for the numbers.
struct Words {
    names: Vec<WebhookName>,
    urls: Vec<EndpointUrl>,
    event_types: Vec<EventType>,
    event_sets: Vec<EventSet>,
    keys: Vec<WebhookKey>,
    ids: Vec<WebhookId>,
    ours: Vec<Pattern>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let name = |n: u8| {
        let whose = if n < FOREIGN { "a" } else { "b" };
        WebhookName::new(MaskedText::plain(format!("{whose}{n}"))).unwrap()
    };
    let url = |n: u8| EndpointUrl::new(MaskedText::plain(format!("https://h/{n}"))).unwrap();
    let event_types: Vec<EventType> = (0..WIDTH)
        .map(|n| EventType::new(format!("e{n}")))
        .collect();
    let set = |bits: usize| {
        let has = |n: &usize| bits & (1 << n) != 0;
        (0..8).filter(has).map(|n| event_types[n].clone()).collect()
    };
    Words {
        names: (0..WIDTH).map(name).collect(),
        urls: (0..WIDTH).map(url).collect(),
        event_sets: (0..256).map(set).collect(),
        event_types,
        keys: (0..32)
            .map(|n| WebhookKey::new(format!("key{n:02}")))
            .collect(),
        ids: (0..64)
            .map(|n| WebhookId::new(format!("id{n:02}")))
            .collect(),
        ours: vec![Pattern::new("a*")],
    }
});

/// The event types as bits: "all" is what it stands for.
///
/// # Panics
///
/// If "all" and others are asked for at once: guarantee 4 is that nobody does.
fn bits(events: &EventSet, facts: Facts) -> u8 {
    if events.has_all() {
        assert_eq!(events.len(), 1, "all, and names beside it");
        return facts.all_bits();
    }
    events.iter().map(|event| 1 << digits(event.as_str())).sum()
}

/// What asks for these event types.
fn asking(bits: u8, facts: Facts) -> EventSet {
    match bits & REST {
        0 => WORDS.event_sets[usize::from(bits)].clone(),
        _ if facts.all_bits() == 0 => WORDS.event_sets[usize::from(bits)].clone(),
        _ => EventSet::all(),
    }
}

fn create_only(hook: &Hook) -> CreateOnly {
    let version = (hook.version > 0).then(|| MaskedText::plain(format!("v{}", hook.version)));
    version
        .map(|version| ("version", version))
        .into_iter()
        .collect()
}

/// The number that a word ends with.
fn digits(word: &str) -> u8 {
    word.trim_start_matches(|c: char| !c.is_ascii_digit())
        .parse()
        .unwrap()
}

/// The number of a desired webhook.
pub(super) fn key_number(key: &WebhookKey) -> usize {
    digits(key.as_str()).into()
}

pub(super) fn live_state(account: &Account, facts: Facts) -> LiveState {
    let words = &*WORDS;
    let live = |(id, hook): (usize, &Option<Hook>)| {
        let hook = (*hook)?;
        Some(LiveWebhook {
            id: words.ids[id].clone(),
            name: words.names[usize::from(hook.name)].clone(),
            url: words.urls[usize::from(hook.url)].clone(),
            events: Some(asking(hook.events, facts)),
            mark: (hook.mark.checked_sub(1)).map(|key| words.keys[usize::from(key)].clone()),
            is_secret_lost: false,
            rotated: None,
            create_only: create_only(&hook),
            env_type: Some(EnvType::Sandbox),
            enabled: Some(hook.enabled),
            created_at: None,
            updated_at: None,
            unreadable: Vec::new(),
            other: BTreeMap::new(),
        })
    };
    LiveState {
        webhooks: account.iter().enumerate().filter_map(live).collect(),
    }
}

pub(super) fn desired_state(case: &Case) -> DesiredState {
    let words = &*WORDS;
    let webhook = |wanted: &Wanted| DesiredWebhook {
        name: words.names[usize::from(wanted.hook.name)].clone(),
        url: words.urls[usize::from(wanted.hook.url)].clone(),
        events: asking(wanted.hook.events, case.facts),
        enabled: wanted.hook.enabled,
        moved_from: wanted
            .moved_from
            .iter()
            .map(|url| words.urls[usize::from(*url)].clone())
            .collect(),
        adopt: wanted.adopt,
        create_only: create_only(&wanted.hook),
        secret_to: None,
        secret_from: None,
        rotate: None,
        replace: wanted.replace,
    };
    DesiredState {
        webhooks: words
            .keys
            .iter()
            .cloned()
            .zip(case.desired.iter().map(webhook))
            .collect(),
        removed: case
            .removed
            .iter()
            .map(|name| words.names[usize::from(*name)].text().expose().to_owned())
            .collect(),
    }
}

/// The plan for a live state, whatever the order of its list.
pub(super) fn plan_listed(case: &Case, live: &LiveState) -> EnvironmentPlan {
    let words = &*WORDS;
    let policy = Policy {
        owns: Some(words.ours.clone()),
        prune: case.prune,
        require: case
            .require
            .iter()
            .map(|(event, least)| (words.event_types[usize::from(*event)].clone(), *least))
            .collect(),
        ..Policy::default()
    };
    let targets = case.targets.iter().flatten();
    let options = Options {
        targets: targets.map(|key| words.keys[*key].clone()).collect(),
        allow_empty: true,
        ..Options::default()
    };
    let inputs = Inputs {
        desired: &desired_state(case),
        policy: &policy,
        profile: case.facts.profile(),
        env_type: EnvType::Sandbox,
        options: &options,
    };
    draft(&inputs, live).settle(&Answers::NOT_ASKED).into_plan()
}

pub(super) fn plan_for(case: &Case, account: &Account) -> EnvironmentPlan {
    plan_listed(case, &live_state(account, case.facts))
}

/// A mutating request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Create(Hook),
    Patch {
        name: Option<u8>,
        url: Option<u8>,
        events: Option<u8>,
        enabled: Option<bool>,
    },
    Delete,
}

/// A step: a request, the id it is for, and the steps it waits for.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) id: usize,
    pub(super) request: Request,
    pub(super) after: Vec<usize>,
}

/// The steps of a plan. Created webhooks get ids beyond those of the account.
pub(super) fn steps(case: &Case, plan: &EnvironmentPlan, account: &Account) -> Vec<Step> {
    let number = |version: &MaskedText| digits(version.expose());
    let step = |one: &hookwright_proof::plan::Step| {
        let (id, request) = match &one.request {
            StepRequest::Create(webhook) => {
                let hook = Hook {
                    name: digits(webhook.name.text().expose()),
                    url: digits(webhook.url.text().expose()),
                    events: bits(&webhook.events, case.facts),
                    enabled: webhook.enabled.unwrap_or(true),
                    version: webhook.create_only.get("version").map_or(0, number),
                    mark: webhook
                        .mark
                        .as_ref()
                        .map_or(0, |key| digits(key.as_str()) + 1),
                };
                (account.len() + one.operation, Request::Create(hook))
            }
            StepRequest::Update { id, patch } => {
                assert!(!patch.is_empty(), "an update that changes nothing");
                let request = Request::Patch {
                    name: patch.name.as_ref().map(|name| digits(name.text().expose())),
                    url: patch.url.as_ref().map(|url| digits(url.text().expose())),
                    events: (patch.events.as_ref()).map(|events| bits(events, case.facts)),
                    enabled: patch.enabled,
                };
                (digits(id.as_received()).into(), request)
            }
            StepRequest::Delete { id } => (digits(id.as_received()).into(), Request::Delete),
            StepRequest::Rotate { .. } | StepRequest::NoteRotation { .. } => {
                unreachable!("no webhook of the model rotates")
            }
        };
        Step {
            id,
            request,
            after: one.after.clone(),
        }
    };
    plan.steps.iter().map(step).collect()
}

/// What a provider refuses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    facts: Facts,
    /// The most webhooks at any time.
    most: usize,
}

impl Rules {
    /// Of the provider of a case: an account that has more webhooks than it may have may keep them.
    pub(super) fn of(case: &Case, start: &Account) -> Self {
        let most = match case.facts.most {
            0 => usize::MAX,
            most => usize::from(most).max(count(start)),
        };
        Self {
            facts: case.facts,
            most,
        }
    }

    /// Whether there may be one more.
    pub(super) fn has_room(&self, account: &Account) -> bool {
        count(account) < self.most
    }

    /// How many there may be.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Whether a webhook can be registered at a URL. Where several can, guarantee 4 does not speak of URLs.
    pub(super) fn takes_url(&self, account: &Account, id: usize, url: u8) -> bool {
        let mut others = account.iter().enumerate().filter(|(other, _)| *other != id);
        self.facts.shared || !others.any(|(_, other)| other.is_some_and(|other| other.url == url))
    }

    pub(super) fn may_create(&self, hook: &Hook) -> bool {
        (hook.enabled || !self.facts.enabled_first) && self.facts.can_ask_for(hook.events)
    }
}

/// How many webhooks there are.
pub(super) fn count(account: &Account) -> usize {
    account.iter().flatten().count()
}

/// Runs one step as the provider would. It may have several webhooks at one URL; no step may count on it
/// that it takes one more, where its rule is that it does not.
///
/// # Errors
///
/// Why the provider refuses it: guarantee 4 is that it never does.
pub(super) fn execute(account: &mut Account, step: &Step, rules: &Rules) -> Result<(), String> {
    let takes = |url: u8| rules.takes_url(account, step.id, url);
    match step.request {
        Request::Create(hook) => {
            if !takes(hook.url) || !rules.has_room(account) || !rules.may_create(&hook) {
                return Err(format!("{hook:?} is refused in {account:?}"));
            }
            if account.len() <= step.id {
                account.resize(step.id + 1, None);
            }
            account[step.id] = Some(hook);
        }
        Request::Patch {
            name,
            url,
            events,
            enabled,
        } => {
            if url.is_some_and(|url| !takes(url)) {
                return Err(format!("{step:?} is refused in {account:?}"));
            }
            let Some(hook) = account[step.id].as_mut() else {
                return Err(format!("{step:?} is for what is not in {account:?}"));
            };
            let old = *hook;
            hook.name = name.unwrap_or(old.name);
            hook.url = url.unwrap_or(old.url);
            hook.events = events.unwrap_or(old.events);
            hook.enabled = enabled.unwrap_or(old.enabled);
            if *hook == old {
                return Err(format!("{step:?} changes nothing in {account:?}"));
            }
        }
        Request::Delete => {
            if account[step.id].take().is_none() {
                return Err(format!("{step:?} is for what is not in {account:?}"));
            }
        }
    }
    Ok(())
}

/// What is sent where.
pub(super) fn flows(account: &Account) -> u64 {
    account
        .iter()
        .flatten()
        .fold(0, |flows, hook| flows | hook.flows())
}

/// Which event types are sent anywhere.
pub(super) fn types(flows: u64) -> u8 {
    flows
        .to_be_bytes()
        .into_iter()
        .fold(0, |types, url| types | url)
}

/// Guarantees 2 and 3 for a state on the way: no gap but in `gaps`, no stray.
pub(super) fn is_safe(before: u64, now: u64, after: u64, gaps: u64) -> bool {
    let kept = types(before) & types(after) & !types(gaps);
    (before & after) & !(now | gaps) == 0 && kept & !types(now) == 0 && now & !(before | after) == 0
}

/// The same for each webhook, which has a key of its own: what it sends to a URL before and after it sends there
/// throughout, and nothing else.
pub(super) fn keeps_keys(before: &Account, now: &Account, after: &Account) -> bool {
    let of = |account: &Account, id: usize| {
        account
            .get(id)
            .copied()
            .flatten()
            .map_or(0, |hook| hook.flows())
    };
    (0..now.len()).all(|id| is_kept(of(before, id), of(now, id), of(after, id)))
}

fn is_kept(before: u64, now: u64, after: u64) -> bool {
    (before & after) & !now == 0 && now & !(before | after) == 0
}

/// What more webhooks send now than before or after: guarantee 3, no double.
pub(super) fn doubles(before: &Account, now: &Account, after: &Account) -> u64 {
    let senders = |account: &Account, flow: u64| {
        let sends = |hook: &&Hook| hook.flows() & flow != 0;
        account.iter().flatten().filter(sends).count()
    };
    // What one alone sends is not doubled.
    let (mut once, mut twice) = (0, 0);
    for hook in now.iter().flatten() {
        twice |= once & hook.flows();
        once |= hook.flows();
    }
    let mut doubled = 0;
    while twice != 0 {
        let flow = twice & twice.wrapping_neg();
        twice &= !flow;
        if senders(now, flow) > senders(before, flow).max(senders(after, flow)) {
            doubled |= flow;
        }
    }
    doubled
}

/// What a plan says that comes twice for a while, and what it says that does not come for a while.
pub(super) fn announced(case: &Case, plan: &EnvironmentPlan) -> (u64, u64) {
    let (mut twice, mut gaps) = (0, 0);
    for operation in &plan.operations {
        let url = match &operation.kind {
            OperationKind::Create { webhook } => &webhook.url,
            OperationKind::Update { before, .. }
            | OperationKind::Delete { before }
            | OperationKind::Rotate { before, .. } => &before.url,
        };
        let url = digits(url.text().expose());
        let at = |events| u64::from(bits(events, case.facts)) << (url * WIDTH);
        for note in &operation.notes {
            match note {
                Note::Twice { events, .. } => twice |= at(events),
                Note::Gap { events } => gaps |= at(events),
                Note::NewSecret
                | Note::ChosenSecret
                | Note::KeepsSecret
                | Note::OtherSecret { .. } => {}
            }
        }
    }
    (twice, gaps)
}

/// How many enabled webhooks receive an event type.
pub(super) fn receivers(account: &Account, event: u8) -> u32 {
    let receives = |hook: &&Hook| hook.enabled && hook.events & (1 << event) != 0;
    account.iter().flatten().filter(receives).count() as u32
}
