//! Which providers there are, and how a name becomes one.
//!
//! Manifests, plan files and JSON documents name providers. What reads them must not know this module, and need not:
//! the conversions of [`ProviderProfile`] stand here, where the list is, and nothing has to be handed around or set up.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Value, json};

use super::Dialect;
use crate::model::ProviderProfile;

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
