//! The facts about Transcrypts's API.
//!
//! Source: its public documentation (`docs.transcrypts.com`), pages on webhooks, authentication, environments and rate limits.

use crate::model::{
    Catalogue, CredentialFact, EnvType, KeyScope, PlanningFacts, ProviderProfile, Rotation,
    SignatureScheme, SigningSecret, UrlRule, Wildcard,
};

/// What is known of Transcrypts's API.
pub static PROFILE: ProviderProfile = ProviderProfile {
    id: "transcrypts",
    title: "Transcrypts",
    about: "income and employment verification.",
    base_url: "https://prod.transcrypts.com/v1/",
    regions: &[],
    env_types: &[
        (EnvType::Development, "development"),
        (EnvType::Production, "production"),
    ],
    credentials: &[
        CredentialFact {
            key: "client_id",
            title: "client id",
            about: "the same for all environments of an account.",
            variable: "CLIENT_ID",
            secret: false,
            required: true,
        },
        CredentialFact {
            key: "access_secret",
            title: "access secret",
            about: "decides the environment that requests run in.",
            variable: "SECRET",
            secret: true,
            required: true,
        },
    ],
    secret_prefixes: &[
        ("sandbox-", EnvType::Sandbox),
        ("dev-", EnvType::Development),
        ("prod-", EnvType::Production),
    ],
    catalogue: Catalogue::Provider,
    event_types: &[
        "employment-created",
        "employment-updated",
        "instant-verification-completed",
        "instant-verification-failed",
        "link-connected",
        "link-deleted",
        "link-disconnected",
        "order-refresh-failed",
        "order-status-updated",
        "profile-created",
        "profile-updated",
        "statements-created",
        "statements-updated",
        "task-status-updated",
    ],
    has_enabled: false,
    // Its reference calls the field optional.
    requires_env_type: false,
    has_history: true,
    replays: None,
    signature: SignatureScheme::HexDigest {
        header: "X-WEBHOOK-SIGN",
        // Its page shows no prefix.
        prefix: "",
    },
    signing_secret: SigningSecret::Credentials,
    chosen_secret: None,
    rotation: Rotation::ByHand {
        how: "give the account another access secret, in its dashboard",
    },
    user_agent: "Transcrypts-Webhook-Service/2.0",
    sample: super::sample::payload,
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
