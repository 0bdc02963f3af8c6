//! A provider in bits: names, URLs and event types are small numbers, so that millions of states can
//! be gone through.

use std::{collections::BTreeMap, sync::LazyLock};

use hookwright_proof::{
    model::{
        DesiredState, DesiredWebhook, EndpointUrl, EnvType, EventSet, EventType, KeyScope,
        LiveState, LiveWebhook, MaskedText, Pattern, PlanningFacts, Policy, ProviderProfile,
        SignatureScheme, SigningSecret, UrlRule, WebhookId, WebhookKey, WebhookName, Wildcard,
    },
    plan::{Answers, EnvironmentPlan, Inputs, Options, StepRequest, draft},
};

/// A provider whose webhooks can be disabled. The planner looks at nothing else of it.
static PROVIDER: ProviderProfile = ProviderProfile {
    id: "proof",
    title: "Proof",
    about: "a provider for proofs.",
    base_url: "https://api.example.com/v1/",
    env_types: &[(EnvType::Sandbox, "sandbox")],
    credentials: &[],
    secret_prefixes: &[],
    event_types: &[],
    has_enabled: true,
    requires_env_type: false,
    has_history: true,
    signature: SignatureScheme::HexDigest {
        header: "X-Signature",
        prefix: "",
    },
    signing_secret: SigningSecret::Credentials,
    user_agent: "Proof",
    sample: |_, _, _| serde_json::Value::Null,
    requests_per_minute: 300,
    planning: PlanningFacts {
        url: UrlRule::Unique,
        key: KeyScope::Account,
        most: None,
        created_disabled: true,
        wildcard: Wildcard::None,
        create_only: &[],
        disables: false,
    },
};

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
}

impl Hook {
    pub(super) fn is_ours(&self) -> bool {
        self.name < FOREIGN
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
}

/// Desired state and policy; the live state stands beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) desired: Vec<Wanted>,
    pub(super) prune: bool,
    pub(super) removed: Vec<u8>,
    /// Whether the provider takes several webhooks at one URL.
    pub(super) shares_urls: bool,
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

fn bits(events: &EventSet) -> u8 {
    events.iter().map(|event| 1 << digits(event.as_str())).sum()
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

pub(super) fn live_state(account: &Account) -> LiveState {
    let words = &*WORDS;
    let live = |(id, hook): (usize, &Option<Hook>)| {
        let hook = (*hook)?;
        Some(LiveWebhook {
            id: words.ids[id].clone(),
            name: words.names[usize::from(hook.name)].clone(),
            url: words.urls[usize::from(hook.url)].clone(),
            events: Some(words.event_sets[usize::from(hook.events)].clone()),
            mark: None,
            create_only: BTreeMap::new(),
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
        events: words.event_sets[usize::from(wanted.hook.events)].clone(),
        enabled: wanted.hook.enabled,
        moved_from: wanted
            .moved_from
            .iter()
            .map(|url| words.urls[usize::from(*url)].clone())
            .collect(),
        adopt: wanted.adopt,
        create_only: BTreeMap::new(),
        secret_to: None,
        replace: false,
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
        profile: &PROVIDER,
        env_type: EnvType::Sandbox,
        options: &options,
    };
    draft(&inputs, live).settle(&Answers::NOT_ASKED).into_plan()
}

pub(super) fn plan_for(case: &Case, account: &Account) -> EnvironmentPlan {
    plan_listed(case, &live_state(account))
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
pub(super) fn steps(plan: &EnvironmentPlan, account: &Account) -> Vec<Step> {
    let step = |one: &hookwright_proof::plan::Step| {
        let (id, request) = match &one.request {
            StepRequest::Create(webhook) => {
                let hook = Hook {
                    name: digits(webhook.name.text().expose()),
                    url: digits(webhook.url.text().expose()),
                    events: bits(&webhook.events),
                    enabled: webhook.enabled.unwrap_or(true),
                };
                (account.len() + one.operation, Request::Create(hook))
            }
            StepRequest::Update { id, patch } => {
                assert!(!patch.is_empty(), "an update that changes nothing");
                let request = Request::Patch {
                    name: patch.name.as_ref().map(|name| digits(name.text().expose())),
                    url: patch.url.as_ref().map(|url| digits(url.text().expose())),
                    events: patch.events.as_ref().map(bits),
                    enabled: patch.enabled,
                };
                (digits(id.as_received()).into(), request)
            }
            StepRequest::Delete { id } => (digits(id.as_received()).into(), Request::Delete),
        };
        Step {
            id,
            request,
            after: one.after.clone(),
        }
    };
    plan.steps.iter().map(step).collect()
}

/// Runs one step as the provider would. It may have several webhooks at one URL; no step may count on it
/// that it takes one more.
///
/// # Errors
///
/// Why the provider refuses it: guarantee 4 is that it never does.
pub(super) fn execute(account: &mut Account, step: &Step) -> Result<(), String> {
    let held = |url: u8| {
        let mut others = account.iter().enumerate().filter(|(id, _)| *id != step.id);
        others.any(|(_, other)| other.is_some_and(|other| other.url == url))
    };
    match step.request {
        Request::Create(hook) => {
            if held(hook.url) {
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
            if url.is_some_and(held) {
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

/// Guarantees 2 and 3 for a state on the way: no gap, no stray.
pub(super) fn is_safe(before: u64, now: u64, after: u64) -> bool {
    let kept = types(before) & types(after);
    (before & after) & !now == 0 && kept & !types(now) == 0 && now & !(before | after) == 0
}

/// How many enabled webhooks receive an event type.
pub(super) fn receivers(account: &Account, event: u8) -> u32 {
    let receives = |hook: &&Hook| hook.enabled && hook.events & (1 << event) != 0;
    account.iter().flatten().filter(receives).count() as u32
}
