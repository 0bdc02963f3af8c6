//! What is live in one environment: what can be declared as it is, and what cannot.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::address::{Address, Pieces};
use crate::model::{
    CreateOnly, EndpointUrl, EnvType, EnvironmentName, EventSet, HostPattern, InvalidName,
    InvalidUrl, LiveWebhook, MaskedText, Policy, ProviderProfile, Unreadable, WebhookName,
};

/// An environment with the live webhooks that are to be declared there, and what already holds there.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Its name.
    pub environment: EnvironmentName,
    /// What is known of its provider.
    pub profile: &'static ProviderProfile,
    /// The provider's environment.
    pub env_type: EnvType,
    /// The webhooks to declare.
    pub webhooks: Vec<LiveWebhook>,
    /// Whether plain `http` is allowed; `None`: it is allowed where a webhook needs it.
    pub allow_http: Option<bool>,
    /// The hosts that events may be sent to; `None`: any.
    pub allowed_hosts: Option<Vec<HostPattern>>,
    /// Whose webhooks are ours.
    pub policy: Policy,
    /// The variables that are defined.
    pub variables: BTreeMap<String, MaskedText>,
    /// The URLs that are declared, with the key of the webhook.
    pub declared: BTreeMap<EndpointUrl, String>,
    /// The names that are to be removed.
    pub removed: BTreeSet<String>,
}

/// A live webhook that is not declared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Left {
    /// Where it is.
    pub environment: EnvironmentName,
    /// Its name; empty where it has none.
    pub name: WebhookName,
    /// Its id.
    pub id: String,
    /// Why.
    pub why: Why,
}

/// Why a live webhook cannot be declared as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Why {
    /// It has no name.
    #[error("it has no name, and a declared webhook has one")]
    NoName,
    /// Its name is none that a manifest may declare.
    #[error("{0}")]
    Name(String),
    /// Its URL is none that a manifest may declare.
    #[error("its URL cannot be declared: {0}")]
    Url(String),
    /// Its URL is plain `http`, which the environment does not allow.
    #[error("its URL is not encrypted")]
    PlainHttp,
    /// Its host is not among the hosts that the environment allows.
    #[error("its host is not among `allowed_hosts`")]
    HostNotAllowed,
    /// Another webhook, which is declared in its place, is at the same URL.
    #[error("another webhook (id {id}) is at the same URL, and a manifest declares a URL once")]
    SameUrl {
        /// The other one's id.
        id: String,
    },
    /// A declared webhook has the same URL.
    #[error("`{key}` is declared at its URL")]
    DeclaredUrl {
        /// Its key.
        key: String,
    },
    /// The provider did not say which events it has.
    #[error("the provider does not report which events it has")]
    EventsNotReported,
    /// A field of it cannot be read: what it would mean to declare it is not known.
    #[error("it cannot be read: {0}")]
    Unreadable(Unreadable),
    /// It has no events.
    #[error("it has no events, and a declared webhook needs one")]
    NoEvents,
    /// One of its event types cannot be written down, as it would mean something else.
    #[error("its event type `{0}` would mean something else in a manifest")]
    Event(String),
    /// The environment ignores its name.
    #[error("the environment's `ignore` has its name")]
    Ignored,
    /// The manifest removes its name.
    #[error("the manifest's `removed` has its name")]
    Removed,
}

impl Why {
    /// What somebody can do so that it can be declared.
    pub fn way_out(&self) -> &'static str {
        match self {
            Self::NoName => {
                "declare it by hand with its URL, and the next apply gives it its name; or give it a name at the provider (a description, where there are no names)"
            }
            Self::Name(_) => "give it another name at the provider",
            Self::Url(_) => "change its URL at the provider, or delete it there",
            Self::PlainHttp => "set `allow_http: true` in the environment, or change its URL",
            Self::HostNotAllowed => "add its host to `allowed_hosts`, or change its URL",
            Self::SameUrl { .. } => "delete one of the two at the provider",
            Self::DeclaredUrl { .. } => "a plan says what becomes of it",
            Self::EventsNotReported => "declare it by hand, with the events it should have",
            Self::Unreadable(_) => "correct it at the provider",
            Self::NoEvents => "give it events at the provider, or delete it there",
            Self::Event(_) => "remove the event type at the provider",
            Self::Ignored => "change `ignore`",
            Self::Removed => "drop the name from `removed`",
        }
    }
}

/// A live webhook that can be declared as it is.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Where, as an index of the surroundings.
    pub(super) place: usize,
    pub(super) name: Pieces,
    /// Its name as it is, for comparing.
    pub(super) exact_name: String,
    pub(super) address: Address,
    pub(super) events: EventSet,
    pub(super) enabled: bool,
    pub(super) create_only: CreateOnly,
    pub(super) is_ours: bool,
    pub(super) plain_http: bool,
    /// How old it is: what orders webhooks that nothing else tells apart.
    pub(super) age: (Option<jiff::Timestamp>, String),
}

/// Sorts the live webhooks of one environment into those that can be declared and those that cannot.
pub(super) fn sort(index: usize, place: &Surroundings) -> (Vec<Item>, Vec<Left>) {
    let mut webhooks: Vec<&LiveWebhook> = place
        .webhooks
        .iter()
        .filter(|live| live.env_type.is_none_or(|it| it == place.env_type))
        .collect();
    // The order in which the planner takes webhooks of one URL and one name.
    webhooks.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    let ours = |live: &LiveWebhook| place.policy.is_ours(live.name.text().expose());
    webhooks.sort_by_key(|live| Reverse(ours(live)));
    let mut first: BTreeMap<&EndpointUrl, &LiveWebhook> = BTreeMap::new();
    let (mut items, mut left) = (Vec::new(), Vec::new());
    for live in webhooks {
        let same = first.get(&live.url).map(|first| Why::SameUrl {
            id: first.id.to_string(),
        });
        first.entry(&live.url).or_insert(live);
        match same.map_or_else(|| item(index, place, live), Err) {
            Ok(item) => items.push(item),
            Err(why) => left.push(Left {
                environment: place.environment.clone(),
                name: live.name.clone(),
                id: live.id.to_string(),
                why,
            }),
        }
    }
    left.sort();
    (items, left)
}

fn item(index: usize, place: &Surroundings, live: &LiveWebhook) -> Result<Item, Why> {
    if let Some(found) = live.unreadable.first() {
        return Err(Why::Unreadable(found.clone()));
    }
    let name = live.name.text();
    WebhookName::new(name.clone()).map_err(|err| match err {
        InvalidName::Empty => Why::NoName,
        InvalidName::Blank
        | InvalidName::Padded
        | InvalidName::Control(_)
        | InvalidName::TooLong { .. } => Why::Name(err.to_string()),
    })?;
    if place.policy.is_ignored(name.expose()) {
        return Err(Why::Ignored);
    }
    if place.removed.contains(live.name.compared()) {
        return Err(Why::Removed);
    }
    let plain_http = check_url(place, &live.url)?;
    let events = live.events.clone().ok_or(Why::EventsNotReported)?;
    if events.is_empty() {
        return Err(Why::NoEvents);
    }
    // All event types at once are written as they are.
    let is_all = events.len() == 1 && place.profile.planning.wildcard.is_all(&events);
    let odd = events.iter().find(|event| is_pattern(event.as_str()));
    if let Some(odd) = odd.filter(|_| !is_all) {
        return Err(Why::Event(odd.to_string()));
    }
    Ok(Item {
        place: index,
        name: Pieces::of(name),
        exact_name: name.expose().to_owned(),
        address: Address::of(&live.url),
        events,
        create_only: live.create_only.clone(),
        enabled: !place.profile.has_enabled || live.enabled.unwrap_or(true),
        is_ours: place.policy.is_ours(name.expose()),
        plain_http,
        age: (live.created_at, live.id.to_string()),
    })
}

/// Whether a declared URL would need `allow_http`.
fn check_url(place: &Surroundings, url: &EndpointUrl) -> Result<bool, Why> {
    let parsed = EndpointUrl::parse(url.text()).map_err(|err| match err {
        // What it quotes could be a secret.
        InvalidUrl::Scheme(_) => Why::Url("its scheme is neither `https` nor `http`".to_owned()),
        _ => Why::Url(err.to_string()),
    })?;
    if let Some(key) = place.declared.get(url) {
        return Err(Why::DeclaredUrl { key: key.clone() });
    }
    let host = parsed.url().host_str().unwrap_or_default();
    let allowed = place.allowed_hosts.as_ref();
    if allowed.is_some_and(|hosts| !hosts.iter().any(|pattern| pattern.matches(host))) {
        return Err(Why::HostNotAllowed);
    }
    let plain_http = url.is_plain_http() && !url.is_loopback();
    if plain_http && place.allow_http == Some(false) {
        return Err(Why::PlainHttp);
    }
    Ok(plain_http)
}

/// Whether an event type, written down, would be a pattern, a group or a reference.
fn is_pattern(event: &str) -> bool {
    event.is_empty()
        || event.contains(['*', '?'])
        || event.contains("${")
        || event.starts_with("group:")
}
