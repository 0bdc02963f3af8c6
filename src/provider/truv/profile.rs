//! The facts about Truv's API.
//!
//! Source: its public documentation (`docs.truv.com`), pages on webhooks, authentication, environments and rate limits.

use crate::model::{
    Catalogue, CredentialFact, EnvType, KeyScope, PlanningFacts, ProviderProfile, Rotation,
    SignatureScheme, SigningSecret, UrlRule, Wildcard,
};

/// What is known of Truv's API.
pub static PROFILE: ProviderProfile = ProviderProfile {
    id: "truv",
    title: "Truv",
    about: "payroll, income and employment verification.",
    base_url: "https://prod.truv.com/v1/",
    regions: &[],
    env_types: &[
        (EnvType::Sandbox, "sandbox"),
        (EnvType::Development, "dev"),
        (EnvType::Production, "prod"),
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
        "bank-accounts-created",
        "bank-accounts-updated",
        "certification-completed",
        "employment-created",
        "employment-updated",
        "link-connected",
        "link-deleted",
        "link-disconnected",
        "order-created",
        "order-finalized",
        "order-refresh-failed",
        "order-status-updated",
        "profile-created",
        "profile-updated",
        "shifts-created",
        "shifts-updated",
        "statements-created",
        "statements-updated",
        "task-status-updated",
    ],
    has_enabled: true,
    requires_env_type: true,
    has_history: true,
    replays: None,
    signature: SignatureScheme::HexDigest {
        header: "X-WEBHOOK-SIGN",
        prefix: "v1=",
    },
    signing_secret: SigningSecret::Credentials,
    chosen_secret: None,
    rotation: Rotation::ByHand {
        how: "give the account another access secret, in its dashboard",
    },
    user_agent: "Truv-Webhook-Service/2.0",
    sample: super::sample::payload,
    requests_per_minute: 300,
    planning: PlanningFacts {
        url: UrlRule::Unique,
        key: KeyScope::Account,
        most: None,
        created_disabled: true,
        wildcard: Wildcard::None,
        create_only: &[],
        disables: true,
    },
};
