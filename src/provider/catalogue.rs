//! Which providers there are, and how a name becomes one.
//!
//! Manifests, plan files and JSON documents name providers. What reads them must not know this module, and need not:
//! the conversions of [`ProviderProfile`] stand here, where the list is, and nothing has to be handed around or set up.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Value, json};

use super::Dialect;
use crate::model::{EnvType, ProviderProfile};

impl ProviderProfile {
    /// All providers, in the order in which they are named.
    pub fn all() -> impl ExactSizeIterator<Item = &'static Self> + Clone {
        super::LIST.iter().map(|(profile, _)| *profile)
    }

    /// The provider that is meant where nobody says which: the first of the list.
    pub fn usual() -> &'static Self {
        super::LIST[0].0
    }

    /// The provider of this id.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        Self::all().find(|profile| profile.id == id)
    }
}

impl JsonSchema for EnvType {
    fn schema_name() -> Cow<'static, str> {
        "EnvType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let kinds = [
            (Self::Sandbox, "Test data only."),
            (Self::Development, "Real data, limited volume."),
            (Self::Production, "Real data."),
        ];
        let kinds = kinds.map(|(kind, about)| {
            let description = format!("{about}{}", spellings(kind));
            json!({ "type": "string", "const": kind, "description": description })
        });
        json_schema!({
            "oneOf": kinds,
            "description": "The provider's own kind of environment, decided by the access secret of a request.\n\n\
                Providers spell them differently; [`super::ProviderProfile`] has the spellings.",
        })
    }
}

/// Who spells an environment how, where they differ.
fn spellings(kind: EnvType) -> String {
    let spelled: Vec<(&str, &str)> = ProviderProfile::all()
        .filter_map(|provider| Some((provider.title, provider.spelling(kind)?)))
        .collect();
    let Some(((title, spelling), others)) = spelled.split_first() else {
        return String::new();
    };
    if others.iter().all(|(_, other)| other == spelling) {
        return String::new();
    }
    let others = others
        .iter()
        .map(|(title, spelling)| format!(", {title} `{spelling}`"));
    format!(
        " {title} writes `{spelling}`{}.",
        others.collect::<String>()
    )
}

/// How this provider is spoken to; `None` where it is not in the list.
pub(super) fn dialect_of(profile: &ProviderProfile) -> Option<&'static dyn Dialect> {
    let found = super::LIST.iter().find(|(known, _)| *known == profile);
    found.map(|(_, dialect)| *dialect)
}

impl<'de> Deserialize<'de> for &'static ProviderProfile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        ProviderProfile::by_id(&id).ok_or_else(|| D::Error::unknown_variant(&id, super::IDS))
    }
}

impl JsonSchema for ProviderProfile {
    fn schema_name() -> Cow<'static, str> {
        "Provider".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let providers: Vec<Value> = Self::all()
            .map(|provider| {
                json!({
                    "type": "string",
                    "const": provider.id,
                    "description": format!("{}: {}", provider.title, provider.about),
                })
            })
            .collect();
        json_schema!({
            "oneOf": providers,
            "description": "A provider of webhooks.",
        })
    }
}
