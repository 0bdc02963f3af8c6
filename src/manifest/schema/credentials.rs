//! Credentials in each provider's own terms.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};
use serde_json::{Value as Json, json};

use super::{either, named};
use crate::{
    manifest::{
        de::Spanned,
        interpolate::{self, PartKind},
    },
    model::{CredentialFact, ProviderProfile},
};

/// What authenticates requests to the provider: what it is called there, and where it comes from.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Credentials(pub(crate) BTreeMap<Spanned<String>, Spanned<CredentialValue>>);

/// The keys of all providers. Which of them one provider has, and which it needs, is in [`by_provider`].
impl JsonSchema for Credentials {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Credentials".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        // It is referred to below, too.
        generator.subschema_for::<CredentialValue>();
        let mut properties = serde_json::Map::new();
        for (profile, fact) in facts() {
            if !properties.contains_key(fact.key) {
                properties.insert(fact.key.to_owned(), property(profile, fact));
            }
        }
        schemars::json_schema!({
            "type": "object",
            "additionalProperties": false,
            "properties": properties,
            "description": "What authenticates requests to the provider.",
        })
    }
}

/// What an environment's credentials are, by what its `provider` says.
pub(super) fn by_provider() -> Json {
    let all = ProviderProfile::all().map(|profile| {
        let facts = || profile.credentials.iter();
        let properties: serde_json::Map<String, Json> = facts()
            .map(|fact| (fact.key.to_owned(), property(profile, fact)))
            .collect();
        let required = facts().filter(|fact| fact.required);
        let required: Vec<&str> = required.map(|fact| fact.key).collect();
        let credentials = json!({
            "type": "object",
            "additionalProperties": false,
            "properties": properties,
            "required": required,
        });
        json!({
            "if": { "properties": { "provider": { "const": profile.id } }, "required": ["provider"] },
            "then": { "properties": { "credentials": {
                "anyOf": [credentials, { "type": "null" }],
                "description": format!("What authenticates requests to {}.", profile.title),
            } } },
        })
    });
    all.collect()
}

fn facts() -> impl Iterator<Item = (&'static ProviderProfile, &'static CredentialFact)> {
    ProviderProfile::all()
        .flat_map(|profile| profile.credentials.iter().map(move |fact| (profile, fact)))
}

fn property(profile: &ProviderProfile, fact: &CredentialFact) -> Json {
    let prefix = profile.variable_prefix();
    let variable = fact.variable(&prefix, Some("SANDBOX"));
    let mut examples = vec![format!("${{env:{variable}}}")];
    if fact.secret {
        examples.push(format!("${{file:/run/secrets/{}}}", profile.id));
    }
    json!({
        "anyOf": [{ "type": "string" }, { "$ref": "#/$defs/SecretCommand" }],
        "description": format!("The {}: {}", fact.title, fact.about),
        "examples": examples,
    })
}

/// Text with `${env:…}` or `${file:…}`, or the command that prints the value.
#[derive(Debug)]
pub(crate) enum CredentialValue {
    Text(String),
    /// `None` where the command is at fault, which was reported.
    Command(Option<Spanned<Vec<String>>>),
}

impl CredentialValue {
    /// What of it stands in the manifest as it is: the whole, or the defaults of variables.
    pub(crate) fn literals(&self) -> Vec<&str> {
        let Self::Text(text) = self else {
            return Vec::new();
        };
        if !text.contains("${") {
            return vec![text];
        }
        // Of what is not well formed, nothing is used.
        let parts = interpolate::parts(text).unwrap_or_default();
        let defaults = parts.into_iter().filter_map(|part| match part.kind {
            PartKind::Env { name: _, default } => default.filter(|default| !default.is_empty()),
            PartKind::Literal(_) | PartKind::Var(_) | PartKind::File(_) => None,
        });
        defaults.collect()
    }
}

/// A program that prints the value, and its arguments. No shell is involved.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SecretCommand {
    /// The program and its arguments.
    #[schemars(required, length(min = 1), extend("examples" = [["vault", "kv", "get", "-field=secret", named("kv/{id}")]]))]
    command: Option<Spanned<Vec<String>>>,
}

impl<'de> Deserialize<'de> for CredentialValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = CredentialValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or a mapping with `command`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<CredentialValue, E> {
                Ok(CredentialValue::Text(text.to_owned()))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<CredentialValue, A::Error> {
                SecretCommand::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(|secret| CredentialValue::Command(secret.command))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for CredentialValue {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CredentialValue".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        either(
            generator.subschema_for::<String>(),
            generator.subschema_for::<SecretCommand>(),
        )
    }
}
