//! Manifest version 1 as types: the one source of what is allowed where.
//!
//! The JSON Schema for editors, the check of a file's shape and the reading of its values all come
//! from these types. No `flatten`, `untagged` or `tag` here: they lose the places of values.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};

mod credentials;
mod environment;
mod rules;
mod secret_to;

pub(crate) use self::{
    credentials::{CredentialValue, Credentials},
    environment::{Environment, Heal, Limits, Lock, ProviderEnvType, Reconcile},
    rules::{PolicyRule, RuleException, RuleLevel, RuleScope, RuleTest},
    secret_to::SecretTo,
};
use super::de::Spanned;
use crate::model::ProviderProfile;

/// A hookwright manifest: which webhooks each environment should have.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// The version of the manifest's format. Always 1.
    #[schemars(required, extend("const" = 1))]
    #[expect(
        dead_code,
        reason = "checked before the rest is read; the schema needs it"
    )]
    pub(crate) version: Option<Spanned<u32>>,
    /// The environments by the name used with `-e`.
    #[serde(default)]
    #[schemars(extend("examples" = [{"sandbox": {"provider": ProviderProfile::usual().id, "base_url": "simulator"}}]))]
    pub(crate) environments: BTreeMap<Spanned<String>, Environment>,
    /// Named lists of event patterns, used as `group:NAME`.
    #[serde(default)]
    #[schemars(extend("examples" = [{"orders": ["order-created", "order-status-updated"]}]))]
    pub(crate) event_groups: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    /// What webhooks have where they do not say otherwise. Holds for all files of a manifest.
    pub(crate) defaults: Option<Spanned<Defaults>>,
    /// The webhooks by their key.
    #[serde(default)]
    #[schemars(extend("examples" = [{"loans": {"url": "https://hooks.example.com/loans", "events": ["order-created"]}}]))]
    pub(crate) webhooks: BTreeMap<Spanned<String>, Webhook>,
    /// Tombstones: names of webhooks that are deleted where they are ours, also without `prune`.
    #[serde(default)]
    #[schemars(extend("examples" = [["acme-old-hook"]]))]
    pub(crate) removed: Vec<Spanned<String>>,
    /// Rules of your own over plans, by their ids. Only in a file that has `environments`, so that nobody who declares webhooks
    /// alone can bring or weaken them.
    #[serde(default)]
    #[schemars(extend("examples" = [{"few-deletes": {"deny": "counts.delete > 5", "say": "more than five webhooks would be deleted"}}]))]
    pub(crate) policies: BTreeMap<Spanned<String>, PolicyRule>,
}

/// What webhooks have where they do not say otherwise, field by field.
///
/// Only what several webhooks can share: a name, a URL and what follows from them are each webhook's
/// own.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Defaults {
    /// Event types, globs over the provider's event types, and `group:NAME`. A webhook's own list
    /// replaces this one.
    #[schemars(extend("examples" = [["group:orders"]]))]
    pub(crate) events: Option<Spanned<Vec<Spanned<String>>>>,
    /// Whether events are sent.
    pub(crate) enabled: Option<Spanned<bool>>,
    /// The environments that should have a webhook. A webhook's own list or mapping replaces it.
    #[schemars(extend("examples" = [["sandbox", "prod"]]))]
    pub(crate) environments: Option<Spanned<Vec<Spanned<String>>>>,
}

/// A webhook that environments should have.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Webhook {
    /// Its name at the provider. Default: the key.
    #[schemars(extend("examples" = ["acme-loan-decisions"]))]
    pub(crate) name: Option<Spanned<String>>,
    /// Where events are sent. Must be given here or by every environment's override.
    #[schemars(extend("examples" = [named("https://${var:host}/{id}/orders")]))]
    pub(crate) url: Option<Spanned<String>>,
    /// Event types, globs over the provider's event types, and `group:NAME`.
    #[schemars(extend("examples" = [["group:orders", "employment-*", "task-status-updated"]]))]
    pub(crate) events: Option<Spanned<Vec<Spanned<String>>>>,
    /// Whether events are sent. Default: true.
    pub(crate) enabled: Option<Spanned<bool>>,
    /// URLs it had before, so that it is found there and updated instead of created again.
    #[schemars(extend("examples" = [[named("https://old.example.com/{id}")]]))]
    pub(crate) moved_from: Option<Vec<Spanned<String>>>,
    /// Takes over a webhook at this URL whose name is not ours; its name here may be not ours, too.
    /// Default: false.
    pub(crate) adopt: Option<bool>,
    /// The version of the provider's API by which its events are made, where a webhook has one from its creation on.
    /// Absent: whatever it has is right. Another one takes a new webhook: see `replace`.
    #[schemars(extend("examples" = ["2026-10-28.endive"]))]
    pub(crate) api_version: Option<Spanned<String>>,
    /// Where the key goes that signs its deliveries, where the provider shows one when a webhook is created, and never again.
    pub(crate) secret_to: Option<Spanned<SecretTo>>,
    /// Where the key comes from that signs its deliveries, where the provider lets its user choose it. It is sent when the webhook
    /// is created and when its secret is rotated, and never compared with the one that a webhook has. In place of `secret_to`.
    #[schemars(extend("examples" = ["${env:LOANS_WEBHOOK_SECRET}", "${file:/run/secrets/loans}"]))]
    pub(crate) secret_from: Option<Spanned<CredentialValue>>,
    /// Gives it another signing secret, once for each word: `true`, or a word of your own such as a date. The old secret stays valid for
    /// a while, where the provider's API does that. What was done is noted in the webhook's metadata. Needs `secret_to` or
    /// `secret_from`.
    #[serde(default)]
    #[schemars(schema_with = "true_or_word")]
    pub(crate) rotate: Option<Spanned<String>>,
    /// Whether a new webhook may take its place where a field differs that only a create can set: the new one is
    /// created before the old one is deleted. Default: false, such a difference is refused.
    pub(crate) replace: Option<bool>,
    /// The environments that should have it. Absent: all. A list: only those. A mapping: only those,
    /// with overrides.
    pub(crate) environments: Option<Spanned<Placement>>,
}

impl Override {
    /// Whether it says where the key goes or comes from.
    pub(crate) fn has_key(&self) -> bool {
        self.secret_to.is_some() || self.secret_from.is_some()
    }
}

impl Webhook {
    /// Whether it says where the key goes or comes from.
    pub(crate) fn has_key(&self) -> bool {
        self.secret_to.is_some() || self.secret_from.is_some()
    }

    /// Where the keys come from that are chosen for it, in whichever environment.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Spanned<CredentialValue>> {
        let overrides = self
            .overrides()
            .filter_map(|over| over.secret_from.as_ref());
        self.secret_from.iter().chain(overrides)
    }

    /// What it has otherwise in some environments, in the order of the file.
    pub(crate) fn overrides(&self) -> impl Iterator<Item = &Override> {
        let entries = match self.environments.as_ref().map(|placement| &placement.value) {
            Some(Placement::Overridden(entries)) => entries.as_slice(),
            Some(Placement::Only(_)) | None => &[],
        };
        entries.iter().map(|(_, over)| over)
    }
}

/// What one environment has otherwise. Lists replace; they are not merged.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Override {
    /// Its name at the provider.
    #[schemars(extend("examples" = ["acme-loan-decisions"]))]
    pub(crate) name: Option<Spanned<String>>,
    /// Where events are sent.
    #[schemars(extend("examples" = [named("https://${var:host}/{id}/orders")]))]
    pub(crate) url: Option<Spanned<String>>,
    /// Event types, globs over the provider's event types, and `group:NAME`.
    #[schemars(extend("examples" = [["group:orders", "employment-*"]]))]
    pub(crate) events: Option<Spanned<Vec<Spanned<String>>>>,
    /// Whether events are sent.
    pub(crate) enabled: Option<Spanned<bool>>,
    /// URLs it had before.
    #[schemars(extend("examples" = [[named("https://old.example.com/{id}")]]))]
    pub(crate) moved_from: Option<Vec<Spanned<String>>>,
    /// Takes over a webhook at this URL whose name is not ours.
    pub(crate) adopt: Option<bool>,
    /// The version of the provider's API by which its events are made.
    #[schemars(extend("examples" = ["2026-10-28.endive"]))]
    pub(crate) api_version: Option<Spanned<String>>,
    /// Where the key goes that signs its deliveries.
    pub(crate) secret_to: Option<Spanned<SecretTo>>,
    /// Where the key comes from that signs its deliveries. It replaces a `secret_to`, as that replaces it.
    #[schemars(extend("examples" = ["${env:LOANS_WEBHOOK_SECRET}"]))]
    pub(crate) secret_from: Option<Spanned<CredentialValue>>,
    /// Gives it another signing secret, once for each word.
    #[serde(default)]
    #[schemars(schema_with = "true_or_word")]
    pub(crate) rotate: Option<Spanned<String>>,
    /// Whether a new webhook may take its place where a field differs that only a create can set.
    pub(crate) replace: Option<bool>,
}

/// The environments that should have a webhook.
#[derive(Debug)]
pub(crate) enum Placement {
    Only(Vec<Spanned<String>>),
    Overridden(Vec<(Spanned<String>, Override)>),
}

impl<'de> Deserialize<'de> for Placement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Placement;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list or a mapping of environments")
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<Placement, A::Error> {
                Deserialize::deserialize(de::value::SeqAccessDeserializer::new(list))
                    .map(Placement::Only)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Placement, A::Error> {
                // Few entries, a hundred thousand times: a list is a tenth of a tree.
                let mut entries = Vec::with_capacity(map.size_hint().unwrap_or_default());
                while let Some((name, over)) = map.next_entry::<_, Option<Override>>()? {
                    entries.push((name, over.unwrap_or_default()));
                }
                Ok(Placement::Overridden(entries))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Placement {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Placement".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        either(
            generator.subschema_for::<Vec<String>>(),
            generator.subschema_for::<BTreeMap<String, Option<Override>>>(),
        )
    }
}

/// `true`, or a word.
fn true_or_word(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "anyOf": [{ "type": "boolean" }, { "type": "string", "minLength": 1, "maxLength": 64 }, { "type": "number" }, { "type": "null" }],
        "examples": ["2026-12"],
    })
}

/// An example with a provider's id in the place of `{id}`, and in capital letters in that of `{ID}`.
fn named(example: &str) -> String {
    let id = ProviderProfile::usual().id;
    example
        .replace("{id}", id)
        .replace("{ID}", &id.to_uppercase())
}

fn either(one: schemars::Schema, other: schemars::Schema) -> schemars::Schema {
    schemars::json_schema!({ "anyOf": [one, other] })
}

/// The JSON Schema of the manifest (draft 2020-12).
pub(crate) fn json_schema() -> schemars::Schema {
    let mut schema = schemars::schema_for!(Manifest);
    schema.insert("title".into(), "hookwright manifest, version 1".into());
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key of the schema with what editors show of it.
    fn keys<'s>(
        at: String,
        schema: &'s serde_json::Value,
        found: &mut Vec<(String, &'s serde_json::Value)>,
    ) {
        match schema {
            serde_json::Value::Object(map) => {
                for (key, inner) in map {
                    let at = format!("{at}/{key}");
                    if at.ends_with("/properties") {
                        let properties = inner.as_object().into_iter().flatten();
                        found.extend(properties.map(|(name, key)| (format!("{at}/{name}"), key)));
                    }
                    keys(at, inner, found);
                }
            }
            serde_json::Value::Array(items) => {
                for (index, inner) in items.iter().enumerate() {
                    keys(format!("{at}/{index}"), inner, found);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn editors_can_say_something_of_every_key() {
        let schema = json_schema().to_value();
        let mut found = Vec::new();
        keys(String::new(), &schema, &mut found);
        assert!(found.len() > 40, "{}", found.len());
        let without: Vec<&String> = found
            .iter()
            // A condition is no key: it says when others are.
            .filter(|(at, _)| !at.contains("/if/"))
            .filter(|(_, key)| {
                // Truth values and words are offered by editors as they are.
                let offered = ["boolean", "[\"boolean\",\"null\"]"]
                    .contains(&key["type"].to_string().trim_matches('"'))
                    || key.get("$ref").is_some()
                    || key.get("anyOf").is_some()
                    || key.get("const").is_some();
                key["description"].as_str().is_none() || !(offered || key.get("examples").is_some())
            })
            .map(|(at, _)| at)
            .collect();
        assert_eq!(without, Vec::<&String>::new());
    }
}
