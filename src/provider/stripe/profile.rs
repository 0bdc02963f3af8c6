//! The facts about Stripe's API.
//!
//! Source: `docs.stripe.com`, pages on webhook endpoints, keys, signatures and rate limits.

use super::events::EVENT_TYPES;
use crate::model::{
    Catalogue, CredentialFact, EnvType, KeyScope, OwnReplays, PlanningFacts, ProviderProfile,
    Rotation, SignatureScheme, SigningSecret, UrlRule, Wildcard,
};

/// What is known of Stripe's API.
pub static PROFILE: ProviderProfile = ProviderProfile {
    id: "stripe",
    title: "Stripe",
    about: "payments.",
    base_url: "https://api.stripe.com/v1/",
    regions: &[],
    env_types: &[
        (EnvType::Sandbox, "sandbox"),
        (EnvType::Production, "production"),
    ],
    credentials: &[CredentialFact {
        key: "api_key",
        title: "API key",
        about: "a secret or restricted key; decides the account, and whether it is live.",
        variable: "API_KEY",
        secret: true,
        required: true,
    }],
    secret_prefixes: &[
        ("sk_test_", EnvType::Sandbox),
        ("rk_test_", EnvType::Sandbox),
        ("sk_live_", EnvType::Production),
        ("rk_live_", EnvType::Production),
    ],
    catalogue: Catalogue::Provider,
    event_types: EVENT_TYPES,
    has_enabled: true,
    // The key says it.
    requires_env_type: false,
    has_history: false,
    replays: Some(OwnReplays {
        by_hand: "`stripe events resend EVENT`, or \"Resend\" in its dashboard",
        api: None,
    }),
    signature: SignatureScheme::TimedHex {
        header: "Stripe-Signature",
        tolerance: 300,
    },
    signing_secret: SigningSecret::ShownOnce { prefix: "whsec_" },
    chosen_secret: None,
    rotation: Rotation::ByHand {
        how: "roll the endpoint's secret in its dashboard, which keeps the old one for up to 24 hours",
    },
    user_agent: "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    sample: super::sample::payload,
    // 25 a second with test keys, and 100 with live ones.
    requests_per_minute: 1500,
    planning: PlanningFacts {
        url: UrlRule::Shared,
        key: KeyScope::Endpoint,
        most: Some(16),
        created_disabled: false,
        wildcard: Wildcard::All {
            // The only one that prose names: which need to be asked for by name is not published as data.
            except: &["issuing_authorization.request"],
        },
        create_only: &["api_version"],
        disables: true,
    },
};
