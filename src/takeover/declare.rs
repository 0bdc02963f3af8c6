//! Groups of live webhooks → declarations: what they have in common, and what environments have
//! otherwise.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    address::{Address, Piece, Pieces, escaped},
    found::{Item, Left, Surroundings},
    names::{unique, variable},
    variables::{Hosts, Variables},
};
use crate::model::{CreateOnly, EnvType, EnvironmentName, EventSet, MaskedText};

/// What begins the names of the environment variables that are asked for.
const TOKENS: &str = "webhook";

/// What holds for a whole manifest.
#[derive(Clone, Debug, Default)]
pub struct Whole {
    /// How many environments it has, also those that nothing is taken over from.
    pub environments: usize,
    /// The keys it has.
    pub keys: BTreeSet<String>,
    /// Whether new variables may be defined.
    pub define_variables: bool,
    /// Whether its `defaults` name environments: a webhook must then name its own.
    pub default_environments: bool,
    /// Whether its `defaults` say `enabled`: a webhook must then say it, too.
    pub default_enabled: bool,
}

/// Webhooks that are one: at most one of each environment.
pub(super) type Group = BTreeMap<usize, Item>;

/// Live webhooks, declared as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Takeover {
    /// The declarations, by key.
    pub webhooks: Vec<Declaration>,
    /// The variables that each environment needs.
    pub variables: BTreeMap<EnvironmentName, BTreeMap<String, String>>,
    /// The environments that must allow plain `http`.
    pub allow_http: BTreeSet<EnvironmentName>,
    /// What was secret in names and URLs, and is asked of environment variables instead.
    pub tokens: Vec<Token>,
    /// The live webhooks that are not declared.
    pub left: Vec<Left>,
}

impl Takeover {
    /// How many live webhooks are declared.
    pub fn live(&self) -> usize {
        self.webhooks.iter().map(|one| one.live.len()).sum()
    }
}

/// A secret that a live webhook shows, and the environment variable that is to have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The name of the environment variable.
    pub variable: String,
    /// The key of the webhook that has it.
    pub key: String,
    /// The first of the environments where it has it.
    pub environment: EnvironmentName,
    /// The secret.
    pub value: MaskedText,
}

/// A webhook of a manifest. Texts are as a manifest writes them, with references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Its key.
    pub key: String,
    /// What holds everywhere.
    pub fields: Fields,
    /// Where it is.
    pub placement: Placement,
    /// What it declares: environments and ids.
    pub live: Vec<(EnvironmentName, String)>,
}

/// Fields of a webhook; `None` where nothing is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// Its name.
    pub name: Option<String>,
    /// Its URL.
    pub url: Option<String>,
    /// Its events.
    pub events: Option<EventSet>,
    /// What only a create sets.
    pub create_only: CreateOnly,
    /// Whether events are sent.
    pub enabled: Option<bool>,
    /// Whether one that is not ours is taken over.
    pub adopt: Option<bool>,
}

/// The value of a field, as a manifest writes it.
pub(super) enum Written<'f> {
    /// A text, with references.
    Text(Cow<'f, str>),
    List(Vec<String>),
    Flag(bool),
}

impl Fields {
    /// The fields that are written, in their order.
    pub(super) fn written(&self) -> impl Iterator<Item = (&str, Written<'_>)> {
        let Self {
            name,
            url,
            events,
            create_only,
            enabled,
            adopt,
        } = self;
        let text = |text| Written::Text(Cow::Borrowed(text));
        let flag = |flag: &Option<bool>| flag.map(Written::Flag);
        let events = events.as_ref();
        let events = events.map(|events| events.iter().map(ToString::to_string).collect());
        let first = [
            ("name", name.as_deref().map(text)),
            ("url", url.as_deref().map(text)),
            ("events", events.map(Written::List)),
        ];
        let create_only = create_only.iter().map(|(field, value)| {
            let value = escaped(value.expose());
            (*field, Some(Written::Text(Cow::Owned(value))))
        });
        let last = [("enabled", flag(enabled)), ("adopt", flag(adopt))];
        let fields = first.into_iter().chain(create_only).chain(last);
        fields.filter_map(|(field, value)| Some((field, value?)))
    }
}

/// The environments that have a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// All.
    All,
    /// These.
    Only(Vec<EnvironmentName>),
    /// These, some with other values.
    Overridden(Vec<(EnvironmentName, Fields)>),
}

pub(super) fn declare(
    groups: BTreeMap<String, Group>,
    places: &[Surroundings],
    whole: &Whole,
) -> Takeover {
    let wanted: Vec<Hosts> = groups
        .values()
        .filter_map(|group| hosts(group, places))
        .collect();
    let variables = Variables::plan(&wanted, places, whole.define_variables);
    let mut declarer = Declarer {
        places,
        whole,
        variables: &variables,
        tokens: Vec::new(),
        names: BTreeSet::new(),
    };
    let webhooks = groups
        .iter()
        .map(|(key, group)| declarer.declaration(key, group))
        .collect();
    let mut takeover = Takeover {
        webhooks,
        tokens: declarer.tokens,
        ..Takeover::default()
    };
    for (name, hosts) in variables.new {
        for (place, host) in hosts {
            let environment = places[place].environment.clone();
            let defined = takeover.variables.entry(environment).or_default();
            defined.insert(name.clone(), escaped(&host));
        }
    }
    let items = groups.values().flat_map(|group| group.values());
    takeover.allow_http = items
        .filter(|item| item.plain_http && places[item.place].allow_http.is_none())
        .map(|item| places[item.place].environment.clone())
        .collect();
    takeover
}

/// The value of the most environments; among equals, production's, then the first environment's.
fn common<T: Ord + Clone>(values: &BTreeMap<usize, T>, places: &[Surroundings]) -> Option<T> {
    let weight = |value: &T| {
        let those = || values.iter().filter(|(_, one)| *one == value);
        let production = those().any(|(place, _)| places[*place].env_type == EnvType::Production);
        let first = those().map(|(place, _)| *place).min();
        (those().count(), production, std::cmp::Reverse(first))
    };
    values.values().max_by_key(|value| weight(value)).cloned()
}

/// A value of each webhook of a group.
fn each<'g, T>(group: &'g Group, value: impl Fn(&'g Item) -> T) -> BTreeMap<usize, T> {
    let group = group.iter();
    group.map(|(place, item)| (*place, value(item))).collect()
}

/// The hosts of a webhook that has the same URL but for the host in at least two environments.
fn hosts(group: &Group, places: &[Surroundings]) -> Option<Hosts> {
    let hosts = same_path(group, places);
    let different: BTreeSet<&String> = hosts.values().collect();
    (different.len() > 1).then_some(hosts)
}

/// The hosts of the environments that have the group's most common URL but for the host.
fn same_path(group: &Group, places: &[Surroundings]) -> Hosts {
    let paths = each(group, |item| (&item.address.scheme, &item.address.rest));
    let Some(path) = common(&paths, places) else {
        return Hosts::new();
    };
    let same = group.iter().filter(|(place, _)| paths[place] == path);
    same.map(|(place, item)| (*place, item.address.host.clone()))
        .filter(|(_, host)| !host.is_empty())
        .collect()
}

struct Declarer<'t> {
    places: &'t [Surroundings],
    whole: &'t Whole,
    variables: &'t Variables,
    tokens: Vec<Token>,
    names: BTreeSet<String>,
}

impl Declarer<'_> {
    fn declaration(&mut self, key: &str, group: &Group) -> Declaration {
        let addresses = self.addresses(group);
        let names = self.texts(key, "name", group, |item| item.name.clone());
        let urls = self.texts(key, "url", group, |item| addresses[&item.place].clone());
        // What the environments have in common, each field by itself.
        let name = common(&names, self.places);
        let url = common(&urls, self.places);
        let events = common(&each(group, |item| item.events.clone()), self.places);
        let enabled = common(&each(group, |item| item.enabled), self.places).unwrap_or(true);
        // An environment that has none of it cannot say so: where they differ, each says its own.
        let create_only: BTreeSet<&CreateOnly> =
            group.values().map(|item| &item.create_only).collect();
        let create_only = match create_only.len() {
            1 => create_only.into_iter().next().cloned(),
            _ => None,
        };
        let create_only = create_only.unwrap_or_default();
        let foreign = group.values().all(|item| !item.is_ours);
        let overrides = group.values().map(|item| {
            let other = |values: &BTreeMap<usize, String>, common: &Option<String>| {
                let own = values.get(&item.place);
                own.filter(|own| Some(*own) != common.as_ref()).cloned()
            };
            let fields = Fields {
                name: other(&names, &name),
                url: other(&urls, &url),
                events: Some(&item.events)
                    .filter(|own| Some(*own) != events.as_ref())
                    .cloned(),
                create_only: match item.create_only == create_only {
                    true => CreateOnly::new(),
                    false => item.create_only.clone(),
                },
                enabled: Some(item.enabled).filter(|own| *own != enabled),
                adopt: (!item.is_ours && !foreign).then_some(true),
            };
            (self.places[item.place].environment.clone(), fields)
        });
        let placement = self.placement(overrides.collect());
        let live = group.values().map(|item| {
            let environment = self.places[item.place].environment.clone();
            (environment, item.age.1.clone())
        });
        Declaration {
            key: key.to_owned(),
            placement,
            live: live.collect(),
            fields: Fields {
                name: name.filter(|name| name != key),
                url,
                events,
                create_only: create_only.clone(),
                enabled: (!enabled || self.whole.default_enabled).then_some(enabled),
                adopt: foreign.then_some(true),
            },
        }
    }

    fn placement(&self, overrides: Vec<(EnvironmentName, Fields)>) -> Placement {
        if overrides
            .iter()
            .any(|(_, fields)| *fields != Fields::default())
        {
            return Placement::Overridden(overrides);
        }
        if overrides.len() == self.whole.environments && !self.whole.default_environments {
            return Placement::All;
        }
        Placement::Only(overrides.into_iter().map(|(name, _)| name).collect())
    }

    /// The URLs of a group, with variables for hosts.
    fn addresses(&self, group: &Group) -> BTreeMap<usize, Pieces> {
        let hosts = same_path(group, self.places);
        let variable = self.variables.name(&hosts).filter(|_| !hosts.is_empty());
        each(group, |item| match variable {
            Some(name) if hosts.contains_key(&item.place) => {
                let Address { scheme, rest, .. } = &item.address;
                let mut pieces = vec![Piece::Reference(format!("{scheme}${{var:{name}}}"))];
                pieces.extend(rest.0.iter().cloned());
                Pieces(pieces)
            }
            _ => item.address.pieces(),
        })
    }

    /// The texts of one field, with references to the environment for what is secret.
    fn texts(
        &mut self,
        key: &str,
        field: &str,
        group: &Group,
        pieces: impl Fn(&Item) -> Pieces,
    ) -> BTreeMap<usize, String> {
        let all = each(group, pieces);
        let secrets: BTreeSet<&MaskedText> = all.values().flat_map(Pieces::tokens).collect();
        let several = secrets.len() > 1;
        let mut named: BTreeMap<&MaskedText, String> = BTreeMap::new();
        for (place, pieces) in &all {
            for token in pieces.tokens() {
                if named.contains_key(token) {
                    continue;
                }
                let environment = &self.places[*place].environment;
                // A whole field is that field; a part of a URL is mostly a token.
                let what = if pieces.0.len() == 1 { field } else { "token" };
                let mut parts = vec![TOKENS, key, what];
                if several {
                    parts.insert(1, environment.as_str());
                }
                let name = unique(variable(&parts), &mut self.names, '_');
                self.tokens.push(Token {
                    variable: name.clone(),
                    key: key.to_owned(),
                    environment: environment.clone(),
                    value: token.clone(),
                });
                named.insert(token, name);
            }
        }
        let text = |pieces: &Pieces| {
            let parts = pieces.0.iter().map(|piece| match piece {
                Piece::Text(text) => escaped(text),
                Piece::Reference(text) => text.clone(),
                Piece::Token(token) => format!("${{env:{}}}", named[token]),
            });
            parts.collect::<String>()
        };
        all.iter()
            .map(|(place, pieces)| (*place, text(pieces)))
            .collect()
    }
}
