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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        model::{
            Catalogue, Credentials, KeyScope, PlanningFacts, Rotation, Secret, SignatureScheme,
            SigningSecret, UrlRule, Wildcard,
        },
        net::BaseUrl,
        provider::Api,
        simulator::{InProcessTransport, Simulator},
    };

    #[test]
    fn a_name_becomes_a_provider_and_back() {
        for profile in ProviderProfile::all() {
            let id = serde_json::to_string(profile).unwrap();
            let read: &ProviderProfile = serde_json::from_str(&id).unwrap();
            assert_eq!(read, profile);
            assert!(dialect_of(profile).is_some(), "{id}");
            let secrets = profile.credentials.iter().filter(|fact| fact.secret);
            assert_eq!(secrets.count(), 1, "{id} has one secret");
        }
        let unknown = serde_json::from_str::<&'static ProviderProfile>(r#""acme""#);
        let error = unknown.unwrap_err().to_string();
        assert!(error.contains("unknown variant `acme`"), "{error}");
    }

    #[test]
    fn a_provider_that_is_not_in_the_list_is_not_spoken_to() {
        static OTHER: ProviderProfile = ProviderProfile {
            id: "other",
            title: "Other",
            about: "a provider of somebody's own.",
            base_url: "https://api.example.com/",
            regions: &[],
            env_types: &[],
            credentials: &[],
            secret_prefixes: &[],
            catalogue: Catalogue::Provider,
            event_types: &[],
            has_enabled: false,
            requires_env_type: false,
            has_history: true,
            replays: None,
            signature: SignatureScheme::HexDigest {
                header: "X-Signature",
                prefix: "",
            },
            signing_secret: SigningSecret::Credentials,
            chosen_secret: None,
            rotation: Rotation::ByHand { how: "" },
            user_agent: "Other",
            sample: |_, _, _| Value::Null,
            requests_per_minute: 1,
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
        let credentials = Credentials::new(Secret::new("secret"));
        let base_url = BaseUrl::new(OTHER.base_url, false).unwrap();
        let clock = Arc::new(|| "2024-07-11T21:43:08Z".parse().unwrap());
        let simulator = Simulator::builder(ProviderProfile::usual(), clock).build();
        let transport = InProcessTransport::new(simulator);
        let env_type = crate::model::EnvType::Production;
        let refused = Api::new(base_url, &OTHER, env_type, &credentials, transport);
        assert_eq!(
            refused.unwrap_err().to_string(),
            "this version cannot speak to Other"
        );
    }
}
